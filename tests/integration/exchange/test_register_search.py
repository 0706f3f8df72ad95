"""A search in the official register finds what people mean, however they spell it."""

from __future__ import annotations

from datetime import datetime
from time import perf_counter

import pytest
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Forbidden, System
from komma_tracker.municipalities.queries import search_register
from komma_tracker.municipalities.register import Unit, read_register
from komma_tracker.municipalities.register_service import replace_register
from komma_tracker.municipalities.rules import Kind, Land
from tests.integration.exchange.conftest import Programme
from tests.support.application import SessionFor
from tests.support.shared import shared_file

SYSTEM = System("test")
TOWN, VILLAGE, DISTRICT = Kind.KREISANGEHOERIGE_STADT, Kind.KREISANGEHOERIGE_GEMEINDE, Kind.LANDKREIS
UNITS = (
    Unit("01001", "Mühlau", "Mühlau", DISTRICT, Land.SH, None, 90_000),
    Unit("01001001", "Mühlau, Stadt", "Mühlau", TOWN, Land.SH, "Mühlau", 20_000),
    Unit("01001002", "Altmühlau", "Altmühlau", VILLAGE, Land.SH, "Mühlau", 25_000),
    Unit("09001001", "Mühlau", "Mühlau", VILLAGE, Land.BY, "Inntal", 4_000),
    Unit("09001002", "Bad Mühlau, M", "Bad Mühlau", VILLAGE, Land.BY, "Inntal", 30_000),
    Unit("09001003", "Mühlauer Höhe", "Mühlauer Höhe", VILLAGE, Land.BY, "Inntal", 500),
    Unit("09001004", "Straß am Weiher", "Straß am Weiher", VILLAGE, Land.BY, "Inntal", 800),
)


@pytest.fixture
def register(session: Session, now: datetime) -> Session:
    replace_register(session, SYSTEM, units=UNITS, now=now)
    return session


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("Mühlau", ["01001", "01001001", "09001001", "09001003", "09001002", "01001002"]),
        ("MUEHLAU inntal", ["09001001", "09001003", "09001002"]),
        ("muhlau bayern", ["09001001", "09001003", "09001002"]),
        ("Landkreis Mühlau", ["01001"]),
        ("Stadt Mühlau", ["01001001"]),
        ("altm", ["01001002"]),
        ("strass weiher", ["09001004"]),
        ("Straß-am-Weiher", ["09001004"]),
        ("Strass am Weier", ["09001004"]),
        ("Ztraß am Weiher", ["09001004"]),
        ("Altenmühlau", ["01001002"]),
        ("Nirgendwo", []),
        ("xyz", []),
        ("%", []),
        ("_", []),
        ("", []),
    ],
)
def test_names_are_found_as_people_spell(register: Session, text: str, keys: list[str]) -> None:
    assert [entry.key for entry in search_register(register, SYSTEM, text)] == keys


def test_no_more_are_found_than_asked_for(register: Session) -> None:
    assert [entry.key for entry in search_register(register, SYSTEM, "mühlau", limit=2)] == ["01001", "01001001"]


def test_only_the_lead_replaces_the_register(session_for: SessionFor, programme: Programme, now: datetime) -> None:
    viewer = programme.viewer(programme.anna)
    with pytest.raises(Forbidden):
        replace_register(session_for(viewer), viewer, units=UNITS, now=now)


def test_the_whole_register_answers_at_once(session: Session, now: datetime) -> None:
    with shared_file("data/official/GV100AD_301123.txt").open("rb") as file:
        replace_register(session, SYSTEM, units=read_register(file), now=now)
    for text, name in (("Mueller", "Müllheim im Markgräflerland"), ("neustadt sachsen", "Neustadt in Sachsen")):
        spans: list[float] = []
        for _ in range(5):
            begin = perf_counter()
            found = search_register(session, SYSTEM, text)
            spans.append(perf_counter() - begin)
            assert found[0].name == name
        assert min(spans) < 0.1  # 5 ms on an idle machine
