"""Use cases of exchange: look at a file, book what it brings, note what was taken out."""

from __future__ import annotations

import io
import zlib
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import partial
from typing import IO, Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from komma_tracker.access.rules import N_, Actor, Conflict, Invalid, Permission, Viewer, check, may
from komma_tracker.accounts.queries import team_members
from komma_tracker.audit import service as audit
from komma_tracker.budget.bulk import add_entries, booked, lock_contracts
from komma_tracker.budget.queries import used_by_contract
from komma_tracker.contracts.queries import current_contracts, municipalities_for_logging
from komma_tracker.db import new_public_id, unit_of_work
from komma_tracker.exchange import queries
from komma_tracker.exchange.columns import Field, match_columns, read_row, text_in
from komma_tracker.exchange.models import ImportDraft
from komma_tracker.exchange.plan import Lookups, Place, Plan, Planned, Planner
from komma_tracker.exchange.rules import LIMITS, Limits
from komma_tracker.exchange.tables import read_table
from komma_tracker.municipalities.holidays import holiday_of
from komma_tracker.municipalities.rules import fold

DRAFT_LIFE = timedelta(hours=12)
DRAFTS_KEPT = 4
"""So many files of one person wait for their confirmation; an older one makes room."""


def read_file(
    session: Session, viewer: Actor, file: IO[bytes], *, municipality_id: int | None, limits: Limits = LIMITS
) -> Planner:
    """Read a file and find out what its words mean; `municipality_id` is for rows that name none.

    Raises Forbidden, Unreadable; Invalid where the viewer may not import for that municipality.
    """
    check(viewer, Permission.ENTRY_IMPORT, municipality_id)
    lookups = _lookups(session, viewer, municipality_id)
    table = read_table(file, limits)
    columns, faults = match_columns(table.heading, needs_municipality=lookups.default_place is None)
    planner = Planner(lookups, columns.headings)
    planner.plan.unused_columns = columns.unused
    for fault in faults:
        planner.plan.add_fault(fault)
    if faults:
        return planner
    for row in table.rows:
        planner.plan.rows += 1
        found = read_row(row, columns)
        if isinstance(found, list):
            for fault in found:
                planner.plan.add_fault(fault)
            names = (text_in(row, columns, field) for field in (Field.MUNICIPALITY, Field.CONSULTANT))
            planner.look_up(row.number, *names)
        else:
            planner.add(found)
    return planner


def preview(session: Session, viewer: Actor, planner: Planner, *, with_doubles: bool, today: date) -> Plan:
    """What booking the file would do now."""
    if not planner.planned or planner.plan.faults.total:
        return planner.plan
    dates = [entry.row.on for entry in planner.planned]
    present = booked(session, viewer, contract_ids=planner.places.keys(), first=min(dates), last=max(dates))
    return planner.finish(present, with_doubles=with_doubles, today=today)


def book(
    session: Session,
    viewer: Actor,
    planner: Planner,
    *,
    with_doubles: bool,
    now: datetime,
    today: date,
    seen: str | None = None,
    reference: str | None = None,
) -> Plan:
    """Book all that the file brings, or nothing. `seen` is the fingerprint of the preview that was confirmed.

    Raises Invalid where the file has faults, Conflict where it would now do something else than was confirmed.
    """
    with unit_of_work(session):
        versions = lock_contracts(session, viewer, contract_ids=planner.places.keys())
        if versions != {contract_id: place.contract_version for contract_id, place in planner.places.items()}:
            raise Conflict
        plan = preview(session, viewer, planner, with_doubles=with_doubles, today=today)
        if plan.faults.total:
            raise Invalid(None, N_("Die Datei enthält Fehler. Es wurde nichts gebucht."))
        if seen is not None and plan.fingerprint != seen:
            raise Conflict
        if plan.entries:
            add_entries(session, viewer, entries=[_columns(entry) for entry in plan.entries], now=now)
            _record_import(session, viewer, plan, reference=reference or new_public_id(), now=now)
    return plan


def keep_draft(
    session: Session,
    viewer: Viewer,
    *,
    file: IO[bytes],
    filename: str,
    municipality_id: int | None,
    now: datetime,
    limits: Limits = LIMITS,
) -> ImportDraft:
    """Keep an uploaded file until it is confirmed. Raises Forbidden, Unreadable."""
    check(viewer, Permission.ENTRY_IMPORT, municipality_id)
    read_table(file, limits)
    file.seek(0)
    content = zlib.compress(file.read(), 1)
    with unit_of_work(session):
        surplus = queries.surplus_drafts(session, viewer, keep=DRAFTS_KEPT - 1)
        session.execute(delete(ImportDraft).where(ImportDraft.id.in_(surplus)))
        draft = ImportDraft(
            user_id=viewer.user_id,
            municipality_id=municipality_id,
            filename=filename[:200],
            content=content,
            created_at=now,
            expires_at=now + DRAFT_LIFE,
        )
        session.add(draft)
    return draft


