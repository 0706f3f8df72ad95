"""Which contracts a viewer reads, and where days can be logged."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Role, Viewer
from komma_tracker.contracts.queries import (
    contract_of,
    contracts_of,
    current_contracts,
    municipalities_for_logging,
)
from komma_tracker.contracts.rules import ContractState
from tests.factories.contracts import make_contract
from tests.factories.municipalities import make_municipality
from tests.support.application import SessionFor
from tests.support.neighbours import Neighbours


@pytest.fixture
def contracts(session: Session, neighbours: Neighbours) -> None:
    """A contract for each of the neighbours."""
    make_contract(session, neighbours.named)
    make_contract(session, neighbours.secret, state=ContractState.DRAFT)
    session.commit()


@pytest.mark.usefixtures("contracts")
@pytest.mark.parametrize(
    ("who", "readable", "loggable"),
    [
        ("lead", ["K01", "K02"], ["Gemeinde Finkenschlag", "Stadt Neuenwerra"]),
        ("anna", ["K01", "K02"], ["Gemeinde Finkenschlag", "Stadt Neuenwerra"]),
        ("ben", ["K01"], ["Stadt Neuenwerra"]),
        ("cleo", [], []),
        ("coordinator", ["K01"], []),
        ("head", ["K01"], []),
        ("secret_coordinator", ["K02"], []),
        ("reader", [], []),
    ],
)
def test_each_reads_the_contracts_of_their_own(
    session_for: SessionFor, neighbours: Neighbours, who: str, readable: list[str], loggable: list[str]
) -> None:
    viewer = neighbours.viewer(who)
    session = session_for(viewer)
    both = {"K01": neighbours.named.id, "K02": neighbours.secret.id}
    assert [each.municipality.code for each in current_contracts(session, viewer)] == readable
    assert sorted(contracts_of(session, viewer, both.values())) == [both[code] for code in readable]
    assert [code for code, number in both.items() if contract_of(session, viewer, number)] == readable
    assert [place.label for place in municipalities_for_logging(session, viewer)] == loggable


@pytest.mark.usefixtures("contracts")
def test_a_contract_comes_with_terms_and_packages(session_for: SessionFor, neighbours: Neighbours) -> None:
    viewer = neighbours.viewer("ben")
    contract = contract_of(session_for(viewer), viewer, neighbours.named.id)
    assert contract
    assert [terms.agreed_minutes for terms in contract.terms] == [80 * 480]
    assert [package.code for package in contract.work_packages] == ["AP0", "AP1", "AP4"]
    place = municipalities_for_logging(session_for(viewer), viewer)[0]
    assert (place.code, place.contract_id, place.minutes_per_day(date(2026, 5, 20))) == ("K01", contract.id, 480)
    assert [(package.code, package.title) for package in place.packages] == [
        ("AP0", "Steuerung"),
        ("AP1", "Bedarfsanalyse"),
        ("AP4", "Trainings und Coachings"),
    ]


def test_the_newest_contract_is_the_current_one(session: Session, neighbours: Neighbours) -> None:
    make_contract(session, neighbours.named, state=ContractState.DISSOLVED)
    newest = make_contract(session, neighbours.named, state=ContractState.DRAFT, minutes_per_day=468)
    session.commit()
    lead = neighbours.viewer("lead")
    current = contract_of(session, lead, neighbours.named.id)
    assert current
    assert current.id == newest.id
    assert [place.minutes_per_day(date(2026, 5, 20)) for place in municipalities_for_logging(session, lead)] == [468]


@pytest.mark.parametrize("count", [1, 30])
def test_what_can_be_logged_takes_two_statements(session_for: SessionFor, session: Session, count: int) -> None:
    for number in range(1, count + 1):
        make_contract(session, make_municipality(session, number=number))
    session.commit()
    lead = Viewer(1, Role.LEAD)
    reading = session_for(lead)
    seen: list[str] = []
    event.listen(reading.get_bind(), "before_cursor_execute", lambda *args: seen.append(args[2]))
    assert len(municipalities_for_logging(reading, lead)) == count
    assert len([statement for statement in seen if statement.startswith("SELECT")]) == 2
