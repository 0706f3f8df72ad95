"""Case 7: another coordinator: what was signed keeps the old name, what is open waits for the new one."""

from __future__ import annotations

import re

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Role
from komma_tracker.accounts.models import User
from komma_tracker.budget.models import Statement
from tests.factories.people import make_user
from tests.integration.budget.conftest import Programme
from tests.integration.statements.conftest import CONFIRMED, FEBRUARY, Submit, fresh
from tests.support.application import Login
from tests.support.client import Client, new_client

JANUARYS, FEBRUARYS = "/municipalities/K01/statements/2026-01", "/municipalities/K01/statements/2026-02"


def test_case_07_the_open_statement_passes_to_the_successor(
    app: Flask, login: Login, programme: Programme, session: Session, submit: Submit, answer: Submit
) -> None:
    def as_(user: User) -> Client:
        return login(new_client(app), user)

    submit(FEBRUARY)
    january, february = session.scalars(select(Statement).order_by(Statement.month)).all()
    answer(january)
    session.rollback()  # what others wrote meanwhile
    successor = make_user(session, role=Role.COORDINATOR, municipalities=[programme.town], name="Nora Neumann")
    session.commit()
    old, lead = as_(programme.coordinator), as_(programme.lead)
    assignment = f"/people/{programme.coordinator.public_id}/assignments/{programme.coordinator.assignments[0].id}"
    assert lead.post(assignment, data={"starts_on": "05.01.2026", "ends_on": "19.05.2026"}).status_code == 302

    new = as_(successor)
    page = new.get(FEBRUARYS).text
    version = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert version
    confirm = {"verdict": "confirm", "version": version[1]}
    assert old.post(f"/statements/{february.public_id}/answer", data=confirm).location.startswith("/login")
    assert new.post(f"/statements/{february.public_id}/answer", data=confirm).status_code == 302
    signed = fresh(session, february)
    assert (signed.state, signed.answered_by_name) == (CONFIRMED, "Nora Neumann")
    assert fresh(session, january).answered_by_name == "Kira Koch"
    assert "Kira Koch" in new.get(JANUARYS).text
