"""Statements that wait for somebody, and by whom and with which link they are signed off."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session, joinedload

from komma_tracker.access.rules import MUNICIPAL_ROLES, Actor
from komma_tracker.accounts.models import User
from komma_tracker.accounts.queries import team_of
from komma_tracker.budget.models import Statement
from komma_tracker.budget.rules import MonthState
from komma_tracker.contracts.models import Contract
from komma_tracker.kit.paging import Page
from komma_tracker.municipalities.models import Municipality, MunicipalityIdentity
from komma_tracker.statements.models import SignOffLink, StatementSnapshot
from komma_tracker.statements.rules import SignOffIsVoid


class WaitingRow(NamedTuple):
    """A statement that waits for somebody; amounts in minutes."""

    public_id: str
    municipality_id: int
    code: str
    label: str
    month: date
    state: MonthState
    minutes: int
    minutes_per_day: int
    submitted_at: datetime


WAITING_STATES = (MonthState.QUERIED, MonthState.SUBMITTED, MonthState.CONFIRMED)
"""In these a statement waits: for the team, for the municipality, for the lead."""


def waiting_page(session: Session, viewer: Actor, *, states: Sequence[MonthState], number: int) -> Page[WaitingRow]:
    """One page of the statements in these states, the oldest month first. Two statements."""
    del viewer
    total = session.scalar(select(func.count(Statement.id)).where(Statement.state.in_(states))) or 0
    page = Page[WaitingRow]([], number, total)
    page = Page[WaitingRow]([], min(number, page.last), total)
    rows = session.execute(_WAITING.where(Statement.state.in_(states)).limit(page.size).offset(page.offset))
    return Page([WaitingRow._make(row) for row in rows], page.number, page.total)


def waiting_of(
    session: Session, viewer: Actor, *, municipality_ids: Collection[int], states: Sequence[MonthState]
) -> list[WaitingRow]:
    """The statements of these municipalities in these states, the oldest month first. One statement."""
    del viewer
    rows = session.execute(_WAITING_OF, {"municipality_ids": list(municipality_ids), "states": list(states)})
    return [WaitingRow._make(row) for row in rows]


_WAITING = (
    select(
        Statement.public_id,
        Statement.municipality_id,
        Municipality.code,
        func.coalesce(MunicipalityIdentity.name, Municipality.alias),
        Statement.month,
        Statement.state,
        func.coalesce(Statement.budget_minutes, Statement.minutes),
        func.coalesce(StatementSnapshot.minutes_per_day, 480),
        Statement.submitted_at,
    )
    .select_from(Statement)
    .join(Statement.municipality)
    .outerjoin(Municipality.identity)
    .outerjoin(StatementSnapshot, StatementSnapshot.statement_id == Statement.id)
    .order_by(Statement.month, Municipality.code)
)
# Built once, for the pages on which people start.
_WAITING_OF = _WAITING.where(
    Statement.municipality_id.in_(bindparam("municipality_ids", expanding=True)),
    Statement.state.in_(bindparam("states", expanding=True)),
)


def unanswered(session: Session, viewer: Actor) -> list[Statement]:
    """All submitted statements without an answer, with municipality and terms: for the job that watches them."""
    del viewer
    return list(
        session.scalars(
            select(Statement)
            .where(Statement.state == MonthState.SUBMITTED)
            .options(joinedload(Statement.municipality), joinedload(Statement.contract).selectinload(Contract.terms))
            .order_by(Statement.id)
        )
    )


def signatories(session: Session, viewer: Actor, *, municipality_id: int, today: date) -> list[User]:
    """Who may answer for a municipality today."""
    people = team_of(session, viewer, municipality_id=municipality_id, today=today)
    return [person for person in people if person.role in MUNICIPAL_ROLES]


def sign_off_link(session: Session, *, token_sha256: str, now: datetime) -> SignOffLink:
    """The link of this token, with its statement and person. Raises SignOffIsVoid."""
    link = session.scalar(
        select(SignOffLink)
        .where(SignOffLink.token_sha256 == token_sha256, SignOffLink.used_at.is_(None), SignOffLink.expires_at > now)
        .options(joinedload(SignOffLink.statement).joinedload(Statement.municipality), joinedload(SignOffLink.user))
    )
    if link is None:
        raise SignOffIsVoid
    return link


def last_link(session: Session, viewer: Actor, *, statement_id: int) -> SignOffLink | None:
    """The link that was mailed last for a statement, with whom it went to."""
    del viewer
    return session.scalar(
        select(SignOffLink)
        .where(SignOffLink.statement_id == statement_id)
        .options(joinedload(SignOffLink.user))
        .order_by(SignOffLink.id.desc())
        .limit(1)
    )
