"""Work packages: what a new contract proposes, and how they are told apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from komma_tracker.access.rules import N_, Invalid


def unallocated(agreed_minutes: int, planned_minutes: Iterable[int]) -> int:
    """Agreed minutes that no work package has yet; negative where the packages promise more.

    >>> unallocated(80 * 480, [8 * 480, 10 * 480]) // 480
    62
    """
    return agreed_minutes - sum(planned_minutes)


PROGRAMME_DAYS = 80
"""What a contract agrees as a rule: a target, no cap (domain 0.2)."""

PROGRAMME_PACKAGES: tuple[tuple[str, str, int], ...] = (
    ("AP0", "Steuerung, Jour fixe, Steuerungsgruppe", 8),
    ("AP1", "Bedarfsanalyse und Nachbefragung", 10),
    ("AP2", "Allianz", 15),
    ("AP3", "Strategien: Clearing, Intervention, Beteiligung", 19),
    ("AP4", "Trainings und Coachings", 20),
    ("AP5", "Netzwerk und Transfer", 4),
    ("AP6", "Abschluss und Verstetigung", 4),
)
"""Code, title and days of the work packages that a new contract proposes (domain 5.2)."""


def check_packages(codes: Sequence[str]) -> None:
    """Raise Invalid beside `packages` where two bear one code: nobody could tell them apart in an entry."""
    seen: set[str] = set()
    for code in codes:
        if code.casefold() in seen:
            raise Invalid("packages", N_("Das Kürzel %(code)s gibt es zweimal. Bitte ändern Sie eines."), code=code)
        seen.add(code.casefold())


class ReallocationState(StrEnum):
    """How far a move of days from one work package to another has come (domain 2.5)."""

    APPLIED = "applied"
    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"

    @property
    def label(self) -> str:
        """The German msgid."""
        return REALLOCATION_LABELS[self]


REALLOCATION_LABELS: Mapping[ReallocationState, str] = {
    ReallocationState.APPLIED: N_("wirksam"),
    ReallocationState.WAITING: N_("wartet auf Freigabe"),
    ReallocationState.APPROVED: N_("freigegeben"),
    ReallocationState.REFUSED: N_("nicht freigegeben"),
}

MOVED = frozenset({ReallocationState.APPLIED, ReallocationState.APPROVED})
"""States in which the days stand with the package that got them."""
