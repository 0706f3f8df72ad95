"""`komma invitations read`: answers come out of the mailbox folder, and onto the session's page for the team."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from komma_tracker.accounts.models import User
from komma_tracker.audit.models import AuditRecord
from komma_tracker.cli.invitations import invitations
from komma_tracker.events.models import Event
from komma_tracker.events.rules import EventKind
from komma_tracker.notify.models import Invitation
from komma_tracker.notify.rules import Answer
from tests.integration.notify.conftest import Add, Cast, Letter, Taken, change
from tests.support.clock import Clock

Reader = Callable[[], Result]


@pytest.fixture
def box(tmp_path: Path, app: Flask) -> Path:
    """The folder in which answers arrive; the application knows of it."""
    folder = tmp_path / "mail"
    for part in ("new", "cur", "tmp"):
        (folder / part).mkdir(parents=True)
    surroundings = app.extensions["komma"]
    app.extensions["komma"] = replace(surroundings, settings=replace(surroundings.settings, answers_dir=folder))
    return folder


@pytest.fixture
def read(app: Flask) -> Reader:
    return lambda: app.test_cli_runner().invoke(invitations, ["read"])


@pytest.fixture
def asked(app: Flask, taken: Taken) -> Callable[[User], Letter]:
    """Sends what is due, and hands over the letter to one person."""

    def ask(user: User) -> Letter:
        app.test_cli_runner().invoke(invitations, ["send"])
        (letter,) = [each for each in taken() if each.to == user.email]
        return letter

    return ask


def put(box: Path, name: str, letter: Letter, clock: Clock, partstat: str = "ACCEPTED", **other: str) -> None:
    """What a calendar program makes of an invitation: UID, SEQUENCE and attendee come back as they were sent."""
    said = {
        "uid": str(letter.event["UID"]),
        "sequence": str(letter.event["SEQUENCE"]),
        "sender": letter.to,
        "attendee": letter.to,
        **other,
    }
    stamp = f"{clock.now:%Y%m%dT%H%M%SZ}"
    text = (
        f"From: Jemand <{said['sender']}>\r\nTo: {letter.event['ORGANIZER']}\r\n"
        "Content-Type: text/calendar; method=REPLY; charset=utf-8\r\n\r\n"
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\n"
        f"UID:{said['uid']}\r\nDTSTAMP:{stamp}\r\nSEQUENCE:{said['sequence']}\r\n"
        f"ATTENDEE;PARTSTAT={partstat}:mailto:{said['attendee']}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    (box / "new" / name).write_bytes(text.encode())


def kept(session: Session) -> list[tuple[int, Answer | None]]:
    session.rollback()
    rows = session.execute(select(Invitation.user_id, Invitation.answer).order_by(Invitation.user_id))
    return [(user_id, answer) for user_id, answer in rows]


def listing(box: Path) -> list[str]:
    return sorted(str(path.relative_to(box)) for path in box.rglob("*") if path.is_file())


def test_answers_are_kept_and_the_mail_is_marked(
    people: Cast, add: Add, box: Path, read: Reader, asked: Any, session: Session, clock: Clock
) -> None:
    add(people.first, consultants=[people.ben])
    letter = asked(people.coordinator)
    assert "RSVP=TRUE" in letter.octets.decode().replace("\r\n ", "")
    for name, partstat, answer in (
        ("1", "TENTATIVE", Answer.TENTATIVE),
        ("2", "DECLINED", Answer.DECLINED),
        ("3", "ACCEPTED", Answer.ACCEPTED),
    ):
        clock.wait(minutes=1)
        put(box, name, letter, clock, partstat)
        done = read()
        assert (done.exit_code, done.output) == (0, "1 kept, 0 overtaken, 0 refused\n")
        assert kept(session) == [(people.coordinator.id, answer)]
    assert listing(box) == ["cur/1:2,S", "cur/2:2,S", "cur/3:2,S"]
    assert read().output == "0 kept, 0 overtaken, 0 refused\n"
    records = session.scalars(select(AuditRecord).where(AuditRecord.action == "invitation.answer")).all()
    assert records[-1].after == {"person": people.coordinator.public_id, "answer": "accepted"}


def test_what_is_no_answer_stays_and_is_named_without_names(
    people: Cast, add: Add, box: Path, read: Reader, asked: Any, session: Session, clock: Clock
) -> None:
    event = add(people.first, consultants=[people.ben])
    letter = asked(people.coordinator)
    put(box, "1", letter, clock, sequence="1")
    put(box, "2", letter, clock, uid=f"{event.public_id}@komma-tracker")  # that of the feeds
    put(box, "3", letter, clock, sender=people.head.email)
    put(box, "4", letter, clock, sender=people.head.email, attendee=people.head.email)  # nobody has asked him
    put(box, "5", letter, clock, "DELEGATED")
    (box / "new" / "6").write_bytes(b"From: kira@example.org\r\nSubject: Urlaub\r\n\r\nBin bis Montag nicht da.")
    put(box, "7", letter, clock)
    done = read()
    never = "it answers an invitation that was never sent"
    assert done.output.splitlines() == [
        f"1: {never}",
        f"2: {never}",
        "3: it was sent by somebody else than its ATTENDEE",
        f"4: {never}",
        "5: its PARTSTAT is neither ACCEPTED nor DECLINED nor TENTATIVE",
        "6: it holds no text/calendar",
        "1 kept, 0 overtaken, 6 refused",
        "Error: what was refused stays in the folder, unread",
    ]
    assert done.exit_code == 1
    assert listing(box) == ["cur/7:2,S", "new/1", "new/2", "new/3", "new/4", "new/5", "new/6"]
    assert kept(session) == [(people.coordinator.id, Answer.ACCEPTED)]


def test_an_answer_holds_until_the_time_is_another(
    people: Cast, add: Add, box: Path, read: Reader, asked: Any, session: Session, clock: Clock
) -> None:
    event = add(people.first, consultants=[people.ben])
    first = asked(people.coordinator)
    put(box, "1", first, clock)
    read()

    change(session, event, title="Neu")
    second = asked(people.coordinator)
    assert ("Kalenderprogramm" in first.text, "Kalenderprogramm" in second.text) == (True, False)
    assert "PARTSTAT=ACCEPTED" in second.octets.decode().replace("\r\n ", "")
    assert kept(session) == [(people.coordinator.id, Answer.ACCEPTED)]
    clock.wait(hours=1)
    put(box, "2", first, clock, "DECLINED")  # changed their mind, in the first mail: the question is still the same
    assert read().output == "1 kept, 0 overtaken, 0 refused\n"

    change(session, event, starts_local=event.starts_local + timedelta(days=1), ends_local=datetime(2026, 6, 11, 16))
    third = asked(people.coordinator)
    assert "PARTSTAT=NEEDS-ACTION" in third.octets.decode().replace("\r\n ", "")
    assert kept(session) == [(people.coordinator.id, None)]
    clock.wait(hours=1)
    put(box, "3", second, clock)
    assert read().output == "0 kept, 1 overtaken, 0 refused\n"
    assert kept(session) == [(people.coordinator.id, None)]
    assert listing(box) == ["cur/1:2,S", "cur/2:2,S", "cur/3:2,S"]


def test_the_team_sees_the_answers_and_nobody_else(
    people: Cast, add: Add, box: Path, read: Reader, asked: Any, clock: Clock, browse: Any
) -> None:
    event = add(people.first, consultants=[people.anna, people.ben])
    put(box, "1", asked(people.coordinator), clock, "TENTATIVE")
    read()
    for user in (people.lead, people.anna, people.ben):
        assert answers(browse(user), event) == [
            ("Anna Albers", "noch keine Antwort"),
            ("Kira Koch", "vorläufig zugesagt"),
        ]
    for user in (people.coordinator, people.head):
        page = browse(user).get(f"/sessions/{event.public_id}").text
        assert "Antworten auf Einladungen" not in page
        assert "vorläufig zugesagt" not in page


def answers(client: Any, event: Event) -> list[tuple[str, str]]:
    page = client.get(f"/sessions/{event.public_id}").text
    panel = page.partition("Antworten auf Einladungen")[2].partition("</dl>")[0]
    return re.findall(r"<dt>([^<]*)</dt><dd>([^<]*)</dd>", panel)


def test_case_11_who_is_invited_elsewhere_stays_unknown(people: Cast, add: Add, asked: Any, browse: Any) -> None:
    """The people of an anonymous municipality are unknown to a consultant who does not work for it."""
    event = add(people.first, people.secret, consultants=[people.anna])
    asked(people.hidden)
    nobody = "noch keine Antwort"
    assert answers(browse(people.anna), event) == [
        ("Anna Albers", nobody),
        ("Kira Koch", nobody),
        ("Vera Vogt", nobody),
    ]
    assert answers(browse(people.ben), event) == [("Anna Albers", nobody), ("Kira Koch", nobody)]


def test_what_everybody_is_invited_to_shows_its_guests_to_those_who_run_it(
    people: Cast, add: Add, asked: Any, browse: Any
) -> None:
    event = add(kind=EventKind.NETWORK, title="Austausch", consultants=[people.anna])
    asked(people.hidden)
    everybody = ["Anna Albers", "Karl Kern", "Kira Koch", "Vera Vogt"]
    found = {
        user.name: [name for name, _ in answers(browse(user), event)] for user in (people.lead, people.anna, people.ben)
    }
    assert found == {"Lea Leitner": everybody, "Anna Albers": everybody, "Ben Brandt": []}


def test_without_a_folder_it_is_bad_usage_and_nobody_is_asked(people: Cast, add: Add, read: Reader, asked: Any) -> None:
    done = read()
    assert (done.exit_code, "KOMMA_ANSWERS_MAILDIR" in done.output) == (2, True)
    add(people.first, consultants=[people.ben])
    assert "RSVP=FALSE" in asked(people.coordinator).octets.decode().replace("\r\n ", "")


def test_a_folder_of_another_form_is_bad_usage(box: Path, read: Reader) -> None:
    (box / "new").rmdir()
    done = read()
    assert (done.exit_code, "new and cur" in done.output) == (2, True)
