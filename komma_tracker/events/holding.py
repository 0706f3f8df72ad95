"""The use case for which sessions are planned: it took place, its days are booked; and headcounts, corrected later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from komma_tracker.access.rules import N_, Actor, Conflict, Invalid
from komma_tracker.audit import service as audit
from komma_tracker.budget.rules import Activity
from komma_tracker.db import unit_of_work
from komma_tracker.events import queries, rules, shares
from komma_tracker.events.booking import Booker
from komma_tracker.events.models import Event, EventParticipants
from komma_tracker.events.permissions import check_hold
from komma_tracker.events.plans import share
from komma_tracker.events.record import changed, facts, record, role_of
from komma_tracker.events.rules import EventKind, EventState, FunctionGroup
from komma_tracker.events.shares import Booking, Effort, Sharing

LATE_REASON = N_("Termin nachträglich bestätigt")
"""Stands beside days that are booked after their month was submitted."""


@dataclass(frozen=True)
class Attendance:
    """How many took part: by function group, and by the municipality they came from; each person once in either."""

    by_group: Mapping[FunctionGroup, int] = field(default_factory=dict[FunctionGroup, int])
    by_municipality: Mapping[int, int] = field(default_factory=dict[int, int])


def hold_session(
    session: Session,
    viewer: Actor,
    *,
    public_id: str,
    minutes_of: Mapping[int, int],
    participants: Mapping[FunctionGroup, int],
    now: datetime,
    preparation_of: Mapping[int, int] | None = None,
    prepared_on: date | None = None,
    follow_up_of: Mapping[int, int] | None = None,
    followed_up_on: date | None = None,
    from_municipality: Mapping[int, int] | None = None,
    sharing: Sharing | None = None,
    request_key: str | None = None,
) -> bool:
    """Say that a session took place, how many took part, and book its days: entries per consultant and municipality.

    `minutes_of`, `preparation_of` and `follow_up_of` are minutes worked by consultant in the session, before and after
    it: on the working day before and the next one after, unless `prepared_on` and `followed_up_on` say otherwise;
    `from_municipality` is how many came from each; `sharing` is how it is shared out, None leaves it as planned.
    Whoever comes second books nothing: False, unless it is the same form once more. Raises NotFound, Forbidden,
    Invalid.
    """
    with unit_of_work(session):
        event = queries.event_for_change(session, viewer, public_id)
        check_hold(viewer, event)
        if audit.done_before(session, viewer, request_key):
            return True
        if event.state in rules.TOOK_PLACE:
            return False
        rules.check_transition(event.state, EventState.HELD, role_of(viewer))
        rules.check_held(event.ends_local, event.zone, now)
        before = facts(event)
        share(event, sharing or event.sharing)
        attendance = Attendance(participants, from_municipality or {})
        _count(event, attendance)
        efforts = {"minutes_of": minutes_of, "before": preparation_of or {}, "after": follow_up_of or {}}
        _check_efforts(event, **efforts)
        booked = shared_out(
            event.kind, event.municipality_ids, event.sharing, attendance.by_municipality, **efforts
        )  # fmt: skip
        event.state, event.held_at = EventState.HELD, now
        days = {
            Activity.PREPARATION: prepared_on or rules.working_day_before(event.starts_local.date()),
            Activity.FOLLOW_UP: followed_up_on or rules.working_day_after(event.ends_local.date()),
        }
        Booker(session=session, viewer=viewer, event=event, now=now, reason=LATE_REASON, days=days).book(booked)
        changed(session, viewer, "session.hold", event, before, now=now, request_key=request_key)
    return True


def shared_out(
    kind: EventKind,
    municipality_ids: list[int],
    sharing: Sharing,
    from_municipality: Mapping[int, int],
    *,
    minutes_of: Mapping[int, int],
    before: Mapping[int, int],
    after: Mapping[int, int],
) -> tuple[Booking, ...]:
    """What a session books, before it is booked: what the form shows is what the use case writes. Minutes by
    consultant in the session, before and after it. Raises Invalid.
    """
    efforts = [Effort(who, rules.ACTIVITY_OF[kind], minutes) for who, minutes in minutes_of.items()]
    efforts += [Effort(who, Activity.PREPARATION, minutes) for who, minutes in before.items()]
    efforts += [Effort(who, Activity.FOLLOW_UP, minutes) for who, minutes in after.items()]
    kept = shares.check_sharing(sharing, municipality_ids)
    return shares.bookings(efforts, shares.weights(kept, municipality_ids, from_municipality))


def correct_attendance(
    session: Session,
    viewer: Actor,
    *,
    public_id: str,
    version: int | None,
    attendance: Attendance,
    now: datetime,
    request_key: str | None = None,
) -> None:
    """Correct how many took part in a session that was held. What it booked stays: only the ledger corrects that.

    Raises NotFound, Forbidden, Conflict (somebody else was quicker), Invalid.
    """
    with unit_of_work(session):
        event = queries.event_for_change(session, viewer, public_id)
        check_hold(viewer, event)
        if audit.done_before(session, viewer, request_key):
            return
        if version != event.version:
            raise Conflict
        if event.state not in rules.TOOK_PLACE:
            raise Invalid(None, N_("Teilnehmende werden erfasst, wenn der Termin stattgefunden hat."))
        before = _headcounts(event)
        _count(event, attendance)
        event.updated_at = rules.next_stamp(event.updated_at, now)
        session.flush()
        after = _headcounts(event)
        record(
            session, viewer, "session.count", event, now=now, before=before, after=after, request_key=request_key
        )  # fmt: skip


def _count(event: Event, attendance: Attendance) -> None:
    for group, headcount in attendance.by_group.items():
        rules.check_headcount(f"group_{group}", headcount)
    for headcount in attendance.by_municipality.values():
        rules.check_headcount(None, headcount)
    shares.check_attendance(attendance.by_municipality, sum(attendance.by_group.values()))
    rows = {row.function_group: row for row in event.participants}
    event.participants = [
        _counted(rows.get(group) or EventParticipants(function_group=group), headcount)
        for group, headcount in attendance.by_group.items()
        if headcount
    ]
    for part in event.municipalities:
        part.headcount = attendance.by_municipality.get(part.municipality_id)


def _counted(row: EventParticipants, headcount: int) -> EventParticipants:
    row.headcount = headcount
    return row


def _headcounts(event: Event) -> dict[str, Any]:
    return {
        "participants": {row.function_group.value: row.headcount for row in event.participants},
        "from_municipality": {str(part.municipality_id): part.headcount for part in event.municipalities},
    }


def _check_efforts(
    event: Event, minutes_of: Mapping[int, int], before: Mapping[int, int], after: Mapping[int, int]
) -> None:
    people = set(event.consultant_ids)
    if set(minutes_of) != people or not before.keys() | after.keys() <= people:
        raise Invalid(None, N_("Bitte für jede Beratungsperson die Dauer angeben."))
    for minutes in (*minutes_of.values(), *before.values(), *after.values()):
        if not 0 <= minutes <= rules.MOST_MINUTES_EACH:
            raise Invalid(None, N_("Bitte einen Umfang von 0 bis 24 Stunden angeben."))
