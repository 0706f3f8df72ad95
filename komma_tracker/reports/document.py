"""A funder report as a document: the tables of the page, on paper."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask_babel import gettext

from komma_tracker.kit import pdf
from komma_tracker.reports import shown
from komma_tracker.reports.rules.figures import Figures


def document(
    figures: Figures, *, locale: str, on: date, title: str, subtitle: str, facts: Sequence[tuple[str, str]]
) -> bytes:
    """The report as PDF/UA; equal arguments make equal bytes."""
    sheet = pdf.Sheet(
        lang=locale,
        title=title,
        date=on,
        subtitle=subtitle,
        footer=subtitle,
        landscape=True,
        facts=[*facts, *_facts(figures, locale)],
        sections=[_section(table) for table in shown.tables(figures, locale)],
        notes=shown.notes(figures),
        signatures=[gettext("Ort, Datum"), gettext("Unterschrift der Programmleitung")],
    )
    return pdf.render("sheet", sheet)


def _facts(figures: Figures, locale: str) -> list[tuple[str, str]]:
    return [
        (gettext("Kommunen"), str(figures.municipalities)),
        (gettext("noch nicht abgeschlossen, nicht im Bericht"), shown.open_text(figures, locale)),
    ]


def _section(table: shown.Table) -> pdf.Section:
    section = pdf.Section(
        title=table.title,
        columns=[
            *(pdf.Column(label=label, width=2) for label in table.columns[: table.names]),
            *(pdf.Column(label=label, width=1, align="right") for label in table.columns[table.names :]),
        ],
        rows=table.rows,
    )
    if table.foot:
        section["foot"] = table.foot
    return section
