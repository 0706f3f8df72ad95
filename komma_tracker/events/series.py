"""Use cases of series: plan one by one form, change, move or call off its parts from one on, count its persons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy.orm import Session

from komma_tracker.access.rules import N_, Actor, Conflict, Invalid
from komma_tracker.audit import service as audit
from komma_tracker.db import new_public_id, unit_of_work
from komma_tracker.events import queries, rules
from komma_tracker.events.calling_off import cancel_one
from komma_tracker.events.hinting import Occasion
from komma_tracker.events.models import Event, EventSeries
from komma_tracker.events.permissions import check_edit, check_hold, check_planner
from komma_tracker.events.plans import Plan, When, fill, plan_of
from komma_tracker.events.record import changed, facts, planned
from komma_tracker.events.rules import Initiator, ReasonClass
from komma_tracker.events.service import Seen, ask, move, new_event


@dataclass(frozen=True)
class Shift:
    """Where a part goes: its new day and times of day. Those after it are moved by as many days, to the same times."""

    day: date
    begins: time
    closes: time


def plan_series(
    session: Session,
    viewer: Actor,
    *,
    plan: Plan,
    whens: Sequence[When],
    confirmed: bool,
    now: datetime,
    seen: Seen = None,
    request_key: str | None = None,
) -> str:
    """Put several sessions for the same people into the calendar; returns the public id of their series.

    The same form sent twice makes one series. Raises Forbidden, Invalid, Unseen.
    """
    with unit_of_work(session):
        if made := audit.done_before(session, viewer, request_key):
            return made
        check_planner(viewer, plan.packages)
        rules.check_days([when.starts_local.date() for when in whens])
        in_order = sorted(whens, key=lambda when: when.starts_local)
        parts = [new_event(session, viewer, plan, when, confirmed=confirmed, now=now) for when in in_order]
        ask(session, viewer, parts, seen)
        series = EventSeries(public_id=new_public_id(), title=parts[0].title, created_at=now)
        session.add(series)
        session.flush()
        for number, part in enumerate(parts, start=1):
            _add(session, viewer, series, part, number, now=now)
        _record(session, viewer, "series.plan", series, parts, now=now, request_key=request_key)
    return series.public_id


def add_part(
    session: Session,
    viewer: Actor,
    *,
    public_id: str,
    version: int | None,
    when: When,
    confirmed: bool,
    now: datetime,
    seen: Seen = None,
    request_key: str | None = None,
) -> None:
    """Put one more session into a series, planned as the last one. Raises NotFound, Forbidden, Conflict, Invalid."""
    with unit_of_work(session):
        series, parts = queries.series_for_change(session, viewer, public_id)
        _check_edit(viewer, parts)
        if audit.done_before(session, viewer, request_key):
            return
        _check_version(series, parts, version)
        part = new_event(session, viewer, plan_of(parts[-1]), when, confirmed=confirmed, now=now)
        _check_apart([*parts, part])
        ask(session, viewer, [part], seen)
        _add(session, viewer, series, part, max(each.part or 0 for each in parts) + 1, now=now)
        _record(session, viewer, "series.extend", series, [part], now=now, request_key=request_key)


def change_series(
    session: Session,
    viewer: Actor,
    *,
    public_id: str,
    version: int | None,
    since: int,
    plan: Plan,
    now: datetime,
    seen: Seen = None,
    request_key: str | None = None,
) -> None:
    """Change what is planned for the open parts from number `since` on, in order of time.

    Raises NotFound, Forbidden, Conflict, Invalid, Unseen.
    """
    with unit_of_work(session):
        series, parts = queries.series_for_change(session, viewer, public_id)
        _check_edit(viewer, parts)
        if audit.done_before(session, viewer, request_key):
            return
        check_planner(viewer, plan.packages)
        _check_version(series, parts, version)
        wanted = _from(parts, since)
        before, known = [facts(part) for part in wanted], [Occasion.of(part) for part in wanted]
        for part in wanted:
            fill(session, viewer, part, plan)
        ask(session, viewer, wanted, seen, known=known)
        for part, was in zip(wanted, before, strict=True):
            changed(session, viewer, "session.change", part, was, now=now)
        if wanted == [part for part in parts if _is_open(part)]:
            series.title = plan.title.strip()
        _record(session, viewer, "series.change", series, wanted, now=now, request_key=request_key)


def move_series(
    session: Session,
    viewer: Actor,
    *,
    public_id: str,
    version: int | None,
    since: int,
    shift: Shift,
    confirmed: bool,
    reason: ReasonClass,
    now: datetime,
    seen: Seen = None,
    request_key: str | None = None,
) -> None:
    """Move the open parts from number `since` on, in order of time, all by the same number of days.

    Raises NotFound, Forbidden, Conflict, Invalid, Unseen.
    """
    with unit_of_work(session):
        series, parts = queries.series_for_change(session, viewer, public_id)
        _check_edit(viewer, parts)
        if audit.done_before(session, viewer, request_key):
            return
        _check_version(series, parts, version)
        wanted = _from(parts, since)
        before, known = [facts(part) for part in wanted], [Occasion.of(part) for part in wanted]
        days = (shift.day - wanted[0].starts_local.date()).days
        for part in wanted:
            times = rules.moved(part.starts_local, part.ends_local, days=days, begins=shift.begins, closes=shift.closes)
            move(part, When(*times, part.zone), confirmed=confirmed)
        _check_apart(parts)
        ask(session, viewer, wanted, seen, known=known)
        for part, was in zip(wanted, before, strict=True):
            changed(session, viewer, "session.move", part, was, now=now, reason=reason)
        _record(session, viewer, "series.move", series, wanted, now=now, request_key=request_key)


def cancel_series(
    session: Session,
    viewer: Actor,
    *,
    public_id: str,
    version: int | None,
    since: int,
    by: Initiator,
    reason: ReasonClass,
    notice_on: date,
    now: datetime,
    request_key: str | None = None,
) -> int:
    """Call off the open parts from number `since` on, in order of time; returns how many.

    Each of them counts its own days of notice. Raises NotFound, Forbidden, Conflict, Invalid.
    """
    with unit_of_work(session):
        series, parts = queries.series_for_change(session, viewer, public_id)
        _check_edit(viewer, parts)
        if audit.done_before(session, viewer, request_key):
            return 0
        _check_version(series, parts, version)
        wanted = _from(parts, since)
        for part in wanted:
            cancel_one(session, viewer, part, by=by, reason=reason, notice_on=notice_on, now=now)
        _record(session, viewer, "series.cancel", series, wanted, now=now, request_key=request_key)
    return len(wanted)


def count_persons(
    session: Session,
    viewer: Actor,
    *,
    public_id: str,
    version: int | None,
    unique_persons: int | None,
    now: datetime,
    request_key: str | None = None,
) -> None:
    """Say how many different people took part in the series at all; attendances are counted at each part.

    Raises NotFound, Forbidden, Conflict, Invalid.
    """
    with unit_of_work(session):
        series, parts = queries.series_for_change(session, viewer, public_id)
        held = [part for part in parts if part.state in rules.TOOK_PLACE]
        for part in held or parts:
            check_hold(viewer, part)
        if audit.done_before(session, viewer, request_key):
            return
        _check_version(series, parts, version)
        if unique_persons is not None:
            attendances = queries.attendances_of(session, viewer, series)
            rules.check_unique_persons(unique_persons, attendances.values())
        before, series.unique_persons = series.unique_persons, unique_persons
        _record(
            session, viewer, "series.count", series, parts, now=now, request_key=request_key,
            before={"unique_persons": before}, after={"unique_persons": unique_persons},
        )  # fmt: skip


def _is_open(part: Event) -> bool:
    return part.state in rules.OPEN_STATES


def _check_apart(parts: Sequence[Event]) -> None:
    rules.check_distinct("day", [part.starts_local.date() for part in parts if _is_open(part)])


def _check_edit(viewer: Actor, parts: Sequence[Event]) -> None:
    for part in parts:
        check_edit(viewer, part)


def _check_version(series: EventSeries, parts: Sequence[Event], version: int | None) -> None:
    if version != series.version + sum(part.version for part in parts):
        raise Conflict


def _from(parts: Sequence[Event], since: int) -> list[Event]:
    """The open parts from this one on; others before it may well have a higher number, since they were moved."""
    first = next((part for part in parts if part.part == since and _is_open(part)), None)
    if first is None:
        raise Invalid("since", N_("Bitte einen Teil wählen, der noch bevorsteht."))
    return [part for part in parts[parts.index(first) :] if _is_open(part)]


def _add(session: Session, viewer: Actor, series: EventSeries, part: Event, number: int, *, now: datetime) -> None:
    part.series_id, part.part = series.id, number
    session.add(part)
    session.flush()
    planned(session, viewer, part, now=now)


def _record(
    session: Session,
    viewer: Actor,
    action: str,
    series: EventSeries,
    parts: Sequence[Event],
    *,
    now: datetime,
    request_key: str | None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    places = {place for part in parts for place in part.municipality_ids}
    audit.record(
        session,
        viewer,
        action=action,
        object_type="series",
        object_id=series.public_id,
        municipality_id=places.pop() if len(places) == 1 else None,
        before=before,
        after={**(after or {}), "parts": [part.part for part in parts]},
        request_key=request_key,
        now=now,
    )
