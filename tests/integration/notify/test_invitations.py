"""Who gets which message about a session, and when: what was sent is compared with what is, by the timer."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from komma_tracker.accounts.models import User
from komma_tracker.db import unit_of_work
from komma_tracker.events.rules import EventKind, EventState
from tests.factories.people import make_assignment
from tests.integration.notify.conftest import Add, Cast, Send, change
from tests.support.clock import Clock

SUMMARY = "Training Führungskräfte (Stadt Neuenwerra)"
KIRA, ANNA = "kira@example.org", "anna@example.org"


def test_those_whom_it_concerns_and_who_want_mail(people: Cast, add: Add, send: Send) -> None:
    add(people.first, consultants=[people.anna, people.ben])
    assert send() == [(ANNA, "REQUEST", 0, SUMMARY), (KIRA, "REQUEST", 0, SUMMARY)]
    assert send() == []


def test_what_the_programme_offers_to_all_concerns_every_municipality(people: Cast, add: Add, send: Send) -> None:
    add(kind=EventKind.NETWORK, title="Austausch", consultants=[people.lead])
    to = ("karl", "kira", "lea", "vera")
    assert [(letter[0], letter[1]) for letter in send()] == [(f"{name}@example.org", "REQUEST") for name in to]


@pytest.mark.parametrize(
    ("values", "summary"),
    [
        ({"starts_local": datetime(2026, 6, 11, 9), "ends_local": datetime(2026, 6, 11, 16)}, SUMMARY),
        ({"title": "Neu"}, "Training: Neu (Stadt Neuenwerra)"),
        ({"place": "Saal 2"}, SUMMARY),
        ({"link": "https://treffen.example/1"}, SUMMARY),
        ({"state": EventState.TENTATIVE}, SUMMARY),
    ],
)
def test_a_change_is_an_update_with_a_higher_number(
    people: Cast, add: Add, send: Send, session: Session, values: dict[str, Any], summary: str
) -> None:
    event = add(people.first, consultants=[people.ben])
    send()
    change(session, event, **values)
    assert send() == [(KIRA, "REQUEST", 1, summary)]
    assert send() == []


@pytest.mark.parametrize(
    "values",
    [
        {"note": "Bitte Laptops"},
        {"planned_minutes": 240},
        {"state": EventState.HELD},
        {"state": EventState.FOLLOWED_UP},
        {},
    ],
)
def test_what_no_calendar_shows_is_not_worth_a_mail(
    people: Cast, add: Add, send: Send, session: Session, values: dict[str, Any]
) -> None:
    event = add(people.first, consultants=[people.anna])
    send()
    change(session, event, **values, updated_at=datetime(2026, 5, 21, 9).astimezone())
    assert send() == []


def test_a_cancelled_session_is_cancelled_once(
    people: Cast, add: Add, send: Send, session: Session, clock: Clock
) -> None:
    event = add(people.first, consultants=[people.ben])
    send()
    change(session, event, state=EventState.CANCELLED, cancelled_at=clock.now)
    assert send() == [(KIRA, "CANCEL", 1, f"Abgesagt: {SUMMARY}")]
    assert send() == []


def test_who_runs_it_no_more_loses_it_and_gets_it_back(people: Cast, add: Add, send: Send, session: Session) -> None:
    event = add(people.first, consultants=[people.anna])
    send()
    kept = list(event.consultants)
    change(session, event, consultants=[])
    assert send() == [(ANNA, "CANCEL", 1, "Entfällt: Training")]
    change(session, event, consultants=[type(kept[0])(user_id=people.anna.id)])
    assert send() == [(ANNA, "REQUEST", 2, SUMMARY)]


def test_case_07_whose_role_ends_loses_it_and_the_successor_gets_it(
    people: Cast, add: Add, send: Send, session: Session, clock: Clock
) -> None:
    add(people.first, consultants=[people.ben])
    send()
    with unit_of_work(session):
        row = session.get_one(User, people.coordinator.id)
        row.assignments[0].ends_on = clock.today - timedelta(days=1)
        successor = session.get_one(User, people.elsewhere.id)
        make_assignment(session, successor, people.first, starts_on=clock.today)
    assert send() == [
        ("karl@example.org", "REQUEST", 0, "Training Führungskräfte (Stadt Neuenwerra)"),
        (KIRA, "CANCEL", 1, "Entfällt: Training"),
    ]


def test_who_may_not_sign_in_loses_everything(
    people: Cast, add: Add, send: Send, session: Session, clock: Clock
) -> None:
    add(people.first, consultants=[people.anna])
    send()
    change_person(session, people.anna, disabled_at=clock.now)
    assert send() == [(ANNA, "CANCEL", 1, "Entfällt: Training")]


def change_person(session: Session, user: User, **values: Any) -> None:
    with unit_of_work(session):
        for name, value in values.items():
            setattr(session.get_one(User, user.id), name, value)


def test_whose_address_changes_gets_everything_there(people: Cast, add: Add, send: Send, session: Session) -> None:
    """And nothing goes to the old one, which may have been a slip of the keyboard."""
    add(people.first, consultants=[people.anna])
    send()
    change_person(session, people.anna, email="albers@example.org")
    assert send() == [("albers@example.org", "REQUEST", 1, SUMMARY)]


def test_who_wants_no_mail_gets_none_not_even_a_cancellation(
    people: Cast, add: Add, send: Send, session: Session, clock: Clock
) -> None:
    event = add(people.first, consultants=[people.anna])
    send()
    change_person(session, people.anna, invitations=False)
    change(session, event, title="Neu")
    assert [letter[0] for letter in send()] == [KIRA]
    change(session, event, state=EventState.CANCELLED, cancelled_at=clock.now)
    assert [letter[0] for letter in send()] == [KIRA]
    change_person(session, people.anna, invitations=True)
    assert [letter[:3] for letter in send()] == [(ANNA, "CANCEL", 1)]


@pytest.mark.parametrize(
    ("first", "second", "sent"),
    [
        (timedelta(days=-2), None, []),  # over before anybody was told
        (timedelta(days=9), timedelta(days=10), [("REQUEST", 0), ("REQUEST", 1)]),
        (timedelta(days=9), timedelta(days=-2), [("REQUEST", 0), ("REQUEST", 1)]),  # still stands in their calendar
        (timedelta(days=-2), timedelta(days=-3), []),
    ],
)
def test_of_what_is_over_nobody_is_told(
    people: Cast, add: Add, send: Send, session: Session, clock: Clock, first: timedelta, second: timedelta | None,
    sent: list[tuple[str, int]],
) -> None:  # fmt: skip
    starts = datetime.combine(clock.today, datetime.min.time()) + timedelta(hours=9)
    event = add(people.first, consultants=[people.anna], starts_local=starts + first)
    change_person(session, people.coordinator, invitations=False)
    letters = send()
    if second:
        change(session, event, starts_local=starts + second, ends_local=starts + second + timedelta(hours=7))
    letters += send()
    assert [letter[1:3] for letter in letters] == sent


def test_a_session_that_has_passed_is_not_cancelled_afterwards(
    people: Cast, add: Add, send: Send, session: Session, clock: Clock
) -> None:
    event = add(people.first, consultants=[people.anna])
    assert len(send()) == 2
    clock.wait(days=60)
    change(session, event, state=EventState.HELD)
    change_person(session, people.anna, disabled_at=clock.now)
    assert send() == []
