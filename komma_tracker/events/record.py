"""What every change of a session does besides: move its stamps for the calendars, and keep the record."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from komma_tracker.access.rules import Actor, Role, System
from komma_tracker.audit import service as audit
from komma_tracker.events import rules
from komma_tracker.events.models import Event, EventMove
from komma_tracker.events.rules import EventState, ReasonClass
from komma_tracker.kit.changes import note

TEXTS = ("title", "place", "room", "link", "note", "target_group")


def role_of(viewer: Actor) -> Role:
    """The role in which somebody moves a session; the program itself may do what a lead may."""
    return Role.LEAD if isinstance(viewer, System) else viewer.role


def facts(event: Event) -> dict[str, Any]:
    """What the record keeps: ids and values; of texts, in which names may stand, the length only."""
    return {
        "kind": event.kind.value,
        "state": event.state.value,
        "starts_local": event.starts_local.isoformat(),
        "ends_local": event.ends_local.isoformat(),
        "zone": event.zone,
        "mode": event.mode.value,
        "planned_minutes": event.planned_minutes,
        "preparation_minutes": event.preparation_minutes,
        "follow_up_minutes": event.follow_up_minutes,
        "seats": event.seats,
        "public_cleared": event.public_cleared,
        "series_id": event.series_id,
        "part": event.part,
        "packages": {str(part.municipality_id): part.work_package_id for part in event.municipalities},
        "split_key": event.split_key.value,
        "host_id": event.sharing.host_id,
        "called_off_by": event.called_off_by.value if event.called_off_by else None,
        "notice_on": event.notice_on.isoformat() if event.notice_on else None,
        "consultants": sorted(event.consultant_ids),
        **{f"{name}_length": len(getattr(event, name)) for name in TEXTS},
    }


def planned(session: Session, viewer: Actor, event: Event, *, now: datetime, request_key: str | None = None) -> None:
    """Note that a session has been planned: the first step of its history."""
    after = facts(event)
    _step(session, viewer, event, {}, after, now=now)
    record(session, viewer, "session.plan", event, now=now, after=after, request_key=request_key)


def changed(
    session: Session,
    viewer: Actor,
    action: str,
    event: Event,
    before: dict[str, Any],
    *,
    now: datetime,
    request_key: str | None = None,
    reason: ReasonClass | None = None,
) -> None:
    """Move the stamp as calendars need it, note the step, and keep the record."""
    after = facts(event)
    event.updated_at = rules.next_stamp(event.updated_at, now)
    if reason:
        after["reason"] = reason.value
    _step(session, viewer, event, before, after, now=now, reason=reason)
    session.flush()
    record(session, viewer, action, event, now=now, before=before, after=after, request_key=request_key)


def record(
    session: Session,
    viewer: Actor,
    action: str,
    event: Event,
    *,
    now: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    request_key: str | None = None,
) -> None:
    """Note who did what to a session, in the same transaction."""
    note(session, event_id=event.id)
    ids = event.municipality_ids
    audit.record(
        session,
        viewer,
        action=action,
        object_type="session",
        object_id=event.public_id,
        municipality_id=ids[0] if len(ids) == 1 else None,
        before=before,
        after=after,
        request_key=request_key,
        now=now,
    )


def _step(
    session: Session,
    viewer: Actor,
    event: Event,
    before: dict[str, Any],
    after: dict[str, Any],
    *,
    now: datetime,
    reason: ReasonClass | None = None,
) -> None:
    """Write it down where the state or the time is another than before."""
    moved = bool(before) and any(before[name] != after[name] for name in ("starts_local", "ends_local", "zone"))
    if not moved and before.get("state") == after["state"]:
        return
    session.add(
        EventMove(
            event_id=event.id,
            at=now,
            by_id=None if isinstance(viewer, System) else viewer.user_id,
            reason=reason,
            from_state=EventState(before["state"]) if before else None,
            to_state=event.state,
            from_starts_local=datetime.fromisoformat(before["starts_local"]) if moved else None,
            from_ends_local=datetime.fromisoformat(before["ends_local"]) if moved else None,
            to_starts_local=event.starts_local if moved else None,
            to_ends_local=event.ends_local if moved else None,
        )
    )
