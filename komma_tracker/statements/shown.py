"""A statement as it is read, on a page or on paper: lines in their parts, sums, what was left before and after."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from sqlalchemy.orm import Session

from komma_tracker.access.rules import Actor
from komma_tracker.budget.models import Statement
from komma_tracker.budget.rules import MonthState, in_days_of
from komma_tracker.contracts.models import Contract
from komma_tracker.contracts.rules import allowance, measure, rules_on
from komma_tracker.statements import queries
from komma_tracker.statements.models import Objection, StatementStep
from komma_tracker.statements.rules import (
    WITHOUT,
    Blocks,
    Difference,
    Fact,
    Facts,
    Line,
    blocks,
    check_number,
    differences,
    last_day,
    sums,
    taken,
    together,
)


@dataclass(frozen=True)
class Sheet:
    """The figures of a month, frozen or as they would be; minutes throughout.

    What is agreed and left is in the measure of the budget, of which `minutes_per_day` are a day.
    """

    month: date
    lines: tuple[Line, ...]
    minutes_per_day: int
    agreed_minutes: int
    remaining_minutes: int

    @cached_property
    def blocks(self) -> Blocks:
        """The lines in their parts."""
        return blocks(self.lines, self.month)

    @cached_property
    def minutes(self) -> int:
        """What of all lines counts."""
        return sum(line.chargeable_minutes for line in self.lines)

    @property
    def remaining_before(self) -> int:
        """What was left before this month."""
        return self.remaining_minutes + self.taken(self.lines)

    def taken(self, lines: Iterable[Line]) -> int:
        """What lines take from the budget, in its measure."""
        return in_days_of(self.minutes_per_day, taken(lines))

    @cached_property
    def by_package(self) -> Mapping[str, tuple[int, int, int]]:
        """Minutes worked, counted and taken from the budget, by work package."""
        return self._by(lambda line: line.package)

    @cached_property
    def by_consultant(self) -> Mapping[str, tuple[int, int, int]]:
        """Minutes worked, counted and taken from the budget, by person."""
        return self._by(lambda line: line.consultant)

    def _by(self, key: Callable[[Line], str]) -> Mapping[str, tuple[int, int, int]]:
        return {
            name: (worked, counted, self.taken(line for line in self.lines if key(line) == name))
            for name, (worked, counted) in sums(self.lines, key).items()
        }


def sheet_of(session: Session, viewer: Actor, statement: Statement) -> Sheet:
    """What a submitted statement says, with the names of then. Two statements."""
    kept = queries.snapshot_of(session, viewer, statement_id=statement.id)
    names = kept.said() if kept else {}
    lines = [each.line for each in queries.lines_of(session, viewer, statement_id=statement.id)]
    return Sheet(
        month=statement.month,
        lines=tuple(_as_published(line, names.get(line.entry)) for line in lines),
        minutes_per_day=kept.minutes_per_day if kept else 480,
        agreed_minutes=statement.agreed_minutes,
        remaining_minutes=statement.remaining_minutes,
    )


def draft_of(session: Session, viewer: Actor, contract: Contract, month: date, *, is_next: bool) -> Sheet:
    """What an open month would say if it were submitted now; only the next one takes what was left over before."""
    since = None if is_next else month
    entries = queries.lines_to_submit(session, viewer, contract_id=contract.id, month=month, since=since)
    lines = tuple(_as_published(measured(each.line, contract), None) for each in entries)
    agreed, before = agreed_by(contract, month), queries.minutes_before(session, viewer, contract=contract, month=month)
    per_day = measure(contract.all_terms())
    return Sheet(
        month=month,
        lines=lines,
        minutes_per_day=per_day,
        agreed_minutes=agreed,
        remaining_minutes=agreed - in_days_of(per_day, together(before, taken(lines))),
    )


def measured(line: Line, contract: Contract) -> Line:
    """The line with the length that a day had when it was worked."""
    return replace(line, minutes_per_day=rules_on(contract.all_terms(), line.service_date).minutes_per_day)


def agreed_by(contract: Contract, month: date) -> int:
    """Minutes agreed at the end of a month; before the term those of its beginning, for work that was granted."""
    all_terms = contract.all_terms()
    starts = min((terms.effective_from for terms in all_terms if terms.is_signed), default=last_day(month))
    return allowance(all_terms, max(last_day(month), starts))


def _as_published(line: Line, names: tuple[str, str, int] | None) -> Line:
    """The line with the names of then; of what is confidential, the time is all there is to know."""
    if names:
        line = replace(line, consultant=names[0], package=names[1], minutes_per_day=names[2])
    return replace(line, note="", reason="") if line.is_confidential else line


@dataclass(frozen=True)
class Verified:
    """A check number compared with the ledger: it holds, or what differs."""

    statement: Statement
    holds: bool
    differences: tuple[Difference, ...]


def verify(session: Session, viewer: Actor, statement: Statement) -> Verified:
    """Compare a statement with the ledger: its number with what it was made of, and that with the entries of now."""
    kept = queries.snapshot_of(session, viewer, statement_id=statement.id)
    if kept is None:
        return Verified(statement, holds=False, differences=())
    lines = queries.lines_of(session, viewer, statement_id=statement.id)
    return _compared(statement, queries.facts_of(kept), {each.line.entry: each.fact for each in lines})


def unproven(session: Session, viewer: Actor) -> list[Verified]:
    """All statements that the ledger no longer bears out: there must be none. Two statements a contract."""
    found: list[Verified] = []
    for contract_id in queries.contracts_with_statements(session, viewer):
        kept, now = queries.stated_and_kept(session, viewer, contract_id=contract_id)
        for each in kept:
            stated = queries.facts_of(each)
            found.append(_compared(each.statement, stated, now.get(each.statement_id, {})))
    return [each for each in found if not each.holds]


def _compared(statement: Statement, stated: Facts, now: Mapping[str, Fact]) -> Verified:
    differing = differences(stated, now)
    genuine = check_number(stated) == statement.check_number and stated.minutes == statement.minutes
    return Verified(statement, holds=genuine and not differing, differences=differing)


def objections_by_entry(steps: Sequence[StatementStep]) -> Mapping[str, Objection]:
    """What was said last against each line, by entry; the words to the whole stand under ""."""
    found: dict[str, Objection] = {}
    for step in steps:
        if step.state is MonthState.QUERIED:
            found = {each.entry_public_id or WITHOUT: each for each in step.objections}
    return found
