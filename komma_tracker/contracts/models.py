"""Cooperation contracts: parties, effective-dated terms, work packages and their plan, the programme pool."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, String, Text, UniqueConstraint, false, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column, relationship
from sqlalchemy.orm.attributes import flag_modified

from komma_tracker.access.rules import Viewer
from komma_tracker.access.scope import scoped
from komma_tracker.contracts.rules import (
    CARRIER,
    ContractState,
    CountingRules,
    EndReason,
    Level,
    Party,
    ReallocationState,
    Rounding,
    ScopeKind,
    Terms,
    TransferKind,
    TransferState,
    TravelPolicy,
    until,
)
from komma_tracker.db import Base, UTCDateTime, enum_type, new_public_id
from komma_tracker.municipalities.models import Municipality


def _own(viewer: Viewer) -> ColumnElement[bool]:
    return Contract.municipality_id.in_(sorted(viewer.assigned)) if viewer.assigned else false()


def _of_own_contracts(viewer: Viewer, contract_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    if not viewer.assigned:
        return false()
    table = Contract.__table__.alias()
    return contract_id.in_(select(table.c.id).where(table.c.municipality_id.in_(sorted(viewer.assigned))))


@scoped(_own)
class Contract(Base):
    """The agreement between the applying head and the carrier; what is agreed from when stands in its terms."""

    __tablename__ = "contract"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"), index=True)
    reference: Mapped[str | None] = mapped_column(String(60))
    state: Mapped[ContractState] = mapped_column(enum_type(ContractState), default=ContractState.DRAFT)
    signatory_name: Mapped[str | None] = mapped_column(String(120))
    signatory_office: Mapped[str | None] = mapped_column(String(120))
    signatory_level: Mapped[Level] = mapped_column(enum_type(Level), default=Level.WHOLE)
    carrier_label: Mapped[str] = mapped_column(String(120), default=CARRIER)
    ended_on: Mapped[date | None]
    ended_by: Mapped[Party | None] = mapped_column(enum_type(Party))
    end_reason: Mapped[EndReason | None] = mapped_column(enum_type(EndReason))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime())
    version: Mapped[int] = mapped_column(default=1)

    municipality: Mapped[Municipality] = relationship()
    terms: Mapped[list[ContractTerms]] = relationship(
        back_populates="contract", cascade="all, delete-orphan", order_by="ContractTerms.number"
    )
    work_packages: Mapped[list[WorkPackage]] = relationship(
        back_populates="contract", cascade="all, delete-orphan", order_by="WorkPackage.position"
    )

    __mapper_args__ = {"version_id_col": version}

    def touch(self) -> None:
        """Count a change of rows beside its own as one of the contract: its version guards them too."""
        flag_modified(self, "state")

    def all_terms(self) -> tuple[Terms, ...]:
        """All terms as values that rules can reckon with, none longer than the contract lasted."""
        return until((terms.as_rules() for terms in self.terms), self.ended_on)


@scoped(lambda viewer: _of_own_contracts(viewer, ContractTerms.contract_id))
class ContractTerms(Base):
    """What is agreed from a day on: number 0 is the contract itself, each amendment adds one and overwrites none."""

    __tablename__ = "contract_terms"
    __table_args__ = (
        UniqueConstraint("contract_id", "number"),
        CheckConstraint("ends_on >= starts_on", name="term"),
        CheckConstraint("agreed_minutes >= 0 AND minutes_per_day > 0", name="minutes"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"))
    number: Mapped[int] = mapped_column(default=0)
    effective_from: Mapped[date]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    scope_kind: Mapped[ScopeKind] = mapped_column(enum_type(ScopeKind), default=ScopeKind.WHOLE)
    scope_units: Mapped[str | None] = mapped_column(Text)
    """One a line."""
    agreed_minutes: Mapped[int]
    minutes_per_day: Mapped[int] = mapped_column(default=480)
    unit_minutes: Mapped[int] = mapped_column(default=15)
    rounding: Mapped[Rounding] = mapped_column(enum_type(Rounding), default=Rounding.NONE)
    counts_preparation: Mapped[bool] = mapped_column(default=True)
    travel_policy: Mapped[TravelPolicy] = mapped_column(enum_type(TravelPolicy), default=TravelPolicy.NONE)
    min_onsite_minutes: Mapped[int] = mapped_column(default=0)
    daily_cap_minutes: Mapped[int] = mapped_column(default=480)
    late_cancellation_working_days: Mapped[int] = mapped_column(default=3)
    late_cancellation_percent: Mapped[int] = mapped_column(default=50)
    deemed_approval_working_days: Mapped[int] = mapped_column(default=0)
    reference: Mapped[str | None] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(Text, default="")
    """Why an amendment is made; those of the municipality read it."""
    signed_by_municipality_on: Mapped[date | None]
    signed_by_carrier_on: Mapped[date | None]
    waits_for_counterpart: Mapped[bool] = mapped_column(default=False)
    """While the amendment of the other contract, in a move of days, is not signed by all: until then no effect."""
    transfer_id: Mapped[int | None] = mapped_column(ForeignKey("pool_transfer.id"), index=True)
    """The move of days that this amendment carries out."""

    contract: Mapped[Contract] = relationship(back_populates="terms")

    def set_scope(self, kind: ScopeKind, units: Iterable[str]) -> None:
        """Write down for whom the terms hold; without single units, none are kept."""
        self.scope_kind = kind
        self.scope_units = "\n".join(filter(None, map(str.strip, units))) if kind is ScopeKind.UNITS else None

    def set_rules(self, rules: CountingRules) -> None:
        """Write the counting rules down."""
        for name, value in asdict(rules).items():
            setattr(self, name, value)

    def as_rules(self) -> Terms:
        """The same as a value that pure rules can reckon with."""
        return Terms(
            number=self.number,
            effective_from=self.effective_from,
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            agreed_minutes=self.agreed_minutes,
            signed_by_municipality_on=self.signed_by_municipality_on,
            signed_by_carrier_on=self.signed_by_carrier_on,
            rules=CountingRules(
                minutes_per_day=self.minutes_per_day,
                unit_minutes=self.unit_minutes,
                rounding=self.rounding,
                counts_preparation=self.counts_preparation,
                travel_policy=self.travel_policy,
                min_onsite_minutes=self.min_onsite_minutes,
                daily_cap_minutes=self.daily_cap_minutes,
                late_cancellation_working_days=self.late_cancellation_working_days,
                late_cancellation_percent=self.late_cancellation_percent,
                deemed_approval_working_days=self.deemed_approval_working_days,
            ),
            scope_kind=self.scope_kind,
            units=tuple((self.scope_units or "").splitlines()),
            waits_for_counterpart=self.waits_for_counterpart,
        )


@scoped(lambda viewer: _of_own_contracts(viewer, WorkPackage.contract_id))
class WorkPackage(Base):
    """A budget line of the contract, in minutes."""

    __tablename__ = "work_package"
    __table_args__ = (
        UniqueConstraint("contract_id", "code"),
        CheckConstraint("planned_minutes >= 0", name="planned"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"))
    code: Mapped[str] = mapped_column(String(12))
    title: Mapped[str] = mapped_column(String(120))
    planned_minutes: Mapped[int]
    position: Mapped[int] = mapped_column(default=0)

    contract: Mapped[Contract] = relationship(back_populates="work_packages")


def _of_own_packages(viewer: Viewer) -> ColumnElement[bool]:
    if not viewer.assigned:
        return false()
    packages, contracts = WorkPackage.__table__.alias(), Contract.__table__.alias()
    own = select(contracts.c.id).where(contracts.c.municipality_id.in_(sorted(viewer.assigned)))
    return PackageYear.work_package_id.in_(select(packages.c.id).where(packages.c.contract_id.in_(own)))


@scoped(_of_own_packages)
class PackageYear(Base):
    """Minutes of a work package meant for a calendar year (domain 2.5); without such rows there is no yearly plan.

    As it is now: what reallocations move goes from one year's row into the same year's of the other package.
    """

    __tablename__ = "package_year"
    __table_args__ = (
        UniqueConstraint("work_package_id", "year"),
        CheckConstraint("planned_minutes > 0", name="planned"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    work_package_id: Mapped[int] = mapped_column(ForeignKey("work_package.id", ondelete="CASCADE"))
    year: Mapped[int]
    planned_minutes: Mapped[int]


@scoped(lambda viewer: _of_own_contracts(viewer, Reallocation.contract_id))
class Reallocation(Base):
    """Minutes moved from one work package of a contract to another, with the reason: recorded, never overwritten."""

    __tablename__ = "reallocation"
    __table_args__ = (
        CheckConstraint("minutes > 0", name="minutes"),
        CheckConstraint("from_package_id != to_package_id", name="packages"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"), index=True)
    from_package_id: Mapped[int] = mapped_column(ForeignKey("work_package.id"), index=True)
    to_package_id: Mapped[int] = mapped_column(ForeignKey("work_package.id"), index=True)
    year: Mapped[int]
    """The calendar year from whose plan, and into whose, it moves them, where packages are planned by years."""
    minutes: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[ReallocationState] = mapped_column(enum_type(ReallocationState))
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime())
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime())

    from_package: Mapped[WorkPackage] = relationship(foreign_keys=from_package_id)
    to_package: Mapped[WorkPackage] = relationship(foreign_keys=to_package_id)


def _touches_own(viewer: Viewer) -> ColumnElement[bool]:
    if not viewer.assigned:
        return false()
    own = sorted(viewer.assigned)
    return or_(PoolTransfer.from_municipality_id.in_(own), PoolTransfer.to_municipality_id.in_(own))


@scoped(_touches_own)
class PoolTransfer(Base):
    """Minutes on their way from one contract to another, or from or to the pool: what is empty stands for the pool.

    `reason` is for the lead alone: it may speak of both sides, of which each must not know the other.
    """

    __tablename__ = "pool_transfer"
    __table_args__ = (
        CheckConstraint("minutes > 0", name="minutes"),
        CheckConstraint("from_contract_id IS NOT NULL OR to_contract_id IS NOT NULL", name="sides"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    kind: Mapped[TransferKind] = mapped_column(enum_type(TransferKind), default=TransferKind.MOVE)
    state: Mapped[TransferState] = mapped_column(enum_type(TransferState), default=TransferState.PROPOSED)
    from_contract_id: Mapped[int | None] = mapped_column(ForeignKey("contract.id"), index=True)
    from_municipality_id: Mapped[int | None] = mapped_column(ForeignKey("municipality.id"), index=True)
    to_contract_id: Mapped[int | None] = mapped_column(ForeignKey("contract.id"), index=True)
    to_municipality_id: Mapped[int | None] = mapped_column(ForeignKey("municipality.id"), index=True)
    minutes: Mapped[int]
    effective_from: Mapped[date]
    reason: Mapped[str] = mapped_column(Text, default="")
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    proposed_at: Mapped[datetime] = mapped_column(UTCDateTime())
    first_approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    first_approved_at: Mapped[datetime | None] = mapped_column(UTCDateTime())
    second_approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    second_approved_at: Mapped[datetime | None] = mapped_column(UTCDateTime())
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """Who refused or withdrew it."""
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime())
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
