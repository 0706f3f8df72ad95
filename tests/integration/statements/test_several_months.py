"""Several months that were left open are submitted at once: in order, all or none, each with its own record."""

from __future__ import annotations

import re
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import DomainError, Forbidden, Invalid
from komma_tracker.audit.models import AuditRecord
from komma_tracker.budget.models import Statement
from komma_tracker.statements import service
from tests.factories.entries import make_entry
from tests.integration.budget.conftest import Programme
from tests.integration.statements.conftest import APRIL, FEBRUARY, JANUARY, MARCH, MAY, NOW, TODAY, Submit
from tests.support.application import Login, SessionFor
from tests.support.client import new_client

DAY = 480
PAGE = "/municipalities/K01/statements"
OVER = [JANUARY, FEBRUARY, MARCH, APRIL]


def submitted(session: Session) -> list[tuple[date, int]]:
    """The months that have a statement, and their minutes."""
    session.rollback()
    rows = session.execute(select(Statement.month, Statement.minutes).order_by(Statement.month))
    return [(month, minutes) for month, minutes in rows]


def test_months_are_submitted_in_order_each_with_its_record(
    programme: Programme, session: Session, session_for: SessionFor
) -> None:
    for on in (date(2026, 1, 13), date(2026, 3, 3), date(2026, 3, 4), date(2026, 5, 5)):
        make_entry(session, programme.contract, programme.anna, service_date=on, minutes=DAY)
    session.commit()
    anna = programme.viewer(programme.anna)

    made = [
        [
            (each.month, each.remaining_minutes)
            for each in service.submit_months(
                session_for(anna), anna, municipality_id=programme.town.id, months=OVER, now=NOW, today=TODAY,
                request_key="one-form-that-is-sent-twice",
            )
        ]
        for _ in range(2)
    ]  # fmt: skip

    left = [79 * DAY, 79 * DAY, 77 * DAY, 77 * DAY]
    assert made == [list(zip(OVER, left, strict=True)), [(JANUARY, 79 * DAY)]]
    assert submitted(session) == [(JANUARY, DAY), (FEBRUARY, 0), (MARCH, 2 * DAY), (APRIL, 0)]
    records = session.scalars(select(AuditRecord).order_by(AuditRecord.id)).all()
    assert [(each.action, (each.after or {})["month"]) for each in records] == [
        ("statement.submit", month.isoformat()) for month in OVER
    ]


@pytest.mark.parametrize(
    ("before", "months", "message"),
    [
        (None, [FEBRUARY, MARCH], "zuerst den Monat 01/2026"),
        (None, [JANUARY, MARCH], "zuerst den Monat 02/2026"),
        (None, [*OVER, MAY, date(2026, 6, 1)], "Zukunft"),
        (JANUARY, [JANUARY, FEBRUARY], "wechseln"),
    ],
)
def test_all_or_none(
    programme: Programme, session: Session, session_for: SessionFor, submit: Submit,
    before: date | None, months: list[date], message: str,
) -> None:  # fmt: skip
    if before:
        submit(before)
    stated, anna = submitted(session), programme.viewer(programme.anna)

    with pytest.raises(Invalid) as refused:
        service.submit_months(
            session_for(anna), anna, municipality_id=programme.town.id, months=months, now=NOW, today=TODAY
        )

    assert message in str(refused.value)
    assert submitted(session) == stated


WHO = [
    ("lead", None), ("anna", None), ("cleo", Forbidden), ("coordinator", Forbidden), ("head", Forbidden),
    ("reader", Forbidden),
]  # fmt: skip


@pytest.mark.parametrize(("who", "outcome"), WHO)
def test_who_may_submit_them(
    app: Flask, login: Login, programme: Programme, session: Session, session_for: SessionFor, who: str,
    outcome: type[DomainError] | None,
) -> None:  # fmt: skip
    user = getattr(programme, who)
    viewer, client = programme.viewer(user), login(new_client(app), user)
    link = f'href="{PAGE}/overdue"' in client.get(PAGE).text
    answer = client.get(f"{PAGE}/overdue")
    errors: list[type[DomainError]] = []
    try:
        service.submit_months(
            session_for(viewer), viewer, municipality_id=programme.town.id, months=OVER, now=NOW, today=TODAY
        )
    except DomainError as error:
        errors.append(type(error))

    assert (link, answer.status_code) == ((True, 200) if outcome is None else (False, 404))
    assert errors == ([outcome] if outcome else [])
    assert [month for month, _ in submitted(session)] == ([] if outcome else OVER)


def test_the_page_names_the_months_and_submits_those_named(
    app: Flask, login: Login, programme: Programme, session: Session
) -> None:
    client = login(new_client(app), programme.anna)
    page = client.get(f"{PAGE}/overdue").text
    named = re.findall(r'name="month" value="([^"]+)"', page)

    early = client.post(f"{PAGE}/overdue", data={"month": named[1:]})
    wrong = client.post(f"{PAGE}/overdue", data={"month": ["2026-13"]})
    none = submitted(session)
    done = client.post(f"{PAGE}/overdue", data={"month": named})

    assert (early.status_code, wrong.status_code, none) == (422, 404, [])
    assert "zuerst den Monat 01/2026" in early.text
    assert re.findall(r'name="month" value="([^"]+)"', early.text) == named
    assert (done.status_code, done.location) == (302, PAGE)
    assert [f"{month:%Y-%m}" for month, _ in submitted(session)] == named
    assert "/statements/overdue" not in client.get(PAGE).text
    assert "Alle vergangenen Monate sind eingereicht." in client.get(f"{PAGE}/overdue").text
