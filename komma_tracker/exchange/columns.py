"""What a row of a file says, cell by cell."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple, TypeVar

from komma_tracker.access.rules import N_
from komma_tracker.budget.rules import Activity, Mode, activity_named, mode_named
from komma_tracker.exchange.cells import (
    DAY_SECONDS,
    DateForm,
    Wrong,
    clock_of,
    date_of,
    days_of,
    duration_of,
    hours_of,
    minutes_of,
    note_of,
    number_of,
    reversed_minutes_of,
    seconds_of,
    shown,
    text_of,
)
from komma_tracker.exchange.formats import SHEET, Columns
from komma_tracker.exchange.rules import AMOUNTS, DateOrder, Fault, Field, name_key
from komma_tracker.exchange.tables import Cell, Row
from komma_tracker.kit.sheets import EXCEL_EPOCH
from komma_tracker.municipalities.rules import fold

SUM_WORDS = frozenset(
    map(fold, ("Summe", "Gesamt", "Insgesamt", "Gesamtsumme", "Zwischensumme", "Total", "Subtotal", "Sum", "zusammen"))
)
"""With one of these begins a line that adds up others."""

# A file says the same few words again and again.
_activity_in = lru_cache(maxsize=1024)(activity_named)
_mode_in = lru_cache(maxsize=1024)(mode_named)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class EntryRow:
    """What a row says. The amount is given as minutes or as days: what a day is, the contract knows.

    Minutes below 0 are a reversal: the row takes back another one.
    `origin` tells the row of a tool from all its others, the same in every export; empty where the file has no tool.
    """

    number: int
    on: date
    minutes: int | None
    days: Fraction | None
    municipality: str
    activity: Activity
    mode: Mode
    work_package: str
    consultant: str
    note: str
    internal_note: str
    origin: bytes = b""

    @property
    def is_reversal(self) -> bool:
        """Whether it takes back what another row says."""
        return self.minutes is not None and self.minutes < 0


class LeftOut(NamedTuple):
    """A row that is no entry, and why."""

    remark: Fault


@dataclass(frozen=True)
class Reading:
    """How the rows of a file are to be read: their columns, dates, and the words that somebody has explained."""

    columns: Columns
    order: DateOrder | None = None
    epoch: date = EXCEL_EPOCH
    activities: Mapping[str, Activity] = field(default_factory=dict[str, Activity])
    modes: Mapping[str, Mode] = field(default_factory=dict[str, Mode])
    """What the file calls activities and modes, by `name_key`."""

    @property
    def foreign(self) -> bool:
        """Whether the file is not in this product's own form."""
        return bool(self.columns.tool)

    @property
    def dates(self) -> DateForm:
        """How it writes its dates."""
        return DateForm(self.order, self.epoch, with_time=self.foreign)

    def at(self, epoch: date) -> Reading:
        """The same for a file that counts its days from another one."""
        return replace(self, epoch=epoch)


def read_row(row: Row, reading: Reading) -> EntryRow | LeftOut | list[Fault]:
    """What the row says, or everything that is wrong with it."""
    if is_sum(row, reading):
        return LeftOut(Fault(row.number, None, N_("Das ist eine Summe. Sie wird nicht gebucht.")))
    return _RowReader(row, reading).read()


def text_in(row: Row, columns: Columns, field: Field) -> str:
    """What stands in a cell, or in the merged one around it, as text."""
    position = columns.positions.get(field)
    if position is None or position >= len(row.cells):
        return ""
    cell = row.cells[position]
    return text_of(row.merged.get(position, "") if cell == "" else cell)


def municipality_in(row: Row, columns: Columns) -> str:
    """What the file calls the municipality of a row: in a tool the client, or the project where there is no client."""
    return text_in(row, columns, Field.MUNICIPALITY) or (
        text_in(row, columns, Field.WORK_PACKAGE) if columns.tool not in ("", SHEET) else ""
    )


def consultant_in(row: Row, columns: Columns) -> str:
    """What the file calls the person of a row: by address if it has one."""
    if email := text_in(row, columns, Field.EMAIL):
        return email
    names = (text_in(row, columns, each) for each in (Field.FIRST_NAME, Field.LAST_NAME))
    return text_in(row, columns, Field.CONSULTANT) or " ".join(filter(None, names))


def event_origin(event: str) -> bytes:
    """The origin of a row that comes from this date of a calendar."""
    return hashlib.sha256(f"calendar\x1f{event}".encode()).digest()


def is_sum(row: Row, reading: Reading) -> bool:
    """Whether the row adds up others: without a date, and with a word for it or with nothing but amounts."""
    positions = reading.columns.positions
    on = positions.get(Field.DATE, 0)
    cell = row.cells[on] if on < len(row.cells) else ""
    if on in row.merged or not (cell == "" or _is_sum_word(cell)):
        return False
    amounts = {positions[each] for each in AMOUNTS if each in positions}
    filled = [(position, each) for position, each in enumerate(row.cells) if each != ""]
    return any(_is_sum_word(each) for _, each in filled) or (
        bool(filled) and all(position in amounts and number_of(each) is not None for position, each in filled)
    )


def _is_sum_word(cell: Cell) -> bool:
    return isinstance(cell, str) and cell[:1].isalpha() and len(cell) < 40 and fold(cell).split(" ")[0] in SUM_WORDS


