"""Forms of a series: its parts from one on, one more part, and how many persons took part at all."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from flask_babel import gettext
from wtforms import BooleanField, IntegerField, RadioField, SelectField
from wtforms.validators import InputRequired, Optional

from komma_tracker.access.rules import Viewer
from komma_tracker.db import Session
from komma_tracker.events.forms import AskedForm, ChangeForm, TimeForm, change_form
from komma_tracker.events.outcome_forms import CancelForm
from komma_tracker.events.rules import ReasonClass
from komma_tracker.events.series import Shift
from komma_tracker.events.shown import ShownSeries
from komma_tracker.kit import formats
from komma_tracker.kit.forms import BaseForm, DateField, TimeField, choices_of
from komma_tracker.kit.locale import current_locale
from komma_tracker.kit.messages import lazy as _l

SINCE = _l("Ab welchem Teil")


class PartChangeForm(ChangeForm):
    """Change what is planned, for several parts at once."""

    since = SelectField(SINCE)


class PartMoveForm(AskedForm):
    """Other times for several parts at once, and why."""

    since = SelectField(SINCE)
    day = DateField(
        _l("Neuer Tag dieses Teils"),
        [InputRequired(_l("Bitte geben Sie ein Datum an, zum Beispiel 22.11.2026."))],
        description=_l("Alle späteren Teile rücken um ebenso viele Tage weiter."),
    )
    starts_local = TimeField(_l("Beginn"), [InputRequired(_l("Bitte geben Sie den Beginn an, zum Beispiel 09:00."))])
    ends_local = TimeField(_l("Ende"), [InputRequired(_l("Bitte geben Sie das Ende an, zum Beispiel 16:00."))])
    confirmed = BooleanField(_l("Die neuen Zeiten sind schon mit allen abgestimmt"))
    reason = RadioField(
        _l("Anlass der Verschiebung"),
        [InputRequired(_l("Bitte wählen Sie den Anlass."))],
        choices=choices_of(ReasonClass),
    )

    def shift(self) -> Shift:
        """Where the part goes."""
        day, begins, closes = self.day.data, self.starts_local.data, self.ends_local.data
        assert isinstance(day, date)
        assert isinstance(begins, time)
        assert isinstance(closes, time)
        return Shift(day, begins, closes)


class PartCancelForm(CancelForm):
    """Call off several parts at once."""

    since = SelectField(SINCE)


class PartForm(TimeForm):
    """One more part."""

    confirmed = BooleanField(_l("Der Termin ist schon mit allen abgestimmt"))


class PersonsForm(BaseForm):
    """How many different people took part."""

    unique_persons = IntegerField(
        _l("Verschiedene Personen"),
        [Optional()],
        description=_l("Jede Person einmal, an wie vielen Teilen sie auch teilgenommen hat. Keine Namen."),
    )


def part_change_form(session: Session, viewer: Viewer, series: ShownSeries, *, stored: bool = False) -> PartChangeForm:
    """A form with what is planned for the next part."""
    form = change_form(session, viewer, series.open_parts[0], stored=stored, kind=PartChangeForm)
    return _from_part(form, series, stored=stored)


def part_move_form(series: ShownSeries, *, since: str | None = None) -> PartMoveForm:
    """A form with the time of the part asked for."""
    form = _from_part(PartMoveForm(), series, since=since)
    if not form.is_submitted():
        part = next(each for each in series.open_parts if str(each.part) == form.since.data)
        form.day.data = part.starts_local.date()
        form.starts_local.data, form.ends_local.data = part.starts_local.time(), part.ends_local.time()
        form.reason.data = None
    return form


def part_cancel_form(series: ShownSeries, *, today: date, since: str | None = None) -> PartCancelForm:
    """A form that asks who and why."""
    form = _from_part(PartCancelForm(), series, since=since)
    if not form.is_submitted():
        form.by.data = form.reason.data = None
        form.notice_on.data = today
    return form


def part_form(series: ShownSeries) -> PartForm:
    """A form for one more part, planned as the last one."""
    form = PartForm()
    if not form.is_submitted():
        form.fill_time(series.parts[-1])
        form.day.data = form.last_day.data = None
        form.version.data = str(series.version)
    return form


def persons_form(series: ShownSeries) -> PersonsForm:
    """A form with the number as it is."""
    form = PersonsForm()
    if not form.is_submitted():
        form.unique_persons.data, form.version.data = series.unique_persons, str(series.version)
    return form


def _from_part(form: Any, series: ShownSeries, *, stored: bool = False, since: str | None = None) -> Any:
    """Let it choose among the parts that are still to come."""
    locale = current_locale()
    form.since.choices = {
        str(part.part): gettext(
            "Teil %(part)s, %(day)s", part=part.part, day=formats.weekday_date(part.starts_local.date(), locale)
        )
        for part in series.open_parts
    }
    if stored or not form.is_submitted():
        form.version.data = str(series.version)
        form.since.data = since if since in form.since.choices else next(iter(form.since.choices))
    return form
