"""Use cases of exchange: find out what a file brings, and book it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import IO, Any

from sqlalchemy.orm import Session

from komma_tracker.access.rules import N_, Actor, Conflict, Invalid, Permission, System, Viewer, check, may
from komma_tracker.audit import service as audit
from komma_tracker.budget.bulk import add_entries, booked, closed_months, lock_contracts
from komma_tracker.budget.rules import Approval
from komma_tracker.db import new_public_id, unit_of_work
from komma_tracker.exchange.columns import EntryRow, LeftOut, Reading, consultant_in, municipality_in, read_row
from komma_tracker.exchange.formats import columns_in, is_heading
from komma_tracker.exchange.plan import Plan, Planned, Planner
from komma_tracker.exchange.rules import LIMITS, DateOrder, Limits
from komma_tracker.exchange.service.lookups import Answers, explained, programme, worded
from komma_tracker.exchange.tables import Row, read_table


def read_file(
    session: Session,
    viewer: Actor,
    file: IO[bytes],
    *,
    municipality_id: int | None,
    limits: Limits = LIMITS,
    places: Mapping[str, int] | None = None,
    order: DateOrder | None = None,
    answers: Answers | None = None,
) -> Planner:
    """Read a file and find out what its words mean; `municipality_id` is for rows that name none.

    `places` tells the columns of a sheet, `order` and `answers` its dates and names, as somebody has confirmed.
    Raises Forbidden, Unreadable; Invalid where the viewer may not import for that municipality.
    """
    check(viewer, Permission.ENTRY_IMPORT, municipality_id)
    known = programme(session, viewer, municipality_id)
    lookups = explained(known.lookups(), known, answers or {})
    table = read_table(file, limits, is_heading)
    columns, faults = columns_in(table.heading, places, needs_municipality=lookups.default_place is None)
    decides = may(viewer, Permission.ENTRY_DECIDE)
    # The form asks no lead whether a day was that long; the command line brings what others have typed.
    planner = Planner(lookups, columns.headings, decides=decides, believes=decides and isinstance(viewer, Viewer))
    planner.plan.unused_columns = columns.unused
    for fault in faults:
        planner.plan.add_fault(fault)
    if not faults:
        reading = worded(Reading(columns, order, table.epoch), answers or {})
        for row in table.rows:
            _take(planner, row, reading)
    return planner


def _take(planner: Planner, row: Row, reading: Reading) -> None:
    planner.plan.rows += 1
    found = read_row(row, reading)
    if isinstance(found, EntryRow):
        planner.add(found)
    elif isinstance(found, LeftOut):
        planner.leave_out(found)
    else:
        names = municipality_in(row, reading.columns), consultant_in(row, reading.columns)
        if planner.belongs_elsewhere(*names):
            return
        for fault in found:
            planner.plan.add_fault(fault)
        planner.look_up(row.number, *names)


def preview(session: Session, viewer: Actor, planner: Planner, *, with_doubles: bool, today: date) -> Plan:
    """What booking the file would do now."""
    if not planner.rows or planner.plan.faults.total:
        return planner.plan
    dates = [entry.row.on for entry in planner.rows]
    consultant_ids = {entry.consultant_id for entry in planner.rows}
    present = booked(
        session, viewer, contract_ids=planner.places.keys(), consultant_ids=consultant_ids,
        first=min(dates), last=max(dates),
    )  # fmt: skip
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
    reason: str = "",
    long_days: bool = False,
) -> Plan:
    """Book all that the file brings, or nothing. `seen` is the fingerprint of the preview that was confirmed.

    `reason` says why some of it comes after its month was submitted, `long_days` that dates were as long as they look.
    Raises Invalid where the file has faults or one of these is missing, Conflict where it would now do something else
    than was confirmed.
    """
    with unit_of_work(session):
        versions = lock_contracts(session, viewer, contract_ids=planner.places.keys())
        if versions != {contract_id: place.contract_version for contract_id, place in planner.places.items()}:
            raise Conflict
        closed = closed_months(session, viewer, contract_ids=planner.places.keys())
        if any(place.closed_months != closed.get(place.contract_id, frozenset()) for place in planner.places.values()):
            raise Conflict
        plan = preview(session, viewer, planner, with_doubles=with_doubles, today=today)
        if plan.faults.total:
            raise Invalid(None, N_("Die Datei enthält Fehler. Es wurde nichts gebucht."))
        if seen is not None and plan.fingerprint != seen:
            raise Conflict
        if plan.late and not reason.strip():
            message = N_("Bitte begründen Sie, warum diese Tage erst jetzt kommen.")
            raise Invalid("reason", message)
        if plan.long_days and not long_days:
            message = N_("An manchen Tagen sind es für eine Person mehr als 10 Stunden. Bitte bestätigen Sie das.")
            raise Invalid("long_days", message)
        if plan.entries:
            add_entries(
                session,
                viewer,
                entries=[_columns(entry, reason.strip(), viewer, now) for entry in plan.entries],
                now=now,
            )
            _record_import(session, viewer, plan, reference=reference or new_public_id(), now=now)
    return plan


def _columns(entry: Planned, reason: str, viewer: Actor, now: datetime) -> Mapping[str, Any]:
    assert entry.reckoned is not None  # a plan has looked at all its entries
    granted = entry.reckoned.approval is Approval.GRANTED
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
        "posting_month": entry.reckoned.month,
        "counted_as": entry.reckoned.counted.counted_as,
        "approval": entry.reckoned.approval,
        "approved_by_id": None if isinstance(viewer, System) or not granted else viewer.user_id,
        "approved_at": now if granted else None,
        "reason": reason if entry.is_late else "",
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
