"""People for tests: fictional, each different from the one before."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from komma_tracker.access.rules import Role
from komma_tracker.accounts import passwords
from komma_tracker.accounts.models import Assignment, User
from komma_tracker.municipalities.models import Municipality

LONG_AGO = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
PASSWORD = "vier Wörter und ein Punkt."
PASSWORD_HASH = passwords.hash_with_salt(PASSWORD, b"salt for tests")

_numbers = count(1)


def make_user(
    session: Session,
    *,
    role: Role = Role.CONSULTANT,
    municipalities: Iterable[Municipality] = (),
    since: date = date(2026, 1, 5),
    **values: Any,
) -> User:
    """An active person with the password `PASSWORD`, assigned to these municipalities with an open end."""
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "name": f"Person {number:03d}",
        "email": f"person-{number:03d}@example.org",
        "role": role,
        "password_hash": PASSWORD_HASH,
        "created_at": LONG_AGO,
    }
    user = User(**{**defaults, **values})
    user.assignments = [Assignment(municipality_id=each.id, starts_on=since) for each in municipalities]
    session.add(user)
    session.flush()
    return user


def make_assignment(
    session: Session, user: User, municipality: Municipality, *, starts_on: date, ends_on: date | None = None
) -> Assignment:
    """One more municipality for a person, from one day to another."""
    assignment = Assignment(municipality_id=municipality.id, starts_on=starts_on, ends_on=ends_on)
    user.assignments.append(assignment)
    session.flush()
    return assignment
