"""A municipality withdraws: its contract ends early, and with it what was planned (domain 5.4, case 8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from komma_tracker.access.rules import Actor, Permission, check
from komma_tracker.audit import service as audit
from komma_tracker.contracts.service import Ending, end_early
from komma_tracker.db import unit_of_work
from komma_tracker.events import queries
from komma_tracker.events.calling_off import call_off
from komma_tracker.events.models import Event
from komma_tracker.events.plans import leave, share
from komma_tracker.events.record import changed, facts
from komma_tracker.events.rules import Initiator, ReasonClass
from komma_tracker.events.shares import EQUALLY, SplitKey
from komma_tracker.kit.context import Ledger


@dataclass(frozen=True)
class Withdrawn:
    """What became of sessions: those called off, and joint ones that the municipality has left."""

    cancelled: int
    left: int


def withdraw_municipality(
    session: Session,
    viewer: Actor,
    *,
    municipality_id: int,
    version: int | None,
    ending: Ending,
    ledger: Ledger,
    today: date,
    now: datetime,
    request_key: str | None = None,
) -> Withdrawn:
    """End a contract early, and call off what was planned for later; both or neither.

    A joint session goes on without the municipality. What it used stays in the ledger; nothing of it is charged as a
    late cancellation, for there is no contract any more. Raises NotFound, Forbidden, Conflict, Invalid.
    """
    with unit_of_work(session):
        check(viewer, Permission.CONTRACT_EDIT, municipality_id)
        if audit.done_before(session, viewer, request_key):
            return Withdrawn(0, 0)
        end_early(
            session, viewer, municipality_id=municipality_id, version=version, ending=ending, ledger=ledger,
            today=today, now=now, request_key=request_key,
        )  # fmt: skip
        events = queries.sessions_after(session, viewer, municipality_id=municipality_id, on=ending.ended_on)
        alone = [event for event in events if event.municipality_count == 1]
        joint = [event for event in events if event.municipality_count > 1]
        for event in alone:
            _cancel(session, viewer, event, today=today, now=now)
        for event in joint:
            _leave(session, viewer, event, municipality_id, now=now)
    return Withdrawn(len(alone), len(joint))


def _cancel(session: Session, viewer: Actor, event: Event, *, today: date, now: datetime) -> None:
    before, reason = facts(event), ReasonClass.MUNICIPALITY
    call_off(event, viewer, by=Initiator.MUNICIPALITY, reason=reason, notice_on=today, now=now)
    changed(session, viewer, "session.cancel", event, before, now=now, reason=reason)


def _leave(session: Session, viewer: Actor, event: Event, municipality_id: int, *, now: datetime) -> None:
    before = facts(event)
    leave(event, municipality_id)
    if (event.split_key is SplitKey.HOST and event.sharing.host_id is None) or event.municipality_count == 1:
        share(event, EQUALLY)  # who would have borne all has gone, or whoever is left shares with nobody
    changed(session, viewer, "session.leave", event, before, now=now, reason=ReasonClass.MUNICIPALITY)
