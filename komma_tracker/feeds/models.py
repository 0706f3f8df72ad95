"""Addresses under which people subscribe to calendars."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, String, and_, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from komma_tracker.access.rules import Permission, Viewer, may
from komma_tracker.access.scope import scoped
from komma_tracker.accounts.models import User
from komma_tracker.alliances.rules import Side
from komma_tracker.db import Base, UTCDateTime, enum_type, new_public_id
from komma_tracker.events.rules import EventKind
from komma_tracker.feeds.rules import PAST_MONTHS, Audience, Closing, Level
from komma_tracker.municipalities.models import Municipality


def _visible_addresses(viewer: Viewer) -> ColumnElement[bool]:
    """One's own, and those of guests that are one's own municipality's, whoever made them."""
    mine = FeedAddress.owner_id == viewer.user_id
    if not viewer.assigned or not may(viewer, Permission.FEED_GUESTS):
        return mine
    further, assigned = FeedAddressMunicipality.__table__.alias(), sorted(viewer.assigned)
    shared = select(further.c.address_id).where(further.c.municipality_id.in_(assigned))
    ours = or_(FeedAddress.municipality_id.in_(assigned), FeedAddress.id.in_(shared))
    return or_(mine, and_(FeedAddress.for_guest, ours))


@scoped(_visible_addresses)
class FeedAddress(Base):
    """A secret address. Only the hash of its token is kept, so that nobody can read it out of the database."""

    __tablename__ = "feed_address"
    __table_args__ = (
        CheckConstraint("(audience IN ('municipality', 'alliance')) = (municipality_id IS NOT NULL)", name="audience"),
        CheckConstraint("(audience = 'alliance') = (side IS NOT NULL)", name="side"),
        CheckConstraint("expires_on IS NOT NULL OR NOT for_guest", name="expiry"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    """What its owner calls it; of a guest's, whom it is for."""
    owner_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    """Who has made it, and without whose rights it does not open."""
    for_guest: Mapped[bool] = mapped_column(default=False)
    """Whether somebody without an account reads it."""
    audience: Mapped[Audience] = mapped_column(enum_type(Audience))
    municipality_id: Mapped[int | None] = mapped_column(ForeignKey("municipality.id"), index=True)
    side: Mapped[Side | None] = mapped_column(enum_type(Side))
    """On which side of the alliance its reader stands."""
    level: Mapped[Level] = mapped_column(enum_type(Level), default=Level.FULL)
    kinds: Mapped[str] = mapped_column(String(200), default="")
    """The kinds of sessions that it shows, with commas between; empty means all."""
    tentative: Mapped[bool] = mapped_column(default=True)
    cancelled: Mapped[bool] = mapped_column(default=True)
    past_months: Mapped[int] = mapped_column(default=PAST_MONTHS[-1])
    locale: Mapped[str] = mapped_column(String(5), default="de")
    expires_on: Mapped[date | None]
    """The last day on which it opens."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime())
    last_used_at: Mapped[datetime | None] = mapped_column(UTCDateTime())
    body_sha256: Mapped[str | None] = mapped_column(String(64))
    """The bytes served last, and since when: only so can a date alone tell a client that it is up to date."""
    body_changed_at: Mapped[datetime | None] = mapped_column(UTCDateTime())
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime())
    closing: Mapped[Closing | None] = mapped_column(enum_type(Closing))
    """Why it opens no more."""

    owner: Mapped[User] = relationship()
    municipality: Mapped[Municipality | None] = relationship()
    further: Mapped[list[FeedAddressMunicipality]] = relationship(
        cascade="all, delete-orphan", order_by="FeedAddressMunicipality.municipality_id"
    )

    @property
    def shown_kinds(self) -> tuple[EventKind, ...]:
        """The kinds that it is limited to."""
        return tuple(map(EventKind, self.kinds.split(","))) if self.kinds else ()

    @property
    def municipality_ids(self) -> tuple[int, ...]:
        """All municipalities whose sessions it shows, as far as the viewer sees them, the main one first."""
        first = () if self.municipality_id is None else (self.municipality_id,)
        return (*first, *(each.municipality_id for each in self.further))

    @property
    def municipalities(self) -> list[Municipality]:
        """Those of them that the viewer knows of."""
        return [each for each in (self.municipality, *(also.municipality for also in self.further)) if each]


class FeedAddressMunicipality(Base):
    """A further alliance in one calendar, for an organisation that sits in several (domain 5.4, case 18)."""

    __tablename__ = "feed_address_municipality"

    address_id: Mapped[int] = mapped_column(ForeignKey("feed_address.id"), primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"), primary_key=True, index=True)

    municipality: Mapped[Municipality] = relationship(lazy="joined")
