"""Uploaded files that wait for their confirmation, and what was said about files like them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    ForeignKey,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    and_,
    false,
    or_,
    true,
)
from sqlalchemy.orm import Mapped, deferred, mapped_column

from komma_tracker.access.rules import Viewer
from komma_tracker.access.scope import scoped
from komma_tracker.accounts.models import TEAM_ROLES
from komma_tracker.db import Base, UTCDateTime, enum_type, new_public_id
from komma_tracker.exchange.rules import DateOrder, ImportStep, NameKind
from komma_tracker.municipalities.models import nameable


@scoped(lambda viewer: ImportDraft.user_id == viewer.user_id)
class ImportDraft(Base):
    """A file between its preview and its booking; the database keeps it so that any process can go on with it."""

    __tablename__ = "import_draft"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    municipality_id: Mapped[int | None] = mapped_column(ForeignKey("municipality.id"))
    filename: Mapped[str] = mapped_column(String(200))
    content: Mapped[bytes] = deferred(mapped_column(LargeBinary))
    step: Mapped[ImportStep] = mapped_column(enum_type(ImportStep), default=ImportStep.PREVIEW)
    places: Mapped[dict[str, int] | None] = mapped_column(JSON)
    """In which column each field stands, where somebody has matched them."""
    date_order: Mapped[DateOrder | None] = mapped_column(enum_type(DateOrder))
    answers: Mapped[list[Any] | None] = mapped_column(JSON)
    """For what the names of the file stand: kind, surrounding, name and target of each."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime())
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime())
    booked_at: Mapped[datetime | None] = mapped_column(UTCDateTime())


@scoped(lambda viewer: ImportLayout.user_id == viewer.user_id)
class ImportLayout(Base):
    """How a person has matched the columns of files with this header line."""

    __tablename__ = "import_layout"
    __table_args__ = (UniqueConstraint("user_id", "heading"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    heading: Mapped[str] = mapped_column(String(64))
    """A digest of the header line."""
    places: Mapped[dict[str, int]] = mapped_column(JSON)


def _visible_names(viewer: Viewer) -> ColumnElement[bool]:
    """What stands for a municipality is as secret as its name; the rest is its author's own."""
    own = and_(ImportName.user_id == viewer.user_id, ImportName.municipality_id.is_(None))
    return or_(own, nameable(viewer, ImportName.municipality_id))


@scoped(_visible_names)
class ImportName(Base):
    """For what a name in somebody's files stands, so that it need not be said again. Never logged, never recorded."""

    __tablename__ = "import_name"
    __table_args__ = (UniqueConstraint("user_id", "kind", "within", "name", "municipality_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    municipality_id: Mapped[int | None] = mapped_column(ForeignKey("municipality.id"), index=True)
    """Which municipality the name tells about, if any."""
    kind: Mapped[NameKind] = mapped_column(enum_type(NameKind))
    within: Mapped[str] = mapped_column(String(250), default="")
    name: Mapped[str] = mapped_column(String(250))
    target: Mapped[str] = mapped_column(Text)
    """A code of a municipality or package, the public id of a person, an activity, a mode, or "-" for none."""


@scoped(lambda viewer: true() if viewer.role in TEAM_ROLES else false())
class CalendarWord(Base):
    """Makes appointments with it look like work for the programme; read by the whole team, so never a name."""

    __tablename__ = "calendar_word"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    word: Mapped[str] = mapped_column(String(60))
    key: Mapped[str] = mapped_column(String(60), unique=True)
    """The word, folded."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime())
