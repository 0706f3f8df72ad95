"""Forms of the ledger: a day, the one-line entry, the filter of the list."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import Form, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from komma_tracker.access.rules import Invalid, N_, Permission, Viewer, may
from komma_tracker.accounts.queries import team_members
from komma_tracker.budget import quick_entry
from komma_tracker.budget.queries import EntryFilter, last_logged
from komma_tracker.budget.rules import Activity, Mode
from komma_tracker.budget.service import Work
from komma_tracker.contracts.queries import Loggable, municipalities_for_logging
from komma_tracker.db import Session
from komma_tracker.kit import formats
from komma_tracker.kit.forms import BaseForm, DateField, DurationField
from komma_tracker.municipalities.queries import municipality_choices

QUARTERS = {"1": "¼", "2": "½", "3": "¾", "4": "1"}
"""The usual amounts, in quarters of a day."""
NOTE_LENGTH = 2000


class EntryForm(BaseForm):
    """One day's work. Where both an amount and a duration are given, the duration, being more exact, holds."""

    municipality = SelectField(_l("Kommune"), validators=[InputRequired(_l("Bitte wählen Sie eine Kommune."))])
    service_date = DateField(
        _l("Datum"), validators=[InputRequired(_l("Bitte geben Sie ein Datum an, zum Beispiel 22.11.2026."))]
    )
    quarters = RadioField(_l("Umfang in Tagen"), choices=[SelectChoice(*choice) for choice in QUARTERS.items()], validators=[Optional()], validate_choice=False)
    duration = DurationField(_l("oder Stunden und Minuten"), validators=[Optional()])
    activity = SelectField(_l("Tätigkeit"))
    work_package = SelectField(_l("Arbeitspaket"), validators=[Optional()])
    mode = RadioField(_l("Wo"))
    consultant = SelectField(_l("Beratungsperson"), validators=[Optional()], validate_choice=False)
    note = TextAreaField(_l("Notiz für den Leistungsnachweis"), validators=[Length(max=NOTE_LENGTH)])
    internal_note = TextAreaField(_l("Interne Notiz"), validators=[Length(max=NOTE_LENGTH)])

    choices: list[Loggable]

    def place(self) -> Loggable:
        """The municipality chosen, or the one that the entry belongs to."""
        if "municipality" not in self:
            return self.choices[0]
        return next(choice for choice in self.choices if choice.code == self.municipality.data)

    def work(self) -> Work:
        """What was typed, as the ledger takes it. Raises Invalid where the amount is missing."""
        assert self.service_date.data is not None
        return Work(
            service_date=self.service_date.data,
            minutes=self.minutes(),
            activity=Activity(self.activity.data),
            mode=Mode(self.mode.data),
            work_package=self.work_package.data or None,
            note=self.note.data or "",
            internal_note=self.internal_note.data or "",
        )

    def minutes(self) -> int:
        """Minutes worked. Raises Invalid where neither amount nor duration says so."""
        if self.duration.data:
            return int(self.duration.data)
        if self.quarters.data not in QUARTERS:
            raise Invalid("quarters", N_("Bitte wählen Sie den Umfang oder geben Sie die Dauer an, zum Beispiel 1:30."))
        return int(self.quarters.data) * self.place().minutes_per_day // 4

    def fill_amount(self, minutes: int, per_day: int) -> None:
        """Show an amount: as quarters where it is some, else as a duration."""
        quarters, rest = divmod(minutes * 4, per_day)
        if rest == 0 and str(quarters) in QUARTERS:
            self.quarters.data = str(quarters)
        else:
            self.duration.data = minutes


class QuickForm(BaseForm):
    """The one-line entry."""

    line = StringField(_l("Schnelleingabe"), validators=[Length(max=500)])


