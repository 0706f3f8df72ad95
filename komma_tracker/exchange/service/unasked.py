"""Reading a file where nobody can be asked: what it leaves open has been said beforehand, or is a fault."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

from sqlalchemy.orm import Session

from komma_tracker.access.rules import N_, Actor, Invalid
from komma_tracker.exchange import queries
from komma_tracker.exchange.cells import text_of
from komma_tracker.exchange.columns import Reading
from komma_tracker.exchange.formats import columns_in, heading_digest, is_heading
from komma_tracker.exchange.names import ELSEWHERE, Key, Name, Survey, Target, survey
from komma_tracker.exchange.plan import Planner
from komma_tracker.exchange.rules import (
    LIMITS,
    DateOrder,
    Field,
    ImportStep,
    Limits,
    NameKind,
    column_letters,
    name_key,
)
from komma_tracker.exchange.service import read_file
from komma_tracker.exchange.service.asking import WORDS, questions_of, settled_answers
from komma_tracker.exchange.service.lookups import programme
from komma_tracker.exchange.tables import Row, read_table
from komma_tracker.municipalities.rules import fold


@dataclass(frozen=True)
class Said:
    """What somebody says of a file before it is read.

    `columns` are headings or letters by field; `names` are kind, name in the file, and for what it stands: a code, a
    name, an address, a word, or "-" for nothing here. `remembered_by` is the person whose earlier answers hold.
    """

    columns: Mapping[Field, str] = field(default_factory=dict[Field, str])
    names: Sequence[tuple[NameKind, str, str]] = ()
    order: DateOrder | None = None
    remembered_by: int | None = None


def read_unasked(
    session: Session,
    viewer: Actor,
    file: IO[bytes],
    *,
    municipality_id: int | None,
    said: Said,
    limits: Limits = LIMITS,
) -> Planner:
    """Read a file and find out what its words mean, as `read_file` does.

    Raises Forbidden, Unreadable; Invalid where what was said does not fit the file, or its dates can be read both ways.
    """
    table = read_table(file, limits, is_heading)
    places = _places(session, viewer, table.heading, said, needs_municipality=municipality_id is None)
    columns, faults = columns_in(table.heading, places, needs_municipality=municipality_id is None)
    order, answers = said.order, dict[Key, str]()
    # Of a file in this product's own form there is nothing to be asked: a second look at its rows would only take time.
    if not faults and (columns.tool or said != Said()):
        known = programme(session, viewer, municipality_id)
        found = survey(table.rows, Reading(columns, epoch=table.epoch))
        order = found.order or order
        if found.order_is_open and order is None:
            raise Invalid(
                "order", N_("Die Daten dieser Datei lassen sich auf zwei Arten lesen: Tag oder Monat zuerst.")
            )
        remembered = queries.remembered_names(session, viewer, user_id=said.remembered_by)
        for step in (ImportStep.NAMES, ImportStep.PACKAGES):
            questions = questions_of(known, found, step, answers, remembered)
            answers |= settled_answers(questions)
            answers |= _answers(found, said, {each.name.key: each.targets for each in questions})
        _check_found(found, said)
    return read_file(
        session, viewer, file, municipality_id=municipality_id, limits=limits,
        places=places, order=order, answers=answers,
    )  # fmt: skip


def _places(
    session: Session, viewer: Actor, heading: Row, said: Said, *, needs_municipality: bool
) -> Mapping[str, int] | None:
    """In which column each field stands, where that is said or remembered; None where the file itself tells."""
    columns, faults = columns_in(heading, None, needs_municipality=needs_municipality)
    layout = None
    if said.remembered_by is not None and (faults or columns.tool):
        layout = queries.layout(session, viewer, heading_digest(heading), user_id=said.remembered_by)
    if not said.columns:
        return layout.places if layout else None
    known = layout.places if layout else {each.value: place for each, place in columns.positions.items()}
    return {**known, **{each.value: _column(heading, each, name) for each, name in said.columns.items()}}


def _column(heading: Row, wanted: Field, name: str) -> int:
    """Where a heading stands, or which column these letters are. Raises Invalid."""
    headings = [fold(text_of(cell)) for cell in heading.cells]
    if fold(name) in headings:
        return headings.index(fold(name))
    letters = [column_letters(place) for place in range(len(headings))]
    if name.upper() in letters:
        return letters.index(name.upper())
    raise Invalid(wanted.value, N_("Die Datei hat keine Spalte „%(name)s“."), name=name)


def _answers(found: Survey, said: Said, targets: Mapping[Key, Sequence[Target]]) -> dict[Key, str]:
    """What is said of names that are asked about; a package of that name is meant wherever the file has it."""
    return {
        name.key: _target(kind, text, value, targets[name.key])
        for kind, text, value in said.names
        for name in found.of_kind(kind)
        if _is_called(name, text) and name.key in targets
    }


def _target(kind: NameKind, text: str, value: str, targets: Sequence[Target]) -> str:
    if value == ELSEWHERE and kind not in WORDS:
        return ELSEWHERE
    meant = [each for each in targets if value == each.value or name_key(value) in each.names]
    if len(meant) != 1:
        message = N_("Wofür „%(name)s“ steht, ist nicht zu finden: „%(value)s“.")
        raise Invalid(kind.value, message, name=text, value=value)
    return meant[0].value


def _check_found(found: Survey, said: Said) -> None:
    """Raise Invalid for a name that the file does not have: a slip would go unnoticed."""
    for kind, text, _ in said.names:
        if not any(_is_called(name, text) for name in found.of_kind(kind)):
            raise Invalid(kind.value, N_("In der Datei kommt „%(name)s“ nicht vor."), name=text)


def _is_called(name: Name, text: str) -> bool:
    return name_key(name.text) == name_key(text)
