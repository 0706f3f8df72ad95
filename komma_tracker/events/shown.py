"""Sessions as their viewer may know them: values that hold nothing else, so that no page can show it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from komma_tracker.access.rules import Role
from komma_tracker.accounts.laender import Land
from komma_tracker.budget.rules import Mode
from komma_tracker.events.rules import OPEN_STATES, EventKind, EventState, ReasonClass, shown_title


@dataclass(frozen=True)
class Part:
    """A municipality that takes part, its work package, and its share of the planned minutes of all consultants."""

    municipality_id: int
    code: str
    label: str
    package: str | None
    minutes: int


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

    `title` is None and place, link and note are empty where they are hidden; `others` counts the municipalities
    besides `parts`; `minutes_each` is planned per consultant, None for those who see only their own share.
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
    link: str
    note: str
    detailed: bool
    parts: tuple[Part, ...]
    others: int
    consultants: tuple[Person, ...]
    minutes_each: int | None
    planned_minutes: int
    cancel_reason: ReasonClass | None

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
    def is_open(self) -> bool:
        """Whether it still can be held, moved or cancelled."""
        return self.state in OPEN_STATES


@dataclass(frozen=True)
class Booked:
    """An entry that a held session booked: by whom, for whom, and the minutes of it that count."""

    person: str
    municipality: str
    chargeable_minutes: int
