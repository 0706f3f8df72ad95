"""Who takes part, as what, and where: the lead's pages."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from komma_tracker.access.rules import Forbidden, Role, Viewer
from komma_tracker.accounts import queries, service
from komma_tracker.accounts.models import Assignment, User
from komma_tracker.accounts.rules import Details, PeopleFilter, PersonState, Span
from komma_tracker.audit.models import AuditRecord
from komma_tracker.db import db
from komma_tracker.feeds.service import close_unreadable
from komma_tracker.kit.paging import PAGE_SIZE
from komma_tracker.municipalities.models import Municipality
from tests.factories.people import make_assignment, make_user
from tests.integration.accounts.conftest import Letters, is_signed_in
from tests.support.application import Login, SessionFor
from tests.support.client import Client
from tests.support.clock import Clock

BEN = {"name": "Ben Brandt", "email": "Ben@Example.org", "role": "consultant", "municipality": "", "land": "NW"}
KEY = {"request_key": "one-and-the-same-form"}


@pytest.fixture
def leads(client: Client, login: Login, lead: User) -> Client:
    """The lead's browser."""
    return login(client, lead)


def user_of(session: Session, email: str) -> User | None:
    session.rollback()
    return session.scalar(select(User).where(User.email == email))


def fresh(session: Session, user: User) -> None:
    session.rollback()  # a transaction that has read sees only what was there when it began
    session.refresh(user)


def records(session: Session, action: str) -> list[AuditRecord]:
    session.rollback()
    return list(session.scalars(select(AuditRecord).where(AuditRecord.action == action).order_by(AuditRecord.id)))


def edited(user: User, **values: Any) -> dict[str, Any]:
    return {
        "name": user.name,
        "email": user.email,
        "role": user.role,
        "land": user.land or "",
        "version": user.version,
        **values,
    }


# Inviting.


def test_the_lead_invites_and_the_person_gets_a_letter(leads: Client, session: Session, letters: Letters) -> None:
    answer = leads.post("/people/new", data=BEN)
    user = user_of(session, "ben@example.org")
    assert user is not None
    assert answer.location == f"/people/{user.public_id}"
    assert (user.name, user.role, user.state) == ("Ben Brandt", Role.CONSULTANT, PersonState.INVITED)
    ((to, link),) = letters()
    assert to == "ben@example.org"
    assert link.startswith("/invitation/")
    assert link.rpartition("/")[2] not in leads.get(answer.location).text  # only mailed


def test_a_coordinator_begins_today_in_one_municipality(
    leads: Client, session: Session, places: list[Municipality], clock: Clock
) -> None:
    leads.post("/people/new", data={**BEN, "role": "coordinator", "municipality": "K02"})
    user = user_of(session, "ben@example.org")
    assert user is not None
    assert [each.span for each in user.assignments] == [Span(places[1].id, clock.today)]


@pytest.mark.parametrize("role", ["coordinator", "head"])
def test_people_of_a_municipality_need_one(leads: Client, session: Session, role: str) -> None:
    answer = leads.post("/people/new", data={**BEN, "role": role})
    assert (answer.status_code, "Für diese Rolle fehlt die Kommune." in answer.text) == (422, True)
    assert user_of(session, "ben@example.org") is None


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"name": " "}, "Bitte geben Sie einen Namen an."),
        ({"name": "x" * 121}, "Der Name darf höchstens 120 Zeichen haben."),
        ({"email": "ben"}, "Bitte geben Sie eine E-Mail-Adresse an, zum Beispiel name@example.org."),
        ({"email": "bén@example.org"}, "Bitte geben Sie eine E-Mail-Adresse an, zum Beispiel name@example.org."),
        ({"email": "LEAD@example.org"}, "Mit dieser E-Mail-Adresse gibt es schon eine Person."),
        ({"role": ""}, "Bitte wählen Sie eine Rolle."),
        ({"role": "reader", "municipality": "K01"}, "Wer nur Programmsummen sieht, gehört zu keiner Kommune."),
    ],
)
def test_what_cannot_be_is_said_beside_the_field_and_nothing_is_lost(
    leads: Client, session: Session, places: list[Municipality], letters: Letters, values: dict[str, str], message: str
) -> None:
    answer = leads.post("/people/new", data={**BEN, **values})
    assert (answer.status_code, message in answer.text) == (422, True)
    assert f'value="{values.get("email", BEN["email"])}"' in answer.text
    assert session.scalar(select(func.count(User.id))) == 1
    assert letters() == []


