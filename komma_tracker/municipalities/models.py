"""Municipalities by alias; who they are stands in a table of its own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, SQLColumnExpression, String, Text, false, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from komma_tracker.access.rules import Role, Viewer
from komma_tracker.access.scope import everything, scoped
from komma_tracker.db import Base, UTCDateTime, enum_type
from komma_tracker.municipalities.rules import Kind, Land, Visibility


def _visible(viewer: Viewer) -> ColumnElement[bool]:
    """Consultants know of all, by label; people of a municipality know of their own; readers of none."""
    if viewer.role is Role.CONSULTANT:
        return everything()
    return Municipality.id.in_(sorted(viewer.assigned)) if viewer.assigned else false()


@scoped(_visible)
class Municipality(Base):
    """A participating municipality. Nothing in this row tells which one it is."""

    __tablename__ = "municipality"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(8), unique=True)
    alias: Mapped[str] = mapped_column(String(40), unique=True)
    visibility: Mapped[Visibility] = mapped_column(enum_type(Visibility), default=Visibility.NETWORK)
    threatened: Mapped[bool] = mapped_column(default=False)
    """Whether there is a threat situation: no calendar tells where its sessions are (domain 5.4, case 10)."""
    label_revision: Mapped[int] = mapped_column(default=0)
    """Grows whenever calendars must show another label or another detail."""
    label_changed_at: Mapped[datetime] = mapped_column(UTCDateTime())
    created_at: Mapped[datetime] = mapped_column(UTCDateTime())
    version: Mapped[int] = mapped_column(default=1)

    identity: Mapped[MunicipalityIdentity | None] = relationship(
        back_populates="municipality", cascade="all, delete-orphan", lazy="joined"
    )

    __mapper_args__ = {"version_id_col": version}

    @property
    def label(self) -> str:
        """The name for those who may know it, the alias for everybody else."""
        return self.identity.name if self.identity else self.alias

    @property
    def is_anonymous(self) -> bool:
        """Whether the municipality takes part without its name."""
        return self.visibility is Visibility.ANONYMOUS


def nameable(viewer: Viewer, municipality_id: SQLColumnExpression[Any]) -> ColumnElement[bool]:
    """Assigned people know the name; the other consultants unless it is anonymous (domain 1.5)."""
    assigned = municipality_id.in_(sorted(viewer.assigned)) if viewer.assigned else false()
    if viewer.role is not Role.CONSULTANT:
        return assigned
    table = Municipality.__table__.alias()
    named = select(table.c.id).where(table.c.visibility != Visibility.ANONYMOUS)
    return or_(assigned, municipality_id.in_(named))


@scoped(lambda viewer: nameable(viewer, MunicipalityIdentity.municipality_id))
class MunicipalityIdentity(Base):
    """Who a municipality is: name, key and every attribute that could tell (with ten of them, Land and kind do)."""

    __tablename__ = "municipality_identity"
    __table_args__ = (Index("ix_municipality_identity_sort_key", "sort_key"),)

    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    sort_key: Mapped[str] = mapped_column(String(120))
    kind: Mapped[Kind] = mapped_column(enum_type(Kind))
    land: Mapped[Land] = mapped_column(enum_type(Land))
    district: Mapped[str | None] = mapped_column(String(120))
    population: Mapped[int | None]
    official_key: Mapped[str | None] = mapped_column(String(12), unique=True)
    address: Mapped[str | None] = mapped_column(Text)
    contact_name: Mapped[str | None] = mapped_column(String(120))
    contact_email: Mapped[str | None] = mapped_column(String(254))
    contact_phone: Mapped[str | None] = mapped_column(String(60))
    catholic_holidays: Mapped[bool] = mapped_column(default=False)
    augsburg_holiday: Mapped[bool] = mapped_column(default=False)
    local_holidays: Mapped[str | None] = mapped_column(Text)
    """Holidays of this municipality alone, one a line, as `rules.local_holidays` reads them."""

    municipality: Mapped[Municipality] = relationship(back_populates="identity")


class RegisterEntry(Base):
    """A unit of Destatis' official list (GV100AD) that may take part; public data, no participant."""

    __tablename__ = "register_entry"

    key: Mapped[str] = mapped_column(String(8), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    official_name: Mapped[str] = mapped_column(String(120))
    search_key: Mapped[str] = mapped_column(String(120), index=True)
    kind: Mapped[Kind] = mapped_column(enum_type(Kind))
    land: Mapped[Land] = mapped_column(enum_type(Land))
    district: Mapped[str | None] = mapped_column(String(120))
    population: Mapped[int]
