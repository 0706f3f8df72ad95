"""The files of a report: a workbook and a document of the same figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from flask_babel import gettext

from komma_tracker.kit import formats
from komma_tracker.kit.clock import BERLIN
from komma_tracker.reports import shown
from komma_tracker.reports.document import document
from komma_tracker.reports.rules.figures import Figures
from komma_tracker.reports.rules.period import Period, ReportKind
from komma_tracker.reports.workbook import workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TYPES: Mapping[str, str] = {"xlsx": XLSX, "pdf": "application/pdf", "csv": "text/csv; charset=utf-8"}
"""Of the files that reports come in."""


def _as_xlsx(figures: Figures, locale: str, now: datetime, state: str) -> bytes:
    return workbook(figures, locale=locale, made_at=now, title=_title(figures), facts=_facts(figures, locale, state))


def _as_pdf(figures: Figures, locale: str, now: datetime, state: str) -> bytes:
    period = shown.period_text(figures.period, locale)
    return document(
        figures,
        locale=locale,
        on=now.astimezone(BERLIN).date(),
        title=f"{_title(figures)} {period}",
        subtitle=state,
        facts=_facts(figures, locale, state),
    )


_MAKERS: Mapping[str, Callable[[Figures, str, datetime, str], bytes]] = {"xlsx": _as_xlsx, "pdf": _as_pdf}


def draft_file(figures: Figures, kind: str, *, locale: str, now: datetime) -> bytes:
    """A file of figures that nobody has filed, which says so."""
    return _MAKERS[kind](figures, locale, now, gettext("Entwurf vom %(date)s", date=_date(now, locale)))


def filed_files(figures: Figures, *, locale: str, now: datetime) -> dict[str, bytes]:
    """Both files of figures that are filed at this moment, by ending."""
    state = gettext("Eingereicht am %(date)s", date=_date(now, locale))
    return {ending: make(figures, locale, now, state) for ending, make in _MAKERS.items()}


def _date(now: datetime, locale: str) -> str:
    return formats.short_date(now.astimezone(BERLIN).date(), locale)


def _title(figures: Figures) -> str:
    return gettext(figures.kind.label)


def _facts(figures: Figures, locale: str, state: str) -> list[tuple[str, str]]:
    return [
        (gettext("Zeitraum"), shown.period_text(figures.period, locale)),
        (gettext("Stand"), state),
        (gettext("Prüfsumme"), figures.check_sum),
    ]


def file_name(kind: ReportKind, period: Period, ending: str) -> str:
    """Kind and months, and no name: "zwischennachweis-2026-01-2026-06.xlsx"."""
    return f"{kind.label.lower()}-{period.first:%Y-%m}-{period.last:%Y-%m}.{ending}"
