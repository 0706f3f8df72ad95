"""Tables that people bring: CSV, XLSX and JSON, read row by row and within bounds."""

from __future__ import annotations

import codecs
import csv
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from typing import IO

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from komma_tracker.access.rules import N_
from komma_tracker.exchange.json_rows import json_rows
from komma_tracker.exchange.rules import LIMITS, Limits, Unreadable
from komma_tracker.exchange.workbook_guard import inspect_workbook
from komma_tracker.kit.sheets import EXCEL_EPOCH

Cell = str | int | float | bool | date | datetime | time | timedelta

ZIP_START = b"PK\x03\x04"
BOM = b"\xef\xbb\xbf"
OLE_START = b"\xd0\xcf\x11\xe0"
DELIMITERS = ";,\t"
SAMPLE = 64 * 1024
SAMPLE_LINES = 20
TOP = 20
"""The heading is looked for in so many rows: above it there may be a title."""

MAC_EPOCH = date(1904, 1, 1)

_QUOTED = re.compile(r'"[^"]*"')


@dataclass(frozen=True, slots=True)
class Row:
    """One row; `number` counts from 1 as a spreadsheet does, heading and empty rows included."""

    number: int
    cells: Sequence[Cell]
    merged: Mapping[int, Cell] = field(default_factory=dict[int, Cell])
    """By column what stands in a merged cell that begins in a row above and reaches down into this one."""


@dataclass(frozen=True)
class Table:
    """A heading and the rows below it, empty ones left out. The rows can be read once."""

    heading: Row
    rows: Iterator[Row]
    epoch: date = EXCEL_EPOCH
    """The day 0 of dates that the file gives as numbers."""


