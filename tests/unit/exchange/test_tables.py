"""CSV and XLSX files of every make come in as the same rows; what is none is refused in one sentence."""

from __future__ import annotations

import io
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
import xlsxwriter

from komma_tracker.exchange.cells import DateForm, date_of
from komma_tracker.exchange.rules import Limits, Unreadable
from komma_tracker.exchange.tables import read_table


def rows_of(content: bytes, limits: Limits | None = None) -> list[tuple[int, list[Any]]]:
    table = read_table(io.BytesIO(content), limits or Limits())
    return [(row.number, list(row.cells)) for row in (table.heading, *table.rows)]


def workbook(cells: dict[tuple[int, int], Any], hidden_first: bool = False) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file)
    forms = {
        date: book.add_format({"num_format": "dd.mm.yyyy"}),
        datetime: book.add_format({"num_format": "dd.mm.yyyy hh:mm"}),
        time: book.add_format({"num_format": "h:mm"}),
        timedelta: book.add_format({"num_format": "[h]:mm"}),
    }
    hidden = book.add_worksheet("Listen") if hidden_first else None
    sheet = book.add_worksheet("Tage")
    if hidden:
        hidden.write(0, 0, "geheim")
        sheet.activate()
        sheet.set_first_sheet()
        hidden.hide()
    for (row, column), value in cells.items():
        sheet.write(row, column, value, forms.get(type(value)))
    book.close()
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        "Datum;Notiz\n2024-05-01;Größe, Maß\n".encode(),
        "Datum;Notiz\r\n2024-05-01;Größe, Maß\r\n".encode("cp1252"),
        "\ufeffDatum;Notiz\n2024-05-01;Größe, Maß".encode(),
        'Datum,Notiz\n2024-05-01,"Größe, Maß"\n'.encode(),
        "Datum\tNotiz\n2024-05-01\tGröße, Maß\n".encode(),
        "Datum ; Notiz\n 2024-05-01 ; Größe, Maß \n".encode(),
    ],
    ids=["utf-8", "windows-1252", "with mark", "comma", "tab", "blanks"],
)
def test_every_make_of_csv_reads_the_same(content: bytes) -> None:
    assert rows_of(content) == [(1, ["Datum", "Notiz"]), (2, ["2024-05-01", "Größe, Maß"])]


def test_rows_are_counted_as_a_spreadsheet_counts_them() -> None:
    content = b'\nDatum;Notiz\n2024-05-01;"zwei\nZeilen"\n;\n\n2024-05-02;danach\n'
    assert rows_of(content) == [
        (2, ["Datum", "Notiz"]),
        (3, ["2024-05-01", "zwei\nZeilen"]),
        (6, ["2024-05-02", "danach"]),
    ]


def test_the_hint_that_excel_writes_names_the_delimiter() -> None:
    assert rows_of(b"sep=,\nDatum,Notiz; intern\n2024-05-01,x\n") == [
        (2, ["Datum", "Notiz; intern"]),
        (3, ["2024-05-01", "x"]),
    ]


def test_commas_in_headings_do_not_mislead() -> None:
    assert rows_of(b'Datum;"Notiz, lang, sehr lang"\n') == [(1, ["Datum", "Notiz, lang, sehr lang"])]
    assert rows_of(b"Datum;Notiz, lang, sehr lang\n1;2\n") == [
        (1, ["Datum", "Notiz, lang, sehr lang"]),
        (2, ["1", "2"]),
    ]


def test_a_workbook_reads_with_its_types() -> None:
    cells = {
        (0, 0): "Datum", (0, 1): "Minuten", (0, 2): "Dauer",
        (1, 0): date(2024, 5, 1), (1, 1): 240, (1, 2): time(1, 30),
        (3, 0): datetime(2024, 5, 2), (3, 1): 7.5, (3, 2): timedelta(hours=26),
    }  # fmt: skip
    assert rows_of(workbook(cells)) == [
        (1, ["Datum", "Minuten", "Dauer"]),
        (2, [date(2024, 5, 1), 240, time(1, 30)]),
        (4, [date(2024, 5, 2), 7.5, timedelta(hours=26)]),
    ]


def test_a_workbook_keeps_its_row_numbers_below_empty_rows() -> None:
    assert rows_of(workbook({(2, 1): "Datum", (3, 1): " x "})) == [(3, ["Datum"]), (4, ["x"])]


