"""Forms of the ledger: a day, the one-line entry, the filter of the list."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext
from wtforms import BooleanField, Form, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from komma_tracker.access.rules import N_, Invalid, Permission, Viewer, may
from komma_tracker.accounts.queries import team_members
from komma_tracker.budget import quick_entry
from komma_tracker.budget.queries import EntryFilter, EntryRow, last_entry, people_of_ledger
from komma_tracker.budget.rules import Activity, Mode
from komma_tracker.budget.service import Work
from komma_tracker.contracts.queries import Loggable, municipalities_for_logging
from komma_tracker.db import Session
from komma_tracker.kit.forms import BaseForm, DateField, DurationField, choices_of
from komma_tracker.kit.messages import lazy as _l
from komma_tracker.municipalities.queries import municipality_choices

QUARTERS = {"1": "¼", "2": "½", "3": "¾", "4": "1"}
"""The usual amounts, in quarters of a day."""
NOTE_LENGTH = 2000
LINE_LENGTH = 500
LONG_DAY = _l("Ja, an diesem Tag wurde so lange gearbeitet.")
ASSUMED = (Activity.OTHER, Mode.ON_SITE)
"""What was done and where, for people who have logged nothing yet."""


class EntryForm(BaseForm):
    """One day's work: an amount in quarters of a day, or a duration, which is more exact and therefore holds."""

    municipality = SelectField(_l("Kommune"), [InputRequired(_l("Bitte wählen Sie eine Kommune."))])
    service_date = DateField(_l("Datum"), [InputRequired(_l("Bitte geben Sie ein Datum an, zum Beispiel 22.11.2026."))])
    quarters = RadioField(_l("Umfang in Tagen"), [Optional()], choices=QUARTERS)
    duration = DurationField(_l("oder Stunden und Minuten"), [Optional()])
    activity = SelectField(_l("Tätigkeit"), choices=choices_of(Activity))
    work_package = SelectField(_l("Arbeitspaket"), [Optional()], validate_choice=False)
    mode = RadioField(_l("Wo"), choices=choices_of(Mode))
    consultant = SelectField(_l("Beratungsperson"), [Optional()])
    note = TextAreaField(_l("Notiz für den Leistungsnachweis"), [Length(max=NOTE_LENGTH)])
    internal_note = TextAreaField(_l("Interne Notiz"), [Length(max=NOTE_LENGTH)])
    reason = TextAreaField(_l("Begründung"), [Length(max=NOTE_LENGTH)])
    long_day = BooleanField(LONG_DAY)

    places: Mapping[str, Loggable]
    people: Mapping[str, int]
    was: Work | None = None
    """What the entry to be changed says now."""
    asks_reason = False

    def place(self) -> Loggable:
        """The municipality chosen, or the one to which the entry belongs."""
        return self.places[self.municipality.data] if "municipality" in self else next(iter(self.places.values()))

    def consultant_id(self, viewer: Viewer) -> int:
        """For whom the day is logged: oneself, unless somebody else is chosen."""
        chosen = self.consultant.data if "consultant" in self else None
        return self.people[chosen] if chosen else viewer.user_id

    def kept(self) -> dict[str, str]:
        """What the next form keeps of this one: the days of somebody else are logged one after another."""
        if "consultant" not in self or not self.consultant.data:
            return {}
        return {"municipality": self.place().code, "consultant": self.consultant.data}

    def work(self) -> Work:
        """What was typed, as the ledger takes it. Raises Invalid where the amount is missing."""
        assert self.service_date.data is not None
        return Work(
            service_date=self.service_date.data,
            minutes=self._minutes(self.service_date.data),
            activity=Activity(self.activity.data),
            mode=Mode(self.mode.data),
            work_package=self.work_package.data or None,
            note=self.note.data or "",
            internal_note=self.internal_note.data or "",
            reason=self.reason.data or "",
            long_day=self.long_day.data,
        )

    def _minutes(self, on: date) -> int:
        # A duration that was there before is not what somebody means who has now chosen quarters.
        old = self.was is not None and self.duration.data == self.was.minutes and self.quarters.data
        if self.duration.data is not None and not old:
            return int(self.duration.data)
        if not self.quarters.data:
            raise Invalid("quarters", N_("Bitte wählen Sie den Umfang oder geben Sie die Dauer an, zum Beispiel 1:30."))
        return int(self.quarters.data) * self.place().minutes_per_day(on) // 4

    def refuse(self, error: Invalid) -> None:
        """Put an error beside its field; one of the minutes beside the duration."""
        super().refuse(Invalid("duration", error.message, **error.params) if error.field == "minutes" else error)