def test_a_double_click_invites_once(leads: Client, session: Session, letters: Letters) -> None:
    answers = [leads.post("/people/new", data={**BEN, **KEY}).location for _ in range(2)]
    assert answers[0] == answers[1]
    assert session.scalar(select(func.count(User.id))) == 2
    assert len(letters()) == 1


def test_the_record_names_nobody(leads: Client, session: Session, places: list[Municipality], lead: User) -> None:
    leads.post("/people/new", data={**BEN, "municipality": "K01"})
    user = user_of(session, "ben@example.org")
    assert user is not None
    leads.post(f"/people/{user.public_id}/edit", data=edited(user, name="Ben Neu", email="neu@example.org"))
    leads.post(f"/people/{user.public_id}/disable")
    found = [*records(session, "person.add"), *records(session, "person.change"), *records(session, "person.disable")]
    assert [(each.actor_id, each.object_id) for each in found] == [(lead.id, user.public_id)] * 3
    assert found[1].after == {"role": "consultant", "changed": ["name", "email"]}
    told = str([(each.before, each.after) for each in found])
    assert not [secret for secret in ("Ben", "example.org", places[0].label) if secret in told]


# The list.


def test_the_list_shows_role_municipalities_and_state(leads: Client, session: Session, anna: User) -> None:
    page = leads.get("/people").text
    for words in ("Anna Albers", "anna@example.org", "Beratungsperson", "Stadt Musterau 01", "aktiv"):
        assert words in page, words
    assert "seit 05.01.2026" in page


def test_names_stand_as_in_a_dictionary(session: Session, clock: Clock) -> None:
    for name in ("Zander", "Özdemir", "Olsen", "östlund"):
        make_user(session, name=name)
    page = queries.people_page(session, Viewer(0, Role.LEAD), wanted=PeopleFilter(), number=1)
    assert [user.name for user in page.rows] == ["Olsen", "östlund", "Özdemir", "Zander"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (PeopleFilter(text="ALBERS"), ["Anna Albers"]),
        (PeopleFilter(text="lead@"), ["Lea Leitner"]),
        (PeopleFilter(role=Role.LEAD), ["Lea Leitner"]),
        (PeopleFilter(state=PersonState.INVITED), ["Ida Imhof"]),
        (PeopleFilter(state=PersonState.DISABLED), ["Dora Dietz"]),
        (PeopleFilter(role=Role.CONSULTANT, state=PersonState.ACTIVE), ["Anna Albers"]),
        (PeopleFilter(text="nobody"), []),
    ],
)
def test_filters(
    session: Session, lead: User, anna: User, clock: Clock, wanted: PeopleFilter, found: list[str]
) -> None:
    make_user(session, name="Ida Imhof", password_hash=None)
    make_user(session, name="Dora Dietz", disabled_at=clock.now)
    page = queries.people_page(session, Viewer(lead.id, Role.LEAD), wanted=wanted, number=1)
    assert [user.name for user in page.rows] == found


@pytest.mark.parametrize("number", ["1", "2", "99", "x", "-1"])
def test_a_long_list_has_pages(leads: Client, session: Session, number: str) -> None:
    for _ in range(PAGE_SIZE + 5):
        make_user(session)
    session.commit()
    answer = leads.get(f"/people?page={number}&role=consultant")
    rows = answer.text.count('scope="row"')
    assert (answer.status_code, rows) == (200, 5 if number in ("2", "99") else PAGE_SIZE)


def test_filters_that_there_are_none_of_mean_all(leads: Client) -> None:
    assert leads.get("/people?role=king&state=asleep").status_code == 200


def test_nobody_found_says_what_to_do(leads: Client) -> None:
    assert "Niemand gefunden" in leads.get("/people?text=zzz").text


def test_the_number_of_queries_does_not_grow_with_the_people(
    app: Flask, leads: Client, session: Session, places: list[Municipality]
) -> None:
    with app.app_context():
        engine = db.engine
    asked: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    counts = []
    for _ in range(2):
        for _ in range(10):
            make_user(session, municipalities=places)
        session.commit()
        asked.clear()
        assert leads.get("/people").status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 8


