"""Tables as JSON: an array of objects without depth, as this product's own export writes them."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from typing import IO, Any

from komma_tracker.access.rules import N_
from komma_tracker.exchange.rules import Unreadable

PIECE = 64 * 1024
LONGEST_OBJECT = 256 * 1024
"""Characters; a row is never so long."""
BLANKS = " \t\r\n"

Value = str | int | bool

_DECODER = json.JSONDecoder(parse_float=str, parse_constant=str)
"""Numbers with a point stay as they are written: whoever reads the cell makes exact ones of them."""


def json_rows(file: IO[bytes]) -> Iterator[list[Value]]:
    """The names that the first object has, then what each object says under them; read piece by piece.

    Raises Unreadable for anything else.
    """
    names: list[str] = []
    for number, row in enumerate(_objects(file), 1):
        if not isinstance(row, dict) or any(isinstance(value, list | dict) for value in row.values()):
            raise _not_a_table(number)
        if not names:
            names = list(row)
            yield list(names)
        if not row.keys() <= set(names):
            raise _not_a_table(number)
        yield ["" if row.get(name) is None else row[name] for name in names]


def _objects(file: IO[bytes]) -> Iterator[Any]:
    """What stands in the array, one by one."""
    text, number, before = _Text(file), 1, "["
    while text.skip() == before:
        text.take()
        if before == "[" and text.skip() == "]":
            break
        try:
            yield text.value()
        except (ValueError, RecursionError):
            raise _not_a_table(number) from None
        number, before = number + 1, ","
    if text.skip() != "]":
        raise _not_a_table(number)
    text.take()
    if text.skip():
        raise _not_a_table(number)


class _Text:
    """The text of a file, of which never more is kept than one object and a piece."""

    def __init__(self, file: IO[bytes]) -> None:
        file.seek(0)
        self.pieces = codecs.iterdecode(iter(lambda: file.read(PIECE), b""), "utf-8-sig")
        self.kept = ""
        self.at = 0

    def skip(self) -> str:
        """Pass over blanks; the character that follows, empty at the end."""
        while True:
            while self.at < len(self.kept):
                if self.kept[self.at] not in BLANKS:
                    return self.kept[self.at]
                self.at += 1
            if not self._more():
                return ""

    def take(self) -> None:
        """Pass over one character."""
        self.at += 1

    def value(self) -> Any:
        """Take the value that begins here. Raises ValueError, RecursionError."""
        self.skip()
        while True:
            try:
                value, self.at = _DECODER.raw_decode(self.kept, self.at)
            except json.JSONDecodeError:
                if len(self.kept) - self.at > LONGEST_OBJECT or not self._more():
                    raise
            else:
                return value

    def _more(self) -> bool:
        try:
            piece = next(self.pieces, "")
        except UnicodeDecodeError:
            raise Unreadable(N_("Die Datei ist keine Tabelle. JSON ist immer in UTF-8 geschrieben.")) from None
        self.kept, self.at = self.kept[self.at :] + piece, 0
        return bool(piece)


def _not_a_table(number: int) -> Unreadable:
    message = N_("Das ist keine Tabelle in JSON: Objekt %(number)s ist nicht lesbar oder kein einfaches.")
    return Unreadable(message, number=number)
