"""Use cases of people: signing in and out, inviting, passwords, assignments."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Viewer
from komma_tracker.access.tokens import new_token, token_hash
from komma_tracker.accounts.models import LoginSession, User
from komma_tracker.db import unit_of_work


def open_session(session: Session, *, user_id: int, now: datetime) -> str:
    """Begin a sign-in; returns the token for the cookie."""
    token = new_token()
    with unit_of_work(session):
        session.add(LoginSession(token_sha256=token_hash(token), user_id=user_id, created_at=now, last_seen_at=now))
    return token


def close_session(session: Session, *, token: str) -> None:
    """End one sign-in, whoever still holds a copy of its cookie."""
    with unit_of_work(session):
        session.execute(delete(LoginSession).where(LoginSession.token_sha256 == token_hash(token)))


def note_seen(session: Session, *, session_id: int, now: datetime) -> None:
    """Remember that a signed-in person is still there."""
    with unit_of_work(session):
        session.execute(update(LoginSession).where(LoginSession.id == session_id).values(last_seen_at=now))


def choose_locale(session: Session, viewer: Viewer, *, locale: str) -> None:
    """Remember the language that a person reads."""
    with unit_of_work(session):
        session.execute(update(User).where(User.id == viewer.user_id).values(locale=locale))
