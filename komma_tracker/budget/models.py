"""The ledger of consulting days and its kept totals."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    false,
    or_,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from komma_tracker.access.rules import Role, Viewer
from komma_tracker.access.scope import scoped
from komma_tracker.accounts.models import User
from komma_tracker.budget.rules import Activity, AnswerWay, Approval, Mode, MonthState, month_of
from komma_tracker.contracts.models import Contract, WorkPackage
from komma_tracker.db import Base, UTCDateTime, enum_type, new_public_id
from komma_tracker.municipalities.models import Municipality

NEEDS_APPROVAL = text("approval != 'not_needed'")
"""The few entries that somebody must decide on, or has; found without a look at all the others."""


def _month_of_service(context: Any) -> date:
    return month_of(context.get_current_parameters()["service_date"])


def _visible_entries(viewer: Viewer) -> ColumnElement[bool]:
    """Those of one's own municipalities, and for consultants also what they logged themselves, wherever."""
    own = DayEntry.municipality_id.in_(sorted(viewer.assigned)) if viewer.assigned else false()
    return or_(own, DayEntry.consultant_id == viewer.user_id) if viewer.role is Role.CONSULTANT else own


@scoped(_visible_entries)
class DayEntry(Base):
    """Time that one consultant worked for one municipality on one day.

    `minutes` is what was worked, `chargeable_minutes` what the contract's counting rules make of it; both negative
    in a reversal. `service_date` says when it was worked, `posting_month` whose statement takes it.
    """

    __tablename__ = "day_entry"
    __table_args__ = (
        CheckConstraint("minutes > 0 OR reverses_id IS NOT NULL", name="minutes"),
        Index("ix_day_entry_municipality_id_service_date", "municipality_id", "service_date"),
        Index("ix_day_entry_consultant_id_service_date", "consultant_id", "service_date"),
        Index("ix_day_entry_contract_id_service_date", "contract_id", "service_date"),
        Index("ix_day_entry_contract_id_posting_month", "contract_id", "posting_month"),
        Index("ix_day_entry_approval", "approval", sqlite_where=NEEDS_APPROVAL, postgresql_where=NEEDS_APPROVAL),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"))
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"))
    """That of the contract, kept here too because it decides who sees the row."""
    consultant_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    work_package_id: Mapped[int | None] = mapped_column(ForeignKey("work_package.id"), index=True)
    service_date: Mapped[date]
    posting_month: Mapped[date] = mapped_column(default=_month_of_service)
    """First day of the month in whose statement it stands: that of the service, or the open one for what is late."""
    minutes: Mapped[int]
    chargeable_minutes: Mapped[int]
    counted_as: Mapped[str] = mapped_column(String(160), default="")
    """Why the two differ: charge reasons, separated by commas."""
    activity: Mapped[Activity] = mapped_column(enum_type(Activity))
    mode: Mapped[Mode] = mapped_column(enum_type(Mode))
    note: Mapped[str] = mapped_column(Text, default="")
    internal_note: Mapped[str] = mapped_column(Text, default="")
    statement_id: Mapped[int | None] = mapped_column(ForeignKey("statement.id"), index=True)
    """The statement in which it was submitted: from then on nothing of it changes."""
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("day_entry.id"), unique=True)
    """The entry that this one takes back."""
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("day_entry.id"), unique=True)
    """The entry in whose place this one stands, after its reversal."""
    reason: Mapped[str] = mapped_column(Text, default="")
    """Why it was corrected, or comes late."""
    approval: Mapped[Approval] = mapped_column(enum_type(Approval), default=Approval.NOT_NEEDED)
    """What the lead says of work before the term, or reported very late: without a yes it does not count."""
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    approved_at: Mapped[datetime | None] = mapped_column(UTCDateTime())
    import_key: Mapped[str | None] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime())
    created_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime())
    version: Mapped[int] = mapped_column(default=1)

    contract: Mapped[Contract] = relationship()
    municipality: Mapped[Municipality] = relationship()
    consultant: Mapped[User] = relationship(foreign_keys=consultant_id)
    work_package: Mapped[WorkPackage | None] = relationship()

    __mapper_args__ = {"version_id_col": version}


def _visible_statements(viewer: Viewer) -> ColumnElement[bool]:
    return Statement.municipality_id.in_(sorted(viewer.assigned)) if viewer.assigned else false()


@scoped(_visible_statements)
class Statement(Base):
    """One month of a contract as it was submitted: its lines are the entries that refer to it, and stay as they are.

    A month without such a row is open.
    """

    __tablename__ = "statement"
    __table_args__ = (UniqueConstraint("contract_id", "month"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"))
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"), index=True)
    month: Mapped[date]
    """Its first day."""
    state: Mapped[MonthState] = mapped_column(enum_type(MonthState), default=MonthState.SUBMITTED)
    minutes: Mapped[int]
    """Chargeable minutes of its lines."""
    budget_minutes: Mapped[int | None]
    """The same in the measure of the contract's budget, where a line's day is of another length; else nothing."""
    agreed_minutes: Mapped[int]
    """Agreed at the end of the month, as of the submission."""
    remaining_minutes: Mapped[int]
    """Of these what was left after this statement and all before it."""
    check_number: Mapped[str] = mapped_column(String(24))
    """By which the document can be verified against the ledger."""
    submitted_at: Mapped[datetime] = mapped_column(UTCDateTime())
    submitted_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime())
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    answered_by_name: Mapped[str | None] = mapped_column(String(120))
    """The name of that person at the time: a sign-off keeps it when the person goes."""
    answer_way: Mapped[AnswerWay | None] = mapped_column(enum_type(AnswerWay))
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime())
    reported_at: Mapped[datetime | None] = mapped_column(UTCDateTime())
    version: Mapped[int] = mapped_column(default=1)

    contract: Mapped[Contract] = relationship()
    municipality: Mapped[Municipality] = relationship()

    __mapper_args__ = {"version_id_col": version}

    @property
    def taken_minutes(self) -> int:
        """What it takes from the budget, in the measure of that."""
        return self.minutes if self.budget_minutes is None else self.budget_minutes


def _visible_totals(viewer: Viewer) -> ColumnElement[bool]:
    return BudgetTotal.municipality_id.in_(sorted(viewer.assigned)) if viewer.assigned else false()


@scoped(_visible_totals)
class BudgetTotal(Base):
    """The sum of a contract's ledger, kept for lists: a cache, written with every entry, checked by `komma check`.

    In minutes of the contract's measure, as what is agreed (docs/decisions/0016).
    """

    __tablename__ = "budget_total"

    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"), primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"), index=True)
    used_minutes: Mapped[int] = mapped_column(default=0)
    confirmed_minutes: Mapped[int] = mapped_column(default=0)
    """Of the minutes used, those in statements that the municipality has confirmed."""
    entry_count: Mapped[int] = mapped_column(default=0)
    last_service_date: Mapped[date | None]