def forget_expired_drafts(session: Session, *, now: datetime) -> None:
    """Delete uploaded files that nobody has confirmed in time, whoever they belong to; for a session of the system."""
    with unit_of_work(session):
        session.execute(delete(ImportDraft).where(ImportDraft.expires_at <= now))


def read_draft(session: Session, viewer: Viewer, draft: ImportDraft, *, limits: Limits = LIMITS) -> Planner:
    """Read an uploaded file anew: what it means may have changed since. Raises Forbidden, Unreadable."""
    content = io.BytesIO(zlib.decompress(draft.content))
    return read_file(session, viewer, content, municipality_id=draft.municipality_id, limits=limits)


def book_draft(
    session: Session,
    viewer: Viewer,
    public_id: str,
    *,
    with_doubles: bool,
    seen: str,
    now: datetime,
    today: date,
    limits: Limits = LIMITS,
) -> Plan | None:
    """Book an uploaded file as its preview said, once; None if that has been done before.

    Raises NotFound, Forbidden, Unreadable, Invalid, Conflict.
    """
    draft = queries.draft(session, viewer, public_id, now=now)
    if draft.booked_at:
        return None
    planner = read_draft(session, viewer, draft, limits=limits)  # takes its time, so before others must wait
    with unit_of_work(session):
        draft = queries.draft(session, viewer, public_id, now=now, for_change=True)
        if draft.booked_at:
            return None
        plan = book(
            session, viewer, planner, with_doubles=with_doubles, now=now, today=today, seen=seen, reference=public_id
        )
        draft.booked_at = now
        draft.content = b""  # it has done its work, and may hold what should not lie about
    return plan


def _lookups(session: Session, viewer: Actor, municipality_id: int | None) -> Lookups:
    """What the viewer may import for, and for whom, by all the names that a file may use."""
    packages = {
        each.contract_id: {fold(package.code): package.id for package in each.packages}
        for each in municipalities_for_logging(session, viewer)
    }
    contracts = [
        contract
        for contract in current_contracts(session, viewer)
        if may(viewer, Permission.ENTRY_IMPORT, contract.municipality_id)
    ]
    used = used_by_contract(session, viewer, contract_ids=[contract.id for contract in contracts])
    places: dict[str, Place | None] = {}
    default = None
    for contract in contracts:
        where = contract.municipality
        place = Place(
            municipality_id=where.id,
            contract_id=contract.id,
            contract_version=contract.version,
            code=where.code,
            label=where.label,
            terms=contract.all_terms(),
            packages=packages.get(contract.id, {}),
            used_minutes=used.get(contract.id, 0),
            holiday=partial(holiday_of, where),
        )
        _name(places, place, fold(where.code), fold(where.alias), fold(where.label))
        if where.id == municipality_id:
            default = place
    if municipality_id is not None and default is None:
        raise Invalid("municipality", N_("Für diese Kommune gibt es noch keinen Vertrag."))
    return Lookups(places, _people(session, viewer), default, _own_id(viewer))


def _people(session: Session, viewer: Actor) -> dict[str, int | None]:
    people: dict[str, int | None] = {}
    for person in team_members(session, viewer):
        _name(people, person.id, fold(person.name), person.email.casefold())
    return people


def _name(things: dict[str, Any], thing: Any, *names: str) -> None:
    for name in set(names):
        things[name] = None if name in things else thing


def _own_id(viewer: Actor) -> int | None:
    return None if may(viewer, Permission.ENTRY_LOG_FOR_OTHERS) or not isinstance(viewer, Viewer) else viewer.user_id


def _columns(entry: Planned) -> Mapping[str, Any]:
    return {
        "contract_id": entry.place.contract_id,
        "municipality_id": entry.place.municipality_id,
        "consultant_id": entry.consultant_id,
        "work_package_id": entry.work_package_id,
        "service_date": entry.row.on,
        "minutes": entry.minutes,
        "chargeable_minutes": entry.chargeable_minutes,
        "activity": entry.row.activity,
        "mode": entry.row.mode,
        "note": entry.row.note,
        "internal_note": entry.row.internal_note,
        "import_key": entry.import_key,
    }


def _record_import(session: Session, viewer: Actor, plan: Plan, *, reference: str, now: datetime) -> None:
    """One record for each municipality: who asks what happened there finds it."""
    for place, months in plan.by_month().items():
        audit.record(
            session,
            viewer,
            action="entry.import",
            object_type="import",
            object_id=reference,
            municipality_id=place.municipality_id,
            after={
                "entries": sum(each.entries for each in months.values()),
                "chargeable_minutes": sum(each.minutes for each in months.values()),
            },
            now=now,
        )
