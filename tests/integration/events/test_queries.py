"""What sessions plan to use, and who sees which of them."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from komma_tracker.access.rules import NotFound
from komma_tracker.budget.models import BudgetTotal
from komma_tracker.budget.rules import Activity
from komma_tracker.events import holding, queries
from komma_tracker.events.hinting import Occasion, hints_of
from komma_tracker.events.hints import HintCode
from komma_tracker.events.models import Event
from komma_tracker.events.rules import OPEN_STATES, EventKind, EventState
from komma_tracker.events.shares import Effort, bookings
from komma_tracker.events.shown import ShownSession
from tests.factories.events import make_event
from tests.integration.events.conftest import World
from tests.support.application import SessionFor

NOW = datetime(2026, 5, 20, 12, 0)
LATER = datetime(2026, 6, 10, 9, 0)


@pytest.fixture
def ask(world: World, session_for: SessionFor) -> Any:
    """Asks one of the queries as some person."""

    def ask(who: str, query: Any, **values: Any) -> Any:
        viewer = world.viewer(getattr(world, who))
        return query(session_for(viewer), viewer, **values)

    return ask


def seen(shown: list[ShownSession]) -> list[str]:
    return [each.public_id for each in shown]


def lay_out(world: World) -> dict[str, Event]:
    """Sessions that tell by their title who and when."""
    places = {"first": [world.first], "joint": [world.first, world.secret], "secret": [world.secret], "all": []}
    events = {
        name: make_event(
            world.session, municipalities=municipalities, consultants=[world.cleo if name == "all" else world.anna],
            kind=EventKind.WEBINAR if name == "all" else EventKind.TRAINING, title=name,
        )
        for name, municipalities in places.items()
    }  # fmt: skip
    world.session.commit()
    return events


@pytest.mark.parametrize(
    ("who", "names"),
    [
        ("lead", {"first", "joint", "secret", "all"}),
        ("anna", {"first", "joint", "secret", "all"}),
        ("ben", {"first", "joint", "all"}),
        ("cleo", {"all"}),
        ("coordinator", {"first", "joint", "all"}),
        ("head", {"first", "joint", "all"}),
        ("second_coordinator", {"all"}),
        ("reader", set()),
    ],
)
def test_who_sees_which_sessions(world: World, ask: Any, who: str, names: set[str]) -> None:
    events = lay_out(world)
    shown = ask(who, queries.sessions_between, start=LATER, end=LATER + timedelta(days=1))
    assert set(seen(shown)) == {events[name].public_id for name in names}
    for name, event in events.items():
        if name in names:
            assert ask(who, queries.session_by_public_id, public_id=event.public_id).id == event.id
        else:
            with pytest.raises(NotFound):
                ask(who, queries.session_by_public_id, public_id=event.public_id)


@pytest.mark.parametrize(
    ("who", "labels", "others", "title"),
    [
        ("lead", ["Stadt Neuenwerra", "Gemeinde Vogelsang"], 0, "joint"),
        ("anna", ["Stadt Neuenwerra", "Gemeinde Vogelsang"], 0, "joint"),
        ("ben", ["Stadt Neuenwerra", "Kommune 07"], 0, None),
        ("coordinator", ["Stadt Neuenwerra"], 1, None),
    ],
)
def test_how_much_of_a_joint_session_is_told(
    world: World, ask: Any, who: str, labels: list[str], others: int, title: str | None
) -> None:
    event = lay_out(world)["joint"]
    shown = ask(who, queries.session_by_public_id, public_id=event.public_id)
    assert ([part.label for part in shown.parts], shown.others, shown.title) == (labels, others, title)
    assert (shown.place == "") is (title is None)


def test_one_who_runs_it_without_being_assigned_sees_alias_and_time(world: World, ask: Any) -> None:
    event = make_event(world.session, municipalities=[world.secret], consultants=[world.cleo])
    world.session.commit()
    shown = ask("cleo", queries.session_by_public_id, public_id=event.public_id)
    assert ([part.label for part in shown.parts], shown.title, shown.place) == (["Kommune 07"], None, "")


@pytest.mark.parametrize(
    ("municipality", "consultant", "names"),
    [
        (None, None, ["first", "joint", "secret", "all"]),
        ("first", None, ["first", "joint"]),
        ("secret", "anna", ["joint", "secret"]),
        (None, "cleo", ["all"]),
        ("second", None, []),
    ],
)
def test_what_comes_next(
    world: World, ask: Any, municipality: str | None, consultant: str | None, names: list[str]
) -> None:
    events = lay_out(world)
    for state in (EventState.HELD, EventState.CANCELLED):
        make_event(world.session, municipalities=[world.first], consultants=[world.anna], state=state)
    make_event(world.session, municipalities=[world.first], starts_local=NOW - timedelta(days=1))
    world.session.commit()
    shown = ask(
        "lead", queries.next_sessions, local_now=NOW, limit=10,
        municipality_id=getattr(world, municipality).id if municipality else None,
        consultant_id=getattr(world, consultant).id if consultant else None,
    )  # fmt: skip
    assert seen(shown) == [events[name].public_id for name in names]


def test_the_people_of_a_municipality_are_invited_to_what_is_for_all(world: World, ask: Any) -> None:
    events = lay_out(world)
    shown = ask(
        "coordinator", queries.next_sessions, municipality_id=world.first.id, consultant_id=None, local_now=NOW, limit=9
    )
    assert seen(shown) == [events[name].public_id for name in ("first", "joint", "all")]


def test_sessions_wait_for_confirmation_until_somebody_says_so(world: World, ask: Any) -> None:
    waiting = [
        make_event(
            world.session, municipalities=[world.first], consultants=[world.anna], starts_local=start, state=state
        )
        for start, state in (
            (NOW - timedelta(days=400), EventState.TENTATIVE),
            (NOW - timedelta(days=2), EventState.CONFIRMED),
            (NOW - timedelta(hours=7), EventState.CONFIRMED),
        )
    ]
    for start, state in (
        (NOW - timedelta(days=3), EventState.HELD),
        (NOW - timedelta(days=3), EventState.CANCELLED),
        (NOW - timedelta(hours=6), EventState.CONFIRMED),
    ):
        make_event(
            world.session, municipalities=[world.first], consultants=[world.anna], starts_local=start, state=state
        )
    world.session.commit()
    shown = ask("anna", queries.sessions_to_confirm, consultant_id=world.anna.id, local_now=NOW)
    assert seen(shown) == [event.public_id for event in waiting]
    assert ask("anna", queries.sessions_to_confirm, consultant_id=world.ben.id, local_now=NOW) == []


def test_what_is_planned_is_what_will_be_booked(world: World, ask: Any) -> None:
    chance = random.Random(7)
    places, people = [world.first, world.second, world.secret], [world.anna, world.ben, world.lead]
    expected = dict.fromkeys((place.id for place in places), 0)
    for _ in range(40):
        taking_part = chance.sample(places, chance.randint(1, 3))
        running = chance.sample(people, chance.randint(1, 3))
        minutes, state = chance.randint(0, 1000), chance.choice(list(EventState))
        start = LATER + timedelta(days=chance.randint(-60, 60))
        event = make_event(
            world.session, municipalities=taking_part, consultants=running, planned_minutes=minutes, state=state,
            starts_local=start,
        )  # fmt: skip
        if state in OPEN_STATES and event.ends_local > NOW:
            efforts = [Effort(person.id, Activity.TRAINING, minutes) for person in running]
            for booking in bookings(efforts, {municipality.id: 1 for municipality in taking_part}):
                expected[booking.municipality_id] += booking.minutes
    world.session.commit()
    ids = [place.id for place in places]
    assert ask("lead", queries.planned_minutes, municipality_ids=ids, local_now=NOW) == expected
    shown = ask("lead", queries.sessions_between, start=NOW - timedelta(days=90), end=LATER + timedelta(days=90))
    still_open = [each for each in shown if each.is_open and each.ends_local > NOW]
    assert sum(each.planned_minutes for each in still_open) == sum(expected.values())


@pytest.mark.parametrize(
    ("who", "ids"), [("coordinator", ["first"]), ("anna", ["first", "secret"]), ("ben", ["first"]), ("reader", [])]
)
def test_the_share_is_exact_for_those_who_see_only_theirs(world: World, ask: Any, who: str, ids: list[str]) -> None:
    make_event(
        world.session,
        municipalities=[world.secret, world.first],
        consultants=[world.anna, world.ben],
        planned_minutes=481,
    )
    world.session.commit()
    all_ids = [world.first.id, world.second.id, world.secret.id]
    shares = {world.first.id: 481, world.secret.id: 481}
    planned = ask(who, queries.planned_minutes, municipality_ids=all_ids, local_now=NOW)
    assert planned == {getattr(world, name).id: shares[getattr(world, name).id] for name in ids}


def test_what_was_planned_leaves_the_plan_when_it_is_booked(world: World, ask: Any, session_for: SessionFor) -> None:
    event = make_event(world.session, municipalities=[world.first], consultants=[world.anna], starts_local=NOW)
    world.session.commit()
    planned = {"municipality_ids": [world.first.id], "local_now": NOW}
    assert ask("anna", queries.planned_minutes, **planned) == {world.first.id: 480}
    viewer = world.viewer(world.anna)
    holding.hold_session(
        session_for(viewer), viewer, public_id=event.public_id, minutes_of={world.anna.id: 480}, participants={},
        now=world.lead.created_at + timedelta(days=1),
    )  # fmt: skip
    assert ask("anna", queries.planned_minutes, **planned) == {}
    assert world.session.scalar(select(func.sum(BudgetTotal.used_minutes))) == 480


def test_who_is_busy_is_told_but_never_with_what(world: World, ask: Any) -> None:
    event = make_event(world.session, municipalities=[world.first], consultants=[world.anna, world.ben, world.cleo])
    make_event(world.session, municipalities=[world.secret], consultants=[world.anna])
    make_event(world.session, municipalities=[world.first], consultants=[world.ben], state=EventState.CANCELLED)
    make_event(world.session, municipalities=[world.first], consultants=[world.cleo], starts_local=event.ends_local)
    world.session.commit()
    shown = ask("ben", queries.session_by_public_id, public_id=event.public_id)
    (hints,) = ask("ben", hints_of, occasions=[Occasion.of(shown)])
    assert [hint.params for hint in hints if hint.code in (HintCode.OVERLAP, HintCode.TRAVEL)] == [
        {"person": "Anna Albers"}
    ]


def test_a_way_that_is_too_long_is_told_but_never_where_it_leads(world: World, ask: Any) -> None:
    event = make_event(world.session, municipalities=[world.first], consultants=[world.anna, world.ben])
    soon, later = event.ends_local + timedelta(minutes=59), event.ends_local + timedelta(minutes=60)
    secret = make_event(world.session, municipalities=[world.secret], consultants=[world.anna], starts_local=soon)
    make_event(world.session, municipalities=[world.secret], consultants=[world.ben], starts_local=later, place="Dort")
    secret.place = "Zeisigweg"
    world.session.commit()
    shown = ask("ben", queries.session_by_public_id, public_id=event.public_id)
    (hints,) = ask("ben", hints_of, occasions=[Occasion.of(shown)])
    assert [(hint.code, hint.params) for hint in hints] == [
        (HintCode.TRAVEL, {"person": "Anna Albers", "minutes": "60"})
    ]
