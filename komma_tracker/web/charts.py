"""Geometry of the charts: pure functions from dates and minutes to coordinates; the macros draw them as SVG.

Nothing is clamped: where more was used than agreed, the axis runs below zero and a bar runs past its mark.
"""

from __future__ import annotations

import calendar
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from operator import attrgetter
from typing import Protocol

THRESHOLDS = (80, 90, 100)
"""Shares of the allowance, in percent, that a budget bar marks (domain 2.4)."""

_DAY = timedelta(days=1)
_MOST_DOTS = 60  # with more dates than this the dots run together and say nothing
_TICK_STEPS = (1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000)  # days
_MONTH_STEPS = (1, 3, 6, 12, 24, 60)


class Left(Protocol):
    """Minutes of the allowance left at the end of a date."""

    @property
    def on(self) -> date: ...
    @property
    def remaining(self) -> int: ...


class Outlook(Protocol):
    """Minutes that will have been used by the end of the term: expected, and the least and the most of the band."""

    @property
    def agreed(self) -> int: ...
    @property
    def expected(self) -> int: ...
    @property
    def low(self) -> int: ...
    @property
    def high(self) -> int: ...


@dataclass(frozen=True)
class Canvas:
    """Size and margins of a chart, and how many months can be named on its axis."""

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    months: int


WIDE = Canvas(width=720, height=300, left=36, right=16, top=26, bottom=30, months=9)
NARROW = Canvas(width=360, height=280, left=32, right=12, top=26, bottom=30, months=5)


@dataclass(frozen=True)
class ValueTick:
    """A line of the grid at a whole number of days."""

    y: float
    days: int


@dataclass(frozen=True)
class DateTick:
    """A mark on the time axis at the first of a month."""

    x: float
    day: date


@dataclass(frozen=True)
class Drawing:
    """A burn-down on one canvas: path data and positions in the units of its view box; "" or None is not drawn."""

    canvas: Canvas
    x0: float
    x1: float
    zero: float
    values: tuple[ValueTick, ...]
    dates: tuple[DateTick, ...]
    plan: str
    actual: str
    dots: tuple[tuple[float, float], ...]
    today: float | None
    now: tuple[float, float] | None
    forecast: str
    band: str


@dataclass(frozen=True)
class MonthRow:
    """One line of the table beside the chart: minutes left at the end of a month, and by the plan."""

    month: date
    left: int
    plan: int


@dataclass(frozen=True)
class Burndown:
    """A burn-down for wide and narrow screens, and its figures as a table; `overspent`: more is used than agreed."""

    wide: Drawing
    narrow: Drawing
    rows: tuple[MonthRow, ...]
    overspent: bool


def burndown_geometry(
    *,
    start: date,
    end: date,
    today: date,
    series: Sequence[Left],
    plan: Sequence[Left],
    outlook: Outlook | None = None,
    minutes_per_day: int = 480,
) -> Burndown:
    """Draw what was left of the allowance over the term, the even plan, and the outlook to its end.

    `series` (what was left, by date) and `plan` (the corners of its line) are sorted by date. Work before or after the
    term widens the axis; the outlook starts today and is left out before the term and after it.
    """
    shown = outlook if series and start <= today <= end else None
    values = [point.remaining for point in (*series, *plan)]
    if shown is not None:
        values += [shown.agreed - used for used in (shown.low, shown.expected, shown.high)]
    worked = [point.on for before, point in pairwise(series) if point.remaining != before.remaining]
    frame = _Frame(
        first=min([start, *(point.on for point in series[:1])]),
        last=max([end, *worked[-1:]]) + _DAY,
        low=min([0, *values]),
        high=max([minutes_per_day, *values]),
    )
    return Burndown(
        wide=_draw(_Scale(WIDE, frame), today, end, series, plan, shown, minutes_per_day),
        narrow=_draw(_Scale(NARROW, frame), today, end, series, plan, shown, minutes_per_day),
        rows=tuple(_month_rows(series, plan)),
        overspent=bool(series) and series[-1].remaining < 0,
    )


