"""What holds for every file that comes in: bounds, faults that name their place, keys that find repeats."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from komma_tracker.access.rules import DomainError


@dataclass(frozen=True)
class Limits:
    """How much of a file is read before it is refused (trust 7, 20). Sizes are in bytes."""

    size: int = 20 * 1024 * 1024
    unpacked: int = 160 * 1024 * 1024
    members: int = 500
    rows: int = 200_000
    columns: int = 60
    cells: int = 4_000_000


LIMITS = Limits()


class Unreadable(DomainError):
    """The file as a whole cannot be read; the message says what would be right."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, with its place: row as in a spreadsheet, column by its heading."""

    row: int
    column: str | None
    message: str
    params: Mapping[str, object] = field(default_factory=dict[str, object])

    @property
    def kind(self) -> Hashable:
        """The same for all faults that differ in their row only."""
        return (self.column, self.message, tuple(self.params.items()))


SHOWN = 200
"""So many findings are named, each with up to as many rows; the others are counted."""

T = TypeVar("T")


@dataclass
class Findings(Generic[T]):
    """What was found in many rows, equal things together: 131 rows before the contract's begin are one remark."""

    total: int = 0
    named: int = 0
    groups: dict[Hashable, tuple[T, list[range]]] = field(default_factory=dict[Hashable, tuple[T, list[range]]])

    def add(self, kind: Hashable, row: int, finding: T) -> None:
        """Note a finding at a row; rows come in order."""
        self.total += 1
        if kind not in self.groups and len(self.groups) == SHOWN:
            return
        rows = self.groups.setdefault(kind, (finding, []))[1]
        if rows and row <= rows[-1].stop:
            rows[-1] = range(rows[-1].start, row + 1)
        elif len(rows) < SHOWN:
            rows.append(range(row, row + 1))
        else:
            return
        self.named += 1


FORMULA_STARTS = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""What makes a spreadsheet take a text for a formula; the last four are the wide forms of the first."""


def guarded(text: str) -> str:
    """A text that no spreadsheet will run: an apostrophe before what would begin a formula (trust 6, 19).

    >>> guarded("=1+1"), guarded("Kick-off")
    ("'=1+1", 'Kick-off')
    """
    return f"'{text}" if text[:1] in FORMULA_STARTS else text


def unguarded(text: str) -> str:
    """The text as it was before `guarded`.

    >>> unguarded("'=1+1"), unguarded("'s geht")
    ('=1+1', "'s geht")
    """
    return text[1:] if text[:1] == "'" and text[1:2] in FORMULA_STARTS else text