# Changing.


def test_the_lead_corrects_name_address_and_role(leads: Client, session: Session, anna: User) -> None:
    new = {"name": "Anna Neu", "email": "anna.neu@example.org", "role": "lead"}
    answer = leads.post(f"/people/{anna.public_id}/edit", data=edited(anna, **new))
    assert answer.location == f"/people/{anna.public_id}"
    fresh(session, anna)
    assert (anna.name, anna.email, anna.role) == tuple(new.values())


def test_another_address_voids_the_links_sent_to_the_old_one(
    app: Flask, leads: Client, anna: User, letters: Letters
) -> None:
    leads.post("/password/forgot", data={"email": anna.email})
    ((_, link),) = letters()
    stranger = app.test_client()
    assert stranger.get(link).status_code == 200
    leads.post(f"/people/{anna.public_id}/edit", data=edited(anna, email="anna.neu@example.org"))
    assert stranger.get(link).status_code == 404


def test_two_editors_lose_neither_version(leads: Client, session: Session, anna: User) -> None:
    stale = edited(anna, name="Meine Fassung")
    leads.post(f"/people/{anna.public_id}/edit", data=edited(anna, name="Deren Fassung"))
    answer = leads.post(f"/people/{anna.public_id}/edit", data=stale)
    assert answer.status_code == 409
    assert 'value="Meine Fassung"' in answer.text
    assert '<td data-label="Ihre Fassung">Meine Fassung</td>' in answer.text
    assert '<td data-label="Gespeicherte Fassung">Deren Fassung</td>' in answer.text
    fresh(session, anna)
    assert anna.name == "Deren Fassung"
    assert f'name="version" type="hidden" value="{anna.version}"' in answer.text
    leads.post(f"/people/{anna.public_id}/edit", data={**stale, "version": anna.version})  # now knowingly
    fresh(session, anna)
    assert anna.name == "Meine Fassung"


@pytest.mark.parametrize("version", ["", "0", "x", "99"])
def test_a_form_without_its_version_changes_nothing(leads: Client, session: Session, anna: User, version: str) -> None:
    data = edited(anna, name="Anna Neu", version=version)
    assert leads.post(f"/people/{anna.public_id}/edit", data=data).status_code == 409
    fresh(session, anna)
    assert anna.name == "Anna Albers"


def test_nobody_takes_the_lead_from_themselves(leads: Client, session: Session, lead: User) -> None:
    role = leads.post(f"/people/{lead.public_id}/edit", data=edited(lead, role="consultant"))
    off = leads.post(f"/people/{lead.public_id}/disable", follow_redirects=True)
    assert role.status_code == 422
    for answer in (role, off):
        assert "Das eigene Konto kann nur eine andere Programmleitung ändern." in answer.text
    fresh(session, lead)
    assert (lead.role, lead.state) == (Role.LEAD, PersonState.ACTIVE)
    assert is_signed_in(leads)


@pytest.mark.parametrize(
    ("role", "spans", "allowed"),
    [
        (Role.COORDINATOR, 0, False),
        (Role.COORDINATOR, 1, True),
        (Role.COORDINATOR, 2, False),
        (Role.READER, 0, True),
        (Role.READER, 1, False),
        (Role.LEAD, 2, True),
    ],
)
def test_a_role_must_suit_the_assignments(
    leads: Client, session: Session, places: list[Municipality], role: Role, spans: int, allowed: bool
) -> None:
    user = make_user(session, municipalities=places[:spans])
    session.commit()
    answer = leads.post(f"/people/{user.public_id}/edit", data=edited(user, role=role))
    assert answer.status_code == (302 if allowed else 422)
    fresh(session, user)
    assert user.role == (role if allowed else Role.CONSULTANT)


def test_disabling_and_enabling_is_recorded_once_each(leads: Client, session: Session, anna: User) -> None:
    for action in ("disable", "disable", "enable", "enable"):
        leads.post(f"/people/{anna.public_id}/{action}")
    assert (len(records(session, "person.disable")), len(records(session, "person.enable"))) == (1, 1)
    fresh(session, anna)
    assert anna.state is PersonState.ACTIVE


# Where people belong.


def assign(client: Client, user: User, code: str, start: date, end: date | None = None, key: str = "") -> TestResponse:
    data = {"municipality": code, "starts_on": start, "ends_on": end or "", "request_key": key}
    return client.post(f"/people/{user.public_id}/assignments/new", data=data)


