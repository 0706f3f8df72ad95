"""Every route says who may call it; what it does not admit looks like what does not exist (trust 3, 4, 15)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from komma_tracker.access import guards
from komma_tracker.access.rules import PERMISSIONS, Permission, Role
from komma_tracker.accounts.models import User
from komma_tracker.audit.models import AuditRecord
from komma_tracker.budget.models import DayEntry
from komma_tracker.db import Base
from tests.support import world
from tests.support.client import new_client
from tests.test_leaks import crawl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from sqlalchemy.orm import Session
    from werkzeug.routing import Rule
    from werkzeug.test import TestResponse

    from tests.support.application import Login
    from tests.support.client import Client
    from tests.support.clock import Clock

PUBLIC = "public"
ROUTES: dict[str, Permission | str] = {
    "accounts.account": Permission.ACCOUNT_OWN,
    "accounts.disable_person": Permission.PEOPLE_MANAGE,
    "accounts.edit_assignment": Permission.PEOPLE_MANAGE,
    "accounts.edit_person": Permission.PEOPLE_MANAGE,
    "accounts.enable_person": Permission.PEOPLE_MANAGE,
    "accounts.forgot": PUBLIC,
    "accounts.invitation": PUBLIC,
    "accounts.invitations": Permission.CALENDAR_VIEW,
    "accounts.invite": Permission.PEOPLE_MANAGE,
    "accounts.login": PUBLIC,
    "accounts.logout": Permission.ACCOUNT_OWN,
    "accounts.new_assignment": Permission.PEOPLE_MANAGE,
    "accounts.new_person": Permission.PEOPLE_MANAGE,
    "accounts.people": Permission.PEOPLE_MANAGE,
    "accounts.person": Permission.PEOPLE_MANAGE,
    "accounts.remove_assignment": Permission.PEOPLE_MANAGE,
    "accounts.reset": PUBLIC,
    "accounts.sign_out_everywhere": Permission.ACCOUNT_OWN,
    "accounts.workplace": Permission.ACCOUNT_OWN,
    "alliance_work.minutes": Permission.ALLIANCE_EDIT,
    "alliance_work.new_task": Permission.ALLIANCE_EDIT,
    "alliance_work.task": Permission.ALLIANCE_EDIT,
    "alliances.edit": Permission.ALLIANCE_EDIT,
    "alliances.member": Permission.ALLIANCE_EDIT,
    "alliances.move": Permission.ALLIANCE_EDIT,
    "alliances.move_member": Permission.ALLIANCE_EDIT,
    "alliances.new_member": Permission.ALLIANCE_EDIT,
    "alliances.organisation": Permission.ORGANISATION_MANAGE,
    "alliances.organisations": Permission.ORGANISATION_MANAGE,
    "alliances.show": Permission.ALLIANCE_VIEW,
    "amendments.edit": Permission.CONTRACT_EDIT,
    "amendments.new": Permission.CONTRACT_EDIT,
    "amendments.sign": Permission.CONTRACT_EDIT,
    "amendments.withdraw": Permission.CONTRACT_EDIT,
    "appointments.add_word": Permission.ENTRY_WORDS,
    "appointments.choose": Permission.ENTRY_IMPORT,
    "appointments.remove_word": Permission.ENTRY_WORDS,
    "appointments.upload": Permission.ENTRY_IMPORT,
    "budget.correct": Permission.ENTRY_LOG,
    "budget.decide": Permission.ENTRY_DECIDE,
    "budget.delete": Permission.ENTRY_LOG,
    "budget.edit": Permission.ENTRY_LOG,
    "budget.index": Permission.ENTRY_VIEW,
    "budget.month": Permission.ENTRY_LOG,
    "budget.new": Permission.ENTRY_LOG,
    "budget.preview": Permission.ENTRY_LOG,
    "budget.quick": Permission.ENTRY_LOG,
    "budget.show": Permission.ENTRY_VIEW,
    "budget.waiting": Permission.ENTRY_DECIDE,
    "contracts.edit": Permission.CONTRACT_EDIT,
    "contracts.move": Permission.CONTRACT_EDIT,
    "contracts.show": Permission.CONTRACT_VIEW,
    "deliverables.edit": Permission.STRATEGY_EDIT,
    "deliverables.index": Permission.STRATEGY_VIEW,
    "deliverables.move": Permission.STRATEGY_EDIT,
    "deliverables.new": Permission.STRATEGY_EDIT,
    "deliverables.review": Permission.STRATEGY_EDIT,
    "deliverables.show": Permission.STRATEGY_VIEW,
    "deliverables.version": Permission.STRATEGY_EDIT,
    "events.add_material": Permission.SESSION_EDIT,
    "downloads.month_file": Permission.CALENDAR_VIEW,
    "downloads.month_page": Permission.CALENDAR_VIEW,
    "downloads.session_file": Permission.SESSION_VIEW,
    "events.attendance": Permission.SESSION_EDIT,
    "events.calendar": Permission.CALENDAR_VIEW,
    "events.cancel": Permission.SESSION_EDIT,
    "events.confirm": Permission.SESSION_EDIT,
    "events.decide": Permission.SESSION_EDIT,
    "events.edit": Permission.SESSION_EDIT,
    "events.follow_up": Permission.SESSION_EDIT,
    "events.hold": Permission.SESSION_EDIT,
    "events.move": Permission.SESSION_EDIT,
    "events.new": Permission.SESSION_EDIT,
    "events.remove_material": Permission.SESSION_EDIT,
    "events.series": Permission.SESSION_VIEW,
    "events.series_cancel": Permission.SESSION_EDIT,
    "events.series_edit": Permission.SESSION_EDIT,
    "events.series_move": Permission.SESSION_EDIT,
    "events.series_part": Permission.SESSION_EDIT,
    "events.series_persons": Permission.SESSION_EDIT,
    "events.show": Permission.SESSION_VIEW,
    "events.withdraw": Permission.CONTRACT_EDIT,
    "exchange.book": Permission.ENTRY_IMPORT,
    "exchange.export_contracts": Permission.CONTRACT_VIEW,
    "exchange.export_entries": Permission.ENTRY_EXPORT,
    "exchange.export_programme": Permission.PROGRAMME_EXPORT,
    "exchange.export_sessions": Permission.CALENDAR_VIEW,
    "exchange.export_strategies": Permission.STRATEGY_VIEW,
    "exchange.export_statements": Permission.STATEMENT_VIEW,
    "exchange.forget_columns": Permission.ENTRY_IMPORT,
    "exchange.import_columns": Permission.ENTRY_IMPORT,
    "exchange.import_entries": Permission.ENTRY_IMPORT,
    "exchange.import_names": Permission.ENTRY_IMPORT,
    "exchange.preview": Permission.ENTRY_IMPORT,
    "exchange.programme": Permission.PROGRAMME_EXPORT,
    "feeds.guests": Permission.FEED_GUESTS,
    "feeds.ics": PUBLIC,
    "feeds.index": Permission.ACCOUNT_OWN,
    "feeds.renew": Permission.ACCOUNT_OWN,
    "feeds.revoke": Permission.ACCOUNT_OWN,
    "guests.alliance": PUBLIC,
    "joining.board": Permission.SESSION_EDIT,
    "joining.close": Permission.SESSION_EDIT,
    "joining.enter": PUBLIC,
    "joining.open_": Permission.SESSION_EDIT,
    "joining.page": PUBLIC,
    "municipalities.edit": Permission.MUNICIPALITY_EDIT,
    "municipalities.index": Permission.MUNICIPALITY_LIST,
    "municipalities.new": Permission.MUNICIPALITY_EDIT,
    "municipalities.register": Permission.MUNICIPALITY_EDIT,
    "overview.course": Permission.PORTFOLIO_VIEW,
    "overview.municipality": Permission.MUNICIPALITY_VIEW,
    "overview.outlook": Permission.OUTLOOK_VIEW,
    "overview.own_municipality": Permission.MUNICIPALITY_VIEW,
    "overview.portfolio": Permission.PORTFOLIO_VIEW,
    "overview.programme": Permission.PROGRAMME_VIEW,
    "overview.today": Permission.TODAY_VIEW,
    "packages.decide": Permission.CONTRACT_EDIT,
    "packages.reallocate": Permission.CONTRACT_REALLOCATE,
    "packages.years": Permission.CONTRACT_EDIT,
    "reports.file": Permission.REPORT_FUNDER,
    "reports.filed": Permission.REPORT_FUNDER,
    "reports.index": Permission.REPORT_FUNDER,
    "reports.preview": Permission.REPORT_FUNDER,
    "reports.show": Permission.REPORT_FUNDER,
    "pool.decide": Permission.POOL_MANAGE,
    "pool.index": Permission.POOL_MANAGE,
    "pool.new": Permission.POOL_MANAGE,
    "pool.settle": Permission.POOL_MANAGE,
    "statements.answer": Permission.STATEMENT_ANSWER,
    "statements.check_number": Permission.STATEMENT_VIEW,
    "statements.close": Permission.STATEMENT_CLOSE,
    "statements.document": Permission.STATEMENT_VIEW,
    "statements.index": Permission.STATEMENT_VIEW,
    "statements.month": Permission.STATEMENT_VIEW,
    "statements.overdue": Permission.STATEMENT_SUBMIT,
    "statements.place": Permission.STATEMENT_VIEW,
    "statements.reopen": Permission.STATEMENT_SUBMIT,
    "statements.report": Permission.STATEMENT_CLOSE,
    "statements.send_link": Permission.STATEMENT_SUBMIT,
    "statements.sign_off": PUBLIC,
    "statements.submit": Permission.STATEMENT_SUBMIT,
    "static": PUBLIC,
    "timesheets.export": Permission.TIMESHEET_VIEW,
    "timesheets.show": Permission.TIMESHEET_VIEW,
    "web.healthz": PUBLIC,
    "web.home": PUBLIC,
    "web.language": PUBLIC,
}
"""The whole outside of the program: whoever adds a route writes it down here."""

EMAILS = {
    Role.LEAD: "lead@example.org",
    Role.CONSULTANT: "beratung-b@example.org",
    Role.COORDINATOR: "koordination-k01@example.org",
    Role.HEAD: "leitung-k01@example.org",
    Role.READER: "lesen@example.org",
}
READ = ("entry.export", "list.export", "programme.export", "report.export", "timesheet.export")
"""What leaves as a file is recorded, though nothing changes."""
STRANGERS = (Role.CONSULTANT, Role.COORDINATOR, Role.HEAD)
"""People who may call many routes, but have nothing to do with the anonymous municipality."""


@pytest.fixture
def ids(session: Session, clock: Clock) -> world.Ids:
    """The demo, with what belongs to the anonymous municipality alone."""
    world.build(session, today=clock.today)
    return world.plant(session)


@pytest.fixture
def client_as(app: Flask, session: Session, login: Login) -> ClientAs:
    """Signs in as the demo person with this role."""
    return ClientAs(app, session, login)


class ClientAs:
    """Clients of demo people, by role."""

    def __init__(self, app: Flask, session: Session, login: Login) -> None:
        self.app, self.session, self.login = app, session, login

    def __call__(self, role: Role) -> Client:
        user = self.session.scalars(select(User).where(User.email == EMAILS[role])).one()
        return self.login(new_client(self.app), user)


def test_every_route_is_listed_with_its_guard(app: Flask) -> None:
    with app.app_context():
        declared = {rule.endpoint: guards.declared_guard(rule.endpoint) for rule in app.url_map.iter_rules()}

    assert declared == ROUTES


def test_a_view_that_declares_nothing_is_refused(app: Flask, ids: world.Ids, client_as: ClientAs) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")

    assert app.test_client().get("/forgotten").status_code == 302
    assert client_as(Role.LEAD).get("/forgotten").status_code == 404


def test_visitors_are_sent_to_sign_in(app: Flask, ids: world.Ids) -> None:
    client = new_client(app)
    answers = {
        rule.endpoint: call(client, rule, method, **fills(ids))
        for rule, method in calls(app)
        if ROUTES[rule.endpoint] != PUBLIC
    }

    assert {endpoint for endpoint, answer in answers.items() if answer.status_code != 302} == set()
    assert {answer.location.partition("?")[0] for answer in answers.values()} == {"/login"}


@pytest.mark.parametrize("role", list(Role))
def test_whoever_lacks_the_permission_finds_nothing(
    app: Flask, ids: world.Ids, client_as: ClientAs, role: Role
) -> None:
    client = client_as(role)
    lacking = {
        endpoint
        for endpoint, guard in ROUTES.items()
        if isinstance(guard, Permission) and role not in PERMISSIONS[guard]
    }

    refused = {
        (rule.endpoint, method): call(client, rule, method, **fills(ids)).status_code
        for rule, method in calls(app)
        if rule.endpoint in lacking
    }

    assert set(refused.values()) <= {404}


@pytest.mark.parametrize("role", STRANGERS)
def test_what_is_foreign_looks_like_what_is_missing(
    app: Flask, ids: world.Ids, client_as: ClientAs, role: Role
) -> None:
    client = client_as(role)
    missing = fills(ids, code="K99", **dict.fromkeys(vars(ids), "a" * 16))
    nothing = world.neutral(client.get("/no-such-page"))
    differing: dict[tuple[str, str], int] = {}
    for rule, method in calls(app):
        if not rule.arguments & {"code", "public_id"} or ROUTES[rule.endpoint] == PUBLIC:
            continue
        foreign = call(client, rule, method, **fills(ids))
        absent = call(client, rule, method, **missing)
        if foreign.status_code != 404 or world.neutral(foreign) != world.neutral(absent):
            differing[rule.endpoint, method] = foreign.status_code
        elif method == "GET" and world.neutral(foreign) != nothing:
            differing[rule.endpoint, method] = -404

    assert differing == {}


def test_a_get_changes_nothing(app: Flask, session: Session, ids: world.Ids, client_as: ClientAs) -> None:
    client = client_as(Role.LEAD)
    before = counts(session)

    crawl(app, client)

    assert counts(session) == before


def test_a_post_without_csrf_token_changes_nothing(
    app: Flask, session: Session, ids: world.Ids, client_as: ClientAs
) -> None:
    client, before = client_as(Role.LEAD), counts(session)

    answers = {
        rule.endpoint: client.post(address(rule, **fills(ids)), csrf=False).status_code
        for rule, method in calls(app)
        if method == "POST" and Role.LEAD in PERMISSIONS.get(ROUTES[rule.endpoint], {Role.LEAD})  # type: ignore[arg-type]
    }

    assert set(answers.values()) == {400}
    assert counts(session) == before


def fills(ids: world.Ids, **others: str) -> dict[str, str]:
    """What stands in the gaps of addresses: by default, what belongs to the anonymous municipality."""
    return {"code": world.SECRET_CODE, **vars(ids), **others}


OWNERS = {
    "events": "session",
    "downloads": "session",
    "joining": "session",
    "budget": "entry",
    "statements": "statement",
    "deliverables": "paper",
    "alliances": "member",
    "alliances.organisation": "organisation",
    "alliance_work": "task",
    "alliance_work.minutes": "session",
}
"""What of the anonymous municipality stands in an address, by room or by view."""


def address(rule: Rule, **values: str) -> str:
    """The address of a rule with its gaps filled."""
    room = rule.endpoint.partition(".")[0]
    owner = (
        "series"
        if rule.endpoint.startswith("events.series")
        else OWNERS.get(rule.endpoint) or OWNERS.get(room, "coordinator")
    )
    gaps = {
        "code": values["code"],
        "public_id": values[owner],
        "assignment_id": 1,
        "material_id": 1,
        "number": 1,
        "month": "2026-05",
        "kind": "csv",
        "ending": "xlsx",
        "step": "names",
        "suffix": "csv",
        "token": "not-a-token",
        "name": "termine",
        "filename": "app.css",
    }
    built = rule.build({name: gaps[name] for name in rule.arguments})
    assert built is not None, rule
    return str(built[1])


def calls(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Every route with each of its methods."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            yield rule, method


def call(client: Client, rule: Rule, method: str, **values: str) -> TestResponse:
    """Call a route; forms carry their CSRF token."""
    url = address(rule, **values)
    return client.get(url, buffered=True) if method == "GET" else client.post(url, buffered=True)


def counts(session: Session) -> dict[str, int]:
    """How many rows each table has, and how far people's work has been changed."""
    session.rollback()
    rows = {
        name: session.scalar(select(func.count()).select_from(table)) for name, table in Base.metadata.tables.items()
    }
    rows["versions"] = session.scalar(select(func.sum(DayEntry.version)))
    rows["audit_record"] = session.scalar(select(func.count()).where(AuditRecord.action.not_in(READ)))
    return {name: value or 0 for name, value in rows.items() if name != "login_session"}
