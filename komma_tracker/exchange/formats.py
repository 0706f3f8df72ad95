"""Which columns a file has: those of this product, or the export of a tool that is known by its header line."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from komma_tracker.access.rules import N_
from komma_tracker.exchange.cells import text_of
from komma_tracker.exchange.rules import AMOUNTS, Fault, Field
from komma_tracker.exchange.tables import Row
from komma_tracker.municipalities.rules import fold

HEADINGS: Mapping[Field, tuple[str, ...]] = {
    Field.DATE: ("Datum", "Tag", "Leistungsdatum", "date", "day", "service date"),
    Field.MUNICIPALITY: ("Kommune", "Gemeinde", "Kommunencode", "municipality", "code"),
    Field.MINUTES: ("Minuten", "Min", "minutes"),
    Field.HOURS: ("Stunden", "Std", "Dauer", "hours", "duration"),
    Field.DAYS: ("Tage", "Beratungstage", "Tagewerke", "days", "consulting days"),
    Field.ACTIVITY: ("Tätigkeit", "Tätigkeitsart", "Art", "activity"),
    Field.MODE: ("Modus", "Durchführung", "Form", "mode"),
    Field.WORK_PACKAGE: ("Arbeitspaket", "AP", "work package"),
    Field.CONSULTANT: ("Beratungsperson", "Berater", "Beraterin", "Berater:in", "Beratung", "Person", "consultant"),
    Field.NOTE: ("Beschreibung", "Notiz", "Bemerkung", "Leistung", "description", "description_de", "note"),
    Field.INTERNAL_NOTE: ("Intern", "interne Notiz", "interne Bemerkung", "internal", "internal note"),
    Field.EVENT: ("Kalendereintrag", "calendar event"),
}
"""The German and English names of each column; capitals, umlauts and dashes make no difference."""

REQUIRED = (Field.DATE, Field.ACTIVITY, Field.MODE)

SHEET = "sheet"
"""In place of a tool: a sheet whose columns somebody has matched by hand."""


@dataclass(frozen=True)
class Format:
    """The export of a tool, known by these headings in any of its languages."""

    key: str
    label: str
    marks: tuple[tuple[str, ...], ...]


FORMATS: Sequence[Format] = (
    Format("toggl", "Toggl Track", (("Project", "Description", "Start date", "Start time", "Duration"),)),
    Format("clockify", "Clockify", (("Project", "Description", "Start Date", "Start Time", "Duration (h)"),)),
    Format(
        "harvest",
        "Harvest",
        (
            ("Date", "Client", "Project", "Task", "Notes", "Hours"),
            ("Datum", "Kunde", "Projekt", "Aufgabe", "Notizen", "Stunden"),
        ),
    ),
    Format(
        "kimai",
        "Kimai",
        (
            ("Date", "From", "To", "Duration", "Customer", "Project", "Activity"),
            ("Datum", "Von", "Bis", "Dauer", "Kunde", "Projekt", "Tätigkeit"),
        ),
    ),
)
"""The tools whose detailed exports are read as they come, each by the header line that it writes."""

TOOL_HEADINGS: Mapping[Field, tuple[str, ...]] = {
    Field.DATE: ("Start date", "Date", "Datum"),
    Field.START_TIME: ("Start time", "From", "Begin", "Von", "Beginn"),
    Field.END_DATE: ("End date", "Stop date"),
    Field.END_TIME: ("End time", "Stop time", "To", "End", "Bis", "Ende"),
    Field.HOURS: ("Duration (h)", "Duration (decimal)", "Duration", "Hours", "Dauer", "Stunden"),
    Field.CONSULTANT: ("Name", "User", "Member", "Username", "Benutzer", "Benutzername"),
    Field.EMAIL: ("Email", "E-Mail", "E-Mail-Adresse"),
    Field.FIRST_NAME: ("First Name", "Vorname"),
    Field.LAST_NAME: ("Last Name", "Nachname"),
    Field.MUNICIPALITY: ("Client", "Customer", "Kunde"),
    Field.WORK_PACKAGE: ("Project", "Projekt"),
    Field.ACTIVITY: ("Task", "Activity", "Aufgabe", "Tätigkeit"),
    Field.MODE: ("Tags", "Tag", "Schlagworte"),
    Field.NOTE: ("Description", "Notes", "Beschreibung", "Notizen"),
}
"""What these tools call each field. Of several names the first that a file has is read: an exact duration comes
before a rounded one.
"""


def tool_names() -> list[str]:
    """The tools whose exports are known."""
    return [each.label for each in FORMATS]


_FIELD_BY_HEADING = {fold(name): field for field, names in HEADINGS.items() for name in names}


@dataclass(frozen=True)
class Columns:
    """Where each field stands, under which heading; and the headings that mean nothing here.

    `tool` is the key of a format, SHEET for columns matched by hand, empty for this product's own.
    """

    positions: Mapping[Field, int]
    headings: Mapping[Field, str]
    unused: tuple[str, ...] = ()
    tool: str = ""


def recognised(heading: Row) -> Format | None:
    """The tool that wrote this header line."""
    names = {fold(text_of(cell)) for cell in heading.cells}
    return next((each for each in FORMATS for marks in each.marks if names.issuperset(map(fold, marks))), None)


def columns_of(heading: Row, known: Format) -> Columns:
    """Where a tool's export has each field."""
    places = {fold(text_of(cell)): position for position, cell in reversed(list(enumerate(heading.cells)))}
    positions: dict[Field, int] = {}
    for field, names in TOOL_HEADINGS.items():
        found = next((places[fold(name)] for name in names if fold(name) in places), None)
        if found is not None:
            positions[field] = found
    return placed(heading, positions, known.key)