def test_a_consultant_may_work_in_several_municipalities(
    leads: Client, session: Session, places: list[Municipality], anna: User, clock: Clock
) -> None:
    assert assign(leads, anna, "K02", clock.today, date(2026, 12, 31)).status_code == 302
    fresh(session, anna)
    assert [each.span for each in anna.assignments] == [
        Span(places[0].id, date(2026, 1, 5)),
        Span(places[1].id, clock.today, date(2026, 12, 31)),
    ]
    (record,) = records(session, "assignment.add")
    assert record.after == {"municipality_id": places[1].id, "starts_on": "2026-05-20", "ends_on": "2026-12-31"}


def test_a_double_click_assigns_once(leads: Client, session: Session, anna: User, clock: Clock) -> None:
    for _ in range(2):
        assert assign(leads, anna, "K02", clock.today, key=KEY["request_key"]).status_code == 302
    assert session.scalar(select(func.count(Assignment.id))) == 2


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.HEAD])
def test_a_coordinator_belongs_to_one_at_a_time(
    leads: Client, session: Session, places: list[Municipality], clock: Clock, role: Role
) -> None:
    user = make_user(session, role=role, municipalities=places[:1])
    session.commit()
    refused = assign(leads, user, "K02", clock.today)
    assert (refused.status_code, "gehören immer nur zu einer Kommune" in refused.text) == (422, True)
    leads.post(
        f"/people/{user.public_id}/assignments/{user.assignments[0].id}",
        data={"starts_on": "05.01.2026", "ends_on": clock.today.isoformat()},
    )
    assert assign(leads, user, "K02", clock.today).status_code == 422  # the last day is inclusive
    assert assign(leads, user, "K02", clock.today + timedelta(days=1)).status_code == 302


@pytest.mark.parametrize(
    ("code", "start", "end", "message"),
    [
        ("", "2026-06-01", "", "Bitte wählen Sie eine Kommune."),
        ("K99", "2026-06-01", "", ""),
        ("K02", "", "", "Bitte geben Sie den ersten Tag an."),
        ("K02", "31.02.2026", "", "Bitte geben Sie ein Datum an, zum Beispiel 22.11.2026."),
        ("K02", "2026-06-02", "2026-06-01", "Das Ende darf nicht vor dem Beginn liegen."),
        ("K01", "2026-06-01", "", "In dieser Zeit ist die Person der Kommune schon zugeordnet."),
    ],
)
def test_what_cannot_be_assigned_is_said(
    leads: Client, session: Session, anna: User, code: str, start: str, end: str, message: str
) -> None:
    data = {"municipality": code, "starts_on": start, "ends_on": end}
    answer = leads.post(f"/people/{anna.public_id}/assignments/new", data=data)
    assert (answer.status_code, message in answer.text) == (422, True)
    assert session.scalar(select(func.count(Assignment.id))) == 1


def test_an_assignment_ends_and_with_it_what_one_sees(
    app: Flask, leads: Client, login: Login, session: Session, anna: User, clock: Clock
) -> None:
    annas = login(app.test_client(), anna)  # type: ignore[arg-type]
    assert "Stadt Musterau 01" in annas.get("/account").text
    url = f"/people/{anna.public_id}/assignments/{anna.assignments[0].id}"
    assert leads.post(url, data={"starts_on": "05.01.2026", "ends_on": "19.05.2026"}).status_code == 302
    viewer = queries.viewer_of_user(session, user_id=anna.id, today=clock.today)
    assert viewer is not None
    assert viewer.assigned == frozenset()
    (record,) = records(session, "assignment.change")
    assert (record.before, record.after) == (
        {"municipality_id": anna.assignments[0].municipality_id, "starts_on": "2026-01-05", "ends_on": None},
        {"municipality_id": anna.assignments[0].municipality_id, "starts_on": "2026-01-05", "ends_on": "2026-05-19"},
    )
    assert "05.01.2026 bis 19.05.2026" in leads.get(f"/people/{anna.public_id}").text


