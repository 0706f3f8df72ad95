"""Case 8: a municipality withdraws: its contract ends, and what was planned with it for later is called off."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any, cast

import pytest
from flask import Flask
from sqlalchemy import select

from komma_tracker.audit.models import AuditRecord
from komma_tracker.budget.models import BudgetTotal, DayEntry
from komma_tracker.contracts.models import Contract
from komma_tracker.contracts.rules import ContractState
from komma_tracker.events.models import Event, LateCancellation
from komma_tracker.events.rules import EventState, Initiator
from komma_tracker.events.shares import SplitKey
from tests.factories.entries import make_entry
from tests.factories.events import make_event
from tests.integration.events.conftest import World
from tests.support.application import Login
from tests.support.client import Client

PAGE = "/municipalities/K01/contract/withdraw"
ENDED = "18.05.2026"
WHY = {"target": "terminated", "ended_on": ENDED, "ended_by": "municipality", "end_reason": "staffing"}


@pytest.fixture
def browse(app: Flask, login: Login) -> Any:
    """A browser of its own for a person."""
    return lambda user: login(cast("Client", app.test_client()), user)


@pytest.fixture
def planned(world: World) -> dict[str, Event]:
    """What is planned around the last day, with K01 alone and with others."""

    def add(name: str, day: date, *places: str, **values: Any) -> Event:
        return make_event(
            world.session, municipalities=[getattr(world, place) for place in places], consultants=[world.anna],
            starts_local=datetime(day.year, day.month, day.day, 9), title=name, **values,
        )  # fmt: skip

    events = {
        "on the last day": add("on the last day", date(2026, 5, 18), "first"),
        "the day after": add("the day after", date(2026, 5, 19), "first"),
        "later": add("later", date(2026, 9, 1), "first", state=EventState.TENTATIVE),
        "held": add("held", date(2026, 5, 19), "first", state=EventState.HELD),
        "joint": add("joint", date(2026, 6, 1), "first", "second", "secret"),
        "hosted": add("hosted", date(2026, 6, 2), "first", "second", "secret", split_key=SplitKey.HOST),
        "of others": add("of others", date(2026, 6, 3), "second"),
    }
    events["hosted"].municipalities[0].hosts = True
    contract = world.session.scalars(select(Contract).where(Contract.municipality_id == world.first.id)).one()
    make_entry(world.session, contract, world.anna, service_date=date(2026, 5, 18), minutes=480)
    world.session.commit()
    return events


def states(world: World, planned: dict[str, Event]) -> dict[str, tuple[str, list[str]]]:
    world.session.expire_all()
    return {
        name: (event.state.value, [part.municipality.code for part in event.municipalities])
        for name, event in planned.items()
    }


def withdraw(client: Client, **values: str) -> Any:
    version = re.search(r'name="version"[^>]*value="(\d+)"', client.get(PAGE).text)
    assert version
    return client.post(PAGE, data={"version": version[1], "request_key": "withdraw-this-one-now", **WHY, **values})


def test_case_08_municipality_withdraws(world: World, browse: Any, planned: dict[str, Event]) -> None:
    lead = browse(world.lead)
    assert PAGE in lead.get("/municipalities/K01/contract").text
    answer = withdraw(lead)
    assert (answer.status_code, answer.location) == (302, "/municipalities/K01/contract")
    assert states(world, planned) == {
        "on the last day": ("confirmed", ["K01"]),
        "the day after": ("cancelled", ["K01"]),
        "later": ("cancelled", ["K01"]),
        "held": ("held", ["K01"]),
        "joint": ("confirmed", ["K02", "K07"]),
        "hosted": ("confirmed", ["K02", "K07"]),
        "of others": ("confirmed", ["K02"]),
    }
    contract = world.session.scalars(select(Contract).where(Contract.municipality_id == world.first.id)).one()
    assert (contract.state, contract.ended_on) == (ContractState.TERMINATED, date(2026, 5, 18))
    later, joint, hosted = planned["later"], planned["joint"], planned["hosted"]
    assert (later.called_off_by, later.version) == (Initiator.MUNICIPALITY, 2)
    assert (joint.municipality_count, joint.split_key, hosted.split_key) == (2, SplitKey.EQUAL, SplitKey.EQUAL)
    assert world.session.scalars(select(LateCancellation)).all() == []
    assert world.session.scalars(select(DayEntry.chargeable_minutes)).all() == [480]
    assert world.session.scalars(select(BudgetTotal.used_minutes)).all() == [480]
    records = world.session.scalars(select(AuditRecord.action).order_by(AuditRecord.id)).all()
    assert [action for action in records if action.startswith(("contract", "session.c", "session.l"))] == [
        "contract.move", "session.cancel", "session.cancel", "session.leave", "session.leave",
    ]  # fmt: skip


def test_the_page_says_before_what_it_calls_off(world: World, browse: Any, planned: dict[str, Event]) -> None:
    page = browse(world.lead).get(PAGE).text
    for name, event in planned.items():
        assert (event.public_id in page) is (name in {"later", "joint", "hosted"}), name


def test_the_same_form_twice_does_it_once(world: World, browse: Any, planned: dict[str, Event]) -> None:
    lead = browse(world.lead)
    assert [withdraw(lead).status_code for _ in range(2)] == [302, 302]
    world.session.expire_all()
    assert planned["joint"].municipality_count == 2


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"ended_on": "19.06.2026"}, "Dieses Datum liegt in der Zukunft."),
        ({"ended_by": ""}, "Bitte angeben, wer kündigt."),
        ({"target": "in_force"}, "Keine gültige Auswahl"),
        ({"ended_on": "31.02.2026"}, "zum Beispiel 22.11.2026"),
    ],
)
def test_both_or_neither(
    world: World, browse: Any, planned: dict[str, Event], values: dict[str, str], field: str
) -> None:
    before = states(world, planned)
    world.session.rollback()
    answer = withdraw(browse(world.lead), **values)
    assert answer.status_code == 422
    assert field in answer.text
    assert states(world, planned) == before


def test_an_old_page_ends_nothing(world: World, browse: Any, planned: dict[str, Event]) -> None:
    assert withdraw(browse(world.lead), version="99").status_code == 409
    assert states(world, planned)["later"] == ("tentative", ["K01"])


@pytest.mark.parametrize("who", ["anna", "coordinator", "head", "reader"])
def test_only_the_lead(world: World, browse: Any, who: str) -> None:
    client = browse(getattr(world, who))
    assert client.get(PAGE).status_code == client.post(PAGE, data=WHY).status_code == 404
