"""A session that took place books its days: exactly, once, and for nobody whom it does not concern."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from komma_tracker.access import scope
from komma_tracker.access.rules import Forbidden, Invalid, NotFound
from komma_tracker.audit.models import AuditRecord
from komma_tracker.budget import service as ledger
from komma_tracker.budget.models import BudgetTotal, DayEntry
from komma_tracker.budget.rules import Activity, Mode
from komma_tracker.contracts.models import Contract
from komma_tracker.db import db
from komma_tracker.events import holding
from komma_tracker.events.models import Event, EventBooking, EventParticipants
from komma_tracker.events.rules import EventKind, EventState, FunctionGroup
from tests.factories.events import make_event
from tests.integration.events.conftest import World
from tests.support.application import SessionFor

PAST = datetime(2026, 5, 18, 9, 0)
AFTER = datetime(2026, 5, 18, 14, 0, tzinfo=UTC)


@pytest.fixture
def hold(world: World, session_for: SessionFor) -> Any:
    """Says, as some person, that a session took place."""

    def hold(who: str, event: Event, minutes: dict[str, int], *, now: datetime = AFTER, **values: Any) -> bool:
        viewer = world.viewer(getattr(world, who))
        return holding.hold_session(
            session_for(viewer), viewer, public_id=event.public_id, now=now,
            minutes_of={getattr(world, name).id: spent for name, spent in minutes.items()},
            **{"participants": {}, **values},
        )  # fmt: skip

    return hold


def entries(world: World) -> list[tuple[str, str, int]]:
    world.session.rollback()
    rows = world.session.scalars(select(DayEntry).order_by(DayEntry.municipality_id, DayEntry.consultant_id))
    return [(entry.municipality.code, entry.consultant.name, entry.minutes) for entry in rows]


def held_event(world: World, *places: str, **values: Any) -> Event:
    municipalities = [getattr(world, place) for place in places]
    package = world.packages[municipalities[0].code] if len(places) == 1 else None
    people = values.pop("people", (world.anna, world.ben))
    event = make_event(
        world.session, municipalities=municipalities, consultants=people, package=package, starts_local=PAST, **values
    )
    world.session.commit()
    return event


def test_two_consultants_book_two_days(world: World, hold: Any) -> None:
    event = held_event(world, "first")
    assert hold(
        "anna", event, {"anna": 480, "ben": 480}, participants={FunctionGroup.MANAGERS: 12, FunctionGroup.HEAD: 0}
    )
    assert entries(world) == [("K01", "Anna Albers", 480), ("K01", "Ben Brandt", 480)]
    entry = world.session.scalars(select(DayEntry)).first()
    assert entry is not None
    assert (entry.service_date, entry.activity, entry.mode) == (date(2026, 5, 18), Activity.TRAINING, Mode.ON_SITE)
    assert (entry.work_package_id, entry.note) == (world.packages["K01"].id, "Training Führungskräfte")
    assert world.session.scalar(select(BudgetTotal.used_minutes)) == 960
    headcounts = world.session.execute(select(EventParticipants.function_group, EventParticipants.headcount)).all()
    assert [tuple(row) for row in headcounts] == [(FunctionGroup.MANAGERS, 12)]


def test_a_joint_session_is_shared_out_to_the_minute(world: World, hold: Any) -> None:
    event = held_event(world, "first", "second", "secret", people=(world.anna, world.lead))
    assert hold("lead", event, {"anna": 500, "lead": 1})
    assert entries(world) == [
        ("K01", "Lea Leitner", 1),
        ("K01", "Anna Albers", 166),
        ("K02", "Anna Albers", 167),
        ("K07", "Anna Albers", 167),
    ]
    assert world.session.scalar(select(func.sum(BudgetTotal.used_minutes))) == 501


def test_nothing_that_tells_of_the_anonymous_one_gets_into_the_others_entries(world: World, hold: Any) -> None:
    event = held_event(world, "first", "secret", people=(world.anna,), title="Training Vogelsang")
    hold("anna", event, {"anna": 480})
    assert set(world.session.scalars(select(DayEntry.note))) == {""}


def test_a_coaching_books_its_days_without_its_title(world: World, hold: Any) -> None:
    event = held_event(world, "first", people=(world.anna,), kind=EventKind.COACHING, title="Coaching Frau Specht")
    hold("anna", event, {"anna": 90})
    entry = world.session.scalars(select(DayEntry)).one()
    assert (entry.activity, entry.note, entry.internal_note) == (Activity.COACHING, "", "")


def test_the_second_click_and_the_second_person_book_nothing(world: World, hold: Any) -> None:
    event = held_event(world, "first")
    key = "one-form-sent-three-times"
    assert [hold("anna", event, {"anna": 480, "ben": 480}, request_key=key) for _ in range(3)] == [True] * 3
    assert hold("ben", event, {"anna": 60, "ben": 60}, request_key="another-form-of-ben") is False
    assert hold("lead", event, {"anna": 60, "ben": 60}) is False
    assert entries(world) == [("K01", "Anna Albers", 480), ("K01", "Ben Brandt", 480)]
    assert world.session.scalar(select(func.count()).select_from(EventBooking)) == 2


def test_of_many_at_the_same_moment_one_books(app: Flask, world: World) -> None:
    event = held_event(world, "first")
    viewers = [world.viewer(user) for user in (world.anna, world.ben, world.lead, world.anna)]
    minutes = {world.anna.id: 480, world.ben.id: 480}
    with app.app_context():
        engine = db.engine
    together, told = Barrier(len(viewers)), list[bool]()

    def hold_it(number: int) -> None:
        with Session(engine, expire_on_commit=False) as session:
            scope.bind(session, viewers[number])
            together.wait()
            told.append(
                holding.hold_session(
                    session, viewers[number], public_id=event.public_id, minutes_of=minutes, participants={},
                    now=AFTER, request_key=f"a-form-of-its-own-{number}",
                )
            )  # fmt: skip

    threads = [Thread(target=hold_it, args=(number,)) for number in range(len(viewers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == [False, False, False, True]
    assert entries(world) == [("K01", "Anna Albers", 480), ("K01", "Ben Brandt", 480)]
    assert world.session.scalar(select(BudgetTotal.used_minutes)) == 960


@pytest.mark.parametrize(
    ("who", "error"),
    [
        ("lead", None),
        ("anna", None),
        ("ben", None),
        ("cleo", NotFound),
        ("coordinator", Forbidden),
        ("head", Forbidden),
        ("second_coordinator", NotFound),
        ("reader", NotFound),
    ],
)
def test_who_may_say_that_it_took_place(world: World, hold: Any, who: str, error: type[Exception] | None) -> None:
    event = held_event(world, "first")
    if error is None:
        assert hold(who, event, {"anna": 480, "ben": 480})
    else:
        with pytest.raises(error):
            hold(who, event, {"anna": 480, "ben": 480})
        assert entries(world) == []


@pytest.mark.parametrize("who", ["anna", "ben"])
def test_one_who_may_not_log_for_all_that_take_part_books_for_none(world: World, hold: Any, who: str) -> None:
    people = (world.ben, world.lead)  # Anna has the right for both, but does not run it; Ben runs it without the right
    event = held_event(world, "first", "second", people=people)
    with pytest.raises(Forbidden):
        hold(who, event, {"ben": 480, "lead": 480})
    assert entries(world) == []


@pytest.mark.parametrize(
    ("now", "held"),
    [(AFTER - timedelta(minutes=1), False), (AFTER, True)],
)
def test_not_before_its_end(world: World, hold: Any, now: datetime, held: bool) -> None:
    event = held_event(world, "first")
    if held:
        assert hold("anna", event, {"anna": 480, "ben": 480}, now=now)
    else:
        with pytest.raises(Invalid):
            hold("anna", event, {"anna": 480, "ben": 480}, now=now)


@pytest.mark.parametrize("state", [EventState.TENTATIVE, EventState.CONFIRMED])
def test_open_sessions_can_be_held(world: World, hold: Any, state: EventState) -> None:
    event = held_event(world, "first", state=state)
    assert hold("anna", event, {"anna": 480, "ben": 480})
    world.session.refresh(event)
    assert (event.state, event.held_at) == (EventState.HELD, AFTER)


def test_what_was_cancelled_cannot_be_held(world: World, hold: Any) -> None:
    event = held_event(world, "first", state=EventState.CANCELLED)
    with pytest.raises(Invalid):
        hold("anna", event, {"anna": 480, "ben": 480})
    assert entries(world) == []


@pytest.mark.parametrize(
    "minutes", [{"anna": 480}, {"anna": 480, "ben": -1}, {"anna": 480, "ben": 1441}, {"anna": 480, "ben": 1, "lead": 1}]
)
def test_all_or_nothing(world: World, hold: Any, minutes: dict[str, int]) -> None:
    event = held_event(world, "first")
    with pytest.raises(Invalid):
        hold("anna", event, minutes)
    assert entries(world) == []
    world.session.refresh(event)
    assert event.state is EventState.CONFIRMED


def test_one_who_did_not_work_gets_no_entry(world: World, hold: Any) -> None:
    event = held_event(world, "first")
    hold("anna", event, {"anna": 480, "ben": 0})
    assert entries(world) == [("K01", "Anna Albers", 480)]


def test_what_the_programme_offers_to_all_books_nothing(world: World, hold: Any) -> None:
    event = held_event(world, "first", people=(world.cleo,))
    event.kind, event.municipality_count, event.municipalities = EventKind.WEBINAR, 0, []
    world.session.commit()
    assert hold("cleo", event, {"cleo": 120}, participants={FunctionGroup.OTHER: 80})
    assert entries(world) == []


def test_without_a_contract_there_is_nothing_to_book_on(world: World, hold: Any) -> None:
    event = held_event(world, "first")
    event.municipalities[0].work_package_id = None
    world.session.delete(
        world.session.scalars(select(Contract).where(Contract.municipality_id == world.first.id)).one()
    )
    world.session.commit()
    with pytest.raises(Invalid) as refusal:
        hold("anna", event, {"anna": 480, "ben": 480})
    assert "Vertrag" in str(refusal.value)


def test_each_entry_and_the_session_are_in_the_record(world: World, hold: Any) -> None:
    event = held_event(world, "first", title="Bei Familie Specht")
    hold("anna", event, {"anna": 480, "ben": 240})
    world.session.rollback()
    records = world.session.scalars(select(AuditRecord).order_by(AuditRecord.id)).all()
    assert [(each.action, each.actor_id) for each in records] == [
        ("entry.book", world.anna.id),
        ("entry.book", world.anna.id),
        ("session.hold", world.anna.id),
    ]
    assert "Specht" not in "".join(f"{each.before}{each.after}" for each in records)


def test_an_entry_deleted_from_the_ledger_is_not_booked_again(world: World, hold: Any, session_for: SessionFor) -> None:
    event = held_event(world, "first", people=(world.anna,))
    hold("anna", event, {"anna": 480})
    viewer = world.viewer(world.anna)
    entry = world.session.scalars(select(DayEntry)).one()
    world.session.rollback()
    ledger.delete_entry(session_for(viewer), viewer, public_id=entry.public_id, now=AFTER)
    assert hold("anna", event, {"anna": 480}) is False
    assert entries(world) == []
    assert world.session.scalars(select(EventBooking.entry_id)).all() == [None]
