"""People, what they are assigned to, and what lets them in."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ColumnElement, Float, ForeignKey, Index, String, false, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from komma_tracker.access.rules import Role, Viewer
from komma_tracker.access.scope import scoped
from komma_tracker.accounts.laender import Land
from komma_tracker.accounts.rules import LinkPurpose, PersonState, Span, person_state
from komma_tracker.db import Base, UTCDateTime, enum_type, new_public_id

TEAM_ROLES = (Role.LEAD, Role.CONSULTANT)


def _visible_people(viewer: Viewer) -> ColumnElement[bool]:
    """Oneself, the team, and the people of one's own municipalities."""
    if viewer.role is Role.READER:
        return User.id == viewer.user_id
    assignment = Assignment.__table__.alias()
    neighbours = select(assignment.c.user_id).where(
        assignment.c.municipality_id.in_(sorted(viewer.assigned)) if viewer.assigned else false()
    )
    return or_(User.id == viewer.user_id, User.role.in_(TEAM_ROLES), User.id.in_(neighbours))


@scoped(_visible_people)
class User(Base):
    """A person who may sign in."""

    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[Role] = mapped_column(enum_type(Role))
    locale: Mapped[str] = mapped_column(String(5), default="de")
    password_hash: Mapped[str | None] = mapped_column(String(200))
    land: Mapped[Land | None] = mapped_column(enum_type(Land))
    """Where this person works: its public holidays are mentioned when a session is planned for one of them."""
    invitations: Mapped[bool] = mapped_column(default=False)
    """Whether this person wants sessions by mail."""
    is_demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime())
    disabled_at: Mapped[datetime | None] = mapped_column(UTCDateTime())
    version: Mapped[int] = mapped_column(default=1)

    assignments: Mapped[list[Assignment]] = relationship(
        back_populates="user", cascade="all, delete-orphan", order_by="Assignment.starts_on"
    )

    __mapper_args__ = {"version_id_col": version}

    @property
    def state(self) -> PersonState:
        """Whether this person can sign in."""
        return person_state(has_password=self.password_hash is not None, disabled=self.disabled_at is not None)


def _visible_assignments(viewer: Viewer) -> ColumnElement[bool]:
    mine = Assignment.user_id == viewer.user_id
    return or_(mine, Assignment.municipality_id.in_(sorted(viewer.assigned))) if viewer.assigned else mine


@scoped(_visible_assignments)
class Assignment(Base):
    """A person works for, or belongs to, a municipality from one day to another (both inclusive)."""

    __tablename__ = "assignment"
    __table_args__ = (CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="order"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"), index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]

    user: Mapped[User] = relationship(back_populates="assignments")

    @property
    def span(self) -> Span:
        """What rules need to know of it."""
        return Span(self.municipality_id, self.starts_on, self.ends_on)


class LoginSession(Base):
    """A signed-in browser. Deleting the row signs it out, whatever cookie it still holds."""

    __tablename__ = "login_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime())
    last_seen_at: Mapped[datetime] = mapped_column(UTCDateTime())

    user: Mapped[User] = relationship()


class OneTimeLink(Base):
    """An invitation or a password reset: works once, until it expires."""

    __tablename__ = "one_time_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    purpose: Mapped[LinkPurpose] = mapped_column(enum_type(LinkPurpose))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime())
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime())
    used_at: Mapped[datetime | None] = mapped_column(UTCDateTime())

    user: Mapped[User] = relationship()


class RateLimit(Base):
    """A counter of attempts, shared by all processes; `expires` in seconds since 1970."""

    __tablename__ = "rate_limit"
    __table_args__ = (Index("ix_rate_limit_expires", "expires"),)

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    hits: Mapped[int]
    expires: Mapped[float] = mapped_column(Float)
