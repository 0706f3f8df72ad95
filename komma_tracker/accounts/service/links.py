"""One-time links: invitation and new password. Only their hash is kept, and each works once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from komma_tracker.access.rules import N_, Actor, Invalid, Permission, Viewer, check
from komma_tracker.access.tokens import new_token, token_hash
from komma_tracker.accounts import passwords, throttle
from komma_tracker.accounts.models import OneTimeLink, User
from komma_tracker.accounts.queries import LinkHolder, link_holder, locked_user, person, user_by_email
from komma_tracker.accounts.rules import (
    LINK_LIFETIME,
    LinkIsVoid,
    LinkPurpose,
    PersonState,
    TooManyAttempts,
    check_password,
    email_key,
)
from komma_tracker.accounts.service.sessions import end_sessions
from komma_tracker.audit.service import record
from komma_tracker.db import unit_of_work


@dataclass(frozen=True)
class Letter:
    """A one-time link on its way to a person; its token is nowhere else."""

    purpose: LinkPurpose
    token: str
    name: str
    email: str
    locale: str


def invite(session: Session, viewer: Actor, *, public_id: str, now: datetime) -> Letter:
    """A new invitation for somebody who has no password yet; the one before is void."""
    check(viewer, Permission.PEOPLE_MANAGE)
    with unit_of_work(session):
        user = person(session, viewer, public_id, for_change=True)
        if user.state is not PersonState.INVITED:
            raise Invalid(None, N_("Diese Person hat schon ein Passwort oder ist gesperrt."))
        record(session, viewer, action="person.invite", object_type="user", object_id=user.public_id, now=now)
        void_links(session, user_id=user.id, now=now)
        return new_letter(session, user, LinkPurpose.INVITATION, now=now)


def request_reset(session: Session, *, email: str, address: str | None, now: datetime) -> Letter | None:
    """A link for a new password where there is such a person, else None; the caller answers both alike (trust 12).

    Raises TooManyAttempts for an address from which too many links were asked for.
    """
    with unit_of_work(session):
        if not throttle.attempt(session, [(throttle.RESET_AT_ADDRESS, throttle.network(address))], now=now):
            raise TooManyAttempts
        few = throttle.attempt(session, [(throttle.RESET_OF_ACCOUNT, email_key(email))], now=now)
        user = user_by_email(session, email)
        if user is None or user.disabled_at or not few:
            return None
        viewer = Viewer(user_id=user.id, role=user.role)
        record(session, viewer, action="password.forget", object_type="user", object_id=user.public_id, now=now)
        return new_letter(session, user, LinkPurpose.RESET, now=now)


def open_link(session: Session, *, token: str, purpose: LinkPurpose, address: str | None, now: datetime) -> LinkHolder:
    """Whom a link lets in. Raises LinkIsVoid, and TooManyAttempts where somebody tries one after the other."""
    try:
        return link_holder(session, token_sha256=token_hash(token), purpose=purpose, now=now)
    except LinkIsVoid:
        if not throttle.attempt(session, [(throttle.LINK_AT_ADDRESS, throttle.network(address))], now=now):
            raise TooManyAttempts from None
        raise


def choose_password(
    session: Session, *, token: str, purpose: LinkPurpose, password: str, now: datetime, locale: str | None = None
) -> int:
    """Redeem a link: set the password, and end all sign-ins of before. Returns the person's internal id.

    Raises LinkIsVoid, and Invalid for a password that is none.
    """
    token_sha256 = token_hash(token)
    holder = link_holder(session, token_sha256=token_sha256, purpose=purpose, now=now)
    check_password(password, holder.email)
    password_hash = passwords.hash_password(password)
    with unit_of_work(session):
        user = locked_user(session, holder.user_id)
        # Of two who redeem it at once, the second comes too late.
        link_holder(session, token_sha256=token_sha256, purpose=purpose, now=now)
        user.locale = locale or user.locale
        viewer = Viewer(user_id=user.id, role=user.role)
        set_password(session, viewer, user, password_hash=password_hash, now=now)
        return user.id


def set_password(session: Session, viewer: Viewer, user: User, *, password_hash: str, now: datetime) -> None:
    """Give a person a password: links and sign-ins of before are void. Inside a unit of work."""
    user.password_hash, user.is_demo = password_hash, False
    void_links(session, user_id=user.id, now=now)
    end_sessions(session, user_id=user.id)
    record(session, viewer, action="password.set", object_type="user", object_id=user.public_id, now=now)


def new_letter(session: Session, user: User, purpose: LinkPurpose, *, now: datetime) -> Letter:
    """A link for this person. Anybody can ask for one, so it must not void another. Inside a unit of work."""
    token = new_token()
    session.add(
        OneTimeLink(
            token_sha256=token_hash(token),
            user_id=user.id,
            purpose=purpose,
            created_at=now,
            expires_at=now + LINK_LIFETIME[purpose],
        )
    )
    return Letter(purpose, token, user.name, user.email, user.locale)


def void_links(session: Session, *, user_id: int, now: datetime) -> None:
    """Let no link of this person work any more. Inside a unit of work."""
    unused = update(OneTimeLink).where(OneTimeLink.user_id == user_id, OneTimeLink.used_at.is_(None))
    session.execute(unused.values(used_at=now))
