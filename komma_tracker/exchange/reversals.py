"""Rows of a file that take back others: this product's own exports have them, with minutes below 0 (domain 2.3).

An import adds days and takes none back. So a reversal is either in the ledger already, or it and the row that it takes
back are nothing together; where the ledger has that row without the reversal, somebody must decide there.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from komma_tracker.budget.bulk import Likeness

if TYPE_CHECKING:
    from komma_tracker.exchange.plan import Planned


@dataclass
class Matched:
    """What becomes of the reversals of a file."""

    known: int = 0
    """So many are in the ledger."""
    cancelled: set[Planned] = field(default_factory=set["Planned"])
    """Rows that are nothing together: reversals, and what they take back."""
    astray: list[Planned] = field(default_factory=list["Planned"])
    """Reversals of what the ledger has and keeps, or of nothing at all."""


def match(
    reversals: Sequence[Planned], rows: Sequence[Planned], keys: Container[str], unmatched: Counter[Likeness]
) -> Matched:
    """Find for each reversal what it takes back; those that the ledger has are taken out of `unmatched`.

    `keys` are those of imported entries in the ledger; `unmatched` counts its entries to which no row has such a key.
    """
    found = Matched()
    if not reversals:
        return found
    free = _Free(rows, keys, unmatched)
    for reversal in reversals:
        if unmatched[reversal.likeness] > 0:
            unmatched[reversal.likeness] -= 1
            found.known += 1
        elif row := free.take(reversal):
            found.cancelled |= {row, reversal}
        else:
            found.astray.append(reversal)
    return found


class _Free:
    """Rows that the ledger does not have: of several alike, as many as there are more of than in the ledger."""

    def __init__(self, rows: Sequence[Planned], keys: Container[str], unmatched: Mapping[Likeness, int]) -> None:
        new = [row for row in rows if row.import_key not in keys]
        surplus = Counter(row.likeness for row in new)
        self.surplus = Counter({likeness: count - unmatched[likeness] for likeness, count in surplus.items()})
        self.rows: dict[tuple[object, ...], deque[Planned]] = {}
        for row in new:
            self.rows.setdefault(_facts(row, row.minutes), deque()).append(row)

    def take(self, reversal: Planned) -> Planned | None:
        """The first such row that is equal to the reversal in all but its sign."""
        likeness = reversal.likeness._replace(minutes=-reversal.minutes)
        alike = self.rows.get(_facts(reversal, -reversal.minutes))
        if self.surplus[likeness] <= 0 or not alike:
            return None
        self.surplus[likeness] -= 1
        return alike.popleft()


def _facts(row: Planned, minutes: int) -> tuple[object, ...]:
    said = row.row
    return (*row.likeness._replace(minutes=minutes), said.mode, row.work_package_id, said.note)
