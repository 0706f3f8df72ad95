"""The sessions that a calendar holds: first by their marks alone, then in full as far as they are not kept already."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, ScalarSelect, Select, Subquery, and_, bindparam, case, func, or_, select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Viewer
from komma_tracker.events.models import PROGRAMME_KINDS, Event, EventConsultant, EventMunicipality
from komma_tracker.events.rules import EventKind, EventState
from komma_tracker.feeds.rules import (
    Audience,
    Contents,
    Label,
    SessionFacts,
    first_cancellation_shown,
    first_day_shown,
    offers_programme_sessions,
)
from komma_tracker.municipalities.models import Municipality, MunicipalityIdentity
from komma_tracker.municipalities.rules import Visibility


class Mark(NamedTuple):
    """A session in a certain state: its row and what its municipalities are called. No state comes back: the version
    only grows, and the other number while it stays the same.
    """

    event_id: int
    version: int
    label_revision: int


def marks_of_feed(session: Session, viewer: Viewer, *, contents: Contents, today: date) -> list[Mark]:
    """The sessions of a calendar, in order of time. One statement that reads a few numbers of each."""
    asked = {
        "since": datetime.combine(first_day_shown(today, contents.past_months), time.min),
        "cancelled_since": datetime.combine(first_cancellation_shown(today), time.min, UTC),
        "user_id": viewer.user_id,
    }
    return [Mark(*row) for row in session.execute(_marks(contents, offers_programme_sessions(viewer)), asked)]


def sessions_of_feed(session: Session, viewer: Viewer, *, contents: Contents, today: date) -> list[SessionFacts]:
    """The sessions of a calendar in full, in order of time. Three statements."""
    marks = marks_of_feed(session, viewer, contents=contents, today=today)
    facts = facts_of(session, viewer, event_ids=[mark.event_id for mark in marks])
    found = {mark.event_id: each for mark, each in facts.items()}
    return [found[mark.event_id] for mark in marks if mark.event_id in found]


def _label_revision() -> ScalarSelect[int]:
    """Over all municipalities of a session, also those that the viewer may not know of: their tables are read past the
    guard, and a number comes out.
    """
    part, municipality = EventMunicipality.__table__, Municipality.__table__
    return (
        select(func.sum(municipality.c.label_revision))
        .join_from(part, municipality, municipality.c.id == part.c.municipality_id)
        .where(part.c.event_id == Event.id)
        .correlate(Event)
        .scalar_subquery()
    )


@lru_cache(maxsize=256)
def _marks(contents: Contents, with_programme: bool) -> Select[int, int, int]:
    """Built once for each kind of calendar: that takes longer than to run it."""
    shown = and_(Event.ends_local >= bindparam("since"), _in_state(contents), _for_audience(contents, with_programme))
    kinds = contents.shown_kinds
    if kinds != frozenset(EventKind):
        shown = and_(shown, Event.kind.in_(sorted(kinds)))
    revision = func.coalesce(_label_revision(), 0)
    return select(Event.id, Event.version, revision).where(shown).order_by(Event.starts_local, Event.id)


def _in_state(contents: Contents) -> ColumnElement[bool]:
    not_cancelled = Event.state != EventState.CANCELLED
    lately = Event.cancelled_at >= bindparam("cancelled_since")
    shown = or_(not_cancelled, lately) if contents.cancelled else not_cancelled
    return shown if contents.tentative else and_(shown, Event.state != EventState.TENTATIVE)


def _for_audience(contents: Contents, with_programme: bool) -> ColumnElement[bool]:
    """By lists of ids: databases then look up a few, where an EXISTS makes them try all there are."""
    match contents.audience:
        case Audience.MINE:
            run = EventConsultant.user_id == bindparam("user_id")
            return Event.id.in_(select(EventConsultant.event_id).where(run))
        case Audience.MUNICIPALITY:
            own = _with_part_of(contents.municipality_ids)
            for_all = and_(Event.kind.in_(sorted(PROGRAMME_KINDS)), Event.municipality_count == 0)
            return or_(own, for_all) if with_programme else own
        case Audience.ALLIANCE:
            return _with_part_of(contents.municipality_ids)
        case Audience.NETWORK:
            return Event.municipality_count == 0
        case Audience.PUBLIC:
            return and_(Event.municipality_count == 0, Event.public_cleared)
        case Audience.PROGRAMME:
            return Event.id.is_not(None)


def _with_part_of(municipality_ids: Sequence[int]) -> ColumnElement[bool]:
    return Event.id.in_(
        select(EventMunicipality.event_id).where(EventMunicipality.municipality_id.in_(municipality_ids))
    )


_COLUMNS = (
    Event.id,
    Event.public_id,
    Event.kind,
    Event.state,
    Event.title,
    Event.starts_local,
    Event.ends_local,
    Event.zone,
    Event.place,
    Event.room,
    Event.link,
    Event.created_at,
    Event.updated_at,
    Event.version,
    Event.labels_left,
    Event.municipality_count,
)
"""Columns instead of whole rows: what a calendar does not show is not even read."""
AT_ONCE = 10_000
"""So many ids fit into one statement of either database."""


def facts_of(session: Session, viewer: Viewer, *, event_ids: Sequence[int]) -> dict[Mark, SessionFacts]:
    """These sessions, as far as the viewer may know them, each with the state in which it was found.

    That may be a later one than its mark said: labels are read last, so nothing is ever older than its mark.
    """
    del viewer  # the session guard applies it
    found: dict[Mark, SessionFacts] = {}
    for start in range(0, len(event_ids), AT_ONCE):
        asked = {"event_ids": event_ids[start : start + AT_ONCE]}
        rows = session.execute(_FACTS, asked).all()
        labels = _labels(session, asked)
        for row in rows:
            found[Mark(row.id, row.version, row.revision or 0)] = _facts(row, labels.get(row.id, ()))
    return found


def _parts() -> Subquery:
    """Per session, over all its municipalities, also those that the viewer may not know of: their tables are read
    past the guard, and nothing but a stamp, a count and two times yes or no comes out.
    """
    part, municipality = EventMunicipality.__table__, Municipality.__table__
    anonymous = case((municipality.c.visibility == Visibility.ANONYMOUS, 1), else_=0)
    threatened = case((municipality.c.threatened, 1), else_=0)
    return (
        select(
            part.c.event_id,
            func.sum(municipality.c.label_revision).label("revision"),
            func.max(municipality.c.label_changed_at).label("changed_at"),
            func.max(anonymous).label("anonymous"),
            func.max(threatened).label("threatened"),
        )
        .join_from(part, municipality, municipality.c.id == part.c.municipality_id)
        .where(part.c.event_id.in_(_EVENT_IDS))
        .group_by(part.c.event_id)
        .subquery()
    )


def _facts_of_events() -> Select[*tuple[Any, ...]]:
    parts = _parts()
    return (
        select(*_COLUMNS, parts.c.revision, parts.c.changed_at, parts.c.anonymous, parts.c.threatened)
        .outerjoin(parts, parts.c.event_id == Event.id)
        .where(Event.id.in_(_EVENT_IDS))
    )


_EVENT_IDS = bindparam("event_ids", expanding=True)
_FACTS = _facts_of_events()
_LABELS = (
    select(EventMunicipality.event_id, Municipality.alias, Municipality.visibility, MunicipalityIdentity.name)
    .join(Municipality, Municipality.id == EventMunicipality.municipality_id)
    .outerjoin(MunicipalityIdentity, MunicipalityIdentity.municipality_id == Municipality.id)
    .where(EventMunicipality.event_id.in_(_EVENT_IDS))
    .order_by(func.length(Municipality.code), Municipality.code)
)


def _labels(session: Session, asked: Mapping[str, Any]) -> dict[int, tuple[Label, ...]]:
    """The municipalities that the viewer may know of, by session; anonymous ones by alias, whoever asks."""
    labels: defaultdict[int, tuple[Label, ...]] = defaultdict(tuple)
    for event_id, alias, visibility, name in session.execute(_LABELS, asked):
        labels[event_id] += (public_label(alias, visibility, name),)
    return labels


def public_label(alias: str, visibility: Visibility, name: str | None) -> Label:
    """What may stand in a calendar that servers copy: never the name of an anonymous municipality."""
    return Label(alias, alias if visibility is Visibility.ANONYMOUS or name is None else name)


def _facts(row: Row[*tuple[Any, ...]], labels: tuple[Label, ...]) -> SessionFacts:
    return SessionFacts(
        public_id=row.public_id,
        kind=row.kind,
        state=row.state,
        title=row.title,
        starts_local=row.starts_local,
        ends_local=row.ends_local,
        zone=row.zone,
        place=", ".join(filter(None, (row.place, row.room))),
        link=row.link,
        created_at=row.created_at,
        changed_at=max(row.updated_at, row.changed_at or row.updated_at),
        sequence=row.version - 1 + (row.revision or 0) + row.labels_left,
        municipality_count=row.municipality_count,
        labels=labels,
        discreet=bool(row.anonymous),
        sheltered=bool(row.threatened),
    )


def labels_of_calendar(session: Session, *, municipality_ids: Sequence[int]) -> list[Label]:
    """What the municipalities of a calendar are called in its name, as far as the viewer may know of them."""
    rows = session.execute(
        select(Municipality.alias, Municipality.visibility, MunicipalityIdentity.name)
        .outerjoin(MunicipalityIdentity, MunicipalityIdentity.municipality_id == Municipality.id)
        .where(Municipality.id.in_(municipality_ids))
        .order_by(func.length(Municipality.code), Municipality.code)
    )
    return [public_label(*row) for row in rows]
