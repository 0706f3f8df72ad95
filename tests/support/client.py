"""A test client that signs in and fills in what every form carries."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any, cast

from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse


class Client(FlaskClient):
    """Sends the hidden CSRF token along with every POST; `csrf=False` leaves it out."""

    def post(self, *args: Any, csrf: bool = True, **kwargs: Any) -> TestResponse:
        """POST a form, as a browser that has loaded its page before would."""
        if csrf and "json" not in kwargs:
            kwargs["data"] = {"csrf_token": self.csrf_token(), **(kwargs.get("data") or {})}
        return super().post(*args, **kwargs)

    def csrf_token(self) -> str:
        """A token that belongs to this client's session."""
        with self.session_transaction() as session:
            raw = session.setdefault("csrf_token", hashlib.sha256(secrets.token_bytes(16)).hexdigest())
        signer = URLSafeTimedSerializer(str(self.application.secret_key), salt="wtf-csrf-token")
        return str(signer.dumps(raw))


def new_client(app: Flask) -> Client:
    """One more browser: it shares no cookie with another."""
    return cast("Client", app.test_client())
