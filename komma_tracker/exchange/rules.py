"""What holds for every file that comes in: bounds, faults that name their place, keys that find repeats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

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

    row: int | None
    column: str | None
    message: str
    params: Mapping[str, object] = field(default_factory=dict[str, object])


FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\N{FULLWIDTH EQUALS SIGN}", "\N{FULLWIDTH PLUS SIGN}",
                  "\N{FULLWIDTH HYPHEN-MINUS}", "\N{FULLWIDTH COMMERCIAL AT}")  # fmt: skip
"""What makes a spreadsheet take a text for a formula."""


def guarded(text: str) -> str:
    """A text that no spreadsheet will run: an apostrophe before what would begin a formula (trust 6, 19).

    >>> guarded("=1+1"), guarded("Kick-off")
    ("'=1+1", 'Kick-off')
    """
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def unguarded(text: str) -> str:
    """The text as it was before `guarded`.

    >>> unguarded("'=1+1"), unguarded("'s geht")
    ('=1+1', "'s geht")
    """
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_STARTS) else text
