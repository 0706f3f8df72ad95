"""Joining a session by its code: counters, without time, order or person.

All counters of a session are laid out at once with zeros, so that not even their rows tell in which order people came.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from komma_tracker.db import Base, enum_type
from komma_tracker.events.models import Event
from komma_tracker.events.rules import FunctionGroup


class EventJoining(Base):
    """The one code of a session. Seed and hash are gone once it is closed; neither tells the code."""

    __tablename__ = "event_joining"

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), primary_key=True)
    seed: Mapped[str | None] = mapped_column(String(16))
    code_hash: Mapped[str | None] = mapped_column(String(64), unique=True)

    event: Mapped[Event] = relationship()


class EventJoined(Base):
    """How many people of a function group counted themselves in."""

    __tablename__ = "event_joined"
    __table_args__ = (CheckConstraint("headcount >= 0", name="headcount"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), primary_key=True)
    function_group: Mapped[FunctionGroup] = mapped_column(enum_type(FunctionGroup), primary_key=True)
    headcount: Mapped[int] = mapped_column(default=0)


class EventFeedback(Base):
    """How many answers gave a value on the scale from 1 to 5."""

    __tablename__ = "event_feedback"
    __table_args__ = (
        CheckConstraint("answers >= 0", name="answers"),
        CheckConstraint("scale BETWEEN 1 AND 5", name="scale"),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), primary_key=True)
    scale: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    answers: Mapped[int] = mapped_column(default=0)
