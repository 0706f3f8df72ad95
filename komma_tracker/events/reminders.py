"""Reminders: who has still to say whether a session took place, once for each session."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from komma_tracker.access.rules import Actor
from komma_tracker.audit import service as audit
from komma_tracker.db import unit_of_work
from komma_tracker.events import queries
from komma_tracker.events.models import EventReminder
from komma_tracker.events.rules import is_over
from komma_tracker.events.shown import Unconfirmed

REMINDED_AFTER = timedelta(days=3)
"""So long after its end people are reminded of a session."""


@dataclass(frozen=True)
class Reminder:
    """A letter to one consultant about all sessions that wait for that person's word."""

    email: str
    name: str
    locale: str
    sessions: tuple[Unconfirmed, ...]


def reminders_due(session: Session, viewer: Actor, *, now: datetime) -> list[Reminder]:
    """The letters to write, one for each person; the sessions in them are noted as told, and come in no other."""
    with unit_of_work(session):
        ended = now - REMINDED_AFTER
        due = [
            each
            for each in queries.unconfirmed(session, viewer, ended_before=ended)
            if is_over(each.ends_local, each.zone, ended)
        ]
        for event_id, public_id in {each.event_id: each.public_id for each in due}.items():
            session.add(EventReminder(event_id=event_id, sent_at=now))
            audit.record(session, viewer, action="session.remind", object_type="session", object_id=public_id, now=now)
    by_person: defaultdict[tuple[str, str, str], list[Unconfirmed]] = defaultdict(list)
    for each in due:
        by_person[each.email, each.name, each.locale].append(each)
    return [Reminder(*person, tuple(sessions)) for person, sessions in by_person.items()]
