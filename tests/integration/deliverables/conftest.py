"""Neighbours to sign in as."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.support.application import Login
from tests.support.client import Client
from tests.support.neighbours import Neighbours, make_neighbours


@pytest.fixture
def neighbours(session: Session) -> Neighbours:
    """Two municipalities, one of them anonymous, and their people."""
    return make_neighbours(session)


@pytest.fixture
def as_person(app: Flask, login: Login, neighbours: Neighbours) -> Callable[[str], Client]:
    """A client signed in as one of them."""

    def sign_in(name: str) -> Client:
        client = app.test_client()
        assert isinstance(client, Client)
        return login(client, neighbours.person(name))

    return sign_in
