"""What invitations say and keep to themselves; how pages send them at once, and what becomes of those that fail."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import System
from komma_tracker.accounts.models import User
from komma_tracker.audit.models import AuditRecord
from komma_tracker.budget.rules import Mode
from komma_tracker.cli.invitations import invitations
from komma_tracker.db import db, unit_of_work
from komma_tracker.events import series
from komma_tracker.events.models import Event
from komma_tracker.events.plans import Plan, When
from komma_tracker.events.queries import series_for_change
from komma_tracker.events.rules import EventKind, EventState, Initiator, ReasonClass
from komma_tracker.kit.changes import taken as taken_changes
from komma_tracker.kit.clock import now
from komma_tracker.kit.context import context
from komma_tracker.municipalities.rules import Visibility
from komma_tracker.notify import wiring
from komma_tracker.notify.letters import post_for
from komma_tracker.notify.models import Invitation
from komma_tracker.notify.service import send_due
from tests.integration.notify.conftest import SECRET_NAME, Add, Cast, Letter, Send, Taken, change
from tests.support.clock import Clock

SUMMARY = "Training Führungskräfte (Stadt Neuenwerra)"
KIRA, ANNA = "kira@example.org", "anna@example.org"


def letters_for(letters: list[Letter], user: User) -> Letter:
    (letter,) = [each for each in letters if each.to == user.email]
    return letter


def test_of_an_anonymous_municipality_only_kind_alias_and_time(
    people: Cast, add: Add, app: Flask, taken: Taken
) -> None:
    add(
        people.secret,
        consultants=[people.anna],
        title="Training in Vogelsang",
        place="Rathaus Vogelsang",
        link="https://vogelsang.example/raum",
        note="Vogelsang",
    )
    app.test_cli_runner().invoke(invitations, ["send"])
    letters = taken()
    assert [letter.to for letter in letters] == [ANNA, "vera@example.org"]
    for letter in letters:
        assert letter.subject == "Einladung: Training – Kommune 07"
        assert str(letter.event["SUMMARY"]) == "Training – Kommune 07"
        assert "Mi., 10.06.2026, 09:00–16:00 Uhr" in letter.text
        whole = letter.message.as_string() + letter.text + letter.octets.decode().replace("\r\n ", "")
        assert "ogelsang" not in whole
        assert SECRET_NAME not in whole


def test_coaching_is_confidential(people: Cast, add: Add, send: Send) -> None:
    add(people.first, consultants=[people.anna], kind=EventKind.COACHING, title="Frau M.", place="Zimmer 3")
    assert {letter[3] for letter in send()} == {"Coaching (vertraulich) – Stadt Neuenwerra"}


def test_case_11_partners_of_a_joint_session_stay_unnamed(people: Cast, add: Add, send: Send) -> None:
    add(people.first, people.secret, consultants=[people.anna])
    assert [(letter[0], letter[3]) for letter in send()] == [
        (ANNA, "Training – Stadt Neuenwerra, Kommune 07"),
        (KIRA, "Training – Stadt Neuenwerra, weitere Kommunen"),
        ("vera@example.org", "Training – Kommune 07, weitere Kommunen"),
    ]


def test_case_09_who_becomes_anonymous_must_ask_for_mail_anew(
    people: Cast, add: Add, browse: Any, session: Session, taken: Taken, app: Flask
) -> None:
    add(people.first, consultants=[people.anna], place="Rathaus Neuenwerra")
    app.test_cli_runner().invoke(invitations, ["send"])
    taken()
    lead, url = browse(people.lead), f"/municipalities/{people.first.code}/edit"
    page = lead.get(url).text
    fields = dict(re.findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', page))
    fields |= {"visibility": "anonymous", "kind": "other", "land": "HE", "name": "Stadt Neuenwerra"}
    fields.pop("csrf_token")
    assert lead.post(url, data=fields).status_code == 302
    session.rollback()
    assert session.get_one(type(people.first), people.first.id).visibility is Visibility.ANONYMOUS
    assert not session.get_one(User, people.coordinator.id).invitations
    assert session.get_one(User, people.anna.id).invitations
    app.test_cli_runner().invoke(invitations, ["send"])
    letters = taken()
    assert [(letter.to, letter.subject) for letter in letters] == [(ANNA, "Geändert: Training – Kommune 01")]
    assert "LOCATION" not in letters[0].event


def test_case_12_a_series_is_mailed_part_by_part(people: Cast, send: Send, session: Session, clock: Clock) -> None:
    """Four half days over the change of clocks: planned by one form, moved from the third on, the last one off."""
    plan = Plan(
        kind=EventKind.TRAINING, title="Reihe", mode=Mode.ONLINE, minutes_each=240,
        packages={people.first.id: None}, consultant_ids=[people.ben.id],
    )  # fmt: skip
    days = [datetime(2026, 10, day, 9) for day in (20, 22, 27, 29)]
    whens = [When(day, day + timedelta(hours=4)) for day in days]
    viewer = System("test")
    series_id = series.plan_series(session, viewer, plan=plan, whens=whens, confirmed=True, now=clock.now)
    parts = session.scalars(select(Event).order_by(Event.starts_local)).all()
    changes = taken_changes(session)
    assert changes is not None
    assert changes.event_ids == {part.id for part in parts}
    assert [letter[:3] for letter in send()] == [(KIRA, "REQUEST", 0)] * 4

    shift = series.Shift(date(2026, 10, 28), time(9), time(13))
    series.move_series(
        session, viewer, public_id=series_id, version=version_of(session, series_id), since=3, shift=shift,
        confirmed=True, reason=ReasonClass.ILLNESS, now=clock.now,
    )  # fmt: skip
    assert [letter[:3] for letter in send()] == [(KIRA, "REQUEST", 1)] * 2
    series.cancel_series(
        session, viewer, public_id=series_id, version=version_of(session, series_id), since=4, by=Initiator.CARRIER,
        reason=ReasonClass.ILLNESS, notice_on=clock.today, now=clock.now,
    )  # fmt: skip
    assert [letter[:3] for letter in send()] == [(KIRA, "CANCEL", 2)]
    assert send() == []


def version_of(session: Session, public_id: str) -> int:
    found, parts = series_for_change(session, System("test"), public_id)
    return found.version + sum(part.version for part in parts)


# Through the pages: at once, after the commit.


def fields_for(people: Cast, **values: Any) -> dict[str, Any]:
    return {
        "kind": "training",
        "title": "Training Ordnungsamt",
        "mode": "on_site",
        "place": "Rathaus",
        "minutes_each": "1",
        "consultants": [people.anna.public_id],
        "part_K01": "AP1",
        "day": "2026-06-10",
        "starts_local": "09:00",
        "ends_local": "16:00",
        "zone": "Europe/Berlin",
        "request_key": "a-form-that-is-sent-twice",
        **values,
    }


def test_each_step_of_a_session_is_mailed_at_once(people: Cast, browse: Any, taken: Taken) -> None:
    lead = browse(people.lead)
    page = lead.get("/sessions/new").text
    package = re.search(r'name="part_K01".*?<option[^>]*value="(AP\d)"', page, re.DOTALL)
    assert package
    fields = fields_for(people, part_K01=package[1])
    answer = lead.post("/sessions/new", data=fields)
    assert lead.post("/sessions/new", data=fields).location == answer.location  # once more: nothing changes
    title = "Training Ordnungsamt (Stadt Neuenwerra)"
    first = taken()
    assert [letter.gist for letter in first] == [(who, "REQUEST", 0, title) for who in (ANNA, KIRA)]
    assert {str(letter.event["STATUS"]) for letter in first} == {"TENTATIVE"}

    assert lead.post(f"{answer.location}/confirm").status_code == 302
    confirmed = taken()
    assert [(letter.to, letter.event["STATUS"], letter.event["SEQUENCE"]) for letter in confirmed] == [
        (ANNA, "CONFIRMED", 1),
        (KIRA, "CONFIRMED", 1),
    ]

    page = lead.get(f"{answer.location}/cancel").text
    version = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert version
    fields = {"version": version[1], "by": "carrier", "reason": "illness", "notice_on": "20.05.2026"}
    assert lead.post(f"{answer.location}/cancel", data=fields).status_code == 302
    assert [letter.gist for letter in taken()] == [(who, "CANCEL", 2, f"Abgesagt: {title}") for who in (ANNA, KIRA)]


def test_switching_it_on_brings_what_is_to_come(people: Cast, add: Add, browse: Any, taken: Taken) -> None:
    add(people.first, consultants=[people.ben])
    ben = browse(people.ben)
    assert "Termine auch als Einladung per E-Mail" in ben.get("/account").text
    assert ben.post("/account/invitations", data={"invitations": "y"}).location == "/account"
    assert [letter.gist[:3] for letter in taken()] == [("ben@example.org", "REQUEST", 0)]
    assert re.search(r'name="invitations"[^>]*checked|checked[^>]*name="invitations"', ben.get("/account").text)
    ben.post("/account/invitations", data={})
    assert taken() == []
    assert not re.search(r'name="invitations"[^>]*checked|checked[^>]*name="invitations"', ben.get("/account").text)


def test_who_sees_no_sessions_is_not_asked(people: Cast, browse: Any) -> None:
    reader = browse(people.reader)
    assert "Einladung per E-Mail" not in reader.get("/account").text
    assert reader.post("/account/invitations", data={"invitations": "y"}).status_code == 404


def test_nobody_gets_mail_who_has_not_asked_for_it(people: Cast, add: Add, send: Send, session: Session) -> None:
    assert User.__table__.c.invitations.default.arg is False
    with unit_of_work(session):
        for user in session.scalars(select(User)):
            user.invitations = False
    add(people.first, consultants=[people.anna])
    add(people.secret, consultants=[people.anna])
    assert send() == []


def test_what_the_disk_does_not_take_goes_out_the_next_time(
    people: Cast, add: Add, app: Flask, session: Session, send: Send, browse: Any, caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """The page that has changed something answers all the same, and the log names nobody."""
    event = add(people.first, consultants=[people.ben])

    def full(*_: object, **__: object) -> None:
        raise OSError("no space left, in /home/kira@example.org")

    with monkeypatch.context() as patched:
        patched.setattr("komma_tracker.notify.mail._put", full)
        assert browse(people.lead).post(f"/sessions/{event.public_id}/confirm").status_code == 302
        change(session, event, state=EventState.TENTATIVE)
        assert browse(people.lead).post(f"/sessions/{event.public_id}/confirm").status_code == 302
    assert [record.message for record in caplog.records] == ["invitations wait for `komma invitations send`: OSError"]
    assert session.scalars(select(Invitation)).all() == []
    assert send() == [(KIRA, "REQUEST", 0, SUMMARY)]


def test_a_request_writes_to_few_and_the_timer_to_the_rest(
    people: Cast, browse: Any, add: Add, taken: Taken, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiring, "MOST_AT_ONCE", 1)
    event = add(people.first, consultants=[people.anna], state=EventState.TENTATIVE)
    assert browse(people.lead).post(f"/sessions/{event.public_id}/confirm").status_code == 302
    at_once = [letter.to for letter in taken()]
    assert sorted(at_once + [letter[0] for letter in send()]) == [ANNA, KIRA]
    assert len(at_once) == 1


def test_several_processes_send_each_message_once(people: Cast, add: Add, app: Flask, taken: Taken) -> None:
    for day in range(10, 15):
        add(people.first, consultants=[people.anna], starts_local=datetime(2026, 6, day, 9))

    def run(_: int) -> int:
        with app.app_context():
            return send_due(db.engine, post=post_for(context()), now=now())

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(run, range(4))) == 10
    assert len({(letter.to, str(letter.event["UID"])) for letter in taken()}) == 10


def test_the_record_says_who_got_what(people: Cast, add: Add, send: Send, session: Session) -> None:
    event = add(people.first, consultants=[people.ben])
    send()
    record = session.scalars(select(AuditRecord).where(AuditRecord.action == "invitation.send")).one()
    assert (record.object_id, record.errand) == (event.public_id, "invitations")
    assert record.after == {"person": people.coordinator.public_id, "method": "REQUEST", "sequence": 0}


def test_both_languages_stand_in_the_text_the_readers_own_first(
    people: Cast, add: Add, app: Flask, taken: Taken
) -> None:
    add(people.first, people.second, consultants=[people.ben], starts_local=datetime(2026, 6, 10, 9))
    app.test_cli_runner().invoke(invitations, ["send"])
    english, german = "Wed, 10 Jun 2026, 09:00–16:00", "Mi., 10.06.2026, 09:00–16:00 Uhr"
    letters = taken()
    for user, order in ((people.coordinator, [german, english]), (people.elsewhere, [english, german])):
        blocks = letters_for(letters, user).text.split("----------")
        assert [next(line for line in block.splitlines() if "2026" in line) for block in blocks] == order
        assert [block.count("/account") for block in blocks] == [1, 1]


def test_it_tells_the_clock_of_the_place(people: Cast, add: Add, app: Flask, taken: Taken) -> None:
    add(people.first, consultants=[people.ben], starts_local=datetime(2026, 10, 25, 9), zone="Europe/Lisbon")
    app.test_cli_runner().invoke(invitations, ["send"])
    (letter,) = taken()
    assert "So., 25.10.2026, 09:00–16:00 Uhr (Europe/Lisbon)" in letter.text
    assert letter.event["DTSTART"].dt.isoformat() == "2026-10-25T10:00:00+01:00"
    assert letter.event["DTSTART"].dt.date() == date(2026, 10, 25)
