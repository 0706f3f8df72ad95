"""Sessions, contracts, statements and strategy papers as files: what their pages show, and no more."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from komma_tracker.accounts.models import User
from komma_tracker.audit.models import AuditRecord
from komma_tracker.exchange.tables import read_table
from tests.support import world
from tests.support.application import Login
from tests.support.client import Client
from tests.support.clock import Clock

KINDS = ("csv", "xlsx", "json")


@pytest.fixture
def people(session: Session, clock: Clock) -> dict[str, User]:
    """Everybody in the demo, by address."""
    world.build(session, today=clock.today)
    return {user.email: user for user in session.scalars(select(User))}


def taken(client: Client, what: str, **query: str) -> Any:
    return json.loads(client.get(f"/export/{what}.json", query_string=query, buffered=True).data)


@pytest.mark.parametrize("what", ["sessions", "contracts", "statements", "strategies"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_list_leaves_in_every_form(
    client: Client, login: Login, people: dict[str, User], session: Session, what: str, kind: str
) -> None:
    answer = login(client, people["lead@example.org"]).get(f"/export/{what}.{kind}", buffered=True)
    assert answer.status_code == 200
    if kind == "json":
        assert isinstance(json.loads(answer.data), list)
    else:
        assert len(read_table(io.BytesIO(answer.data)).heading.cells) >= 6
    session.rollback()
    (record,) = session.scalars(select(AuditRecord).where(AuditRecord.action == "list.export"))
    assert (record.after or {})["kind"] == kind


def test_contracts_are_those_that_one_may_see(client: Client, login: Login, people: dict[str, User]) -> None:
    rows = taken(login(client, people["koordination-k01@example.org"]), "contracts")
    assert [(row["municipality"], row["state"], row["agreed_minutes"]) for row in rows] == [("K01", "in_force", 38400)]


def test_statements_are_those_that_one_may_see(client: Client, login: Login, people: dict[str, User]) -> None:
    rows = taken(login(client, people["koordination-k01@example.org"]), "statements")
    assert {row["municipality"] for row in rows} <= {"K01"}


def test_case_19_numbers_of_decisions_on_an_anonymous_municipalitys_papers_stay_here(
    client: Client, login: Login, people: dict[str, User], session: Session
) -> None:
    world.plant(session)
    lead = login(client, people["lead@example.org"])
    numbers = {row["municipality"]: row["decision_number"] for row in taken(lead, "strategies")}
    assert numbers[world.SECRET_CODE] == ""
    assert {row["decision_number"] for row in taken(lead, "strategies") if row["municipality"] == "K01"} == {
        "2024/118",
        "",
    }
    for kind in KINDS:
        answer = lead.get(f"/export/strategies.{kind}", buffered=True)
        assert world.CANARIES["decision_number"] not in "".join(world.texts(answer))


def test_sessions_are_those_of_the_calendar(
    client: Client, login: Login, people: dict[str, User], clock: Clock
) -> None:
    signed_in = login(client, people["koordination-k01@example.org"])
    month = f"{clock.today:%Y-%m}"
    shown = signed_in.get(f"/calendar?view=list&month={month}").text
    rows = taken(signed_in, "sessions", month=month)
    assert rows
    assert all(row["title"] in shown or row["title"].startswith("Coaching") for row in rows)
    assert f"/export/sessions.csv?month={month}" in shown


@pytest.mark.parametrize("what", ["sessions", "contracts", "statements", "strategies"])
def test_readers_take_out_nothing(client: Client, login: Login, people: dict[str, User], what: str) -> None:
    reader = login(client, people["lesen@example.org"])
    assert [reader.get(f"/export/{what}.{kind}").status_code for kind in KINDS] == [404, 404, 404]
