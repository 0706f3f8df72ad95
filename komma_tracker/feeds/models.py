"""Addresses under which people subscribe to calendars."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from komma_tracker.access.scope import scoped
from komma_tracker.accounts.models import User
from komma_tracker.db import Base, UTCDateTime, enum_type, new_public_id
from komma_tracker.feeds.rules import Audience
from komma_tracker.municipalities.models import Municipality


@scoped(lambda viewer: FeedAddress.owner_id == viewer.user_id)
class FeedAddress(Base):
    """A secret address. Only the hash of its token is kept, so that nobody can read it out of the database."""

    __tablename__ = "feed_address"
    __table_args__ = (CheckConstraint("(audience = 'municipality') = (municipality_id IS NOT NULL)", name="audience"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    owner_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    audience: Mapped[Audience] = mapped_column(enum_type(Audience))
    municipality_id: Mapped[int | None] = mapped_column(ForeignKey("municipality.id"))
    locale: Mapped[str] = mapped_column(String(5), default="de")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime())
    last_used_at: Mapped[datetime | None] = mapped_column(UTCDateTime())
    body_sha256: Mapped[str | None] = mapped_column(String(64))
    """The bytes served last, and since when: only so can a date alone tell a client that it is up to date."""
    body_changed_at: Mapped[datetime | None] = mapped_column(UTCDateTime())
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime())

    owner: Mapped[User] = relationship()
    municipality: Mapped[Municipality | None] = relationship()
