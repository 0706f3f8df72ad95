"""A funder report in the reader's words: the tables that page and document show, cell by cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask_babel import gettext, ngettext

from komma_tracker.access.small_numbers import Hidden, Shown
from komma_tracker.alliances.rules import Side
from komma_tracker.budget.rules import Mode
from komma_tracker.deliverables.rules import DeliverableState
from komma_tracker.events.rules import EventKind, FunctionGroup
from komma_tracker.kit import formats
from komma_tracker.reports.rules.anonymity import Group
from komma_tracker.reports.rules.figures import (
    Amount,
    Counts,
    Days,
    Figures,
    PackageLine,
    PlaceLine,
    SideLine,
    total,
)
from komma_tracker.reports.rules.outcomes import Answers, Content, Persons
from komma_tracker.reports.rules.period import BEFORE, Period

NONE = "–"


@dataclass(frozen=True)
class Table:
    """A table as it will be read; the first columns name the row, the last `figures` of them are figures."""

    id: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    foot: Sequence[str]
    """Sums, or what holds for all rows together; empty where they cannot be added up."""
    names: int = 1

    @property
    def figures(self) -> int:
        """How many columns are figures."""
        return len(self.columns) - self.names


# Names of rows and columns


def place_name(line: PlaceLine) -> str:
    """A municipality, or how many stand together."""
    if line.name:
        return line.name
    return ngettext("weitere Kommune (%(num)s)", "weitere Kommunen (%(num)s)", line.places)


def package_name(line: PackageLine) -> str:
    """Code and title of a work package."""
    if line.others:
        return gettext("übrige Arbeitspakete")
    return f"{line.code} {line.title}".strip() or gettext("ohne Arbeitspaket")


def years_name(years: Group) -> str:
    """Years, and what lies before the period."""
    return ", ".join(gettext("Vorperiode") if year == BEFORE else year for year in years)


def keys_name(kind: type[StrEnum], keys: Group) -> str:
    """Values of an enumeration, also several that are not told apart."""
    return ", ".join(gettext(getattr(kind(key), "label")) for key in keys)  # noqa: B009  # enumerations of rooms have it


def count_text(cell: Shown, locale: str) -> str:
    """A number, or what stands in its place."""
    return gettext(cell.label) if isinstance(cell, Hidden) else formats.number(cell, locale)


def period_text(period: Period, locale: str) -> str:
    """From which month to which.

    >>> from datetime import date
    >>> period_text(Period(date(2026, 1, 1), date(2026, 6, 1)), "de")
    'Januar 2026 – Juni 2026'
    """
    first, last = formats.month_name(period.first, locale), formats.month_name(period.last, locale)
    return first if period.first == period.last else f"{first} – {last}"


# Tables


def tables(figures: Figures, locale: str) -> list[Table]:
    """All tables of a report, in their order."""
    found = _day_tables(figures.days, locale) if figures.days else []
    if figures.sessions and figures.sessions.rows:
        found.append(_sessions(figures.sessions, locale))
    if figures.participants and figures.participants.rows:
        found.append(_participants(figures.participants, locale))
    if figures.persons:
        found.append(_persons(figures.persons, locale))
    if figures.content:
        found.append(_content(figures.content, locale))
    if figures.sides:
        found.append(_sides(figures.sides, locale))
    if figures.strategies and figures.strategies.rows:
        found.append(_strategies(figures.strategies, locale))
    return found


def _day_tables(days: Days, locale: str) -> list[Table]:
    heads = [
        gettext("SOLL (Tage)"),
        gettext("IST (Tage)"),
        gettext("Abweichung (Tage)"),
        gettext("Abweichung (Prozent)"),
        gettext("SOLL (Std.)"),
        gettext("IST (Std.)"),
    ]
    both = gettext("Summe")
    by_year = [total(line.years[index] for line in days.packages) for index in range(len(days.years))]
    of_all = _amounts(days.amount, locale)
    found = [
        _places(days, heads, locale),
        Table(
            id="arbeitspakete",
            title=gettext("Beratungstage nach Arbeitspaket"),
            columns=[gettext("Arbeitspaket"), *heads],
            rows=[[package_name(line), *_amounts(line.amount, locale)] for line in days.packages],
            foot=[both, *of_all],
        ),
        Table(
            id="jahre",
            title=gettext("Beratungstage nach Jahr der Leistung"),
            columns=[gettext("Jahr"), *heads],
            rows=[
                [years_name(years), *_amounts(each, locale)] for years, each in zip(days.years, by_year, strict=True)
            ],
            foot=[both, *of_all],
        ),
        Table(
            id="modus",
            title=gettext("Beratungstage nach Modus"),
            columns=[gettext("Modus"), gettext("IST (Tage)"), gettext("Anteil (Prozent)"), gettext("IST (Std.)")],
            rows=[[keys_name(Mode, line.modes), *_share(line.used, days.amount.used, locale)] for line in days.modes],
            foot=[both, *_share(days.amount.used, days.amount.used, locale)],
        ),
    ]
    if len(days.years) > 1:
        found.insert(3, _packages_by_year(days, heads, locale))
    return found


def _packages_by_year(days: Days, heads: Sequence[str], locale: str) -> Table:
    return Table(
        id="arbeitspakete-jahre",
        title=gettext("Beratungstage nach Arbeitspaket und Jahr"),
        columns=[gettext("Arbeitspaket"), gettext("Jahr"), *heads],
        rows=[
            [package_name(line), years_name(years), *_amounts(each, locale)]
            for line in days.packages
            for years, each in zip(days.years, line.years, strict=True)
        ],
        foot=[gettext("Summe"), "", *_amounts(days.amount, locale)],
        names=2,
    )


def _places(days: Days, heads: Sequence[str], locale: str) -> Table:
    site = [gettext("davon vor Ort (Std.)"), gettext("Anteil vor Ort (Prozent)")] if days.on_site is not None else []
    return Table(
        id="kommunen",
        title=gettext("Beratungstage nach Kommune"),
        columns=[gettext("Kommune"), *heads, *site],
        rows=[
            [place_name(line), *_amounts(line.amount, locale), *_site(line.on_site, line.amount.used)]
            for line in days.places
        ],
        foot=[gettext("Summe"), *_amounts(days.amount, locale), *_site(days.on_site, days.amount.used)],
    )


def _amounts(amount: Amount, locale: str) -> list[str]:
    return [
        formats.days(amount.planned, locale=locale, fixed=True),
        formats.days(amount.used, locale=locale, fixed=True),
        formats.days(amount.deviation, locale=locale, fixed=True),
        percent_text(amount.deviation, amount.planned),
        formats.duration(amount.planned),
        formats.duration(amount.used),
    ]


def _share(part: int, whole: int, locale: str) -> list[str]:
    return [formats.days(part, locale=locale, fixed=True), percent_text(part, whole), formats.duration(part)]


def _site(on_site: int | None, used: int) -> list[str]:
    return [] if on_site is None else [formats.duration(on_site), percent_text(on_site, used)]


def percent_text(part: int, whole: int) -> str:
    """A share in whole percent, of nothing a dash."""
    return str(formats.percent(part, whole)).replace("-", "\N{MINUS SIGN}") if whole > 0 else NONE


def _sessions(counts: Counts, locale: str) -> Table:
    return Table(
        id="termine",
        title=gettext("Durchgeführte Termine nach Art und Modus"),
        columns=[gettext("Art"), *(keys_name(Mode, modes) for modes in counts.columns), gettext("Summe")],
        rows=_rows(counts, [keys_name(EventKind, kinds) for kinds in counts.rows], locale),
        foot=[gettext("Summe"), *(count_text(cell, locale) for cell in counts.cells[-1])],
    )


def _participants(counts: Counts, locale: str) -> Table:
    return _list(
        counts,
        FunctionGroup,
        locale,
        id="teilnehmende",
        title=gettext("Teilnahmen nach Funktionsgruppe"),
        columns=[gettext("Funktionsgruppe"), gettext("Teilnahmen")],
    )


def _list(counts: Counts, kind: type[StrEnum], locale: str, **head: Any) -> Table:
    """Counts by one key, with their sum."""
    *rows, foot = (
        [name, count_text(row[0], locale)]
        for name, row in zip(
            [*(keys_name(kind, keys) for keys in counts.rows), gettext("Summe")], counts.cells, strict=True
        )
    )
    return Table(rows=rows, foot=foot, **head)


def _persons(persons: Persons, locale: str) -> Table:
    return Table(
        id="personen",
        title=gettext("Personen und Teilnahmen"),
        columns=[gettext("Zählung"), gettext("Anzahl")],
        rows=[
            [gettext("verschiedene Personen"), count_text(persons.persons, locale)],
            [gettext("wiederholte Teilnahmen"), count_text(persons.repeated, locale)],
        ],
        foot=[gettext("Teilnahmen"), count_text(persons.attendances, locale)],
    )


def _content(content: Sequence[Content], locale: str) -> Table:
    lines = [(keys_name(EventKind, each.kinds), each) for each in content]
    lines.append((gettext("Alle"), overall(content)))
    *rows, foot = (
        [name, formats.number(each.answers.number, locale), formats.hundredths(each.mean_hundredths, locale)]
        for name, each in lines
    )
    return Table(
        id="zufriedenheit",
        title=gettext("Zufriedenheit nach Art des Termins"),
        columns=[gettext("Art"), gettext("Rückmeldungen"), gettext("Mittelwert (1 bis 5)")],
        rows=rows,
        foot=foot,
    )


def _sides(sides: Sequence[SideLine], locale: str) -> Table:
    return Table(
        id="allianztreffen",
        title=gettext("Allianztreffen nach Seite"),
        columns=[gettext("Seite"), gettext("Treffen mit dieser Seite")],
        rows=[[keys_name(Side, (line.side,)), count_text(line.meetings, locale)] for line in sides],
        foot=(),
    )


def _strategies(counts: Counts, locale: str) -> Table:
    return _list(
        counts,
        DeliverableState,
        locale,
        id="konzepte",
        title=gettext("Strategiekonzepte nach Stand"),
        columns=[gettext("Stand"), gettext("Konzepte")],
    )


def overall(content: Sequence[Content]) -> Content:
    """All kinds of sessions together."""
    return Content((), sum((each.answers for each in content), Answers()))


def _rows(counts: Counts, names: Sequence[str], locale: str) -> list[list[str]]:
    return [[name, *(count_text(cell, locale) for cell in row)] for name, row in zip(names, counts.cells, strict=False)]


# What is said beside the tables


def open_text(figures: Figures, locale: str) -> str:
    """What is logged and not in the report."""
    if figures.open_minutes is None:
        return gettext("verdeckt")
    return gettext(
        "%(days)s Tage (%(hours)s Std.)",
        days=formats.days(figures.open_minutes, locale=locale, fixed=True),
        hours=formats.duration(figures.open_minutes),
    )


def notes(figures: Figures) -> list[str]:
    """How to read the figures, and what they leave out."""
    found = [
        gettext(
            "Gezählt wird nur, was in abgeschlossenen Leistungsnachweisen steht. Tage sind Beratungstage; Stunden "
            "sind auf Tage zu acht Stunden gerechnet. SOLL ist der Anteil des Vereinbarten, der bei gleichmäßigem "
            "Verlauf auf den Zeitraum entfällt."
        ),
        gettext(
            "Vorperiode: Leistungen aus der Zeit vor dem ersten Monat, die als Korrektur oder Nachmeldung in diesem "
            "Zeitraum stehen."
        ),
        gettext(
            "Kommunen, die anonym teilnehmen, stehen nur in Summen über mindestens drei Kommunen. Zahlen unter 5 "
            "erscheinen als „< 5“; was sie verriete, ist verdeckt."
        ),
        gettext(
            "Teilnahmen zählen jede Person je Termin. Verschiedene Personen sind innerhalb einer Reihe nur einmal "
            "gezählt, über Reihen und einzelne Termine hinweg je Reihe und Termin."
        ),
        gettext(
            "Zufriedenheit: anonyme Rückmeldungen auf einer Skala von 1 (gar nicht zufrieden) bis 5 (sehr zufrieden). "
            "Termine mit weniger als fünf Rückmeldungen sind nicht enthalten."
        ),
        gettext(
            "Strategiekonzepte zählen mit ihrem Stand am Ende des Zeitraums. „Zur Kenntnis genommen“ ist kein "
            "Beschluss."
        ),
    ]
    if not figures.days:
        found.insert(0, gettext("Noch haben zu wenige Kommunen abgeschlossene Tage: Summen verrieten einzelne."))
    return found
