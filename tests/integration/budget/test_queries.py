"""Reading the ledger: who sees what of it, sums over days of different length, and what a form proposes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Role, System
from komma_tracker.budget import queries
from komma_tracker.budget.models import DayEntry
from komma_tracker.budget.queries import EntryFilter, Sums
from komma_tracker.budget.rules import Activity, Mode
from komma_tracker.budget.shown import shown
from komma_tracker.contracts.models import Contract, ContractTerms
from komma_tracker.contracts.queries import terms_on
from komma_tracker.contracts.rules import terms_or_draft
from tests.factories.contracts import make_contract
from tests.factories.entries import make_entry
from tests.factories.municipalities import make_municipality
from tests.factories.people import make_user
from tests.integration.budget.conftest import SECRET_NAME, Programme
from tests.support.application import SessionFor
from tests.support.statements import statements

EVERYTHING = EntryFilter()


@pytest.fixture
def entries(programme: Programme, session: Session) -> dict[str, DayEntry]:
    """Anna's in both places, Ben's coaching, and Cleo's in the place for which she works no more."""
    anna, ben, cleo = programme.anna, programme.ben, programme.cleo
    made = {
        "anna": make_entry(session, programme.contract, anna, package="AP1", note="Notiz", internal_note="Internes"),
        "secret": make_entry(session, programme.secret_contract, anna, note="Geheimes", service_date=date(2026, 5, 11)),
        "coaching": make_entry(
            session, programme.contract, ben, activity=Activity.COACHING, mode=Mode.PHONE, note="Wer", minutes=120,
            service_date=date(2026, 4, 20),
        ),
        "cleo": make_entry(session, programme.secret_contract, cleo, note="Altes", service_date=date(2026, 3, 2)),
    }  # fmt: skip
    session.commit()
    return made


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("lead", ["anna", "secret", "coaching", "cleo"]),
        ("anna", ["anna", "secret", "coaching", "cleo"]),
        ("ben", ["anna", "coaching"]),
        ("cleo", ["cleo"]),
        ("coordinator", ["anna", "coaching"]),
        ("head", ["anna", "coaching"]),
        ("reader", []),
    ],
)
def test_everybody_sees_the_entries_that_are_theirs_to_see(
    programme: Programme, entries: dict[str, DayEntry], session_for: SessionFor, who: str, expected: list[str]
) -> None:
    viewer = programme.viewer(getattr(programme, who))
    reading = session_for(viewer)

    page, sums = queries.entries_page(reading, viewer, wanted=EVERYTHING, number=1)

    wanted = [entries[name] for name in expected]
    assert [row.public_id for row in page.rows] == [entry.public_id for entry in wanted]
    assert sums == Sums(len(wanted), sum(entry.minutes for entry in wanted), sum(entry.minutes for entry in wanted))


@pytest.mark.parametrize(
    ("who", "note", "internal", "confidential"),
    [
        ("lead", "Wer", "Internes", False),
        ("ben", "Wer", "Internes", False),
        ("coordinator", "", "", True),
        ("head", "", "", True),
    ],
)
def test_people_of_a_municipality_read_no_internal_note_and_of_a_coaching_the_days_alone(
    programme: Programme,
    entries: dict[str, DayEntry],
    session_for: SessionFor,
    who: str,
    note: str,
    internal: str,
    confidential: bool,
) -> None:
    viewer = programme.viewer(getattr(programme, who))
    rows = queries.entry_rows(session_for(viewer), viewer, wanted=EntryFilter(municipality_id=programme.town.id))

    workshop, coaching = shown(viewer, rows)

    assert (workshop.row.note, workshop.row.internal_note, workshop.confidential) == ("Notiz", internal, False)
    assert (coaching.row.note, coaching.confidential, coaching.row.minutes) == (note, confidential, 120)


