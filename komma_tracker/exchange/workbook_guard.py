"""Looks through an XLSX file before it is opened.

The reader keeps a sheet as one dense block from its first to its last cell: a file of two kilobytes with one far cell
would make it ask for hundreds of gigabytes, which ends the whole process. So every part is unpacked once, piece by
piece, and each position in it is checked (trust 7).
"""

from __future__ import annotations

import re
import zipfile
import zlib
from functools import lru_cache
from typing import IO
from xml.parsers import expat

from komma_tracker.access.rules import N_
from komma_tracker.exchange.rules import Limits, Unreadable

PIECE = 64 * 1024
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".tif", ".tiff", ".emf", ".wmf", ".wdp", ".vml", ".bin")
"""Parts that need not be XML. The guard makes sure that the workbook does not name one of them as a sheet."""

WORKBOOK_LINKS = "workbook.xml.rels"
POSITION = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")


def inspect_workbook(file: IO[bytes], limits: Limits) -> bool:
    """Whether the workbook counts days from 1904, as old Macs did.

    Raises Unreadable for a file that is no workbook, unpacks to too much, or reaches too far.
    """
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            return _inspect_members(archive, limits)
    # Whatever the zip and XML libraries stumble over, it is the file's fault: encrypted, cut off, wrong sums.
    except (
        zipfile.BadZipFile,
        zlib.error,
        expat.ExpatError,
        RuntimeError,
        NotImplementedError,
        EOFError,
        OSError,
        ValueError,
    ):
        raise _not_a_workbook() from None


def _inspect_members(archive: zipfile.ZipFile, limits: Limits) -> bool:
    from_1904 = False
    members = archive.infolist()
    if "xl/workbook.xml" not in archive.namelist():
        raise _not_a_workbook()
    if len(members) > limits.members or sum(member.file_size for member in members) > limits.unpacked:
        raise _too_large()
    for member in members:
        # zipfile reads no more than the size that a member states, and checks its sum: a lie is found here.
        with archive.open(member) as part:
            if member.filename.casefold().endswith(PICTURES):
                _read_through(part)
            else:
                check = _PartCheck(member.filename, limits)
                check.read(part)
                from_1904 |= check.from_1904
    return from_1904


def _read_through(part: IO[bytes]) -> None:
    while part.read(PIECE):
        pass


class _PartCheck:
    """Follows the positions of the cells in one part, stated or implied by their order."""

    def __init__(self, name: str, limits: Limits) -> None:
        self.links = name.casefold().endswith(WORKBOOK_LINKS)
        self.limits = limits
        self.row = 0
        self.column = 0
        self.last_row = 0
        self.last_column = 0
        self.from_1904 = False

    def read(self, part: IO[bytes]) -> None:
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.StartElementHandler = self._start
        while piece := part.read(PIECE):
            parser.Parse(piece)
        if part.tell():
            parser.Parse(b"", True)

    def _refuse_doctype(self, *args: object) -> None:
        raise _not_a_workbook()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local == "c":
            self._move(attributes.get("r"))
        elif local == "row":
            self.row = int(attributes.get("r", self.row + 1))
            self.column = 0
        elif local == "workbookPr":
            self.from_1904 = attributes.get("date1904") in ("1", "true")
        elif self.links and local == "Relationship" and attributes.get("Target", "").casefold().endswith(PICTURES):
            raise Unreadable(N_("Arbeitsmappen mit Makros werden nicht gelesen. Bitte als XLSX ohne Makros speichern."))

    def _move(self, position: str | None) -> None:
        if position is None:
            self.column += 1
        elif stated := POSITION.fullmatch(position):
            self.column = column_number(stated[1])
            self.row = int(stated[2])
        else:
            raise _not_a_workbook()
        if self.row > self.last_row or self.column > self.last_column:
            self._reach()

    def _reach(self) -> None:
        limits = self.limits
        self.last_row = max(self.last_row, self.row)
        self.last_column = max(self.last_column, self.column)
        too_far = self.last_row > limits.rows or self.last_column > limits.columns
        if too_far or self.last_row * self.last_column > limits.cells:
            raise Unreadable(
                N_(
                    "Die Tabelle reicht bis Zeile %(row)s und Spalte %(column)s. "
                    "Bitte leere formatierte Zellen löschen oder die Tabelle teilen."
                ),
                row=self.last_row,
                column=self.last_column,
            )


@lru_cache(maxsize=256)
def column_number(letters: str) -> int:
    """The number of a column from its letters: A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _not_a_workbook() -> Unreadable:
    return Unreadable(N_("Die Datei ist keine lesbare XLSX-Tabelle."))


def _too_large() -> Unreadable:
    return Unreadable(N_("Die Datei ist entpackt zu groß. Bitte teilen."))
