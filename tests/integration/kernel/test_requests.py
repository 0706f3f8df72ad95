"""What every request goes through: headers, hosts, cookies, guards, errors, health."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, abort, request
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from komma_tracker.access.guards import guard, public
from komma_tracker.access.rules import Conflict, Forbidden, Invalid, NotFound, Permission, Role
from komma_tracker.accounts.models import User
from komma_tracker.app import create_app
from komma_tracker.db import db
from tests.factories.people import make_user
from tests.support.application import Login, settings_for
from tests.support.client import Client

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # nothing here depends on its kind


@pytest.fixture
def user(session: Session) -> User:
    user = make_user(session)
    session.commit()
    return user


def page(app: Flask, view: Any, path: str = "/extra", **options: Any) -> str:
    """A page of the test's own; returns its address."""
    app.add_url_rule(path, path.strip("/").replace("/", "."), view, **options)
    return path


# Headers.


def test_every_answer_has_strict_headers(client: Client, app: Flask) -> None:
    for path in ("/login", "/healthz", "/no-such-page", "/static/app.css", "/account"):
        headers = client.get(path, buffered=True).headers
        assert headers["Content-Security-Policy"] == (
            "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; "
            "frame-ancestors 'none'; object-src 'none'"
        ), path
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Frame-Options"] == "DENY"


def test_pages_are_never_kept_and_static_files_for_good(client: Client, login: Login, user: User) -> None:
    assert client.get("/login").headers["Cache-Control"] == "no-store"
    assert login(client, user).get("/account").headers["Cache-Control"] == "no-store"
    assert "max-age=31536000" in client.get("/static/app.css", buffered=True).headers["Cache-Control"]


def test_a_view_may_set_a_header_itself(app: Flask, client: Client) -> None:
    path = page(app, public(lambda: ("x", 200, {"Cache-Control": "private"})))
    assert client.get(path).headers["Cache-Control"] == "private"


@pytest.mark.parametrize("path", ["/static/app.css", "/healthz", "/feeds/x/y.ics"])
def test_where_there_is_no_cookie_none_is_looked_at(client: Client, path: str) -> None:
    headers = client.get(path, buffered=True).headers
    assert "Set-Cookie" not in headers
    assert "Cookie" not in headers.get("Vary", "")


def test_the_cookie_is_for_this_site_only(client: Client) -> None:
    cookie = client.get("/login").headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Expires" not in cookie
    assert "Secure" not in cookie


def test_behind_tls_everything_is_secure(tmp_path: Any, database: str) -> None:
    settings = settings_for(tmp_path, database)
    app = create_app(type(settings)(**{**vars(settings), "base_url": "https://komma.example.org"}))
    answer = app.test_client().get("/login")
    assert "Secure" in answer.headers["Set-Cookie"].split("; ")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    with app.app_context():
        db.engine.dispose()


# Hosts.


@pytest.mark.parametrize(
    ("host", "status"), [("127.0.0.1", 200), ("localhost:8000", 200), ("evil.example", 400), ("127.0.0.1.evil", 400)]
)
@pytest.mark.parametrize("path", ["/login", "/healthz", "/static/app.css"])
def test_only_our_own_hosts_are_answered(client: Client, path: str, host: str, status: int) -> None:
    assert client.get(path, headers={"Host": host}, buffered=True).status_code == status


def test_forwarded_headers_are_believed_by_nobody(app: Flask, client: Client) -> None:
    path = page(app, public(lambda: f"{request.host} {request.scheme} {request.remote_addr}"))
    forwarded = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}
    assert client.get(path, headers=forwarded).text == "localhost http 127.0.0.1"


# Guards.


def test_a_view_without_a_guard_is_refused_to_all(app: Flask, client: Client, login: Login, session: Session) -> None:
    path = page(app, lambda: "open")
    assert client.get(path).location == "/login?next=/extra"
    lead = make_user(session, role=Role.LEAD)
    session.commit()
    assert login(client, lead).get(path).status_code == 404


@pytest.mark.parametrize("role", list(Role))
def test_a_guard_admits_whom_the_policy_admits(
    app: Flask, client: Client, login: Login, session: Session, role: Role
) -> None:
    path = page(app, guard(Permission.PORTFOLIO_VIEW)(lambda: "in"))
    user = make_user(session, role=role)
    session.commit()
    assert login(client, user).get(path).status_code == (200 if role is Role.LEAD else 404)


