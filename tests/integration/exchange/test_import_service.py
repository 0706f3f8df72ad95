"""A file is booked as a whole, once, by those who may, on both databases."""

from __future__ import annotations

import csv
import re
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Actor, Conflict, Forbidden, Invalid, System
from komma_tracker.access.scope import ScopeError
from komma_tracker.accounts.models import User
from komma_tracker.audit.models import AuditRecord
from komma_tracker.budget import totals
from komma_tracker.budget.models import BudgetTotal, DayEntry
from komma_tracker.budget.rules import Activity, Approval, Mode
from komma_tracker.budget.service import Work, log_day
from komma_tracker.contracts.models import Contract
from komma_tracker.exchange import service
from komma_tracker.exchange.plan import Plan
from komma_tracker.kit.formats import days
from tests.factories.contracts import make_contract
from tests.factories.municipalities import make_municipality
from tests.factories.people import make_user
from tests.integration.exchange.conftest import THREE, TODAY, Programme, table
from tests.support.application import SessionFor
from tests.support.shared import shared_file


def book(session: Session, viewer: Actor, *rows: str, now: datetime, **options: Any) -> Plan:
    planner = service.read_file(session, viewer, table(*rows), municipality_id=options.pop("municipality_id", None))
    return service.book(session, viewer, planner, now=now, today=TODAY, **{"with_doubles": False, **options})


def count(session: Session) -> int:
    session.rollback()  # or it would go on seeing what it saw before
    return session.scalar(select(func.count(DayEntry.id))) or 0


def test_rows_become_entries(session: Session, session_for: SessionFor, programme: Programme, now: datetime) -> None:
    viewer = programme.viewer(programme.anna)
    book(session_for(viewer), viewer, *THREE, now=now)
    session.expire_all()
    entries = session.scalars(select(DayEntry).order_by(DayEntry.service_date)).all()
    assert [
        (e.municipality_id, e.service_date, e.minutes, e.activity, e.mode, e.note, e.internal_note) for e in entries
    ] == [
        (programme.secret_town.id, date(2026, 4, 1), 480, Activity.ANALYSIS, Mode.OFFICE, "=1+1", ""),
        (programme.open_town.id, date(2026, 5, 4), 240, Activity.WORKSHOP, Mode.ON_SITE, "Kick-off", "ruhig"),
        (programme.open_town.id, date(2026, 5, 5), 120, Activity.COACHING, Mode.PHONE, "Fallberatung", "geheim"),
    ]
    assert {(e.consultant_id, e.created_by_id, e.created_at, e.version) for e in entries} == {
        (programme.anna.id, programme.anna.id, now, 1)
    }
    assert len({e.public_id for e in entries}) == 3


def test_totals_and_records_are_written_with_the_entries(
    session: Session, session_for: SessionFor, programme: Programme, now: datetime
) -> None:
    viewer = programme.viewer(programme.anna)
    book(session_for(viewer), viewer, *THREE, now=now, reference="thisimport")
    kept = session.scalars(select(BudgetTotal))
    assert {(each.contract_id, each.used_minutes, each.entry_count, each.last_service_date) for each in kept} == {
        (programme.open_contract.id, 360, 2, date(2026, 5, 5)),
        (programme.secret_contract.id, 480, 1, date(2026, 4, 1)),
    }
    assert totals.wrong(session) == {}
    records = session.scalars(select(AuditRecord).where(AuditRecord.action == "entry.import")).all()
    assert {(r.object_id, r.actor_id, r.municipality_id, str(r.after)) for r in records} == {
        ("thisimport", programme.anna.id, programme.open_town.id, "{'entries': 2, 'chargeable_minutes': 360}"),
        ("thisimport", programme.anna.id, programme.secret_town.id, "{'entries': 1, 'chargeable_minutes': 480}"),
    }


def test_a_second_import_books_nothing(
    session: Session, session_for: SessionFor, programme: Programme, now: datetime
) -> None:
    viewer = programme.viewer(programme.anna)
    same_again = (THREE[0], *THREE)  # two rows that are equal in every respect
    first = book(session_for(viewer), viewer, *same_again, now=now)
    second = book(session_for(viewer), viewer, *reversed(same_again), now=now)
    third = book(session_for(System("test")), System("test"), *same_again, now=now)
    assert [len(plan.entries) for plan in (first, second, third)] == [4, 0, 0]
    assert (second.known, third.known, count(session)) == (4, 4, 4)


