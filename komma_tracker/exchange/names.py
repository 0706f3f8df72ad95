"""Names in a file, and for what each probably stands: by what was remembered, by its very name, by likeness."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from rapidfuzz import fuzz

from komma_tracker.access.rules import N_
from komma_tracker.budget.rules.vocabulary import ACTIVITY_NAMES, MODE_NAMES
from komma_tracker.exchange.cells import order_told_by
from komma_tracker.exchange.columns import Reading, consultant_in, is_sum, municipality_in, text_in
from komma_tracker.exchange.rules import DateOrder, Field, NameKind, Unreadable, name_key
from komma_tracker.exchange.tables import Row
from komma_tracker.municipalities.rules import fold

MOST_NAMES = 400
"""So many different names of one kind are asked about; more stand in a column that holds something else."""
LIKENESS = 75
"""From this many percent on, a name resembles another."""
CONTAINED = 95
"""So sure is a name whose words all stand in the text of the file, among others."""

ELSEWHERE = "-"
"""The answer that rows of this name do not belong here; for a work package, that it is none."""

Key = tuple[NameKind, str, str]


@dataclass(frozen=True, slots=True)
class Name:
    """What a file calls something; a work package is called so within a municipality. The text may be empty."""

    kind: NameKind
    text: str
    within: str = ""

    @property
    def key(self) -> Key:
        """The same for all spellings."""
        return self.kind, name_key(self.within), name_key(self.text)

    @property
    def token(self) -> str:
        """By which a form asks for it: tells nothing of the name."""
        return "n" + hashlib.sha256("\x1f".join(self.key).encode()).hexdigest()[:16]


class Certainty(StrEnum):
    """How sure it is for what a name stands."""

    EXACT = "exact"
    REMEMBERED = "remembered"
    SHARED = "shared"
    ALIKE = "alike"
    SAID = "said"
    NONE = "none"

    @property
    def label(self) -> str:
        """The German msgid."""
        return CERTAINTY_LABELS[self]

    @property
    def is_settled(self) -> bool:
        """Whether nobody needs to look at it again."""
        return self in (Certainty.EXACT, Certainty.REMEMBERED)


CERTAINTY_LABELS: Mapping[Certainty, str] = {
    Certainty.EXACT: N_("stimmt überein"),
    Certainty.REMEMBERED: N_("gemerkt"),
    Certainty.SHARED: N_("im Team gemerkt"),
    Certainty.ALIKE: N_("ähnlich"),
    Certainty.SAID: N_("von Ihnen gewählt"),
    Certainty.NONE: N_("nicht gefunden"),
}


@dataclass(frozen=True)
class Target:
    """What a name can stand for: its value in forms, how it is shown, and its folded names."""

    value: str
    label: str
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Proposal:
    """For what a name probably stands; `percent` is the likeness where there is no more than that."""

    value: str | None
    certainty: Certainty
    percent: int = 0


NOTHING = Proposal(None, Certainty.NONE)


def propose(name: Name, targets: Sequence[Target], remembered: Mapping[Key, tuple[str, bool]]) -> Proposal:
    """The target that a name stands for, if one is likelier than all others.

    `remembered` holds by key what was said before, and whether the reader has said so.
    """
    known = remembered.get(name.key)
    if known and (known[0] == ELSEWHERE or any(target.value == known[0] for target in targets)):
        return Proposal(known[0], Certainty.REMEMBERED if known[1] else Certainty.SHARED)
    if not name.text:
        return NOTHING
    exact = [target for target in targets if name_key(name.text) in target.names]
    if exact:
        return Proposal(exact[0].value, Certainty.EXACT) if len(exact) == 1 else NOTHING
    rated = sorted(((_likeness(fold(name.text), target), target.value) for target in targets), reverse=True)
    if not rated or rated[0][0] < LIKENESS or (len(rated) > 1 and rated[0][0] == rated[1][0]):
        return NOTHING
    return Proposal(rated[0][1], Certainty.ALIKE, rated[0][0])


def _likeness(text: str, target: Target) -> int:
    words = set(text.split())
    return max((_rate(text, words, name) for name in target.names if name), default=0)


def _rate(text: str, words: set[str], name: str) -> int:
    if words.issuperset(name.split()):
        return CONTAINED
    return min(int(max(fuzz.ratio(text, name), fuzz.token_sort_ratio(text, name))), 99)


def words_of(kind: NameKind) -> list[Target]:
    """The activities or modes, with all names that are known of them; the labels are German msgids."""
    table = ACTIVITY_NAMES if kind is NameKind.ACTIVITY else MODE_NAMES
    return [
        Target(each.value, each.label, frozenset(map(name_key, (each.label, *names)))) for each, names in table.items()
    ]


@dataclass
class Survey:
    """What has to be known of a file before it can be read: its names with their counts, and how it writes dates."""

    names: dict[Key, Name] = field(default_factory=dict[Key, Name])
    counts: dict[Key, int] = field(default_factory=dict[Key, int])
    order: DateOrder | None = None
    order_is_open: bool = False
    """Whether its dates can be read both ways, and the file itself does not say which is meant."""

    def of_kind(self, *kinds: NameKind) -> list[Name]:
        """The names of these kinds, as they follow each other in the file."""
        return [name for kind in kinds for name in self.names.values() if name.kind is kind]


def survey(rows: Iterable[Row], reading: Reading) -> Survey:
    """Look through a whole file once. Raises Unreadable where a column holds too many names to be one of names."""
    surveyor = _Surveyor(reading)
    for row in rows:
        if not is_sum(row, reading):
            surveyor.look_at(row)
    return surveyor.done()


class _Surveyor:
    def __init__(self, reading: Reading) -> None:
        self.columns = reading.columns
        self.date = reading.columns.positions.get(Field.DATE, 0)
        self.told: set[DateOrder | bool] = set()
        self.found: dict[tuple[str, ...], int] = {}
        self.kinds: dict[NameKind, set[str]] = {kind: set() for kind in NameKind}

    def look_at(self, row: Row) -> None:
        """Note how its date is written and which names it has."""
        if self.date < len(row.cells):
            self.told.add(order_told_by(row.cells[self.date]))
        columns = self.columns
        texts = (
            municipality_in(row, columns),
            consultant_in(row, columns),
            text_in(row, columns, Field.ACTIVITY),
            text_in(row, columns, Field.MODE),
            text_in(row, columns, Field.WORK_PACKAGE),
        )
        if texts in self.found:
            self.found[texts] += 1
            return
        self.found[texts] = 1
        for kind, text in zip(NameKind, texts, strict=True):
            self.kinds[kind].add(f"{texts[0]}\x1f{text}" if kind is NameKind.WORK_PACKAGE else text)
            if len(self.kinds[kind]) > MOST_NAMES:
                message = N_(
                    "Als %(what)s stehen in der Datei mehr als %(limit)s verschiedene Namen. Stimmt die Spalte?"
                )
                raise Unreadable(message, what=kind, limit=MOST_NAMES)

    def done(self) -> Survey:
        """All that was found."""
        found = Survey()
        for texts, count in self.found.items():
            for kind, text in zip(NameKind, texts, strict=True):
                is_package = kind is NameKind.WORK_PACKAGE
                if is_package and not text:
                    continue
                name = Name(kind, text, texts[0] if is_package else "")
                found.names.setdefault(name.key, name)
                found.counts[name.key] = found.counts.get(name.key, 0) + count
        told = self.told & {DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST}
        if len(told) == 1:
            (order,) = told
            found.order = DateOrder(str(order))
        found.order_is_open = found.order is None and bool(self.told - {False})
        return found
