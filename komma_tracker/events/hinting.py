"""What is unusual about the times of sessions, looked up: few statements, however many sessions there are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from sqlalchemy.orm import Session

from komma_tracker.access.rules import Actor, Role
from komma_tracker.accounts.laender import Land
from komma_tracker.budget.rules import Mode
from komma_tracker.contracts.models import Contract
from komma_tracker.contracts.queries import contracts_of
from komma_tracker.events import queries
from komma_tracker.events.conflicts import Clash, Engagement, clashes
from komma_tracker.events.hints import Dated, Place, SessionHint, Traveller, days_of, hints_for_session
from komma_tracker.events.models import Event
from komma_tracker.events.shown import ShownSession
from komma_tracker.municipalities.holidays import holiday_of, holidays_on
from komma_tracker.municipalities.models import Municipality


@dataclass(frozen=True, kw_only=True)
class Occasion:
    """All of a session on which hints depend, as it is or as it would be; `id` is its own, if it is stored."""

    id: int | None
    starts_local: datetime
    ends_local: datetime
    zone: str
    mode: Mode
    place: str
    municipality_ids: frozenset[int]
    consultant_ids: frozenset[int]

    @classmethod
    def of(cls, session: Event | ShownSession) -> Occasion:
        """That of a session."""
        return cls(
            id=session.id,
            starts_local=session.starts_local,
            ends_local=session.ends_local,
            zone=session.zone,
            mode=session.mode,
            place=session.place,
            municipality_ids=frozenset(session.municipality_ids),
            consultant_ids=frozenset(session.consultant_ids),
        )

    @property
    def days(self) -> tuple[date, ...]:
        """The dates that it touches."""
        return days_of(self.starts_local, self.ends_local)

    @property
    def engagement(self) -> Engagement:
        """When and where its consultants are."""
        return Engagement(self.starts_local, self.ends_local, self.zone, self.mode, self.place, self.municipality_ids)


def hints_of(session: Session, viewer: Actor, occasions: Sequence[Occasion]) -> list[tuple[SessionHint, ...]]:
    """What is unusual about each of these, for those who plan them. Eight statements at most."""
    if not occasions:
        return []
    known = _Known(session, viewer, occasions)
    return [known.hints(each) for each in occasions]


def dated_hints(session: Session, viewer: Actor, occasions: Sequence[Occasion]) -> list[Dated]:
    """The same as one list, each with the first day of its session."""
    found = hints_of(session, viewer, occasions)
    return [(each.days[0], hint) for each, hints in zip(occasions, found, strict=True) for hint in hints]


class _Known:
    """What has to be known of the places and people of some sessions, read at once."""

    def __init__(self, session: Session, viewer: Actor, occasions: Collection[Occasion]) -> None:
        places = frozenset[int]().union(*(each.municipality_ids for each in occasions))
        people = frozenset[int]().union(*(each.consultant_ids for each in occasions))
        self.own = {each.id for each in occasions}
        first = min(each.starts_local for each in occasions)
        last = max(each.ends_local for each in occasions)
        self.contracts = contracts_of(session, viewer, places)
        self.places = queries.municipalities_named(session, viewer, municipality_ids=places)
        self.people = queries.people_named(session, viewer, user_ids=people)
        self.assigned = queries.assignments_of(session, viewer, municipality_ids=places)
        self.busy = queries.engagements_of(session, viewer, user_ids=people, first=first, last=last)

    def hints(self, occasion: Occasion) -> tuple[SessionHint, ...]:
        """What is unusual about one of them."""
        days = occasion.days
        places = [place for place in self.places if place.id in occasion.municipality_ids]
        people = [person for person in self.people if person.id in occasion.consultant_ids]
        return hints_for_session(
            days,
            places=[_place(place, self.contracts.get(place.id), days) for place in places],
            travellers=[
                Traveller(person.name, _holidays(days, person.land), self._clashes(occasion, person.id))
                for person in people
            ],
            unassigned=[
                (person.name, place.label)
                for person in people
                for place in places
                if person.role is not Role.LEAD and not self._is_assigned(person.id, place.id, days[0])
            ],
        )

    def _clashes(self, occasion: Occasion, user_id: int) -> frozenset[Clash]:
        # These themselves are stored as they were, not as they are about to be.
        others = [each for event_id, each in self.busy.get(user_id, ()) if event_id not in self.own]
        return frozenset(clashes(occasion.engagement, others))

    def _is_assigned(self, user_id: int, municipality_id: int, on: date) -> bool:
        spans = self.assigned.get((user_id, municipality_id), ())
        return any(since <= on and (until is None or on <= until) for since, until in spans)


def _place(municipality: Municipality, contract: Contract | None, days: Sequence[date]) -> Place:
    terms = contract.all_terms() if contract else ()
    return Place(municipality.label, _by_date(days, partial(holiday_of, municipality)), terms)


def _holidays(days: Sequence[date], land: Land | None) -> dict[date, str]:
    return _by_date(days, lambda day: holidays_on(day, land)) if land else {}


def _by_date(days: Sequence[date], holiday: Callable[[date], str | None]) -> dict[date, str]:
    return {day: name for day in days if (name := holiday(day))}
