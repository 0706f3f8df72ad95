"""Texts that no spreadsheet takes for a formula (trust 6, 19)."""

from __future__ import annotations

FORMULA_STARTS = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""What makes a spreadsheet take a text for a formula; the last four are the wide forms of the first."""


def guarded(text: str) -> str:
    """A text that no spreadsheet will run: an apostrophe before what would begin a formula.

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
