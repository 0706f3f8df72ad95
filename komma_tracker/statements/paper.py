"""A statement as a document to sign and keep."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

from flask_babel import gettext

from komma_tracker.budget.models import Statement
from komma_tracker.budget.rules import CONFIRMED_STATES, MonthState
from komma_tracker.kit import formats, pdf
from komma_tracker.kit.clock import BERLIN
from komma_tracker.kit.locale import current_locale
from komma_tracker.municipalities.models import Municipality
from komma_tracker.municipalities.rules import fold
from komma_tracker.statements import words
from komma_tracker.statements.rules import Line, last_day
from komma_tracker.statements.shown import Sheet


def outside_name(place: Municipality) -> str:
    """What may stand on the outside, in file names, titles and metadata: of an anonymous municipality the alias."""
    return place.alias if place.is_anonymous else place.label


def file_name(place: Municipality, month: date) -> str:
    """Such as `leistungsnachweis-kommune-07-2026-11.pdf`: the alias, whoever reads it."""
    alias = re.sub(r"[^a-z0-9]+", "-", fold(place.alias)).strip("-")
    return f"leistungsnachweis-{alias}-{month:%Y-%m}.pdf"


def document(statement: Statement, sheet: Sheet) -> bytes:
    """The statement as PDF, in the reader's language and with the name that the reader may know."""
    return pdf.render("sheet", _contents(statement, sheet))


def _contents(statement: Statement, sheet: Sheet) -> pdf.Sheet:
    locale, place = current_locale(), statement.municipality
    month = formats.month_name(statement.month, locale)
    number = gettext("Prüfnummer %(number)s", number=statement.check_number)
    return {
        "lang": locale,
        "title": gettext("Leistungsnachweis %(month)s, %(place)s", month=month, place=outside_name(place)),
        "date": statement.submitted_at.astimezone(BERLIN).date(),
        "header": outside_name(place),
        "footer": number,
        "landscape": True,
        "facts": _facts(statement, sheet),
        "sections": [*_line_sections(sheet), *_sums(sheet)],
        "notes": [note for note in (_standing(statement), _about(number)) if note],
        "signatures": [
            gettext("Für den Träger: Ort, Datum, Unterschrift"),
            gettext("Für die Kommune: Ort, Datum, Unterschrift"),
        ],
    }


def _facts(statement: Statement, sheet: Sheet) -> list[tuple[str, str]]:
    locale = current_locale()
    span = f"{formats.short_date(statement.month, locale)} – {formats.short_date(last_day(statement.month), locale)}"
    return [
        (gettext("Kommune"), statement.municipality.label),
        (gettext("Zeitraum"), span),
        (gettext("Vereinbart"), _amount(sheet.agreed_minutes, sheet)),
        (gettext("Verbleibend vor diesem Monat"), _amount(sheet.remaining_before, sheet)),
        (gettext("In diesem Nachweis"), _in_this(sheet)),
        (gettext("Verbleibend danach"), _amount(sheet.remaining_minutes, sheet)),
        (gettext("Stand"), gettext(statement.state.label)),
    ]


def _line_sections(sheet: Sheet) -> list[pdf.Section]:
    if not sheet.lines:
        return [{"title": gettext("Leistungen"), "text": gettext("In diesem Monat gab es keine Leistungen.")}]
    parts = (
        (gettext("Leistungen"), sheet.blocks.current),
        (gettext("Reisezeiten"), sheet.blocks.travel),
        (gettext("Korrekturen und Nachmeldungen zu Vormonaten"), sheet.blocks.earlier),
    )
    return [_lines(title, lines, sheet) for title, lines in parts if lines]


