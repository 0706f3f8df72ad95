"""The wall: what each role, and each side's guest, may read of an alliance (domain 1.5).

Police may share data only within their law, and some counselling services sit at the table only because of this wall:
nobody's clients, participants or coachings reach the other side.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from komma_tracker.access.rules import Role
from komma_tracker.alliances.rules.states import Side


class Told(StrEnum):
    """Something that is told about an alliance, or never is."""

    DATES = "dates"
    DECISIONS = "decisions"
    WORK_PLAN = "work_plan"
    ATTENDANCE = "attendance"
    MEMBERS = "members"
    CONTACTS = "contacts"
    NEXT_STEPS = "next_steps"
    PARTICIPANTS = "participants"
    COACHING = "coaching"
    NOTES = "notes"
    DAYS = "days"


_ALL = frozenset(Told)
_PARTNER = frozenset({Told.DATES, Told.DECISIONS, Told.WORK_PLAN, Told.ATTENDANCE})
_DATES_AND_DECISIONS = frozenset({Told.DATES, Told.DECISIONS})

WALL: Mapping[Role | Side, frozenset[Told]] = {
    Role.LEAD: _ALL,
    Role.CONSULTANT: _ALL,
    Role.COORDINATOR: _ALL - {Told.COACHING, Told.NOTES},
    Role.HEAD: _ALL - {Told.COACHING, Told.NOTES},
    Role.READER: frozenset(),
    Side.ADMINISTRATION: _PARTNER,
    Side.COUNSELLING: _PARTNER,
    Side.SECURITY: _DATES_AND_DECISIONS,
    Side.OTHER: _DATES_AND_DECISIONS,
}
"""Roles are people with an account, of this municipality; a side is its guests, who come by a link of their own."""


def tells(reader: Role | Side, what: Told) -> bool:
    """Whether the wall lets this reader read that; who is unknown reads nothing.

    >>> tells(Side.SECURITY, Told.DECISIONS), tells(Side.SECURITY, Told.ATTENDANCE)
    (True, False)
    """
    return what in WALL.get(reader, frozenset())


def behind(reader: Role | Side) -> frozenset[Told]:
    """What this reader never learns."""
    return _ALL - WALL.get(reader, frozenset())
