"""What is kept of a statement beside its entries: names as they were, who said what, and links to sign off."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, ForeignKey, String, Text, false
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column, relationship

from komma_tracker.access.rules import Viewer
from komma_tracker.access.scope import scoped
from komma_tracker.accounts.models import User
from komma_tracker.budget.models import Statement
from komma_tracker.budget.rules import AnswerWay, MonthState
from komma_tracker.db import Base, UTCDateTime, enum_type


def _own(viewer: Viewer, municipality_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    return municipality_id.in_(sorted(viewer.assigned)) if viewer.assigned else false()


@scoped(lambda viewer: _own(viewer, StatementSnapshot.municipality_id))
class StatementSnapshot(Base):
    """What a statement said when it was submitted, beyond its entries; of the municipality only the number."""

    __tablename__ = "statement_snapshot"

    statement_id: Mapped[int] = mapped_column(ForeignKey("statement.id"), primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"), index=True)
    minutes_per_day: Mapped[int]
    names: Mapped[dict[str, Any]] = mapped_column(JSON)
    """By entry: the consultant's name, the work package and the length of a day in minutes, as they were."""
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    """What the check number was made of."""

    statement: Mapped[Statement] = relationship()

    def said(self) -> dict[str, tuple[str, str, int]]:
        """The names by entry; before days could change their length, it was that of the month."""
        return {
            entry: (consultant, package, length[0] if length else self.minutes_per_day)
            for entry, (consultant, package, *length) in self.names.items()
        }


@scoped(lambda viewer: _own(viewer, StatementStep.municipality_id))
class StatementStep(Base):
    """One move of a month: into which state, when, by whom, and why."""

    __tablename__ = "statement_step"

    id: Mapped[int] = mapped_column(primary_key=True)
    statement_id: Mapped[int] = mapped_column(ForeignKey("statement.id"), index=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"), index=True)
    state: Mapped[MonthState] = mapped_column(enum_type(MonthState))
    at: Mapped[datetime] = mapped_column(UTCDateTime())
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    by_name: Mapped[str] = mapped_column(String(120), default="")
    """The name of that person at the time; empty where it was nobody."""
    way: Mapped[AnswerWay | None] = mapped_column(enum_type(AnswerWay))
    reason: Mapped[str] = mapped_column(Text, default="")
    check_number: Mapped[str] = mapped_column(String(24))

    objections: Mapped[list[Objection]] = relationship(order_by="Objection.id", back_populates="step")


@scoped(lambda viewer: _own(viewer, Objection.municipality_id))
class Objection(Base):
    """What the municipality says against one line, or against the whole; it stays when the line is corrected."""

    __tablename__ = "objection"

    id: Mapped[int] = mapped_column(primary_key=True)
    step_id: Mapped[int] = mapped_column(ForeignKey("statement_step.id"), index=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"), index=True)
    entry_public_id: Mapped[str | None] = mapped_column(String(16))
    """No reference: the entry may be deleted while its month is open again."""
    service_date: Mapped[date | None]
    minutes: Mapped[int | None]
    """That the line said would count."""
    words: Mapped[str] = mapped_column(Text)

    step: Mapped[StatementStep] = relationship(back_populates="objections")


@scoped(lambda viewer: _own(viewer, SignOffLink.municipality_id))
class SignOffLink(Base):
    """A mailed link with which one person answers one statement once, without signing in; only its hash is kept."""

    __tablename__ = "sign_off_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    statement_id: Mapped[int] = mapped_column(ForeignKey("statement.id"), index=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime())
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime())
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime())

    statement: Mapped[Statement] = relationship()
    user: Mapped[User] = relationship(foreign_keys=user_id)
