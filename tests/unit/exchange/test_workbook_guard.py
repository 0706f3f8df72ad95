"""Files made to exhaust the program are refused before they are opened."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable
from contextlib import suppress

import pytest
import xlsxwriter

from komma_tracker.exchange.rules import LIMITS, Limits, Unreadable
from komma_tracker.exchange.tables import read_table
from komma_tracker.exchange.workbook_guard import column_number, inspect_workbook

SHEET = "xl/worksheets/sheet1.xml"


def plain_workbook() -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Datum", "Minuten"])
    sheet.write_row(1, 0, ["2024-05-01", 240])
    book.close()
    return file.getvalue()


def changed(change: Callable[[bytes], bytes], part: str = SHEET, name: str | None = None) -> io.BytesIO:
    """The plain workbook with one part changed, and perhaps renamed."""
    result = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(plain_workbook())) as source,
        zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for member in source.namelist():
            content = source.read(member)
            target.writestr(
                (name or member) if member == part else member, change(content) if member == part else content
            )
    result.seek(0)
    return result


def refusal(file: io.BytesIO, limits: Limits = LIMITS) -> str:
    with pytest.raises(Unreadable) as refused:
        inspect_workbook(file, limits)
    return str(refused.value)


def test_an_ordinary_workbook_passes() -> None:
    inspect_workbook(io.BytesIO(plain_workbook()), LIMITS)


@pytest.mark.parametrize(
    ("old", "new", "row", "column"),
    [
        (b'r="A2"', b'r="XFD1048576"', 1_048_576, 16_384),
        (b'r="A2"', b"r='ZZ2'", 2, 702),
        (b'r="A2"', b'r="&#65;&#65;&#65;2"', 2, 703),
        (b'r="A2"', b'r="A300000"', 300_000, 1),
        (b'<row r="2"', b'<row r="900000"', 900_000, 2),
    ],
)
def test_a_far_cell_is_found_however_it_is_written(old: bytes, new: bytes, row: int, column: int) -> None:
    # Cells without a position of their own stand where their row does.
    strip = (lambda xml: xml.replace(b' r="A2"', b"").replace(b' r="B2"', b"")) if b"<row" in old else (lambda xml: xml)
    message = refusal(changed(lambda xml: strip(xml).replace(old, new)))
    assert message.startswith("Die Tabelle reicht bis Zeile ")
    assert f"Zeile {row} " in message or row == 900_000
    if column > 60:
        assert f"Spalte {column}" in message


def test_many_cells_without_positions_are_counted() -> None:
    crowd = b"<c><v>1</v></c>" * 61
    assert "Spalte 61" in refusal(
        changed(lambda xml: xml.replace(b"</sheetData>", b"<row>" + crowd + b"</row></sheetData>"))
    )


def test_a_zip_bomb_is_not_unpacked() -> None:
    bomb = b"<a>" + b" " * (LIMITS.unpacked + 1) + b"</a>"
    assert refusal(changed(lambda xml: bomb)) == "Die Datei ist entpackt zu groß. Bitte teilen."


def test_a_member_that_lies_about_its_size_is_found() -> None:
    content = bytearray(changed(lambda xml: xml + b" " * 500_000).getvalue())
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        size = archive.getinfo(SHEET).file_size
    for start in (i for i in range(len(content) - 3) if content[i : i + 4] == size.to_bytes(4, "little")):
        content[start : start + 4] = (1000).to_bytes(4, "little")
    assert refusal(io.BytesIO(bytes(content))) == "Die Datei ist keine lesbare XLSX-Tabelle."


def test_many_members_are_refused() -> None:
    file = io.BytesIO(plain_workbook())
    with zipfile.ZipFile(file, "a") as archive:
        for number in range(LIMITS.members):
            archive.writestr(f"xl/media/{number}.xml", "<a/>")
    assert refusal(file) == "Die Datei ist entpackt zu groß. Bitte teilen."


def test_entities_are_not_expanded() -> None:
    laughs = b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><a>&b;</a>'
    assert refusal(changed(lambda xml: laughs)) == "Die Datei ist keine lesbare XLSX-Tabelle."


@pytest.mark.parametrize(
    "file",
    [
        changed(lambda xml: xml[:-20]),
        changed(lambda xml: b"no xml"),
        changed(lambda xml: xml, "xl/workbook.xml", "xl/other.xml"),
        changed(lambda xml: xml.replace(b'r="A2"', b'r="2A"')),
        changed(lambda xml: xml.replace(b'<row r="2"', b'<row r="zwei"')),
        io.BytesIO(b"PK\x03\x04"),
        io.BytesIO(plain_workbook()[:-30]),
    ],
    ids=["cut", "no XML", "no workbook", "odd position", "odd row", "start only", "no directory"],
)
def test_what_is_damaged_is_no_workbook(file: io.BytesIO) -> None:
    assert refusal(file) == "Die Datei ist keine lesbare XLSX-Tabelle."


def test_a_sheet_cannot_hide_as_a_picture() -> None:
    links = "xl/_rels/workbook.xml.rels"
    file = changed(lambda xml: xml.replace(b"worksheets/sheet1.xml", b"worksheets/sheet1.png"), links)
    assert refusal(file) == "Arbeitsmappen mit Makros werden nicht gelesen. Bitte als XLSX ohne Makros speichern."


def test_damage_anywhere_gives_a_message_and_never_a_crash() -> None:
    source = plain_workbook()
    chance = random.Random(2026)
    for _ in range(150):
        content = bytearray(source)
        for _ in range(chance.randint(1, 8)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        with suppress(Unreadable):
            assert sum(1 for _ in read_table(io.BytesIO(bytes(content))).rows) <= LIMITS.rows


@pytest.mark.parametrize(("letters", "number"), [("A", 1), ("Z", 26), ("AA", 27), ("XFD", 16_384)])
def test_columns_have_numbers(letters: str, number: int) -> None:
    assert column_number(letters) == number