def test_what_is_refused_looks_like_what_is_missing(app: Flask, client: Client, login: Login, user: User) -> None:
    def refuse(error: type[Exception]) -> Any:
        def view() -> str:
            raise error

        return guard(Permission.ACCOUNT_OWN)(view)

    paths = [
        page(app, guard(Permission.PEOPLE_MANAGE)(lambda: "in"), "/guarded"),
        page(app, refuse(Forbidden), "/forbidden"),
        page(app, refuse(NotFound), "/missing"),
        "/no-such-page",
    ]
    login(client, user)
    answers = [client.get(path) for path in paths]
    assert {(each.status_code, each.data, tuple(each.headers)) for each in answers} == {
        (404, answers[-1].data, tuple(answers[-1].headers))
    }


def test_the_page_asked_for_is_remembered_for_reading_only(client: Client) -> None:
    assert client.get("/account?a=1").location == "/login?next=/account?a%3D1"
    assert client.post("/account", data={}).location == "/login"


# Forms.


@pytest.mark.parametrize("path", ["/login", "/logout", "/language", "/password/forgot", "/account"])
def test_no_form_is_taken_without_its_token(client: Client, login: Login, user: User, path: str) -> None:
    login(client, user)
    assert client.post(path, data={"email": "x"}, csrf=False).status_code == 400
    assert client.post(path, data={"email": "x", "csrf_token": "x"}, csrf=False).status_code == 400


# Errors.


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (Invalid("x", "Höchstens %(most)s.", most=3), 422, "Höchstens 3."),
        (Conflict(), 409, "Jemand war schneller"),
        (OperationalError("SELECT secret", {}, Exception("no host secret")), 503, ""),
        (RuntimeError("secret"), 500, ""),
    ],
)
def test_errors_become_pages_that_tell_nothing_of_the_inside(
    app: Flask, client: Client, error: Exception, status: int, words: str
) -> None:
    def fail() -> str:
        raise error

    app.testing = False
    answer = client.get(page(app, public(fail)))
    assert (answer.status_code, words in answer.text, "secret" in answer.text) == (status, True, False)
    assert answer.mimetype == "text/html"


@pytest.mark.parametrize(("code", "shown"), [(400, 400), (405, 405), (418, 418), (429, 429), (501, 501)])
def test_errors_of_http_keep_their_code(app: Flask, client: Client, code: int, shown: int) -> None:
    answer = client.get(page(app, public(lambda: abort(code))))
    assert answer.status_code in {shown, 400 if code < 500 else 500}
    assert "<h1>" in answer.text


def test_a_wrong_method_says_which_are_right(client: Client) -> None:
    answer = client.get("/logout")
    assert (answer.status_code, answer.allow) == (405, {"OPTIONS", "POST"})


# Health, start.


def test_health(client: Client, app: Flask) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.text, answer.mimetype) == (200, "ok\n", "text/plain")


def test_health_without_a_database(tmp_path: Any, database: str) -> None:
    app = create_app(settings_for(tmp_path, f"sqlite:///{tmp_path / 'missing' / 'komma.db'}"))
    answer = app.test_client().get("/healthz")
    assert (answer.status_code, str(tmp_path) in answer.text) == (503, False)


@pytest.mark.parametrize(
    ("role", "home"),
    [(Role.LEAD, "/portfolio"), (Role.CONSULTANT, "/today"), (Role.READER, "/programme"), (Role.HEAD, "/account")],
)
def test_everybody_starts_where_their_work_is(
    client: Client, login: Login, session: Session, role: Role, home: str
) -> None:
    user = make_user(session, role=role)
    session.commit()
    assert login(client, user).get("/").location == home


def test_a_stranger_starts_at_the_sign_in(client: Client) -> None:
    assert client.get("/").location == "/login"


def test_the_navigation_marks_where_one_is(client: Client, login: Login, session: Session) -> None:
    lead = make_user(session, role=Role.LEAD)
    session.commit()
    login(client, lead)
    for path in ("/people", "/people/new"):
        assert '<a href="/people" aria-current="page">Personen</a>' in client.get(path).text
    assert '<a href="/people">Personen</a>' in client.get("/municipalities").text


def test_a_request_asks_once_who_one_is(app: Flask, client: Client, login: Login, user: User) -> None:
    path = page(app, guard(Permission.ACCOUNT_OWN)(lambda: "in"))
    login(client, user)
    with app.app_context():
        engine = db.engine
    asked: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    assert client.get(path).status_code == 200
    assert ["login_session" in statement for statement in asked if statement.startswith("SELECT")] == [True]
