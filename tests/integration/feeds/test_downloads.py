"""Sessions as a file and on paper: the same guard as their pages, the same words as a feed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from icalendar import Calendar
from sqlalchemy import select
from sqlalchemy.orm import Session

from komma_tracker.audit.models import AuditRecord
from komma_tracker.db import unit_of_work
from komma_tracker.events.models import Event
from komma_tracker.events.rules import EventKind, EventState
from tests.factories.events import make_event
from tests.integration.feeds.conftest import Programme
from tests.support.application import Login
from tests.support.client import Client

JUNE = datetime(2026, 6, 10, 9)


@pytest.fixture
def add(session: Session) -> Callable[..., Event]:
    def add(title: str, *municipalities: Any, **values: Any) -> Event:
        with unit_of_work(session):
            return make_event(session, title=title, municipalities=municipalities, **values)

    return add


def summaries(body: bytes) -> list[str]:
    return [str(event["SUMMARY"]) for event in Calendar.from_ical(body).walk("VEVENT")]


def test_one_session_as_a_file(client: Client, login: Login, programme: Programme, add: Any, session: Session) -> None:
    event = add("Eins", programme.neuenwerra, consultants=[programme.consultant], room="Zimmer 12")
    answer = login(client, programme.consultant).get(f"/sessions/{event.public_id}/termin.ics")
    assert (answer.status_code, answer.content_type) == (200, "text/calendar; charset=utf-8")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="KommA-2026-06-10.ics"'
    assert answer.headers["Cache-Control"] == "no-store"
    (found,) = Calendar.from_ical(answer.data).walk("VEVENT")
    assert str(found["SUMMARY"]) == "Training: Eins (Stadt Neuenwerra)"
    assert str(found["LOCATION"]) == "Rathaus, Saal 1, Zimmer 12"
    assert str(found["UID"]) == f"{event.public_id}@komma-tracker"
    for name in ("NAME", "X-WR-CALNAME", "REFRESH-INTERVAL", "METHOD"):
        assert f"\r\n{name}" not in answer.text, "a file for one import makes no calendar of its own"
    session.rollback()
    record = session.scalars(select(AuditRecord).where(AuditRecord.action == "list.export")).one()
    assert record.after == {"kind": "ics", "list": "termine"}


@pytest.mark.parametrize(
    ("user", "status"),
    [("lead", 200), ("consultant", 200), ("coordinator", 200), ("head", 200), ("stranger", 404), ("reader", 404)],
)
def test_who_may_take_a_session_along(
    client: Client, login: Login, programme: Programme, add: Any, user: str, status: int
) -> None:
    event = add("Eins", programme.neuenwerra, consultants=[programme.consultant])
    path = f"/sessions/{event.public_id}/termin.ics"
    assert login(client, getattr(programme, user)).get(path).status_code == status


@pytest.mark.parametrize("user", ["lead", "consultant", "anonymous_coordinator"])
def test_files_and_paper_never_name_an_anonymous_municipality(
    client: Client, login: Login, programme: Programme, add: Any, user: str
) -> None:
    event = add("In Falkenhude", programme.falkenhude, consultants=[programme.consultant], place="Rathaus Falkenhude")
    login(client, getattr(programme, user))
    for path in (f"/sessions/{event.public_id}/termin.ics", "/calendar/month.ics?month=2026-06"):
        answer = client.get(path)
        assert summaries(answer.data) == ["Training – Kommune 07"]
        assert "alkenhude" not in answer.text.replace("\r\n ", "") + str(answer.headers)
    page = client.get("/calendar/print?month=2026-06")
    assert "Training – Kommune 07" in page.text
    assert "alkenhude" not in page.text


def test_the_month_as_a_file_is_that_of_the_calendar(
    client: Client, login: Login, programme: Programme, add: Any
) -> None:
    add("Eins", programme.neuenwerra, starts_local=JUNE)
    add("Zwei", programme.lindental, starts_local=JUNE.replace(day=11))
    add("Im Juli", programme.neuenwerra, starts_local=JUNE.replace(month=7))
    add("Netzwerk", kind=EventKind.NETWORK, starts_local=JUNE.replace(day=30))
    login(client, programme.lead)
    one, two = "Training: Eins (Stadt Neuenwerra)", "Training: Zwei (Landkreis Lindental)"
    network = "Netzwerktreffen: Netzwerk"
    for query, expected in (
        ("month=2026-06", [one, two, network]),
        ("month=2026-06&municipality=K01", [one]),
        ("month=2026-06&kind=network", [network]),
        ("month=2026-05", []),
        ("month=nonsense", []),
    ):
        answer = client.get(f"/calendar/month.ics?{query}")
        assert summaries(answer.data) == expected
        page = client.get(f"/calendar/print?{query}")
        assert [each for each in (one, two, network) if each in page.text] == expected
    assert client.get("/calendar/month.ics?month=2026-06").headers["Content-Disposition"] == (
        'attachment; filename="KommA-2026-06.ics"'
    )


def test_pages_lead_to_files_and_paper(client: Client, login: Login, programme: Programme, add: Any) -> None:
    event = add("Eins", programme.neuenwerra, starts_local=JUNE)
    login(client, programme.coordinator)
    assert f'href="/sessions/{event.public_id}/termin.ics"' in client.get(f"/sessions/{event.public_id}").text
    page = client.get("/calendar?month=2026-06&kind=training").text
    assert 'href="/calendar/month.ics?month=2026-06&amp;kind=training"' in page
    assert 'href="/calendar/print?month=2026-06&amp;kind=training"' in page


def test_paper_says_what_is_only_planned_or_called_off(
    client: Client, login: Login, programme: Programme, add: Any
) -> None:
    add("Eins", programme.neuenwerra, starts_local=JUNE, state=EventState.TENTATIVE)
    add("Zwei", programme.neuenwerra, starts_local=JUNE.replace(day=11), state=EventState.CANCELLED)
    page = login(client, programme.coordinator).get("/calendar/print?month=2026-06").text
    assert "Training: Eins (Stadt Neuenwerra) <small>(geplant)</small>" in page
    assert "Abgesagt: Training: Zwei (Stadt Neuenwerra)" in page
