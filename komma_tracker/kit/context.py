"""What the application hands to every room: settings, clock, mail."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from flask import current_app
from sqlalchemy.orm import Session

from config import Settings
from komma_tracker.access.rules import Actor, Viewer


class Mailer(Protocol):
    """Sends a plain message, or keeps it where the operator finds it."""

    def __call__(self, *, to: str, subject: str, text: str) -> None: ...


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


class Ledger(Protocol):
    """What contracts ask of their ledger, which stands in a room above theirs; amounts in minutes."""

    def closed_months(self, session: Session, viewer: Actor, *, contract_id: int) -> frozenset[date]: ...
    def used_by_contract(self, session: Session, viewer: Actor, *, contract_ids: Collection[int]) -> dict[int, int]: ...
    def package_minutes(
        self, session: Session, viewer: Actor, *, contract_id: int
    ) -> Mapping[tuple[int | None, int], int]: ...
    def recharge(self, session: Session, viewer: Actor, *, contract_id: int, since: date) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Context:
    """The surroundings of one application."""

    settings: Settings
    clock: Callable[[], datetime]
    send_mail: Mailer
    municipalities: Municipalities
    close_feeds: CloseFeeds
    ledger: Ledger


def context() -> Context:
    """The surroundings of the running application."""
    return current_app.extensions["komma"]
