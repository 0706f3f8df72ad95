"""Faults and hints in the reader's words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar

from flask_babel import gettext

from komma_tracker.access.rules import DomainError
from komma_tracker.budget.words import hints
from komma_tracker.exchange.plan import LedgerHint, Plan
from komma_tracker.exchange.rules import Fault, Field, Findings
from komma_tracker.kit.messages import message_of

T = TypeVar("T")

SPANS = 12
"""So many spans of rows are listed in one line."""


class Line(NamedTuple):
    """A finding in words: where it stands, and what it is."""

    place: str
    message: str


def fault_lines(plan: Plan) -> list[Line]:
    """What is wrong, and what would be right."""
    return [line for _, line in sorted(_lines(plan.faults, _fault_words))]


def note_lines(plan: Plan) -> list[Line]:
    """What is worth a look."""
    found = [*_lines(plan.remarks, _fault_words), *_lines(plan.hints, _hint_words)]
    return [line for _, line in sorted(found)]


def row_spans(numbers: Iterable[int]) -> str:
    """Rows as people write them.

    >>> row_spans([2, 3, 4, 7])
    '2–4, 7'
    """
    findings = Findings[None]()
    for number in numbers:
        findings.add(None, number, None)
    return ", ".join(_spans(rows) for _, rows in findings.groups.values())


def _lines(findings: Findings[T], words: Callable[[T], tuple[str | None, str]]) -> Iterator[tuple[int, Line]]:
    """Each finding with its first row."""
    for finding, rows in findings.groups.values():
        column, message = words(finding)
        place = gettext("Zeile %(rows)s", rows=_spans(rows))
        if column:
            place = gettext("%(row)s, Spalte %(column)s", row=place, column=column)
        yield rows[0].start, Line(place, message)


def _spans(rows: Sequence[range]) -> str:
    spans = [str(span.start) if len(span) == 1 else f"{span.start}–{span.stop - 1}" for span in rows]
    return ", ".join(spans[:SPANS]) + (" …" if len(spans) > SPANS else "")


def _fault_words(fault: Fault) -> tuple[str | None, str]:
    params = {name: _listed(value) for name, value in fault.params.items()}
    column = gettext(fault.column.label) if isinstance(fault.column, Field) else fault.column
    return column, message_of(DomainError(fault.message, **params))


def _listed(value: object) -> object:
    return ", ".join(gettext(each.label) for each in value) if isinstance(value, tuple) else value


def _hint_words(found: LedgerHint) -> tuple[str | None, str]:
    return None, hints([found.hint], found.minutes_per_day)[0]
