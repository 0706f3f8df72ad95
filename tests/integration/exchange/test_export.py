"""What goes out is what its reader may see, in the reader's form, and inert."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from typing import Any, cast

import pytest
from flask import Flask
from sqlalchemy import QueuePool, select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import System
from komma_tracker.accounts.models import User
from komma_tracker.audit.models import AuditRecord
from komma_tracker.budget.models import DayEntry
from komma_tracker.db import db
from komma_tracker.exchange import service
from komma_tracker.exchange.tables import read_table
from komma_tracker.kit.locale import LOCALES
from tests.integration.exchange.conftest import SECRET_NAME, THREE, TODAY, Programme, table
from tests.support.application import Login
from tests.support.client import Client

HEADING = [
    "Datum", "Kommune", "Bezeichnung", "Beratungsperson", "Tätigkeit", "Modus", "Arbeitspaket", "Minuten", "Tage",
    "angerechnete Tage", "Notiz",
]  # fmt: skip
KICK_OFF = ["04.05.2026", "K01", "Stadt Musterau", "Anna Ahrend", "Workshop", "vor Ort", "", "240", "0,50", "0,50"]
COACHING = ["05.05.2026", "K01", "Stadt Musterau", "Anna Ahrend", "Coaching", "telefonisch", "", "120", "0,25", "0,25"]
ANALYSIS = ["01.04.2026", "K07", SECRET_NAME, "Anna Ahrend", "Analyse", "im Büro", "", "480", "1,00", "1,00"]


@pytest.fixture(autouse=True)
def _entries(session: Session, programme: Programme, now: datetime) -> None:
    system = System("test")
    planner = service.read_file(session, system, table(*THREE), municipality_id=None)
    service.book(session, system, planner, with_doubles=False, now=now, today=TODAY)
    del programme


def exported(client: Client, **query: str) -> list[list[str]]:
    answer = client.get("/export/entries.csv", query_string=query)
    assert (answer.status_code, answer.content_type) == (200, "text/csv; charset=utf-8")
    assert answer.headers["Content-Disposition"] == "attachment; filename=beratungstage.csv"
    return list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig")), delimiter=";"))


@pytest.mark.parametrize(
    ("who", "rows"),
    [
        (
            "lead",
            [
                [*HEADING, "Interne Notiz"],
                [*ANALYSIS, "'=1+1", ""],
                [*KICK_OFF, "Kick-off", "ruhig"],
                [*COACHING, "Fallberatung", "geheim"],
            ],
        ),
        (
            "bert",
            [[*HEADING, "Interne Notiz"], [*KICK_OFF, "Kick-off", "ruhig"], [*COACHING, "Fallberatung", "geheim"]],
        ),
        (
            "coordinator",
            [HEADING, [*KICK_OFF, "Kick-off"], [*COACHING[:4], "Coaching (vertraulich)", *COACHING[5:], ""]],
        ),
        ("secret_coordinator", [HEADING, [*ANALYSIS, "'=1+1"]]),
    ],
)
def test_everyone_takes_out_what_they_may_see(
    client: Client, login: Login, programme: Programme, who: str, rows: list[list[str]]
) -> None:
    assert exported(login(client, getattr(programme, who))) == rows


def test_who_has_left_a_municipality_keeps_their_own_days_under_its_alias(
    client: Client, login: Login, programme: Programme, session: Session
) -> None:
    entry = session.scalars(select(DayEntry).where(DayEntry.municipality_id == programme.secret_town.id)).one()
    entry.consultant_id = programme.bert.id
    session.commit()
    rows = exported(login(client, programme.bert))
    assert rows[1] == [*ANALYSIS[:2], "Kommune 07", "Bert Buchner", *ANALYSIS[4:], "'=1+1", ""]


@pytest.mark.parametrize(
    ("query", "notes"),
    [
        ({}, ["'=1+1", "Kick-off", "Fallberatung"]),
        ({"municipality": "K01"}, ["Kick-off", "Fallberatung"]),
        ({"activity": "coaching"}, ["Fallberatung"]),
        ({"first": "2026-05-01", "last": "2026-05-04"}, ["Kick-off"]),
        ({"first": "01.05.2026"}, ["Kick-off", "Fallberatung"]),
        ({"municipality": "K01", "first": "2026-06-01"}, []),
    ],
)
def test_filters_are_those_of_the_list(
    client: Client, login: Login, programme: Programme, query: dict[str, str], notes: list[str]
) -> None:
    assert [row[10] for row in exported(login(client, programme.lead), **query)[1:]] == notes


def test_a_workbook_holds_the_same(client: Client, login: Login, programme: Programme) -> None:
    answer = login(client, programme.lead).get("/export/entries.xlsx")
    assert answer.headers["Content-Disposition"] == "attachment; filename=beratungstage.xlsx"
    rows = read_table(io.BytesIO(answer.get_data()))
    cells: list[list[Any]] = [list(row.cells) for row in rows.rows]
    assert [(str(row[0]), row[1], row[7], row[8], row[10]) for row in cells] == [
        ("2026-04-01", "K07", 480, 1, "'=1+1"),
        ("2026-05-04", "K01", 240, 0.5, "Kick-off"),
        ("2026-05-05", "K01", 120, 0.25, "Fallberatung"),
    ]


def test_json_holds_the_same_in_codes_and_minutes(client: Client, login: Login, programme: Programme) -> None:
    answer = login(client, programme.lead).get("/export/entries.json", buffered=True)
    assert answer.headers["Content-Disposition"] == "attachment; filename=beratungstage.json"
    rows = json.loads(answer.data)
    assert [(row["date"], row["municipality"], row["minutes"], row["activity"], row["note"]) for row in rows] == [
        ("2026-04-01", "K07", 480, "analysis", "=1+1"),
        ("2026-05-04", "K01", 240, "workshop", "Kick-off"),
        ("2026-05-05", "K01", 120, "coaching", "Fallberatung"),
    ]
    assert rows[1]["internal_note"] == "ruhig"
    nothing = login(client, programme.lead).get("/export/entries.json?first=2030-01-01", buffered=True)
    assert json.loads(nothing.data) == []


def test_json_says_no_more_than_the_list(client: Client, login: Login, programme: Programme) -> None:
    rows = json.loads(login(client, programme.coordinator).get("/export/entries.json", buffered=True).data)
    assert [(row["municipality"], row["label"], row["note"]) for row in rows] == [
        ("K01", "Stadt Musterau", "Kick-off"),
        ("K01", "Stadt Musterau", ""),
    ]
    assert "internal_note" not in rows[0]


def test_english_readers_get_their_own_form(
    client: Client, login: Login, programme: Programme, session: Session
) -> None:
    session.get_one(User, programme.lead.id).locale = "en"
    session.commit()
    text = login(client, programme.lead).get("/export/entries.csv").get_data().decode("utf-8-sig")
    assert [line.split(",")[:2] for line in text.splitlines()[1:]] == [
        ["2026-04-01", "K07"],
        ["2026-05-04", "K01"],
        ["2026-05-05", "K01"],
    ]
    assert ",240,0.50,0.50," in text


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_goes_out_can_come_in_again_and_books_nothing(
    client: Client, login: Login, programme: Programme, session: Session, kind: str, locale: str
) -> None:
    session.get_one(User, programme.lead.id).locale = locale
    session.commit()
    content = login(client, programme.lead).get(f"/export/entries.{kind}").get_data()
    planner = service.read_file(session, System("test"), io.BytesIO(content), municipality_id=None)
    plan = service.preview(session, System("test"), planner, with_doubles=True, today=TODAY)
    assert (plan.known, plan.entries, plan.faults.total) == (3, [], 0)


def test_every_export_is_recorded(
    client: Client, login: Login, programme: Programme, session: Session, now: datetime
) -> None:
    exported(login(client, programme.coordinator), municipality="K01", first="2026-05-01")
    session.rollback()
    record = session.scalars(select(AuditRecord).where(AuditRecord.action == "entry.export")).one()
    assert (record.at, record.actor_id, record.municipality_id, record.after) == (
        now,
        programme.coordinator.id,
        programme.open_town.id,
        {"kind": "csv", "municipality_id": programme.open_town.id, "first": "2026-05-01"},
    )


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_no_connection_stays_behind(app: Flask, client: Client, login: Login, programme: Programme, kind: str) -> None:
    with app.app_context():
        pool = cast(QueuePool, db.engine.pool)
    signed_in = login(client, programme.lead)
    before = pool.checkedout()
    signed_in.get(f"/export/entries.{kind}").get_data()
    signed_in.head(f"/export/entries.{kind}").close()
    assert pool.checkedout() == before


@pytest.mark.parametrize("path", ["/export/entries.csv", "/export/entries.xlsx"])
def test_readers_take_out_nothing(client: Client, login: Login, programme: Programme, path: str) -> None:
    assert login(client, programme.reader).get(path).status_code == 404


@pytest.mark.parametrize("path", ["/export/entries.pdf", "/export/entries", "/export/"])
def test_there_are_no_other_forms(client: Client, login: Login, programme: Programme, path: str) -> None:
    assert login(client, programme.lead).get(path).status_code == 404
