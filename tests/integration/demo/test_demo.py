"""The demo: the same each time, true to its own rules, and everything in it that a page can show."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Role, System
from komma_tracker.access.scope import system_session
from komma_tracker.accounts import passwords
from komma_tracker.accounts.models import User
from komma_tracker.budget import ledger, totals
from komma_tracker.budget.models import BudgetTotal, DayEntry
from komma_tracker.budget.queries import postings
from komma_tracker.budget.rules import Approval, Chargeable, Light, chargeable
from komma_tracker.contracts.models import Contract, WorkPackage
from komma_tracker.contracts.pool_queries import pool_moves
from komma_tracker.contracts.pooling import owed_by
from komma_tracker.contracts.queries import contract_of, package_plans, reallocations_of
from komma_tracker.contracts.rules import ContractState, amendment_state, pool_balance, reserved, rules_on
from komma_tracker.db import Base, db
from komma_tracker.demo import cast, plot, service
from komma_tracker.events.models import Event, EventBooking, EventMunicipality, EventParticipants
from komma_tracker.events.queries import sessions_to_confirm
from komma_tracker.events.rules import TOOK_PLACE, FunctionGroup
from komma_tracker.municipalities.models import Municipality, MunicipalityIdentity
from komma_tracker.overview.rules import Phase
from komma_tracker.overview.standing import Standing, standing_of
from tests.factories.people import make_user
from tests.support.application import Empty, application
from tests.support.clock import Clock
from tests.support.shared import shared_file

World = dict[str, list[tuple[Any, ...]]]
"""Every row of every table."""
TODAY = date(2026, 11, 18)
DAYS = [TODAY, date(2024, 2, 29)]


def load(session: Session, *, municipalities: int = 10, today: date = TODAY, **values: Any) -> service.Loaded:
    return service.load(session, municipalities=municipalities, seed=values.pop("seed", 1), today=today, **values)


def rows_of(session: Session) -> World:
    tables = Base.metadata.sorted_tables
    return {table.name: sorted(map(tuple, session.execute(select(table))), key=repr) for table in tables}


@pytest.fixture
def worlds(tmp_path: Path, sqlite: Empty) -> Callable[..., World]:
    """Loads a demo into a database of its own, and returns all its rows."""

    def world(name: str, **values: Any) -> World:
        folder = tmp_path / name
        folder.mkdir()
        with (
            application(folder, sqlite(folder), Clock()) as app,
            app.app_context(),
            system_session(db.engine, "test") as session,
        ):
            load(session, **values)
            return rows_of(session)

    return world


# The same each time


def test_the_same_seed_and_day_give_the_same_rows(worlds: Callable[..., World]) -> None:
    assert worlds("one") == worlds("two")


def test_another_seed_gives_other_rows(worlds: Callable[..., World]) -> None:
    one, two = worlds("one", municipalities=2), worlds("two", municipalities=2, seed=2)

    assert one["day_entry"] != two["day_entry"]


def test_two_worlds_differ_in_nothing_but_the_anonymous_name(worlds: Callable[..., World]) -> None:
    one, two = (
        worlds("one", anonymous_name="Gemeinde Aal"),
        worlds("two", anonymous_name="Stadt Zypresse an der Unstrut"),
    )

    differing = {name for name in one if one[name] != two[name]}
    assert differing == {"municipality_identity", "event"}
    assert _without_name(one) == _without_name(two)


def _without_name(world: World) -> World:
    """The rows, with the anonymous name and all that is made of it taken out."""
    identity = Base.metadata.tables["municipality_identity"].columns.keys()
    name, key = identity.index("name"), identity.index("sort_key")
    secret = next(row for row in world["municipality_identity"] if row[0] == cast.ANONYMOUS_NUMBER)
    return {
        table: [
            tuple(
                value.replace(secret[name], "…").replace(secret[key], "…") if isinstance(value, str) else value
                for value in row
            )
            for row in rows
        ]
        for table, rows in world.items()
    }


def test_a_larger_demo_begins_with_the_same_stories(worlds: Callable[..., World]) -> None:
    few, many = worlds("few", municipalities=3), worlds("many", municipalities=5)

    for table in ("municipality", "municipality_identity", "contract_terms", "work_package", "budget_total"):
        assert set(few[table]) < set(many[table])


# True to its own rules, on both databases


@pytest.mark.parametrize("today", DAYS)
def test_every_total_is_its_ledger_and_every_entry_counts_as_its_contract_says(session: Session, today: date) -> None:
    loaded = load(session, today=today)

    assert totals.wrong(session) == {}
    assert loaded.entries == session.scalar(select(func.count(DayEntry.id)))
    assert loaded.sessions == session.scalar(select(func.count(Event.id)))
    assert totals.misfiled(session) == {}
    days = Counter[tuple[int, int, date]]()
    for entry in session.scalars(select(DayEntry)):
        terms, sign = entry.contract.all_terms(), -1 if entry.reverses_id else 1
        counted = chargeable(sign * entry.minutes, entry.activity, entry.mode, rules_on(terms, entry.service_date))
        before = entry.service_date < terms[0].starts_on
        assert entry.approval is (Approval.BEFORE_TERM if before else Approval.NOT_NEEDED)
        expected = Chargeable(0) if before else counted
        assert (sign * entry.chargeable_minutes, entry.counted_as) == (expected.minutes, expected.counted_as)
        assert entry.service_date <= today
        days[entry.contract_id, entry.consultant_id, entry.service_date] += entry.chargeable_minutes
        assert entry.work_package_id in {package.id for package in entry.contract.work_packages}
    assert max(days.values()) <= 480


@pytest.mark.parametrize("today", DAYS)
def test_what_was_held_is_booked_and_nothing_else(session: Session, today: date) -> None:
    load(session, today=today)
    held = set(session.scalars(select(Event.id).where(Event.state.in_(TOOK_PLACE))))
    booked = set(session.scalars(select(EventBooking.event_id)))

    assert booked <= held
    assert not session.scalars(
        select(Event).where(Event.state.in_(TOOK_PLACE), Event.ends_local >= midnight(today))
    ).all()


def midnight(day: date) -> Any:

    return datetime.combine(day, time())


def test_what_comes_next_gets_ids_of_its_own(session: Session, app: Flask) -> None:
    """On PostgreSQL the counters of ids have to be moved past what was written."""
    load(session, municipalities=2)
    most = session.scalar(select(func.max(User.id))) or 0

    assert make_user(session).id == most + 1


def test_it_goes_into_an_empty_database_only(session: Session) -> None:
    load(session, municipalities=1)

    with pytest.raises(service.NotEmpty):
        load(session, municipalities=1)


# K01 is told


def _told(session: Session, today: date) -> list[tuple[date, str, int]]:
    """K01's ledger as told: the date moved back, package, minutes."""
    rows = session.execute(
        select(DayEntry.service_date, WorkPackage.code, DayEntry.chargeable_minutes)
        .join(DayEntry.work_package)
        .where(DayEntry.municipality_id == 1)
    )
    return [(on - plot.shift(today), code, minutes) for on, code, minutes in rows]


