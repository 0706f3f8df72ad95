"""Forms of what became of a session: held, counted, called off, decided; and of a municipality that withdraws."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from flask_babel import gettext
from wtforms import HiddenField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from komma_tracker.access.rules import N_, Role
from komma_tracker.contracts.rules import ContractState, EndReason, Party
from komma_tracker.contracts.service import Ending
from komma_tracker.events.holding import Attendance, shared_out
from komma_tracker.events.lateness import LateState, can_decide
from komma_tracker.events.rules import FunctionGroup, Initiator, ReasonClass, working_day_after, working_day_before
from komma_tracker.events.shares import Booking, Sharing, SplitKey
from komma_tracker.events.shown import Late, ShownSession
from komma_tracker.kit.forms import BaseForm, DateField, DurationField, choices_of
from komma_tracker.kit.messages import lazy as _l

MINUTES, BEFORE, AFTER, GROUP, FROM = "minutes_", "before_", "after_", "group_", "from_"
NO_REASON = _l("Bitte wählen Sie den Anlass.")
ENDS_EARLY = (ContractState.TERMINATED, ContractState.DISSOLVED)


class CancelForm(BaseForm):
    """Who calls a session off, since when that is known, and why."""

    by = RadioField(
        _l("Wer sagt ab"), [InputRequired(_l("Bitte wählen Sie, wer absagt."))], choices=choices_of(Initiator)
    )
    reason = RadioField(_l("Anlass der Absage"), [InputRequired(NO_REASON)], choices=choices_of(ReasonClass))
    notice_on = DateField(
        _l("Abgesagt am"),
        [InputRequired(_l("Bitte geben Sie an, wann abgesagt wurde."))],
        description=_l("Der Tag, an dem die Absage eingegangen ist."),
    )


class AttendanceForm(BaseForm):
    """How many took part. `attendance_form` adds one field for each function group and each municipality."""

    def fields_of(self, prefix: str) -> list[Any]:
        """The fields of one sort: of consultants, function groups or municipalities."""
        return [field for field in self if field.name.startswith(prefix)]

    def groups(self) -> list[Any]:
        """The fields of the function groups."""
        return self.fields_of(GROUP)

    def municipalities(self) -> list[Any]:
        """The fields of the municipalities of a joint session."""
        return self.fields_of(FROM)

    def attendance(self, shown: ShownSession) -> Attendance:
        """The headcounts that were typed."""
        ids = {part.code: part.municipality_id for part in shown.parts}
        return Attendance(
            {FunctionGroup(field.name.removeprefix(GROUP)): field.data or 0 for field in self.groups()},
            {ids[field.name.removeprefix(FROM)]: field.data or 0 for field in self.municipalities()},
        )


class HoldForm(AttendanceForm):
    """What came of a session. `hold_form` adds one field for each consultant, and for a joint one how it is shared."""

    prepared_on = DateField(_l("Vorbereitet am"), [Optional()])
    followed_up_on = DateField(_l("Nachbereitet am"), [Optional()])
    seen = HiddenField()
    """The shares that the page has shown: of a joint session nothing else is booked."""

    def durations(self) -> list[Any]:
        """The fields of the consultants' time in the session."""
        return self.fields_of(MINUTES)

    def preparations(self) -> list[Any]:
        """The fields of the consultants' time before it."""
        return self.fields_of(BEFORE)

    def follow_ups(self) -> list[Any]:
        """The fields of the consultants' time after it."""
        return self.fields_of(AFTER)

    def minutes_of(self, shown: ShownSession) -> dict[int, int]:
        """Minutes worked by consultant."""
        return {person.id: self[MINUTES + person.public_id].data for person in shown.consultants}

    def preparation_of(self, shown: ShownSession) -> dict[int, int]:
        """Minutes of preparation by consultant."""
        return {person.id: self[BEFORE + person.public_id].data or 0 for person in shown.consultants}

    def follow_up_of(self, shown: ShownSession) -> dict[int, int]:
        """Minutes of follow-up by consultant."""
        return {person.id: self[AFTER + person.public_id].data or 0 for person in shown.consultants}

    def booked(self, shown: ShownSession) -> tuple[Booking, ...]:
        """What would be booked of what was typed. Raises Invalid."""
        return shared_out(
            shown.kind, shown.municipality_ids, self.sharing(shown), self.attendance(shown).by_municipality,
            minutes_of=self.minutes_of(shown), before=self.preparation_of(shown), after=self.follow_up_of(shown),
        )  # fmt: skip

    def sharing(self, shown: ShownSession) -> Sharing:
        """How it is shared out."""
        if "split_key" not in self:
            return shown.sharing
        ids = {part.code: part.municipality_id for part in shown.parts}
        return Sharing(SplitKey(self["split_key"].data), ids.get(self["host"].data or ""))


class MaterialForm(BaseForm):
    """A link to material."""

    title = StringField(_l("Was es ist"), [InputRequired(_l("Bitte geben Sie an, was es ist.")), Length(max=160)])
    url = StringField(
        _l("Adresse"),
        [InputRequired(_l("Bitte geben Sie die Adresse an.")), Length(max=500)],
        description=_l("Sie beginnt mit https://. Das Material bleibt, wo es liegt."),
    )


class DecideForm(BaseForm):
    """Whether a late cancellation is charged."""

    municipality = HiddenField()
    target = SelectField(choices=choices_of((LateState.BOOKED, LateState.WAIVED)))
    reason = TextAreaField(_l("Grund, falls die Tage erlassen werden"), [Length(max=1000)])


