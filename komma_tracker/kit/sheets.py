"""Tables that people take with them: CSV, XLSX and JSON, streamed, with cells that stay cells."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache, partial
from itertools import islice
from typing import IO, TYPE_CHECKING, Any

from komma_tracker.access.rules import N_, Invalid
from komma_tracker.kit import formats
from komma_tracker.kit.inert import FORMULA_STARTS, guarded

if TYPE_CHECKING:
    from xlsxwriter import Workbook

ROWS_AT_ONCE = 1000
PIECE = 64 * 1024
EXCEL_EPOCH = date(1899, 12, 30)
SHEET_ROWS = 1_048_576


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    DATE = "date"
    WHOLE = "whole"
    DAYS = "days"


@dataclass(frozen=True)
class Column:
    """A heading in the reader's language, and what stands below it.

    A cell is str, date or int by its kind; days are pairs of minutes and minutes per day.
    """

    heading: str
    kind: Kind = Kind.TEXT
    width: int = 14
    key: str = ""
    """What it is called in JSON; a column without a key is left out there."""


Rows = Iterable[Sequence[Any]]


def csv_pieces(columns: Sequence[Column], rows: Rows, locale: str) -> Iterator[bytes]:
    """The table as CSV, piece by piece: semicolon and decimal comma for German readers, else comma and point.

    UTF-8 with the mark that Excel needs to see it as such.
    """
    converters = [_CSV_COLUMNS[column.kind](locale) for column in columns]
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=";" if locale == "de" else ",")
    buffer.write("\N{ZERO WIDTH NO-BREAK SPACE}")
    writer.writerow([guarded(column.heading) for column in columns])
    source = iter(rows)
    while True:
        batch = list(islice(source, ROWS_AT_ONCE))
        if batch:  # column by column: a call for each cell would cost more than all the rest
            by_column = zip(converters, zip(*batch, strict=True), strict=True)
            writer.writerows(zip(*(convert(cells) for convert, cells in by_column), strict=True))
        yield buffer.getvalue().encode()
        if len(batch) < ROWS_AT_ONCE:
            return
        buffer.seek(0)
        buffer.truncate()


Cells = Iterable[Any]
Converter = Callable[[Cells], Cells]


def _csv_text(locale: str) -> Converter:
    del locale
    return lambda cells: [guarded(text) if text[:1] in FORMULA_STARTS else text for text in cells]


def _csv_date(locale: str) -> Converter:
    form = "%d.%m.%Y" if locale == "de" else "%Y-%m-%d"
    return partial(map, lru_cache(maxsize=8192)(lambda day: day.strftime(form)))


def _csv_whole(locale: str) -> Converter:
    del locale
    return iter


def _csv_days(locale: str) -> Converter:
    def written(amount: tuple[int, int]) -> str:
        # With a hyphen: no spreadsheet takes a minus sign for the beginning of a number.
        return formats.days(*amount, locale=locale, fixed=True).replace(formats.MINUS, "-")

    return partial(map, lru_cache(maxsize=8192)(written))


_CSV_COLUMNS = {Kind.TEXT: _csv_text, Kind.DATE: _csv_date, Kind.WHOLE: _csv_whole, Kind.DAYS: _csv_days}


def json_pieces(columns: Sequence[Column], rows: Rows) -> Iterator[bytes]:
    """The table as a JSON array of objects, piece by piece; dates in ISO form, amounts of days in minutes."""
    kept = [(number, column.key, _JSON_CELLS[column.kind]) for number, column in enumerate(columns) if column.key]
    source, before = iter(rows), "[\n"
    while batch := list(islice(source, ROWS_AT_ONCE)):
        objects = ({key: convert(row[number]) for number, key, convert in kept} for row in batch)
        yield (before + ",\n".join(json.dumps(each, ensure_ascii=False) for each in objects)).encode()
        before = ",\n"
    yield b"[]\n" if before == "[\n" else b"\n]\n"


_JSON_CELLS: Mapping[Kind, Callable[[Any], Any]] = {
    Kind.TEXT: lambda text: text,
    Kind.DATE: lambda day: day.isoformat(),
    Kind.WHOLE: int,
    Kind.DAYS: lambda amount: amount[0],
}


def xlsx_file(columns: Sequence[Column], rows: Rows, locale: str) -> IO[bytes]:
    """The table as an XLSX workbook, written row by row into a file without a name, open at its beginning.

    Raises Invalid where there are more rows than a sheet can hold.
    """
    from xlsxwriter import Workbook  # only here: it takes its time, and the program starts without it

    with ExitStack() as on_failure:
        file = on_failure.enter_context(tempfile.TemporaryFile())
        # The parts get a folder of their own, so that nothing stays behind whatever happens meanwhile.
        with tempfile.TemporaryDirectory(prefix="komma-") as folder:
            book = Workbook(file, {"constant_memory": True, "tmpdir": folder})
            try:
                _fill(book, columns, rows, locale)
            finally:
                book.close()  # also what is in vain: it holds files of its own
        file.seek(0)
        on_failure.pop_all()
        return file


def pieces_of(file: IO[bytes]) -> Iterator[bytes]:
    """What is left of a file, piece by piece; closes it at the end."""
    with file:
        while piece := file.read(PIECE):
            yield piece


def _fill(book: Workbook, columns: Sequence[Column], rows: Rows, locale: str) -> None:
    sheet = book.add_worksheet()
    head = book.add_format({"bold": True})
    forms = {
        Kind.DATE: book.add_format({"num_format": "dd.mm.yyyy" if locale == "de" else "yyyy-mm-dd"}),
        Kind.DAYS: book.add_format({"num_format": "0.00"}),
    }
    sheet.freeze_panes(1, 0)
    for number, column in enumerate(columns):
        sheet.set_column(number, number, column.width)
        sheet.write_string(0, number, guarded(column.heading), head)
    cells = [(number, *_xlsx_cell(sheet, column.kind), forms.get(column.kind)) for number, column in enumerate(columns)]
    for line, row in enumerate(rows, 1):
        if line == SHEET_ROWS:
            raise Invalid(None, N_("In eine XLSX-Tabelle passen nicht alle Zeilen. Bitte filtern oder CSV wählen."))
        for number, write, convert, form in cells:
            write(line, number, convert(row[number]), form)


def _xlsx_cell(sheet: Any, kind: Kind) -> tuple[Callable[..., Any], Callable[[Any], Any]]:
    """How a cell of this kind is written: text as text and never as a formula or a link, the rest as numbers."""
    match kind:
        case Kind.TEXT:
            return sheet.write_string, guarded
        case Kind.DATE:
            return sheet.write_number, lambda value: (value - EXCEL_EPOCH).days
        case Kind.WHOLE:
            return sheet.write_number, int
        case Kind.DAYS:
            return sheet.write_number, lambda value: value[0] / value[1]
