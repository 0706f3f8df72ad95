"""Use cases of alliances: who may do what, what is recorded, and what one organisation never tells of another place."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Conflict, Forbidden, Invalid, NotFound
from komma_tracker.alliances import queries, service, working
from komma_tracker.alliances.models import AllianceMember, Organisation
from komma_tracker.alliances.rules import AllianceState, Gap, MemberState, Side
from komma_tracker.audit.models import AuditRecord
from komma_tracker.events.queries.meetings import alliance_meetings
from komma_tracker.events.rules import EventKind, EventState
from komma_tracker.feeds.rules import shown_together
from tests.factories.alliances import make_alliance, make_member, make_organisation
from tests.factories.events import make_event
from tests.support.application import SessionFor
from tests.support.neighbours import Neighbours

NOW = datetime(2026, 5, 20, 8, tzinfo=UTC)
TODAY = date(2026, 5, 20)
KEY = "a-key-of-a-form-0001"
MEMBERSHIP = service.Membership(side=Side.SECURITY, contact_function="Leitung Staatsschutz")


class Desk:
    """One person before the alliance of K01."""

    def __init__(self, session_for: SessionFor, neighbours: Neighbours, who: str) -> None:
        self.viewer = neighbours.viewer(who)
        self.session, self.place = session_for(self.viewer), neighbours.named.id

    def add(self, name: str = "Polizeidirektion", **values: Any) -> AllianceMember:
        given = {"organisation": None, "name": name, "membership": MEMBERSHIP, "now": NOW} | values
        return service.add_member(self.session, self.viewer, municipality_id=self.place, **given)

    def move(self, member: AllianceMember, target: MemberState) -> None:
        service.move_member(
            self.session, self.viewer, municipality_id=self.place, public_id=member.public_id, version=member.version,
            target=target, today=TODAY, now=NOW,
        )  # fmt: skip

    def turn(self, target: AllianceState, version: int | None, on: date = TODAY) -> None:
        service.move_alliance(
            self.session, self.viewer, municipality_id=self.place, version=version, target=target, on=on, today=TODAY,
            now=NOW,
        )  # fmt: skip

    @property
    def glance(self) -> queries.Glance:
        return queries.glances(self.session, self.viewer, municipality_ids=[self.place])[self.place]


@pytest.fixture
def desk(session_for: SessionFor, neighbours: Neighbours) -> Any:
    return lambda who: Desk(session_for, neighbours, who)


@pytest.mark.parametrize("who", ["lead", "anna", "ben", "coordinator"])
def test_whoever_cares_for_it_brings_an_organisation_in_and_moves_it_on(desk: Any, who: str) -> None:
    at: Desk = desk(who)
    member = at.add()
    assert at.glance.coverage.gaps[2] == (Side.SECURITY, Gap.NOT_ASKED)
    for target in (MemberState.ASKED, MemberState.AGREED, MemberState.ACTIVE):
        at.move(member, target)
    assert at.glance.coverage.active == {Side.SECURITY}
    found = queries.members_of(at.session, at.viewer, at.place)
    assert [(each.organisation.name, each.state, each.last_contact_on) for each in found] == [
        ("Polizeidirektion", MemberState.ACTIVE, TODAY)
    ]


@pytest.mark.parametrize(
    ("who", "error"),
    [("head", Forbidden), ("cleo", NotFound), ("secret_coordinator", NotFound), ("reader", NotFound)],
)
def test_nobody_else_does(desk: Any, who: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        desk(who).add()


def test_a_form_that_arrives_twice_brings_in_one(desk: Any, session: Session) -> None:
    ben: Desk = desk("ben")
    first, second = ben.add(request_key=KEY), ben.add(request_key=KEY)
    assert first.public_id == second.public_id
    assert len(session.scalars(select(Organisation)).all()) == 1


def test_an_organisation_sits_once_on_a_side_and_may_sit_on_two(desk: Any) -> None:
    ben: Desk = desk("ben")
    ordnungsamt = ben.add("Ordnungsamt").organisation.public_id
    with pytest.raises(Invalid) as twice:
        ben.add(organisation=ordnungsamt)
    assert twice.value.field == "side"
    ben.add(organisation=ordnungsamt, membership=service.Membership(side=Side.ADMINISTRATION))
    assert [each.side for each in queries.members_of(ben.session, ben.viewer, ben.place)] == [
        Side.ADMINISTRATION, Side.SECURITY,
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["Frau Amsel", "amsel@example.org", "0561 / 12 34 56", "Herrn Dr. Amsel"])
def test_a_contact_is_a_function_and_never_a_person(desk: Any, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        desk("ben").add(membership=service.Membership(side=Side.SECURITY, contact_function=text))
    assert refused.value.field == "contact_function"


def test_of_two_editors_the_second_is_told(desk: Any) -> None:
    ben, anna = desk("ben"), desk("anna")
    member = ben.add()
    change = {"municipality_id": ben.place, "public_id": member.public_id, "version": member.version, "now": NOW}
    service.change_member(anna.session, anna.viewer, membership=service.Membership(side=Side.OTHER), **change)
    with pytest.raises(Conflict):
        service.change_member(ben.session, ben.viewer, membership=MEMBERSHIP, **change)


def test_the_alliance_moves_on_with_the_day_that_it_did(desk: Any) -> None:
    ben: Desk = desk("ben")
    ben.turn(AllianceState.CONSTITUTED, None, TODAY - timedelta(days=3))
    with pytest.raises(Conflict):
        ben.turn(AllianceState.WORKING, 1)
    with pytest.raises(Invalid) as future:
        ben.turn(AllianceState.WORKING, 2, TODAY + timedelta(days=1))
    assert future.value.field == "on"
    with pytest.raises(Forbidden):
        ben.turn(AllianceState.DISBANDED, 2)
    assert queries.turns_of(ben.session, ben.viewer, ben.place) == [
        queries.Turn(AllianceState.CONSTITUTED, TODAY - timedelta(days=3))
    ]


def test_the_record_says_what_was_done_without_a_word_of_text(desk: Any, session: Session) -> None:
    member = desk("ben").add("Beratungsstelle Rotkehlchen")
    record = session.scalars(select(AuditRecord)).one()
    assert (record.action, record.object_id) == ("alliance.add_member", member.public_id)
    assert record.after == {
        "organisation": member.organisation.public_id, "side": "security", "state": "identified", "agreement": "none",
        "last_contact_on": None, "next_step_on": None,
    }  # fmt: skip


# Meetings.


def meeting(session: Session, neighbours: Neighbours, **values: Any) -> str:
    given = {"kind": EventKind.ALLIANCE_MEETING, "starts_local": datetime(2026, 5, 19, 9)} | values
    made = make_event(session, municipalities=[neighbours.named, neighbours.secret], **given)
    session.commit()
    return made.public_id


def keep(at: Desk, public_id: str, **values: Any) -> None:
    given = {"attendance": {Side.SECURITY: 2}, "decisions": ["Meldekette testen"], "version": None} | values
    working.keep_minutes(
        at.session, at.viewer, municipality_id=at.place, public_id=public_id, meetings=alliance_meetings,
        local_now=datetime(2026, 5, 20, 10), now=NOW, **given,
    )  # fmt: skip


def test_what_is_kept_of_a_meeting_belongs_to_one_alliance(desk: Any, session: Session, neighbours: Neighbours) -> None:
    public_id = meeting(session, neighbours)
    ben: Desk = desk("ben")
    keep(ben, public_id)
    keep(ben, public_id, attendance={Side.SECURITY: 3, Side.ADMINISTRATION: 0}, version=2)
    (event_id, kept), *others = queries.minutes_of(ben.session, ben.viewer, ben.place).items()
    assert (kept, others) == (queries.Minutes({Side.SECURITY: 3}, ("Meldekette testen",)), [])
    found = queries.attendance_by_meeting(ben.session, ben.viewer, event_ids=[event_id])
    assert found == {(event_id, ben.place): {Side.SECURITY: 3}}
    other: Desk = desk("secret_coordinator")
    assert queries.attendance_by_meeting(other.session, other.viewer, event_ids=[event_id]) == {}
    assert queries.minutes_of(other.session, other.viewer, neighbours.secret.id) == {}


@pytest.mark.parametrize(
    "values",
    [
        {"state": EventState.CANCELLED},
        {"starts_local": datetime(2026, 5, 21, 9)},
    ],
)
def test_of_a_meeting_that_was_not_nothing_is_kept(
    desk: Any, session: Session, neighbours: Neighbours, values: dict[str, Any]
) -> None:
    with pytest.raises(Invalid):
        keep(desk("ben"), meeting(session, neighbours, **values))


def test_only_alliance_meetings_of_this_municipality_have_minutes(
    desk: Any, session: Session, neighbours: Neighbours
) -> None:
    with pytest.raises(NotFound):
        keep(desk("ben"), meeting(session, neighbours, kind=EventKind.WORKSHOP))


# Case 18.


def test_case_18_one_police_headquarters_in_two_alliances(desk: Any, session: Session, neighbours: Neighbours) -> None:
    police = make_organisation(session)
    make_member(session, make_alliance(session, neighbours.named), police)
    hidden = make_alliance(session, neighbours.secret)
    make_member(session, hidden, police)
    make_member(session, hidden, make_organisation(session, "Wache Finkenschlag"))
    session.commit()
    lead: Desk = desk("lead")
    rows = queries.organisations(lead.session, lead.viewer)
    assert [(row.name, [seat.code for seat in row.seats]) for row in rows] == [
        ("Polizeipräsidium Nordmark", ["K01", "K02"]), ("Wache Finkenschlag", ["K02"]),
    ]  # fmt: skip
    # One organisation, two memberships; who sees one alliance learns of neither the other nor who sits only there.
    for who, known in (("ben", ["Polizeipräsidium Nordmark"]), ("cleo", []), ("reader", [])):
        at: Desk = desk(who)
        assert [each.name for each in queries.organisation_choices(at.session, at.viewer)] == known
        assert len(at.session.scalars(select(AllianceMember)).all()) == len(known)
        with pytest.raises(NotFound):
            queries.organisations(at.session, at.viewer)
    # Its own calendar shows both only if neither is anonymous.
    both = (neighbours.named.id, neighbours.secret.id)
    assert shown_together(both, anonymous=both[1:]) == both[:1]
    assert shown_together(both, anonymous=()) == both


def test_what_is_named_alike_elsewhere_neither_shows_nor_hinders(
    desk: Any, session: Session, neighbours: Neighbours
) -> None:
    make_member(session, make_alliance(session, neighbours.secret), make_organisation(session, "Polizeidirektion"))
    session.commit()
    assert desk("ben").add("Polizeidirektion").organisation.name == "Polizeidirektion"
    assert len(session.scalars(select(Organisation)).all()) == 2


def test_who_does_not_see_all_alliances_of_an_organisation_cannot_rename_it(desk: Any) -> None:
    ben: Desk = desk("ben")
    organisation = ben.add().organisation
    rename = {"public_id": organisation.public_id, "version": 1, "name": "Polizei", "now": NOW}
    with pytest.raises(Forbidden):
        service.rename_organisation(ben.session, ben.viewer, **rename)
    lead: Desk = desk("lead")
    service.rename_organisation(lead.session, lead.viewer, **rename)
    assert [row.name for row in queries.organisations(lead.session, lead.viewer)] == ["Polizei"]


def test_glances_of_any_number_of_alliances_take_one_statement(
    session: Session, desk: Any, neighbours: Neighbours
) -> None:
    for place in (neighbours.named, neighbours.secret):
        make_member(session, make_alliance(session, place), make_organisation(session))
    session.commit()
    anna: Desk = desk("anna")
    statements: list[str] = []
    event.listen(anna.session.get_bind(), "before_cursor_execute", lambda *given: statements.append(given[2]))
    places = [neighbours.named.id, neighbours.secret.id]
    found = queries.active_sides(anna.session, anna.viewer, municipality_ids=places)
    assert found == dict.fromkeys(places, frozenset({Side.SECURITY}))
    assert len([each for each in statements if each.startswith("SELECT")]) == 1
    ben: Desk = desk("ben")
    assert list(queries.active_sides(ben.session, ben.viewer, municipality_ids=places)) == [neighbours.named.id]