def test_an_imported_entry_whose_date_was_corrected_is_still_known(
    session: Session, session_for: SessionFor, programme: Programme, now: datetime
) -> None:
    viewer = programme.viewer(programme.anna)
    book(session_for(viewer), viewer, THREE[0], now=now)
    entry = session.scalars(select(DayEntry)).one()
    entry.service_date = date(2026, 2, 2)
    session.commit()
    assert book(session_for(viewer), viewer, THREE[0], now=now).known == 1


def test_what_was_typed_by_hand_is_not_booked_again(
    session: Session, session_for: SessionFor, programme: Programme, now: datetime
) -> None:
    viewer = programme.viewer(programme.anna)
    log_day(
        session_for(viewer),
        viewer,
        municipality_id=programme.open_town.id,
        consultant_id=programme.anna.id,
        work=Work(service_date=date(2026, 5, 4), minutes=240, activity=Activity.WORKSHOP, mode=Mode.ON_SITE),
        now=now,
    )
    careful = book(session_for(viewer), viewer, THREE[0], now=now)
    assert ([entry.number for entry in careful.doubles], careful.entries, count(session)) == ([2], [], 1)
    book(session_for(viewer), viewer, THREE[0], now=now, with_doubles=True)
    assert count(session) == 2


def test_one_fault_and_nothing_is_booked(
    session: Session, session_for: SessionFor, programme: Programme, now: datetime
) -> None:
    viewer = programme.viewer(programme.anna)
    with pytest.raises(Invalid, match="Es wurde nichts gebucht"):
        book(session_for(viewer), viewer, *THREE, "gestern;K01;1;Workshop;online;;;", now=now)
    assert count(session) == 0


def test_missing_columns_are_told_before_anything_is_read(
    session_for: SessionFor, programme: Programme, now: datetime
) -> None:
    viewer = programme.viewer(programme.anna)
    planner = service.read_file(
        session_for(viewer), viewer, table("4.5.2026;1", heading="Datum;Tage"), municipality_id=None
    )
    assert [what.column for what, _ in planner.plan.faults.groups.values()] == ["activity", "mode", "municipality"]
    assert planner.plan.rows == 0
    del now


@pytest.mark.parametrize(
    ("who", "row", "faults"),
    [
        ("anna", "4.5.2026;K01;1;Workshop;online;;;", []),
        ("anna", "4.5.2026;Stadt Musterau;1;Workshop;online;;;", []),
        ("anna", "4.5.2026;Gemeinde Zirbelstein;1;Workshop;online;;;", []),
        ("anna", "4.5.2026;kommune 07;1;Workshop;online;;;", []),
        ("anna", "4.5.2026;K01;1;Workshop;online;Bert Buchner;;", ["Beratungsperson"]),
        ("bert", "4.5.2026;K07;1;Workshop;online;;;", ["Kommune"]),
        ("bert", "4.5.2026;Gemeinde Zirbelstein;1;Workshop;online;;;", ["Kommune"]),
        ("lead", "4.5.2026;K07;1;Workshop;online;Anna Ahrend;;", []),
        ("lead", "4.5.2026;K07;1;Workshop;online;ANNA@example.org;;", []),
        ("lead", "4.5.2026;K07;1;Workshop;online;;;", ["Beratungsperson"]),
    ],
)
def test_who_may_import_what_for_whom(
    session_for: SessionFor, programme: Programme, who: str, row: str, faults: list[str]
) -> None:
    user: User = getattr(programme, who)
    viewer = programme.viewer(user)
    planner = service.read_file(session_for(viewer), viewer, table(row), municipality_id=None)
    assert [what.column for what, _ in planner.plan.faults.groups.values()] == faults


@pytest.mark.parametrize(
    ("who", "town", "error"),
    [
        ("coordinator", None, Forbidden),
        ("reader", None, Forbidden),
        ("bert", "secret_town", Forbidden),
    ],
)
def test_who_may_not_import(
    session_for: SessionFor, programme: Programme, who: str, town: str | None, error: type[Exception]
) -> None:
    viewer = programme.viewer(getattr(programme, who))
    municipality_id = getattr(programme, town).id if town else None
    with pytest.raises(error):
        service.read_file(session_for(viewer), viewer, table(*THREE), municipality_id=municipality_id)


def test_foreign_and_missing_municipalities_are_told_alike(session_for: SessionFor, programme: Programme) -> None:
    viewer = programme.viewer(programme.bert)
    rows = ("4.5.2026;K07;1;Workshop;online;;;", "4.5.2026;K99;1;Workshop;online;;;")
    planner = service.read_file(session_for(viewer), viewer, table(*rows), municipality_id=None)
    assert len({what.message for what, _ in planner.plan.faults.groups.values()}) == 1


