"""How minutes count: splitting a shared day exactly, and what a contract's counting rules make of time worked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from komma_tracker.access.rules import N_, Invalid
from komma_tracker.budget.rules.vocabulary import Activity, Mode
from komma_tracker.contracts.rules import CountingRules, Rounding, TravelPolicy

MINUTES_OF_A_DATE = 24 * 60
FIRST_DATE, LAST_DATE = date(2000, 1, 1), date(2099, 12, 31)
"""Beyond these is a slip in a year's digits."""


def check_service_date(on: date) -> None:
    """Raise Invalid where no programme can have been at work."""
    if not FIRST_DATE <= on <= LAST_DATE:
        raise Invalid("service_date", N_("Bitte das Jahr prüfen."))


def check_minutes(minutes: int) -> None:
    """Raise Invalid where a single entry has no time in it, or more than a date can hold."""
    if not 0 < minutes <= MINUTES_OF_A_DATE:
        raise Invalid("minutes", N_("Bitte einen Umfang von mehr als 0 und höchstens 24 Stunden angeben."))


def split(minutes: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Share out minutes by weights; the parts always add up (largest remainder, the earlier one where remainders tie).

    Raises ValueError where there is nobody to share with.

    >>> split(1200, [1, 1, 1]), split(1200, [12, 8, 4]), split(100, [1, 1, 1]), split(-100, [1, 1, 1])
    ((400, 400, 400), (600, 400, 200), (34, 33, 33), (-34, -33, -33))
    """
    total = sum(weights)
    if total <= 0 or min(weights) < 0:
        raise ValueError("weights must be non-negative and not all zero")
    if minutes < 0:
        return tuple(-part for part in split(-minutes, weights))
    parts = [minutes * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: -(minutes * weights[i] % total))
    for i in by_remainder[: minutes - sum(parts)]:
        parts[i] += 1
    return tuple(parts)


class ChargeReason(StrEnum):
    """Why not every minute counts, or more minutes than were worked."""

    TRAVEL_NOT_COUNTED = "travel_not_counted"
    TRAVEL_HALF = "travel_half"
    PREPARATION_NOT_COUNTED = "preparation_not_counted"
    ROUNDED_UP = "rounded_up"
    ROUNDED_DOWN = "rounded_down"
    ONSITE_MINIMUM = "onsite_minimum"
    CAPPED = "capped"

    @property
    def label(self) -> str:
        """The German msgid."""
        return CHARGE_REASON_LABELS[self]


CHARGE_REASON_LABELS: Mapping[ChargeReason, str] = {
    ChargeReason.TRAVEL_NOT_COUNTED: N_("Reisezeit zählt nicht"),
    ChargeReason.TRAVEL_HALF: N_("Reisezeit zählt zur Hälfte"),
    ChargeReason.PREPARATION_NOT_COUNTED: N_("Vor- und Nachbereitung zählen nicht"),
    ChargeReason.ROUNDED_UP: N_("auf volle Einheiten aufgerundet"),
    ChargeReason.ROUNDED_DOWN: N_("auf volle Einheiten abgerundet"),
    ChargeReason.ONSITE_MINIMUM: N_("Mindestumfang vor Ort"),
    ChargeReason.CAPPED: N_("Tagesobergrenze"),
}
"""Short enough to stand behind the minutes that they explain."""

PREPARATORY = frozenset({Activity.PREPARATION, Activity.FOLLOW_UP, Activity.REPORT})
"""What "preparation" means to a contract: all that is done for a session outside of it (domain 2.1)."""


@dataclass(frozen=True)
class Chargeable:
    """Minutes that count against the allowance, and why they differ from the minutes worked."""

    minutes: int
    reasons: tuple[ChargeReason, ...] = ()

    @property
    def counted_as(self) -> str:
        """The reasons as the ledger keeps them."""
        return ",".join(self.reasons)


def reasons_of(counted_as: str) -> tuple[ChargeReason, ...]:
    """The reasons that the ledger has kept.

    >>> reasons_of("rounded_up,capped"), reasons_of("")
    ((<ChargeReason.ROUNDED_UP: 'rounded_up'>, <ChargeReason.CAPPED: 'capped'>), ())
    """
    return tuple(ChargeReason(reason) for reason in counted_as.split(",") if reason)


def chargeable(minutes: int, activity: Activity, mode: Mode, rules: CountingRules, charged: int = 0) -> Chargeable:
    """What minutes worked count for: first what counts at all, then the unit, the on-site minimum, the daily cap.

    The cap holds for a person's whole date: `charged` is what of it counts already.

    >>> chargeable(660, Activity.WORKSHOP, Mode.ON_SITE, CountingRules())
    Chargeable(minutes=480, reasons=(<ChargeReason.CAPPED: 'capped'>,))
    >>> chargeable(135, Activity.TRAVEL, Mode.ON_SITE, CountingRules(travel_policy=TravelPolicy.FULL), 480).minutes
    0
    """
    reasons: list[ChargeReason] = []

    def become(result: int, reason: ChargeReason) -> None:
        nonlocal minutes
        if result != minutes:
            minutes = result
            reasons.append(reason)

    if activity is Activity.TRAVEL and rules.travel_policy is TravelPolicy.NONE:
        become(0, ChargeReason.TRAVEL_NOT_COUNTED)
    elif activity is Activity.TRAVEL and rules.travel_policy is TravelPolicy.HALF:
        become(minutes // 2, ChargeReason.TRAVEL_HALF)
    elif activity in PREPARATORY and not rules.counts_preparation:
        become(0, ChargeReason.PREPARATION_NOT_COUNTED)

    if rules.rounding is Rounding.UP:
        become(-(-minutes // rules.unit_minutes) * rules.unit_minutes, ChargeReason.ROUNDED_UP)
    elif rules.rounding is Rounding.DOWN:
        become(minutes // rules.unit_minutes * rules.unit_minutes, ChargeReason.ROUNDED_DOWN)

    if minutes and mode is Mode.ON_SITE and activity is not Activity.TRAVEL:
        become(max(minutes, rules.min_onsite_minutes), ChargeReason.ONSITE_MINIMUM)
    become(min(minutes, max(rules.daily_cap_minutes - charged, 0)), ChargeReason.CAPPED)
    return Chargeable(minutes, tuple(reasons))


def late_cancellation(planned_minutes: int, working_days_notice: int, rules: CountingRules) -> int:
    """Minutes proposed for a session that the municipality cancels; the lead may waive them (domain 5.4, case 3).

    >>> late_cancellation(480, 2, CountingRules()), late_cancellation(480, 3, CountingRules())
    (240, 0)
    """
    if working_days_notice >= rules.late_cancellation_working_days:
        return 0
    return planned_minutes * rules.late_cancellation_percent // 100