@pytest.mark.parametrize(
    ("who", "editable"),
    [
        ("lead", {"anna", "secret", "coaching", "cleo"}),
        ("anna", {"anna", "secret"}),
        ("ben", {"coaching"}),
        ("cleo", set()),
        ("coordinator", set()),
    ],
)
def test_what_can_be_edited_is_what_may_be(
    programme: Programme, entries: dict[str, DayEntry], session_for: SessionFor, who: str, editable: set[str]
) -> None:
    viewer = programme.viewer(getattr(programme, who))
    rows = queries.entry_rows(session_for(viewer), viewer, wanted=EVERYTHING)

    found = {each.row.public_id for each in shown(viewer, rows) if each.editable}

    assert found == {entries[name].public_id for name in editable}


def test_who_works_there_no_more_reads_the_alias(
    programme: Programme, entries: dict[str, DayEntry], session_for: SessionFor
) -> None:
    cleo, anna = programme.viewer(programme.cleo), programme.viewer(programme.anna)

    (hers,) = queries.entry_rows(session_for(cleo), cleo, wanted=EVERYTHING)
    annas = queries.entry_rows(session_for(anna), anna, wanted=EntryFilter(municipality_id=programme.secret.id))

    assert (hers.municipality, hers.minutes_per_day) == ("Kommune 07", 480)
    assert {row.municipality for row in annas} == {SECRET_NAME}


def test_entries_of_people_who_have_changed_their_role_stay(
    programme: Programme, entries: dict[str, DayEntry], session: Session, session_for: SessionFor
) -> None:
    programme.ben.role = Role.READER
    session.commit()
    coordinator = programme.viewer(programme.coordinator)

    rows = queries.entry_rows(session_for(coordinator), coordinator, wanted=EVERYTHING)

    assert [row.minutes for row in rows] == [240, 120]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"activity": Activity.COACHING}, ["coaching"]),
        ({"mode": Mode.ON_SITE}, ["anna", "secret", "cleo"]),
        ({"work_package": "AP1"}, ["anna"]),
        ({"first": date(2026, 4, 20), "last": date(2026, 5, 11)}, ["secret", "coaching"]),
        ({"first": date(2026, 5, 19)}, []),
        ({"last": date(2026, 3, 1)}, []),
    ],
)
def test_a_filter_leaves_what_fits(
    entries: dict[str, DayEntry], session: Session, wanted: dict[str, object], expected: list[str]
) -> None:
    rows = queries.entry_rows(session, System("test"), wanted=EntryFilter(**wanted))  # type: ignore[arg-type]

    assert [row.public_id for row in rows] == [entries[name].public_id for name in expected]


def test_days_of_different_length_add_up_as_days(
    programme: Programme, entries: dict[str, DayEntry], session: Session, session_for: SessionFor
) -> None:
    short = make_municipality(session, number=2)
    contract = make_contract(session, short, minutes_per_day=468)
    dora = make_user(session, municipalities=(short, programme.town))
    for _ in range(10):
        make_entry(session, contract, dora, minutes=468)
    session.commit()
    lead, viewer = programme.viewer(programme.lead), programme.viewer(dora)

    alone = queries.sums(session_for(lead), lead, wanted=EntryFilter(municipality_id=short.id))
    both = queries.sums(session_for(viewer), viewer, wanted=EVERYTHING)

    assert alone == Sums(10, 4800, 4800)
    assert both == Sums(12, 4800 + 240 + 120, 4800 + 240 + 120)


def test_the_last_entry_is_that_which_came_last(
    programme: Programme, entries: dict[str, DayEntry], session_for: SessionFor, session: Session
) -> None:
    anna, cleo = programme.viewer(programme.anna), programme.viewer(programme.cleo)

    last = queries.last_entry(session_for(anna), anna, consultant_id=anna.user_id)
    hers = queries.last_entry(session_for(cleo), cleo, consultant_id=cleo.user_id)
    nobodys = queries.last_entry(session_for(cleo), cleo, consultant_id=programme.lead.id)

    assert last is not None
    assert last.public_id == entries["secret"].public_id
    assert hers is not None
    assert (hers.code, hers.work_package) == ("K07", None)
    assert nobodys is None


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("lead", ["Anna Albers", "Ben Brandt", "Cleo Conrad", "Lea Leitner"]),
        ("cleo", ["Anna Albers", "Ben Brandt", "Cleo Conrad", "Lea Leitner"]),
        ("coordinator", ["Anna Albers", "Ben Brandt"]),
        ("head", ["Anna Albers", "Ben Brandt"]),
    ],
)
def test_people_of_a_municipality_may_look_for_those_who_work_for_it(
    programme: Programme, session_for: SessionFor, who: str, expected: list[str]
) -> None:
    viewer = programme.viewer(getattr(programme, who))

    assert [person.name for person in queries.people_of_ledger(session_for(viewer), viewer)] == expected


