"""`komma user`: the first people, without the web."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Role
from komma_tracker.accounts.models import LoginSession, User
from komma_tracker.accounts.rules import PersonState
from komma_tracker.audit.models import AuditRecord
from komma_tracker.cli.users import user as command
from komma_tracker.municipalities.models import Municipality
from tests.integration.accounts.conftest import Letters, SignIn, is_signed_in
from tests.support.application import Login
from tests.support.client import Client
from tests.support.clock import Clock


def run(app: Flask, *arguments: str, text: str | None = None) -> Result:
    return app.test_cli_runner().invoke(command, arguments, input=text)


def test_add_prints_the_link_of_the_invitation(app: Flask, client: Client, session: Session, letters: Letters) -> None:
    done = run(app, "add", "Lead@Example.org", "--name", "Lea Leitner", "--role", "lead")
    assert (done.exit_code, letters()) == (0, [])
    link = done.output.strip()
    assert link.startswith("http://127.0.0.1:8000/invitation/")
    assert client.post(urlsplit(link).path, data={"password": "vier Wörter und mehr"}).location == "/"
    assert is_signed_in(client)
    record = session.scalars(select(AuditRecord).where(AuditRecord.action == "person.add")).one()
    assert (record.actor_id, record.errand) == (None, "command line")


def test_add_takes_a_password_from_standard_input(app: Flask, session: Session, sign_in: SignIn) -> None:
    arguments = ("lead@example.org", "--name", "Lea", "--role", "lead", "--password-stdin")
    done = run(app, "add", *arguments, text="vier Wörter und mehr\n")
    assert (done.exit_code, done.output) == (0, "")
    assert session.scalar(select(func.count(LoginSession.id))) == 0
    assert sign_in("lead@example.org", "vier Wörter und mehr") == 302


def test_add_with_a_municipality(app: Flask, session: Session, places: list[Municipality], clock: Clock) -> None:
    done = run(app, "add", "k@example.org", "--name", "Kim", "--role", "coordinator", "--municipality", "k1")
    assert done.exit_code == 0, done.output
    found = session.scalars(select(User)).one()
    assert (found.role, found.state) == (Role.COORDINATOR, PersonState.INVITED)
    assert [(each.municipality_id, each.starts_on) for each in found.assignments] == [(places[0].id, clock.today)]


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("add",),
        ("add", "x@example.org", "--name", "X"),
        ("add", "x@example.org", "--name", "X", "--role", "king"),
        ("add", "no-address", "--name", "X", "--role", "lead"),
        ("add", "x@example.org", "--name", " ", "--role", "lead"),
        ("add", "ANNA@example.org", "--name", "X", "--role", "lead"),
        ("add", "x@example.org", "--name", "X", "--role", "coordinator"),
        ("add", "x@example.org", "--name", "X", "--role", "coordinator", "--municipality", "K99"),
        ("add", "x@example.org", "--name", "X", "--role", "coordinator", "--municipality", "Musterau"),
        ("add", "x@example.org", "--name", "X", "--role", "reader", "--municipality", "K01"),
        ("add", "x@example.org", "--name", "X", "--role", "lead", "--password-stdin"),
        ("disable",),
        ("disable", "x@example.org"),
        ("list", "more"),
    ],
)
def test_bad_usage_ends_with_status_2_and_changes_nothing(
    app: Flask, session: Session, anna: User, arguments: tuple[str, ...]
) -> None:
    done = run(app, *arguments, text="kurz\n")
    assert done.exit_code == 2
    assert "Traceback" not in done.output
    assert session.scalar(select(func.count(User.id))) == 1


def test_list_shows_everybody(app: Flask, lead: User, anna: User, places: list[Municipality]) -> None:
    lines = [line.split(maxsplit=4) for line in run(app, "list").output.splitlines()]
    assert lines == [
        ["anna@example.org", "consultant", "active", "K01", "Anna Albers"],
        ["lead@example.org", "lead", "active", "-", "Lea Leitner"],
    ]


def test_disable_signs_out_at_once(app: Flask, client: Client, login: Login, anna: User, sign_in: SignIn) -> None:
    login(client, anna)
    assert run(app, "disable", "ANNA@example.org").exit_code == 0
    assert not is_signed_in(client)
    assert sign_in(anna) == 422
