"""Reading statements: one with its lines, those of a municipality, those that wait, and what is still to submit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, bindparam, func, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload, selectinload

from komma_tracker.access.rules import MUNICIPAL_ROLES, Actor, NotFound, Permission, may
from komma_tracker.accounts.models import User
from komma_tracker.accounts.queries import team_of
from komma_tracker.budget.models import DayEntry, Statement
from komma_tracker.budget.queries import day_length
from komma_tracker.budget.rules import COUNTS_NOTHING, MonthState, in_days_of
from komma_tracker.contracts.models import Contract, WorkPackage
from komma_tracker.contracts.rules import has_one_length, measure
from komma_tracker.kit.paging import Page
from komma_tracker.municipalities.models import Municipality, MunicipalityIdentity
from komma_tracker.statements.models import SignOffLink, StatementSnapshot, StatementStep
from komma_tracker.statements.rules import Fact, Facts, Line, SignOffIsVoid

IDS_AT_ONCE = 5000
"""So many ids may one statement name: SQLite takes 32,766 parameters."""


def statement_by_public_id(session: Session, viewer: Actor, public_id: str) -> Statement:
    """One statement with its municipality. Raises NotFound."""
    wanted = select(Statement).where(Statement.public_id == public_id).options(joinedload(Statement.municipality))
    statement = session.scalar(wanted)
    if statement is None or not may(viewer, Permission.STATEMENT_VIEW, statement.municipality_id):
        raise NotFound
    return statement


def statement_for_change(session: Session, viewer: Actor, public_id: str) -> Statement:
    """The statement as it is now, locked until the transaction ends. Raises NotFound."""
    del viewer
    wanted = select(Statement).where(Statement.public_id == public_id).with_for_update(of=Statement)
    statement = session.scalar(wanted.execution_options(populate_existing=True))
    if statement is None:
        raise NotFound
    return statement


def statements_for_change(session: Session, viewer: Actor, public_ids: Collection[str]) -> list[Statement]:
    """All these statements, locked until the transaction ends. Raises NotFound where one is missing."""
    del viewer
    wanted, found = sorted(set(public_ids)), list[Statement]()
    for start in range(0, len(wanted), IDS_AT_ONCE):
        some = select(Statement).where(Statement.public_id.in_(wanted[start : start + IDS_AT_ONCE]))
        locked = some.order_by(Statement.id).with_for_update(of=Statement).execution_options(populate_existing=True)
        found += session.scalars(locked)
    if len(found) < len(wanted):
        raise NotFound
    return found


def statement_of_month(session: Session, viewer: Actor, *, contract_id: int, month: date) -> Statement | None:
    """The statement of a contract and month, also of one that is open again."""
    del viewer
    return session.scalar(select(Statement).where(Statement.contract_id == contract_id, Statement.month == month))


def statement_of_place(session: Session, viewer: Actor, *, municipality_id: int, month: date) -> Statement | None:
    """The statement of a municipality and month; of two contracts that share a month, that of the newer."""
    del viewer
    return session.scalar(
        select(Statement)
        .where(Statement.municipality_id == municipality_id, Statement.month == month)
        .options(joinedload(Statement.municipality))
        .order_by(Statement.contract_id.desc())
        .limit(1)
    )


def statements_of(session: Session, viewer: Actor, *, municipality_id: int) -> list[Statement]:
    """All statements of a municipality, the newest month first; also those that are open again. One statement."""
    del viewer
    return list(
        session.scalars(
            select(Statement)
            .where(Statement.municipality_id == municipality_id)
            .order_by(Statement.month.desc(), Statement.contract_id.desc())
        )
    )


def statements_by_number(session: Session, viewer: Actor, number: str) -> list[Statement]:
    """The statements with this check number that the viewer may see: one, or none."""
    del viewer
    return list(
        session.scalars(
            select(Statement)
            .where(Statement.check_number == number, Statement.state != MonthState.OPEN)
            .options(joinedload(Statement.municipality), joinedload(Statement.contract))
        )
    )


def month_states(
    session: Session, viewer: Actor, *, contract_ids: Collection[int]
) -> dict[int, dict[date, MonthState]]:
    """The state of every month with a statement, by contract. One statement."""
    del viewer
    rows = session.execute(_MONTH_STATES, {"contract_ids": list(contract_ids)})
    found: dict[int, dict[date, MonthState]] = {contract_id: {} for contract_id in contract_ids}
    for contract_id, month, state in rows:
        found[contract_id][month] = state
    return found


def open_minutes(session: Session, viewer: Actor, *, contract_ids: Collection[int]) -> dict[int, dict[date, int]]:
    """Chargeable minutes that no statement holds yet, by contract and month of posting. One statement."""
    del viewer
    rows = session.execute(_OPEN_MINUTES, {"contract_ids": list(contract_ids)})
    found: dict[int, dict[date, int]] = {contract_id: {} for contract_id in contract_ids}
    for contract_id, month, minutes in rows:
        found[contract_id][month] = int(minutes)
    return found


def open_in_budget(session: Session, viewer: Actor, *, contract: Contract) -> dict[date, int]:
    """What the months of a contract would take from its budget if they were submitted now. One statement."""
    del viewer
    all_terms, length = contract.all_terms(), day_length(contract.all_terms()).label("length")
    amounts = select(DayEntry.posting_month, length, func.sum(DayEntry.chargeable_minutes))
    open_now = amounts.where(DayEntry.contract_id == contract.id, *_submittable())
    found: defaultdict[date, dict[int, int]] = defaultdict(dict)
    for month, per_day, minutes in session.execute(open_now.group_by(DayEntry.posting_month, "length")):
        found[month][per_day] = int(minutes)
    return {month: in_days_of(measure(all_terms), minutes) for month, minutes in found.items()}


def minutes_before(session: Session, viewer: Actor, *, contract: Contract, month: date) -> dict[int, int]:
    """Chargeable minutes in the statements of all months before this one, by how long a day was. One statement."""
    del viewer
    all_terms = contract.all_terms()
    before = (Statement.contract_id == contract.id, Statement.month < month, Statement.state != MonthState.OPEN)
    if has_one_length(all_terms):
        stated = session.scalar(select(func.coalesce(func.sum(Statement.minutes), 0)).where(*before))
        return {measure(all_terms): int(stated or 0)}
    length = day_length(all_terms).label("length")
    of_lines = select(length, func.sum(DayEntry.chargeable_minutes)).where(*before).group_by("length")
    rows = session.execute(of_lines.join(Statement, DayEntry.statement_id == Statement.id))
    return {per_day: int(minutes) for per_day, minutes in rows}


# Lines.


@dataclass(frozen=True)
class EntryLine:
    """An entry as a line, and as what the check number knows of it."""

    id: int
    statement_id: int | None
    line: Line
    fact: Fact


def lines_of(session: Session, viewer: Actor, *, statement_id: int) -> list[EntryLine]:
    """The entries of a statement, by service date. One statement."""
    del viewer
    return _lines(session, DayEntry.statement_id == statement_id)


def lines_to_submit(
    session: Session, viewer: Actor, *, contract_id: int, month: date, since: date | None = None
) -> list[EntryLine]:
    """The entries that a month would take: all up to it that no statement holds; `since` leaves earlier months out."""
    del viewer
    from_month = () if since is None else (DayEntry.posting_month >= since,)
    return _lines(
        session, DayEntry.contract_id == contract_id, DayEntry.posting_month <= month, *from_month, *_submittable()
    )


def _submittable() -> tuple[ColumnElement[bool], ...]:
    # What counts nothing, for want of a yes, waits for one; what the lead refused never comes.
    return DayEntry.statement_id.is_(None), DayEntry.approval.not_in(COUNTS_NOTHING)


_REVERSED, _REPLACED = aliased(DayEntry), aliased(DayEntry)
_LINES = (
    select(
        DayEntry.id,
        DayEntry.statement_id,
        DayEntry.public_id,
        DayEntry.service_date,
        DayEntry.minutes,
        DayEntry.chargeable_minutes,
        DayEntry.counted_as,
        DayEntry.activity,
        DayEntry.mode,
        DayEntry.note,
        DayEntry.reason,
        User.name.label("consultant"),
        User.public_id.label("consultant_id"),
        WorkPackage.code.label("package"),
        WorkPackage.title.label("package_title"),
        _REVERSED.public_id.label("reverses"),
        _REPLACED.public_id.label("replaces"),
    )
    .select_from(DayEntry)
    .outerjoin(DayEntry.consultant)
    .outerjoin(DayEntry.work_package)
    .outerjoin(_REVERSED, DayEntry.reverses_id == _REVERSED.id)
    .outerjoin(_REPLACED, DayEntry.replaces_id == _REPLACED.id)
    .order_by(DayEntry.service_date, DayEntry.id)
)


def _lines(session: Session, *wanted: ColumnElement[bool]) -> list[EntryLine]:
    return [
        EntryLine(
            row.id,
            row.statement_id,
            Line(
                entry=row.public_id,
                service_date=row.service_date,
                minutes=row.minutes,
                chargeable_minutes=row.chargeable_minutes,
                counted_as=row.counted_as,
                activity=row.activity,
                mode=row.mode,
                note=row.note,
                reason=row.reason,
                consultant=row.consultant or "",
                package=f"{row.package} {row.package_title}" if row.package else "",
                reverses=row.reverses,
                replaces=row.replaces,
            ),
            (
                row.service_date.isoformat(),
                row.minutes,
                row.chargeable_minutes,
                row.activity.value,
                row.mode.value,
                row.consultant_id or "",
                row.package or "",
                row.reverses or "",
            ),
        )
        for row in session.execute(_LINES.where(*wanted))
    ]


def is_corrected(session: Session, viewer: Actor, *, statement_id: int) -> bool:
    """Whether an entry of this statement was reversed or replaced since."""
    del viewer
    later = aliased(DayEntry)
    corrections = (
        select(later.id)
        .join(DayEntry, or_(later.reverses_id == DayEntry.id, later.replaces_id == DayEntry.id))
        .where(DayEntry.statement_id == statement_id)
    )
    return session.scalar(corrections.limit(1)) is not None


# What is kept beside the entries.


def snapshot_of(session: Session, viewer: Actor, *, statement_id: int) -> StatementSnapshot | None:
    """What a statement said when it was submitted."""
    del viewer
    return session.get(StatementSnapshot, statement_id)


def facts_of(snapshot: StatementSnapshot) -> Facts:
    """What a statement's check number was made of."""
    kept = snapshot.facts
    return Facts(
        contract=kept["contract"],
        month=date.fromisoformat(kept["month"]),
        agreed_minutes=kept["agreed"],
        remaining_minutes=kept["remaining"],
        entries={entry: tuple(fact) for entry, fact in kept["entries"].items()},
    )


