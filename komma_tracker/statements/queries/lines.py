"""Entries as lines of a statement, and what is kept beside them: names, facts, steps."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager, selectinload

from komma_tracker.access.rules import Actor
from komma_tracker.accounts.models import User
from komma_tracker.budget.models import DayEntry, Statement
from komma_tracker.budget.rules import COUNTS_NOTHING, MonthState
from komma_tracker.contracts.models import WorkPackage
from komma_tracker.statements.models import StatementSnapshot, StatementStep
from komma_tracker.statements.rules import Fact, Facts, Line


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
        session, DayEntry.contract_id == contract_id, DayEntry.posting_month <= month, *from_month, *submittable()
    )


def submittable() -> tuple[ColumnElement[bool], ...]:
    """Which entries a statement may take: not what waits for a yes, nor what the lead refused."""
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
