"""Case 10: one switch, and no calendar says any more where a municipality's sessions are."""

from __future__ import annotations

from typing import Any

import pytest
from icalendar import Calendar
from sqlalchemy import select
from sqlalchemy.orm import Session

from komma_tracker.alliances.rules import Side
from komma_tracker.audit.models import AuditRecord
from komma_tracker.db import unit_of_work
from komma_tracker.feeds.rules import Audience
from tests.factories.events import make_event
from tests.integration.feeds.conftest import Programme, Subscribe
from tests.support.application import Login
from tests.support.client import Client
from tests.support.clock import Clock

FORM = {
    "name": "Stadt Neuenwerra", "kind": "other", "land": "HE", "alias": "Kommune 01", "visibility": "network",
}  # fmt: skip
SECRETS = ("Saal 1", "Zimmer 12", "treffen.example")


@pytest.mark.parametrize("joint", [False, True], ids=["alone", "joint"])
def test_case_10_one_switch_hides_where(
    client: Client,
    login: Login,
    programme: Programme,
    session: Session,
    subscribe: Subscribe,
    clock: Clock,
    joint: bool,
) -> None:
    """Also in the calendar of whoever takes part in a joint session; and off again, it is all back."""
    places = [programme.neuenwerra, *([programme.lindental] if joint else [])]
    with unit_of_work(session):
        event = make_event(
            session, municipalities=places, consultants=[programme.consultant], room="Zimmer 12",
            link="https://treffen.example/raum",
        )  # fmt: skip
    paths = [
        subscribe(programme.lead, Audience.PROGRAMME),
        subscribe(programme.consultant, Audience.MINE),
        subscribe(programme.coordinator, Audience.MUNICIPALITY, programme.neuenwerra),
        subscribe(
            programme.coordinator, Audience.ALLIANCE, programme.neuenwerra, side=Side.COUNSELLING, for_guest=True
        ),
        *([subscribe(programme.stranger, Audience.MUNICIPALITY, programme.lindental)] if joint else []),
    ]
    lead = login(client, programme.lead)

    def switch(version: int, **on: str) -> list[Any]:
        clock.wait(minutes=5)
        data = {**FORM, "version": str(version), **on}
        assert lead.post("/municipalities/K01/edit", data=data).status_code == 302
        return [client.get(path) for path in paths]

    before = [client.get(path) for path in paths]
    hidden = switch(1, threatened="y")
    shown = switch(2)

    for answers, said in ((before, True), (hidden, False), (shown, True)):
        for answer in answers:
            assert answer.status_code == 200, "the addresses stay"
            text = answer.text.replace("\r\n ", "")
            assert [secret in text for secret in SECRETS] == [said] * len(SECRETS)
    stamps: list[list[Any]] = [
        [Calendar.from_ical(answers[0].data).walk("VEVENT")[0][name] for answers in (before, hidden, shown)]
        for name in ("SEQUENCE", "DTSTAMP")
    ]
    assert stamps[0] == [0, 1, 2]
    assert stamps[1][0].dt < stamps[1][1].dt < stamps[1][2].dt
    page = client.get(f"/sessions/{event.public_id}/termin.ics")
    assert "Zimmer 12" in page.text
    session.rollback()
    records = session.scalars(select(AuditRecord).where(AuditRecord.action == "municipality.change")).all()
    assert [record.after for record in records] == [{"changed": ["threatened"], "visibility": "network"}] * 2
