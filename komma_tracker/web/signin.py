"""Who is asking: from the cookie to the viewer, bound to the session of this request."""

from __future__ import annotations

from flask import Flask, Response, g, request
from flask_login import LoginManager
from flask_login import current_user as flask_login_user

from komma_tracker.access import scope
from komma_tracker.access.rules import System
from komma_tracker.access.tokens import token_hash
from komma_tracker.accounts.cookie import CookieUser
from komma_tracker.accounts.queries import SignedIn, signed_in
from komma_tracker.accounts.rules import SEEN_EVERY
from komma_tracker.accounts.service import note_seen
from komma_tracker.db import db
from komma_tracker.kit.clock import now, today

ANONYMOUS = System("request without sign-in")
PATHS_WITHOUT_SESSION = ("/static/", "/feeds/", "/healthz")
"""Here no cookie is read or set: calendars and monitors have none."""


class _Manager(LoginManager):
    """flask-login without its "remember me": that looks into the cookie of every request, also where there is none."""

    def _update_remember_cookie(self, response: Response) -> Response:
        return response


def init_app(app: Flask) -> None:
    """Load the viewer before every request, and let go of the session after it."""
    manager = _Manager(app)
    manager.session_protection = ""  # none: the sign-in lives on the server and ends there
    manager.user_loader(_load)
    app.before_request(_bind_viewer)


def _load(token: str) -> CookieUser | None:
    # A session of its own: it works for the system, the request's session for one person only.
    with scope.system_session(db.engine, "sign-in") as session:
        person = signed_in(session, token_sha256=token_hash(token), now=now(), today=today())
    return CookieUser(token, person) if person else None


def _bind_viewer() -> None:
    if request.path.startswith(PATHS_WITHOUT_SESSION):
        return
    user = flask_login_user
    if not user.is_authenticated:
        scope.bind(db.session(), ANONYMOUS)
        return
    person: SignedIn = user.person
    g.viewer, g.person, g.locale = person.viewer, person, person.locale
    if now() - person.last_seen_at >= SEEN_EVERY:
        with scope.system_session(db.engine, "sign-in") as session:
            note_seen(session, session_id=person.session_id, now=now())
    scope.bind(db.session(), person.viewer)
