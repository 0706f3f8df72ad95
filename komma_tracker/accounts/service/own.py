"""What people change in their own account."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from komma_tracker.access.rules import N_, Invalid, Viewer
from komma_tracker.accounts import passwords, throttle
from komma_tracker.accounts.laender import Land
from komma_tracker.accounts.models import User
from komma_tracker.accounts.queries import locked_user, people_of
from komma_tracker.accounts.rules import TooManyAttempts, check_password
from komma_tracker.accounts.service.links import set_password
from komma_tracker.audit.service import record
from komma_tracker.db import unit_of_work
from komma_tracker.kit.changes import note


def change_password(session: Session, viewer: Viewer, *, current: str, password: str, now: datetime) -> None:
    """Take a new password: all sign-ins end, this one too.

    Raises Invalid, and TooManyAttempts where somebody guesses the present password in an open browser.
    """
    own = session.get_one(User, viewer.user_id)
    check_password(password, own.email)
    counters = [(throttle.OWN_PASSWORD, str(viewer.user_id))]
    if not throttle.attempt(session, counters, now=now):
        raise TooManyAttempts
    known = own.password_hash
    if not passwords.fits(current, known):
        raise Invalid("current", N_("Das ist nicht Ihr jetziges Passwort."))
    password_hash = passwords.hash_password(password)
    with unit_of_work(session):
        throttle.forgive(session, counters, now=now)
        user = locked_user(session, viewer.user_id)
        if user.password_hash != known:
            raise Invalid("current", N_("Das ist nicht Ihr jetziges Passwort."))
        set_password(session, viewer, user, password_hash=password_hash, now=now)


def choose_land(session: Session, viewer: Viewer, *, land: Land | None, now: datetime) -> None:
    """Say in which Land one works; None takes that back."""
    with unit_of_work(session):
        user = locked_user(session, viewer.user_id)
        if user.land is not land:
            user.land = land
            record(session, viewer, action="person.land", object_type="user", object_id=user.public_id, now=now)


def choose_invitations(session: Session, viewer: Viewer, *, wanted: bool, now: datetime) -> None:
    """Say whether one wants sessions by mail. What was sent before is not called back."""
    with unit_of_work(session):
        user = locked_user(session, viewer.user_id)
        if user.invitations is not wanted:
            user.invitations = wanted
            note(session, user_id=user.id)
            after = {"wanted": wanted}
            record(
                session, viewer, action="person.invitations", object_type="user", object_id=user.public_id,
                after=after, now=now,
            )  # fmt: skip


def end_invitations(session: Session, *, municipality_id: int) -> None:
    """Mail the people of a municipality no more sessions, until they ask for it anew: it has become anonymous, and what
    they agreed to was another thing. Inside the caller's unit of work, who records it.
    """
    for user in people_of(session, municipality_id=municipality_id):
        user.invitations = False


def choose_locale(session: Session, viewer: Viewer, *, locale: str) -> None:
    """Remember the language that a person reads."""
    with unit_of_work(session):
        session.execute(update(User).where(User.id == viewer.user_id).values(locale=locale))
