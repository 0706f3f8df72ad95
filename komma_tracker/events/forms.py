"""Forms of sessions to come: plan, change, move; and the filter of the calendar."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from flask import request
from flask_babel import gettext
from wtforms import (
    BooleanField,
    Form,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional

from komma_tracker.access.rules import N_, Invalid, Viewer
from komma_tracker.accounts.queries import team_members
from komma_tracker.budget.rules import Mode
from komma_tracker.contracts.queries import municipalities_for_logging
from komma_tracker.db import Session
from komma_tracker.events.rules import DEFAULT_ZONE, EventKind, ReasonClass
from komma_tracker.events.service import Plan, When
from komma_tracker.events.shares import EQUALLY, Sharing, SplitKey
from komma_tracker.events.shown import ShownSession
from komma_tracker.kit import formats, parse
from komma_tracker.kit.forms import BaseForm, DateField, ParsedField, TimeField, choices_of
from komma_tracker.kit.locale import current_locale
from komma_tracker.kit.messages import lazy as _l
from komma_tracker.municipalities.queries import Choice, municipality_choices

ZONES = (DEFAULT_ZONE, "Europe/London", "Europe/Lisbon", "Europe/Athens", "Europe/Kyiv", "Europe/Istanbul", "UTC")
"""Where people of the programme travel to; almost everything happens in the first."""
MOST_LISTED = 40
"""With more municipalities than these, one names them by code instead of looking through a long list."""
STAYS_OUT, WITHOUT_PACKAGE = "", "-"
PART = "part_"

NAME_OF_HOST = _l("Gastgebende Kommune")

_CODES = re.compile(r"[,;\s]+")


class EffortField(ParsedField):
    """Work of one consultant: days such as ½ or 1,25, or a time span such as 1:30; in minutes."""

    message = _l("Bitte geben Sie Tage oder Stunden an, zum Beispiel 0,5 oder 3:30.")

    def parse(self, text: str) -> int:
        try:
            return parse.parse_duration(text)
        except ValueError:
            return parse.whole_minutes(parse.parse_decimal(text) * formats.MINUTES_PER_DAY)

    def show(self, value: int) -> str:
        in_days = value * 100 % formats.MINUTES_PER_DAY == 0
        return formats.days(value, locale=current_locale()) if in_days else formats.duration(value)


class PlanForm(BaseForm):
    """What is planned, apart from the time. `_plan_form` adds one field for each municipality."""

    kind = SelectField(_l("Art"), choices=choices_of(EventKind))
    title = StringField(_l("Titel"), [InputRequired(_l("Bitte geben Sie einen Titel an.")), Length(max=160)])
    mode = RadioField(_l("Wo"), choices=choices_of(Mode))
    place = StringField(_l("Ort"), [Length(max=200)])
    link = StringField(_l("Link zur Einwahl"), [Length(max=500)])
    note = TextAreaField(_l("Hinweis für alle Beteiligten"), [Length(max=2000)])
    consultants = SelectMultipleField(
        _l("Beratungspersonen"),
        [InputRequired(_l("Bitte wählen Sie mindestens eine Beratungsperson."))],
        invalid_choice_message=_l("Bitte Beratungspersonen aus der Liste wählen."),  # pyright: ignore[reportCallIssue] # old stubs
    )
    minutes_each = EffortField(
        _l("Umfang je Beratungsperson"),
        [InputRequired(_l("Bitte geben Sie den Umfang an, zum Beispiel 1 oder 0,5."))],
        description=_l("In Tagen (1 oder 0,5) oder Stunden (3:30), über alle Kommunen zusammen."),
    )
    more = StringField(
        _l("Weitere Kommunen"), [Length(max=500)], description=_l("Kürzel, mit Komma getrennt, zum Beispiel K12, K40.")
    )

    split_key = RadioField(_l("Aufteilung der Tage"), choices=choices_of(SplitKey), default=SplitKey.EQUAL.value)

    choices: Sequence[Choice]
    people: dict[str, int]

    def parts(self) -> list[Any]:
        """The fields of the municipalities."""
        return [field for field in self if field.name.startswith(PART)]

    def plan(self) -> Plan:
        """What was typed. Raises Invalid for a code that there is not."""
        packages = self._packages()
        return Plan(
            kind=EventKind(self.kind.data),
            title=self.title.data or "",
            mode=Mode(self.mode.data),
            minutes_each=_given(self.minutes_each.data),
            packages=packages,
            sharing=self._sharing(),
            consultant_ids=[self.people[public_id] for public_id in self.consultants.data or ()],
            place=self.place.data or "",
            link=self.link.data or "",
            note=self.note.data or "",
        )

    def _packages(self) -> dict[int, str | None]:
        ids = {choice.code: choice.id for choice in self.choices}
        found: dict[int, str | None] = {
            ids[field.name.removeprefix(PART)]: None if field.data == WITHOUT_PACKAGE else field.data
            for field in self.parts()
            if field.data != STAYS_OUT
        }
        for code in _codes(self.more.data if "more" in self else ""):
            if code not in ids:
                raise Invalid("more", N_("Eine Kommune mit dem Kürzel %(code)s gibt es hier nicht."), code=code)
            found.setdefault(ids[code], None)
        return found

    def _sharing(self) -> Sharing:
        if "split_key" not in self:
            return EQUALLY
        ids = {choice.code: choice.id for choice in self.choices}
        return Sharing(SplitKey(self.split_key.data), ids.get((self["host"].data or "").strip().upper()))

    def fill_plan(self, shown: ShownSession) -> None:
        """Show what is planned for a session."""
        self.kind.data, self.mode.data = shown.kind.value, shown.mode.value
        self.title.data, self.place.data, self.link.data, self.note.data = (
            shown.title, shown.place, shown.link, shown.note,
        )  # fmt: skip
        self.consultants.data = [person.public_id for person in shown.consultants]
        self.minutes_each.data = shown.minutes_each
        if "split_key" in self:
            self.split_key.data = shown.sharing.key.value
        for part in shown.parts:
            self[PART + part.code].data = part.package or WITHOUT_PACKAGE
            if part.hosts and "host" in self:
                self["host"].data = part.code


class TimeForm(BaseForm):
    """From when to when."""

    day = DateField(_l("Datum"), [InputRequired(_l("Bitte geben Sie ein Datum an, zum Beispiel 22.11.2026."))])
    starts_local = TimeField(_l("Beginn"), [InputRequired(_l("Bitte geben Sie den Beginn an, zum Beispiel 09:00."))])
    ends_local = TimeField(_l("Ende"), [InputRequired(_l("Bitte geben Sie das Ende an, zum Beispiel 16:00."))])
    last_day = DateField(_l("Letzter Tag"), [Optional()], description=_l("Nur, wenn der Termin mehrere Tage dauert."))
    zone = SelectField(_l("Zeitzone"), choices={zone: zone for zone in ZONES}, default=DEFAULT_ZONE)

    def when(self) -> When:
        """The time that was typed; the rules say whether there is such a time."""
        first = _given(self.day.data)
        return When(
            datetime.combine(first, _given(self.starts_local.data)),
            datetime.combine(self.last_day.data or first, _given(self.ends_local.data)),
            str(self.zone.data),
        )

    def fill_time(self, shown: ShownSession) -> None:
        """Show the time of a session."""
        first, last = shown.starts_local.date(), shown.ends_local.date()
        self.day.data, self.last_day.data = first, last if last != first else None
        self.starts_local.data, self.ends_local.data = shown.starts_local.time(), shown.ends_local.time()
        self.zone.data = shown.zone


class ChangeForm(PlanForm):
    """Change what is planned; another time is a matter of its own, with a reason."""


class NewForm(TimeForm, PlanForm):
    """Plan a session."""

    confirmed = BooleanField(_l("Der Termin ist schon mit allen abgestimmt"))


class MoveForm(TimeForm):
    """Another time, and why."""

    confirmed = BooleanField(_l("Die neue Zeit ist schon mit allen abgestimmt"))
    reason = RadioField(
        _l("Anlass der Verschiebung"),
        [InputRequired(_l("Bitte wählen Sie den Anlass."))],
        choices=choices_of(ReasonClass),
    )


class FilterForm(Form):
    """Which sessions the calendar shows; what is not understood filters nothing."""

    municipality = SelectField(_l("Kommune"), validate_choice=False)
    kind = SelectField(_l("Art"), choices=choices_of(EventKind, empty=N_("alle")), validate_choice=False)

    ids: dict[str, int]

    @property
    def municipality_id(self) -> int | None:
        """The municipality chosen, if any."""
        return self.ids.get(self.municipality.data or "")

    @property
    def chosen_kind(self) -> EventKind | None:
        """The kind chosen, if any."""
        return EventKind(self.kind.data) if self.kind.data in set(EventKind) else None


def new_form(session: Session, viewer: Viewer, *, today: date) -> NewForm:
    """A form for a new session: today, for the municipality asked for or the only one, run by oneself."""
    asked = request.args.get("municipality", "")
    form = _plan_form(NewForm, session, viewer, taking_part={asked})
    if not form.is_submitted():
        form.day.data, form.mode.data, form.minutes_each.data = today, Mode.ON_SITE.value, formats.MINUTES_PER_DAY
        form.consultants.data = [code for code, user_id in form.people.items() if user_id == viewer.user_id]
        only = form.choices[0].code if len(form.choices) == 1 else asked
        if PART + only in form:
            form[PART + only].data = WITHOUT_PACKAGE
    return form


def change_form(session: Session, viewer: Viewer, shown: ShownSession, *, stored: bool = False) -> ChangeForm:
    """A form with what is planned, or with what was typed instead, unless that which is stored is asked for."""
    form = _plan_form(ChangeForm, session, viewer, taking_part={part.code for part in shown.parts}, blank=stored)
    # Who has left the team since stays in the session until somebody takes the tick away.
    gone = [person for person in shown.consultants if person.public_id not in form.people]
    form.people.update({person.public_id: person.id for person in gone})
    form.consultants.choices = {**form.consultants.choices, **{each.public_id: each.name for each in gone}}
    if stored or not form.is_submitted():
        form.fill_plan(shown)
        form.version.data = str(shown.version)
    return form


def move_form(shown: ShownSession, *, stored: bool = False) -> MoveForm:
    """A form with the time as it is, or with what was typed."""
    form = MoveForm(formdata=None) if stored else MoveForm()
    if stored or not form.is_submitted():
        form.fill_time(shown)
        form.version.data = str(shown.version)
        form.reason.data = None
    return form


def filter_form(session: Session, viewer: Viewer, *, formdata: Any) -> FilterForm:
    """The filter of the calendar, with everything that this person may choose."""
    form = FilterForm(formdata)
    places = municipality_choices(session, viewer)
    form.ids = {place.code: place.id for place in places}
    form.municipality.choices = {"": gettext("alle")} | {place.code: _labelled(place) for place in places}
    return form


def _plan_form(kind: type[Any], session: Session, viewer: Viewer, *, taking_part: set[str], blank: bool = False) -> Any:
    """A form of this class with a field for each municipality that takes part or, of a few, could."""
    choices = municipality_choices(session, viewer)
    packages = {each.code: each.packages for each in municipalities_for_logging(session, viewer)}
    shown = taking_part | {name.removeprefix(PART) for name in request.form if name.startswith(PART)}
    listed = choices if len(choices) <= MOST_LISTED else [choice for choice in choices if choice.code in shown]
    outside = {STAYS_OUT: gettext("nimmt nicht teil"), WITHOUT_PACKAGE: gettext("nimmt teil, ohne Arbeitspaket")}
    fields: dict[str, Any] = {
        PART + choice.code: SelectField(
            _labelled(choice),
            [Optional()],
            choices=outside | {each.code: f"{each.code} {each.title}" for each in packages.get(choice.code, ())},
            default=STAYS_OUT,
        )
        for choice in listed
    }
    hosts = {"": gettext("Bitte wählen")} | {choice.code: _labelled(choice) for choice in listed}
    every = len(listed) == len(choices)
    # Where there are too many to choose from, one names the host by code, as one does the others.
    fields["host"] = SelectField(NAME_OF_HOST, [Optional()], choices=hosts) if every else StringField(NAME_OF_HOST)
    form = type(f"{kind.__name__}OfMunicipalities", (kind,), fields)(**({"formdata": None} if blank else {}))
    form.choices = choices
    if every:
        del form.more
    if len(choices) < 2:
        del form.split_key, form.host
    team = team_members(session, viewer)
    form.people = {person.public_id: person.id for person in team}
    form.consultants.choices = {person.public_id: person.name for person in team}
    return form


def _labelled(choice: Choice) -> str:
    return f"{choice.code} · {choice.label}"


def _codes(text: str | None) -> Iterable[str]:
    return filter(None, _CODES.split((text or "").strip().upper()))


def _given(value: Any) -> Any:
    """A value that a validator has made sure of."""
    assert value is not None
    return value
