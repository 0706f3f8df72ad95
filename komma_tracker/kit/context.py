"""What the application hands to every room: settings, clock, mail."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from flask import current_app
from sqlalchemy.orm import Session

from config import Settings
from komma_tracker.access.rules import Actor, Viewer


@dataclass(frozen=True)
class CalendarPart:
    """What a message says to a calendar, beside its text (RFC 6047): the method, and an object that has the same."""

    method: str
    octets: bytes


class Mailer(Protocol):
    """Sends a message, or keeps it where the operator finds it."""

    def __call__(self, *, to: str, subject: str, text: str, calendar: CalendarPart | None = None) -> None: ...


class MunicipalityChoice(Protocol):
    """A municipality as it stands in a list to choose from; the label is what the viewer may read."""

    @property
    def id(self) -> int: ...
    @property
    def code(self) -> str: ...
    @property
    def label(self) -> str: ...


class Municipalities(Protocol):
    """All municipalities that a viewer may open: for rooms that stand below theirs."""

    def __call__(self, session: Session, viewer: Actor) -> Sequence[MunicipalityChoice]: ...


class CloseFeeds(Protocol):
    """Closes for good the calendar addresses of a person that open no more with these rights."""

    def __call__(self, session: Session, viewer: Actor, *, owner: Viewer, now: datetime) -> None: ...


class Invited(Protocol):
    """Somebody who got an invitation to a session, and what they have answered, if they have."""

    @property
    def name(self) -> str: ...
    @property
    def answer(self) -> StrEnum | None: ...


class Answers(Protocol):
    """Who is invited to a session, as far as the viewer may know them."""

    def __call__(self, session: Session, viewer: Actor, *, event_id: int) -> Sequence[Invited]: ...


@dataclass(frozen=True)
class Notice:
    """Somebody who has to be told of something, in the language that they read."""

    name: str
    email: str
    locale: str


class RetireFeeds(Protocol):
    """Closes for good the calendar addresses that could have carried the name of a municipality; says whom to tell."""

    def __call__(self, session: Session, viewer: Actor, *, municipality_id: int, now: datetime) -> Sequence[Notice]: ...


class Ledger(Protocol):
    """What contracts ask of their ledger, which stands in a room above theirs; amounts in minutes."""

    def closed_months(self, session: Session, viewer: Actor, *, contract_id: int) -> frozenset[date]: ...
    def used_by_contract(self, session: Session, viewer: Actor, *, contract_ids: Collection[int]) -> dict[int, int]: ...
    def package_minutes(
        self, session: Session, viewer: Actor, *, contract_id: int
    ) -> Mapping[tuple[int | None, int], int]: ...
    def recharge(self, session: Session, viewer: Actor, *, contract_id: int, since: date) -> None: ...


class FetchCalendar(Protocol):
    """Gets what stands at an address of the open internet, up to so many bytes. Raises DomainError."""

    def __call__(self, address: str, *, limit: int) -> bytes: ...


class Meeting(Protocol):
    """A session in which an alliance met or will meet."""

    @property
    def id(self) -> int: ...
    @property
    def public_id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def starts_local(self) -> datetime: ...
    @property
    def is_cancelled(self) -> bool: ...


class Meetings(Protocol):
    """The meetings of a municipality's alliance, the newest first: sessions, of which alliances know nothing."""

    def __call__(self, session: Session, viewer: Actor, *, municipality_id: int) -> Sequence[Meeting]: ...


@dataclass(frozen=True, kw_only=True)
class Context:
    """The surroundings of one application."""

    settings: Settings
    clock: Callable[[], datetime]
    send_mail: Mailer
    municipalities: Municipalities
    close_feeds: CloseFeeds
    answers: Answers
    retire_feeds: RetireFeeds
    ledger: Ledger
    fetch_calendar: FetchCalendar
    meetings: Meetings


def context() -> Context:
    """The surroundings of the running application."""
    return current_app.extensions["komma"]