@dataclass(frozen=True)
class _Frame:
    """What the axes span: dates, the last exclusive, and minutes."""

    first: date
    last: date
    low: int
    high: int


@dataclass(frozen=True)
class _Scale:
    """Turns dates and minutes into coordinates."""

    canvas: Canvas
    frame: _Frame

    def x(self, day: date) -> float:
        c, f = self.canvas, self.frame
        share = (min(day, f.last) - f.first).days / (f.last - f.first).days
        return round(c.left + (c.width - c.left - c.right) * share, 1)

    def y(self, minutes: int) -> float:
        c, f = self.canvas, self.frame
        return round(c.top + (c.height - c.top - c.bottom) * (f.high - minutes) / (f.high - f.low), 1)


def _draw(
    scale: _Scale,
    today: date,
    end: date,
    series: Sequence[Left],
    plan: Sequence[Left],
    outlook: Outlook | None,
    minutes_per_day: int,
) -> Drawing:
    frame = scale.frame
    steps = [(scale.x(point.on), scale.y(point.remaining)) for point in series]
    now = steps[-1] if steps else None
    finish = scale.x(end + _DAY)
    ahead = "" if now is None else f"M{now[0]} {now[1]}L{finish} "
    dots = tuple(after for before, after in pairwise(steps) if after[1] != before[1])
    return Drawing(
        canvas=scale.canvas,
        x0=scale.x(frame.first),
        x1=scale.x(frame.last),
        zero=scale.y(0),
        values=tuple(_value_ticks(scale, minutes_per_day)),
        dates=tuple(_date_ticks(scale)),
        plan=_line([(scale.x(corner.on + _DAY), scale.y(corner.remaining)) for corner in plan]),
        actual=_stairs(steps),
        dots=dots if len(dots) <= _MOST_DOTS else (),
        today=scale.x(today) if frame.first <= today < frame.last else None,
        now=now,
        forecast=f"{ahead}{scale.y(outlook.agreed - outlook.expected)}" if outlook else "",
        band=f"{ahead}{scale.y(outlook.agreed - outlook.low)}V{scale.y(outlook.agreed - outlook.high)}Z"
        if outlook
        else "",
    )


def _line(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x} {y}" for x, y in points) if len(points) > 1 else ""


def _stairs(points: Sequence[tuple[float, float]]) -> str:
    if len(points) < 2:
        return ""
    (x, y), *others = points
    return f"M{x} {y}" + "".join(f"H{x}V{y}" for x, y in others)


