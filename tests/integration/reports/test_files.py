"""Workbook and document say the same as the figures, to the minute; each formula comes to what stands beside it."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from xml.etree import ElementTree

import pytest
from flask import Flask
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from komma_tracker.access.small_numbers import Hidden
from komma_tracker.alliances.rules import Side
from komma_tracker.budget.rules import Mode
from komma_tracker.events.rules import EventKind
from komma_tracker.reports import files, shown
from komma_tracker.reports.rules.figures import Days, Figures, as_json
from komma_tracker.reports.rules.outcomes import Answers, Feedback, Heads, People
from komma_tracker.reports.rules.period import BEFORE, PackagePlan, Plan
from komma_tracker.reports.rules.publishing import ALL, Counted, publish
from komma_tracker.reports.rules.sides import Meetings
from tests.unit.reports.worlds import PERIOD, Fact, participant, source_of

NOW = datetime(2026, 7, 15, 9, 30, tzinfo=UTC)
DAY = 480
ANSWERS = {EventKind.TRAINING: Answers(24, 101), EventKind.WEBINAR: Answers(7, 23)}
SIDES = {Side.ADMINISTRATION: 21, Side.COUNSELLING: 15, Side.SECURITY: 18}
PAPERS = {("draft", ALL): 3, ("adopted", ALL): 11, ("noted", ALL): 2, ("in_force", ALL): 6}
FORMULA_TITLE = '=HYPERLINK("https://example.org/")'


@pytest.fixture
def figures() -> Figures:
    """Six municipalities over two years, corrections, hidden counts, an odd number of minutes, a title that is none."""
    people = [*(participant(number) for number in (1, 2, 3, 4, 5)), participant(7, anonymous=True)]
    facts: dict[Fact, int] = {}
    for index, each in enumerate(people):
        for package in ("AP1", "AP2", ""):
            for year in ("2025", "2026"):
                for mode in (Mode.ON_SITE, Mode.ONLINE):
                    facts[each.id, package, year, mode] = 101 + 7 * index + len(package) + len(facts)
        facts[each.id, "AP1", BEFORE, Mode.ONLINE] = -33 + index
    packages = {"AP1": PackagePlan(40 * DAY), "AP2": PackagePlan(39 * DAY, {2025: 13 * DAY})}
    plan = Plan(80 * DAY, date(2025, 2, 3), date(2026, 12, 31), date(2026, 12, 31), packages)
    numbers = {("training", "on_site"): 12, ("training", "online"): 2, ("coaching", "online"): 8}
    numbers |= {("alliance_meeting", "on_site"): 21}
    heads = {("managers", ALL): 31, ("staff_public", ALL): 3, ("council", ALL): 9}
    return publish(
        source_of(
            facts,
            people,
            plans={each.id: [plan] for each in people},
            titles={"AP1": "Allianz", "AP2": FORMULA_TITLE},
            open={1: 95},
            sessions=Counted(numbers, {key: {1: number} for key, number in numbers.items()}),
            people=Counted(heads, {key: {1: number} for key, number in heads.items()}),
            heads=People(Heads(43, 30), {1: Heads(43, 30)}),
            meetings=Meetings(21, SIDES, {1: 21}, {(1, side): count for side, count in SIDES.items()}),
            strategies=Counted(PAPERS, {key: {1: number} for key, number in PAPERS.items()}),
            feedback=Feedback(ANSWERS, {(kind, 1): answers for kind, answers in ANSWERS.items()}),
        )
    )


@pytest.fixture
def days(figures: Figures) -> Days:
    assert figures.days is not None
    return figures.days


@pytest.fixture
def book(app: Flask, figures: Figures) -> Book:
    with app.test_request_context():
        return Book(files.draft_file(figures, "xlsx", locale="de", now=NOW))


class Book:
    """A workbook as it was written: values and formulas of each sheet by cell."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.cached = CalamineWorkbook.from_filelike(io.BytesIO(content))
        self.formulas = {name: dict(self._formulas(number)) for number, name in enumerate(self.cached.sheet_names, 1)}

    def _formulas(self, number: int) -> Iterator[tuple[str, str]]:
        with zipfile.ZipFile(io.BytesIO(self.content)) as archive:
            root = ElementTree.fromstring(archive.read(f"xl/worksheets/sheet{number}.xml"))  # noqa: S314  # our own
        for cell in root.iterfind(".//{*}c"):
            formula = cell.find("{*}f")
            if formula is not None:
                yield cell.attrib["r"], formula.text or ""

    def rows(self, sheet: str) -> list[list[object]]:
        """What a reader sees, row by row."""
        return [list(row) for row in self.cached.get_sheet_by_name(sheet).to_python(skip_empty_area=False)]

    def cell(self, sheet: str, place: str) -> object:
        """The value of a cell such as B2, as it was stored."""
        column, row = place_of(place)
        return self.rows(sheet)[row][column]

    def reckoned(self, sheet: str, place: str) -> object:
        """The value of a cell as a spreadsheet would come to it."""
        formula = self.formulas[sheet].get(place)
        return self.cell(sheet, place) if formula is None else self._result(sheet, formula.replace("$", ""))

    def _result(self, sheet: str, formula: str) -> object:
        if found := re.fullmatch(r"SUM\((\w+):(\w+)\)", formula):
            return sum(number(self.reckoned(sheet, each)) for each in span(*found.groups()))
        if found := re.fullmatch(r"SUMIF\((\w+):(\w+),(\w+),(\w+):(\w+)\)", formula):
            keys, wanted, values = span(found[1], found[2]), self.cell(sheet, found[3]), span(found[4], found[5])
            pairs = zip(keys, values, strict=True)
            return sum(number(self.reckoned(sheet, value)) for key, value in pairs if self.cell(sheet, key) == wanted)
        if found := re.fullmatch(r'IF\((\w+)=0,"",(.+)\)', formula):
            return self._result(sheet, found[2]) if self.reckoned(sheet, found[1]) else ""
        if found := re.fullmatch(r"('[^']+'!\w+|\w+)([/-])('[^']+'!\w+|\w+)", formula):
            one, other = number(self._result(sheet, found[1])), number(self._result(sheet, found[3]))
            return one / other if found[2] == "/" else one - other
        if found := re.fullmatch(r"'([^']+)'!(\w+)", formula):
            return self.reckoned(found[1], found[2])
        assert re.fullmatch(r"[A-Z]+\d+", formula), formula
        return self.reckoned(sheet, formula)


