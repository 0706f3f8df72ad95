"""What nearly every poll gets, before the machinery of pages begins: nothing new, or a calendar that is kept here.

Calendars ask again and again, and hardly ever is there news. Whatever is not on the shelf, or not in order, is left to
the view, which decides by the same rules.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from flask import Request, Response
from sqlalchemy import Engine
from werkzeug.exceptions import HTTPException

from komma_tracker.feeds import serving
from komma_tracker.feeds.answers import METHODS, calendar_answer
from komma_tracker.feeds.copies import Shelf
from komma_tracker.kit.clock import date_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_PATH = re.compile(r"/feeds/([^/]+)/[^/]+\.ics")
_log = logging.getLogger(__name__)


class Desk:
    """A WSGI application in front of another one. `complete` adds the headers that every answer carries."""

    def __init__(
        self,
        behind: WSGIApplication,
        *,
        engine: Engine,
        shelf: Shelf,
        clock: Callable[[], datetime],
        trusted_hosts: Sequence[str],
        complete: Callable[[Response], Response],
    ) -> None:
        self._behind = behind
        self._engine = engine
        self._shelf = shelf
        self._clock = clock
        self._trusted_hosts = list(trusted_hosts)
        self._complete = complete

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, or let the application behind do so."""
        asked = _PATH.fullmatch(environ.get("PATH_INFO", ""))
        answer = self._answer(environ, asked[1]) if asked and environ["REQUEST_METHOD"] in METHODS else None
        return (answer or self._behind)(environ, start_response)

    def _answer(self, environ: WSGIEnvironment, token: str) -> Response | None:
        request, now = Request(environ), self._clock()
        request.trusted_hosts = self._trusted_hosts
        day = date_of(now)
        try:
            _ = request.host  # raises where it is none of ours
            with self._engine.connect() as connection:
                admitted = serving.admit(connection, token=token, today=day)
            body = self._shelf.find(admitted.key(day)) if admitted else None
            if admitted is None or body is None:
                return None
            since = serving.known_since(admitted.address, body_sha256=body.sha256, now=now)
            return self._complete(calendar_answer(request, body, since)) if since else None
        except HTTPException:
            return None
        except Exception:  # noqa: BLE001 - the view tries again, and knows what to say if that fails too
            _log.exception("a calendar could not be served at once")
            return None
