"""Where a municipality's budget stands: reckoned from contract, ledger and planned sessions, written nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from sqlalchemy.orm import Session

from komma_tracker.access.rules import Actor
from komma_tracker.budget import queries as ledger
from komma_tracker.budget.rules import (
    Balance,
    Forecast,
    Posting,
    Signal,
    forecast,
    in_days_of,
    in_measure,
    signal,
    thresholds_passed,
    time_progress,
)
from komma_tracker.budget.rules.outlook import PACE_MONTHS, months_before
from komma_tracker.contracts.rules import Terms, length_at_last, measure, terms_or_draft
from komma_tracker.events.queries import planned_minutes
from komma_tracker.overview.queries import Place
from komma_tracker.overview.rules import Phase, phase_of


@dataclass(frozen=True)
class Standing:
    """Where a contract's budget stands: all in minutes, the share of the term gone as a fraction from 0 to 1.

    Only a contract that is running has a forecast and a signal: before, there is no pace; afterwards nothing to come.
    """

    terms: Terms
    per_day: int
    """Minutes of one consulting day in this budget."""
    phase: Phase
    balance: Balance
    thresholds: tuple[int, ...]
    elapsed: float
    forecast: Forecast | None = None
    signal: Signal | None = None


def standing_of(
    all_terms: Sequence[Terms],
    postings: Sequence[Posting],
    planned: int,
    today: date,
    *,
    confirmed: int = 0,
    pace: Fraction = Fraction(1),
) -> Standing | None:
    """The standing of a contract with these terms, this ledger and so many planned minutes; None without any terms.

    Postings and `confirmed` minutes, which are signed off, come in the measure of the budget, `planned` ones as they
    will be worked; `pace` asks what would be if work went on so many times as fast.
    """
    terms = terms_or_draft(all_terms, today)
    if terms is None:
        return None
    planned = in_days_of(measure(all_terms), {length_at_last(all_terms): planned})
    used = sum(posting.minutes for posting in postings)
    balance = Balance(terms.agreed_minutes, used=used, planned=planned, confirmed=confirmed)
    progress, phase = time_progress(terms.starts_on, terms.ends_on, today), phase_of(terms, today)
    running = phase is Phase.RUNNING
    outlook = forecast(postings, planned, all_terms, today, pace) if running else None
    return Standing(
        terms=terms,
        per_day=measure(all_terms),
        phase=phase,
        balance=balance,
        thresholds=thresholds_passed(balance.used, balance.agreed),
        elapsed=float(progress),
        forecast=outlook,
        signal=signal(balance, progress, outlook) if running else None,
    )


def postings_of(session: Session, viewer: Actor, place: Place) -> Sequence[Posting]:
    """The ledger of a municipality's contract by date of service, in the measure of its budget. One statement."""
    if place.contract_id is None:
        return []
    return in_measure(ledger.postings(session, viewer, contract_id=place.contract_id), place.all_terms)


def standings(
    session: Session,
    viewer: Actor,
    *,
    places: Sequence[Place],
    today: date,
    local_now: datetime,
    pace: Fraction = Fraction(1),
) -> dict[int, Standing]:
    """The standing of many municipalities, by id, from kept totals and the last months: two statements."""
    since, under_contract = months_before(today, PACE_MONTHS), [place for place in places if place.contract_id]
    contracts = [place.contract_id for place in under_contract if place.contract_id]
    recent = ledger.postings_since(session, viewer, contract_ids=contracts, since=since)
    ids = [place.id for place in under_contract]
    planned = planned_minutes(session, viewer, municipality_ids=ids, local_now=local_now)
    found: dict[int, Standing] = {}
    for place, contract_id in zip(under_contract, contracts, strict=True):
        late = in_measure(recent[contract_id], place.all_terms)
        # One posting stands for all that is older: it counts, but not when it was. So the forecast's end is right,
        # and the date on which an allowance ran out is not: lists must not show it.
        older = Posting(since - timedelta(days=1), place.used_minutes - sum(posting.minutes for posting in late))
        standing = standing_of(
            place.all_terms, [older, *late], planned.get(place.id, 0), today,
            confirmed=place.confirmed_minutes, pace=pace,
        )  # fmt: skip
        if standing:
            found[place.id] = standing
    return found
