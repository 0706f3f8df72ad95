"""What holds for every file that comes in: bounds, faults that name their place, keys that find repeats."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Generic, TypeVar

from komma_tracker.access.rules import N_, DomainError
from komma_tracker.municipalities.rules import fold


@dataclass(frozen=True)
class Limits:
    """How much of a file is read before it is refused (trust 7, 20). Sizes are in bytes."""

    size: int = 20 * 1024 * 1024
    unpacked: int = 160 * 1024 * 1024
    members: int = 500
    rows: int = 200_000
    columns: int = 60
    cells: int = 4_000_000


LIMITS = Limits()


class Unreadable(DomainError):
    """The file as a whole cannot be read; the message says what would be right."""


class Field(StrEnum):
    """What an imported column can hold."""

    DATE = "date"
    MUNICIPALITY = "municipality"
    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    SECONDS = "seconds"
    ACTIVITY = "activity"
    MODE = "mode"
    WORK_PACKAGE = "work_package"
    CONSULTANT = "consultant"
    EMAIL = "email"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    START_TIME = "start_time"
    END_DATE = "end_date"
    END_TIME = "end_time"
    NOTE = "note"
    INTERNAL_NOTE = "internal_note"
    EVENT = "calendar_event"
    """Which date of somebody's calendar it was: told apart from all others by a digest."""
    AMOUNT = "amount"
    """Any of the amounts: what is missing where none of them is there."""

    @property
    def label(self) -> str:
        """The German msgid."""
        return FIELD_LABELS[self]


FIELD_LABELS: Mapping[Field, str] = {
    Field.DATE: N_("Datum"),
    Field.MUNICIPALITY: N_("Kommune"),
    Field.MINUTES: N_("Minuten"),
    Field.HOURS: N_("Stunden"),
    Field.DAYS: N_("Tage"),
    Field.SECONDS: N_("Sekunden"),
    Field.ACTIVITY: N_("Tätigkeit"),
    Field.MODE: N_("Modus"),
    Field.WORK_PACKAGE: N_("Arbeitspaket"),
    Field.CONSULTANT: N_("Beratungsperson"),
    Field.EMAIL: N_("E-Mail-Adresse"),
    Field.FIRST_NAME: N_("Vorname"),
    Field.LAST_NAME: N_("Nachname"),
    Field.START_TIME: N_("Beginn"),
    Field.END_DATE: N_("Datum des Endes"),
    Field.END_TIME: N_("Ende"),
    Field.NOTE: N_("Notiz"),
    Field.INTERNAL_NOTE: N_("Interne Notiz"),
    Field.EVENT: N_("Kalendereintrag"),
    Field.AMOUNT: N_("Minuten / Stunden / Tage"),
}

AMOUNTS = (Field.MINUTES, Field.HOURS, Field.DAYS, Field.SECONDS)


class DateOrder(StrEnum):
    """How 03/04/2026 is meant; points and ISO dates leave no doubt."""

    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"

    @property
    def label(self) -> str:
        """The German msgid."""
        return DATE_ORDER_LABELS[self]


DATE_ORDER_LABELS: Mapping[DateOrder, str] = {
    DateOrder.DAY_FIRST: N_("Tag zuerst: 03/04/2026 ist der 3. April"),
    DateOrder.MONTH_FIRST: N_("Monat zuerst: 03/04/2026 ist der 4. März"),
}


class NameKind(StrEnum):
    """Of what a file speaks by name: each has to be found among what there is."""

    MUNICIPALITY = "municipality"
    CONSULTANT = "consultant"
    ACTIVITY = "activity"
    MODE = "mode"
    WORK_PACKAGE = "work_package"

    @property
    def label(self) -> str:
        """The German msgid."""
        return FIELD_LABELS[Field(self.value)]


class ImportStep(StrEnum):
    """What has to be said of an uploaded file next."""

    COLUMNS = "columns"
    NAMES = "names"
    PACKAGES = "packages"
    PREVIEW = "preview"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, with its place: row as in a spreadsheet, column by its heading in the file.

    A column that the file does not have goes by its field, which every reader reads in their own language.
    """

    row: int
    column: str | None
    message: str
    params: Mapping[str, object] = field(default_factory=dict[str, object])

    @property
    def kind(self) -> Hashable:
        """The same for all faults that differ in their row only."""
        return (self.column, self.message, tuple(self.params.items()))


SHOWN = 200
"""So many findings are named, each with up to as many rows; the others are counted."""

T = TypeVar("T")


@dataclass
class Findings(Generic[T]):
    """What was found in many rows, equal things together: 131 rows before the contract's begin are one remark."""

    total: int = 0
    named: int = 0
    groups: dict[Hashable, tuple[T, list[range]]] = field(default_factory=dict[Hashable, tuple[T, list[range]]])

    def add(self, kind: Hashable, row: int, finding: T) -> None:
        """Note a finding at a row; rows come in order."""
        self.total += 1
        if kind not in self.groups and len(self.groups) == SHOWN:
            return
        rows = self.groups.setdefault(kind, (finding, []))[1]
        if rows and row <= rows[-1].stop:
            rows[-1] = range(rows[-1].start, row + 1)
        elif len(rows) < SHOWN:
            rows.append(range(row, row + 1))
        else:
            return
        self.named += 1


def column_letters(place: int) -> str:
    """A column as spreadsheets name it.

    >>> column_letters(0), column_letters(27)
    ('A', 'AB')
    """
    first, last = divmod(place, 26)
    return (chr(ord("A") + first - 1) if first else "") + chr(ord("A") + last)


@lru_cache(maxsize=8192)
def name_key(text: str) -> str:
    """What makes two names in a file the same: an address by its letters, everything else folded.

    >>> name_key("Stadt Müsterau"), name_key("STADT MUESTERAU"), name_key("Anna@Example.org"), name_key("–")
    ('stadt musterau', 'stadt musterau', 'anna@example.org', '–')
    """
    return text.casefold() if "@" in text else fold(text) or text
