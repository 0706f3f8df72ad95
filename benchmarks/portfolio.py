"""A page of the portfolio out of few and out of very many municipalities: `python -m benchmarks.portfolio 50 11000`.

Each has a contract of two years and twenty entries; the page shows fifty of them.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy.orm import Session

from benchmarks.world import TODAY, client_of, counted_statements, median_ms
from config import load_settings
from komma_tracker.access.rules import Role
from komma_tracker.access.scope import system_session
from komma_tracker.accounts.models import User
from komma_tracker.app import create_app
from komma_tracker.budget.models import BudgetTotal, DayEntry
from komma_tracker.budget.rules import Activity, Mode
from komma_tracker.contracts.models import Contract, ContractTerms
from komma_tracker.contracts.rules import ContractState
from komma_tracker.db import db, unit_of_work
from komma_tracker.municipalities.models import Municipality, MunicipalityIdentity
from komma_tracker.municipalities.rules import Kind, Land, Visibility, alias, code

DAY, ENTRIES, AT_ONCE = 480, 20, 500
STARTS = TODAY.date() - timedelta(days=365)


def fill(session: Session, municipalities: int) -> None:
    """So many municipalities under contract, in portions that fit into memory."""
    lead = User(email="lead@example.org", name="Leitung", role=Role.LEAD, created_at=TODAY)
    with unit_of_work(session):
        session.add(lead)
    for first in range(1, municipalities + 1, AT_ONCE):
        with unit_of_work(session):
            for number in range(first, min(first + AT_ONCE, municipalities + 1)):
                _contract(session, number, lead.id)
        session.expunge_all()


def _contract(session: Session, number: int, person: int) -> None:
    place = Municipality(
        code=code(number),
        alias=alias(number),
        visibility=Visibility.NETWORK,
        label_changed_at=TODAY,
        created_at=TODAY,
        identity=MunicipalityIdentity(
            name=f"Stadt {number}", sort_key=f"stadt {number:05}", kind=Kind.OTHER, land=Land.HE
        ),
    )
    session.add(place)
    session.flush()
    contract = Contract(municipality_id=place.id, state=ContractState.IN_FORCE, created_at=TODAY)
    contract.terms = [
        ContractTerms(
            number=0,
            starts_on=STARTS,
            ends_on=STARTS + timedelta(days=730),
            effective_from=STARTS,
            agreed_minutes=80 * DAY,
            signed_by_municipality_on=STARTS,
            signed_by_carrier_on=STARTS,
        )
    ]
    session.add(contract)
    session.flush()
    dates = [STARTS + timedelta(days=number % 17 + 17 * each) for each in range(ENTRIES)]
    session.add_all(_entry(contract, person, on) for on in dates)
    session.add(
        BudgetTotal(
            contract_id=contract.id,
            municipality_id=place.id,
            used_minutes=ENTRIES * DAY,
            entry_count=ENTRIES,
            last_service_date=dates[-1],
        )
    )


def _entry(contract: Contract, person: int, on: date) -> DayEntry:
    return DayEntry(
        contract_id=contract.id,
        municipality_id=contract.municipality_id,
        consultant_id=person,
        service_date=on,
        minutes=DAY,
        chargeable_minutes=DAY,
        activity=Activity.WORKSHOP,
        mode=Mode.ON_SITE,
        created_at=TODAY,
        created_by_id=person,
        updated_at=TODAY,
    )


@contextmanager
def filled_app(municipalities: int) -> Iterator[Flask]:
    """An application with these data, in a folder that goes afterwards."""
    with tempfile.TemporaryDirectory(prefix="komma-bench-") as folder:
        app = create_app(load_settings({"KOMMA_DATA_DIR": folder}), clock=lambda: TODAY)
        with app.app_context():
            upgrade()
            with system_session(db.engine, "benchmark") as session:
                fill(session, municipalities)
        yield app
        with app.app_context():
            db.engine.dispose()


def main(sizes: list[int]) -> None:
    """Print a line a size, and how many times the first the others take."""
    first = 0.0
    for size in sizes:
        with filled_app(size) as app:
            client = client_of(app, "lead@example.org")
            with counted_statements(app) as statements:
                response = client.get("/portfolio")
            assert response.status_code == 200, response.status
            milliseconds = median_ms(lambda client=client: client.get("/portfolio"))
        first = first or milliseconds
        print(f"{size:6d} municipalities: {milliseconds:6.1f} ms, {len(statements)} q, {milliseconds / first:4.2f} x")


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [50, 11000])
