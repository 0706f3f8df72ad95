"""What one viewer may see of entries, and a person's month made of them (domain 1.5)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from komma_tracker.access.rules import Actor, Permission, System, may
from komma_tracker.budget.queries import EntryRow
from komma_tracker.budget.rules import Activity, in_days_of_eight_hours, working_days_without
from komma_tracker.municipalities.holidays import holidays_on


@dataclass(frozen=True)
class EntryShown:
    """An entry without what this viewer may not read; of a confidential one, the days are all there is to know."""

    row: EntryRow
    confidential: bool
    editable: bool
    correctable: bool
    """Submitted, so that it can no longer be changed, and not corrected yet."""


def shown(viewer: Actor, rows: Iterable[EntryRow]) -> list[EntryShown]:
    """The entries as this viewer may see them."""
    return [_shown(viewer, row) for row in rows]


def _shown(viewer: Actor, row: EntryRow) -> EntryShown:
    place = row.municipality_id
    confidential = row.activity is Activity.COACHING and not may(viewer, Permission.SESSION_CONFIDENTIAL, place)
    internal = may(viewer, Permission.ENTRY_INTERNAL_NOTE, place)
    theirs = may_edit(viewer, municipality_id=place, consultant_id=row.consultant_id) and row.reverses_id is None
    note, reason = ("", "") if confidential else (row.note, row.reason)
    return EntryShown(
        row=row._replace(note=note, reason=reason, internal_note=row.internal_note if internal else ""),
        confidential=confidential,
        editable=theirs and row.statement_id is None,
        correctable=theirs and row.statement_id is not None and row.reversal is None,
    )


def may_edit(viewer: Actor, *, municipality_id: int, consultant_id: int) -> bool:
    """Whether an entry is the viewer's own, or one of those that they may log for others."""
    if not may(viewer, Permission.ENTRY_LOG, municipality_id):
        return False
    own = not isinstance(viewer, System) and consultant_id == viewer.user_id
    return own or may(viewer, Permission.ENTRY_LOG_FOR_OTHERS, municipality_id)


@dataclass(frozen=True)
class Month:
    """One person's month: minutes as of days of eight hours; working days without an entry up to today."""

    minutes: int
    chargeable_minutes: int
    by_date: Mapping[date, Sequence[tuple[str, int]]]
    """What stands in each day: the municipality's code and the minutes worked for it."""
    gaps: Sequence[date]
    holidays: Mapping[date, str]

    @property
    def classes(self) -> dict[date, str]:
        """How the calendar marks its days."""
        return {**dict.fromkeys(self.gaps, "gap"), **dict.fromkeys(self.holidays, "holiday")}


def month_of(rows: Sequence[EntryRow], *, dates: Sequence[date], today: date) -> Month:
    """Sum up the entries of these dates, which come the newest first.

    Holidays are those that all Länder share: nobody is expected to work then.
    """
    worked, counted = Counter[int](), Counter[int]()
    by_date: defaultdict[date, list[tuple[str, int]]] = defaultdict(list)
    for row in reversed(rows):
        worked[row.minutes_per_day] += row.minutes
        counted[row.minutes_per_day] += row.chargeable_minutes
        by_date[row.service_date].append((row.code, in_days_of_eight_hours({row.minutes_per_day: row.minutes})))
    holidays = {day: name for day in dates if (name := holidays_on(day, None))}
    return Month(
        minutes=in_days_of_eight_hours(worked),
        chargeable_minutes=in_days_of_eight_hours(counted),
        by_date=dict(by_date),
        gaps=working_days_without({*by_date, *holidays}, dates[0], min(dates[-1], today)),
        holidays=holidays,
    )
