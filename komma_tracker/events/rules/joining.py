"""Joining a session by its code: what is asked when, what is said of the answers, and the code itself. Pure.

Participants count their head first and say how it was at the end. The two never overlap, and of both only counters are
kept: nobody can tell from them who said what (decision 10).
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from komma_tracker.access.rules import N_, Invalid
from komma_tracker.access.small_numbers import LEAST_CELL
from komma_tracker.events.rules.kinds import EventKind
from komma_tracker.events.rules.plans import FunctionGroup
from komma_tracker.events.rules.states import TOOK_PLACE, EventState
from komma_tracker.events.rules.times import to_instant

OPENS_BEFORE = timedelta(hours=2)
"""So long before it begins, people may already count themselves in."""
ASKS_BEFORE_END = timedelta(minutes=15)
"""From then on, while all are still in the room, they are asked how it was, and no head is counted any more."""
ASKS_AFTER_END = timedelta(days=7)
"""Then the code is void."""
SCALE = range(1, 6)
LEAST_ANSWERS = LEAST_CELL
"""Of fewer answers nothing is said (domain 2.7)."""


class Phase(StrEnum):
    """What a participant finds behind the code."""

    EARLY = "early"
    COUNTING = "counting"
    FEEDBACK = "feedback"
    OVER = "over"


def phase(state: EventState, starts_local: datetime, ends_local: datetime, zone: str, now: datetime) -> Phase:
    """What is asked at this instant; `now` is aware. Once it was held, its heads have been counted."""
    starts, ends = to_instant(starts_local, zone), to_instant(ends_local, zone)
    if state is EventState.CANCELLED or now >= ends + ASKS_AFTER_END:
        return Phase.OVER
    if now < starts - OPENS_BEFORE:
        return Phase.EARLY
    asks = now >= max(starts, ends - ASKS_BEFORE_END) or state in TOOK_PLACE
    return Phase.FEEDBACK if asks else Phase.COUNTING


def check_open(kind: EventKind, state: EventState, at: Phase, *, evaluated: bool) -> None:
    """Raise Invalid where nobody shall join: a coaching is confidential, and answers once seen take no more.

    Whoever saw a mean before and after one more answer would know that answer.
    """
    if kind is EventKind.COACHING:
        raise Invalid(None, N_("Ein Coaching ist vertraulich: Es hat keine Seite zum Beitreten."))
    if state is EventState.CANCELLED:
        raise Invalid(None, N_("Der Termin ist abgesagt."))
    if at is Phase.OVER:
        raise Invalid(None, N_("Der Termin ist zu lange vorbei, um noch beizutreten."))
    if evaluated:
        raise Invalid(None, N_("Die Rückmeldungen sind schon ausgewertet; es kommen keine mehr hinzu."))


def is_evaluated(state: EventState, at: Phase, *, is_open: bool) -> bool:
    """Whether the answers may be looked at: the session was held, and no more can come."""
    return state in TOOK_PLACE and (not is_open or at is Phase.OVER)


@dataclass(frozen=True)
class Satisfaction:
    """How content those who answered were: the mean in hundredths of the scale from 1 to 5, and how many they are."""

    mean_hundredths: int
    answers: int


def satisfaction(answers: Mapping[int, int]) -> Satisfaction | None:
    """What is said of answers, by value; None of fewer than five. Rounded half up.

    >>> satisfaction({3: 2, 4: 1, 5: 3})
    Satisfaction(mean_hundredths=417, answers=6)
    >>> satisfaction({5: 4})
    """
    number = sum(answers.values())
    if number < LEAST_ANSWERS:
        return None
    return Satisfaction(mean(sum(value * times for value, times in answers.items()), number), number)


def mean(points: int, answers: int) -> int:
    """The mean in hundredths, rounded half up.

    >>> mean(25, 6)
    417
    """
    return (200 * points + answers) // (2 * answers)


@dataclass(frozen=True)
class Joining:
    """What the team knows of the joining of a session.

    `seed` leads to the code while it is open; `heads` are those who counted themselves in; `satisfaction` is None as
    long as answers may come, or where they are too few.
    """

    seed: str | None
    at: Phase
    evaluated: bool
    heads: Mapping[FunctionGroup, int]
    satisfaction: Satisfaction | None

    @property
    def is_open(self) -> bool:
        """Whether its code leads anywhere."""
        return self.seed is not None and self.at is not Phase.OVER


LETTERS = "BCDFGHJKMNPQRSTVWXYZ23456789"
"""Without vowels, which make words, and without what looks alike."""
CODE_LENGTH = 8
"""28 to the 8th: behind the throttle, nobody guesses one of them in the days for which it leads anywhere."""
_CODE = re.compile(f"[{LETTERS}]{{{CODE_LENGTH}}}")


def code_of(seed: str, key: str) -> str:
    """The code that belongs to a seed: whoever knows the key of the program can show it again, the database cannot."""
    number = int.from_bytes(hmac.digest(key.encode(), f"join code {seed}".encode(), "sha256"))
    letters: list[str] = []
    for _ in range(CODE_LENGTH):
        number, letter = divmod(number, len(LETTERS))
        letters.append(LETTERS[letter])
    return "".join(letters)


def code_hash(code: str, key: str) -> str:
    """What the database keeps of a code. A code is too short for a plain hash, from which it could be tried out."""
    return hmac.digest(key.encode(), f"join hash {code}".encode(), "sha256").hex()


def read_code(typed: str) -> str:
    """The code in what was typed, however it was grouped; "" where there is none.

    >>> read_code(" bcdf-2345 "), read_code("kein Code")
    ('BCDF2345', '')
    """
    code = re.sub(r"[\s-]", "", typed).upper()
    return code if _CODE.fullmatch(code) else ""
