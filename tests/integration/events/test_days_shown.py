"""In what a session tells its work: in days as long as the contracts agreed for its date, or in hours."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any, cast

import pytest
from flask import Flask
from sqlalchemy import select

from komma_tracker.contracts.models import Contract
from komma_tracker.events.models import Event, EventBooking
from komma_tracker.events.rules import EventState
from komma_tracker.municipalities.models import Municipality
from tests.factories.contracts import make_amendment
from tests.factories.entries import make_entry
from tests.factories.events import make_event
from tests.integration.events.conftest import World
from tests.support.application import Login
from tests.support.client import Client

JUNE = date(2026, 6, 1)


@pytest.fixture
def browse(app: Flask, login: Login) -> Any:
    """A browser of its own for a person."""
    return lambda user: login(cast("Client", app.test_client()), user)


def contract_of(world: World, municipality: Municipality) -> Contract:
    return world.session.scalars(select(Contract).where(Contract.municipality_id == municipality.id)).one()


def shorten(world: World, *municipalities: Municipality) -> None:
    """From June on, a day has 7 hours and 48 minutes."""
    signed = {"signed_by_municipality_on": date(2026, 4, 20), "signed_by_carrier_on": date(2026, 4, 22)}
    for each in municipalities:
        make_amendment(
            world.session, contract_of(world, each), effective_from=JUNE, minutes_per_day=468, **signed
        )  # fmt: skip
    world.session.commit()


def planned(world: World, *municipalities: Municipality, month: int = 6) -> Event:
    event = make_event(
        world.session, municipalities=municipalities, consultants=[world.anna], planned_minutes=468,
        preparation_minutes=234, starts_local=datetime(2026, month, 10, 9),
    )  # fmt: skip
    world.session.commit()
    return event


def told(client: Client, event: Event) -> str:
    page = re.sub(r"<[^>]*>", " ", client.get(f"/sessions/{event.public_id}").text)
    return " ".join(page.split())


def test_planned_work_is_told_in_days_as_long_as_at_its_date(world: World, browse: Any) -> None:
    shorten(world, world.first, world.second)
    client = browse(world.anna)
    page = told(client, planned(world, world.first, world.second))
    assert "Vorbereitung je Person 0,5 Tage" in page
    assert re.search(r"Kommune Arbeitspaket Tage .*0,75 .*0,75 Summe 1,50", page)


def test_where_days_differ_it_is_told_in_hours(world: World, browse: Any) -> None:
    shorten(world, world.first)
    event = planned(world, world.first, world.second)
    page = told(browse(world.anna), event)
    assert "Vorbereitung je Person 3:54 Stunden" in page
    assert re.search(r"Kommune Arbeitspaket Stunden .*5:51 .*5:51 Summe 11:42", page)
    alone = told(browse(world.coordinator), event)
    assert re.search(r"Kommune Arbeitspaket Tage .*0,75", alone), "whoever sees one share sees its days"


def test_before_the_amendment_a_day_is_as_long_as_it_was(world: World, browse: Any) -> None:
    shorten(world, world.first)
    assert "Vorbereitung je Person 0,49 Tage" in told(browse(world.anna), planned(world, world.first, month=5))


def test_booked_days_are_each_as_long_as_their_contract_says(world: World, browse: Any) -> None:
    shorten(world, world.first)
    event = make_event(
        world.session, municipalities=[world.first, world.second], consultants=[world.anna], state=EventState.HELD,
        starts_local=datetime(2026, 6, 10, 9),
    )  # fmt: skip
    for place, minutes in ((world.first, 468), (world.second, 480)):
        entry = make_entry(
            world.session, contract_of(world, place), world.anna, service_date=date(2026, 6, 10), minutes=minutes
        )
        world.session.add(
            EventBooking(
                event_id=event.id, consultant_id=world.anna.id, municipality_id=place.id, activity=entry.activity,
                entry_id=entry.id,
            )
        )  # fmt: skip
    world.session.commit()
    assert re.findall(r"1,00", told(browse(world.lead), event)) == ["1,00", "1,00"]
