"""People to sign in as, and the letters that they get."""

from __future__ import annotations

import email
import re
from collections.abc import Callable
from email import policy
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Role
from komma_tracker.accounts.models import User
from komma_tracker.municipalities.models import Municipality
from tests.factories.municipalities import make_municipality
from tests.factories.people import PASSWORD, make_user
from tests.support.client import Client

SignIn = Callable[..., int]
Letters = Callable[[], list[tuple[str, str]]]


@pytest.fixture
def places(session: Session) -> list[Municipality]:
    """Three municipalities."""
    made = [make_municipality(session, number=number) for number in (1, 2, 3)]
    session.commit()
    return made


@pytest.fixture
def lead(session: Session) -> User:
    """Somebody who manages people."""
    user = make_user(session, role=Role.LEAD, name="Lea Leitner", email="lead@example.org")
    session.commit()
    return user


@pytest.fixture
def anna(session: Session, places: list[Municipality]) -> User:
    """A consultant in the first municipality."""
    user = make_user(session, name="Anna Albers", email="anna@example.org", municipalities=places[:1])
    session.commit()
    return user


@pytest.fixture
def letters(tmp_path: Path) -> Letters:
    """Takes what lies in the outbox: for each letter, to whom it goes and the link in it."""

    def take() -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        for path in sorted((tmp_path / "outbox").glob("*.eml")):
            message = email.message_from_bytes(path.read_bytes(), policy=policy.default)
            link = re.search(r"^http://127\.0\.0\.1:8000(/\S+)$", message.get_content(), re.MULTILINE)
            assert link
            found.append((message["To"], link[1]))
            path.unlink()
        return found

    return take


@pytest.fixture
def sign_in(client: Client) -> SignIn:
    """Fills in the sign-in form; returns the status of the answer."""

    def post(user: User | str, password: str = PASSWORD, *, address: str = "192.0.2.1", by: Client = client) -> int:
        given = {"email": user if isinstance(user, str) else user.email, "password": password}
        return by.post("/login", data=given, environ_overrides={"REMOTE_ADDR": address}).status_code

    return post


def is_signed_in(client: Client) -> bool:
    """Whether this client may open its account."""
    return client.get("/account").status_code == 200
