"""Work packages: what a new contract proposes, the plan by calendar year, moves of days between them (domain 2.5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from komma_tracker.access.rules import N_, DomainError, Forbidden, Invalid, Role


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

_LEAD = frozenset({Role.LEAD})

REALLOCATION_MOVES: Mapping[ReallocationState, Mapping[ReallocationState, frozenset[Role]]] = {
    ReallocationState.APPLIED: {},
    ReallocationState.WAITING: {ReallocationState.APPROVED: _LEAD, ReallocationState.REFUSED: _LEAD},
    ReallocationState.APPROVED: {},
    ReallocationState.REFUSED: {},
}
"""Which state follows which, and who may say so: what was moved is moved back by another reallocation."""

LARGEST_SHARE: Mapping[Role, int | None] = {Role.CONSULTANT: 20, Role.LEAD: None}
"""By how many percent of its plan all moves into a package may let it grow on this person's word alone (domain 2.5).

None says that there is no such bound.
"""


@dataclass(frozen=True)
class Share:
    """A work package as a reallocation finds it; all in minutes, `moved_in` being all that was moved into it."""

    code: str
    agreed: int
    planned: int
    used: int
    moved_in: int


def first_state(minutes: int, target: Share, role: Role) -> ReallocationState:
    """Where a reallocation begins: it holds at once, or waits for the lead; what the lead moves is approved by that.

    >>> first_state(1920, Share("AP4", agreed=9600, planned=9600, used=0, moved_in=0), Role.CONSULTANT).value
    'applied'
    >>> first_state(1, Share("AP4", agreed=9600, planned=11520, used=0, moved_in=1920), Role.CONSULTANT).value
    'waiting'
    """
    small = (target.moved_in + minutes) * 100 <= target.agreed * (LARGEST_SHARE[Role.CONSULTANT] or 0)
    if small:
        return ReallocationState.APPLIED
    return ReallocationState.APPROVED if LARGEST_SHARE.get(role, 0) is None else ReallocationState.WAITING


def check_reallocation(minutes: int, source: Share, target: Share, *, confirmed: bool) -> None:
    """Raise Invalid where there is nothing to move, or not so much; below what is used only if that is confirmed."""
    if source.code == target.code:
        raise Invalid("target", N_("Bitte zwei verschiedene Arbeitspakete wählen."))
    if minutes <= 0:
        raise Invalid("minutes", N_("Bitte angeben, wie viele Tage umgewidmet werden."))
    if minutes > source.planned:
        raise Invalid("minutes", N_("So viel ist für %(code)s nicht mehr geplant."), code=source.code)
    if source.planned - minutes < source.used and not confirmed:
        message = N_("Für %(code)s wäre dann weniger geplant, als schon verbraucht ist. Bitte bestätigen Sie das.")
        raise Invalid("confirmed", message, code=source.code)


def moved_years(
    minutes: int, year: int, code: str, source: Mapping[int, int], target: Mapping[int, int]
) -> tuple[dict[int, int], dict[int, int]]:
    """The plans by calendar year of both packages after a move; a package that has no such plan gets none.

    `code` is the source's. Raises Invalid where its plan has not so much for that year.

    >>> moved_years(480, 2026, "AP1", {2026: 960, 2027: 480}, {2027: 480})
    ({2026: 480, 2027: 480}, {2027: 480, 2026: 480})
    """
    if source and minutes > source.get(year, 0):
        message = N_("Für %(code)s ist %(year)s nicht so viel geplant. Bitte ein anderes Jahr wählen.")
        raise Invalid("year", message, code=code, year=year)
    left = {**source, year: source[year] - minutes} if source else {}
    grown = {**target, year: target.get(year, 0) + minutes} if target else {}
    return {each: planned for each, planned in left.items() if planned}, grown


def check_decision(state: ReallocationState, target: ReallocationState, role: Role) -> None:
    """Raise Invalid where nothing waits for a decision, Forbidden where somebody else decides."""
    roles = REALLOCATION_MOVES[state].get(target)
    if roles is None:
        raise Invalid(None, N_("Über diese Umwidmung ist schon entschieden."))
    if role not in roles:
        raise Forbidden


def can_decide(state: ReallocationState, role: Role) -> bool:
    """Whether `check_decision` lets an approval pass."""
    try:
        check_decision(state, ReallocationState.APPROVED, role)
    except DomainError:
        return False
    return True


def check_plan_kept(before: Mapping[int, int], after: Mapping[int, int], agreed_minutes: int) -> None:
    """Raise Invalid where a running contract's packages would lose days: only a reallocation moves them.

    What the packages promise beyond what is agreed, as after an amendment with fewer days, can be taken back.
    """
    lost = sum(max(0, minutes - after.get(package, 0)) for package, minutes in before.items())
    if lost > max(0, sum(before.values()) - agreed_minutes):
        raise Invalid("packages", N_("Im laufenden Vertrag verliert ein Arbeitspaket Tage nur durch eine Umwidmung."))


@dataclass(frozen=True)
class YearLine:
    """What was meant for a calendar year, and what was used in it; minutes."""

    year: int
    planned: int
    used: int
    is_over: bool

    @property
    def overhang(self) -> int:
        """Minutes that a year which is over has left for the next; negative where it took more than its share."""
        return self.planned - self.used if self.is_over else 0


def year_lines(
    planned: Iterable[Mapping[int, int]], used: Mapping[int, int], years: Iterable[int], this_year: int
) -> list[YearLine]:
    """One line for each calendar year: the plans of all packages together against the use."""
    plans = list(planned)
    return [
        YearLine(year, sum(plan.get(year, 0) for plan in plans), used.get(year, 0), year < this_year) for year in years
    ]
