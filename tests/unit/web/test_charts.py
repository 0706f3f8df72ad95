"""Geometry of the charts: what stands where, and that nothing is clamped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from komma_tracker.web.charts import (
    NARROW,
    WIDE,
    Burndown,
    Drawing,
    Mark,
    MonthRow,
    budget_bar_geometry,
    burndown_geometry,
    heat_levels,
    month_weeks,
    package_bars_geometry,
)

DAY = 480
START, END = date(2026, 1, 1), date(2026, 12, 31)
AGREED = 80 * DAY
LEFT, RIGHT = WIDE.left, WIDE.width - WIDE.right
TOP, FLOOR = WIDE.top, WIDE.height - WIDE.bottom


@dataclass(frozen=True)
class P:
    """Minutes left at the end of a date."""

    on: date
    remaining: int


@dataclass(frozen=True)
class Ahead:
    """Minutes used by the end of the term."""

    expected: int
    low: int
    high: int
    agreed: int = AGREED


PLAN = (P(START, AGREED), P(END, 0))


def draw(
    *series: P, today: date = date(2026, 7, 2), ahead: Ahead | None = None, start: date = START, end: date = END
) -> Burndown:
    """A burn-down of a term of one year and 80 days."""
    return burndown_geometry(start=start, end=end, today=today, series=series, plan=PLAN, outlook=ahead)


def numbers(path: str) -> list[float]:
    """All coordinates in path data."""
    return [float(n) for n in path.translate(str.maketrans("MLHVZ", "     ")).split()]


HALF = (P(START, AGREED), P(date(2026, 4, 2), AGREED // 2), P(date(2026, 7, 2), AGREED // 2))


def test_the_line_goes_down_in_steps_from_the_whole_allowance_to_what_is_left() -> None:
    drawing = draw(*HALF).wide
    assert drawing.actual == "M36.0 26.0H202.5V148.0H369.1V148.0"
    assert drawing.now == (369.1, 148.0)
    assert drawing.dots == ((202.5, 148.0),)


def test_the_plan_runs_from_the_whole_allowance_to_nothing() -> None:
    assert numbers(draw(*HALF).wide.plan) == [37.8, TOP, RIGHT, FLOOR]


@pytest.mark.parametrize(
    ("today", "x"),
    [
        (START - timedelta(days=1), None),
        (START, LEFT),
        (date(2026, 7, 2), 369.1),
        (END, 702.2),
        (END + timedelta(days=1), None),
    ],
)
def test_today_is_marked_within_the_term_only(today: date, x: float | None) -> None:
    assert draw(*HALF, today=today).wide.today == x


AHEAD = Ahead(expected=AGREED, low=AGREED // 2, high=AGREED + 8 * DAY)


@pytest.mark.parametrize(
    ("series", "today", "shown"),
    [
        (HALF, date(2026, 7, 2), True),
        (HALF, END, True),
        (HALF, START - timedelta(days=1), False),
        (HALF, END + timedelta(days=1), False),
        ((), date(2026, 7, 2), False),
    ],
)
def test_the_outlook_is_drawn_from_today_to_the_end_of_the_term(
    series: tuple[P, ...], today: date, shown: bool
) -> None:
    drawing = draw(*series, today=today, ahead=AHEAD).wide
    assert (drawing.forecast != "", drawing.band != "") == (shown, shown)


def test_the_band_spans_from_the_most_to_the_least_that_may_be_left() -> None:
    chart = draw(*HALF, ahead=AHEAD).wide
    assert chart.now == (369.1, 136.9)
    assert numbers(chart.forecast) == [369.1, 136.9, RIGHT, chart.zero]
    assert numbers(chart.band) == [369.1, 136.9, RIGHT, 136.9, FLOOR]


def test_an_overspend_takes_the_axis_below_zero() -> None:
    chart = draw(P(START, AGREED), P(date(2026, 6, 1), -20 * DAY), P(date(2026, 7, 2), -20 * DAY))
    assert chart.overspent
    assert chart.wide.now == (369.1, float(FLOOR))
    assert TOP < chart.wide.zero < FLOOR
    assert [tick.days for tick in chart.wide.values] == [-20, 0, 20, 40, 60, 80]


def test_more_than_agreed_is_left_after_an_amendment_and_the_axis_grows() -> None:
    chart = draw(P(START, AGREED), P(date(2026, 7, 1), AGREED + 20 * DAY))
    assert chart.wide.actual.endswith(f"V{float(TOP)}")
    assert not chart.overspent


@pytest.mark.parametrize(
    ("series", "drawn"),
    [((), ("", None)), ((P(START, AGREED),), ("", (36.0, 26.0)))],
    ids=["nothing known yet", "the first day of the term"],
)
def test_without_a_history_there_is_no_line(
    series: tuple[P, ...], drawn: tuple[str, tuple[float, float] | None]
) -> None:
    wide = draw(*series, today=START).wide
    assert (wide.actual, wide.now) == drawn


def test_without_plan_and_history_the_axis_still_has_a_day() -> None:
    chart = burndown_geometry(start=START, end=END, today=START, series=(), plan=())
    assert (chart.wide.plan, chart.rows, [tick.days for tick in chart.wide.values]) == ("", (), [0, 1])


@pytest.mark.parametrize(
    ("series", "first", "last"),
    [
        (HALF, LEFT, RIGHT),
        ((P(date(2025, 12, 1), AGREED - DAY), P(START, AGREED - DAY)), 90.9, RIGHT),
        ((P(START, AGREED), P(date(2027, 1, 31), AGREED - DAY)), LEFT, 651.7),
    ],
    ids=["within the term", "work before it", "work after it"],
)
def test_work_outside_the_term_widens_the_axis(series: tuple[P, ...], first: float, last: float) -> None:
    wide = draw(*series).wide
    term_begins, term_ends = numbers(wide.plan)[0], numbers(wide.plan)[2]
    assert (wide.x0, wide.x1) == (LEFT, RIGHT)
    assert term_begins == pytest.approx(first, abs=2)
    assert term_ends == pytest.approx(last, abs=2)


def test_long_after_the_term_the_line_ends_with_the_axis() -> None:
    drawing = draw(*HALF, P(date(2028, 1, 1), AGREED // 2), today=date(2028, 1, 1)).wide
    assert drawing.now == (RIGHT, 148.0)


def test_a_term_of_one_day_can_be_drawn() -> None:
    chart = draw(P(START, 0), today=START, ahead=Ahead(AGREED, AGREED, AGREED), start=START, end=START)
    assert (chart.wide.x0, chart.wide.x1, chart.wide.now) == (LEFT, RIGHT, (LEFT, FLOOR))
    assert chart.rows == (MonthRow(START, 0, AGREED),)


def test_many_dates_leave_no_dots() -> None:
    series = [P(START + timedelta(days=n), AGREED - n * DAY // 4) for n in range(62)]
    assert len(draw(*series[:61]).wide.dots) == 60
    assert draw(*series).wide.dots == ()


@pytest.mark.parametrize(
    ("agreed_days", "ticks"),
    [
        (4, [0, 1, 2, 3, 4]),
        (30, [0, 5, 10, 15, 20, 25, 30]),
        (80, [0, 20, 40, 60, 80]),
        (86, [0, 20, 40, 60, 80]),
        (400, [0, 100, 200, 300, 400]),
        (12000, list(range(0, 12001, 1000))),
    ],
)
def test_the_grid_stands_at_round_numbers_of_days(agreed_days: int, ticks: list[int]) -> None:
    series = (P(START, agreed_days * DAY), P(END, agreed_days * DAY))
    chart = burndown_geometry(start=START, end=END, today=END, series=series, plan=())
    assert [tick.days for tick in chart.wide.values] == ticks


@pytest.mark.parametrize(
    ("end", "wide", "narrow"),
    [
        (date(2026, 6, 30), ["2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06"], ["2026-01", "2026-04"]),
        (date(2027, 12, 31), ["2026-01", "2026-04", "2026-07", "2026-10", "2027-01", "2027-04", "2027-07", "2027-10"],
         ["2026-01", "2026-07", "2027-01", "2027-07"]),
    ],
)  # fmt: skip
def test_the_time_axis_names_as_many_months_as_have_room(end: date, wide: list[str], narrow: list[str]) -> None:
    chart = draw(*HALF, end=end)

    def names(drawing: Drawing) -> list[str]:
        return [f"{tick.day:%Y-%m}" for tick in drawing.dates]

    assert (names(chart.wide), names(chart.narrow)) == (wide, narrow)


def test_the_table_has_every_month_until_the_last_date() -> None:
    chart = draw(P(START, AGREED), P(date(2026, 3, 15), AGREED - DAY), P(date(2026, 4, 10), AGREED - 3 * DAY))
    assert chart.rows == (
        MonthRow(date(2026, 1, 1), AGREED, round(AGREED * (1 - 30 / 364))),
        MonthRow(date(2026, 2, 1), AGREED, round(AGREED * (1 - 58 / 364))),
        MonthRow(date(2026, 3, 1), AGREED - DAY, round(AGREED * (1 - 89 / 364))),
        MonthRow(date(2026, 4, 1), AGREED - 3 * DAY, round(AGREED * (1 - 99 / 364))),
    )


@given(
    steps=st.lists(st.tuples(st.integers(-40, 800), st.integers(-3000, 30000)), max_size=12, unique_by=lambda s: s[0]),
    today=st.integers(-50, 900),
    length=st.integers(0, 800),
)
@settings(max_examples=60, deadline=None)
def test_everything_that_is_drawn_lies_on_the_canvas(steps: list[tuple[int, int]], today: int, length: int) -> None:
    left, series = AGREED, []
    for offset, used in sorted(steps):
        left -= used
        series.append(P(START + timedelta(days=offset), left))
    end = START + timedelta(days=length)
    ahead = Ahead(AGREED + 4000, AGREED - 9000, AGREED + 90000)
    chart = burndown_geometry(
        start=START, end=end, today=START + timedelta(days=today), series=series, plan=(P(START, AGREED), P(end, 0)),
        outlook=ahead,
    )  # fmt: skip
    for drawing, canvas in ((chart.wide, WIDE), (chart.narrow, NARROW)):
        points = [*drawing.dots, *([drawing.now] if drawing.now else [])]
        assert all(canvas.left <= x <= canvas.width - canvas.right for x, _ in points)
        assert all(canvas.top <= y <= canvas.height - canvas.bottom for _, y in points)
        assert all(0 <= n <= canvas.width for n in numbers(drawing.plan + drawing.actual + drawing.band))
        assert len(drawing.values) <= 9 or chart.wide.values[-1].days > 5000


@pytest.mark.parametrize(
    ("used", "planned", "allowance", "expected"),
    [
        # used, planned from, planned, over from, over
        (40, 20, 80, (50.0, 50.0, 25.0, 100.0, 0.0)),
        (80, 0, 80, (100.0, 100.0, 0.0, 100.0, 0.0)),
        (100, 0, 80, (80.0, 100.0, 0.0, 80.0, 20.0)),
        (70, 30, 80, (70.0, 70.0, 30.0, 80.0, 0.0)),
        (0, 0, 80, (0.0, 0.0, 0.0, 100.0, 0.0)),
        (-8, 0, 80, (0.0, 0.0, 0.0, 100.0, 0.0)),
        (0, 0, 0, (0.0, 0.0, 0.0, 0.0, 0.0)),
        (10, 0, 0, (0.0, 100.0, 0.0, 0.0, 100.0)),
    ],
    ids=["under way", "used up", "over", "plans beyond", "empty", "only reversals", "no contract", "work without one"],
)
def test_budget_bar(used: int, planned: int, allowance: int, expected: tuple[float, ...]) -> None:
    bar = budget_bar_geometry(used=used * DAY, planned=planned * DAY, allowance=allowance * DAY)
    assert (bar.used, bar.planned_x, bar.planned, bar.over_x, bar.over) == expected


@pytest.mark.parametrize(
    ("used", "allowance", "marks"),
    [
        (40, 80, (Mark(80, 80.0), Mark(90, 90.0), Mark(100, 100.0))),
        (160, 80, (Mark(80, 40.0), Mark(90, 45.0), Mark(100, 50.0))),
        (40, 0, ()),
    ],
)
def test_marks_stand_at_shares_of_the_allowance(used: int, allowance: int, marks: tuple[Mark, ...]) -> None:
    assert budget_bar_geometry(used=used, planned=0, allowance=allowance).marks == marks


@pytest.mark.parametrize(
    ("elapsed", "x"), [(None, None), (0.0, 0.0), (Fraction(1, 4), 12.5), (1.0, 50.0)]
)  # fmt: skip
def test_the_elapsed_share_of_the_term_is_measured_along_the_allowance(
    elapsed: float | Fraction | None, x: float | None
) -> None:
    assert budget_bar_geometry(used=160, planned=0, allowance=80, elapsed=elapsed).elapsed == x


def test_work_packages_share_one_scale() -> None:
    first, second, third = package_bars_geometry([("A", 40, 10), ("B", 10, 20), ("C", 0, 0)])
    assert (first.planned_width, first.used_width, first.over) == (100.0, 25.0, False)
    assert (second.planned_width, second.used_width, second.over) == (25.0, 50.0, True)
    assert (third.planned_width, third.used_width, third.over) == (0.0, 0.0, False)
    assert package_bars_geometry([]) == ()


@pytest.mark.parametrize(
    ("year", "month", "first", "last", "weeks"),
    [
        (2026, 2, date(2026, 1, 26), date(2026, 3, 1), 5),
        (2026, 11, date(2026, 10, 26), date(2026, 12, 6), 6),
        (2027, 2, date(2027, 2, 1), date(2027, 2, 28), 4),
    ],
)
def test_a_month_is_shown_in_whole_weeks(year: int, month: int, first: date, last: date, weeks: int) -> None:
    grid = month_weeks(year, month, date(2026, 11, 22))
    assert (grid[0][0].day, grid[-1][-1].day, len(grid)) == (first, last, weeks)
    assert {cell.day.month for week in grid for cell in week if cell.inside} == {month}


def test_a_cell_knows_today_and_the_weekend() -> None:
    cells = {cell.day.day: cell for week in month_weeks(2026, 11, date(2026, 11, 22)) for cell in week if cell.inside}
    assert [day for day, cell in cells.items() if cell.today] == [22]
    assert [day for day, cell in cells.items() if cell.weekend] == [1, 7, 8, 14, 15, 21, 22, 28, 29]


@pytest.mark.parametrize(
    ("minutes", "levels"),
    [([], ()), ([0, 0], (0, 0)), ([1, 25, 26, 50, 75, 100], (1, 1, 2, 2, 3, 4)), ([-5, 10], (0, 4)), ([-5], (0,))],
)
def test_heat_levels(minutes: list[int], levels: tuple[int, ...]) -> None:
    assert heat_levels(minutes) == levels