def test_hidden_sheets_are_passed_over() -> None:
    assert rows_of(workbook({(0, 0): "Datum"}, hidden_first=True)) == [(1, ["Datum"])]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "Die Datei ist leer."),
        (b"\n \n;;\n", "Die Datei enthält keine Zeilen."),
        (b"\x00\x01\x02", "Die Datei ist keine Tabelle. Gelesen werden CSV (UTF-8 oder Windows-1252), XLSX und JSON."),
        (
            "Datum;Minuten".encode("utf-16"),
            "Die Datei ist keine Tabelle. Gelesen werden CSV (UTF-8 oder Windows-1252), XLSX und JSON.",
        ),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            "Die Datei hat ein altes Excel-Format oder ein Kennwort. Bitte ohne Kennwort als XLSX oder CSV speichern.",
        ),
        (b"PK\x03\x04 cut off", "Die Datei ist keine lesbare XLSX-Tabelle."),
        (
            b'a;b\n1;"open\n2;x\n',
            "Zeile 2 ist nicht lesbar. Bitte prüfen, ob jedes Anführungszeichen geschlossen ist.",
        ),
        (b"a;b\n1\n2\n3\n4\n", "Die Datei hat mehr als 4 Zeilen. Bitte teilen."),
        (b"a;b\n1;2;3;4\n", "Zeile 2 hat mehr als 3 Spalten."),
        (workbook({(0, column): "x" for column in range(4)}), "reicht bis Zeile 1 und Spalte 4"),
        (b"a\n" * 3000, "Die Datei ist größer als 0 MB."),
    ],
)
def test_what_is_no_table_is_refused_in_one_sentence(content: bytes, message: str) -> None:
    limits = Limits(size=len(content) - 1 if "größer" in message else 1 << 20, rows=4, columns=3)
    with pytest.raises(Unreadable) as refused:
        rows_of(content, limits)
    assert message in str(refused.value)


def test_a_hundred_thousand_rows_are_read_one_by_one() -> None:
    content = b"Datum;Minuten\n" + b"2024-05-01;240\n" * 100_000
    table = read_table(io.BytesIO(content))
    assert sum(1 for _ in table.rows) == 100_000


def test_the_file_stays_open_for_its_owner() -> None:
    file = io.BytesIO(b"a;b\n1;2\n")
    assert [list(row.cells) for row in read_table(file).rows] == [["1", "2"]]
    assert not file.closed


def test_text_in_a_workbook_that_looks_like_a_number_stays_text() -> None:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file)
    sheet = book.add_worksheet()
    sheet.write_string(0, 0, "007")
    book.close()
    assert rows_of(file.getvalue()) == [(1, ["007"])]


def made(fill: Any, **options: Any) -> bytes:
    """A workbook with one sheet, filled by hand."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, options) as book:
        fill(book.add_worksheet(), book.add_format({"num_format": "dd.mm.yyyy"}))
    return file.getvalue()


def test_a_title_above_the_heading_is_passed_over() -> None:
    def fill(sheet: Any, _: Any) -> None:
        sheet.merge_range(0, 1, 0, 4, "Leistungen im Mai")
        sheet.write_row(2, 1, ("Datum", "Ort", "Stunden", "Was"))
        sheet.write_row(3, 1, ("2026-05-04", "K01", 4, "Workshop"))

    assert rows_of(made(fill)) == [
        (3, ["Datum", "Ort", "Stunden", "Was"]),
        (4, ["2026-05-04", "K01", 4, "Workshop"]),
    ]


def test_merged_cells_reach_down_into_the_rows_that_they_cover() -> None:
    def fill(sheet: Any, day: Any) -> None:
        sheet.write_row(0, 1, ("Datum", "Ort", "Stunden"))
        sheet.merge_range(1, 1, 2, 1, date(2026, 5, 4), day)
        sheet.merge_range(1, 2, 3, 2, "K01")
        for row in (1, 2, 3, 4):
            sheet.write(row, 3, row)

    table = read_table(io.BytesIO(made(fill)))
    assert [(row.number, dict(row.merged)) for row in table.rows] == [
        (2, {}),
        (3, {0: date(2026, 5, 4), 1: "K01"}),
        (4, {1: "K01"}),
        (5, {}),
    ]


@pytest.mark.parametrize(("from_1904", "epoch"), [(False, date(1899, 12, 30)), (True, date(1904, 1, 1))])
def test_days_are_counted_as_the_workbook_counts_them(from_1904: bool, epoch: date) -> None:
    def fill(sheet: Any, day: Any) -> None:
        sheet.write_row(0, 0, ("Datum", "als Zahl"))
        sheet.write(1, 0, date(2026, 5, 4), day)
        sheet.write(1, 1, (date(2026, 5, 4) - epoch).days)

    table = read_table(io.BytesIO(made(fill, date_1904=from_1904)))
    (row,) = table.rows
    form = DateForm(epoch=table.epoch)
    assert [date_of(cell, form) for cell in row.cells] == [date(2026, 5, 4)] * 2
