"""Which columns a file has: those of this product, or the export of a tool that is known by its header line."""

from __future__ import annotations

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
}
"""The German and English names of each column; capitals, umlauts and dashes make no difference."""

REQUIRED = (Field.DATE, Field.ACTIVITY, Field.MODE)

SHEET = "sheet"
"""In place of a tool: a sheet whose columns somebody has matched by hand."""


@dataclass(frozen=True)
class Format:
    """The export of a tool: by these headings it is known, and in these columns each field stands.

    Of several names the first that the file has is read: an exact duration rather than a rounded one.
    """

    key: str
    label: str
    marks: tuple[str, ...]
    columns: Mapping[Field, tuple[str, ...]]


FORMATS: Sequence[Format] = (
    Format(
        "toggl",
        "Toggl Track",
        ("Project", "Description", "Start date", "Start time", "Duration"),
        {
            Field.DATE: ("Start date",),
            Field.START_TIME: ("Start time",),
            Field.END_DATE: ("End date", "Stop date"),
            Field.END_TIME: ("End time", "Stop time"),
            Field.HOURS: ("Duration",),
            Field.CONSULTANT: ("User", "Member"),
            Field.EMAIL: ("Email",),
            Field.MUNICIPALITY: ("Client",),
            Field.WORK_PACKAGE: ("Project",),
            Field.ACTIVITY: ("Task",),
            Field.MODE: ("Tags", "Tag"),
            Field.NOTE: ("Description",),
        },
    ),
    Format(
        "clockify",
        "Clockify",
        ("Project", "Description", "Start Date", "Start Time", "Duration (h)"),
        {
            Field.DATE: ("Start Date",),
            Field.START_TIME: ("Start Time",),
            Field.END_DATE: ("End Date",),
            Field.END_TIME: ("End Time",),
            Field.HOURS: ("Duration (h)", "Duration (decimal)"),
            Field.CONSULTANT: ("User",),
            Field.EMAIL: ("Email",),
            Field.MUNICIPALITY: ("Client",),
            Field.WORK_PACKAGE: ("Project",),
            Field.ACTIVITY: ("Task",),
            Field.MODE: ("Tags", "Tag"),
            Field.NOTE: ("Description",),
        },
    ),
    Format(
        "harvest",
        "Harvest",
        ("Date", "Client", "Project", "Task", "Notes", "Hours"),
        {
            Field.DATE: ("Date",),
            Field.HOURS: ("Hours",),
            Field.FIRST_NAME: ("First Name",),
            Field.LAST_NAME: ("Last Name",),
            Field.EMAIL: ("Email",),
            Field.MUNICIPALITY: ("Client",),
            Field.WORK_PACKAGE: ("Project",),
            Field.ACTIVITY: ("Task",),
            Field.NOTE: ("Notes",),
        },
    ),
    Format(
        "harvest",
        "Harvest",
        ("Datum", "Kunde", "Projekt", "Aufgabe", "Notizen", "Stunden"),
        {
            Field.DATE: ("Datum",),
            Field.HOURS: ("Stunden",),
            Field.FIRST_NAME: ("Vorname",),
            Field.LAST_NAME: ("Nachname",),
            Field.EMAIL: ("E-Mail", "E-Mail-Adresse"),
            Field.MUNICIPALITY: ("Kunde",),
            Field.WORK_PACKAGE: ("Projekt",),
            Field.ACTIVITY: ("Aufgabe",),
            Field.NOTE: ("Notizen",),
        },
    ),
    Format(
        "kimai",
        "Kimai",
        ("Date", "From", "To", "Duration", "Customer", "Project", "Activity"),
        {
            Field.DATE: ("Date",),
            Field.START_TIME: ("From", "Begin"),
            Field.END_TIME: ("To", "End"),
            Field.HOURS: ("Duration",),
            Field.CONSULTANT: ("Name", "User", "Username"),
            Field.EMAIL: ("Email", "E-Mail"),
            Field.MUNICIPALITY: ("Customer",),
            Field.WORK_PACKAGE: ("Project",),
            Field.ACTIVITY: ("Activity",),
            Field.MODE: ("Tags",),
            Field.NOTE: ("Description",),
        },
    ),
    Format(
        "kimai",
        "Kimai",
        ("Datum", "Von", "Bis", "Dauer", "Kunde", "Projekt", "Tätigkeit"),
        {
            Field.DATE: ("Datum",),
            Field.START_TIME: ("Von", "Beginn"),
            Field.END_TIME: ("Bis", "Ende"),
            Field.HOURS: ("Dauer",),
            Field.CONSULTANT: ("Name", "Benutzer", "Benutzername"),
            Field.EMAIL: ("E-Mail", "E-Mail-Adresse"),
            Field.MUNICIPALITY: ("Kunde",),
            Field.WORK_PACKAGE: ("Projekt",),
            Field.ACTIVITY: ("Tätigkeit",),
            Field.MODE: ("Schlagworte", "Tags"),
            Field.NOTE: ("Beschreibung",),
        },
    ),
)
"""The tools whose detailed exports are read as they come, each by the header line that it writes."""


def tool_names() -> list[str]:
    """The tools whose exports are known, each once."""
    return list(dict.fromkeys(each.label for each in FORMATS))


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
    return next((each for each in FORMATS if names.issuperset(map(fold, each.marks))), None)


def columns_of(heading: Row, known: Format) -> Columns:
    """Where a tool's export has each field."""
    places = {fold(text_of(cell)): position for position, cell in reversed(list(enumerate(heading.cells)))}
    positions: dict[Field, int] = {}
    for field, names in known.columns.items():
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


def _missing(heading: Row, field: Field) -> Fault:
    return Fault(heading.number, field, N_("Diese Spalte fehlt."))
