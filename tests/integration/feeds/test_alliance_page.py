"""What guests of an alliance read without an account: the wall (domain 1.5), tried on what is sent to them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from komma_tracker.alliances.models import MeetingAttendance, MeetingDecision, WorkPlanItem
from komma_tracker.alliances.rules import Side, Told, tells
from komma_tracker.db import unit_of_work
from komma_tracker.events.models import EventParticipants
from komma_tracker.events.rules import EventKind, EventState, FunctionGroup
from komma_tracker.feeds.rules import Audience, Level
from komma_tracker.municipalities.rules import Visibility
from tests.factories.alliances import make_alliance, make_member, make_organisation
from tests.factories.contracts import make_contract
from tests.factories.entries import make_entry
from tests.factories.events import make_event
from tests.integration.feeds.conftest import Programme, Subscribe
from tests.support.client import Client
from tests.support.clock import Clock

MARKS = {
    Told.DATES: "04.05.2026",
    Told.DECISIONS: "Haubenmeise",
    Told.WORK_PLAN: "Grauammer",
    Told.ATTENDANCE: "4711",
    Told.MEMBERS: "Trauerschnaepper",
    Told.CONTACTS: "Neuntoeter",
    Told.NEXT_STEPS: "Goldammer",
    Told.PARTICIPANTS: "8321",
    Told.COACHING: "Zaunkoenig",
    Told.NOTES: "Kernbeisser",
    Told.DAYS: "Wiesenpieper",
}
"""A mark for each thing that could be told."""


@pytest.fixture
def alliances(programme: Programme, session: Session, clock: Clock) -> None:
    """The alliances of K01 and K02 and of the anonymous K07, each with everything that could be told."""
    with unit_of_work(session):
        police = make_organisation(session, MARKS[Told.MEMBERS])
        for place in (programme.neuenwerra, programme.lindental, programme.falkenhude):
            alliance = make_alliance(session, place)
            make_member(
                session, alliance, police, contact_function=MARKS[Told.CONTACTS], next_step=MARKS[Told.NEXT_STEPS]
            )
            session.add(WorkPlanItem(municipality_id=place.id, title=MARKS[Told.WORK_PLAN]))
            _sessions(session, programme, place)


def _sessions(session: Session, programme: Programme, place: Any) -> None:
    values: dict[str, Any] = {"municipalities": [place], "consultants": [programme.consultant]}
    meeting = make_event(
        session, kind=EventKind.ALLIANCE_MEETING, state=EventState.HELD, title="Allianztreffen",
        starts_local=datetime(2026, 5, 4, 9), **values,
    )  # fmt: skip
    key = {"event_id": meeting.id, "municipality_id": place.id}
    session.add(MeetingDecision(**key, position=1, text=f"{MARKS[Told.DECISIONS]} in {place.code}"))
    session.add(MeetingAttendance(**key, side=Side.COUNSELLING, headcount=int(MARKS[Told.ATTENDANCE])))
    meeting.participants = [
        EventParticipants(function_group=FunctionGroup.MANAGERS, headcount=int(MARKS[Told.PARTICIPANTS]))
    ]
    make_event(
        session, kind=EventKind.COACHING, title=MARKS[Told.COACHING], starts_local=datetime(2027, 1, 12, 9), **values
    )
    contract = make_contract(session, place)
    make_entry(
        session, contract, programme.consultant, service_date=date(2026, 5, 4), note=MARKS[Told.DAYS],
        internal_note=MARKS[Told.NOTES],
    )  # fmt: skip


def page_of(path: str) -> str:
    """The page beside a calendar."""
    return f"{path.rpartition('/')[0]}/allianz"


def told(text: str) -> set[Told]:
    """What of all that there is stands in this text."""
    return {what for what, mark in MARKS.items() if mark in text}


@pytest.mark.usefixtures("alliances")
@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("place", ["neuenwerra", "falkenhude"])
def test_the_wall_holds_in_what_is_sent(
    client: Client, programme: Programme, subscribe: Subscribe, side: Side, place: str
) -> None:
    path = subscribe(
        programme.lead, Audience.ALLIANCE, getattr(programme, place), level=Level.FULL, for_guest=True, side=side
    )
    page, calendar = client.get(page_of(path)), client.get(path)
    assert (page.status_code, calendar.status_code) == (200, 200)
    assert told(page.text) == {what for what in Told if tells(side, what)}
    assert told(calendar.text) == set()
    assert ("Falkenhude" in page.text) is False
    assert page.headers["Cache-Control"] == "no-store"


@pytest.mark.usefixtures("alliances")
@pytest.mark.parametrize(
    ("places", "decided"),
    [
        (("neuenwerra", "lindental"), ["K01", "K02"]),
        (("neuenwerra", "falkenhude"), ["K01"]),
        (("falkenhude",), ["K07"]),
    ],
)
def test_case_18_decisions_of_two_alliances_on_one_page_only_if_neither_is_anonymous(
    client: Client, programme: Programme, subscribe: Subscribe, session: Session, places: tuple[str, ...],
    decided: list[str],
) -> None:  # fmt: skip
    chosen = [getattr(programme, place) for place in places]
    hidden = [place for place in chosen if len(chosen) > 1 and place is programme.falkenhude]
    with unit_of_work(session):
        for place in hidden:
            place.visibility = Visibility.NETWORK
    path = subscribe(programme.lead, Audience.ALLIANCE, *chosen, for_guest=True, side=Side.SECURITY)
    with unit_of_work(session):
        for place in hidden:
            place.visibility = Visibility.ANONYMOUS
    text = client.get(page_of(path)).text
    assert [code for code in ("K01", "K02", "K07") if f"{MARKS[Told.DECISIONS]} in {code}" in text] == decided
    assert "Falkenhude" not in text


@pytest.mark.usefixtures("alliances")
@pytest.mark.parametrize(
    ("audience", "values"),
    [
        (Audience.MUNICIPALITY, {"for_guest": True}),
        (Audience.ALLIANCE, {"side": Side.SECURITY}),
        (Audience.ALLIANCE, {"side": Side.SECURITY, "for_guest": True, "level": Level.ALIAS}),
        (Audience.ALLIANCE, {"side": Side.SECURITY, "for_guest": True, "level": Level.BUSY}),
    ],
)
def test_no_other_address_opens_a_page(
    client: Client, programme: Programme, subscribe: Subscribe, audience: Audience, values: dict[str, Any]
) -> None:
    path = subscribe(programme.lead, audience, programme.neuenwerra, **values)
    assert client.get(page_of(path)).status_code == 404
    assert client.get(path).status_code == 200


@pytest.mark.usefixtures("alliances")
def test_the_page_ends_with_its_address(
    client: Client, programme: Programme, subscribe: Subscribe, clock: Clock
) -> None:
    path = subscribe(programme.lead, Audience.ALLIANCE, programme.neuenwerra, for_guest=True, side=Side.SECURITY)
    assert client.get(page_of(path)).status_code == 200
    clock.wait(days=31)
    assert client.get(page_of(path)).status_code == 404
