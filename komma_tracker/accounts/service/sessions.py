"""Signing in and out. A sign-in is a row: once it is deleted no cookie works, copied or not (trust 13)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, or_, update
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Viewer
from komma_tracker.access.tokens import new_token, token_hash
from komma_tracker.accounts import passwords, throttle
from komma_tracker.accounts.models import LoginSession
from komma_tracker.accounts.queries import locked_user, user_by_email
from komma_tracker.accounts.rules import ABSOLUTE_LIMIT, IDLE_LIMIT, TooManyAttempts, email_key
from komma_tracker.audit.service import record
from komma_tracker.db import unit_of_work


def sign_in(session: Session, *, email: str, password: str, address: str | None, now: datetime) -> str | None:
    """Let a person in: the token for the cookie, or None where address and password do not fit together.

    An unknown address, a disabled person, one without password and a wrong password cost the same time (trust 12).
    Raises TooManyAttempts, also for the right password: else guessing would go on unhindered.
    """
    counters = throttle.sign_in_counters(email_key(email), address)
    if not throttle.attempt(session, counters, now=now):
        raise TooManyAttempts
    user = user_by_email(session, email)
    user_id, known = (user.id, user.password_hash) if user and not user.disabled_at else (None, None)
    if not passwords.fits(password, known) or user_id is None or known is None:
        return None
    renewed = passwords.hash_password(password) if passwords.is_outdated(known) else known
    with unit_of_work(session):
        throttle.forgive(session, counters, now=now)
        user = locked_user(session, user_id)
        if user.disabled_at or user.password_hash != known:
            return None  # changed while the password was looked at
        user.password_hash = renewed
        return open_session(session, user_id=user_id, now=now)


def open_session(session: Session, *, user_id: int, now: datetime) -> str:
    """Begin a sign-in; returns the token for the cookie."""
    token = new_token()
    with unit_of_work(session):
        user = locked_user(session, user_id)
        _sweep(session, user_id=user_id, now=now)
        session.add(LoginSession(token_sha256=token_hash(token), user_id=user_id, created_at=now, last_seen_at=now))
        viewer = Viewer(user_id=user_id, role=user.role)
        record(session, viewer, action="session.open", object_type="user", object_id=user.public_id, now=now)
    return token


def _sweep(session: Session, *, user_id: int, now: datetime) -> None:
    """Forget a person's sign-ins that ended by themselves."""
    dead = or_(LoginSession.last_seen_at < now - IDLE_LIMIT, LoginSession.created_at < now - ABSOLUTE_LIMIT)
    session.execute(delete(LoginSession).where(LoginSession.user_id == user_id, dead))


def close_session(session: Session, *, token: str) -> None:
    """End one sign-in, whoever still holds a copy of its cookie."""
    with unit_of_work(session):
        session.execute(delete(LoginSession).where(LoginSession.token_sha256 == token_hash(token)))


def end_sessions(session: Session, *, user_id: int) -> None:
    """End all sign-ins of a person at once."""
    with unit_of_work(session):
        session.execute(delete(LoginSession).where(LoginSession.user_id == user_id))


def sign_out_everywhere(session: Session, viewer: Viewer, *, now: datetime) -> None:
    """End all of one's own sign-ins, this one too."""
    with unit_of_work(session):
        user = locked_user(session, viewer.user_id)
        end_sessions(session, user_id=user.id)
        record(session, viewer, action="session.end_all", object_type="user", object_id=user.public_id, now=now)


def note_seen(session: Session, *, session_id: int, now: datetime) -> None:
    """Remember that a signed-in person is still there."""
    with unit_of_work(session):
        session.execute(update(LoginSession).where(LoginSession.id == session_id).values(last_seen_at=now))
