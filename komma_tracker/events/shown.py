"""Sessions as their viewer may know them: values that hold nothing else, so that no page can show it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from komma_tracker.access.rules import Role
from komma_tracker.accounts.laender import Land
from komma_tracker.budget.rules import Activity, Mode
from komma_tracker.events.lateness import LateState
from komma_tracker.events.rules import (
    OPEN_STATES,
    TOOK_PLACE,
    EventKind,
    EventState,
    Initiator,
    ReasonClass,
    seats_of,
    shown_title,
)
from komma_tracker.events.shares import Sharing, SplitKey


@dataclass(frozen=True)
class Part:
    """A municipality that takes part, its work package, and its share of the planned minutes of all consultants.

    `hosts` says that it bears all of them, `headcount` how many participants came from it.
    """

    municipality_id: int
    code: str
    label: str
    package: str | None
    minutes: int
    hosts: bool = False
    headcount: int | None = None


@dataclass(frozen=True)
class Person:
    """A consultant who runs a session."""

    id: int
    public_id: str
    name: str
    role: Role
    land: Land | None = None


@dataclass(frozen=True, kw_only=True)
class ShownSession:
    """A session as its viewer may know it: what they may not know is not in it.

    `title` is None and place, room, link, note and target group are empty where they are hidden; `others` counts the
    municipalities besides `parts`; `minutes_each` is planned per consultant in the session, `preparation_minutes` and
    `follow_up_minutes` around it, and `split_key` is how it is shared out: None for those who see only their share.
    """

    id: int
    public_id: str
    version: int
    kind: EventKind
    state: EventState
    title: str | None
    starts_local: datetime
    ends_local: datetime
    zone: str
    mode: Mode
    place: str
    room: str
    link: str
    note: str
    target_group: str
    seats: int | None
    detailed: bool
    parts: tuple[Part, ...]
    others: int
    consultants: tuple[Person, ...]
    minutes_each: int | None
    preparation_minutes: int | None
    follow_up_minutes: int | None
    planned_minutes: int
    split_key: SplitKey | None
    called_off_by: Initiator | None
    notice_on: date | None
    cancel_reason: ReasonClass | None
    public_cleared: bool
    series_id: int | None
    part: int | None

    @property
    def stand_in(self) -> str:
        """The msgid that stands in for a hidden title; the filter `heading` shows the one or the other."""
        return shown_title(self.kind, self.kind.label, may_see_coaching=False)

    @property
    def municipality_ids(self) -> list[int]:
        """The municipalities that take part, as far as the viewer sees them."""
        return [part.municipality_id for part in self.parts]

    @property
    def consultant_ids(self) -> list[int]:
        """Who runs the session."""
        return [person.id for person in self.consultants]

    @property
    def sharing(self) -> Sharing:
        """How it is shared out."""
        return Sharing(self.split_key or SplitKey.EQUAL, next((p.municipality_id for p in self.parts if p.hosts), None))

    @property
    def is_joint(self) -> bool:
        """Whether several municipalities take part."""
        return len(self.parts) + self.others > 1

    @property
    def is_open(self) -> bool:
        """Whether it still can be held, moved or cancelled."""
        return self.state in OPEN_STATES

    @property
    def took_place(self) -> bool:
        """Whether its days are booked."""
        return self.state in TOOK_PLACE


@dataclass(frozen=True, kw_only=True)
class ShownSeries:
    """A series as its viewer may know it: its parts that they see, and how many came to each that took place.

    `title` is None where a part's is; `version` moves with every change of the series or a part; `attendances` are by
    id of the part, and they and `unique_persons` are missing where they would tell of others.
    """

    id: int
    public_id: str
    version: int
    title: str | None
    unique_persons: int | None
    parts: tuple[ShownSession, ...]
    attendances: Mapping[int, int]

    @property
    def open_parts(self) -> tuple[ShownSession, ...]:
        """What still can be held, moved or cancelled."""
        return tuple(part for part in self.parts if part.is_open)

    @property
    def seats(self) -> int | None:
        """For how many people there is room; one booking takes a seat in every part."""
        return seats_of([part.seats for part in self.parts if part.state is not EventState.CANCELLED])

    @property
    def attended(self) -> int:
        """Attendances of all parts together."""
        return sum(self.attendances.values())


@dataclass(frozen=True)
class Booked:
    """An entry that a session booked: by whom, for whom, for what, the minutes of it that count, and how many of them
    make a day by its contract.
    """

    person: str
    municipality: str
    activity: Activity
    chargeable_minutes: int
    minutes_per_day: int


@dataclass(frozen=True)
class Step:
    """A step in the life of a session: when, by whom (None: by the program), why, from which state to which.

    The four times are there where it was moved.
    """

    at: datetime
    by: str | None
    reason: ReasonClass | None
    from_state: EventState | None
    to_state: EventState
    from_starts_local: datetime | None
    from_ends_local: datetime | None
    to_starts_local: datetime | None
    to_ends_local: datetime | None


@dataclass(frozen=True)
class Material:
    """Material of a session, as a link."""

    id: int
    title: str
    url: str


@dataclass(frozen=True)
class Unconfirmed:
    """A session that is over, and one of the consultants who have to say whether it took place; `places` are names of
    municipalities, or aliases of anonymous ones.
    """

    event_id: int
    public_id: str
    kind: EventKind
    starts_local: datetime
    ends_local: datetime
    zone: str
    email: str
    name: str
    locale: str
    places: tuple[str, ...] = ()


@dataclass(frozen=True)
class Late:
    """What a late cancellation may cost a municipality: working days of notice, minutes of all consultants together."""

    code: str
    municipality: str
    notice_days: int
    minutes: int
    state: LateState
    reason: str