def test_the_forecast_needs_the_last_months_by_contract(
    programme: Programme, entries: dict[str, DayEntry], session: Session
) -> None:
    ids = [programme.contract.id, programme.secret_contract.id]

    found = queries.postings_since(session, System("test"), contract_ids=ids, since=date(2026, 4, 21))

    assert {contract: [(each.on, each.minutes) for each in found[contract]] for contract in ids} == {
        ids[0]: [(date(2026, 5, 18), 240)],
        ids[1]: [(date(2026, 5, 11), 240)],
    }


def test_a_list_takes_as_many_statements_for_fifty_entries_as_for_four(
    app: Flask, programme: Programme, entries: dict[str, DayEntry], session: Session, session_for: SessionFor
) -> None:
    lead = programme.viewer(programme.lead)

    def asked() -> int:
        with statements(app) as seen:
            queries.entries_page(session_for(lead), lead, wanted=EVERYTHING, number=1)
        return len(seen)

    few = asked()
    for _ in range(50):
        make_entry(session, programme.contract, programme.anna)
    session.commit()

    assert (few, asked()) == (2, 2)


# One choice in two languages: terms in SQL are those of the rules


def _terms(number: int, effective_from: date, *, signed: bool) -> ContractTerms:
    return ContractTerms(
        number=number,
        effective_from=effective_from,
        starts_on=date(2026, 1, 1),
        ends_on=date(2026, 12, 31),
        agreed_minutes=80 * 480,
        signed_by_municipality_on=date(2025, 12, 1) if signed else None,
        signed_by_carrier_on=date(2025, 12, 1),
    )


APRIL = date(2026, 4, 1)


@pytest.mark.parametrize(
    "amendments",
    [
        [],
        [(1, APRIL, True)],
        [(1, APRIL, False)],
        [(1, date(2026, 6, 1), True), (2, date(2026, 3, 1), True)],
        [(1, APRIL, True), (2, APRIL, True)],
        [(1, date(2025, 12, 1), True)],
    ],
    ids=["none", "one", "unsigned", "later one earlier", "two of one day", "before the contract"],
)
@pytest.mark.parametrize("signed", [True, False], ids=["signed", "draft"])
def test_terms_are_chosen_alike_in_sql(
    session: Session, amendments: list[tuple[int, date, bool]], signed: bool
) -> None:
    signature: dict[str, Any] = {} if signed else {"signed_by_municipality_on": None}
    contract = make_contract(session, make_municipality(session), **signature)
    contract.terms += [_terms(number, effective_from, signed=both) for number, effective_from, both in amendments]
    session.commit()
    days = [date(2025, 11, 30), date(2025, 12, 15), date(2026, 2, 1), APRIL, date(2026, 7, 1)]

    by_rules = [terms_or_draft(contract.all_terms(), day) for day in days]
    in_sql = [
        session.scalar(select(terms_on(Contract.id, day, "number")).where(Contract.id == contract.id)) for day in days
    ]

    assert in_sql == [terms.number if terms else None for terms in by_rules]


def test_people_are_told_apart_by_id_not_name(programme: Programme, session: Session) -> None:
    twin = make_user(session, municipalities=(programme.town,), name=programme.anna.name)
    make_entry(session, programme.contract, twin)
    session.commit()

    rows = queries.entry_rows(session, System("test"), wanted=EntryFilter(consultant_id=twin.id))

    assert [row.consultant_id for row in rows] == [twin.id]
