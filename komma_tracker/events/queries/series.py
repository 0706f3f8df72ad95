"""Series with their parts: as their viewer may know them, and to be changed."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Actor, NotFound, Permission, may
from komma_tracker.events.models import Event, EventParticipants, EventSeries
from komma_tracker.events.queries.lists import MOST_ROWS, shown_sessions
from komma_tracker.events.shown import ShownSeries, ShownSession


def series_by_public_id(session: Session, viewer: Actor, public_id: str) -> ShownSeries:
    """A series with its parts in order of time. Raises NotFound where there is none for this viewer. Five statements,
    however many parts it has.
    """
    row = session.execute(
        select(EventSeries.id, EventSeries.title, EventSeries.unique_persons, EventSeries.version).where(
            EventSeries.public_id == public_id
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    parts = tuple(shown_sessions(session, viewer, Event.series_id == row.id, limit=MOST_ROWS))
    team = may(viewer, Permission.SESSION_CONFIDENTIAL)
    counted = all(part.detailed and (team or not part.others) for part in parts)
    return ShownSeries(
        id=row.id,
        public_id=public_id,
        version=row.version + sum(part.version for part in parts),
        title=row.title if all(part.detailed for part in parts) else None,
        unique_persons=row.unique_persons if counted else None,
        parts=parts,
        attendances=_attendances(session, row.id) if counted else {},
    )


def series_of(session: Session, viewer: Actor, shown: ShownSession) -> str | None:
    """The public id of the series of which this is a part, if it is one. One statement at most."""
    del viewer  # the session guard applies it
    if shown.series_id is None:
        return None
    return session.scalar(select(EventSeries.public_id).where(EventSeries.id == shown.series_id))


def series_for_change(session: Session, viewer: Actor, public_id: str) -> tuple[EventSeries, list[Event]]:
    """A series and all its parts that the viewer sees, in order of time, locked until the transaction ends.

    Raises NotFound.
    """
    del viewer  # the session guard applies it
    series = session.scalar(
        select(EventSeries).where(EventSeries.public_id == public_id).with_for_update(of=EventSeries)
    )
    if series is None:
        raise NotFound
    parts = session.scalars(
        select(Event).where(Event.series_id == series.id).order_by(Event.id).with_for_update(of=Event)
    )
    return series, sorted(parts, key=lambda part: (part.starts_local, part.id))


def attendances_of(session: Session, viewer: Actor, series: EventSeries) -> dict[int, int]:
    """How many came to each part that has been counted, by its id."""
    del viewer
    return _attendances(session, series.id)


def _attendances(session: Session, series_id: int) -> dict[int, int]:
    rows = session.execute(
        select(EventParticipants.event_id, func.sum(EventParticipants.headcount))
        .join(Event, Event.id == EventParticipants.event_id)
        .where(Event.series_id == series_id)
        .group_by(EventParticipants.event_id)
    )
    return {event_id: int(headcount) for event_id, headcount in rows}