@pytest.mark.parametrize("today", DAYS)
def test_months_of_k01_are_those_of_the_matrix(session: Session, today: date) -> None:
    load(session, municipalities=1, today=today)
    sums: Counter[tuple[str, str]] = Counter()
    for on, code, minutes in _told(session, today):
        sums[f"{on:%Y-%m}", code] += minutes
    matrix = _matrix()
    whole = [month for month in matrix if month < "2025-02"]

    assert len(whole) == 17
    for month in whole:
        assert {code: sums[month, code] for code in matrix[month]} == matrix[month]
    assert sum(sums[month, code] for month in whole for code in matrix[month]) == 62 * 480


def _matrix() -> dict[str, dict[str, int]]:
    """Days by month and package, as minutes."""
    lines = shared_file("demo/month_matrix.md").read_text(encoding="utf-8").splitlines()
    head, _, *rows = [[cell.strip() for cell in line.strip("| ").split("|")] for line in lines if "|" in line]
    packages = [name for name in head if name.startswith("AP")]
    return {
        row[0]: {
            code: round(float(cell) * 480) if cell != "–" else 0 for code, cell in zip(packages, row[1:], strict=False)
        }
        for row in rows
        if row[0][:2] == "20"
    }


def test_the_told_days_are_eighty_in_all() -> None:
    with (plot.FOLDER / "k01_entries.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    assert sum(int(row["minutes"]) for row in rows) == 80 * 480
    assert shared_file("demo/day_entries.csv").read_bytes() == (plot.FOLDER / "k01_entries.csv").read_bytes()


def test_the_story_is_moved_by_whole_weeks() -> None:
    for offset in range(400):
        today = TODAY + timedelta(days=offset)
        moved = plot.shift(today)
        assert moved.days % 7 == 0
        assert abs((plot.TOLD_TODAY + moved - today).days) <= 3


# Every page shows something


@pytest.fixture
def standings(session: Session) -> dict[str, Standing]:
    load(session)
    found: dict[str, Standing] = {}
    for place in session.scalars(select(Municipality).order_by(Municipality.id)):
        contract = contract_of(session, System("test"), place.id)
        assert contract is not None
        standing = standing_of(
            contract.all_terms(), postings(session, System("test"), contract_id=contract.id), 0, TODAY
        )
        assert standing is not None
        found[place.code] = standing
    return found


def test_each_municipality_has_a_story_of_its_own(standings: dict[str, Standing], session: Session) -> None:
    lights = {code: each.signal.light if each.signal else None for code, each in standings.items()}
    phases = {code: each.phase for code, each in standings.items()}

    assert len(standings) == 10
    assert (phases["K03"], phases["K10"]) == (Phase.OVER, Phase.UNSIGNED)
    assert lights["K04"] is Light.BLUE
    assert lights["K05"] is Light.RED
    assert standings["K05"].balance.remaining < 0
    assert standings["K08"].thresholds == (80,)
    assert {Light.GREEN, Light.YELLOW, Light.RED, Light.BLUE} <= set(lights.values())
    ended = session.scalars(select(Contract).where(Contract.state == ContractState.TERMINATED)).one()
    assert (ended.municipality.code, ended.ended_on) == ("K03", TODAY - timedelta(days=75))
    assert standings["K03"].balance.used == 41 * 480


def test_one_is_anonymous_and_one_lacks_a_security_partner(session: Session) -> None:
    load(session)
    anonymous = [place.code for place in session.scalars(select(Municipality)) if place.is_anonymous]
    came = session.execute(
        select(EventMunicipality.municipality_id, EventParticipants.function_group)
        .join(EventParticipants, EventParticipants.event_id == EventMunicipality.event_id)
        .distinct()
    )
    sides: dict[int, set[FunctionGroup]] = {}
    for place, group in came:
        sides.setdefault(place, set()).add(group)
    with_alliance = {place for place, groups in sides.items() if FunctionGroup.COUNSELLING_SERVICE in groups}
    without_security = {place for place in with_alliance if FunctionGroup.SECURITY_AUTHORITY not in sides[place]}

    assert anonymous == ["K07"]
    assert session.get_one(MunicipalityIdentity, 7).name == "Gemeinde Falkenhude"
    assert without_security == {6}


def test_the_fixed_sign_ins_are_there(session: Session) -> None:
    load(session)
    people = {user.email: user for user in session.scalars(select(User))}

    assert {
        "lead@example.org",
        "beratung-a@example.org",
        "koordination-k01@example.org",
        "koordination-k10@example.org",
    } <= people.keys()
    assert Counter(user.role for user in people.values()) == {
        Role.LEAD: 1,
        Role.CONSULTANT: 4,
        Role.COORDINATOR: 10,
        Role.HEAD: 1,
        Role.READER: 1,
    }
    assert all(user.is_demo for user in people.values())
    assert passwords.fits(cast.PASSWORD, people["lead@example.org"].password_hash)


@pytest.mark.parametrize("today", DAYS)
def test_somebody_has_something_to_confirm(session: Session, today: date) -> None:
    load(session, today=today)
    waiting = sessions_to_confirm(session, System("test"), consultant_id=None, local_now=midnight(today))

    assert waiting
    assert all(today - timedelta(days=14) < shown.starts_local.date() < today for shown in waiting)


def test_a_thousand_municipalities_have_a_team_that_could_serve_them() -> None:
    assert cast.consultants(10) == ["a", "b", "c", "d"]
    assert len(cast.consultants(1000)) == 4 + 198
    served = Counter(cast.part(number).consultants for number in range(11, 1001))
    assert set(served.values()) == {5}
    assert {letter for letters in served for letter in letters} == set(cast.consultants(1000)[4:])


def test_no_kept_total_is_left_out(session: Session) -> None:
    load(session, municipalities=3)

    assert session.scalar(select(func.count()).select_from(BudgetTotal)) == 3


def test_what_was_agreed_later_shows_every_state(session: Session) -> None:
    load(session)
    viewer = System("test")
    places = session.execute(select(Municipality.code, Municipality.id)).all()
    contracts = {code: contract_of(session, viewer, number) for code, number in places}
    states = {
        code: [amendment_state(terms.as_rules(), TODAY).value for terms in contract.terms[1:]]
        for code, contract in contracts.items()
        if contract and len(contract.terms) > 1
    }
    assert states == {"K05": ["signed_by_one"], "K06": ["effective"], "K08": ["signed"]}
    ended = contracts["K03"]
    assert ended
    assert owed_by(session, viewer, ended, ledger) == 0
    moves = pool_moves(session, viewer)
    assert (pool_balance(moves) > 0, reserved(moves)) == (True, 3 * 480)
    told = contracts["K01"]
    assert told
    moved = reallocations_of(session, viewer, contract_id=told.id)
    assert [row.state.value for row in moved] == ["refused", "waiting", "applied"]
    plans = package_plans(session, viewer, contract_id=told.id)
    planned = {plan.code for plan in plans if sum(plan.years.values()) == plan.planned_minutes}
    assert planned == {"AP0", "AP2", "AP3", "AP4"}
