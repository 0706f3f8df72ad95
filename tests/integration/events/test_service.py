"""Planning, changing, moving, confirming and cancelling sessions."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from komma_tracker.access import scope
from komma_tracker.access.rules import Conflict, Forbidden, Invalid, NotFound
from komma_tracker.accounts.models import User
from komma_tracker.audit.models import AuditRecord
from komma_tracker.budget.rules import Mode
from komma_tracker.db import db
from komma_tracker.events import calling_off, queries, service
from komma_tracker.events.models import Event
from komma_tracker.events.plans import Plan, When
from komma_tracker.events.rules import EventKind, EventState, Initiator, ReasonClass
from tests.factories.events import make_event
from tests.integration.events.conftest import World
from tests.support.application import SessionFor

WHEN = When(datetime(2026, 6, 10, 9, 0), datetime(2026, 6, 10, 16, 0))
KEY = "one-and-the-same-form"


def plan_for(*places: Any, people: tuple[User, ...], **values: Any) -> Plan:
    defaults: dict[str, Any] = {
        "kind": EventKind.TRAINING,
        "title": "Training 1",
        "mode": Mode.ON_SITE,
        "minutes_each": 480,
        "packages": {place.id: "AP4" for place in places},
        "consultant_ids": [person.id for person in people],
    }
    return Plan(**{**defaults, **values})


@pytest.fixture
def as_user(world: World, session_for: SessionFor) -> Any:
    """A session and the viewer that it works for."""

    def open_for(user: User) -> tuple[Any, Any]:
        viewer = world.viewer(user)
        return session_for(viewer), viewer

    return open_for


def test_a_planned_session_stands_in_the_calendar_with_its_work_packages(
    world: World, as_user: Any, now: datetime
) -> None:
    session, viewer = as_user(world.anna)
    plan = plan_for(world.first, world.second, people=(world.anna,), place="Rathaus", link="https://example.org/x")
    public_id = service.plan_session(session, viewer, plan=plan, when=WHEN, confirmed=False, now=now)
    shown = queries.session_by_public_id(session, viewer, public_id)
    assert (shown.state, shown.title, shown.place) == (EventState.TENTATIVE, "Training 1", "Rathaus")
    assert [(part.code, part.package, part.minutes) for part in shown.parts] == [
        ("K01", "AP4", 240),
        ("K02", "AP4", 240),
    ]
    assert [person.name for person in shown.consultants] == ["Anna Albers"]


def test_the_same_form_makes_one_session(world: World, as_user: Any, now: datetime) -> None:
    session, viewer = as_user(world.anna)
    plan = plan_for(world.first, people=(world.anna,))
    ids = {
        service.plan_session(session, viewer, plan=plan, when=WHEN, confirmed=True, now=now, request_key=KEY)
        for _ in range(2)
    }
    assert (len(ids), session.scalar(select(func.count(Event.id)))) == (1, 1)


@pytest.mark.parametrize(
    ("who", "places", "allowed"),
    [
        ("lead", ("first", "secret"), True),
        ("lead", (), True),
        ("anna", ("first", "second", "secret"), True),
        ("anna", (), False),
        ("ben", ("first",), True),
        ("ben", ("first", "second"), False),
        ("cleo", ("first",), False),
        ("coordinator", ("first",), False),
        ("head", ("first",), False),
        ("reader", ("first",), False),
    ],
)
def test_who_may_plan_for_whom(
    world: World, as_user: Any, now: datetime, who: str, places: tuple[str, ...], allowed: bool
) -> None:
    session, viewer = as_user(getattr(world, who))
    plan = plan_for(*(getattr(world, place) for place in places), people=(world.anna,), kind=EventKind.WEBINAR)
    if allowed:
        assert service.plan_session(session, viewer, plan=plan, when=WHEN, confirmed=True, now=now)
    else:
        with pytest.raises(Invalid if places == () else Forbidden):
            service.plan_session(session, viewer, plan=plan, when=WHEN, confirmed=True, now=now)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"title": "  "}, "title"),
        ({"packages": {}}, "parts"),
        ({"consultant_ids": []}, "consultants"),
        ({"consultant_ids": [999]}, "consultants"),
        ({"minutes_each": -1}, "minutes_each"),
        ({"minutes_each": 1441}, "minutes_each"),
        ({"link": "javascript:alert(1)"}, "link"),
        ({"link": 'https://example.org/" onclick'}, "link"),
    ],
)
def test_what_cannot_be_planned_is_refused_beside_its_field(
    world: World, as_user: Any, now: datetime, values: dict[str, Any], field: str
) -> None:
    session, viewer = as_user(world.lead)
    plan = (
        plan_for(world.first, people=(world.anna,), **values)
        if "packages" not in values
        else plan_for(people=(world.anna,), **values)
    )
    with pytest.raises(Invalid) as refusal:
        service.plan_session(session, viewer, plan=plan, when=WHEN, confirmed=True, now=now)
    assert refusal.value.field == field
    assert session.scalar(select(func.count(Event.id))) == 0


def test_a_work_package_of_another_contract_is_refused(world: World, as_user: Any, now: datetime) -> None:
    session, viewer = as_user(world.anna)
    plan = plan_for(people=(world.anna,), packages={world.first.id: "AP9"})
    with pytest.raises(Invalid) as refusal:
        service.plan_session(session, viewer, plan=plan, when=WHEN, confirmed=True, now=now)
    assert refusal.value.field == "parts"


@pytest.mark.parametrize(
    ("starts", "ends", "field"),
    [
        (datetime(2027, 3, 28, 2, 30), datetime(2027, 3, 28, 5, 0), "starts_local"),
        (datetime(2027, 3, 28, 1, 30), datetime(2027, 3, 28, 2, 30), "ends_local"),
        (datetime(2026, 6, 10, 9, 0), datetime(2026, 6, 10, 9, 0), "ends_local"),
        (datetime(2026, 6, 10, 9, 0), datetime(2026, 6, 9, 16, 0), "ends_local"),
    ],
)
def test_a_time_that_no_clock_shows_is_refused(
    world: World, as_user: Any, now: datetime, starts: datetime, ends: datetime, field: str
) -> None:
    session, viewer = as_user(world.anna)
    plan = plan_for(world.first, people=(world.anna,))
    with pytest.raises(Invalid) as refusal:
        service.plan_session(session, viewer, plan=plan, when=When(starts, ends), confirmed=True, now=now)
    assert refusal.value.field == field


def test_only_assigned_people_run_sessions_of_an_anonymous_municipality(
    world: World, as_user: Any, now: datetime
) -> None:
    session, viewer = as_user(world.anna)
    plan = plan_for(world.secret, people=(world.anna, world.ben))
    with pytest.raises(Invalid) as refusal:
        service.plan_session(session, viewer, plan=plan, when=WHEN, confirmed=True, now=now)
    assert refusal.value.field == "consultants"
    plan = plan_for(world.secret, people=(world.anna, world.lead))
    assert service.plan_session(session, viewer, plan=plan, when=WHEN, confirmed=True, now=now)


def test_a_change_moves_the_stamp_and_is_one_version(world: World, as_user: Any, now: datetime) -> None:
    event = make_event(world.session, municipalities=[world.first], consultants=[world.anna])
    world.session.commit()
    session, viewer = as_user(world.anna)
    service.change_session(
        session, viewer, public_id=event.public_id, version=event.version,
        plan=plan_for(world.first, people=(world.anna, world.ben), title="Neuer Titel"), now=now,
    )  # fmt: skip
    world.session.refresh(event)
    assert (event.title, event.version) == ("Neuer Titel", 2)
    assert event.updated_at == now
    assert event.consultant_ids == [world.anna.id, world.ben.id]


def test_two_changes_in_one_second_have_two_stamps(world: World, as_user: Any, now: datetime) -> None:
    event = make_event(world.session, municipalities=[world.first], consultants=[world.anna], updated_at=now)
    world.session.commit()
    session, viewer = as_user(world.anna)
    service.confirm_session(session, viewer, public_id=event.public_id, now=now)
    service.move_session(
        session, viewer, public_id=event.public_id, version=1, when=WHEN, confirmed=False,
        reason=ReasonClass.ILLNESS, now=now,
    )  # fmt: skip
    world.session.refresh(event)
    assert event.updated_at == now + timedelta(seconds=1)


def test_a_moved_session_stays_the_same_one(world: World, as_user: Any, now: datetime) -> None:
    event = make_event(world.session, municipalities=[world.first], consultants=[world.anna])
    world.session.commit()
    session, viewer = as_user(world.anna)
    new = When(datetime(2026, 7, 1, 10, 0), datetime(2026, 7, 1, 12, 0))
    service.move_session(
        session, viewer, public_id=event.public_id, version=1, when=new, confirmed=True,
        reason=ReasonClass.MUNICIPALITY, now=now, request_key=KEY,
    )  # fmt: skip
    # the same form once more changes nothing, though its version is an old one by now
    service.move_session(
        session, viewer, public_id=event.public_id, version=1, when=WHEN, confirmed=True,
        reason=ReasonClass.MUNICIPALITY, now=now, request_key=KEY,
    )  # fmt: skip
    world.session.refresh(event)
    assert (event.starts_local, event.version, event.state) == (new.starts_local, 2, EventState.CONFIRMED)
    record = world.session.scalars(select(AuditRecord).where(AuditRecord.action == "session.move")).one()
    assert record.after is not None
    assert (record.object_id, record.after["reason"]) == (event.public_id, "municipality")


def test_a_cancelled_session_is_kept(world: World, as_user: Any, now: datetime) -> None:
    event = make_event(world.session, municipalities=[world.first], consultants=[world.anna])
    world.session.commit()
    session, viewer = as_user(world.anna)
    calling_off.cancel_session(
        session, viewer, public_id=event.public_id, version=1, now=now,
        by=Initiator.NOBODY, reason=ReasonClass.THREAT_SITUATION, notice_on=now.date(),
    )  # fmt: skip
    world.session.refresh(event)
    assert (event.state, event.cancel_reason) == (EventState.CANCELLED, ReasonClass.THREAT_SITUATION)
    assert (event.cancelled_at, event.cancelled_by_id, event.version) == (now, world.anna.id, 2)


def test_of_two_editors_the_second_is_told(world: World, as_user: Any, now: datetime) -> None:
    event = make_event(world.session, municipalities=[world.first], consultants=[world.anna])
    world.session.commit()
    session, viewer = as_user(world.anna)
    service.change_session(
        session, viewer, public_id=event.public_id, version=1, plan=plan_for(world.first, people=(world.anna,)), now=now
    )
    other, lead = as_user(world.lead)
    with pytest.raises(Conflict):
        calling_off.cancel_session(
            other, lead, public_id=event.public_id, version=1, now=now,
            by=Initiator.CARRIER, reason=ReasonClass.CARRIER, notice_on=now.date(),
        )  # fmt: skip


@pytest.mark.parametrize("state", [EventState.HELD, EventState.CANCELLED])
def test_what_is_over_does_not_change(world: World, as_user: Any, now: datetime, state: EventState) -> None:
    event = make_event(world.session, municipalities=[world.first], consultants=[world.anna], state=state)
    world.session.commit()
    session, viewer = as_user(world.anna)
    calls: list[Any] = [
        lambda: service.confirm_session(session, viewer, public_id=event.public_id, now=now),
        lambda: calling_off.cancel_session(
            session, viewer, public_id=event.public_id, version=1, now=now,
            by=Initiator.CARRIER, reason=ReasonClass.OTHER, notice_on=now.date(),
        ),
        lambda: service.move_session(
            session, viewer, public_id=event.public_id, version=1, when=WHEN, confirmed=True,
            reason=ReasonClass.OTHER, now=now,
        ),
        lambda: service.change_session(
            session, viewer, public_id=event.public_id, version=1,
            plan=plan_for(world.first, people=(world.anna,)), now=now,
        ),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(Invalid):
            call()


@pytest.mark.parametrize(
    ("who", "error"),
    [("ben", Forbidden), ("cleo", NotFound), ("coordinator", Forbidden), ("second_coordinator", Forbidden)],
)
def test_a_joint_session_needs_the_right_for_every_municipality(
    world: World, as_user: Any, now: datetime, who: str, error: type[Exception]
) -> None:
    event = make_event(world.session, municipalities=[world.first, world.second], consultants=[world.anna])
    world.session.commit()
    session, viewer = as_user(getattr(world, who))
    with pytest.raises(error):
        service.confirm_session(session, viewer, public_id=event.public_id, now=now)


def test_what_leaves_leaves_the_revision_of_its_label(world: World, as_user: Any, now: datetime) -> None:
    world.second.label_revision = 3
    event = make_event(world.session, municipalities=[world.first, world.second], consultants=[world.anna])
    world.session.commit()
    session, viewer = as_user(world.anna)
    service.change_session(
        session, viewer, public_id=event.public_id, version=1, plan=plan_for(world.first, people=(world.anna,)), now=now
    )
    world.session.refresh(event)
    assert (event.labels_left, event.version, event.municipality_count) == (3, 2, 1)


def test_the_record_holds_ids_and_no_words(world: World, as_user: Any, now: datetime) -> None:
    session, viewer = as_user(world.anna)
    plan = plan_for(world.secret, people=(world.anna,), title="Bei Familie Specht", place="Eulenweg", note="Amsel")
    service.plan_session(session, viewer, plan=plan, when=WHEN, confirmed=True, now=now)
    record = world.session.scalars(select(AuditRecord).where(AuditRecord.action == "session.plan")).one()
    said = f"{record.before} {record.after} {record.object_id}"
    assert not [word for word in ("Specht", "Eulenweg", "Amsel", "Vogelsang", "Albers") if word in said]
    assert record.municipality_id == world.secret.id


def test_a_double_click_makes_one_session(app: Flask, world: World, now: datetime) -> None:
    viewer, plan = world.viewer(world.anna), plan_for(world.first, people=(world.anna,))
    with app.app_context():
        engine = db.engine
    together, made = Barrier(4), list[str]()

    def click() -> None:
        with Session(engine, expire_on_commit=False) as session:
            scope.bind(session, viewer)
            together.wait()
            made.append(
                service.plan_session(session, viewer, plan=plan, when=WHEN, confirmed=True, now=now, request_key=KEY)
            )

    threads = [Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(made), len(set(made))) == (4, 1)
    assert world.session.scalar(select(func.count(Event.id))) == 1
