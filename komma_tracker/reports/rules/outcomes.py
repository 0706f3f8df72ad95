"""What came of the sessions: how many different people, and how content they were; and how far that may be said."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from komma_tracker.access.small_numbers import Hidden, Shown, is_small
from komma_tracker.events.rules import EventKind
from komma_tracker.events.rules.joining import mean
from komma_tracker.reports.rules.anonymity import Facts, Group, may_publish, merged


@dataclass(frozen=True)
class Heads:
    """Attendances, and the different people behind them: who comes to two parts of a series is one person."""

    attendances: int = 0
    persons: int = 0

    @property
    def repeated(self) -> int:
        """Attendances of people who had been counted before."""
        return self.attendances - self.persons

    def __add__(self, other: Heads) -> Heads:
        return Heads(self.attendances + other.attendances, self.persons + other.persons)


def of_series(attendances: int, largest_part: int, unique_persons: int | None) -> Heads:
    """The heads of those parts of a series that count; as long as nobody has said how many people they were, at least
    as many as came to its largest part.

    >>> of_series(30, 12, 14), of_series(12, 12, 14), of_series(30, 12, None)
    (Heads(attendances=30, persons=14), Heads(attendances=12, persons=12), Heads(attendances=30, persons=12))
    """
    persons = largest_part if unique_persons is None else min(max(unique_persons, largest_part), attendances)
    return Heads(attendances, persons)


@dataclass(frozen=True)
class Answers:
    """Feedback: how many answers, and the sum of their values; only of sessions with at least five."""

    number: int = 0
    points: int = 0

    def __add__(self, other: Answers) -> Answers:
        return Answers(self.number + other.number, self.points + other.points)


@dataclass(frozen=True)
class People:
    """Heads in all, and those of the sessions in which each municipality had part."""

    all: Heads = Heads()
    by_place: Mapping[int, Heads] = field(default_factory=dict[int, Heads])


@dataclass(frozen=True)
class Feedback:
    """Answers by kind of session, and those of the sessions in which each municipality had part."""

    by_kind: Mapping[EventKind, Answers] = field(default_factory=dict[EventKind, Answers])
    by_place: Mapping[tuple[EventKind, int], Answers] = field(default_factory=dict[tuple[EventKind, int], Answers])


@dataclass(frozen=True)
class Persons:
    """Different people and repeated attendances, which add up to all attendances."""

    persons: Shown
    repeated: Shown
    attendances: Shown


@dataclass(frozen=True)
class Content:
    """How content people were with sessions of a kind, or of several that are not told apart."""

    kinds: Group
    answers: Answers

    @property
    def mean_hundredths(self) -> int:
        """On the scale from 1 to 5, in hundredths."""
        return mean(self.answers.points, self.answers.number)


def published_persons(people: People, attendances: Shown, anonymous: Collection[int]) -> Persons | None:
    """How many different people took part; None where that is over too few municipalities.

    `attendances` is their sum as another table shows it: where it is hidden there, all is hidden here. Both parts of
    it are hidden together, and under a word that does not say which of them is small.
    """
    measures = {place: (each.attendances, each.persons, each.repeated) for place, each in people.by_place.items()}
    if not may_publish([measures], anonymous):
        return None
    heads = people.all
    hidden = isinstance(attendances, Hidden) or is_small(heads.persons) or is_small(heads.repeated)
    if hidden:
        return Persons(Hidden.COVERED, Hidden.COVERED, attendances)
    return Persons(heads.persons, heads.repeated, attendances)


def published_content(feedback: Feedback, anonymous: Collection[int]) -> tuple[Content, ...] | None:
    """How content people were, by kind; kinds that would be over too few municipalities are merged. None where not
    even all together may be told.
    """
    kinds = tuple(kind.value for kind in EventKind if kind in feedback.by_kind)
    cells: dict[tuple[str, str], dict[int, tuple[int, int]]] = {(kind, ""): {} for kind in kinds}
    for (kind, place), answers in feedback.by_place.items():
        cells[kind.value, ""][place] = (answers.number, answers.points)
    found = merged(Facts(kinds, ("",), cells), anonymous)
    if found is None:
        return None
    by_kind = {kind.value: answers for kind, answers in feedback.by_kind.items()}
    return tuple(Content(group, sum((by_kind[kind] for kind in group), Answers())) for group in found.rows)
