"""Reports that went to the funder, as they were."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, LargeBinary, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from komma_tracker.access.scope import scoped
from komma_tracker.accounts.models import User
from komma_tracker.db import Base, UTCDateTime, enum_type, new_public_id
from komma_tracker.reports.rules.period import Period, ReportKind


@scoped(lambda viewer: false())
class FiledReport(Base):
    """A report as it was filed; nothing of it changes. Only the lead sees it.

    Figures and files are those that a funder may see: there is no anonymous municipality in them (decision 8).
    """

    __tablename__ = "filed_report"
    __table_args__ = (CheckConstraint("last_month >= first_month", name="period"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    kind: Mapped[ReportKind] = mapped_column(enum_type(ReportKind))
    first_month: Mapped[date]
    last_month: Mapped[date]
    filed_at: Mapped[datetime] = mapped_column(UTCDateTime())
    filed_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    check_sum: Mapped[str] = mapped_column(String(24))
    figures: Mapped[str] = mapped_column(Text, deferred=True)
    """What `rules.figures.as_json` made of them."""
    companions: Mapped[list[str]] = mapped_column(JSON)
    """Codes of the named municipalities that it shows only together with anonymous ones."""
    xlsx: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    pdf: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)

    filed_by: Mapped[User] = relationship()

    @property
    def period(self) -> Period:
        """Its months."""
        return Period(self.first_month, self.last_month)