def place_of(place: str) -> tuple[int, int]:
    """Column and row of a cell such as B2, from 0."""
    found = re.fullmatch(r"([A-Z])(\d+)", place)
    assert found is not None, place
    return ord(found[1]) - ord("A"), int(found[2]) - 1


def span(first: str, last: str) -> list[str]:
    """All cells of a rectangle."""
    (left, top), (right, bottom) = place_of(first), place_of(last)
    return [f"{chr(ord('A') + column)}{row + 1}" for row in range(top, bottom + 1) for column in range(left, right + 1)]


def number(value: object) -> float:
    """A cell as SUM takes it: what is no number adds nothing."""
    return value if isinstance(value, (int, float)) else 0.0


def test_every_formula_comes_to_the_value_that_stands_with_it(book: Book) -> None:
    places = [(sheet, place) for sheet, formulas in book.formulas.items() for place in formulas]

    assert len(places) > 100
    for sheet, place in places:
        assert book.reckoned(sheet, place) == pytest.approx(book.cell(sheet, place)), (sheet, place)


def test_the_sheets_hold_the_minutes_of_the_figures(app: Flask, book: Book, days: Days) -> None:
    rows = book.rows("nach Kommune")[1:]

    assert [(row[1], row[2], row[7]) for row in rows] == [
        *((line.amount.planned, line.amount.used, line.on_site) for line in days.places),
        (days.amount.planned, days.amount.used, days.on_site),
    ]
    crossed = book.rows("nach Arbeitspaket und Jahr")[1:]
    cells = [(amount.planned, amount.used) for line in days.packages for amount in line.years]
    assert [(row[2], row[3]) for row in crossed][: len(cells) + 1] == [
        *cells,
        (days.amount.planned, days.amount.used),
    ]
    assert [row[1] for row in book.rows("nach Modus")[1:]] == [
        *(line.used for line in days.modes),
        days.amount.used,
    ]


def test_sums_of_the_workbook_are_formulas(book: Book) -> None:
    last = len(book.rows("nach Kommune"))

    assert {f"{column}{last}" for column in "BCDEFGHI"} <= set(book.formulas["nach Kommune"])
    assert not {"B2", "C2", "H2"} & set(book.formulas["nach Kommune"])


