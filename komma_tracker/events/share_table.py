"""What a joint session books, as a table: minutes by municipality and consultant, with both sums. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from komma_tracker.events.shares import Booking
from komma_tracker.events.shown import ShownSession


@dataclass(frozen=True)
class ShareRow:
    """What one municipality bears: minutes of each consultant, in the order of the heads."""

    municipality: str
    minutes: tuple[int, ...]


@dataclass(frozen=True)
class ShareTable:
    """One row for each municipality, one column for each consultant."""

    heads: tuple[str, ...]
    rows: tuple[ShareRow, ...]

    @property
    def totals(self) -> tuple[int, ...]:
        """What each consultant has worked."""
        return tuple(sum(column) for column in zip(*(row.minutes for row in self.rows), strict=True))


def share_table(shown: ShownSession, booked: Iterable[Booking]) -> ShareTable:
    """The table of these bookings."""
    minutes: Counter[tuple[int, int]] = Counter()
    for each in booked:
        minutes[each.municipality_id, each.consultant_id] += each.minutes
    return ShareTable(
        heads=tuple(person.name for person in shown.consultants),
        rows=tuple(
            ShareRow(part.label, tuple(minutes[part.municipality_id, person.id] for person in shown.consultants))
            for part in shown.parts
        ),
    )
