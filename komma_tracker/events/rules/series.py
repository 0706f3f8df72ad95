"""Series: several sessions for the same people (domain 1.2m, 5.4 case 12)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta

from komma_tracker.access.rules import N_, Invalid

FEWEST_PARTS, MOST_PARTS = 2, 60
"""One part alone is a session; more is a slip of the keyboard."""


def check_days(days: Sequence[date]) -> None:
    """Raise Invalid where the days of a new series are too few, too many or the same twice."""
    check_distinct("further", days)
    if not FEWEST_PARTS <= len(days) <= MOST_PARTS:
        message = N_("Eine Terminreihe hat %(fewest)s bis %(most)s Teile.")
        raise Invalid("further", message, fewest=FEWEST_PARTS, most=MOST_PARTS)


def check_distinct(field: str, days: Sequence[date]) -> None:
    """Raise Invalid, beside the field that says it, where two parts of a series would be on one day."""
    if len(set(days)) != len(days):
        raise Invalid(field, N_("An diesem Tag hat die Terminreihe schon einen Teil."))


def rhythm(first: date, every_weeks: int, parts: int) -> tuple[date, ...]:
    """The days after the first, so many weeks apart, until there are so many parts with it.

    >>> [day.isoformat() for day in rhythm(date(2024, 10, 17), 2, 3)]
    ['2024-10-31', '2024-11-14']
    """
    return tuple(first + timedelta(weeks=every_weeks * n) for n in range(1, parts))


def moved(starts: datetime, ends: datetime, *, days: int, begins: time, closes: time) -> tuple[datetime, datetime]:
    """When a part is that is moved by so many days to other times of day; as long over midnight as before.

    All of it is local time: what began at 09:00 begins at 09:00 also on the other side of a change of clocks.

    >>> was = datetime(2024, 10, 24, 9), datetime(2024, 10, 24, 13)
    >>> [each.isoformat() for each in moved(*was, days=7, begins=time(9), closes=time(12, 30))]
    ['2024-10-31T09:00:00', '2024-10-31T12:30:00']
    """
    shift = timedelta(days=days)
    return datetime.combine(starts.date() + shift, begins), datetime.combine(ends.date() + shift, closes)


def check_unique_persons(persons: int, attendances: Collection[int]) -> None:
    """Raise Invalid for a number of different persons that the attendances of the parts rule out.

    At least as many as came to the fullest part, at most as many as came to all of them together.
    """
    fewest, most = max(attendances, default=0), sum(attendances)
    if not fewest <= persons <= most:
        raise Invalid(
            "unique_persons",
            N_("Nach den Teilnahmen der einzelnen Teile sind es %(fewest)s bis %(most)s verschiedene Personen."),
            fewest=fewest,
            most=most,
        )


def seats_of(parts: Collection[int | None]) -> int | None:
    """For how many people a series has room: one booking takes a seat in every part, so the smallest room decides.

    >>> seats_of([16, 14, None, 16]), seats_of([None])
    (14, None)
    """
    return min((seats for seats in parts if seats is not None), default=None)
