"""Alliances: organisations on their sides, how far they have come, what was decided and what is to be done."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, String, Text, UniqueConstraint, false, select
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column, relationship
from sqlalchemy.orm.attributes import flag_modified

from komma_tracker.access.rules import Viewer
from komma_tracker.access.scope import scoped
from komma_tracker.alliances.rules import AgreementKind, AllianceState, MemberState, Side
from komma_tracker.db import Base, UTCDateTime, enum_type, new_public_id


def _own(viewer: Viewer, municipality_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    return municipality_id.in_(sorted(viewer.assigned)) if viewer.assigned else false()


def _known(viewer: Viewer) -> ColumnElement[bool]:
    """Those that sit in an alliance of one's own: that it sits in others too is not told (domain 5.4, case 18)."""
    if not viewer.assigned:
        return false()
    table = AllianceMember.__table__.alias()
    return Organisation.id.in_(
        select(table.c.organisation_id).where(table.c.municipality_id.in_(sorted(viewer.assigned)))
    )


@scoped(_known)
class Organisation(Base):
    """An authority, an office or a service: one row, in however many alliances it sits.

    Its name is not unique. If it were, who adds one would learn that somebody else has it already.
    """

    __tablename__ = "organisation"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    name: Mapped[str] = mapped_column(String(160))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime())
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


@scoped(lambda viewer: _own(viewer, Alliance.municipality_id))
class Alliance(Base):
    """The alliance of a municipality; its version guards work plan and minutes too."""

    __tablename__ = "alliance"

    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"), primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    state: Mapped[AllianceState] = mapped_column(enum_type(AllianceState), default=AllianceState.FORMING)
    agreement_on: Mapped[date | None]
    """When its members signed an agreement with one another."""
    coordination_after: Mapped[str] = mapped_column(String(160), default="")
    """Which function coordinates once the project has ended."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime())
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    def touch(self) -> None:
        """Count a change of rows beside its own as one of the alliance."""
        flag_modified(self, "state")


@scoped(lambda viewer: _own(viewer, AllianceTurn.municipality_id))
class AllianceTurn(Base):
    """When an alliance came into a state."""

    __tablename__ = "alliance_turn"

    id: Mapped[int] = mapped_column(primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("alliance.municipality_id"), index=True)
    state: Mapped[AllianceState] = mapped_column(enum_type(AllianceState))
    since: Mapped[date]


@scoped(lambda viewer: _own(viewer, AllianceMember.municipality_id))
class AllianceMember(Base):
    """An organisation in an alliance. Whom to talk to there is said as a function, never by name."""

    __tablename__ = "alliance_member"
    __table_args__ = (UniqueConstraint("municipality_id", "organisation_id", "side"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("alliance.municipality_id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    side: Mapped[Side] = mapped_column(enum_type(Side))
    """Here and not with the organisation: an Ordnungsamt may sit on two sides."""
    state: Mapped[MemberState] = mapped_column(enum_type(MemberState), default=MemberState.IDENTIFIED)
    contact_function: Mapped[str] = mapped_column(String(160), default="")
    agreement: Mapped[AgreementKind] = mapped_column(enum_type(AgreementKind), default=AgreementKind.NONE)
    last_contact_on: Mapped[date | None]
    next_step: Mapped[str] = mapped_column(String(200), default="")
    next_step_on: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime())
    version: Mapped[int] = mapped_column(default=1)

    organisation: Mapped[Organisation] = relationship(lazy="joined", innerjoin=True)

    __mapper_args__ = {"version_id_col": version}


@scoped(lambda viewer: _own(viewer, WorkPlanItem.municipality_id))
class WorkPlanItem(Base):
    """Something that an alliance has set out to do."""

    __tablename__ = "work_plan_item"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("alliance.municipality_id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    responsible: Mapped[str] = mapped_column(String(160), default="")
    """A function or an organisation."""
    due_on: Mapped[date | None]
    done_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


@scoped(lambda viewer: _own(viewer, MeetingAttendance.municipality_id))
class MeetingAttendance(Base):
    """How many people of a side came to a meeting of this alliance; never who."""

    __tablename__ = "meeting_attendance"
    __table_args__ = (CheckConstraint("headcount >= 0", name="headcount"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("alliance.municipality_id"), primary_key=True, index=True)
    side: Mapped[Side] = mapped_column(enum_type(Side), primary_key=True)
    headcount: Mapped[int]


@scoped(lambda viewer: _own(viewer, MeetingDecision.municipality_id))
class MeetingDecision(Base):
    """Something that a meeting of this alliance has decided."""

    __tablename__ = "meeting_decision"

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("alliance.municipality_id"), primary_key=True, index=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(Text)