class WithdrawForm(BaseForm):
    """How, when and why a contract ends before its time."""

    target = RadioField(
        _l("Wie endet der Vertrag?"),
        [InputRequired(_l("Bitte wählen Sie, wie der Vertrag endet."))],
        choices=choices_of(ENDS_EARLY),
    )
    ended_on = DateField(_l("Beendet am"), validators=[Optional()])
    ended_by = SelectField(_l("Gekündigt durch"), choices=choices_of(Party, empty=N_("–")), validators=[Optional()])
    end_reason = SelectField(_l("Anlass"), choices=choices_of(EndReason, empty=N_("–")), validators=[Optional()])

    today: date

    @property
    def last_day(self) -> date:
        """The last day of the contract, as far as one can tell."""
        return self.ended_on.data or self.today

    def ending(self) -> Ending:
        """What was said, as the service takes it."""
        return Ending(
            target=ContractState(self.target.data),
            ended_on=self.last_day,
            ended_by=Party(self.ended_by.data) if self.ended_by.data else None,
            reason=EndReason(self.end_reason.data) if self.end_reason.data else None,
        )


def cancel_form(shown: ShownSession, *, today: date) -> CancelForm:
    """A form that asks who and why; as a rule one enters it on the day."""
    form = CancelForm()
    if not form.is_submitted():
        form.version.data = str(shown.version)
        form.by.data = form.reason.data = None
        form.notice_on.data = today
    return form


def hold_form(shown: ShownSession, *, heads: Mapping[FunctionGroup, int] | None = None) -> HoldForm:
    """A form with what was planned, so that a usual session needs one click; `heads` have counted themselves in."""
    fields: dict[str, Any] = {}
    for person in shown.consultants:
        fields[MINUTES + person.public_id] = DurationField(
            person.name, [InputRequired(_l("Bitte geben Sie die Dauer an, zum Beispiel 7:30."))]
        )
    for person in shown.consultants:
        fields[BEFORE + person.public_id] = DurationField(person.name, [Optional()])
        fields[AFTER + person.public_id] = DurationField(person.name, [Optional()])
    if shown.is_joint:
        hosts = {"": gettext("Bitte wählen")} | {part.code: f"{part.code} · {part.label}" for part in shown.parts}
        fields["split_key"] = RadioField(_l("Aufteilung"), choices=choices_of(SplitKey))
        fields["host"] = SelectField(_l("Gastgebende Kommune"), [Optional()], choices=hosts, default="")
    form: HoldForm = _form_of(HoldForm, shown, fields)
    if not form.is_submitted():
        form.prepared_on.data = working_day_before(shown.starts_local.date())
        form.followed_up_on.data = working_day_after(shown.ends_local.date())
        for planned, planned_fields in (
            (shown.minutes_each, form.durations()),
            (shown.preparation_minutes or None, form.preparations()),
            (shown.follow_up_minutes or None, form.follow_ups()),
        ):
            for field in planned_fields:
                field.data = planned
        for field in form.groups():
            field.data = (heads or {}).get(FunctionGroup(field.name.removeprefix(GROUP)))
        if shown.is_joint:
            form["split_key"].data = shown.sharing.key.value
            form["host"].data = next((part.code for part in shown.parts if part.hosts), "")
    return form


def attendance_form(
    shown: ShownSession, headcounts: Mapping[FunctionGroup, int], *, stored: bool = False
) -> AttendanceForm:
    """A form with the headcounts as they are, or with what was typed instead."""
    form: AttendanceForm = _form_of(AttendanceForm, shown, {}, blank=stored)
    if stored or not form.is_submitted():
        for field in form.groups():
            field.data = headcounts.get(FunctionGroup(field.name.removeprefix(GROUP)))
        for part in shown.parts if shown.is_joint else ():
            form[FROM + part.code].data = part.headcount
    return form


def decide_forms(late: Iterable[Late], role: Role) -> dict[str, DecideForm]:
    """A form for each municipality about which this role has to decide, by code."""
    return {each.code: _decide_form(each.code) for each in late if can_decide(each.state, role)}


def _decide_form(code: str) -> DecideForm:
    form = DecideForm(formdata=None, data={"municipality": code})
    form.reason.id = form.reason.label.field_id = f"reason-{code}"
    return form


def withdraw_form(version: int, *, today: date) -> WithdrawForm:
    """A form that asks how and when; the page it is on shows what is planned after the day asked for."""
    form = WithdrawForm()
    form.today = today
    if not form.is_submitted():
        form.target.data, form.version.data, form.ended_on.data = None, str(version), today
    return form


def fingerprint(booked: tuple[Booking, ...]) -> str:
    """The shares as one text: whether what is booked is what was shown."""
    return ";".join(f"{each.consultant_id},{each.municipality_id},{each.activity},{each.minutes}" for each in booked)


def _form_of(kind: type[Any], shown: ShownSession, fields: dict[str, Any], *, blank: bool = False) -> Any:
    """A form of this class with these fields and one for each headcount."""
    fields |= {GROUP + group: IntegerField(gettext(group.label), [Optional()]) for group in FunctionGroup}
    if shown.is_joint:
        fields |= {FROM + part.code: IntegerField(f"{part.code} · {part.label}", [Optional()]) for part in shown.parts}
    form = type(f"{kind.__name__}OfSession", (kind,), fields)(**({"formdata": None} if blank else {}))
    if blank or not form.is_submitted():
        form.version.data = str(shown.version)
    return form
