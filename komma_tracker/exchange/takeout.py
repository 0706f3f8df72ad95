"""The entries that a person may see, as a table to take out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from functools import cache, lru_cache, partial
from typing import Any

from komma_tracker.access.rules import N_, Actor, Permission, check, may
from komma_tracker.audit import service as audit
from komma_tracker.budget.bulk import ledger_rows, names, terms_by_contract
from komma_tracker.budget.queries import EntryFilter
from komma_tracker.budget.rules import Activity, Mode
from komma_tracker.contracts.rules import rules_on
from komma_tracker.db import Session, new_public_id, unit_of_work
from komma_tracker.kit.sheets import Column, Kind

Say = Callable[[str], str]
"""Puts a German message into the reader's language."""

CONFIDENTIAL = N_("Coaching (vertraulich)")
INTERNAL = N_("Interne Notiz")

COLUMNS: Sequence[tuple[str, Kind, int, str]] = (
    (N_("Datum"), Kind.DATE, 12, "date"),
    (N_("Kommune"), Kind.TEXT, 10, "municipality"),
    (N_("Bezeichnung"), Kind.TEXT, 28, "label"),
    (N_("Beratungsperson"), Kind.TEXT, 20, "consultant"),
    (N_("Tätigkeit"), Kind.TEXT, 18, "activity"),
    (N_("Modus"), Kind.TEXT, 12, "mode"),
    (N_("Arbeitspaket"), Kind.TEXT, 12, "work_package"),
    (N_("Minuten"), Kind.WHOLE, 10, "minutes"),
    (N_("Tage"), Kind.DAYS, 10, ""),
    (N_("angerechnete Tage"), Kind.DAYS, 16, "chargeable_minutes"),
    (N_("Notiz"), Kind.TEXT, 50, "note"),
)
"""Heading, kind, width, and the key in JSON: there amounts are minutes."""


def columns(viewer: Actor, say: Say) -> list[Column]:
    """The headings; an import understands them again. Internal notes only for those who may read some."""
    found = [Column(say(heading), kind, width, key) for heading, kind, width, key in COLUMNS]
    if may(viewer, Permission.ENTRY_INTERNAL_NOTE):
        found.append(Column(say(INTERNAL), Kind.TEXT, 50, "internal_note"))
    return found


_CODES = {word.label: word.value for kind in (Activity, Mode) for word in kind} | {
    CONFIDENTIAL: Activity.COACHING.value
}


def in_codes(message: str) -> str:
    """What a word is called in JSON, whoever reads it.

    >>> in_codes("Workshop"), in_codes("Coaching (vertraulich)")
    ('workshop', 'coaching')
    """
    return _CODES.get(message, message)


def rows(session: Session, viewer: Actor, *, wanted: EntryFilter, say: Say) -> Iterator[Sequence[Any]]:
    """The entries wanted, as this viewer may see them: of a coaching that is confidential to them, only the days."""
    known = names(session, viewer)
    places, people, packages = known.municipalities, known.people, {None: "", **known.packages}
    terms = terms_by_contract(session, viewer)
    per_day: Callable[[int, date], int] = lru_cache(maxsize=65536)(
        lambda contract_id, on: rules_on(terms.get(contract_id, ()), on).minutes_per_day
    )
    words = {word.value: say(word.label) for kind in (Activity, Mode) for word in kind}
    confides = cache(partial(may, viewer, Permission.SESSION_CONFIDENTIAL))
    reads_internal = cache(partial(may, viewer, Permission.ENTRY_INTERNAL_NOTE))
    internal, secret, coaching = reads_internal(), say(CONFIDENTIAL), Activity.COACHING.value
    for row in ledger_rows(session, viewer, wanted=wanted):
        on, place, contract_id, person, activity, mode, package, minutes, counted, note, own_note = row
        day = per_day(contract_id, on)
        doing = words[activity]
        if activity == coaching and not confides(place):
            doing, note = secret, ""
        who = (on, *places[place], people.get(person, ""))
        what = (doing, words[mode], packages.get(package, ""), minutes, (minutes, day), (counted, day), note)
        if internal:
            yield (*who, *what, own_note if reads_internal(place) else "")
        else:
            yield (*who, *what)


def record(session: Session, viewer: Actor, *, kind: str, wanted: EntryFilter, now: datetime) -> None:
    """Note that somebody takes entries out, and which. Raises Forbidden."""
    check(viewer, Permission.ENTRY_EXPORT, wanted.municipality_id)
    with unit_of_work(session):
        audit.record(
            session,
            viewer,
            action="entry.export",
            object_type="export",
            object_id=new_public_id(),
            municipality_id=wanted.municipality_id,
            after={"kind": kind, **_plain(wanted)},
            now=now,
        )


def _plain(wanted: EntryFilter) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in vars(wanted).items()
        if value is not None
    }