def _lines(title: str, lines: Sequence[Line], sheet: Sheet) -> pdf.Section:
    locale = current_locale()
    right: pdf.Column = {"label": "", "align": "right"}
    return {
        "title": title,
        "columns": [
            {"label": gettext("Leistungstag")},
            {"label": gettext("Beratungsperson"), "width": 2},
            {"label": gettext("Tätigkeit"), "width": 2},
            {"label": gettext("Art"), "width": 1},
            {"label": gettext("Arbeitspaket"), "width": 3},
            {**right, "label": gettext("Geleistet (min)")},
            {**right, "label": gettext("Angerechnet (min)")},
            {**right, "label": gettext("Tage")},
            {"label": gettext("Anmerkung"), "width": 5},
        ],
        "rows": [
            (
                formats.short_date(line.service_date, locale),
                line.consultant or "–",
                words.activity(line),
                gettext(line.mode.label),
                line.package or "–",
                formats.number(line.minutes, locale),
                formats.number(line.chargeable_minutes, locale),
                formats.days(line.chargeable_minutes, line.minutes_per_day, locale, fixed=True),
                "\n".join(words.remarks(line, month=sheet.month)),
            )
            for line in lines
        ],
        "foot": (
            gettext("Summe"), "", "", "", "",
            formats.number(sum(line.minutes for line in lines), locale),
            formats.number(sum(line.chargeable_minutes for line in lines), locale),
            _days(sheet.taken(lines), sheet), "",
        ),
    }  # fmt: skip


def _sums(sheet: Sheet) -> list[pdf.Section]:
    if not sheet.lines:
        return []
    return [
        _sums_by(gettext("Summen nach Arbeitspaket"), gettext("Arbeitspaket"), sheet.by_package, sheet),
        _sums_by(gettext("Summen nach Beratungsperson"), gettext("Beratungsperson"), sheet.by_consultant, sheet),
    ]


def _sums_by(title: str, head: str, amounts: Mapping[str, tuple[int, int, int]], sheet: Sheet) -> pdf.Section:
    locale = current_locale()
    return {
        "title": title,
        "columns": [
            {"label": head, "width": 1},
            {"label": gettext("Geleistet (min)"), "align": "right"},
            {"label": gettext("Angerechnet (min)"), "align": "right"},
            {"label": gettext("Tage"), "align": "right"},
        ],
        "rows": [
            (name or "–", formats.number(worked, locale), formats.number(counted, locale), _days(taken, sheet))
            for name, (worked, counted, taken) in amounts.items()
        ],
    }


def _about(number: str) -> str:
    return gettext(
        "%(number)s: Mit ihr lässt sich dieser Nachweis im komma-tracker mit den gebuchten Tagen vergleichen.",
        number=number,
    )


def _standing(statement: Statement) -> str:
    if statement.state not in CONFIRMED_STATES or statement.answered_at is None or statement.answer_way is None:
        return gettext("Dieser Nachweis ist noch nicht bestätigt.") if _waits(statement) else ""
    return gettext(
        "Bestätigt am %(date)s: %(name)s (%(way)s).",
        date=formats.date_time(statement.answered_at, current_locale()),
        name=statement.answered_by_name or "–",
        way=gettext(statement.answer_way.label),
    )


def _waits(statement: Statement) -> bool:
    return statement.state in (MonthState.SUBMITTED, MonthState.QUERIED)


def _amount(minutes: int, sheet: Sheet) -> str:
    text = formats.days(minutes, sheet.minutes_per_day, current_locale())
    return gettext("%(days)s Tage (%(minutes)s min)", days=text, minutes=formats.number(minutes, current_locale()))


def _in_this(sheet: Sheet) -> str:
    """The days that it takes from the budget, and the minutes as they were worked."""
    locale = current_locale()
    text = formats.days(sheet.taken(sheet.lines), sheet.minutes_per_day, locale)
    return gettext("%(days)s Tage (%(minutes)s min)", days=text, minutes=formats.number(sheet.minutes, locale))


def _days(minutes: int, sheet: Sheet) -> str:
    return formats.days(minutes, sheet.minutes_per_day, current_locale(), fixed=True)
