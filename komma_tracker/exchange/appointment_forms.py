"""Forms of the way from a calendar to days: where it is, and what of it shall be logged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext
from flask_wtf.file import FileField
from wtforms import BooleanField, FieldList, Form, FormField, HiddenField, SelectField, StringField
from wtforms.validators import InputRequired

from komma_tracker.budget.rules import Activity, Mode
from komma_tracker.exchange.appointments.rules import Known
from komma_tracker.exchange.service.proposing import MOST_PROPOSED, Chosen, Proposal
from komma_tracker.kit.forms import BaseForm, DateField, DurationField, choices_of
from komma_tracker.kit.messages import lazy as _l

BERLIN = ZoneInfo("Europe/Berlin")
LONGEST_SPAN = timedelta(days=366)
USUAL_SPAN = timedelta(days=42)
LONGEST_TITLE = 200
ZONES = (
    "Europe/Berlin", "Europe/London", "Europe/Athens", "Europe/Istanbul", "UTC", "America/New_York",
    "America/Los_Angeles", "Asia/Kolkata", "Asia/Tokyo", "Australia/Sydney",
)  # fmt: skip
"""Offered where a calendar names a time zone that nobody knows: the likely one, then one for each part of the day."""


class CalendarForm(BaseForm):
    """A calendar as a file or by its address, and the days that are looked at."""

    file = FileField(
        _l("Kalenderdatei (.ics)"),
        description=_l("Wie Outlook, Google, Apple, Thunderbird und Nextcloud sie ausgeben."),
    )
    address = StringField(
        _l("oder Adresse Ihres Kalenders"),
        description=_l("Beginnt mit https:// oder webcal://. Sie wird einmal abgerufen und nicht gespeichert."),
    )
    first = DateField(_l("Von"), [InputRequired(_l("Bitte geben Sie den ersten Tag an."))])
    last = DateField(_l("Bis"), [InputRequired(_l("Bitte geben Sie den letzten Tag an."))])

    today: date

    def validate(self, extra_validators: Any = None) -> bool:
        """One source, and a span of days that has come to its end: what is to come is planned, not logged."""
        super().validate(extra_validators)
        has_address = bool((self.address.data or "").strip())
        if not self.file.data and not has_address:
            self.file.errors = [gettext("Bitte wählen Sie eine Datei, oder geben Sie eine Adresse an.")]
        if self.file.data and has_address:
            self.address.errors = [gettext("Bitte nur eines von beiden: Datei oder Adresse.")]
        if self.first.data and self.last.data:
            self._check_span(self.first.data, self.last.data)
        return not any(field.errors for field in self)

    def _check_span(self, first: date, last: date) -> None:
        if last > self.today:
            self.last.errors = [gettext("Künftiges lässt sich als Termin planen. Bitte höchstens bis heute.")]
        elif last < first:
            self.last.errors = [gettext("Der letzte Tag liegt vor dem ersten.")]
        elif last - first > LONGEST_SPAN:
            self.last.errors = [gettext("Bitte höchstens ein Jahr auf einmal.")]


def calendar_form(today: date, *, sent: bool = True) -> CalendarForm:
    """A form for the last weeks, or what was `sent`."""
    usual = {"first": today - USUAL_SPAN, "last": today}
    form = CalendarForm(data=usual) if sent else CalendarForm(formdata=None, data=usual)
    form.today = today
    return form


class WordForm(BaseForm):
    """One more word by which appointments are found."""

    word = StringField(
        _l("Weiteres Stichwort"),
        [InputRequired(_l("Bitte geben Sie ein Wort an."))],
        description=_l("Das ganze Team liest es: bitte keine Namen von Kommunen oder Personen."),
    )


class ProposalForm(Form):
    """One appointment. What cannot be typed travels along hidden: nothing of a calendar is kept here."""

    take = BooleanField(_l("Erfassen"))
    key = HiddenField()
    title = HiddenField()
    starts = HiddenField()
    times = HiddenField()
    zone = HiddenField()
    why = HiddenField()
    municipality = SelectField(_l("Kommune"))
    duration = DurationField(_l("Dauer"))
    activity = SelectField(_l("Tätigkeit"), choices=choices_of(Activity))
    mode = SelectField(_l("Wo"), choices=choices_of(Mode))
    meant_zone = SelectField(_l("Zeitzone"))

    def validate(self, extra_validators: Any = None) -> bool:
        """Who wants nothing logged need not say anything of it."""
        if not self.take.data:
            return True
        valid = super().validate(extra_validators)
        if valid and not self.municipality.data:
            self.municipality.errors = [gettext("Bitte wählen Sie eine Kommune.")]
        if valid and self.duration.data is None:
            self.duration.errors = [gettext("Bitte geben Sie die Dauer an, zum Beispiel 1:30 oder 90 min.")]
        if self.zone.data and self.meant_zone.data not in ZONES:
            self.meant_zone.errors = [gettext("Bitte wählen Sie, welche Zeitzone gemeint ist.")]
        if self.on is None:
            self.title.errors = [gettext("Bitte laden Sie den Kalender noch einmal hoch.")]
        return not any(field.errors for field in self)

    @property
    def begins(self) -> datetime | None:
        """As the calendar says it; None where what travels along has been lost."""
        try:
            return datetime.fromisoformat(self.starts.data or "").replace(tzinfo=None)
        except ValueError:
            return None

    @property
    def on(self) -> date | None:
        """The day in Germany."""
        if not self.begins or not self.zone.data or self.meant_zone.data not in ZONES:
            return self.begins.date() if self.begins else None
        try:
            return self.begins.replace(tzinfo=ZoneInfo(self.meant_zone.data)).astimezone(BERLIN).date()
        except OverflowError:
            return None

    def chosen(self, *, with_title: bool) -> Chosen:
        """The row as the service takes it."""
        assert self.on is not None  # or it would not have been valid
        return Chosen(
            key=(self.key.data or "")[:64],
            on=self.on,
            municipality=self.municipality.data,
            minutes=self.duration.data,
            activity=Activity(self.activity.data),
            mode=Mode(self.mode.data),
            note=(self.title.data or "")[:LONGEST_TITLE] if with_title else "",
        )


class ProposalRows(FieldList):
    """The rows, whose faults become one list that names them: so the summary above the form can show them."""

    def validate(self, form: Any, extra_validators: Any = ()) -> bool:
        """Check every row."""
        valid = super().validate(form, extra_validators)
        faults = [f"{row.form.title.data}: {message}" for row in self.entries for message in _messages(row.form)]
        self.errors = list(dict.fromkeys(faults))
        return valid


def _messages(form: Form) -> Iterator[str]:
    return (str(message) for field in form for message in field.errors)


class ProposalsForm(BaseForm):
    """What of a calendar shall be logged."""

    titles = BooleanField(
        _l("Titel als Notiz übernehmen"),
        description=_l("Die Notiz steht im Leistungsnachweis. Bitte keine Angaben zu Personen oder Vorfällen."),
    )

    rows: ProposalRows

    def validate(self, extra_validators: Any = None) -> bool:
        """Nothing chosen is nothing to go on with."""
        valid = super().validate(extra_validators)
        if not any(row.form.take.data for row in self.rows.entries):
            self.form_errors.append(gettext("Bitte wählen Sie mindestens einen Termin."))
        return valid and not self.form_errors

    def chosen(self) -> list[Chosen]:
        """All that shall be logged."""
        return [row.form.chosen(with_title=self.titles.data) for row in self.rows.entries if row.form.take.data]


def proposals_form(known: Sequence[Known], proposals: Sequence[Proposal] = (), *, sent: bool = False) -> ProposalsForm:
    """A form with a row for each proposal, or with the rows that were `sent`."""
    places = {"": gettext("bitte wählen")} | {each.code: f"{each.code} · {each.label}" for each in known}
    zones = {"": gettext("bitte wählen")} | {zone: zone for zone in ZONES}
    row = type(
        "Row",
        (ProposalForm,),
        {
            "municipality": SelectField(_l("Kommune"), choices=places),
            "meant_zone": SelectField(_l("Zeitzone"), choices=zones, validate_choice=False),
        },
    )
    rows = ProposalRows(FormField(row), _l("Termine"), max_entries=MOST_PROPOSED)
    form = type("CalendarProposalsForm", (ProposalsForm,), {"rows": rows})
    return form() if sent else form(formdata=None, data={"rows": [_row(each) for each in proposals]})


def _row(proposal: Proposal) -> dict[str, Any]:
    each = proposal.appointment
    return {
        "take": bool(proposal.match.code and proposal.minutes and not each.zone and not each.tentative),
        "key": proposal.key,
        "title": each.title[:LONGEST_TITLE],
        "starts": each.starts.isoformat(),
        "times": _times(proposal),
        "zone": each.zone,
        "why": gettext(proposal.match.reason.label, found=proposal.match.found),
        "municipality": proposal.match.code,
        "duration": proposal.minutes,
        "activity": proposal.activity.value,
        "mode": proposal.mode.value,
    }


def _times(proposal: Proposal) -> str:
    each = proposal.appointment
    if each.all_day:
        return gettext("ganztägig")
    times = f"{each.starts:%H:%M}–{each.starts + timedelta(minutes=each.minutes):%H:%M}"
    return gettext("%(times)s, unter Vorbehalt", times=times) if each.tentative else times
