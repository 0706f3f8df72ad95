"""Geometry of the picture of an alliance: a wheel with a sector for each side; who does more stands further inside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import cos, radians, sin
from typing import Protocol

from komma_tracker.alliances.rules import GONE, NEEDED_SIDES, MemberState, Side

CENTRE, OUTER, LETTERS, HUB = 200, 172, 188, 26
RINGS: Mapping[MemberState, int] = {
    MemberState.ACTIVE: 56,
    MemberState.AGREED: 92,
    MemberState.RESTING: 92,
    MemberState.ASKED: 126,
    MemberState.IDENTIFIED: 156,
}
"""How far from the centre a member stands; who is gone does not."""
DOT = 12
_MARGIN = 14  # degrees on both edges of a sector that stay free


class Member(Protocol):
    """What the picture needs to know of a member."""

    @property
    def side(self) -> StrEnum: ...
    @property
    def state(self) -> StrEnum: ...


@dataclass(frozen=True)
class Dot:
    """A member: its number in the table, where it stands, how large it is."""

    number: int
    x: float
    y: float
    radius: float
    state: MemberState


@dataclass(frozen=True)
class Sector:
    """A side: its outline, the place of its letter, whether somebody is active there, and its members."""

    side: Side
    path: str
    letter_x: float
    letter_y: float
    covered: bool
    dots: tuple[Dot, ...]


def alliance_wheel(members: Sequence[Member]) -> tuple[Sector, ...]:
    """Draw the members, numbered from 1 in the order of the table; sides beyond the three where somebody sits."""
    sides = [side for side in Side if side in NEEDED_SIDES or any(each.side == side for each in members)]
    width = 360 / len(sides)
    return tuple(_sector(side, -90 - width / 2 + place * width, width, members) for place, side in enumerate(sides))


def _sector(side: Side, start: float, width: float, members: Sequence[Member]) -> Sector:
    own = [(number, MemberState(each.state)) for number, each in enumerate(members, 1) if each.side == side]
    dots: list[Dot] = []
    for radius in sorted(set(RINGS.values())):
        on_ring = [(number, state) for number, state in own if state not in GONE and RINGS[state] == radius]
        free = width - 2 * _MARGIN
        step = free / (len(on_ring) + 1)
        size = min(DOT, radians(step) * radius / 2)
        for place, (number, state) in enumerate(on_ring, 1):
            x, y = _point(start + _MARGIN + place * step, radius)
            dots.append(Dot(number, x, y, round(size, 1), state))
    letter_x, letter_y = _point(start + width / 2, LETTERS)
    return Sector(
        side=side,
        path=_outline(start, width),
        letter_x=letter_x,
        letter_y=letter_y,
        covered=any(state is MemberState.ACTIVE for _, state in own),
        dots=tuple(sorted(dots, key=lambda dot: dot.number)),
    )


def _outline(start: float, width: float) -> str:
    (ax, ay), (bx, by) = _point(start, OUTER), _point(start + width, OUTER)
    return f"M{CENTRE} {CENTRE}L{ax} {ay}A{OUTER} {OUTER} 0 0 1 {bx} {by}Z"


def _point(angle: float, radius: float) -> tuple[float, float]:
    return round(CENTRE + radius * cos(radians(angle)), 1), round(CENTRE + radius * sin(radians(angle)), 1)