def test_the_document_says_the_same_to_the_minute(app: Flask, figures: Figures, days: Days, book: Book) -> None:
    with app.test_request_context():
        text = pdf_text(files.draft_file(figures, "pdf", locale="de", now=NOW))
        duration = shown.formats.duration
    amounts = [line.amount for line in days.packages]
    by_year = [[line.years[number] for line in days.packages] for number in range(len(days.years))]
    expected = [duration(figures.open_minutes or 0)]
    for line in days.places:
        expected += map(duration, (line.amount.planned, line.amount.used, line.on_site or 0))
    expected += map(duration, (days.amount.planned, days.amount.used, days.on_site or 0))
    for each in (*amounts, days.amount):
        expected += map(duration, (each.planned, each.used))
    for year in by_year:
        expected += map(duration, (sum(each.planned for each in year), sum(each.used for each in year)))
    expected += map(duration, (days.amount.planned, days.amount.used))
    for line in days.packages:
        for each in line.years:
            expected += map(duration, (each.planned, each.used))
    expected += map(duration, (days.amount.planned, days.amount.used))
    expected += map(duration, (*(line.used for line in days.modes), days.amount.used))

    assert re.findall(r"\N{MINUS SIGN}?\d+:\d\d", text) == expected
    assert days.amount.used == book.rows("nach Kommune")[-1][2]


def test_small_counts_are_hidden_in_both_alike(app: Flask, book: Book, figures: Figures) -> None:
    with app.test_request_context():
        tables = {table.id: table for table in shown.tables(figures, "de")}
        text = " ".join(pdf_text(files.draft_file(figures, "pdf", locale="de", now=NOW)).split())
    sheets = {"termine": "Termine", "teilnehmende": "Teilnehmende", "personen": "Personen"}
    sheets |= {"allianztreffen": "Allianztreffen", "konzepte": "Strategien"}

    assert figures.sessions is not None
    assert Hidden.SMALL in figures.sessions.cells[0]
    for name, sheet in sheets.items():
        table, rows = tables[name], book.rows(sheet)[1:]
        written = [[str(int(cell)) if isinstance(cell, float) else cell for cell in row] for row in rows]
        assert written == [*map(list, table.rows), *([list(table.foot)] if table.foot else [])]
        for row in (*table.rows, table.foot):
            assert " ".join(row) in text


def test_satisfaction_is_the_same_on_page_workbook_and_paper(app: Flask, book: Book, figures: Figures) -> None:
    with app.test_request_context():
        table = next(table for table in shown.tables(figures, "de") if table.id == "zufriedenheit")
        text = " ".join(pdf_text(files.draft_file(figures, "pdf", locale="de", now=NOW)).split())
    rows = book.rows("Zufriedenheit")[1:]

    assert [list(row) for row in (*table.rows, table.foot)] == [
        ["Training", "24", "4,21"],
        ["Webinar", "7", "3,29"],
        ["Alle", "31", "4,00"],
    ]
    assert [row[:3] for row in rows] == [["Training", 24, 101], ["Webinar", 7, 23], ["Alle", 31, 124]]
    for row, shown_row in zip(rows, (*table.rows, table.foot), strict=True):
        assert f"{number(row[3]):.2f}".replace(".", ",") == shown_row[2]
        assert " ".join(shown_row) in text
    assert {"D2", "D3", "B4", "C4", "D4"} == set(book.formulas["Zufriedenheit"])


def test_persons_and_repeated_attendances_add_up(book: Book, figures: Figures) -> None:
    assert figures.persons is not None
    assert book.formulas["Personen"] == (
        {} if isinstance(figures.persons.attendances, Hidden) else {"B4": "SUM(B2:B3)"}
    )


def test_no_text_is_a_formula(book: Book) -> None:
    names = {str(row[0]) for row in book.rows("nach Arbeitspaket und Jahr")}

    assert f"AP2 {FORMULA_TITLE}" in names
    with zipfile.ZipFile(io.BytesIO(book.content)) as archive:
        assert not any(b"<f>HYPERLINK" in archive.read(name) for name in archive.namelist())


@pytest.mark.parametrize("kind", ["xlsx", "pdf"])
def test_equal_figures_make_equal_files(app: Flask, figures: Figures, kind: str) -> None:
    with app.test_request_context():
        one, other = (files.filed_files(figures, locale="de", now=NOW)[kind] for _ in range(2))

    assert one == other


def test_files_are_named_by_kind_and_months(figures: Figures) -> None:
    assert files.file_name(figures.kind, figures.period, "pdf") == "zwischennachweis-2025-01-2026-06.pdf"
    assert figures.period == PERIOD
    assert "K07" not in as_json(figures)


def pdf_text(content: bytes) -> str:
    """What a document says."""
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
