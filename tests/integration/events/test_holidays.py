"""Case 14: a holiday where the consultant works is a hint, one in the municipality a warning, by its own calendar."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, cast

import pytest
from flask import Flask

from komma_tracker.accounts.laender import Land
from komma_tracker.accounts.models import User
from komma_tracker.budget import service as ledger
from komma_tracker.budget.rules import Activity, HintCode, Mode
from komma_tracker.budget.service import Work
from komma_tracker.contracts.queries import contract_of
from komma_tracker.municipalities.models import Municipality
from tests.factories.events import make_event
from tests.integration.events.conftest import World
from tests.support.application import Login, SessionFor
from tests.support.client import Client


@pytest.fixture
def browse(app: Flask, login: Login) -> Any:
    return lambda user: login(cast("Client", app.test_client()), user)


def lies_in(municipality: Municipality, land: Land, **identity: Any) -> None:
    assert municipality.identity is not None
    municipality.identity.land = land
    for name, value in identity.items():
        setattr(municipality.identity, name, value)


def planned(world: World, day: date, *municipalities: Municipality, people: tuple[User, ...]) -> str:
    event = make_event(
        world.session, municipalities=municipalities, consultants=people,
        starts_local=datetime(day.year, day.month, day.day, 9),
    )  # fmt: skip
    world.session.commit()
    return f"/sessions/{event.public_id}"


def test_case_14_a_holiday_where_the_consultant_works(world: World, browse: Any) -> None:
    lies_in(world.first, Land.NI)
    world.anna.land = Land.NW
    page = browse(world.anna).get(planned(world, date(2024, 5, 30), world.first, people=(world.anna, world.ben))).text
    assert "Feiertag am Standort der Beratungsperson Anna Albers am 30.05.2024 (Fronleichnam)." in page
    assert "Ben Brandt am 30.05.2024" not in page
    assert "dort Feiertag" not in page


def test_case_14_the_day_after_it_is_none(world: World, browse: Any) -> None:
    lies_in(world.first, Land.NI)
    world.anna.land = Land.NW
    page = browse(world.anna).get(planned(world, date(2024, 5, 31), world.first, people=(world.anna,))).text
    assert "Feiertag" not in page


def test_case_14_augsburg_has_a_day_of_its_own(world: World, browse: Any) -> None:
    lies_in(world.first, Land.BY, augsburg_holiday=True)
    page = browse(world.anna).get(planned(world, date(2024, 8, 8), world.first, people=(world.anna,))).text
    assert "Stadt Neuenwerra: Am 08.08.2024 ist dort Feiertag (Augsburger Hohes Friedensfest)." in page


def test_case_14_a_joint_training_knows_the_calendars_of_all(world: World, browse: Any) -> None:
    lies_in(world.first, Land.SN)
    lies_in(world.second, Land.BY, augsburg_holiday=True)
    client = browse(world.anna)
    people = (world.anna,)
    november = client.get(planned(world, date(2024, 11, 20), world.first, world.second, people=people)).text
    august = client.get(planned(world, date(2024, 8, 8), world.first, world.second, people=people)).text
    assert "Stadt Neuenwerra: Am 20.11.2024 ist dort Feiertag (Buß- und Bettag)." in november
    assert "Stadt Wiesenfurt: Am 08.08.2024 ist dort Feiertag (Augsburger Hohes Friedensfest)." in august
    assert november.count("dort Feiertag") == august.count("dort Feiertag") == 1


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 6, 5), "Jubiläum"),
        (date(2027, 6, 5), None),
        (date(2026, 7, 2), "Brückenfest"),
        (date(2031, 7, 2), "Brückenfest"),
        (date(2026, 7, 3), None),
    ],
)
def test_case_14_the_local_list_counts_for_sessions_and_for_entries(
    world: World, browse: Any, session_for: SessionFor, day: date, name: str | None
) -> None:
    lies_in(world.first, Land.HE, local_holidays="02.07. Brückenfest\n05.06.2026 Jubiläum")
    page = browse(world.anna).get(planned(world, day, world.first, people=(world.anna,))).text
    assert ("dort Feiertag" in page) is (name is not None)
    assert name is None or f"({name})" in page

    viewer = world.viewer(world.anna)
    session = session_for(viewer)
    contract = contract_of(session, viewer, world.first.id)
    assert contract is not None
    outlook = ledger.outlook(
        session, viewer, contract=contract, consultant_id=world.anna.id, today=day,
        work=Work(service_date=day, minutes=240, activity=Activity.TRAINING, mode=Mode.ON_SITE),
    )  # fmt: skip
    holidays = [hint.params["holiday"] for hint in outlook.hints if hint.code is HintCode.PUBLIC_HOLIDAY]
    assert holidays == ([name] if name else [])


def test_who_may_not_know_who_it_is_does_not_learn_its_holidays(world: World, session_for: SessionFor) -> None:
    """Ben sees of the anonymous municipality no more than its alias: a local feast would tell which one it is."""
    lies_in(world.secret, Land.BY, local_holidays="20.05. Vogelsanger Kirmes", augsburg_holiday=True)
    world.session.commit()
    from komma_tracker.municipalities.holidays import holiday_of

    for user, seen in ((world.anna, "Vogelsanger Kirmes"), (world.ben, None)):
        viewer = world.viewer(user)
        municipality = session_for(viewer).get_one(Municipality, world.secret.id)
        assert holiday_of(municipality, date(2026, 5, 20)) == seen


def test_a_title_that_happens_to_be_a_word_of_the_program_stays_as_it_was_typed(world: World, browse: Any) -> None:
    event = make_event(world.session, municipalities=[world.first], consultants=[world.anna], title="Absage")
    world.session.commit()
    client = browse(world.anna)
    client.get("/account")
    world.anna.locale = "en"
    world.session.commit()
    for path in (f"/sessions/{event.public_id}", "/calendar?view=list&month=2026-06", "/calendar?month=2026-06"):
        assert "Absage" in client.get(path).text, path
