"""Cooperation contracts: parties, scope, effective-dated terms, work packages."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, String, Text, UniqueConstraint, false, select
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column, relationship

from komma_tracker.access.rules import Viewer
from komma_tracker.access.scope import scoped
from komma_tracker.contracts.rules import ContractState, CountingRules, Rounding, ScopeKind, Terms, TravelPolicy, until
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
    """The agreement between the applying head and the carrier."""

    __tablename__ = "contract"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"), index=True)
    reference: Mapped[str | None] = mapped_column(String(60))
    state: Mapped[ContractState] = mapped_column(enum_type(ContractState), default=ContractState.DRAFT)
    scope_kind: Mapped[ScopeKind] = mapped_column(enum_type(ScopeKind), default=ScopeKind.WHOLE)
    scope_units: Mapped[str | None] = mapped_column(Text)
    signatory_name: Mapped[str | None] = mapped_column(String(120))
    signatory_office: Mapped[str | None] = mapped_column(String(120))
    ended_on: Mapped[date | None]
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
    signed_by_municipality_on: Mapped[date | None]
    signed_by_carrier_on: Mapped[date | None]

    contract: Mapped[Contract] = relationship(back_populates="terms")

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
            ),
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
