"""Activity statements: which month can be submitted, what stands where in it, and its check number (domain 2.2)."""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from komma_tracker.access.rules import N_, DomainError, Invalid
from komma_tracker.budget.rules import Activity, Mode, MonthState, month_of

K = TypeVar("K", bound=Hashable)

LINK_LIFETIME = timedelta(days=14)
"""How long a link to sign off works: a fortnight, so that a holiday does not void it."""
WORDS_MOST = 2000
"""How long an objection or a reason may be."""
WITHOUT = ""
"""The key of an objection that concerns no single line."""
SATURDAY = 5
OPEN = MonthState.OPEN


class SignOffIsVoid(DomainError):
    """A link to sign off that was used, has expired or never was: all look the same."""

    def __init__(self) -> None:
        super().__init__(N_("Dieser Link gilt nicht oder nicht mehr."))


# Months.


def next_month(month: date) -> date:
    """The month after this one."""
    return month_of(month + timedelta(days=31))


def last_day(month: date) -> date:
    """The last date of a month.

    >>> last_day(date(2024, 2, 1))
    datetime.date(2024, 2, 29)
    """
    return next_month(month) - timedelta(days=1)


def months_between(first: date, last: date) -> list[date]:
    """All months from the first to the last, none where the last lies before it.

    >>> len(months_between(date(2023, 9, 1), date(2025, 8, 1))), months_between(date(2024, 2, 1), date(2024, 1, 1))
    (24, [])
    """
    months: list[date] = []
    while first <= last:
        months.append(first)
        first = next_month(first)
    return months


def months_of_contract(
    starts_on: date, ends_on: date, with_entries: Collection[date], submitted: Collection[date], today: date
) -> list[date]:
    """The months for which a contract owes a statement: those of its term so far, and all that hold entries.

    Months to come are none of them, whatever has been logged for them already.
    """
    this_month = month_of(today)
    others = [month for month in (*with_entries, *submitted) if month <= this_month]
    first = min([month_of(starts_on), *others])
    last = max([min(month_of(ends_on), this_month), *others])
    return months_between(first, last)


def check_submittable(month: date, months: Sequence[date], states: Mapping[date, MonthState], today: date) -> None:
    """Raise Invalid unless the month has begun, belongs to the contract, and all before it are submitted.

    In order, because each statement says what was left before and after it.
    """
    if month > month_of(today):
        raise Invalid("month", N_("Dieser Monat liegt in der Zukunft. Bitte reichen Sie ihn ein, wenn er vorbei ist."))
    if month not in months:
        raise Invalid("month", N_("Dieser Monat liegt außerhalb des Vertrags."))
    missing = next_open(months, states)
    if missing is not None and missing < month:
        message = N_("Bitte reichen Sie zuerst den Monat %(month)s ein: Nachweise folgen lückenlos aufeinander.")
        raise Invalid("month", message, month=Month(missing))


def next_open(months: Sequence[date], states: Mapping[date, MonthState]) -> date | None:
    """The first month that nobody has submitted, or that was opened again."""
    return next((month for month in months if states.get(month, OPEN) is OPEN), None)


def overdue(months: Sequence[date], states: Mapping[date, MonthState], today: date) -> list[date]:
    """The months that are over and that nobody has submitted, or that were opened again, in order."""
    return [month for month in months if last_day(month) < today and states.get(month, OPEN) is OPEN]


@dataclass(frozen=True)
class Month:
    """A month inside a message, such as 11/2026."""

    first: date

    def __str__(self) -> str:
        return f"{self.first:%m/%Y}"


# Words.


def check_objections(objections: Mapping[str, str]) -> None:
    """Raise Invalid where somebody objects without a word, or with too many."""
    if not objections:
        raise Invalid("general", N_("Bitte schreiben Sie, was nicht stimmt: zu einer Zeile oder zum Ganzen."))
    for key, words in objections.items():
        if len(words) > WORDS_MOST:
            raise Invalid(key or "general", N_("Bitte höchstens %(most)s Zeichen."), most=WORDS_MOST)


def check_reason(state: MonthState, reason: str) -> None:
    """Raise Invalid where a month is opened again without a reason; an objection is one."""
    if len(reason) > WORDS_MOST:
        raise Invalid("reason", N_("Bitte höchstens %(most)s Zeichen."), most=WORDS_MOST)
    if state is not MonthState.QUERIED and not reason.strip():
        raise Invalid("reason", N_("Bitte geben Sie einen Grund an."))


# Waiting for an answer.


def working_days_since(submitted_on: date, today: date, is_holiday: Callable[[date], object]) -> int:
    """Working days after a date, up to and with today: Mondays to Fridays that are no holiday in the municipality.

    >>> working_days_since(date(2026, 4, 30), date(2026, 5, 5), lambda day: day == date(2026, 5, 1))
    2
    """
    days = (submitted_on + timedelta(days=offset) for offset in range(1, (today - submitted_on).days + 1))
    return sum(day.weekday() < SATURDAY and not is_holiday(day) for day in days)


def is_deemed_approved(working_days: int, agreed_working_days: int) -> bool:
    """Whether silence counts as a yes: only where the contract says so, after that many working days; 0 is never."""
    return 0 < agreed_working_days <= working_days


# Lines.


