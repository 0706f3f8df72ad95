"""The months of a ledger: states from open to reported, who moves them, and in which one an entry is posted."""

from __future__ import annotations

from collections.abc import Container, Mapping
from datetime import date, timedelta
from enum import StrEnum

from komma_tracker.access.rules import N_, DomainError, Forbidden, Invalid, Role
from komma_tracker.budget.rules.series import month_of


class MonthState(StrEnum):
    """How far a month of a contract has come (domain 2.2)."""

    OPEN = "open"
    SUBMITTED = "submitted"
    QUERIED = "queried"
    CONFIRMED = "confirmed"
    CLOSED = "closed"
    REPORTED = "reported"

    @property
    def label(self) -> str:
        """The German msgid."""
        return MONTH_STATE_LABELS[self]


MONTH_STATE_LABELS: Mapping[MonthState, str] = {
    MonthState.OPEN: N_("offen"),
    MonthState.SUBMITTED: N_("eingereicht"),
    MonthState.QUERIED: N_("beanstandet"),
    MonthState.CONFIRMED: N_("bestätigt"),
    MonthState.CLOSED: N_("abgeschlossen"),
    MonthState.REPORTED: N_("berichtet"),
}

CONFIRMED_STATES = frozenset({MonthState.CONFIRMED, MonthState.CLOSED, MonthState.REPORTED})
"""In these the municipality has said yes: its minutes are "Verbrauch (bestätigt)" (domain 2.4)."""

_LEAD = frozenset({Role.LEAD})
_TEAM = frozenset({Role.LEAD, Role.CONSULTANT})
_MUNICIPALITY = frozenset({Role.COORDINATOR, Role.HEAD})

MONTH_MOVES: Mapping[MonthState, Mapping[MonthState, frozenset[Role]]] = {
    MonthState.OPEN: {MonthState.SUBMITTED: _TEAM},
    MonthState.SUBMITTED: {
        MonthState.CONFIRMED: _MUNICIPALITY,
        MonthState.QUERIED: _MUNICIPALITY,
        MonthState.OPEN: _LEAD,
    },
    MonthState.QUERIED: {MonthState.OPEN: _TEAM, MonthState.CONFIRMED: _MUNICIPALITY},
    MonthState.CONFIRMED: {MonthState.CLOSED: _LEAD, MonthState.OPEN: _LEAD},
    MonthState.CLOSED: {MonthState.REPORTED: _LEAD, MonthState.OPEN: _LEAD},
    MonthState.REPORTED: {},
}
"""Which state follows which, and who may say so: a reported month stays for good, corrections go into an open one."""


def check_month_move(state: MonthState, target: MonthState, role: Role) -> None:
    """Raise Invalid where the target does not follow the state, Forbidden where somebody else must move it."""
    roles = MONTH_MOVES[state].get(target)
    if roles is None:
        message = N_("Ein Monat im Stand „%(state)s“ kann nicht in den Stand „%(target)s“ wechseln.")
        raise Invalid("state", message, state=state, target=target)
    if role not in roles:
        raise Forbidden


def can_month_move(state: MonthState, target: MonthState, role: Role) -> bool:
    """Whether `check_month_move` lets it pass."""
    try:
        check_month_move(state, target, role)
    except DomainError:
        return False
    return True


class AnswerWay(StrEnum):
    """How a municipality answered a statement."""

    SIGNED_IN = "signed_in"
    LINK = "link"
    DEEMED = "deemed"

    @property
    def label(self) -> str:
        """The German msgid."""
        return ANSWER_WAY_LABELS[self]


ANSWER_WAY_LABELS: Mapping[AnswerWay, str] = {
    AnswerWay.SIGNED_IN: N_("angemeldet bestätigt"),
    AnswerWay.LINK: N_("über den zugesandten Link bestätigt"),
    AnswerWay.DEEMED: N_("nach Fristablauf als bestätigt geltend"),
}


class Approval(StrEnum):
    """What the lead says of an entry that does not count by itself (domain 5.4, cases 13 and 16)."""

    NOT_NEEDED = "not_needed"
    BEFORE_TERM = "before_term"
    VERY_LATE = "very_late"
    GRANTED = "granted"
    REFUSED = "refused"

    @property
    def label(self) -> str:
        """The German msgid."""
        return APPROVAL_LABELS[self]


APPROVAL_LABELS: Mapping[Approval, str] = {
    Approval.NOT_NEEDED: N_("ohne Freigabe"),
    Approval.BEFORE_TERM: N_("vor Vertragsbeginn, Entscheidung offen"),
    Approval.VERY_LATE: N_("späte Nachmeldung, Entscheidung offen"),
    Approval.GRANTED: N_("freigegeben"),
    Approval.REFUSED: N_("nicht freigegeben"),
}

WAITING = frozenset({Approval.BEFORE_TERM, Approval.VERY_LATE})
"""Nobody has decided yet: neither counts, nor is it submitted."""


def posting_month(service_date: date, closed_months: Container[date]) -> date:
    """The month in whose statement an entry stands: that of its service date, or the next one still open.

    >>> posting_month(date(2024, 5, 3), {date(2024, 5, 1), date(2024, 6, 1)})
    datetime.date(2024, 7, 1)
    """
    month = month_of(service_date)
    while month in closed_months:
        month = month_of(month + timedelta(days=31))
    return month