class CorrectionForm(EntryForm):
    """What is right instead of a submitted entry, and why."""

    asks_reason = True


class QuickForm(BaseForm):
    """The one-line entry."""

    asks_reason = False

    line = StringField(_l("Tag, Umfang, Kommune, Stichwort"), [Length(max=LINE_LENGTH)])
    reason = TextAreaField(_l("Begründung"), [Length(max=NOTE_LENGTH)])
    long_day = BooleanField(LONG_DAY)

    def refuse(self, error: Invalid) -> None:
        """Put an error beside the line, unless it asks for more than a line can say."""
        asks = error.field in {"reason", "long_day"}
        super().refuse(error if asks else Invalid("line", error.message, **error.params))


class AgainForm(BaseForm):
    """A day like the last one: only its date and its amount are chosen, which the form for a new day takes."""

    service_date = DateField(_l("Datum"), [InputRequired()])

    last: EntryRow


class FilterForm(Form):
    """Which entries the list shows; everything is optional, and what is not understood filters nothing."""

    municipality = SelectField(_l("Kommune"), validate_choice=False)
    consultant = SelectField(_l("Beratungsperson"), validate_choice=False)
    activity = SelectField(_l("Tätigkeit"), validate_choice=False, choices=choices_of(Activity, empty=N_("alle")))
    first = DateField(_l("Von"), [Optional()])
    last = DateField(_l("Bis"), [Optional()])

    places: Mapping[str, int]
    people: Mapping[str, int]

    def wanted(self) -> EntryFilter:
        """The filter as the ledger takes it."""
        activity = self.activity.data
        return EntryFilter(
            municipality_id=self.places.get(self.municipality.data or ""),
            consultant_id=self.people.get(self.consultant.data or ""),
            activity=Activity(activity) if activity in set(Activity) else None,
            first=self.first.data,
            last=self.last.data,
        )

    def query(self) -> dict[str, str]:
        """The filter as parts of an address: that of the next page, or of a file with the same entries."""
        return {field.name: field.raw_data[0] for field in self if field.raw_data and field.raw_data[0]}


def new_form(session: Session, viewer: Viewer, *, today: date, sent: bool, asked: Mapping[str, str]) -> EntryForm:
    """The form for a new day: as it was sent, or filled in as the last entry was, for the next is often like it.

    `asked` may name a municipality and a consultant beforehand.
    """
    if sent:
        form = EntryForm()
    else:
        form = EntryForm(formdata=None, data={"service_date": today, **_proposal(session, viewer), **asked})
    _offer(form, session, viewer, shown=not sent)
    return form


def again_form(session: Session, viewer: Viewer, *, today: date, codes: Collection[str]) -> AgainForm | None:
    """The form for a day like one's last; None before the first, or where that was for none of these municipalities."""
    last = last_entry(session, viewer, consultant_id=viewer.user_id)
    if last is None or last.code not in codes:
        return None
    form = AgainForm(formdata=None, data={"service_date": today})
    form.last = last
    return form


def preview_form(
    session: Session, viewer: Viewer, *, typed: Any, was: Work | None, place: Loggable | None
) -> EntryForm:
    """A form while it is being filled in: that of an entry (`was`, `place`), or that of a new one."""
    form = EntryForm(formdata=typed, meta={"csrf": False})
    if was and place:
        _fix(form, was, place)
    else:
        _offer(form, session, viewer, shown=False)
    return form


def edit_form(was: Work, place: Loggable, *, version: int, sent: bool) -> EntryForm:
    """The form of an entry: as it was sent, or as the entry is now."""
    form = EntryForm() if sent else EntryForm(formdata=None, data={**_values(was, place), "version": str(version)})
    _fix(form, was, place)
    return form


def correction_form(was: Work, place: Loggable, *, sent: bool) -> CorrectionForm:
    """The form that corrects an entry: as it was sent, or as the entry is, but for the reason."""
    form = CorrectionForm() if sent else CorrectionForm(formdata=None, data={**_values(was, place), "reason": ""})
    _fix(form, was, place)
    return form