@dataclass(frozen=True)
class Line:
    """One line of a statement; amounts in minutes, names as they were when it was submitted."""

    entry: str
    service_date: date
    minutes: int
    chargeable_minutes: int
    counted_as: str
    activity: Activity
    mode: Mode
    note: str
    reason: str
    consultant: str
    package: str
    reverses: str | None = None
    replaces: str | None = None
    minutes_per_day: int = 480
    """Of how many minutes a day was when it was worked."""

    @property
    def is_confidential(self) -> bool:
        """Whether only its time may be told (domain 5.4, case 4)."""
        return self.activity is Activity.COACHING


@dataclass(frozen=True)
class Blocks:
    """The lines of a statement in their parts: those of the month, its journeys, and what belongs to earlier months."""

    current: tuple[Line, ...]
    travel: tuple[Line, ...]
    earlier: tuple[Line, ...]


def blocks(lines: Iterable[Line], month: date) -> Blocks:
    """Put lines where they belong, in order of service date (domain 2.3, 5.4 cases 5, 13, 15)."""
    in_order = sorted(lines, key=lambda line: line.service_date)
    earlier = tuple(line for line in in_order if line.service_date < month)
    current = [line for line in in_order if line.service_date >= month]
    return Blocks(
        current=tuple(line for line in current if line.activity is not Activity.TRAVEL),
        travel=tuple(line for line in current if line.activity is Activity.TRAVEL),
        earlier=earlier,
    )


def sums(lines: Iterable[Line], key: Callable[[Line], K]) -> dict[K, tuple[int, int]]:
    """Minutes worked and minutes that count, by key, in the order in which keys sort."""
    found: dict[K, tuple[int, int]] = {}
    for line in lines:
        worked, counted = found.get(key(line), (0, 0))
        found[key(line)] = (worked + line.minutes, counted + line.chargeable_minutes)
    return {name: found[name] for name in sorted(found, key=str)}


def taken(lines: Iterable[Line]) -> Counter[int]:
    """What of the lines counts, in minutes by how long a day was."""
    found = Counter[int]()
    for line in lines:
        found[line.minutes_per_day] += line.chargeable_minutes
    return found


def together(*amounts: Mapping[int, int]) -> Counter[int]:
    """Minutes by how long a day was, added up; less than nothing stays what it is."""
    found = Counter[int]()
    for each in amounts:
        found.update(each)
    return found


# The check number.

Fact = tuple[str, int, int, str, str, str, str, str]
"""Of one entry: service date, minutes worked, minutes that count, activity, mode, person, package, what it reverses."""
FACT_NAMES = (
    N_("Leistungsdatum"),
    N_("geleistete Minuten"),
    N_("angerechnete Minuten"),
    N_("Tätigkeit"),
    N_("Art"),
    N_("Person"),
    N_("Arbeitspaket"),
    N_("Storno von"),
)


@dataclass(frozen=True)
class Facts:
    """What a check number stands for: ids, dates, minutes and kinds of the ledger, and no name of anybody."""

    contract: str
    month: date
    agreed_minutes: int
    remaining_minutes: int
    entries: Mapping[str, Fact]

    @property
    def minutes(self) -> int:
        """The minutes of all entries that count."""
        return sum(fact[2] for fact in self.entries.values())

    def as_json(self) -> dict[str, object]:
        """The same as a database keeps it."""
        return {
            "contract": self.contract,
            "month": self.month.isoformat(),
            "agreed": self.agreed_minutes,
            "remaining": self.remaining_minutes,
            "entries": {entry: list(fact) for entry, fact in sorted(self.entries.items())},
        }


def check_number(facts: Facts) -> str:
    """Twelve characters that change with every fact: 60 bits of SHA-256 in groups of four.

    >>> check_number(Facts("c", date(2026, 11, 1), 480, 0, {}))
    'W5NW-QG7E-AHBN'
    """
    canonical = json.dumps(facts.as_json(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    text = base64.b32encode(hashlib.sha256(canonical.encode()).digest()).decode()[:12]
    return f"{text[:4]}-{text[4:8]}-{text[8:12]}"


def read_number(text: str) -> str:
    """A check number as it is kept, however it was typed: blanks and dashes do not count, nor does the case.

    >>> read_number(" w5nw qg7e-ahbn ")
    'W5NW-QG7E-AHBN'
    """
    letters = "".join(char for char in text.upper() if char.isalnum())
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


@dataclass(frozen=True)
class Difference:
    """What the ledger says otherwise than a statement; `name` is empty where a whole entry is missing or was added."""

    entry: str
    name: str
    stated: str
    found: str


def differences(stated: Facts, ledger: Mapping[str, Fact]) -> tuple[Difference, ...]:
    """What has changed in the ledger since a statement was submitted: there must be nothing."""
    found: list[Difference] = []
    for entry in sorted({*stated.entries, *ledger}):
        before, after = stated.entries.get(entry), ledger.get(entry)
        if before is None or after is None:
            found.append(Difference(entry, "", _of(before), _of(after)))
            continue
        found.extend(
            Difference(entry, name, str(was), str(now))
            for name, was, now in zip(FACT_NAMES, before, after, strict=True)
            if was != now
        )
    return tuple(found)


def _of(fact: Fact | None) -> str:
    return f"{fact[0]}, {fact[2]} min" if fact else "–"
