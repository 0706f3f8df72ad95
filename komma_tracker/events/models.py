"""Sessions: anything of the programme that has a time."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    DateTime,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    false,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from komma_tracker.access.rules import Role, Viewer
from komma_tracker.access.scope import everything, scoped
from komma_tracker.accounts.models import User
from komma_tracker.budget.rules import Activity, Mode
from komma_tracker.contracts.models import WorkPackage
from komma_tracker.db import Base, UTCDateTime, enum_type, new_public_id
from komma_tracker.events.lateness import LateState
from komma_tracker.events.rules import PROGRAMME_KINDS, EventKind, EventState, FunctionGroup, Initiator, ReasonClass
from komma_tracker.events.shares import Sharing, SplitKey
from komma_tracker.municipalities.models import Municipality


def _visible_events(viewer: Viewer) -> ColumnElement[bool]:
    return _visible(viewer, Event)


def _visible(viewer: Viewer, event: Any) -> ColumnElement[bool]:
    """Those of one's own municipalities, those one runs, what the programme offers to all; `event` has the columns."""
    if viewer.role is Role.READER:
        return false()
    municipalities, consultants = EventMunicipality.__table__.alias(), EventConsultant.__table__.alias()
    own = select(municipalities.c.event_id).where(
        municipalities.c.municipality_id.in_(sorted(viewer.assigned)) if viewer.assigned else false()
    )
    for_all = (event.kind.in_(sorted(PROGRAMME_KINDS))) & (event.municipality_count == 0)
    visible = or_(event.id.in_(own), for_all)
    if viewer.role is Role.CONSULTANT:
        run = select(consultants.c.event_id).where(consultants.c.user_id == viewer.user_id)
        visible = or_(visible, event.id.in_(run))
    return visible


