"""Forms of alliances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from wtforms import IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # pyright: ignore[reportAttributeAccessIssue] – newer than its stubs
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from komma_tracker.alliances.queries import Minutes
from komma_tracker.alliances.rules import AgreementKind, AllianceState, MemberState, Side
from komma_tracker.alliances.service import Frame, Membership
from komma_tracker.alliances.working import Task
from komma_tracker.kit.forms import BaseForm, DateField, choices_of
from komma_tracker.kit.messages import lazy as _l

NO_PERSONS = _l("Bitte keine Angaben zu Personen oder Vorfällen")


class FrameForm(BaseForm):
    """What is agreed about an alliance as a whole."""

    agreement_on = DateField(_l("Kooperationsvereinbarung der Allianz vom"), validators=[Optional()])
    coordination_after = StringField(
        _l("Koordination nach dem Projekt"),
        description=_l("Funktion oder Stelle, zum Beispiel „Stabsstelle Integration“"),
        validators=[Length(max=160)],
    )

    def frame(self) -> Frame:
        """The form as the service takes it."""
        return Frame(
            agreement_on=self.agreement_on.data, coordination_after=(self.coordination_after.data or "").strip()
        )


class MemberForm(BaseForm):
    """An organisation in an alliance."""

    organisation: Any = None
    name: Any = None
    side = RadioField(
        _l("Seite"), choices=choices_of(Side), validators=[InputRequired(_l("Bitte wählen Sie eine Seite."))]
    )
    contact_function = StringField(
        _l("Ansprechstelle"),
        description=_l("Nur die Funktion, zum Beispiel „Leitung Staatsschutz“; keine Namen"),
        validators=[Length(max=160)],
    )
    agreement = RadioField(
        _l("Vereinbarung"),
        choices=choices_of(AgreementKind),
        default=AgreementKind.NONE.value,
        validators=[InputRequired(_l("Bitte wählen Sie die Art der Vereinbarung."))],
    )
    last_contact_on = DateField(_l("Letzter Kontakt"), validators=[Optional()])
    next_step = StringField(_l("Nächster Schritt"), description=NO_PERSONS, validators=[Length(max=200)])
    next_step_on = DateField(_l("Nächster Schritt am"), validators=[Optional()])

    def membership(self) -> Membership:
        """The form as the service takes it."""
        return Membership(
            side=Side(self.side.data),
            contact_function=(self.contact_function.data or "").strip(),
            agreement=AgreementKind(self.agreement.data),
            last_contact_on=self.last_contact_on.data,
            next_step=(self.next_step.data or "").strip(),
            next_step_on=self.next_step_on.data,
        )


class NewMemberForm(MemberForm):
    """The same with the organisation: one that is known, or a new one."""

    organisation = SelectField(_l("Organisation"), validators=[Optional()])
    name = StringField(
        _l("Name der neuen Organisation"),
        description=_l("Behörde, Amt oder Stelle; keine Namen von Personen"),
        validators=[Length(max=160)],
    )


def new_member_form(known: Sequence[tuple[str, str]]) -> NewMemberForm:
    """An empty form; `known` are public ids and names of organisations."""
    form = NewMemberForm()
    form.organisation.choices = [
        SelectChoice("", _l("neue Organisation")),
        *(SelectChoice(public_id, name) for public_id, name in known),
    ]
    return form


def member_form(membership: Membership, *, version: int, stored: bool = False) -> MemberForm:
    """The form with what is known; `stored` leaves out what was typed: the other side of a clash."""
    given = {**asdict(membership), "version": str(version)}
    given |= {name: given[name].value for name in ("side", "agreement")}
    return MemberForm(formdata=None, data=given) if stored else MemberForm(data=given)


def frame_form(frame: Frame, *, version: int | None, stored: bool = False) -> FrameForm:
    """The form with what is agreed; without a version nothing was yet."""
    given = {**asdict(frame), "version": "" if version is None else str(version)}
    return FrameForm(formdata=None, data=given) if stored else FrameForm(data=given)


class TurnForm(BaseForm):
    """Into which state an alliance came, and when."""

    target = RadioField(choices=choices_of(AllianceState), validators=[InputRequired()])
    on = DateField(_l("Seit"), validators=[InputRequired(_l("Bitte geben Sie ein Datum an."))])


def turn_form(today: date, *, version: int | None) -> TurnForm:
    """An empty form for today."""
    return TurnForm(data={"on": today, "version": "" if version is None else str(version)})


class MoveMemberForm(BaseForm):
    """Into which state a member came."""

    target = RadioField(choices=choices_of(MemberState), validators=[InputRequired()])


class TaskForm(BaseForm):
    """A line of the work plan."""

    title = StringField(
        _l("Vorhaben"), validators=[InputRequired(_l("Bitte sagen Sie, was geschehen soll.")), Length(max=200)]
    )
    responsible = StringField(
        _l("Zuständig"), description=_l("Funktion oder Organisation; keine Namen"), validators=[Length(max=160)]
    )
    due_on = DateField(_l("Bis"), validators=[Optional()])
    done_on = DateField(_l("Erledigt am"), validators=[Optional()])

    def task(self) -> Task:
        """The form as the service takes it."""
        return Task(
            title=(self.title.data or "").strip(),
            responsible=(self.responsible.data or "").strip(),
            due_on=self.due_on.data,
            done_on=self.done_on.data,
        )


def task_form(task: Task | None = None, *, version: int | None = None, stored: bool = False) -> TaskForm:
    """The form with what is planned, or an empty one."""
    given = {**asdict(task), "version": str(version)} if task else {}
    return TaskForm(formdata=None, data=given) if stored else TaskForm(data=given)


class MinutesForm(BaseForm):
    """How many came from each side, and what was decided."""

    administration = IntegerField(_l("Verwaltung"), validators=[Optional(), NumberRange(0, 9999)])
    counselling = IntegerField(_l("Beratungs- und Hilfestellen"), validators=[Optional(), NumberRange(0, 9999)])
    security = IntegerField(_l("Sicherheitsbehörden"), validators=[Optional(), NumberRange(0, 9999)])
    other = IntegerField(_l("weitere"), validators=[Optional(), NumberRange(0, 9999)])
    decisions = TextAreaField(
        _l("Beschlüsse"),
        description=_l("Einer je Zeile. Alle Seiten lesen sie mit: bitte keine Angaben zu Personen oder Vorfällen"),
        validators=[Length(max=20_000)],
    )

    def attendance(self) -> dict[Side, int]:
        """Headcounts by side, where any were given."""
        return {side: self[side.value].data for side in Side if self[side.value].data is not None}

    def resolved(self) -> list[str]:
        """The decisions, one a line."""
        return [line.strip() for line in (self.decisions.data or "").splitlines() if line.strip()]


def minutes_form(minutes: Minutes, *, version: int | None, stored: bool = False) -> MinutesForm:
    """The form with what is kept of a meeting."""
    given: dict[str, Any] = {side.value: headcount for side, headcount in minutes.attendance.items()}
    given |= {"decisions": "\n".join(minutes.decisions), "version": "" if version is None else str(version)}
    return MinutesForm(formdata=None, data=given) if stored else MinutesForm(data=given)


class OrganisationForm(BaseForm):
    """The name of an organisation."""

    name = StringField(_l("Name"), validators=[InputRequired(_l("Bitte geben Sie den Namen an.")), Length(max=160)])
