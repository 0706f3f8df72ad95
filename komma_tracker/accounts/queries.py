"""Reading people, their assignments and their sign-ins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import BindParameter, ColumnElement, Date, Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session, selectinload

from komma_tracker.access.rules import MUNICIPAL_ROLES, Actor, NotFound, Role, Viewer
from komma_tracker.accounts.models import (
    TEAM_ROLES,
    Assignment,
    LoginSession,
    OneTimeLink,
    RateLimit,
    User,
)
from komma_tracker.accounts.rules import (
    ABSOLUTE_LIMIT,
    IDLE_LIMIT,
    LinkIsVoid,
    LinkPurpose,
    PeopleFilter,
    email_key,
    name_key,
    person_state,
    session_is_alive,
)
from komma_tracker.kit.paging import Page


@dataclass(frozen=True)
class LinkHolder:
    """Whom a one-time link lets in."""

    user_id: int
    name: str
    email: str
    password_hash: str | None


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
    rows = session.execute(_SIGNED_IN, {"token_sha256": token_sha256, "today": today}).all()
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


def _holds(today: date | BindParameter[date]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (Assignment.starts_on <= today, or_(Assignment.ends_on.is_(None), Assignment.ends_on >= today))


# Built once: to put it together costs more than to run it, and every request asks it.
_SIGNED_IN = (
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
    .outerjoin(Assignment, and_(Assignment.user_id == User.id, *_holds(bindparam("today", type_=Date()))))
    .where(LoginSession.token_sha256 == bindparam("token_sha256"), User.disabled_at.is_(None))
)

_TEAM_OF = (
    select(User)
    .join(Assignment, Assignment.user_id == User.id)
    .where(
        Assignment.municipality_id == bindparam("municipality_id"),
        User.disabled_at.is_(None),
        *_holds(bindparam("today", type_=Date())),
    )
)


def user_by_email(session: Session, email: str) -> User | None:
    """The person with this address, however it is spelt."""
    return session.scalar(select(User).where(User.email == email_key(email)))


def team_of(session: Session, viewer: Actor, *, municipality_id: int, today: date) -> list[User]:
    """Who works for, or belongs to, a municipality today: consultants first, then by name."""
    del viewer  # the session guard applies it
    people = session.scalars(_TEAM_OF, {"municipality_id": municipality_id, "today": today}).unique()
    return sorted(people, key=lambda person: (person.role not in TEAM_ROLES, person.role, person.name))


def people_of(session: Session, *, municipality_id: int) -> list[User]:
    """Everybody who belongs, has belonged or will belong to a municipality; those who work for it are none of them."""
    belongs = select(Assignment.user_id).where(Assignment.municipality_id == municipality_id)
    return list(session.scalars(select(User).where(User.id.in_(belongs), User.role.in_(sorted(MUNICIPAL_ROLES)))))


def team_members(session: Session, viewer: Actor) -> list[User]:
    """Leads and consultants who may sign in, by name."""
    del viewer  # the session guard applies it
    people = session.scalars(select(User).where(User.role.in_(TEAM_ROLES), User.disabled_at.is_(None)))
    return sorted(people, key=lambda person: (person.name, person.id))


def active_leads(session: Session, viewer: Actor) -> int:
    """How many leads can sign in: what takes two of them needs two."""
    del viewer  # the session guard applies it
    return session.scalar(select(func.count(User.id)).where(User.role == Role.LEAD, User.disabled_at.is_(None))) or 0


def demo_accounts_present(session: Session) -> bool:
    """Whether anybody can sign in with the well-known demo password."""
    return session.scalar(select(User.id).where(User.is_demo, User.disabled_at.is_(None)).limit(1)) is not None


def person(session: Session, viewer: Actor, public_id: str, *, for_change: bool = False) -> User:
    """The person with this public id, for a change until the end of the transaction. Raises NotFound."""
    del viewer  # the session guard applies it
    statement = select(User).where(User.public_id == public_id)
    found = session.scalar(statement.with_for_update() if for_change else statement)
    if found is None:
        raise NotFound
    return found


def person_by_id(session: Session, user_id: int) -> User:
    """The person with this internal id, known to exist: oneself."""
    return session.scalars(select(User).where(User.id == user_id)).one()


def locked_user(session: Session, user_id: int) -> User:
    """A person by internal id, as now in the database and nobody else's to change until the transaction ends."""
    return session.scalars(
        select(User).where(User.id == user_id).with_for_update().execution_options(populate_existing=True)
    ).one()


def people_page(session: Session, viewer: Actor, *, wanted: PeopleFilter, number: int) -> Page[User]:
    """People by name, as a German dictionary sorts them, one page of them with their assignments. Three statements."""
    del viewer  # the session guard applies it
    rows = session.execute(
        select(
            User.id, User.name, User.email, User.role, User.password_hash.is_not(None), User.disabled_at.is_not(None)
        )
    )
    text = wanted.text.strip().casefold()
    listed = sorted(
        (name_key(name), user_id)
        for user_id, name, email, role, invited_no_more, disabled in rows
        if (not text or text in name.casefold() or text in email)
        and wanted.role in (None, role)
        and wanted.state in (None, person_state(has_password=invited_no_more, disabled=disabled))
    )
    page = Page[User]([], number, len(listed))
    page = Page[User]([], min(number, page.last), page.total)
    ids = [user_id for _, user_id in listed[page.offset : page.offset + page.size]]
    users = session.scalars(select(User).where(User.id.in_(ids)).options(selectinload(User.assignments))).all()
    return Page(sorted(users, key=lambda user: ids.index(user.id)), page.number, page.total)


def link_holder(session: Session, *, token_sha256: str, purpose: LinkPurpose, now: datetime) -> LinkHolder:
    """Whom this link lets in, while it does. Raises LinkIsVoid."""
    row = session.execute(
        select(User.id, User.name, User.email, User.password_hash)
        .join(OneTimeLink, OneTimeLink.user_id == User.id)
        .where(
            OneTimeLink.token_sha256 == token_sha256,
            OneTimeLink.purpose == purpose,
            OneTimeLink.used_at.is_(None),
            OneTimeLink.expires_at > now,
            User.disabled_at.is_(None),
        )
    ).first()
    if row is None:
        raise LinkIsVoid
    return LinkHolder(*row)


def live_sign_ins(session: Session, viewer: Viewer, *, now: datetime) -> int:
    """In how many browsers the viewer is signed in."""
    return session.scalars(
        select(func.count(LoginSession.id)).where(
            LoginSession.user_id == viewer.user_id,
            LoginSession.last_seen_at >= now - IDLE_LIMIT,
            LoginSession.created_at >= now - ABSOLUTE_LIMIT,
        )
    ).one()


def expired_counters(before: float) -> Select[str]:
    """Keys of counters that expired before this instant, in seconds since 1970; those in use elsewhere are left."""
    return select(RateLimit.key).where(RateLimit.expires < before).with_for_update(skip_locked=True)