def read_table(
    file: IO[bytes], limits: Limits = LIMITS, is_heading: Callable[[Row], bool] = lambda row: False
) -> Table:
    """Read a CSV, XLSX or JSON file, told apart by their first bytes and never by their name.

    The heading is the first row that `is_heading` knows, or else the first that is no mere title. The file stays open
    and must do so until the rows are read. Raises Unreadable, also while the rows are read.
    """
    size = file.seek(0, os.SEEK_END)
    if not size:
        raise Unreadable(N_("Die Datei ist leer."))
    if size > limits.size:
        raise Unreadable(N_("Die Datei ist größer als %(limit)s MB."), limit=limits.size // 1024**2)
    file.seek(0)
    start = file.read(4)
    if start == OLE_START:
        raise Unreadable(
            N_(
                "Die Datei hat ein altes Excel-Format oder ein Kennwort. "
                "Bitte ohne Kennwort als XLSX oder CSV speichern."
            )
        )
    epoch = EXCEL_EPOCH
    if start == ZIP_START:
        epoch = MAC_EPOCH if inspect_workbook(file, limits) else EXCEL_EPOCH
        found = _workbook_rows(file)
    elif start.lstrip(BOM).startswith(b"["):
        found = (Row(number, cells) for number, cells in enumerate(json_rows(file), 1))
    else:
        found = _text_rows(file)
    rows = _within(found, limits)
    top = list(islice(rows, TOP))
    if not top:
        raise Unreadable(N_("Die Datei enthält keine Zeilen."))
    place = next((place for place, row in enumerate(top) if is_heading(row)), _likely_heading(top))
    return Table(top[place], chain(top[place + 1 :], rows), epoch)


def _likely_heading(top: Sequence[Row]) -> int:
    """The first row that fills at least half as many cells as the fullest: a title fills one."""
    filled = [sum(cell != "" for cell in row.cells) for row in top]
    return next(place for place, count in enumerate(filled) if count * 2 >= max(filled))


def _within(rows: Iterator[Row], limits: Limits) -> Iterator[Row]:
    """The rows that hold something, until there are too many."""
    for row in rows:
        if row.number > limits.rows:
            raise Unreadable(N_("Die Datei hat mehr als %(limit)s Zeilen. Bitte teilen."), limit=limits.rows)
        if len(row.cells) > limits.columns:
            raise Unreadable(N_("Zeile %(row)s hat mehr als %(limit)s Spalten."), row=row.number, limit=limits.columns)
        if any(cell != "" for cell in row.cells):
            yield row


def _text_rows(file: IO[bytes]) -> Iterator[Row]:
    """The records of a CSV file. A record counts as one row however many lines its quoted cells span."""
    encoding = _encoding(file)
    delimiter = _delimiter(_sample(file, encoding))
    file.seek(0)
    number = 0
    try:
        reader = csv.reader(codecs.iterdecode(file, encoding), delimiter=delimiter, strict=True)
        for number, cells in enumerate(reader, 1):
            if number == 1 and cells and cells[0].casefold() == "sep=":
                continue  # Excel's own hint at the delimiter, not a heading
            yield Row(number, [cell.strip() for cell in cells])
    except csv.Error:
        raise Unreadable(
            N_("Zeile %(row)s ist nicht lesbar. Bitte prüfen, ob jedes Anführungszeichen geschlossen ist."),
            row=number + 1,
        ) from None


def _encoding(file: IO[bytes]) -> str:
    """UTF-8 with or without its mark, or else Windows-1252: the first that fits every byte."""
    for encoding in ("utf-8-sig", "cp1252"):
        if _decodes(file, encoding):
            return encoding
    raise Unreadable(N_("Die Datei ist keine Tabelle. Gelesen werden CSV (UTF-8 oder Windows-1252), XLSX und JSON."))


def _decodes(file: IO[bytes], encoding: str) -> bool:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while chunk := file.read(SAMPLE):
            if "\0" in decoder.decode(chunk):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _sample(file: IO[bytes], encoding: str) -> str:
    file.seek(0)
    return codecs.getincrementaldecoder(encoding)().decode(file.read(SAMPLE))


def _delimiter(sample: str) -> str:
    """The delimiter that cuts the first lines alike, and into most columns."""
    if sample[:4].casefold() == "sep=" and sample[4:5]:
        return sample[4]
    lines = [line for line in _QUOTED.sub("", sample).splitlines()[:SAMPLE_LINES] if line.strip()]
    return max(DELIMITERS, key=lambda delimiter: _fit([line.count(delimiter) for line in lines]))


def _fit(counts: Sequence[int]) -> tuple[bool, int, int]:
    heading = counts[0] if counts else 0
    return heading > 0, counts.count(heading), heading


def _workbook_rows(file: IO[bytes]) -> Iterator[Row]:
    """The rows of the first visible sheet."""
    file.seek(0)
    try:
        sheet = _first_sheet(CalamineWorkbook.from_filelike(file))
        merged = _reaching_down(sheet)
    except CalamineError:
        raise Unreadable(N_("Die Datei ist keine lesbare XLSX-Tabelle.")) from None
    above: dict[int, tuple[int, Cell]] = {}
    for number, cells in enumerate(sheet.iter_rows(), 1):
        row = [_plain(cell) for cell in cells]
        above = {column: cell for column, cell in above.items() if cell[0] >= number}
        yield Row(number, row, {column: cell for column, (_, cell) in above.items()})
        for column, last in merged.get(number, ()):
            if column < len(row):
                above[column] = (last, row[column])


def _reaching_down(sheet: CalamineSheet) -> Mapping[int, Sequence[tuple[int, int]]]:
    """The merged cells of several rows, by their first row: column and last row."""
    found: dict[int, list[tuple[int, int]]] = {}
    left = sheet.start[1] if sheet.start else 0  # the reader leaves out empty columns before the first
    for (first, column), (last, _) in sheet.merged_cell_ranges or ():
        if last > first and column >= left:
            found.setdefault(first + 1, []).append((column - left, last + 1))
    return found


def _first_sheet(book: CalamineWorkbook) -> CalamineSheet:
    for sheet in book.sheets_metadata:
        if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible:
            return book.get_sheet_by_name(sheet.name)
    raise Unreadable(N_("Die Datei enthält kein sichtbares Tabellenblatt."))


def _plain(cell: Cell) -> Cell:
    """Whole numbers come as floats; text comes with the blanks around it."""
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    return cell.strip() if isinstance(cell, str) else cell