class _RowReader:
    """Reads one row and gathers what is wrong with it."""

    def __init__(self, row: Row, reading: Reading) -> None:
        self.row = row
        self.reading = reading
        self.columns = reading.columns
        self.faults: list[Fault] = []

    def read(self) -> EntryRow | LeftOut | list[Fault]:
        foreign = self.reading.foreign
        on = self._need(Field.DATE, lambda cell: date_of(cell, self.reading.dates))
        taken_back = None if foreign else reversed_minutes_of(self._cell(Field.MINUTES))
        minutes = self._amount() if taken_back is None else -taken_back
        days = self._read(Field.DAYS, days_of, None) if taken_back is None else None
        activity = self._activity()
        mode = self._mode()
        note = self._read(Field.NOTE, note_of, "")
        internal_note = self._read(Field.INTERNAL_NOTE, note_of, "")
        if minutes is None and all(self._cell(each) == "" for each in AMOUNTS):
            given = next(
                (self.columns.headings[each] for each in AMOUNTS if each in self.columns.headings), Field.AMOUNT
            )
            self._fault(given, N_("Diese Angabe fehlt."))
        if self.faults or on is None or activity is None or mode is None:
            return self.faults
        if minutes == 0:
            message = N_("Weniger als eine halbe Minute. Die Zeile wird nicht gebucht.")
            return LeftOut(Fault(self.row.number, None, message))
        return EntryRow(
            number=self.row.number,
            on=on,
            minutes=minutes,
            days=days,
            municipality=municipality_in(self.row, self.columns) if foreign else self._text(Field.MUNICIPALITY),
            activity=activity,
            mode=mode,
            work_package=self._text(Field.WORK_PACKAGE),
            consultant=consultant_in(self.row, self.columns) if foreign else self._text(Field.CONSULTANT),
            note=note,
            internal_note=internal_note,
            origin=self._origin(on, minutes, note),
        )

    def _cell(self, field: Field) -> Cell:
        position = self.columns.positions.get(field)
        if position is None or position >= len(self.row.cells):
            return ""
        cell = self.row.cells[position]
        return self.row.merged.get(position, "") if cell == "" and field not in AMOUNTS else cell

    def _text(self, field: Field) -> str:
        return text_in(self.row, self.columns, field)

    def _fault(self, column: str, message: str, **params: object) -> None:
        self.faults.append(Fault(self.row.number, column, message, params))

    def _read(self, field: Field, parse: Callable[[Cell], T], empty: T) -> T:
        value = self._cell(field)
        if value == "":
            return empty
        try:
            return parse(value)
        except Wrong as wrong:
            self._fault(self.columns.headings[field], wrong.message, **wrong.params)
            return empty

    def _need(self, field: Field, parse: Callable[[Cell], T]) -> T | None:
        if self._cell(field) == "":
            self._fault(self.columns.headings.get(field, field), N_("Diese Angabe fehlt."))
            return None
        return self._read(field, parse, None)

    def _amount(self) -> int | None:
        """Minutes by whatever column has them, or from beginning to end; 0 only for what a tool calls a duration."""
        tool = self.columns.tool not in ("", SHEET)
        before = len(self.faults)
        minutes = self._read(Field.MINUTES, minutes_of, None)
        if minutes is None:
            minutes = self._read(Field.HOURS, duration_of if tool else hours_of, None)
        if minutes is None:
            minutes = self._read(Field.SECONDS, seconds_of, None)
        if minutes is None and len(self.faults) == before and self._cell(Field.DAYS) == "":
            minutes = self._from_start_to_end()
        return minutes

    def _from_start_to_end(self) -> int | None:
        start, end = clock_of(self._cell(Field.START_TIME)), clock_of(self._cell(Field.END_TIME))
        if start is None or end is None:
            return None
        seconds = end - start
        if seconds < 0:
            seconds += DAY_SECONDS  # it ended after midnight
        return (seconds + 30) // 60

    def _activity(self) -> Activity | None:
        return self._word(Field.ACTIVITY, self.reading.activities, _activity_in, _NO_ACTIVITY, tuple(Activity))

    def _mode(self) -> Mode | None:
        return self._word(Field.MODE, self.reading.modes, _mode_in, _NO_MODE, tuple(Mode))

    def _word(
        self,
        field: Field,
        explained: Mapping[str, T],
        named: Callable[[str], T | None],
        message: str,
        choices: tuple[object, ...],
    ) -> T | None:
        text = self._text(field)
        found = explained.get(name_key(text)) or (named(text) if text else None)
        if found is None and text:
            self._fault(self.columns.headings[field], message, value=shown(text), choices=choices)
        elif found is None:
            self._fault(self.columns.headings.get(field, field), N_("Diese Angabe fehlt."))
        return found

    def _origin(self, on: date, minutes: int | None, note: str) -> bytes:
        """What the tool keeps of this row, whatever the language, the order or the extent of its export."""
        if self.columns.tool in ("", SHEET):
            event = self._text(Field.EVENT)
            return event_origin(event) if event else b""
        texts = (self._text(each) for each in (Field.MUNICIPALITY, Field.WORK_PACKAGE, Field.ACTIVITY))
        start = clock_of(self._cell(Field.START_TIME))
        # A tool writes the time with or without seconds, as its user has set it.
        minute = None if start is None else timedelta(minutes=start // 60)
        facts = (self.columns.tool, on, minute, minutes, *texts, note)
        return hashlib.sha256("\x1f".join(map(str, facts)).encode()).digest()


_NO_ACTIVITY = N_("„%(value)s“ ist keine Tätigkeit. Möglich sind: %(choices)s.")
_NO_MODE = N_("„%(value)s“ ist kein Modus. Möglich sind: %(choices)s.")
