"""Two municipalities with contracts, the second anonymous, and the people around them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Role, Viewer
from komma_tracker.accounts.models import User
from komma_tracker.budget.models import DayEntry
from komma_tracker.budget.rules import Activity, Mode
from komma_tracker.budget.service import Work
from komma_tracker.contracts.models import Contract
from komma_tracker.municipalities.models import Municipality
from komma_tracker.municipalities.rules import Visibility
from tests.factories.contracts import make_contract
from tests.factories.municipalities import make_municipality
from tests.factories.people import make_user

TODAY = date(2026, 5, 20)
SECRET_NAME = "Gemeinde Vogelsang"


@dataclass(frozen=True)
class Programme:
    """Anna works for K01 and for K07, whose name only its own people may know; Ben for K01 only, Cleo for none."""

    town: Municipality
    secret: Municipality
    contract: Contract
    secret_contract: Contract
    lead: User
    anna: User
    ben: User
    cleo: User
    coordinator: User
    head: User
    reader: User

    def viewer(self, user: User) -> Viewer:
        """The rights of this person."""
        return Viewer(user.id, user.role, frozenset(each.municipality_id for each in user.assignments))


@pytest.fixture
def programme(session: Session) -> Programme:
    town = make_municipality(session, number=1, name="Stadt Musterau")
    secret = make_municipality(session, number=7, name=SECRET_NAME, visibility=Visibility.ANONYMOUS)
    programme = Programme(
        town=town,
        secret=secret,
        contract=make_contract(session, town),
        secret_contract=make_contract(session, secret),
        lead=make_user(session, role=Role.LEAD, name="Lea Leitner"),
        anna=make_user(session, municipalities=(town, secret), name="Anna Albers"),
        ben=make_user(session, municipalities=(town,), name="Ben Brandt"),
        cleo=make_user(session, name="Cleo Conrad"),
        coordinator=make_user(session, role=Role.COORDINATOR, municipalities=(town,), name="Kira Koch"),
        head=make_user(session, role=Role.HEAD, municipalities=(town,), name="Hans Haupt"),
        reader=make_user(session, role=Role.READER, name="Rita Ring"),
    )
    session.commit()
    return programme


@pytest.fixture
def ledger(session: Session) -> Callable[[], list[DayEntry]]:
    """All entries there are, as they are now."""

    def read() -> list[DayEntry]:
        session.commit()
        session.expire_all()
        return list(session.scalars(select(DayEntry).order_by(DayEntry.id)))

    return read


def work(
    service_date: date = TODAY,
    minutes: int = 240,
    activity: Activity = Activity.WORKSHOP,
    mode: Mode = Mode.ON_SITE,
    work_package: str | None = None,
    note: str = "",
) -> Work:
    """Half a day's workshop today, unless it is something else."""
    return Work(
        service_date=service_date,
        minutes=minutes,
        activity=activity,
        mode=mode,
        work_package=work_package,
        note=note,
    )
