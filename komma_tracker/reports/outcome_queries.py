"""Reading what came of the sessions that a report counts. Sums are made by the database; a constant number of them."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session

from komma_tracker.alliances.rules import Side
from komma_tracker.deliverables.models import DeliverableStep
from komma_tracker.deliverables.rules import DeliverableState
from komma_tracker.events.join_models import EventFeedback, EventJoining
from komma_tracker.events.models import Event, EventMunicipality, EventParticipants, EventSeries
from komma_tracker.events.rules import EventKind
from komma_tracker.events.rules.joining import ASKS_AFTER_END, LEAST_ANSWERS
from komma_tracker.reports.rules.outcomes import Answers, Feedback, Heads, People, of_series
from komma_tracker.reports.rules.sides import SIDE_OF, Meetings


def people(session: Session, held: ColumnElement[bool]) -> People:
    """Attendances and persons of the sessions wanted. Four statements."""
    heads = (
        select(Event.id, Event.series_id, func.sum(EventParticipants.headcount).label("heads"))
        .join(EventParticipants, EventParticipants.event_id == Event.id)
        .where(held)
        .group_by(Event.id, Event.series_id)
        .subquery()
    )
    alone, part = heads.c.series_id.is_(None), EventMunicipality.municipality_id
    with_places = EventMunicipality.event_id == heads.c.id
    single = session.scalar(select(func.sum(heads.c.heads)).where(alone)) or 0
    by_place: defaultdict[int, Heads] = defaultdict(Heads)
    for place, number in session.execute(
        select(part, func.sum(heads.c.heads)).join(heads, with_places).where(alone).group_by(part)
    ):
        by_place[place] += Heads(int(number), int(number))
    rows = session.execute(
        select(EventSeries.id, func.sum(heads.c.heads), func.max(heads.c.heads), EventSeries.unique_persons)
        .join(heads, heads.c.series_id == EventSeries.id)
        .group_by(EventSeries.id, EventSeries.unique_persons)
    )
    series = {key: of_series(int(whole), int(largest), unique) for key, whole, largest, unique in rows}
    for key, place in session.execute(select(heads.c.series_id, part).join(heads, with_places).distinct()):
        if key is not None:
            by_place[place] += series[key]
    return People(sum(series.values(), Heads(int(single), int(single))), by_place)


def feedback(session: Session, held: ColumnElement[bool], *, today: date) -> Feedback:
    """Answers of the sessions wanted, by kind: of those to which no more can come, with at least five. Two statements.

    A session with fewer counts nowhere: else the sums would tell of it, taken together with those of the others.
    """
    no_more = datetime.combine(today - timedelta(days=1), time()) - ASKS_AFTER_END
    number = func.sum(EventFeedback.answers)
    answered = (
        select(
            Event.id,
            Event.kind,
            number.label("number"),
            func.sum(EventFeedback.answers * EventFeedback.scale).label("points"),
        )
        .join(EventFeedback, EventFeedback.event_id == Event.id)
        .join(EventJoining, EventJoining.event_id == Event.id)
        .where(held, or_(EventJoining.seed.is_(None), Event.ends_local < no_more))
        .group_by(Event.id, Event.kind)
        .having(number >= LEAST_ANSWERS)
        .subquery()
    )
    kind, sums = answered.c.kind, (func.sum(answered.c.number), func.sum(answered.c.points))
    place = EventMunicipality.municipality_id
    of_kinds = session.execute(select(kind, *sums).group_by(kind))
    of_places = session.execute(
        select(kind, place, *sums).join(answered, EventMunicipality.event_id == answered.c.id).group_by(kind, place)
    )
    return Feedback(
        {each: Answers(int(answers), int(points)) for each, answers, points in of_kinds},
        {(each, where): Answers(int(answers), int(points)) for each, where, answers, points in of_places},
    )


def meetings(session: Session, held: ColumnElement[bool]) -> Meetings:
    """Alliance meetings among the sessions wanted, and the sides of those who were counted at them. Four statements."""
    wanted = (held, Event.kind == EventKind.ALLIANCE_MEETING)
    group, place, number = EventParticipants.function_group, EventMunicipality.municipality_id, func.count(Event.id)
    side = case({each.value: side.value for each, side in SIDE_OF.items()}, value=group).label("side")
    came = select(Event.id, side).join(EventParticipants, EventParticipants.event_id == Event.id)
    at = came.where(*wanted, EventParticipants.headcount > 0).distinct().subquery()
    of_place = select(place, number).join(Event, Event.id == EventMunicipality.event_id).where(*wanted).group_by(place)
    with_side = select(at.c.side, func.count()).group_by(at.c.side)
    both = (
        select(place, at.c.side, func.count())
        .join(at, at.c.id == EventMunicipality.event_id)
        .group_by(place, at.c.side)
    )
    return Meetings(
        number=session.scalars(select(number).where(*wanted)).one(),
        with_side={Side(each): count for each, count in session.execute(with_side)},
        of_place=dict(session.execute(of_place).all()),
        of_place_with_side={(where, Side(each)): count for where, each, count in session.execute(both)},
    )


def strategies(session: Session, *, on: date) -> dict[tuple[DeliverableState, int], int]:
    """Strategy papers by the state that they had on a day, and by municipality. One statement."""
    step = DeliverableStep
    latest = func.row_number().over(
        partition_by=step.deliverable_id, order_by=(step.happened_on.desc(), step.id.desc())
    )
    ranked = select(step.state, step.municipality_id, latest.label("rank")).where(step.happened_on <= on).subquery()
    by = ranked.c.state, ranked.c.municipality_id
    rows = session.execute(select(*by, func.count()).where(ranked.c.rank == 1).group_by(*by))
    return {(state, place): number for state, place, number in rows}
