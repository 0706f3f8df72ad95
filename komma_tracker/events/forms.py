"""Forms of sessions to come: plan one or a series, change, move."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from flask import request
from flask_babel import gettext
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # pyright: ignore[reportAttributeAccessIssue] – newer than its stubs
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import TextArea

from komma_tracker.access.rules import N_, Invalid, Permission, Viewer, may
from komma_tracker.accounts.queries import team_members
from komma_tracker.budget.rules import Mode
from komma_tracker.contracts.queries import municipalities_for_logging
from komma_tracker.db import Session
from komma_tracker.events.hints import Dated, Unseen
from komma_tracker.events.plans import Plan, When
from komma_tracker.events.rules import DEFAULT_ZONE, FEWEST_PARTS, MOST_PARTS, EventKind, ReasonClass, moved, rhythm
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


class DaysField(ParsedField):
    """Several dates, one below the other or with commas between them."""

    widget = TextArea()
    message = _l("Bitte geben Sie Daten an, zum Beispiel 03.12.2026, 10.12.2026.")

    def parse(self, text: str) -> list[date]:
        return [parse.parse_date(each) for each in filter(None, _CODES.split(text))]


class AskedForm(BaseForm):
    """A form that shows what is unusual before anything is saved, and saves when it is sent once more."""

    seen = HiddenField()
    """Marks of the hints that have been shown."""

    unseen: Sequence[Dated] = ()

    @property
    def marks(self) -> frozenset[str]:
        """What its reader has seen already."""
        return frozenset((self.seen.data or "").split())

    def refuse(self, error: Invalid) -> None:
        """Put an error where it belongs; what is only unusual is shown, so that it is seen the next time."""
        if not isinstance(error, Unseen):
            return super().refuse(error)
        self.unseen = error.hints
        self.seen.data = " ".join(sorted(self.marks | {hint.mark(on) for on, hint in error.hints}))
        return None


class PlanForm(AskedForm):
    """What is planned, apart from the time. `_plan_form` adds one field for each municipality."""

    kind = SelectField(_l("Art"), choices=choices_of(EventKind))
    title = StringField(_l("Titel"), [InputRequired(_l("Bitte geben Sie einen Titel an.")), Length(max=160)])
    mode = RadioField(_l("Wo"), choices=choices_of(Mode))
    place = StringField(_l("Ort"), [Length(max=200)])
    room = StringField(_l("Raum"), [Length(max=120)])
    link = StringField(_l("Link zur Einwahl"), [Length(max=500)])
    target_group = StringField(_l("Zielgruppe"), [Length(max=200)])
    seats = IntegerField(_l("Plätze"), [Optional()])
    note = TextAreaField(_l("Hinweis für alle Beteiligten"), [Length(max=2000)])
    public = BooleanField(
        _l("Im öffentlichen Kalender zeigen"),
        description=_l("Nur Netzwerktreffen, Webinare und Transferveranstaltungen ohne anonyme Kommune."),
    )
    consultants = SelectMultipleField(
        _l("Beratungspersonen"),
        [InputRequired(_l("Bitte wählen Sie mindestens eine Beratungsperson."))],
        invalid_choice_message=_l("Bitte Beratungspersonen aus der Liste wählen."),  # pyright: ignore[reportCallIssue] # old stubs
    )
    minutes_each = EffortField(
        _l("Umfang je Beratungsperson"),
        [InputRequired(_l("Bitte geben Sie den Umfang an, zum Beispiel 1 oder 0,5."))],
        description=_l("In Tagen zu 8 Stunden (1 oder 0,5) oder in Stunden (3:30), über alle Kommunen zusammen."),
    )
    preparation_minutes = EffortField(_l("Vorbereitung je Beratungsperson"), [Optional()])
    follow_up_minutes = EffortField(_l("Nachbereitung je Beratungsperson"), [Optional()])
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
            preparation_minutes=self.preparation_minutes.data or 0,
            follow_up_minutes=self.follow_up_minutes.data or 0,
            room=self.room.data or "",
            target_group=self.target_group.data or "",
            seats=self.seats.data,
            public=self.public.data if "public" in self else None,
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
        self.preparation_minutes.data = shown.preparation_minutes or None
        self.follow_up_minutes.data = shown.follow_up_minutes or None
        self.room.data, self.target_group.data, self.seats.data = shown.room, shown.target_group, shown.seats
        if "public" in self:
            self.public.data = shown.public_cleared
        if "split_key" in self:
            self.split_key.data = shown.sharing.key.value
        for part in shown.parts:
            self[PART + part.code].data = part.package or WITHOUT_PACKAGE
            if part.hosts and "host" in self:
                self["host"].data = part.code


class TimeForm(AskedForm):
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
    """Plan a session, or several at once: then they are a series."""

    confirmed = BooleanField(_l("Der Termin ist schon mit allen abgestimmt"))
    every = SelectField(
        _l("Wiederholen"),
        choices=[
            SelectChoice("", _l("nicht")),
            SelectChoice("1", _l("jede Woche")),
            SelectChoice("2", _l("alle zwei Wochen")),
            SelectChoice("4", _l("alle vier Wochen")),
        ],
        default="",
    )
    repeated = IntegerField(_l("Anzahl der Teile"), [Optional()], description=_l("Zusammen mit dem ersten."))
    further = DaysField(
        _l("Weitere Tage"),
        [Optional()],
        description=_l("Zur selben Uhrzeit, zum Beispiel 03.12.2026, 10.12.2026."),
    )

    def whens(self) -> list[When]:
        """The times of all parts; one alone is no series. Raises Invalid."""
        first = self.when()
        days = [*self._repeated(first.starts_local.date()), *(self.further.data or ())]
        times = self.starts_local.data, self.ends_local.data
        return [first, *(_on(first, day, times) for day in days)]

    def _repeated(self, first: date) -> tuple[date, ...]:
        parts = self.repeated.data
        if not self.every.data:
            return ()
        if parts is None or not FEWEST_PARTS <= parts <= MOST_PARTS:
            message = N_("Bitte eine Anzahl von %(fewest)s bis %(most)s angeben.")
            raise Invalid("repeated", message, fewest=FEWEST_PARTS, most=MOST_PARTS)
        return rhythm(first, int(self.every.data), parts)


class MoveForm(TimeForm):
    """Another time, and why."""

    confirmed = BooleanField(_l("Die neue Zeit ist schon mit allen abgestimmt"))
    reason = RadioField(
        _l("Anlass der Verschiebung"),
        [InputRequired(_l("Bitte wählen Sie den Anlass."))],
        choices=choices_of(ReasonClass),
    )


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


def change_form(
    session: Session, viewer: Viewer, shown: ShownSession, *, stored: bool = False, kind: type[Any] = ChangeForm
) -> Any:
    """A form with what is planned, or with what was typed instead, unless that which is stored is asked for."""
    form = _plan_form(kind, session, viewer, taking_part={part.code for part in shown.parts}, blank=stored)
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


def _plan_form(kind: type[Any], session: Session, viewer: Viewer, *, taking_part: set[str], blank: bool = False) -> Any:
    """A form of this class with a field for each municipality that takes part or, of a few, could."""
    choices = municipality_choices(session, viewer)
    packages = {each.code: each.packages for each in municipalities_for_logging(session, viewer)}
    shown = taking_part | {name.removeprefix(PART) for name in request.form if name.startswith(PART)}
    listed = choices if len(choices) <= MOST_LISTED else [choice for choice in choices if choice.code in shown]
    outside = {STAYS_OUT: gettext("nimmt nicht teil"), WITHOUT_PACKAGE: gettext("nimmt teil, ohne Arbeitspaket")}
    fields: dict[str, Any] = {
        PART + choice.code: SelectField(
            labelled(choice),
            [Optional()],
            choices=outside | {each.code: f"{each.code} {each.title}" for each in packages.get(choice.code, ())},
            default=STAYS_OUT,
        )
        for choice in listed
    }
    hosts = {"": gettext("Bitte wählen")} | {choice.code: labelled(choice) for choice in listed}
    every = len(listed) == len(choices)
    # Where there are too many to choose from, one names the host by code, as one does the others.
    fields["host"] = SelectField(NAME_OF_HOST, [Optional()], choices=hosts) if every else StringField(NAME_OF_HOST)
    form = type(f"{kind.__name__}OfMunicipalities", (kind,), fields)(**({"formdata": None} if blank else {}))
    form.choices = choices
    if every:
        del form.more
    if len(choices) < 2:
        del form.split_key, form.host
    if not may(viewer, Permission.SESSION_PUBLISH):
        del form.public
    team = team_members(session, viewer)
    form.people = {person.public_id: person.id for person in team}
    form.consultants.choices = {person.public_id: person.name for person in team}
    return form


def _on(first: When, day: date, times: tuple[Any, Any]) -> When:
    shift = (day - first.starts_local.date()).days
    starts, ends = moved(first.starts_local, first.ends_local, days=shift, begins=times[0], closes=times[1])
    return When(starts, ends, first.zone)


def labelled(choice: Choice) -> str:
    """A municipality as one chooses it."""
    return f"{choice.code} · {choice.label}"


def _codes(text: str | None) -> Iterable[str]:
    return filter(None, _CODES.split((text or "").strip().upper()))


def _given(value: Any) -> Any:
    """A value that a validator has made sure of."""
    assert value is not None
    return value
