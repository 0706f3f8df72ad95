"""What a browser carries while somebody is signed in: a random token in the signed cookie, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from flask import session as cookie
from flask_login import current_user, login_user, logout_user

from komma_tracker.accounts.queries import SignedIn


@dataclass(frozen=True)
class CookieUser:
    """A sign-in as flask-login keeps it; `person` is known once the database has recognised the token."""

    token: str
    person: SignedIn | None = None
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    def get_id(self) -> str:
        """The token goes into the cookie; the database knows its hash."""
        return self.token


def carry(token: str) -> None:
    """Give the browser a new session with this token; whatever it carried before is void (trust 13)."""
    cookie.clear()
    login_user(CookieUser(token))


def drop() -> str:
    """Take the session from the browser; returns the token that must end on the server too."""
    token = current_user.get_id()
    logout_user()
    cookie.clear()
    return token
