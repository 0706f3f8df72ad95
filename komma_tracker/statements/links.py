"""Signing off without signing in: a link that one person gets by mail, that works once, and not for long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from limits import RateLimitItemPerHour
from sqlalchemy.orm import Session

from komma_tracker.access.rules import N_, Actor, Invalid, Permission, Viewer, check, may
from komma_tracker.access.tokens import new_token, token_hash
from komma_tracker.accounts import throttle
from komma_tracker.accounts.queries import viewer_of_user
from komma_tracker.accounts.rules import TooManyAttempts
from komma_tracker.audit import service as audit
from komma_tracker.budget.models import Statement
from komma_tracker.budget.rules import AnswerWay, MonthState, can_month_move
from komma_tracker.db import unit_of_work
from komma_tracker.statements import queries, service
from komma_tracker.statements.models import SignOffLink
from komma_tracker.statements.rules import LINK_LIFETIME, SignOffIsVoid

LETTERS = RateLimitItemPerHour(5, 1, namespace="statement letters")
"""So many mails about one statement may go to one person."""


@dataclass(frozen=True)
class Letter:
    """A link to sign off on its way to a person; its token is nowhere else."""

    token: str
    email: str
    name: str
    locale: str
    municipality: str
    """Of an anonymous municipality the alias: mail is open to others (trust 10)."""
    month: date
    expires_at: datetime


def send_link(session: Session, viewer: Actor, *, public_id: str, recipient: str, now: datetime, today: date) -> Letter:
    """A link for one of those who may answer for the municipality; the one before is void.

    Raises NotFound, Forbidden, Invalid (nothing to answer, nobody of that name), TooManyAttempts.
    """
    with unit_of_work(session):
        statement = service.held(session, viewer, public_id)
        check(viewer, Permission.STATEMENT_SUBMIT, statement.municipality_id)
        if statement.state is not MonthState.SUBMITTED:
            raise Invalid("recipient", N_("Zu diesem Nachweis wird keine Antwort erwartet."))
        people = queries.signatories(session, viewer, municipality_id=statement.municipality_id, today=today)
        person = next((each for each in people if each.public_id == recipient), None)
        if person is None:
            raise Invalid("recipient", N_("Bitte wählen Sie, an wen der Link gehen soll."))
        if not throttle.attempt(session, [(LETTERS, f"{statement.public_id} {person.public_id}")], now=now):
            raise TooManyAttempts
        service.void_links(session, statement, now=now)
        token = new_token()
        link = SignOffLink(
            token_sha256=token_hash(token),
            statement_id=statement.id,
            municipality_id=statement.municipality_id,
            user_id=person.id,
            created_at=now,
            created_by_id=viewer.user_id if isinstance(viewer, Viewer) else None,
            expires_at=now + LINK_LIFETIME,
        )
        session.add(link)
        audit.record(
            session,
            viewer,
            action="statement.send_link",
            object_type="statement",
            object_id=statement.public_id,
            municipality_id=statement.municipality_id,
            after={"user_id": person.id},
            now=now,
        )
        place = statement.municipality
        name = place.alias if place.is_anonymous else place.label
        return Letter(token, person.email, person.name, person.locale, name, statement.month, link.expires_at)


@dataclass(frozen=True)
class Invited:
    """Who answers by a link, and what."""

    viewer: Viewer
    name: str
    locale: str
    statement: Statement
    expires_at: datetime


def open_link(session: Session, *, token: str, address: str | None, now: datetime, today: date) -> Invited:
    """Whom a link asks, and for what; reading it does not use it up. `session` works for the system.

    Raises SignOffIsVoid, and TooManyAttempts where somebody tries one after the other.
    """
    try:
        return _invited(session, token=token, now=now, today=today)
    except SignOffIsVoid:
        counters = [(throttle.LINK_AT_ADDRESS, throttle.network(address))]
        if not throttle.attempt(session, counters, now=now):
            raise TooManyAttempts from None
        raise


def answer_by_link(
    session: Session,
    *,
    token: str,
    version: int | None,
    objections: Mapping[str, str] | None,
    now: datetime,
    today: date,
) -> Statement:
    """Confirm or object as the person to whom the link was mailed; the link is used up.

    Raises SignOffIsVoid, Invalid, Conflict.
    """
    with unit_of_work(session):
        invited = _invited(session, token=token, now=now, today=today)
        return service.answer(
            session,
            invited.viewer,
            public_id=invited.statement.public_id,
            version=version,
            objections=objections,
            now=now,
            way=AnswerWay.LINK,
        )


def _invited(session: Session, *, token: str, now: datetime, today: date) -> Invited:
    link = queries.sign_off_link(session, token_sha256=token_hash(token), now=now)
    viewer = viewer_of_user(session, user_id=link.user_id, today=today)
    # Whoever no longer coordinates, or was shut out, holds a link that is void.
    if viewer is None or not may(viewer, Permission.STATEMENT_ANSWER, link.municipality_id):
        raise SignOffIsVoid
    if not can_month_move(link.statement.state, MonthState.QUERIED, viewer.role):
        raise SignOffIsVoid
    return Invited(viewer, link.user.name, link.user.locale, link.statement, link.expires_at)