@scoped(_visible_events)
class Event(Base):
    """A session. Its time is wall time at a place: kept local with its zone, turned into an instant when needed."""

    __tablename__ = "event"
    __table_args__ = (
        CheckConstraint("ends_local > starts_local", name="order"),
        CheckConstraint("seats > 0", name="seats"),
        CheckConstraint("preparation_minutes >= 0 AND follow_up_minutes >= 0", name="around"),
        UniqueConstraint("series_id", "part"),
        Index("ix_event_starts_local", "starts_local"),
        Index("ix_event_municipality_count", "municipality_count", "starts_local"),  # finds what is offered to all
        Index("ix_event_version", "version"),  # polling calendars sum it, without touching a row
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    kind: Mapped[EventKind] = mapped_column(enum_type(EventKind))
    state: Mapped[EventState] = mapped_column(enum_type(EventState), default=EventState.TENTATIVE)
    title: Mapped[str] = mapped_column(String(160))
    starts_local: Mapped[datetime] = mapped_column(DateTime(timezone=False))
    ends_local: Mapped[datetime] = mapped_column(DateTime(timezone=False))
    zone: Mapped[str] = mapped_column(String(40), default="Europe/Berlin")
    mode: Mapped[Mode] = mapped_column(enum_type(Mode))
    place: Mapped[str] = mapped_column(String(200), default="")
    room: Mapped[str] = mapped_column(String(120), default="")
    link: Mapped[str] = mapped_column(String(500), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    planned_minutes: Mapped[int]
    """Planned consulting time per consultant in the session, over all municipalities together."""
    preparation_minutes: Mapped[int] = mapped_column(default=0)
    """Planned per consultant for the time before it."""
    follow_up_minutes: Mapped[int] = mapped_column(default=0)
    """Planned per consultant for the time after it."""
    seats: Mapped[int | None]
    """How many people there is room for; None where nobody counts them."""
    target_group: Mapped[str] = mapped_column(String(200), default="")
    public_cleared: Mapped[bool] = mapped_column(default=False)
    """Whether the lead has cleared it for the public calendar."""
    series_id: Mapped[int | None] = mapped_column(ForeignKey("event_series.id"))
    part: Mapped[int | None]
    """Its number in the series, from 1; it keeps it when it is moved."""
    split_key: Mapped[SplitKey] = mapped_column(enum_type(SplitKey), default=SplitKey.EQUAL)
    """By what its days are shared out where several municipalities take part."""
    municipality_count: Mapped[int] = mapped_column(default=0)
    """How many municipalities take part: tells that there are others to whoever may not see them."""
    labels_left: Mapped[int] = mapped_column(default=0)
    """The label revisions of municipalities that take part no more. Calendars count those of all into SEQUENCE, which
    must not fall when one leaves (calendars 3, rule 12).
    """
    called_off_by: Mapped[Initiator | None] = mapped_column(enum_type(Initiator))
    notice_on: Mapped[date | None]
    """When it was called off, which may be entered later: the notice that the municipality has given."""
    cancel_reason: Mapped[ReasonClass | None] = mapped_column(enum_type(ReasonClass))
    cancelled_at: Mapped[datetime | None] = mapped_column(UTCDateTime())
    cancelled_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    held_at: Mapped[datetime | None] = mapped_column(UTCDateTime())
    created_at: Mapped[datetime] = mapped_column(UTCDateTime())
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime())
    version: Mapped[int] = mapped_column(default=1)

    municipalities: Mapped[list[EventMunicipality]] = relationship(
        cascade="all, delete-orphan", order_by="EventMunicipality.municipality_id", lazy="selectin"
    )
    consultants: Mapped[list[EventConsultant]] = relationship(
        cascade="all, delete-orphan", order_by="EventConsultant.user_id", lazy="selectin"
    )
    participants: Mapped[list[EventParticipants]] = relationship(
        cascade="all, delete-orphan", order_by="EventParticipants.function_group"
    )

    __mapper_args__ = {"version_id_col": version}

    @property
    def municipality_ids(self) -> list[int]:
        """The municipalities that take part, as far as the viewer sees them."""
        return [part.municipality_id for part in self.municipalities]

    @property
    def others(self) -> int:
        """How many more take part."""
        return self.municipality_count - len(self.municipalities)

    @property
    def consultant_ids(self) -> list[int]:
        """Who runs the session."""
        return [each.user_id for each in self.consultants]

    @property
    def sharing(self) -> Sharing:
        """How it is shared out, as far as the viewer sees it."""
        return Sharing(self.split_key, next((part.municipality_id for part in self.municipalities if part.hosts), None))


def _visible_parts(viewer: Viewer) -> ColumnElement[bool]:
    """People of a municipality see only their own; the others are "weitere Kommunen" to them."""
    if viewer.role is Role.CONSULTANT:
        return everything()
    return EventMunicipality.municipality_id.in_(sorted(viewer.assigned)) if viewer.assigned else false()


@scoped(_visible_parts)
class EventMunicipality(Base):
    """A municipality that takes part in a session, the work package that pays for it, how many people came from it."""

    __tablename__ = "event_municipality"

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"), primary_key=True, index=True)
    work_package_id: Mapped[int | None] = mapped_column(ForeignKey("work_package.id"))
    hosts: Mapped[bool] = mapped_column(default=False)
    """Whether it bears all of the days (`SplitKey.HOST`)."""
    headcount: Mapped[int | None]
    """How many of the participants came from it; those of the whole session are counted by function group."""

    municipality: Mapped[Municipality] = relationship(lazy="joined")
    work_package: Mapped[WorkPackage | None] = relationship()


def _visible_series(viewer: Viewer) -> ColumnElement[bool]:
    """Those with a part that one sees."""
    event = Event.__table__.alias("parts").c
    return EventSeries.id.in_(select(event.series_id).where(event.series_id.is_not(None), _visible(viewer, event)))


@scoped(_visible_series)
class EventSeries(Base):
    """Several sessions for the same people: planned by one form, their seats and persons counted once."""

    __tablename__ = "event_series"
    __table_args__ = (CheckConstraint("unique_persons >= 0", name="unique_persons"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    title: Mapped[str] = mapped_column(String(160))
    unique_persons: Mapped[int | None]
    """How many different people took part in any of its sessions; attendances are counted at each."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime())
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class EventConsultant(Base):
    """A consultant who runs a session."""

    __tablename__ = "event_consultant"

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True, index=True)

    user: Mapped[User] = relationship(lazy="joined")


class EventParticipants(Base):
    """How many people of a function group took part; never who."""

    __tablename__ = "event_participants"
    __table_args__ = (CheckConstraint("headcount >= 0", name="headcount"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), primary_key=True)
    function_group: Mapped[FunctionGroup] = mapped_column(enum_type(FunctionGroup), primary_key=True)
    headcount: Mapped[int]


class EventMove(Base):
    """A step in the life of a session: from which state to which, and where it was moved, from which time to which."""

    __tablename__ = "event_move"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), index=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime())
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """None where the program itself did it."""
    reason: Mapped[ReasonClass | None] = mapped_column(enum_type(ReasonClass))
    from_state: Mapped[EventState | None] = mapped_column(enum_type(EventState))
    """None where it was planned only now."""
    to_state: Mapped[EventState] = mapped_column(enum_type(EventState))
    from_starts_local: Mapped[datetime | None] = mapped_column(DateTime(timezone=False))
    """Its time before and after, where it was moved; else all four are None."""
    from_ends_local: Mapped[datetime | None] = mapped_column(DateTime(timezone=False))
    to_starts_local: Mapped[datetime | None] = mapped_column(DateTime(timezone=False))
    to_ends_local: Mapped[datetime | None] = mapped_column(DateTime(timezone=False))


class EventMaterial(Base):
    """Material of a session, as a link; what is behind it stays where it is."""

    __tablename__ = "event_material"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), index=True)
    title: Mapped[str] = mapped_column(String(160))
    url: Mapped[str] = mapped_column(String(500))
    added_at: Mapped[datetime] = mapped_column(UTCDateTime())
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class EventReminder(Base):
    """Its consultants were reminded to say whether a session took place: a row of its own, for they are told once."""

    __tablename__ = "event_reminder"

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), primary_key=True)
    sent_at: Mapped[datetime] = mapped_column(UTCDateTime())


class EventBooking(Base):
    """The entry that a session booked: the key makes sure that it books once."""

    __tablename__ = "event_booking"

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), primary_key=True)
    consultant_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"), primary_key=True)
    activity: Mapped[Activity] = mapped_column(enum_type(Activity), primary_key=True)
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("day_entry.id", ondelete="SET NULL"), index=True)


def _visible_late(viewer: Viewer) -> ColumnElement[bool]:
    return LateCancellation.municipality_id.in_(sorted(viewer.assigned)) if viewer.assigned else false()


@scoped(_visible_late)
class LateCancellation(Base):
    """What the contract lets charge for a session that its municipality called off too late, until the lead decides."""

    __tablename__ = "late_cancellation"
    __table_args__ = (CheckConstraint("minutes > 0", name="minutes"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"), primary_key=True, index=True)
    notice_days: Mapped[int]
    """Working days of notice, by the municipality's own calendar."""
    minutes: Mapped[int]
    """Of all consultants together."""
    state: Mapped[LateState] = mapped_column(enum_type(LateState), default=LateState.PROPOSED, index=True)
    reason: Mapped[str] = mapped_column(Text, default="")
    """Why they are waived."""
    proposed_at: Mapped[datetime] = mapped_column(UTCDateTime())
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime())
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    municipality: Mapped[Municipality] = relationship()
