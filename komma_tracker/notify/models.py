"""What was sent to whom, and what they have answered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, String, UniqueConstraint, false, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from komma_tracker.access.rules import Role, Viewer
from komma_tracker.access.scope import scoped
from komma_tracker.accounts.models import User
from komma_tracker.db import Base, UTCDateTime, enum_type
from komma_tracker.events.models import Event, EventConsultant, EventMunicipality
from komma_tracker.notify.rules import Answer, Method, Sent


def _visible(viewer: Viewer) -> ColumnElement[bool]:
    """One's own; consultants also those to sessions that they run, or of municipalities for which they work."""
    own = Invitation.user_id == viewer.user_id
    if viewer.role is not Role.CONSULTANT:
        return own
    run, parts = EventConsultant.__table__.alias(), EventMunicipality.__table__.alias()
    assigned = parts.c.municipality_id.in_(sorted(viewer.assigned)) if viewer.assigned else false()
    return or_(
        own,
        Invitation.event_id.in_(select(run.c.event_id).where(run.c.user_id == viewer.user_id)),
        Invitation.event_id.in_(select(parts.c.event_id).where(assigned)),
    )


@scoped(_visible)
class Invitation(Base):
    """The last message to a person about a session. Of its words nothing is kept: who may know what can change."""

    __tablename__ = "invitation"
    __table_args__ = (UniqueConstraint("event_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    method: Mapped[Method] = mapped_column(enum_type(Method))
    sequence: Mapped[int]
    """SEQUENCE of the last message: one more each time."""
    asked: Mapped[int]
    """SEQUENCE of the first message with this time: from then on an answer counts."""
    fingerprint: Mapped[str] = mapped_column(String(64))
    starts_at: Mapped[datetime] = mapped_column(UTCDateTime())
    ends_at: Mapped[datetime] = mapped_column(UTCDateTime())
    sent_at: Mapped[datetime] = mapped_column(UTCDateTime())
    answer: Mapped[Answer | None] = mapped_column(enum_type(Answer))
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime())

    event: Mapped[Event] = relationship()
    user: Mapped[User] = relationship()

    @property
    def sent(self) -> Sent:
        """What rules need to know of it."""
        return Sent(
            self.method,
            self.sequence,
            self.asked,
            self.fingerprint,
            self.starts_at,
            self.ends_at,
            self.answer,
            self.answered_at,
        )