class FilterForm(Form):
    """Which entries the list shows; everything is optional."""

    municipality = SelectField(_l("Kommune"), validate_choice=False)
    consultant = SelectField(_l("Beratungsperson"), validate_choice=False)
    activity = SelectField(_l("Tätigkeit"), validate_choice=False)
    first = DateField(_l("Von"), validators=[Optional()])
    last = DateField(_l("Bis"), validators=[Optional()])

    ids: dict[str, int]
    people: dict[str, int]

    def wanted(self) -> EntryFilter:
        """The filter as the ledger takes it; what is not understood filters nothing."""
        activity = self.activity.data
        return EntryFilter(
            municipality_id=self.ids.get(self.municipality.data or ""),
            consultant_id=self.people.get(self.consultant.data or ""),
            activity=Activity(activity) if activity in set(Activity) else None,
            first=self.first.data,
            last=self.last.data,
        )


def entry_form(session: Session, viewer: Viewer, *, formdata: Any = None) -> EntryForm:
    """An empty form, with everything that this person may choose."""
    form = EntryForm() if formdata is None else EntryForm(formdata=formdata, meta={"csrf": False})
    form.choices = municipalities_for_logging(session, viewer)
    form.municipality.choices = [(each.code, _choice(each.code, each.label)) for each in form.choices]
    packages = {package.code: package.title for choice in form.choices for package in choice.packages}
    form.work_package.choices = [
        ("", gettext("ohne")),
        *((code, f"{code} {packages[code]}") for code in sorted(packages)),
    ]
    form.activity.choices = [(each.value, gettext(each.label)) for each in Activity]
    form.mode.choices = [(each.value, gettext(each.label)) for each in Mode]
    if may(viewer, Permission.ENTRY_LOG_FOR_OTHERS):
        form.consultant.choices = [(person.public_id, person.name) for person in team_members(session, viewer)]
    else:
        del form.consultant
    return form


def log_form(session: Session, viewer: Viewer, *, today: date) -> EntryForm:
    """A form for a new day, filled in as the last one was: the next is often like it."""
    form = entry_form(session, viewer)
    if form.is_submitted():
        return form
    form.service_date.data = today
    form.mode.data, form.activity.data, form.quarters.data = Mode.ON_SITE, Activity.WORKSHOP, "4"
    if last := last_logged(session, viewer, consultant_id=viewer.user_id):
        form.municipality.data = last.municipality.code
        form.activity.data, form.mode.data = last.activity, last.mode
        form.work_package.data = last.work_package.code if last.work_package else ""
        form.quarters.data = None
        form.fill_amount(last.minutes, formats.MINUTES_PER_DAY)
    asked = request.args.get("municipality")
    if asked in {choice.code for choice in form.choices}:
        form.municipality.data = asked
    return form


def filter_form(session: Session, viewer: Viewer, *, formdata: Any) -> FilterForm:
    """The filter of the list, with everything that this person may choose."""
    form = FilterForm(formdata)
    places = municipality_choices(session, viewer)
    people = team_members(session, viewer)
    form.ids = {place.code: place.id for place in places}
    form.people = {person.public_id: person.id for person in people}
    everything = ("", gettext("alle"))
    form.municipality.choices = [everything, *((place.code, _choice(place.code, place.label)) for place in places)]
    form.consultant.choices = [everything, *((person.public_id, person.name) for person in people)]
    form.activity.choices = [everything, *((each.value, gettext(each.label)) for each in Activity)]
    form.validate()
    return form


def read_line(line: str, choices: list[Loggable], *, today: date) -> tuple[Loggable, Work]:
    """Understand a one-line entry. Raises Invalid with what was not understood."""
    known = [
        quick_entry.Loggable(each.code, (each.label,), tuple(package.code for package in each.packages))
        for each in choices
    ]
    entry = quick_entry.parse(line, today=today, municipalities=known)
    place = next(choice for choice in choices if choice.code == entry.code)
    return place, Work(
        service_date=entry.on,
        minutes=entry.minutes(place.minutes_per_day),
        activity=entry.activity or Activity.OTHER,
        mode=entry.mode or Mode.ON_SITE,
        work_package=entry.work_package,
        note=entry.note,
    )


def _choice(code: str, label: str) -> str:
    return f"{code} · {label}"
