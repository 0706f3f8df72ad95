"""What is asked of somebody who wants a report."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from wtforms import HiddenField, SelectField
from wtforms.validators import InputRequired

from komma_tracker.budget.rules import month_of
from komma_tracker.kit import parse
from komma_tracker.kit.forms import BaseForm, ParsedField, choices_of
from komma_tracker.kit.messages import lazy as _l
from komma_tracker.reports.rules.figures import Figures
from komma_tracker.reports.rules.period import Period, ReportKind


class MonthField(ParsedField):
    """A month, as 06.2026 or 2026-06; its first day."""

    message = _l("Bitte geben Sie einen Monat an, zum Beispiel 06.2026.")

    def parse(self, text: str) -> date:
        return parse.parse_month(text)

    def show(self, value: date) -> str:
        return f"{value:%m.%Y}"


class ReportForm(BaseForm):
    """Kind and months of a report; it is read from the address, since looking at figures changes nothing."""

    class Meta(BaseForm.Meta):
        """Speaks the reader's language, and needs no token."""

        csrf = False  # pyright: ignore[reportIncompatibleMethodOverride, reportAssignmentType] # plain in WTForms

    kind = SelectField(_l("Art"), choices=choices_of(ReportKind), coerce=ReportKind)
    first = MonthField(_l("Von Monat"), [InputRequired(_l("Bitte geben Sie den ersten Monat an."))])
    last = MonthField(_l("Bis Monat"), [InputRequired(_l("Bitte geben Sie den letzten Monat an."))])

    def period(self) -> Period:
        """The months asked for."""
        return Period(self.first.data, self.last.data)

    def query(self) -> dict[str, str]:
        """The same as part of an address."""
        return {
            "kind": self.kind.data.value,
            "first": self.first.show(self.first.data),
            "last": self.last.show(self.last.data),
        }


def report_form(asked: Mapping[str, str], *, today: date) -> ReportForm:
    """The form as it was asked for, or with what is most often reported: the year up to the month that is over."""
    if asked:
        return ReportForm(asked)
    last = month_of(month_of(today) - timedelta(days=1))
    return ReportForm(None, kind=ReportKind.INTERIM, first=last.replace(month=1), last=last)


class FileForm(BaseForm):
    """Files what was looked at; the months come along as they were asked for."""

    kind, first, last, seen = HiddenField(), HiddenField(), HiddenField(), HiddenField()


def file_form(asked: ReportForm, figures: Figures) -> FileForm:
    """The form below a preview."""
    return FileForm(None, **asked.query(), seen=figures.check_sum)
