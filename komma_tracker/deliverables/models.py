"""Strategy papers with their versions, reviews and steps."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ColumnElement, ForeignKey, String, Text, UniqueConstraint, false
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column
from sqlalchemy.orm.attributes import flag_modified

from komma_tracker.access.rules import Viewer
from komma_tracker.access.scope import scoped
from komma_tracker.db import Base, UTCDateTime, enum_type, new_public_id
from komma_tracker.deliverables.rules import Answer, DeliverableKind, DeliverableState, Reviewer, Route


def _own(viewer: Viewer, municipality_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    return municipality_id.in_(sorted(viewer.assigned)) if viewer.assigned else false()


@scoped(lambda viewer: _own(viewer, Deliverable.municipality_id))
class Deliverable(Base):
    """A paper; its version guards what hangs on it too. The documents themselves stay where they are."""

    __tablename__ = "deliverable"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=new_public_id)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"), index=True)
    kind: Mapped[DeliverableKind] = mapped_column(enum_type(DeliverableKind))
    title: Mapped[str] = mapped_column(String(160))
    goal: Mapped[str] = mapped_column(Text, default="")
    owner: Mapped[str] = mapped_column(String(160), default="")
    """The function that answers for it, never a person's name."""
    route: Mapped[Route | None] = mapped_column(enum_type(Route))
    state: Mapped[DeliverableState] = mapped_column(enum_type(DeliverableState), default=DeliverableState.NOT_STARTED)
    decided_on: Mapped[date | None]
    decision_number: Mapped[str] = mapped_column(String(60), default="")
    """Leads to the minutes of a council, and so to its town: in no export of an anonymous municipality."""
    next_review_on: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(UTCDateTime())
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    def touch(self) -> None:
        """Count a change of rows beside its own as one of the paper."""
        flag_modified(self, "state")


@scoped(lambda viewer: _own(viewer, DeliverableVersion.municipality_id))
class DeliverableVersion(Base):
    """A version of a paper, as a link. The highest number is the one that is talked about."""

    __tablename__ = "deliverable_version"
    __table_args__ = (UniqueConstraint("deliverable_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    deliverable_id: Mapped[int] = mapped_column(ForeignKey("deliverable.id"))
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"), index=True)
    number: Mapped[int]
    label: Mapped[str] = mapped_column(String(40))
    url: Mapped[str] = mapped_column(String(500))
    dated_on: Mapped[date]
    added_at: Mapped[datetime] = mapped_column(UTCDateTime())


@scoped(lambda viewer: _own(viewer, DeliverableReview.municipality_id))
class DeliverableReview(Base):
    """What somebody was asked, and has answered, about one version; of a later one it says nothing."""

    __tablename__ = "deliverable_review"

    version_id: Mapped[int] = mapped_column(ForeignKey("deliverable_version.id"), primary_key=True)
    reviewer: Mapped[Reviewer] = mapped_column(enum_type(Reviewer), primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"), index=True)
    answer: Mapped[Answer] = mapped_column(enum_type(Answer), default=Answer.OPEN)
    asked_on: Mapped[date]
    answered_on: Mapped[date | None]


@scoped(lambda viewer: _own(viewer, DeliverableStep.municipality_id))
class DeliverableStep(Base):
    """A paper came into a state: on which day, with which version, under which number of a decision."""

    __tablename__ = "deliverable_step"

    id: Mapped[int] = mapped_column(primary_key=True)
    deliverable_id: Mapped[int] = mapped_column(ForeignKey("deliverable.id"), index=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipality.id"), index=True)
    state: Mapped[DeliverableState] = mapped_column(enum_type(DeliverableState))
    happened_on: Mapped[date]
    decision_number: Mapped[str] = mapped_column(String(60), default="")
    version_label: Mapped[str] = mapped_column(String(40), default="")
