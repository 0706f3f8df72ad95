"""Case 3: a municipality calls off too late; by the pages, the feed, and for each contract's own rule."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any, cast

import pytest
from flask import Flask
from sqlalchemy import func, select

from komma_tracker.accounts.models import User
from komma_tracker.audit.models import AuditRecord
from komma_tracker.budget.models import DayEntry
from komma_tracker.budget.rules import Activity, Mode
from komma_tracker.contracts.models import Contract
from komma_tracker.events.models import Event, EventBooking, EventParticipants, LateCancellation
from komma_tracker.events.rules import EventState, Initiator
from komma_tracker.feeds.rules import Audience
from komma_tracker.municipalities.models import Municipality
from tests.factories.entries import make_entry
from tests.factories.events import make_event
from tests.integration.events.conftest import World
from tests.support.application import Login
from tests.support.client import Client

FRIDAY = datetime(2026, 5, 22, 9, 0)
"""Two working days after the Wednesday on which the clock stands."""


@pytest.fixture
def browse(app: Flask, login: Login) -> Any:
    """A browser of its own for a person."""
    return lambda user: login(cast("Client", app.test_client()), user)


def planned(world: World, *places: Municipality, people: tuple[User, ...], **values: Any) -> Event:
    event = make_event(
        world.session, municipalities=places or (world.first,), consultants=people,
        package=world.packages["K01"] if len(places) < 2 else None, **{"starts_local": FRIDAY, **values},
    )  # fmt: skip
    world.session.commit()
    return event


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found, name
    return found[1]


def cancel(client: Client, event: Event, *, by: str = "municipality", notice_on: str = "20.05.2026") -> None:
    path = f"/sessions/{event.public_id}/cancel"
    version = hidden(client.get(path).text, "version")
    answer = client.post(path, data={"version": version, "by": by, "reason": "municipality", "notice_on": notice_on})
    assert answer.status_code == 302


def late(world: World) -> list[tuple[str, int, int, str]]:
    world.session.rollback()
    rows = world.session.scalars(select(LateCancellation).order_by(LateCancellation.municipality_id))
    return [(row.municipality.code, row.notice_days, row.minutes, row.state.value) for row in rows]


def entries(world: World) -> list[tuple[str, str, Activity, int]]:
    world.session.rollback()
    rows = world.session.scalars(select(DayEntry).order_by(DayEntry.id))
    return [(row.municipality.code, row.consultant.name, row.activity, row.chargeable_minutes) for row in rows]


def decide(client: Client, event: Event, target: str, *, code: str = "K01", **values: str) -> Any:
    fields = {"municipality": code, "target": target, **values}
    return client.post(f"/sessions/{event.public_id}/late", data=fields, follow_redirects=True)


def test_case_03_cancelled_with_two_days_notice_by_the_municipality(world: World, browse: Any) -> None:
    contract = world.session.scalars(select(Contract).where(Contract.municipality_id == world.first.id)).one()
    make_entry(
        world.session, contract, world.anna, service_date=date(2026, 5, 19), minutes=240, package="AP4",
        activity=Activity.PREPARATION, mode=Mode.OFFICE,
    )  # fmt: skip
    event = planned(world, people=(world.anna,))
    consultant, lead = browse(world.anna), browse(world.lead)
    cancel(consultant, event)
    assert late(world) == [("K01", 2, 240, "proposed")]
    world.session.refresh(event)
    assert (event.state, event.called_off_by, event.notice_on) == (
        EventState.CANCELLED, Initiator.MUNICIPALITY, date(2026, 5, 20),
    )  # fmt: skip
    page = consultant.get(f"/sessions/{event.public_id}").text
    assert "Die Absage kam 2 Werktage vorher. Nach dem Vertrag können dafür 0,5 Tage gebucht werden." in page.replace(
        "\n", " "
    )
    assert "Darüber entscheidet die Programmleitung." in page
    assert "Tage buchen" not in page
    assert event.public_id in lead.get("/calendar?view=open").text

    assert "Die Entscheidung ist festgehalten." in decide(lead, event, "booked").text
    assert "Darüber ist schon entschieden: gebucht." in decide(lead, event, "booked").text
    assert entries(world) == [
        ("K01", "Anna Albers", Activity.PREPARATION, 240),
        ("K01", "Anna Albers", Activity.LATE_CANCELLATION, 240),
    ]
    entry = world.session.scalars(select(DayEntry).order_by(DayEntry.id.desc())).first()
    assert entry is not None
    assert (entry.service_date, entry.work_package_id) == (FRIDAY.date(), world.packages["K01"].id)
    assert world.session.scalar(select(func.count()).select_from(EventParticipants)) == 0
    assert world.session.scalar(select(func.count(Event.id)).where(Event.state == EventState.HELD)) == 0
    assert event.public_id not in lead.get("/calendar?view=open").text
    assert "kurzfristige Absage" in browse(world.coordinator).get(f"/sessions/{event.public_id}").text


def test_case_03_for_each_consultant_half_of_what_was_planned(world: World, browse: Any) -> None:
    event = planned(world, people=(world.anna, world.ben))
    cancel(browse(world.anna), event)
    assert late(world) == [("K01", 2, 480, "proposed")]
    decide(browse(world.lead), event, "booked")
    assert entries(world) == [
        ("K01", "Anna Albers", Activity.LATE_CANCELLATION, 240),
        ("K01", "Ben Brandt", Activity.LATE_CANCELLATION, 240),
    ]
    assert world.session.scalar(select(func.count()).select_from(EventBooking)) == 2


def test_case_03_the_lead_may_waive_it_with_a_reason(world: World, browse: Any) -> None:
    event = planned(world, people=(world.anna,))
    cancel(browse(world.anna), event)
    lead = browse(world.lead)
    assert "Bitte geben Sie an, warum die Tage erlassen werden." in decide(lead, event, "waived").text
    assert late(world) == [("K01", 2, 240, "proposed")]
    decide(lead, event, "waived", reason="Hochwasser in der Altstadt")
    assert late(world) == [("K01", 2, 240, "waived")]
    assert entries(world) == []
    assert "Hochwasser in der Altstadt" in browse(world.anna).get(f"/sessions/{event.public_id}").text
    assert "Hochwasser" not in browse(world.coordinator).get(f"/sessions/{event.public_id}").text
    record = world.session.scalars(select(AuditRecord).where(AuditRecord.action == "session.late_cancellation")).one()
    assert (record.actor_id, record.municipality_id) == (world.lead.id, world.first.id)
    assert record.after == {"state": "waived", "minutes": 240, "notice_days": 2, "reason_length": 26}


@pytest.mark.parametrize(
    ("by", "notice_on", "proposed"),
    [
        ("municipality", "20.05.2026", True),
        ("municipality", "19.05.2026", False),
        ("carrier", "20.05.2026", False),
        ("nobody", "20.05.2026", False),
    ],
)
def test_case_03_only_what_the_municipality_calls_off_late(
    world: World, browse: Any, by: str, notice_on: str, proposed: bool
) -> None:
    event = planned(world, people=(world.anna,))
    cancel(browse(world.anna), event, by=by, notice_on=notice_on)
    assert bool(late(world)) is proposed
    world.session.refresh(event)
    assert event.called_off_by == by


def test_case_03_notice_is_counted_by_the_municipalitys_own_calendar(world: World, browse: Any) -> None:
    """Friday, called off on Tuesday: three working days, were Thursday not a holiday of this municipality alone."""
    assert world.first.identity is not None
    world.first.identity.local_holidays = "21.05. Brückenfest"
    event = planned(world, people=(world.anna,))
    cancel(browse(world.anna), event, notice_on="19.05.2026")
    assert late(world) == [("K01", 2, 240, "proposed")]


def test_case_03_each_municipality_of_a_joint_session_by_its_own_contract(world: World, browse: Any) -> None:
    rules = {world.first.id: (3, 50), world.second.id: (2, 50), world.secret.id: (10, 80)}
    for contract in world.session.scalars(select(Contract)):
        days, percent = rules[contract.municipality_id]
        contract.terms[0].late_cancellation_working_days = days
        contract.terms[0].late_cancellation_percent = percent
    event = planned(world, world.first, world.second, world.secret, people=(world.anna, world.lead))
    cancel(browse(world.lead), event)
    # 960 minutes in equal parts of 320; K02 asks for two days only, which there were
    assert late(world) == [("K01", 2, 160, "proposed"), ("K07", 2, 256, "proposed")]
    lead = browse(world.lead)
    decide(lead, event, "booked", code="K07")
    decide(lead, event, "waived", code="K01", reason="Ersatztermin")
    assert late(world) == [("K01", 2, 160, "waived"), ("K07", 2, 256, "booked")]
    assert [(code, minutes) for code, _, _, minutes in entries(world)] == [("K07", 128), ("K07", 128)]
    assert world.session.scalars(select(DayEntry.note)).all() == ["", ""]


@pytest.mark.parametrize("who", ["anna", "coordinator", "ben"])
def test_only_the_lead_decides(world: World, browse: Any, who: str) -> None:
    event = planned(world, people=(world.anna,))
    cancel(browse(world.anna), event)
    assert decide(browse(getattr(world, who)), event, "booked").status_code == 404
    assert late(world) == [("K01", 2, 240, "proposed")]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"by": ""}, "Bitte wählen Sie, wer absagt."),
        ({"notice_on": "21.05.2026"}, "Dieses Datum liegt in der Zukunft."),
        ({"notice_on": "gestern"}, "zum Beispiel 22.11.2026"),
        ({"notice_on": ""}, "Bitte geben Sie an, wann abgesagt wurde."),
    ],
)
def test_what_is_wrong_is_said(world: World, browse: Any, values: dict[str, str], said: str) -> None:
    event = planned(world, people=(world.anna,))
    client = browse(world.anna)
    path = f"/sessions/{event.public_id}/cancel"
    typed = {"version": "1", "by": "municipality", "reason": "illness", "notice_on": "20.05.2026", **values}
    answer = client.post(path, data=typed)
    assert answer.status_code == 422
    assert said in answer.text
    assert late(world) == []


def test_case_03_the_feed_keeps_it_as_cancelled(app: Flask, world: World, browse: Any) -> None:
    from komma_tracker.access.tokens import token_hash
    from komma_tracker.feeds.models import FeedAddress

    token = "a-token-for-tests-of-thirty-two-letters"
    world.session.add(
        FeedAddress(
            token_sha256=token_hash(token), name="Termine", owner_id=world.coordinator.id,
            audience=Audience.MUNICIPALITY, municipality_id=world.first.id, created_at=world.lead.created_at,
        )
    )  # fmt: skip
    event = planned(world, people=(world.anna,))
    feed = f"/feeds/{token}/termine.ics"
    before = app.test_client().get(feed).text
    cancel(browse(world.anna), event)
    after = app.test_client().get(feed).text
    assert "STATUS:CONFIRMED" in before
    assert "STATUS:CANCELLED" in after
    uids = [re.findall(r"UID:(\S+)", text) for text in (before, after)]
    assert uids[0] == uids[1] != []
    first, second = (int(re.findall(r"SEQUENCE:(\d+)", text)[0]) for text in (before, after))
    assert second == first + 1
    decide(browse(world.lead), event, "booked")
    assert re.findall(r"SEQUENCE:(\d+)", app.test_client().get(feed).text) == [str(second)]