def _value_ticks(scale: _Scale, minutes_per_day: int) -> Iterator[ValueTick]:
    """Whole days at a round distance, eight lines at most."""
    low, high = scale.frame.low, scale.frame.high
    step = next((s for s in _TICK_STEPS if (high - low) / minutes_per_day / s <= 7), _TICK_STEPS[-1])
    distance = step * minutes_per_day
    for n in range(-(-low // distance), high // distance + 1):
        yield ValueTick(scale.y(n * distance), n * step)


def _date_ticks(scale: _Scale) -> Iterator[DateTick]:
    """First days of months, as many as have room."""
    first, last = scale.frame.first, scale.frame.last
    months = (last.year - first.year) * 12 + last.month - first.month
    step = next((s for s in _MONTH_STEPS if months / s < scale.canvas.months), _MONTH_STEPS[-1])
    month = first if first.day == 1 else _next_month(first)
    while month < last:
        yield DateTick(scale.x(month), month)
        for _ in range(step):
            month = _next_month(month)


def _month_rows(series: Sequence[Left], plan: Sequence[Left]) -> Iterator[MonthRow]:
    """The months of the series, oldest first; the last one as of the last date of the series."""
    if not series:
        return
    dates = [point.on for point in series]
    month = dates[0].replace(day=1)
    while month <= dates[-1]:
        following = _next_month(month)
        until = min(following - _DAY, dates[-1])
        yield MonthRow(month, series[bisect_right(dates, until) - 1].remaining, _plan_at(plan, until))
        month = following


def _plan_at(plan: Sequence[Left], on: date) -> int:
    """What the plan line leaves at the end of a date, in minutes; level before its first corner and after its last."""
    if not plan:
        return 0
    after = bisect_right(plan, on, key=attrgetter("on"))
    if after in (0, len(plan)):
        return plan[max(after - 1, 0)].remaining
    left, right = plan[after - 1], plan[after]
    share = (on - left.on).days / (right.on - left.on).days
    return round(left.remaining + (right.remaining - left.remaining) * share)


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


@dataclass(frozen=True)
class Mark:
    """A threshold of a bar: percent of the allowance and where it stands, 0 to 100."""

    percent: int
    x: float


@dataclass(frozen=True)
class BudgetBar:
    """A bar of 0 to 100 units: used, then planned, against the marks of the allowance."""

    used: float
    planned_x: float
    planned: float
    over_x: float
    over: float
    marks: tuple[Mark, ...]
    elapsed: float | None


def budget_bar_geometry(
    *, used: int, planned: int, allowance: int, elapsed: float | Fraction | None = None
) -> BudgetBar:
    """Draw minutes used and planned against the allowance; beyond it the scale grows and the excess stands apart.

    `elapsed` is the share of the term that has passed, 0 to 1.
    """
    whole = max(allowance, used + max(planned, 0), used, 1)

    def width(minutes: float) -> float:
        return round(100 * max(minutes, 0) / whole, 2)

    return BudgetBar(
        used=width(min(used, allowance)),
        planned_x=width(used),
        planned=width(planned),
        over_x=width(allowance),
        over=width(used - allowance),
        marks=tuple(Mark(percent, width(allowance * percent / 100)) for percent in THRESHOLDS) if allowance > 0 else (),
        elapsed=None if elapsed is None else width(allowance * float(elapsed)),
    )


@dataclass(frozen=True)
class PackageBar:
    """One work package: minutes planned and used, and their bars on a scale of 0 to 100 shared by all packages."""

    label: str
    planned: int
    used: int
    planned_width: float
    used_width: float

    @property
    def over(self) -> bool:
        """Whether more was used than planned."""
        return self.used > self.planned


def package_bars_geometry(rows: Sequence[tuple[str, int, int]]) -> tuple[PackageBar, ...]:
    """Draw (label, planned, used) in minutes on one common scale."""
    whole = max([1, *(planned for _, planned, _ in rows), *(used for _, _, used in rows)])

    def width(minutes: int) -> float:
        return round(100 * max(minutes, 0) / whole, 2)

    return tuple(PackageBar(label, planned, used, width(planned), width(used)) for label, planned, used in rows)


@dataclass(frozen=True)
class DayCell:
    """One day of a month grid; `inside` tells the month's own days from those that fill its first and last week."""

    day: date
    inside: bool
    today: bool
    weekend: bool


def month_weeks(year: int, month: int, today: date) -> tuple[tuple[DayCell, ...], ...]:
    """Return the weeks of a month, Monday first, each with seven days."""
    weeks = calendar.Calendar(firstweekday=0).monthdatescalendar(year, month)
    return tuple(
        tuple(DayCell(day, day.month == month, day == today, day.weekday() >= 5) for day in week) for week in weeks
    )


def heat_levels(minutes: Sequence[int]) -> tuple[int, ...]:
    """Grade amounts from 0 (nothing) to 4 (as much as the greatest), in quarters of the greatest."""
    greatest = max([0, *minutes])
    return tuple(-(-4 * max(amount, 0) // greatest) if greatest else 0 for amount in minutes)