def test_a_contract_that_changes_meanwhile_stops_the_booking(
    session: Session, session_for: SessionFor, programme: Programme, now: datetime
) -> None:
    viewer = programme.viewer(programme.anna)
    own = session_for(viewer)
    planner = service.read_file(own, viewer, table(*THREE), municipality_id=None)
    contract = session.get_one(Contract, programme.open_contract.id)
    contract.reference = "changed"
    session.commit()
    with pytest.raises(Conflict):
        service.book(own, viewer, planner, with_doubles=False, now=now, today=TODAY)
    assert count(session) == 0


def test_only_what_was_seen_is_booked(
    session: Session, session_for: SessionFor, programme: Programme, now: datetime
) -> None:
    viewer = programme.viewer(programme.anna)
    with pytest.raises(Conflict):
        book(session_for(viewer), viewer, *THREE, now=now, seen="another preview")
    assert count(session) == 0


def test_the_session_guard_holds(programme: Programme, session_for: SessionFor) -> None:
    viewer = programme.viewer(programme.anna)
    with pytest.raises(ScopeError):
        service.read_file(Session(session_for(viewer).get_bind()), viewer, table(*THREE), municipality_id=None)


def test_the_told_engagement_comes_to_eighty_days(session: Session, now: datetime) -> None:
    town = make_municipality(session, number=1, name="Stadt Neuenwerra")
    packages = [(f"AP{number}", f"Paket {number}", 10) for number in range(7)]
    contract = make_contract(
        session, town, packages=packages, starts_on=date(2023, 9, 15), ends_on=date(2025, 8, 31),
        signed_by_municipality_on=date(2023, 9, 7), signed_by_carrier_on=date(2023, 9, 12),
    )  # fmt: skip
    for letter in "ABC":
        make_user(session, municipalities=[town], name=f"Beratung {letter}", email=f"{letter}@example.org".lower())
    session.commit()
    system = System("test")
    for _ in range(2):
        with shared_file("demo/day_entries.csv").open("rb") as file:
            planner = service.read_file(session, system, file, municipality_id=town.id)
            service.book(session, system, planner, with_doubles=False, now=now, today=date(2025, 9, 1))
    assert session.scalar(select(BudgetTotal.used_minutes)) == 80 * 480
    assert totals.wrong(session) == {}
    assert month_matrix(session, contract) == told_matrix()


def month_matrix(session: Session, contract: Contract) -> dict[str, list[str]]:
    """Days by month and work package, as the ledger has them: AP0 to AP6, then the month's sum."""
    codes = {package.id: package.code for package in contract.work_packages}
    sums: dict[str, dict[str, int]] = {}
    for entry in session.scalars(select(DayEntry)):
        month = sums.setdefault(f"{entry.service_date:%Y-%m}", dict.fromkeys(sorted(codes.values()), 0))
        month[codes[entry.work_package_id or 0]] += entry.chargeable_minutes
    return {
        month: [days(minutes, locale="en", fixed=True) if minutes else "–" for minutes in by_code.values()]
        + [days(sum(by_code.values()), locale="en", fixed=True)]
        for month, by_code in sorted(sums.items())
    }


def told_matrix() -> dict[str, list[str]]:
    text = shared_file("demo/month_matrix.md").read_text(encoding="utf-8")
    rows = csv.reader((line.strip("| ") for line in text.splitlines() if re.match(r"\| 20", line)), delimiter="|")
    return {cells[0].strip(): [cell.strip() for cell in cells[1:9]] for cells in rows}


def test_case_16_the_lead_approves_by_booking_what_others_only_report(
    session: Session, session_for: SessionFor, programme: Programme, now: datetime
) -> None:
    """Work before the term waits for the lead, unless it is the lead who books it."""
    outcomes: list[tuple[int, list[tuple[Approval, int, int | None, datetime | None]]]] = []
    for day, user in ((4, programme.anna), (5, programme.lead)):
        viewer = programme.viewer(user)
        row = f"{day}.09.2025;K01;0,5;Workshop;vor Ort;Anna Ahrend;Vorgespräch;"
        plan = book(session_for(viewer), viewer, row, now=now)
        session.rollback()
        newest = session.scalars(select(DayEntry).order_by(DayEntry.id.desc()).limit(1)).all()
        facts = [(each.approval, each.chargeable_minutes, each.approved_by_id, each.approved_at) for each in newest]
        outcomes.append((plan.granted, facts))

    assert outcomes == [
        (0, [(Approval.BEFORE_TERM, 0, None, None)]),
        (1, [(Approval.GRANTED, 240, programme.lead.id, now)]),
    ]
    assert totals.wrong(session) == {}
