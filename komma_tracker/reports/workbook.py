"""A funder report as a workbook: what was measured stands in minutes, all else is a formula that one can follow.

Each formula carries its result, so that it reads the same where nothing recalculates.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_babel import gettext

from komma_tracker.access.small_numbers import Hidden, Shown
from komma_tracker.alliances.rules import Side
from komma_tracker.budget.rules import Mode
from komma_tracker.deliverables.rules import DeliverableState
from komma_tracker.events.rules import EventKind, FunctionGroup
from komma_tracker.kit.formats import MINUTES_PER_DAY
from komma_tracker.kit.inert import guarded
from komma_tracker.reports import shown
from komma_tracker.reports.rules.figures import Amount, Counts, Days, Figures, total
from komma_tracker.reports.rules.outcomes import Answers

NAME_WIDTH, WIDTH = 44, 15
DAYS_FORM, MINUTES_FORM, COUNT_FORM, PERCENT_FORM = "#,##0.00", "#,##0", "#,##0", "0%"


@dataclass(frozen=True)
class Formula:
    """What Excel reckons, without the equals sign, and what comes out."""

    text: str
    result: float | str
    form: str = DAYS_FORM


Cell = str | int | Formula | None


def _letters(column: int) -> str:
    """The name of a column, counted from 0."""
    from xlsxwriter.utility import xl_col_to_name  # only here, as below

    return xl_col_to_name(column)


def workbook(
    figures: Figures, *, locale: str, made_at: datetime, title: str, facts: Sequence[tuple[str, str]]
) -> bytes:
    """The report as XLSX; equal arguments make equal bytes. `facts` stand on the first sheet below the title."""
    from xlsxwriter import Workbook  # only here: it takes its time, and the program starts without it

    file = io.BytesIO()
    with tempfile.TemporaryDirectory(prefix="komma-") as folder:
        book = Workbook(file, {"constant_memory": True, "tmpdir": folder})
        book.set_properties({"title": title, "created": made_at.replace(tzinfo=None)})
        _Book(book, figures, locale).fill(title, facts)
        book.close()
    return file.getvalue()


@dataclass
class _Sheet:
    """A sheet that is written row by row, from top to bottom."""

    sheet: Any
    form: Callable[[str, bool], Any]
    row: int = 1
    """The number of the next row, as Excel counts."""

    def add(self, *cells: Cell, strong: bool = False) -> int:
        """Write a row; returns its number."""
        for column, cell in enumerate(cells):
            self._write(self.row - 1, column, cell, strong=strong)
        self.row += 1
        return self.row - 1

    def skip(self) -> None:
        """Leave a row empty."""
        self.row += 1

    def _write(self, row: int, column: int, cell: Cell, *, strong: bool) -> None:
        match cell:
            case None:
                return
            case Formula():
                self.sheet.write_formula(row, column, f"={cell.text}", self.form(cell.form, strong), cell.result)
            case str():
                self.sheet.write_string(row, column, guarded(cell), self.form("@", strong))
            case _:
                self.sheet.write_number(row, column, cell, self.form(MINUTES_FORM, strong))


@dataclass
class _Book:
    book: Any
    figures: Figures
    locale: str
    forms: dict[tuple[str, bool], Any] = field(default_factory=dict[tuple[str, bool], Any])

    def fill(self, title: str, facts: Sequence[tuple[str, str]]) -> None:
        """All sheets; the first is written last, since it refers to the others."""
        names = [gettext("Übersicht"), gettext("nach Kommune"), gettext("nach Arbeitspaket und Jahr"),
                 gettext("nach Modus"), gettext("Termine"), gettext("Teilnehmende"), gettext("Personen"),
                 gettext("Zufriedenheit"), gettext("Allianztreffen"), gettext("Strategien")]  # fmt: skip
        first, places, packages, modes, sessions, *others = (self._sheet(name) for name in names)
        people, persons, content, sides, strategies = others
        self.per_day = f"'{names[0]}'!$B$2"
        days, amount_row = self.figures.days, 0
        if days:
            amount_row = self._places(places, days)
            self._packages(packages, days)
            self._modes(modes, days)
        kinds = (keys for keys in self.figures.sessions.rows) if self.figures.sessions else ()
        self._counts(sessions, self.figures.sessions, [shown.keys_name(EventKind, keys) for keys in kinds])
        self._list(people, gettext("Funktionsgruppe"), gettext("Teilnahmen"), self.figures.participants, FunctionGroup)
        self._persons(persons)
        self._content(content)
        self._sides(sides)
        self._list(strategies, gettext("Stand"), gettext("Konzepte"), self.figures.strategies, DeliverableState)
        self._overview(first, title, facts, f"'{names[1]}'!", amount_row)

    def _sheet(self, name: str) -> _Sheet:
        sheet = self.book.add_worksheet(name)
        sheet.set_column(0, 0, NAME_WIDTH)
        sheet.set_column(1, 12, WIDTH)
        return _Sheet(sheet, self._form)

    def _form(self, number: str, strong: bool) -> Any:
        if (number, strong) not in self.forms:
            self.forms[number, strong] = self.book.add_format({"num_format": number, "bold": strong})
        return self.forms[number, strong]

    # days

    def _amount(self, row: int, amount: Amount, at: int = 1, cells: tuple[Cell, Cell] | None = None) -> list[Cell]:
        """Planned and used in minutes from that column on, then days, deviation and share as formulas."""
        planned, used, planned_days, used_days, deviation = (f"{_letters(at + column)}{row}" for column in range(5))
        share = amount.deviation / amount.planned if amount.planned else ""
        return [
            *(cells or (amount.planned, amount.used)),
            Formula(f"{planned}/{self.per_day}", amount.planned / MINUTES_PER_DAY),
            Formula(f"{used}/{self.per_day}", amount.used / MINUTES_PER_DAY),
            Formula(f"{used_days}-{planned_days}", amount.deviation / MINUTES_PER_DAY),
            Formula(f'IF({planned}=0,"",{deviation}/{planned_days})', share, PERCENT_FORM),
        ]

    def _heads(self) -> list[Cell]:
        return [
            gettext("SOLL (Minuten)"),
            gettext("IST (Minuten)"),
            gettext("SOLL (Tage)"),
            gettext("IST (Tage)"),
            gettext("Abweichung (Tage)"),
            gettext("Abweichung (Prozent)"),
        ]

    def _places(self, sheet: _Sheet, days: Days) -> int:
        """By municipality; returns the row of the sums."""
        with_site = days.on_site is not None
        site: list[Cell] = (
            [gettext("davon vor Ort (Minuten)"), gettext("Anteil vor Ort (Prozent)")] if with_site else []
        )
        sheet.add(gettext("Kommune"), *self._heads(), *site, strong=True)
        for line in days.places:
            amounts = self._amount(sheet.row, line.amount)
            sheet.add(shown.place_name(line), *amounts, *self._site(sheet.row, line.on_site, line.amount.used))
        last = sheet.row - 1
        sums = _sum("B", 2, last, days.amount.planned), _sum("C", 2, last, days.amount.used)
        on_site = days.on_site
        total_site = self._site(sheet.row, on_site, days.amount.used, _sum("H", 2, last, on_site or 0))
        return sheet.add(gettext("Summe"), *self._amount(sheet.row, days.amount, cells=sums), *total_site, strong=True)

    def _site(self, row: int, on_site: int | None, used: int, cell: Cell = None) -> list[Cell]:
        if on_site is None:
            return []
        return [on_site if cell is None else cell, _share(f"H{row}", f"C{row}", on_site, used)]

    def _packages(self, sheet: _Sheet, days: Days) -> None:
        """Each package in each year, then the sums of packages and of years."""
        sheet.add(gettext("Arbeitspaket"), gettext("Jahr"), *self._heads(), strong=True)
        years = [shown.years_name(each) for each in days.years]
        begin = sheet.row
        for line in days.packages:
            for year, amount in zip(years, line.years, strict=True):
                sheet.add(shown.package_name(line), year, *self._amount(sheet.row, amount, at=2))
        end = sheet.row - 1
        sums = _sum("C", begin, end, days.amount.planned), _sum("D", begin, end, days.amount.used)
        sheet.add(gettext("Summe"), None, *self._amount(sheet.row, days.amount, at=2, cells=sums), strong=True)
        sheet.skip()
        sheet.add(gettext("Summe nach Arbeitspaket"), None, *self._heads(), strong=True)
        for number, line in enumerate(days.packages):
            first = begin + number * len(years)
            last, amount = first + len(years) - 1, line.amount
            cells = _sum("C", first, last, amount.planned), _sum("D", first, last, amount.used)
            sheet.add(shown.package_name(line), None, *self._amount(sheet.row, amount, at=2, cells=cells))
        sheet.skip()
        sheet.add(gettext("Summe nach Jahr"), None, *self._heads(), strong=True)
        for number, year in enumerate(years):
            amount = total(line.years[number] for line in days.packages)
            named = f"$B${begin}:$B${end},B{sheet.row}"
            cells = (
                Formula(f"SUMIF({named},C${begin}:C${end})", amount.planned, MINUTES_FORM),
                Formula(f"SUMIF({named},D${begin}:D${end})", amount.used, MINUTES_FORM),
            )
            sheet.add(None, year, *self._amount(sheet.row, amount, at=2, cells=cells))

    def _modes(self, sheet: _Sheet, days: Days) -> None:
        sheet.add(
            gettext("Modus"), gettext("IST (Minuten)"), gettext("IST (Tage)"), gettext("Anteil (Prozent)"), strong=True
        )
        used, last = days.amount.used, len(days.modes) + 1
        for line in days.modes:
            sheet.add(shown.keys_name(Mode, line.modes), *self._mode(sheet.row, line.used, line.used, used, last + 1))
        minutes = _sum("B", 2, last, used)
        sheet.add(gettext("Summe"), *self._mode(sheet.row, minutes, used, used, last + 1), strong=True)

    def _mode(self, row: int, cell: Cell, minutes: int, used: int, sums: int) -> list[Cell]:
        in_days = Formula(f"B{row}/{self.per_day}", minutes / MINUTES_PER_DAY)
        return [cell, in_days, _share(f"B{row}", f"B${sums}", minutes, used)]

    # counts

    def _counts(self, sheet: _Sheet, counts: Counts | None, names: Sequence[str]) -> None:
        """A table of counts with sums: formulas where everything that they add up is shown."""
        if counts is None or not counts.rows:
            return
        heads = [shown.keys_name(Mode, modes) for modes in counts.columns]
        sheet.add(gettext("Art"), *heads, gettext("Summe"), strong=True)
        rows, columns = len(counts.rows), len(counts.columns)
        for index, name in enumerate(names):
            *body, whole = counts.cells[index]
            span = f"B{sheet.row}:{_letters(columns)}{sheet.row}"
            sheet.add(name, *(self._count(cell) for cell in body), self._count(whole, span, body))
        parts = list(zip(*counts.cells[:-1], strict=True))
        spans = [f"{_letters(column + 1)}2:{_letters(column + 1)}{rows + 1}" for column in range(columns + 1)]
        sums = zip(counts.cells[-1], spans, parts, strict=True)
        sheet.add(gettext("Summe"), *(self._count(cell, span, part) for cell, span, part in sums), strong=True)

    def _list(self, sheet: _Sheet, what: str, number: str, counts: Counts | None, kind: type[StrEnum]) -> None:
        """Counts by one key, with their sum."""
        if counts is None or not counts.rows:
            return
        lines = [
            (shown.keys_name(kind, keys), row[0]) for keys, row in zip(counts.rows, counts.cells[:-1], strict=True)
        ]
        self._column(sheet, (what, number), lines, (gettext("Summe"), counts.cells[-1][0]))

    def _persons(self, sheet: _Sheet) -> None:
        if found := self.figures.persons:
            parts = (
                (gettext("verschiedene Personen"), found.persons),
                (gettext("wiederholte Teilnahmen"), found.repeated),
            )
            heads = gettext("Zählung"), gettext("Anzahl")
            self._column(sheet, heads, parts, (gettext("Teilnahmen"), found.attendances))

    def _sides(self, sheet: _Sheet) -> None:
        if found := self.figures.sides:
            lines = [(shown.keys_name(Side, (line.side,)), line.meetings) for line in found]
            self._column(sheet, (gettext("Seite"), gettext("Treffen mit dieser Seite")), lines)

    def _column(
        self,
        sheet: _Sheet,
        heads: tuple[str, str],
        lines: Sequence[tuple[str, Shown]],
        foot: tuple[str, Shown] | None = None,
    ) -> None:
        sheet.add(*heads, strong=True)
        for name, cell in lines:
            sheet.add(name, self._count(cell))
        if foot:
            whole = self._count(foot[1], f"B2:B{len(lines) + 1}", [cell for _, cell in lines])
            sheet.add(foot[0], whole, strong=True)

    def _content(self, sheet: _Sheet) -> None:
        """How content people were: the mean is the sum of the values over the number of answers."""
        found = self.figures.content
        if not found:
            return
        heads = gettext("Rückmeldungen"), gettext("Summe der Werte"), gettext("Mittelwert (1 bis 5)")
        sheet.add(gettext("Art"), *heads, strong=True)
        for each in found:
            answers = each.answers
            sheet.add(shown.keys_name(EventKind, each.kinds), answers.number, answers.points, _mean(sheet.row, answers))
        answers, last = shown.overall(found).answers, sheet.row - 1
        sums = _sum("B", 2, last, answers.number), _sum("C", 2, last, answers.points)
        sheet.add(gettext("Alle"), *sums, _mean(sheet.row, answers), strong=True)

    def _count(self, cell: Shown, span: str = "", parts: Sequence[Shown] = ()) -> Cell:
        if isinstance(cell, Hidden):
            return shown.count_text(cell, self.locale)
        if not span or any(isinstance(part, Hidden) for part in parts):
            return cell
        return Formula(f"SUM({span})", cell, COUNT_FORM)

    # the first sheet

    def _overview(self, sheet: _Sheet, title: str, facts: Sequence[tuple[str, str]], places: str, row: int) -> None:
        figures = self.figures
        sheet.add(title, strong=True)
        sheet.add(gettext("Minuten je Beratungstag"), MINUTES_PER_DAY)
        for name, value in facts:
            sheet.add(name, value)
        sheet.add(gettext("Kommunen"), figures.municipalities)
        if figures.days:
            amount = figures.days.amount
            for name, column, minutes in (
                (gettext("Geplant (SOLL, Tage)"), "D", amount.planned),
                (gettext("Geleistet (IST, Tage)"), "E", amount.used),
                (gettext("Abweichung (Tage)"), "F", amount.deviation),
            ):
                sheet.add(name, Formula(f"{places}{column}{row}", minutes / MINUTES_PER_DAY))
        waiting = figures.open_minutes
        sheet.add(
            gettext("noch nicht abgeschlossen, nicht im Bericht (Minuten)"),
            shown.count_text(Hidden.COVERED, self.locale) if waiting is None else waiting,
        )
        sheet.skip()
        for note in shown.notes(figures):
            sheet.add(note)


def _mean(row: int, answers: Answers) -> Formula:
    return Formula(f"C{row}/B{row}", answers.points / answers.number)


def _sum(column: str, first: int, last: int, result: int) -> Formula:
    return Formula(f"SUM({column}{first}:{column}{last})", result, MINUTES_FORM)


def _share(part: str, whole: str, number: int, of: int) -> Formula:
    return Formula(f'IF({whole}=0,"",{part}/{whole})', number / of if of else "", PERCENT_FORM)
