"""Tables go out in the reader's form, with nothing that a spreadsheet would run."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from komma_tracker.access.rules import Invalid
from komma_tracker.exchange.tables import read_table
from komma_tracker.kit import sheets
from komma_tracker.kit.inert import guarded, unguarded
from komma_tracker.kit.sheets import Column, Kind, csv_pieces, xlsx_file

COLUMNS = (
    Column("Datum", Kind.DATE),
    Column("Kommune"),
    Column("Minuten", Kind.WHOLE),
    Column("Tage", Kind.DAYS),
    Column("Notiz"),
)
ROWS: list[tuple[Any, ...]] = [
    (date(2024, 5, 1), "K01", 240, (240, 480), "Größe; „Maß“"),
    (date(2024, 5, 2), "K01", -160, (-160, 480), '=HYPERLINK("x")'),
]


def csv_text(locale: str, rows: list[tuple[Any, ...]] = ROWS) -> str:
    return b"".join(csv_pieces(COLUMNS, rows, locale)).decode()


def test_german_csv() -> None:
    assert csv_text("de") == (
        "\ufeffDatum;Kommune;Minuten;Tage;Notiz\r\n"
        '01.05.2024;K01;240;0,50;"Größe; „Maß“"\r\n'
        '02.05.2024;K01;-160;-0,33;"\'=HYPERLINK(""x"")"\r\n'
    )


def test_english_csv() -> None:
    assert csv_text("en") == (
        "\ufeffDatum,Kommune,Minuten,Tage,Notiz\r\n"
        "2024-05-01,K01,240,0.50,Größe; „Maß“\r\n"
        '2024-05-02,K01,-160,-0.33,"\'=HYPERLINK(""x"")"\r\n'
    )


@pytest.mark.parametrize("count", [0, 1, 999, 1000, 1001, 2500])
def test_csv_comes_in_pieces_and_loses_none(count: int) -> None:
    pieces = list(csv_pieces(COLUMNS, ROWS[:1] * count, "de"))
    assert (len(pieces), b"".join(pieces).count(b"01.05.2024")) == (count // 1000 + 1, count)


def test_csv_does_not_wait_for_the_last_row() -> None:
    taken: list[int] = []

    def rows() -> Iterator[tuple[Any, ...]]:
        for number in range(100_000):
            taken.append(number)
            yield ROWS[0]

    next(csv_pieces(COLUMNS, rows(), "de"))
    assert len(taken) == 1000


def test_xlsx_reads_back_as_it_was() -> None:
    with xlsx_file(COLUMNS, ROWS, "de") as file:
        table = read_table(file)
        assert [list(row.cells) for row in (table.heading, *table.rows)] == [
            ["Datum", "Kommune", "Minuten", "Tage", "Notiz"],
            [date(2024, 5, 1), "K01", 240, 0.5, "Größe; „Maß“"],
            [date(2024, 5, 2), "K01", -160, -1 / 3, '\'=HYPERLINK("x")'],
        ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_cell_of_any_kind_of_file_begins_a_formula(start: str) -> None:
    text = f"{start}1+cmd|' /C calc'!A0"
    rows = [(date(2024, 5, 1), text, 1, (1, 480), text)]
    table = read_table(io.BytesIO(csv_text("en", rows).encode()))
    (row,) = table.rows
    assert row.cells[1] == f"'{text}"
    with xlsx_file(COLUMNS, rows, "de") as file, zipfile.ZipFile(file) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert f"<t>'{start}" in sheet.replace(' xml:space="preserve"', "") or "<t>'_x" in sheet or start in "\t\r\n"


@pytest.mark.parametrize("text", ["=1", "-", "@x", "'", "'x", "", "Kick-off"])
def test_the_guard_comes_off_again(text: str) -> None:
    assert unguarded(guarded(text)) == text


def test_addresses_do_not_become_links() -> None:
    rows = [(date(2024, 5, 1), "https://example.org", 1, (1, 480), "mailto:x@example.org")]
    with xlsx_file(COLUMNS, rows, "de") as file, zipfile.ZipFile(file) as archive:
        assert "<hyperlink" not in archive.read("xl/worksheets/sheet1.xml").decode()


def test_more_rows_than_a_sheet_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "SHEET_ROWS", 3)
    with xlsx_file(COLUMNS, ROWS, "de") as file:
        assert file.read(2) == b"PK"
    with pytest.raises(Invalid, match="passen nicht alle Zeilen"):
        xlsx_file(COLUMNS, ROWS * 2, "de")