def filter_form(session: Session, viewer: Viewer, *, formdata: Any) -> FilterForm:
    """The filter of the list, with everything that this person may choose."""
    form = FilterForm(formdata)
    places, people = municipality_choices(session, viewer), people_of_ledger(session, viewer)
    form.places = {place.code: place.id for place in places}
    form.people = {person.public_id: person.id for person in people}
    everything = {"": gettext("alle")}
    form.municipality.choices = everything | {place.code: _label(place.code, place.label) for place in places}
    form.consultant.choices = everything | {person.public_id: person.name for person in people}
    form.validate()
    return form


def read_line(line: str, places: Sequence[Loggable], *, last: EntryRow | None, today: date) -> tuple[Loggable, Work]:
    """Understand a one-line entry; what it does not say is as in the last one. Raises Invalid."""
    known = [
        quick_entry.Loggable(each.code, (each.label,), tuple(package.code for package in each.packages))
        for each in places
    ]
    said = quick_entry.parse(line, today=today, municipalities=known)
    place = next(place for place in places if place.code == said.code)
    activity, mode = (last.activity, last.mode) if last else ASSUMED
    usual = last.work_package if last and last.work_package in {package.code for package in place.packages} else None
    return place, Work(
        service_date=said.on,
        minutes=said.minutes(place.minutes_per_day(said.on)),
        activity=said.activity or activity,
        mode=said.mode or mode,
        work_package=said.work_package or usual,
        note=said.note,
    )


def _proposal(session: Session, viewer: Viewer) -> dict[str, Any]:
    """What the last entry leaves for the next; an odd duration is not proposed, for nobody would look at it."""
    last = last_entry(session, viewer, consultant_id=viewer.user_id)
    if last is None:
        activity, mode = ASSUMED
        return {"activity": activity, "mode": mode}
    return {
        "municipality": last.code,
        "activity": last.activity,
        "mode": last.mode,
        "work_package": last.work_package or "",
        "quarters": _in_quarters(last.minutes, last.minutes_per_day),
    }


def _values(work: Work, place: Loggable) -> dict[str, Any]:
    quarters = _in_quarters(work.minutes, place.minutes_per_day(work.service_date))
    return {**vars(work), "quarters": quarters, "duration": None if quarters else work.minutes}


def _in_quarters(minutes: int, per_day: int) -> str | None:
    quarters, rest = divmod(minutes * 4, per_day)
    return str(quarters) if not rest and str(quarters) in QUARTERS else None


def _offer(form: EntryForm, session: Session, viewer: Viewer, *, shown: bool) -> None:
    """Everything that this person may choose. Where the form was sent, work packages are read only if it comes back:
    what was chosen is checked by the ledger.
    """
    places = municipalities_for_logging(session, viewer, with_packages=shown)
    form.places = {place.code: place for place in places}
    first = {"": gettext("Bitte wählen")} if len(places) > 1 else {}
    form.municipality.choices = first | {place.code: _label(place.code, place.label) for place in places}
    offered: Any = _packages(places) if shown else lambda: _packages(municipalities_for_logging(session, viewer))
    form.work_package.choices = offered
    form.people = {}
    if not may(viewer, Permission.ENTRY_LOG_FOR_OTHERS):
        del form.consultant
        return
    team = [person for person in team_members(session, viewer) if person.id != viewer.user_id]
    form.people = {person.public_id: person.id for person in team}
    form.consultant.choices = {"": gettext("ich selbst")} | {person.public_id: person.name for person in team}


def _fix(form: EntryForm, was: Work, place: Loggable) -> None:
    """An entry stays with its contract and its person; a wrong one is deleted and logged anew."""
    del form.municipality
    del form.consultant
    form.was, form.places, form.people = was, {place.code: place}, {}
    form.work_package.choices = _packages([place])


def _packages(places: Sequence[Loggable]) -> dict[str, str]:
    """Work packages by code; where municipalities have named one differently, its code alone."""
    titles: dict[str, set[str]] = {}
    for package in (package for place in places for package in place.packages):
        titles.setdefault(package.code, set()).add(package.title)
    named = {code: f"{code} {min(found)}" if len(found) == 1 else code for code, found in titles.items()}
    return {"": gettext("ohne")} | named


def _label(code: str, label: str) -> str:
    return f"{code} · {label}"
