"""Reading the meetings of alliances: what alliances ask of sessions (`kit.context.Meetings`)."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Actor, Permission, may
from komma_tracker.events.models import Event, EventMunicipality
from komma_tracker.events.rules import EventKind, EventState


class AllianceMeeting(NamedTuple):
    """A session in which an alliance met or will meet."""

    id: int
    public_id: str
    title: str
    starts_local: datetime
    is_cancelled: bool


def alliance_meetings(session: Session, viewer: Actor, *, municipality_id: int) -> list[AllianceMeeting]:
    """The meetings of a municipality's alliance, the newest first. One statement."""
    if not may(viewer, Permission.ALLIANCE_VIEW, municipality_id):
        return []
    return [
        AllianceMeeting(number, public_id, title, starts_local, state is EventState.CANCELLED)
        for number, public_id, title, starts_local, state in session.execute(
            _MEETINGS, {"municipality_id": municipality_id}
        )
    ]


_MEETINGS = (
    select(Event.id, Event.public_id, Event.title, Event.starts_local, Event.state)
    .join(EventMunicipality, EventMunicipality.event_id == Event.id)
    .where(
        EventMunicipality.municipality_id == bindparam("municipality_id"),
        Event.kind == EventKind.ALLIANCE_MEETING,
    )
    .order_by(Event.starts_local.desc(), Event.id.desc())
)
