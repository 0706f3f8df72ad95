"""What is agreed in the demo: contracts, and later amendments, moved days, what returned to the pool."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from komma_tracker.contracts.models import (
    Contract,
    ContractTerms,
    PackageYear,
    PoolTransfer,
    Reallocation,
    WorkPackage,
)
from komma_tracker.contracts.rules import (
    ContractState,
    EndReason,
    Party,
    ReallocationState,
    TransferKind,
    TransferState,
)
from komma_tracker.demo.cast import PACKAGE_TITLES, SHARE_OF_PACKAGES, Part, Story
from komma_tracker.demo.plot import DAY, Plot
from komma_tracker.demo.rows import Rows

AGREED = 80 * DAY
CONTRACT_STATES = {Story.ENDED: ContractState.TERMINATED, Story.UNSIGNED: ContractState.FOR_SIGNATURE}
TOLD, ENDED, OVER, STEADY, NEARLY = 1, 3, 5, 6, 8
"""The municipalities in which something was agreed, by number."""


@dataclass(frozen=True)
class Agreed:
    """The contract of one municipality as the demo has written it."""

    contract: int
    public_id: str
    place: int
    packages: dict[str, int]
    story: Plot

    @property
    def used(self) -> int:
        """Minutes worked so far."""
        held = [entry for meeting in self.story.meetings for entry in meeting.entries]
        return sum(entry.minutes for entry in (*self.story.entries, *held))


def contract(rows: Rows, *, place: int, number: int, part: Part, story: Plot, at: datetime) -> Agreed:
    """Write a contract with its terms and work packages."""
    signed, left = part.story is not Story.UNSIGNED, part.story is Story.ENDED
    public_id = rows.public_id()
    written = rows.add(
        Contract,
        public_id=public_id,
        municipality_id=place,
        reference=f"KommA-{number:02d}",
        state=CONTRACT_STATES.get(part.story, ContractState.IN_FORCE),
        signatory_name=None,
        signatory_office="Verwaltungsleitung",
        ended_on=story.ended_on,
        ended_by=Party.MUNICIPALITY if left else None,
        end_reason=EndReason.STAFFING if left else None,
        created_at=at,
        version=1,
    )
    rows.add(
        ContractTerms,
        contract_id=written,
        number=0,
        effective_from=story.starts_on,
        starts_on=story.starts_on,
        ends_on=story.ends_on,
        agreed_minutes=AGREED,
        signed_by_municipality_on=story.starts_on - timedelta(days=8) if signed else None,
        signed_by_carrier_on=story.starts_on - timedelta(days=3) if signed else None,
    )
    packages = {
        name: rows.add(
            WorkPackage,
            contract_id=written,
            code=name,
            title=PACKAGE_TITLES[name],
            planned_minutes=days * DAY,
            position=position,
        )
        for position, (name, days) in enumerate(SHARE_OF_PACKAGES)
    }
    return Agreed(written, public_id, place, packages, story)


def tell(rows: Rows, agreed: dict[int, Agreed], *, lead: int, consultant: int, today: date) -> None:
    """Write what there is to tell of those municipalities that take part."""
    at = datetime.combine(today - timedelta(days=20), time(9), UTC)
    if TOLD in agreed:
        _plan_years(rows, agreed[TOLD], moved={("AP4", at.year): 2 * DAY})
        _reallocations(rows, agreed[TOLD], lead=lead, consultant=consultant, at=at)
    if ENDED in agreed:
        _return_days(rows, agreed[ENDED], lead=lead, today=today)
    if OVER in agreed:
        drafted = {"agreed_minutes": AGREED + 6 * DAY, "signed_by_carrier_on": today - timedelta(days=4)}
        since = today + timedelta(days=14)
        _amend(rows, agreed[OVER], since, drafted, "Mehrbedarf bei Trainings und Coachings")
    if STEADY in agreed:
        story, signed = agreed[STEADY].story, today - timedelta(days=120)
        stricter = {"late_cancellation_percent": 75}
        stricter |= {"signed_by_municipality_on": signed, "signed_by_carrier_on": signed}
        since = min(today - timedelta(days=90), story.ends_on)
        _amend(rows, agreed[STEADY], since, stricter, "Zwei Termine fielen kurzfristig aus")
    if NEARLY in agreed:
        longer = {"agreed_minutes": AGREED + 6 * DAY, "ends_on": agreed[NEARLY].story.ends_on + timedelta(days=90)}
        longer |= {"signed_by_municipality_on": today - timedelta(days=9), "signed_by_carrier_on": today}
        _amend(rows, agreed[NEARLY], today + timedelta(days=30), longer, "Der Ratsbeschluss verschiebt sich")
    if {ENDED, OVER} <= agreed.keys():
        _propose(rows, agreed[OVER], lead=lead, at=at, today=today)


def _amend(rows: Rows, agreed: Agreed, since: date, changed: dict[str, Any], reason: str) -> None:
    story = agreed.story
    kept = {"agreed_minutes": AGREED, "starts_on": story.starts_on, "ends_on": story.ends_on}
    rows.add(
        ContractTerms,
        **{**kept, **changed},
        contract_id=agreed.contract,
        number=1,
        effective_from=since,
        reason=reason,
    )


def _plan_years(rows: Rows, agreed: Agreed, *, moved: Mapping[tuple[str, int], int]) -> None:
    """Each package by how much of the term lies in a year; what does not come out even goes into the last.

    `moved` is what a reallocation has brought, by package and year.
    """
    first, last = agreed.story.starts_on, agreed.story.ends_on
    years = range(first.year, last.year + 1)
    length = (last - first).days + 1
    for code, days in (("AP0", 8), ("AP2", 15), ("AP3", 19), ("AP4", 20)):
        left = days * DAY
        for year in years:
            begins, ends = max(first, date(year, 1, 1)), min(last, date(year, 12, 31))
            share = left if year == years[-1] else days * ((ends - begins).days + 1) // length * DAY
            left -= share
            share += moved.get((code, year), 0)
            if share:
                rows.add(PackageYear, work_package_id=agreed.packages[code], year=year, planned_minutes=share)


def _reallocations(rows: Rows, agreed: Agreed, *, lead: int, consultant: int, at: datetime) -> None:
    for source, target, days, state, reason in (
        ("AP1", "AP4", 2, ReallocationState.APPLIED, "Die Nachbefragung wird kleiner, die Trainings werden mehr."),
        ("AP5", "AP2", 3, ReallocationState.WAITING, "Die Allianz braucht eine weitere Moderation."),
        ("AP6", "AP0", 1, ReallocationState.REFUSED, "Zusätzliche Sitzungen der Steuerungsgruppe."),
    ):
        decided = state is ReallocationState.REFUSED
        rows.add(
            Reallocation,
            public_id=rows.public_id(),
            contract_id=agreed.contract,
            from_package_id=agreed.packages[source],
            to_package_id=agreed.packages[target],
            year=at.year,
            minutes=days * DAY,
            reason=reason,
            state=state,
            recorded_by_id=consultant,
            recorded_at=at,
            decided_by_id=lead if decided else None,
            decided_at=at + timedelta(days=1) if decided else None,
        )


def _return_days(rows: Rows, agreed: Agreed, *, lead: int, today: date) -> None:
    since = agreed.story.ended_on or today
    at = datetime.combine(since, time(16), UTC)
    _transfer(
        rows,
        kind=TransferKind.RETURN,
        state=TransferState.DONE,
        from_contract_id=agreed.contract,
        from_municipality_id=agreed.place,
        minutes=AGREED - agreed.used,
        effective_from=since,
        proposed_by_id=lead,
        proposed_at=at,
        done_at=at,
    )


def _propose(rows: Rows, agreed: Agreed, *, lead: int, at: datetime, today: date) -> None:
    _transfer(
        rows,
        state=TransferState.APPROVED_ONCE,
        to_contract_id=agreed.contract,
        to_municipality_id=agreed.place,
        minutes=3 * DAY,
        effective_from=today + timedelta(days=45),
        reason="Dort sind die Tage verbraucht, die Allianz aber trägt noch nicht.",
        proposed_by_id=lead,
        proposed_at=at,
        first_approved_by_id=lead,
        first_approved_at=at,
    )


def _transfer(rows: Rows, **values: Any) -> None:
    rows.add(PoolTransfer, **{"public_id": rows.public_id(), "reason": "", "version": 1, **values})
