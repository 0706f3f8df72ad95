"""Sessions that their municipality calls off too late: notice in working days, what it may cost, who decides. Pure."""

from __future__ import annotations

from collections.abc import Container, Mapping
from datetime import date, timedelta
from enum import StrEnum

from komma_tracker.access.rules import N_, Forbidden, Invalid, Role
from komma_tracker.budget.rules import working_days_without

LONGEST_NOTICE = 30
"""More working days of notice than any contract asks for (`contracts.rules.BOUNDS`)."""


class LateState(StrEnum):
    """What becomes of days that a late cancellation may cost."""

    PROPOSED = "proposed"
    BOOKED = "booked"
    WAIVED = "waived"

    @property
    def label(self) -> str:
        """The German msgid."""
        return LATE_LABELS[self]


LATE_LABELS: Mapping[LateState, str] = {
    LateState.PROPOSED: N_("vorgeschlagen"),
    LateState.BOOKED: N_("gebucht"),
    LateState.WAIVED: N_("erlassen"),
}

LATE_MOVES: Mapping[LateState, Mapping[LateState, frozenset[Role]]] = {
    LateState.PROPOSED: {LateState.BOOKED: frozenset({Role.LEAD}), LateState.WAIVED: frozenset({Role.LEAD})},
    LateState.BOOKED: {},
    LateState.WAIVED: {},
}
"""Who calls off proposes, by entering it; the lead decides, once."""


def check_late_move(state: LateState, target: LateState, role: Role, reason: str) -> None:
    """Raise Forbidden for all but those who decide, Invalid where it is decided, or waived without a reason."""
    if target not in LATE_MOVES[state]:
        raise Invalid("state", N_("Darüber ist schon entschieden: %(state)s."), state=state)
    if role not in LATE_MOVES[state][target]:
        raise Forbidden
    if target is LateState.WAIVED and not reason.strip():
        raise Invalid("reason", N_("Bitte geben Sie an, warum die Tage erlassen werden."))


def can_decide(state: LateState, role: Role) -> bool:
    """Whether this role has still to decide."""
    return any(role in roles for roles in LATE_MOVES[state].values())


def looked_at(notice_on: date, starts_on: date) -> tuple[date, ...]:
    """The dates after a notice up to the session, as far as they can matter."""
    days = min((starts_on - notice_on).days, 3 * LONGEST_NOTICE)
    return tuple(notice_on + timedelta(days=n) for n in range(1, days + 1))


def notice_days(notice_on: date, starts_on: date, holidays: Container[date]) -> int:
    """Working days of notice: Mondays to Fridays that are no holiday, after that of the notice up to the session's.

    >>> notice_days(date(2026, 5, 18), date(2026, 5, 20), ()), notice_days(date(2026, 5, 15), date(2026, 5, 18), ())
    (2, 1)
    """
    days = looked_at(notice_on, starts_on)
    return len(working_days_without(holidays, days[0], days[-1])) if days else 0


def check_notice(notice_on: date, today: date) -> None:
    """Raise Invalid for a notice that is still to come."""
    if notice_on > today:
        raise Invalid("notice_on", N_("Dieses Datum liegt in der Zukunft. Bitte den Tag der Absage angeben."))