def contracts_with_statements(session: Session, viewer: Actor) -> list[int]:
    """Ids of the contracts of which a month was ever submitted."""
    del viewer
    return list(session.scalars(select(Statement.contract_id).distinct().order_by(Statement.contract_id)))


def stated_and_kept(
    session: Session, viewer: Actor, *, contract_id: int
) -> tuple[list[StatementSnapshot], dict[int, dict[str, Fact]]]:
    """What all statements of a contract said, and by statement what the ledger says now. Two statements."""
    del viewer
    kept = session.scalars(
        select(StatementSnapshot)
        .join(StatementSnapshot.statement)
        .where(Statement.contract_id == contract_id, Statement.state != MonthState.OPEN)
        .options(contains_eager(StatementSnapshot.statement))
        .order_by(Statement.month)
    ).all()
    now: defaultdict[int, dict[str, Fact]] = defaultdict(dict)
    for each in _lines(session, DayEntry.contract_id == contract_id, DayEntry.statement_id.is_not(None)):
        now[each.statement_id or 0][each.line.entry] = each.fact
    return list(kept), now


def steps_of(session: Session, viewer: Actor, *, statement_id: int) -> list[StatementStep]:
    """What happened to a statement, in order, with all words. Two statements."""
    del viewer
    return list(
        session.scalars(
            select(StatementStep)
            .where(StatementStep.statement_id == statement_id)
            .options(selectinload(StatementStep.objections))
            .order_by(StatementStep.id)
        )
    )


# What waits.


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
_MONTH_STATES = select(Statement.contract_id, Statement.month, Statement.state).where(
    Statement.contract_id.in_(bindparam("contract_ids", expanding=True))
)
_OPEN_MINUTES = (
    select(DayEntry.contract_id, DayEntry.posting_month, func.sum(DayEntry.chargeable_minutes))
    .where(DayEntry.contract_id.in_(bindparam("contract_ids", expanding=True)), *_submittable())
    .group_by(DayEntry.contract_id, DayEntry.posting_month)
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


# Signing off by mail.


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
