"""Reading people, their assignments and their sign-ins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Viewer
from komma_tracker.accounts.models import Assignment, LoginSession, User
from komma_tracker.accounts.rules import session_is_alive


@dataclass(frozen=True)
class SignedIn:
    """A person as a live sign-in knows them."""

    viewer: Viewer
    public_id: str
    name: str
    email: str
    locale: str
    session_id: int
    last_seen_at: datetime


def signed_in(session: Session, *, token_sha256: str, now: datetime, today: date) -> SignedIn | None:
    """Who carries this sign-in token, with today's assignments; None where it is dead. One statement."""
    rows = session.execute(
        select(
            User.id,
            User.role,
            User.public_id,
            User.name,
            User.email,
            User.locale,
            LoginSession.id,
            LoginSession.created_at,
            LoginSession.last_seen_at,
            Assignment.municipality_id,
        )
        .join(LoginSession, LoginSession.user_id == User.id)
        .outerjoin(Assignment, and_(Assignment.user_id == User.id, *_holds(today)))
        .where(LoginSession.token_sha256 == token_sha256, User.disabled_at.is_(None))
    ).all()
    if not rows:
        return None
    user_id, role, public_id, name, email, locale, session_id, created_at, last_seen_at, _ = rows[0]
    if not session_is_alive(created_at, last_seen_at, now):
        return None
    assigned = frozenset(row.municipality_id for row in rows if row.municipality_id is not None)
    viewer = Viewer(user_id=user_id, role=role, assigned=assigned)
    return SignedIn(viewer, public_id, name, email, locale, session_id, last_seen_at)


def viewer_of_user(session: Session, *, user_id: int, today: date) -> Viewer | None:
    """The rights that a person has today, outside any sign-in; None for a disabled person."""
    user = session.get(User, user_id)
    if user is None or user.disabled_at is not None:
        return None
    ids = session.scalars(select(Assignment.municipality_id).where(Assignment.user_id == user_id, *_holds(today)))
    return Viewer(user_id=user.id, role=user.role, assigned=frozenset(ids))


def _holds(today: date) -> tuple[object, ...]:
    return (Assignment.starts_on <= today, or_(Assignment.ends_on.is_(None), Assignment.ends_on >= today))


def user_by_email(session: Session, email: str) -> User | None:
    """The person with this (normalised) address."""
    return session.scalar(select(User).where(User.email == email))


def demo_accounts_present(session: Session) -> bool:
    """Whether anybody can sign in with the well-known demo password."""
    return session.scalar(select(User.id).where(User.is_demo, User.disabled_at.is_(None)).limit(1)) is not None
