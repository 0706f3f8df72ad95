"""Who takes part, as what, and where: the lead's use cases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from komma_tracker.access.rules import N_, Actor, Conflict, Invalid, NotFound, Permission, Role, System, Viewer, check
from komma_tracker.accounts.models import Assignment, User
from komma_tracker.accounts.queries import person, user_by_email
from komma_tracker.accounts.rules import (
    Details,
    LinkPurpose,
    Span,
    check_assignments,
    clean_name,
    needs_municipality,
    normalise_email,
)
from komma_tracker.accounts.service.links import Letter, new_letter, void_links
from komma_tracker.accounts.service.sessions import end_sessions
from komma_tracker.audit.service import done_before, record
from komma_tracker.db import unit_of_work
from komma_tracker.kit.changes import note
from komma_tracker.kit.context import CloseFeeds


@dataclass(frozen=True)
class Added:
    """A new person, and the invitation to be mailed; none where the same form had arrived before."""

    public_id: str
    letter: Letter | None


def add_person(
    session: Session,
    viewer: Actor,
    *,
    details: Details,
    municipality_id: int | None,
    today: date,
    now: datetime,
    request_key: str | None = None,
) -> Added:
    """Let somebody take part, in a municipality from today on where one is given. Raises Invalid."""
    check(viewer, Permission.PEOPLE_MANAGE)
    with unit_of_work(session):
        if made := done_before(session, viewer, request_key):
            return Added(made, None)
        name, email, role = clean_name(details.name), _free_email(session, details.email), details.role
        user = User(name=name, email=email, role=role, land=details.land, created_at=now)
        if municipality_id is not None:
            user.assignments = [Assignment(municipality_id=municipality_id, starts_on=today)]
        _check_role(user, role, today)
        session.add(user)
        _flush(session)
        after = {"role": role, "assignments": [_values(each) for each in user.assignments]}
        record(
            session,
            viewer,
            action="person.add",
            object_type="user",
            object_id=user.public_id,
            municipality_id=municipality_id,
            now=now,
            after=after,
            request_key=request_key,
        )
        return Added(user.public_id, new_letter(session, user, LinkPurpose.INVITATION, now=now))


def change_person(
    session: Session,
    viewer: Actor,
    *,
    public_id: str,
    version: int | None,
    details: Details,
    close_feeds: CloseFeeds,
    today: date,
    now: datetime,
) -> None:
    """Correct name, address or role. Another role ends all sign-ins and closes feeds, another address voids all links.

    Raises Conflict where `version` is not the one in the database, and Invalid.
    """
    check(viewer, Permission.PEOPLE_MANAGE)
    with unit_of_work(session):
        user = person(session, viewer, public_id, for_change=True)
        if user.version != version:
            raise Conflict
        before = _facts(user)
        user.name, user.land = clean_name(details.name), details.land
        if normalise_email(details.email) != user.email:
            user.email = _free_email(session, details.email)
            void_links(session, user_id=user.id, now=now)
        if details.role is not user.role:
            _not_oneself(viewer, user, field="role")
            _check_role(user, details.role, today)
            user.role = details.role
            end_sessions(session, user_id=user.id)
            _flush(session)
            _end_access(session, viewer, user, close_feeds, today=today, now=now)
        _flush(session)
        _record(session, viewer, "person.change", user, now, **_without_names(before, _facts(user)))


def disable_person(session: Session, viewer: Actor, *, public_id: str, close_feeds: CloseFeeds, now: datetime) -> None:
    """Let somebody in no more, at once: sign-ins end, links are void and feeds closed. Raises Invalid for oneself."""
    check(viewer, Permission.PEOPLE_MANAGE)
    with unit_of_work(session):
        user = person(session, viewer, public_id, for_change=True)
        _not_oneself(viewer, user, field=None)
        if user.disabled_at is None:
            user.disabled_at = now
            end_sessions(session, user_id=user.id)
            void_links(session, user_id=user.id, now=now)
            close_feeds(session, viewer, owner=Viewer(user.id, Role.READER), now=now)  # as who may read no calendar
            _record(session, viewer, "person.disable", user, now)


def enable_person(session: Session, viewer: Actor, *, public_id: str, now: datetime) -> None:
    """Let somebody in again, with the password of before."""
    check(viewer, Permission.PEOPLE_MANAGE)
    with unit_of_work(session):
        user = person(session, viewer, public_id, for_change=True)
        if user.disabled_at is not None:
            user.disabled_at = None
            _record(session, viewer, "person.enable", user, now)


def add_assignment(
    session: Session, viewer: Actor, *, public_id: str, span: Span, today: date, now: datetime, request_key: str | None
) -> None:
    """Assign a person to a municipality. Raises Invalid."""
    check(viewer, Permission.PEOPLE_MANAGE)
    with unit_of_work(session):
        if done_before(session, viewer, request_key):
            return
        user = person(session, viewer, public_id, for_change=True)
        check_assignments(user.role, [*(each.span for each in user.assignments), span], today)
        assignment = Assignment(municipality_id=span.municipality_id, starts_on=span.starts_on, ends_on=span.ends_on)
        user.assignments.append(assignment)
        _record(session, viewer, "assignment.add", user, now, after=_values(assignment), request_key=request_key)


def change_assignment(
    session: Session,
    viewer: Actor,
    *,
    public_id: str,
    assignment_id: int,
    span: Span,
    close_feeds: CloseFeeds,
    today: date,
    now: datetime,
) -> None:
    """End an assignment, or correct its days; its municipality stays. What is over lets nobody in (domain 5.4, case 7).

    Raises NotFound and Invalid.
    """
    check(viewer, Permission.PEOPLE_MANAGE)
    with unit_of_work(session):
        user = person(session, viewer, public_id, for_change=True)
        assignment = _assignment(user, assignment_id)
        others = [each.span for each in user.assignments if each is not assignment]
        check_assignments(user.role, [*others, span], today)
        before = _values(assignment)
        assignment.starts_on, assignment.ends_on = span.starts_on, span.ends_on
        _record(session, viewer, "assignment.change", user, now, before=before, after=_values(assignment))
        _end_access(session, viewer, user, close_feeds, today=today, now=now)


def remove_assignment(
    session: Session,
    viewer: Actor,
    *,
    public_id: str,
    assignment_id: int,
    close_feeds: CloseFeeds,
    today: date,
    now: datetime,
) -> None:
    """Take back an assignment that was a mistake, and what it let in. Raises NotFound."""
    check(viewer, Permission.PEOPLE_MANAGE)
    with unit_of_work(session):
        user = person(session, viewer, public_id, for_change=True)
        assignment = _assignment(user, assignment_id)
        user.assignments.remove(assignment)
        _record(session, viewer, "assignment.remove", user, now, before=_values(assignment))
        _end_access(session, viewer, user, close_feeds, today=today, now=now)


def _end_access(
    session: Session, viewer: Actor, user: User, close_feeds: CloseFeeds, *, today: date, now: datetime
) -> None:
    """Close the feeds that a person may read no more; whose role has ended is signed out, too."""
    session.flush()
    assigned = frozenset(each.municipality_id for each in user.assignments if each.span.holds(today))
    if needs_municipality(user.role) and not assigned:
        end_sessions(session, user_id=user.id)
    close_feeds(session, viewer, owner=Viewer(user.id, user.role, assigned), now=now)


def _check_role(user: User, role: Role, today: date) -> None:
    spans = [each.span for each in user.assignments]
    check_assignments(role, spans, today)
    if needs_municipality(role) and all(span.is_over(today) for span in spans):
        raise Invalid("municipality" if user.id is None else "role", N_("Für diese Rolle fehlt die Kommune."))


def _not_oneself(viewer: Actor, user: User, *, field: str | None) -> None:
    # So there is always one lead left who can sign in.
    if not isinstance(viewer, System) and viewer.user_id == user.id:
        raise Invalid(field, N_("Das eigene Konto kann nur eine andere Programmleitung ändern."))


def _free_email(session: Session, text: str) -> str:
    email = normalise_email(text)
    if user_by_email(session, email) is not None:
        raise Invalid("email", N_("Mit dieser E-Mail-Adresse gibt es schon eine Person."))
    return email


def _flush(session: Session) -> None:
    try:
        session.flush()
    except IntegrityError as error:  # somebody else took the address a moment ago
        raise Invalid("email", N_("Mit dieser E-Mail-Adresse gibt es schon eine Person.")) from error


def _assignment(user: User, assignment_id: int) -> Assignment:
    for assignment in user.assignments:
        if assignment.id == assignment_id:
            return assignment
    raise NotFound


def _values(assignment: Assignment) -> dict[str, Any]:
    return {
        "municipality_id": assignment.municipality_id,
        "starts_on": assignment.starts_on.isoformat(),
        "ends_on": assignment.ends_on.isoformat() if assignment.ends_on else None,
    }


def _facts(user: User) -> dict[str, Any]:
    return {"name": user.name, "email": user.email, "role": user.role, "land": user.land}


def _without_names(before: dict[str, Any], after: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What has changed: roles by value, names and addresses only by the fact."""
    changed = [key for key in after if after[key] != before[key]]
    return {"before": {"role": before["role"]}, "after": {"role": after["role"], "changed": changed}}


def _record(session: Session, viewer: Actor, action: str, user: User, now: datetime, **values: Any) -> None:
    note(session, user_id=user.id)
    record(session, viewer, action=action, object_type="user", object_id=user.public_id, now=now, **values)