def test_a_wrong_end_is_said_and_kept_as_typed(leads: Client, anna: User) -> None:
    url = f"/people/{anna.public_id}/assignments/{anna.assignments[0].id}"
    answer = leads.post(url, data={"starts_on": "2026-02-01", "ends_on": "2026-01-31"})
    assert (answer.status_code, "Das Ende darf nicht vor dem Beginn liegen." in answer.text) == (422, True)
    assert 'value="2026-01-31"' in answer.text


def test_a_mistaken_assignment_is_removed(leads: Client, session: Session, anna: User) -> None:
    url = f"/people/{anna.public_id}/assignments/{anna.assignments[0].id}"
    assert leads.post(f"{url}/remove").status_code == 302
    assert session.scalar(select(func.count(Assignment.id))) == 0
    assert len(records(session, "assignment.remove")) == 1
    assert leads.get(url).status_code == 404
    assert leads.post(f"{url}/remove").status_code == 404


def test_an_assignment_is_reached_by_its_own_person_only(
    leads: Client, session: Session, places: list[Municipality], anna: User
) -> None:
    other = make_user(session)
    assignment = make_assignment(session, other, places[0], starts_on=date(2026, 1, 1))
    session.commit()
    url = f"/people/{anna.public_id}/assignments/{assignment.id}"
    assert leads.get(url).status_code == 404
    assert leads.post(f"{url}/remove").status_code == 404
    assert session.scalar(select(func.count(Assignment.id)).where(Assignment.id == assignment.id)) == 1


# Everybody else.


def paths(user: User) -> list[tuple[str, str]]:
    person = f"/people/{user.public_id}"
    assignment = f"{person}/assignments/{user.assignments[0].id}"
    reads = ["/people", "/people/new", person, f"{person}/edit", f"{person}/assignments/new", assignment]
    writes = ["/people/new", f"{person}/edit", f"{person}/invite", f"{person}/disable", f"{person}/enable"]
    writes += [f"{person}/assignments/new", assignment, f"{assignment}/remove"]
    return [*(("GET", path) for path in reads), *(("POST", path) for path in writes)]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.LEAD])
def test_only_leads_find_these_pages(
    client: Client, login: Login, session: Session, anna: User, places: list[Municipality], role: Role
) -> None:
    user = make_user(session, role=role, municipalities=[] if role is Role.READER else places[:1])
    session.commit()
    login(client, user)
    before = session.scalars(select(User.version).order_by(User.id)).all()
    for method, path in paths(anna):
        answer = client.get(path) if method == "GET" else client.post(path, data=edited(anna, name="x"))
        assert answer.status_code == 404, (method, path)
    session.rollback()
    assert session.scalars(select(User.version).order_by(User.id)).all() == before


def test_a_stranger_is_asked_to_sign_in(client: Client, anna: User) -> None:
    for method, path in paths(anna):
        answer = client.get(path) if method == "GET" else client.post(path)
        wanted = f"/login?next={path}" if method == "GET" else "/login"
        assert (answer.status_code, answer.location) == (302, wanted)


def test_the_service_asks_for_the_permission_itself(
    session_for: SessionFor, anna: User, clock: Clock, now: Any
) -> None:
    viewer = Viewer(anna.id, Role.CONSULTANT, frozenset({1}))
    session = session_for(viewer)
    who, when = {"public_id": anna.public_id}, {"now": now}
    day, span = {"today": clock.today, **when}, Span(1, clock.today)
    details = Details("x", "x@example.org", Role.LEAD)
    with pytest.raises(Forbidden):
        service.add_person(session, viewer, details=details, municipality_id=None, **day)
    with pytest.raises(Forbidden):
        service.change_person(session, viewer, **who, version=1, details=details, close_feeds=close_unreadable, **day)
    with pytest.raises(Forbidden):
        service.invite(session, viewer, **who, **when)
    with pytest.raises(Forbidden):
        service.disable_person(session, viewer, **who, close_feeds=close_unreadable, **when)
    with pytest.raises(Forbidden):
        service.enable_person(session, viewer, **who, **when)
    with pytest.raises(Forbidden):
        service.add_assignment(session, viewer, **who, span=span, request_key=None, **day)
    with pytest.raises(Forbidden):
        service.change_assignment(
            session, viewer, **who, assignment_id=1, span=span, close_feeds=close_unreadable, **day
        )
    with pytest.raises(Forbidden):
        service.remove_assignment(session, viewer, **who, assignment_id=1, close_feeds=close_unreadable, **day)