def placed(heading: Row, positions: Mapping[Field, int], tool: str) -> Columns:
    """Columns at known places, with what the file calls them."""
    names = [text_of(cell) for cell in heading.cells]
    unused = [name for position, name in enumerate(names) if name and position not in positions.values()]
    return Columns(positions, {field: names[position] for field, position in positions.items()}, tuple(unused), tool)


def columns_in(
    heading: Row, places: Mapping[str, int] | None, *, needs_municipality: bool
) -> tuple[Columns, list[Fault]]:
    """Where a file has its fields: as somebody has matched them, as its tool writes them, or by this product's names.

    Faults only of the last: whoever matches columns is asked for what is missing.
    """
    known = recognised(heading)
    if places is not None:
        positions = {Field(field): position for field, position in places.items() if position < len(heading.cells)}
        return placed(heading, positions, known.key if known else SHEET), []
    if known:
        return columns_of(heading, known), []
    return match_columns(heading, needs_municipality=needs_municipality)


def match_columns(heading: Row, *, needs_municipality: bool) -> tuple[Columns, list[Fault]]:
    """Find this product's own fields by their headings; a fault for each one that is missing or there twice."""
    positions: dict[Field, int] = {}
    headings: dict[Field, str] = {}
    unused: list[str] = []
    faults: list[Fault] = []
    for position, cell in enumerate(heading.cells):
        name = text_of(cell)
        field = own_field(name)
        if field is None:
            unused += [name] if name else []
        elif field in positions:
            message = N_("Diese Spalte steht für dasselbe wie „%(other)s“.")
            faults.append(Fault(heading.number, name, message, {"other": headings[field]}))
        else:
            positions[field] = position
            headings[field] = name
    required = (*REQUIRED, Field.MUNICIPALITY) if needs_municipality else REQUIRED
    faults += [_missing(heading, field) for field in required if field not in positions]
    if not any(field in positions for field in AMOUNTS):
        faults.append(_missing(heading, Field.AMOUNT))
    return Columns(positions, headings, tuple(unused)), faults


def own_field(name: str) -> Field | None:
    """What a heading means to this product.

    >>> own_field("Stunden (gesamt)"), own_field("Farbe")
    (<Field.HOURS: 'hours'>, None)
    """
    return _FIELD_BY_HEADING.get(fold(name)) or _FIELD_BY_HEADING.get(fold(name.partition("(")[0]))


def is_heading(row: Row) -> bool:
    """Whether a row is a header line that needs no help to be read."""
    return bool(recognised(row)) or not match_columns(row, needs_municipality=False)[1]


def heading_digest(heading: Row) -> str:
    """By which a header line is found again."""
    return hashlib.sha256("\x1f".join(fold(text_of(cell)) for cell in heading.cells).encode()).hexdigest()


def _missing(heading: Row, field: Field) -> Fault:
    return Fault(heading.number, field, N_("Diese Spalte fehlt."))
