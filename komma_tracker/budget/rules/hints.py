"""What a person should know before an entry is saved. Hints warn; they never block (domain 0.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from komma_tracker.access.rules import N_
from komma_tracker.budget.rules.months import Approval
from komma_tracker.budget.rules.vocabulary import Activity
from komma_tracker.contracts.rules import CountingRules, Terms, terms_in_force

SATURDAY = 5


class HintCode(StrEnum):
    """What is unusual about an entry."""

    OVER_DAILY_CAP = "over_daily_cap"
    WEEKEND = "weekend"
    PUBLIC_HOLIDAY = "public_holiday"
    HOLIDAY_OF_PERSON = "holiday_of_person"
    NO_TERMS = "no_terms"
    BEFORE_TERM = "before_term"
    AFTER_TERM = "after_term"
    FUTURE = "future"
    OVER_ALLOWANCE = "over_allowance"
    LATE = "late"
    VERY_LATE = "very_late"

    @property
    def label(self) -> str:
        """The German msgid, with gaps for the hint's params."""
        return HINT_LABELS[self]


HINT_LABELS: Mapping[HintCode, str] = {
    HintCode.OVER_DAILY_CAP: N_("An diesem Datum sind es mit diesem Eintrag %(total)s, mehr als %(cap)s."),
    HintCode.WEEKEND: N_("Das Datum liegt am Wochenende."),
    HintCode.PUBLIC_HOLIDAY: N_("Am Ort der Kommune ist Feiertag: %(holiday)s."),
    HintCode.HOLIDAY_OF_PERSON: N_("Feiertag am Standort der Beratungsperson: %(holiday)s."),
    HintCode.NO_TERMS: N_("An diesem Datum gilt noch kein unterschriebener Vertrag."),
    HintCode.BEFORE_TERM: N_("Das Datum liegt vor Vertragsbeginn am %(starts_on)s."),
    HintCode.AFTER_TERM: N_("Das Datum liegt nach Vertragsende am %(ends_on)s."),
    HintCode.FUTURE: N_("Das Datum liegt in der Zukunft. Künftiges lässt sich als Termin planen."),
    HintCode.OVER_ALLOWANCE: N_("Damit ist das Kontingent um %(excess)s überschritten."),
    HintCode.LATE: N_(
        "Der Leistungsnachweis dieses Monats ist schon eingereicht. Der Tag kommt mit einer Begründung als Nachmeldung "
        "in den nächsten offenen."
    ),
    HintCode.VERY_LATE: N_(
        "Das liegt mehr als drei Monate zurück: Der Tag zählt erst, wenn die Programmleitung ihn freigibt."
    ),
}


@dataclass(frozen=True)
class Hint:
    """One remark; in `params` every int is minutes, to be shown as days, and every date a date."""

    code: HintCode
    params: Mapping[str, int | date | str] = field(default_factory=dict[str, int | date | str])


@dataclass(frozen=True)
class Draft:
    """An entry as it would be saved: minutes worked, and the minutes of it that count."""

    on: date
    minutes: int
    chargeable_minutes: int
    activity: Activity


def hints_for_entry(
    draft: Draft,
    *,
    same_day_minutes: int,
    remaining_minutes: int,
    rules: CountingRules,
    all_terms: Sequence[Terms],
    holiday: str | None,
    today: date,
    holiday_of_person: str | None = None,
    approval: Approval = Approval.NOT_NEEDED,
    late: bool = False,
) -> tuple[Hint, ...]:
    """All that is unusual about an entry, in the order of HintCode.

    `same_day_minutes` is the person's other work on that date for all municipalities, without travel;
    `remaining_minutes` is what the allowance has left without this entry; `holiday` is its name where the
    municipality lies, `holiday_of_person` where the consultant works (domain 5.4, case 14); `late` says that the month
    is submitted, `approval` that the lead decides first.
    """
    total = same_day_minutes + draft.minutes
    excess = draft.chargeable_minutes - remaining_minutes
    terms = terms_in_force(all_terms, draft.on)
    found: list[Hint] = []
    if draft.activity is not Activity.TRAVEL and total > rules.minutes_per_day:
        found.append(Hint(HintCode.OVER_DAILY_CAP, {"total": total, "cap": rules.minutes_per_day}))
    if draft.on.weekday() >= SATURDAY:
        found.append(Hint(HintCode.WEEKEND))
    if holiday:
        found.append(Hint(HintCode.PUBLIC_HOLIDAY, {"holiday": holiday}))
    if holiday_of_person:
        found.append(Hint(HintCode.HOLIDAY_OF_PERSON, {"holiday": holiday_of_person}))
    found += _about_term(draft.on, terms, all_terms)
    if draft.on > today:
        found.append(Hint(HintCode.FUTURE))
    if draft.chargeable_minutes > 0 and excess > 0 and terms is not None:
        found.append(Hint(HintCode.OVER_ALLOWANCE, {"excess": excess}))
    if late:
        found.append(Hint(HintCode.LATE))
    if approval is Approval.VERY_LATE:
        found.append(Hint(HintCode.VERY_LATE))
    return tuple(found)


def _about_term(on: date, terms: Terms | None, all_terms: Sequence[Terms]) -> Iterable[Hint]:
    term = terms or min(all_terms, key=lambda each: each.number, default=None)
    if term and on < term.starts_on:
        yield Hint(HintCode.BEFORE_TERM, {"starts_on": term.starts_on})
    elif terms is None:
        yield Hint(HintCode.NO_TERMS)
    elif on > terms.ends_on:
        yield Hint(HintCode.AFTER_TERM, {"ends_on": terms.ends_on})
