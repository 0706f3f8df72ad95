"""How budgets go on: of one municipality under what somebody supposes, and of the programme as a whole."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate

from sqlalchemy.orm import Session

from komma_tracker.access.rules import Actor, Permission, check
from komma_tracker.budget.rules import (
    Balance,
    Forecast,
    Light,
    Point,
    Posting,
    in_days_of_eight_hours,
    month_of,
    percent,
    planned_remaining,
    sum_of,
    time_progress,
)
from komma_tracker.contracts.rules import Terms, measure, terms_in_force
from komma_tracker.events.queries import planned_minutes
from komma_tracker.overview import queries
from komma_tracker.overview.queries import Place
from komma_tracker.overview.rules import Phase, WhatIf, supposed
from komma_tracker.overview.service import Course, course_of
from komma_tracker.overview.standing import Standing, postings_of, standing_of, standings


@dataclass(frozen=True)
class OutlookPage:
    """A municipality's budget as it is, and as it would be; nothing of it is written anywhere.

    Both standings are None where no contract is running.
    """

    place: Place
    now: Standing | None
    then: Standing | None
    course: Course


@dataclass(frozen=True)
class ProgrammeCourse:
    """The programme's budgets added up, in minutes of which 480 are a day, whatever the contracts say."""

    balance: Balance
    starts_on: date
    ends_on: date
    elapsed_percent: int
    lights: Mapping[Light, int]
    forecast: Forecast | None
    course: Course


def outlook_page(
    session: Session, viewer: Actor, *, code: str, what_if: WhatIf, today: date, local_now: datetime
) -> OutlookPage:
    """What would happen if, for one municipality. Three statements. Raises NotFound, Forbidden."""
    place = queries.place_by_code(session, viewer, code)
    check(viewer, Permission.OUTLOOK_VIEW, place.id)
    postings = postings_of(session, viewer, place)
    planned = planned_minutes(session, viewer, municipality_ids=[place.id], local_now=local_now).get(place.id, 0)
    terms, confirmed = supposed(place.all_terms, today, what_if), place.confirmed_minutes
    now = standing_of(place.all_terms, postings, planned, today, confirmed=confirmed)
    then = standing_of(terms, postings, planned, today, confirmed=confirmed, pace=what_if.pace)
    if now is None or then is None or now.phase is not Phase.RUNNING:
        return OutlookPage(place, None, None, Course())
    return OutlookPage(place, now, then, course_of(terms, then, postings, today))


def programme_course(
    session: Session, viewer: Actor, *, what_if: WhatIf, today: date, local_now: datetime
) -> ProgrammeCourse | None:
    """All contracts that have begun, added up; None while there is none. Five statements. Raises Forbidden."""
    check(viewer, Permission.PORTFOLIO_VIEW)
    places = queries.all_places(session, viewer)
    every = standings(session, viewer, places=places, today=today, local_now=local_now, pace=what_if.pace)
    begun = [(place, every[place.id]) for place in places if place.id in every and _has_begun(every[place.id])]
    if not begun:
        return None
    found = [standing for _, standing in begun]
    first = min(standing.terms.starts_on for standing in found)
    last = max(standing.terms.ends_on for standing in found)
    postings = queries.postings_of_all(session, viewer)
    return ProgrammeCourse(
        balance=_balance(found),
        starts_on=first,
        ends_on=last,
        elapsed_percent=percent(*time_progress(first, last, today).as_integer_ratio()) or 0,
        lights=Counter(standing.signal.light for standing in found if standing.signal),
        forecast=sum_of(_expected(standing) for standing in found),
        course=_lines([place.all_terms for place, _ in begun], postings, first, last, today),
    )


def _has_begun(standing: Standing) -> bool:
    return standing.phase in (Phase.RUNNING, Phase.OVER)


def _balance(every: Sequence[Standing]) -> Balance:
    def total(of: Callable[[Balance], int]) -> int:
        return _in_days((standing.per_day, of(standing.balance)) for standing in every)

    return Balance(
        agreed=total(lambda balance: balance.agreed),
        used=total(lambda balance: balance.used),
        planned=total(lambda balance: balance.planned),
        confirmed=total(lambda balance: balance.confirmed),
    )


def _expected(standing: Standing) -> Forecast:
    """What a contract comes to; one that is over comes to what it has used."""
    used = standing.balance.used
    outlook = standing.forecast or Forecast(standing.balance.agreed, used, used, used, standing.terms.ends_on, None)
    amounts = (outlook.agreed, outlook.expected, outlook.low, outlook.high)
    agreed, expected, low, high = (in_days_of_eight_hours({standing.per_day: minutes}) for minutes in amounts)
    return Forecast(agreed, expected, low, high, outlook.ends_on, None)


def _in_days(amounts: Iterable[tuple[int, int]]) -> int:
    """Amounts of contracts whose days have so many minutes, added up exactly."""
    by_length = Counter[int]()
    for per_day, minutes in amounts:
        by_length[per_day] += minutes
    return in_days_of_eight_hours(by_length)


def _lines(
    contracts: Sequence[Sequence[Terms]],
    postings: Mapping[int, Sequence[Posting]],
    first: date,
    last: date,
    today: date,
) -> Course:
    """What was left at the end of each month, and what would be by plan."""
    used = {per_day: _running_sum(found) for per_day, found in postings.items()}

    def in_force(on: date) -> list[tuple[Terms, Sequence[Terms]]]:
        return [(terms, every) for every in contracts if (terms := terms_in_force(every, on))]

    def left(on: date) -> Point:
        agreed = ((measure(every), terms.agreed_minutes) for terms, every in in_force(on))
        return Point(on, _in_days([*agreed, *((per_day, -until(on)) for per_day, until in used.items())]))

    def planned(on: date) -> Point:
        parts = ((measure(every), planned_remaining(every, on)) for _, every in in_force(on))
        return Point(on, _in_days(parts))

    ends = [first, *_month_ends(first, last)]
    passed = sorted({*(on for on in ends if on < today), min(today, last)})
    return Course([left(on) for on in passed], [planned(on) for on in ends])


def _running_sum(postings: Sequence[Posting]) -> Callable[[date], int]:
    """Minutes posted until the end of a date."""
    dates = [posting.on for posting in postings]
    sums = [0, *accumulate(posting.minutes for posting in postings)]
    return lambda on: sums[bisect_right(dates, on)]


def _month_ends(first: date, last: date) -> Iterator[date]:
    month = month_of(first)
    while month <= last:
        following = month_of(month + timedelta(days=31))
        yield min(following - timedelta(days=1), last)
        month = following
