"""Long lists in pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

PAGE_SIZE = 50
T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some rows of a list; `number` counts from 1, `total` is the number of all rows."""

    rows: Sequence[T]
    number: int
    total: int
    size: int = PAGE_SIZE

    @property
    def last(self) -> int:
        """The number of the last page."""
        return max(1, -(-self.total // self.size))

    @property
    def offset(self) -> int:
        """How many rows come before this page."""
        return (self.number - 1) * self.size


def page_number(text: str | None) -> int:
    """The page asked for; anything that is none means the first.

    >>> page_number("3"), page_number("x"), page_number("-1")
    (3, 1, 1)
    """
    return max(1, int(text)) if text and text.isascii() and text.isdigit() and len(text) < 7 else 1
