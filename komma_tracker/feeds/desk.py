"""What nearly every poll gets, before the machinery of pages begins: nothing new, or a calendar that is kept here.

Calendars ask again and again, and hardly ever is there news. Whatever is not on the shelf, or not in order, is left to
the view, which decides by the same rules.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from enum import Enum
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from flask import Request, Response
from werkzeug.exceptions import HTTPException

from komma_tracker.feeds import serving
from komma_tracker.feeds.answers import METHODS, calendar_answer
from komma_tracker.feeds.copies import Body, Shelf
from komma_tracker.feeds.lookup import Admit
from komma_tracker.kit.clock import date_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_PATH = re.compile(r"/feeds/([^/]+)/[^/]+\.ics")
_ASKED = ("REQUEST_METHOD", "HTTP_HOST", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_ACCEPT_ENCODING")
"""All of a request that the answer depends on, beside the calendar."""
_MOST_HEADS, _LONGEST = 1000, 500
"""How many heads are kept, and for requests of how many characters."""
_log = logging.getLogger(__name__)


class Follows(Enum):
    """What follows the headers."""

    NOTHING = 0
    PLAIN = 1
    ZIPPED = 2


class Head(NamedTuple):
    """Status and headers of an answer."""

    status: str
    headers: tuple[tuple[str, str], ...]
    follows: Follows


class Desk:
    """A WSGI application in front of another one. `complete` adds the headers that every answer carries."""

    def __init__(
        self,
        behind: WSGIApplication,
        *,
        admit: Admit,
        shelf: Shelf,
        clock: Callable[[], datetime],
        trusted_hosts: Sequence[str],
        complete: Callable[[Response], Response],
    ) -> None:
        self._behind = behind
        self._admit = admit
        self._shelf = shelf
        self._clock = clock
        self._trusted_hosts = list(trusted_hosts)
        self._complete = complete
        self._heads: dict[object, Head] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, or let the application behind do so."""
        asked = _PATH.fullmatch(environ.get("PATH_INFO", ""))
        answer = self._answer(environ, asked[1]) if asked and environ["REQUEST_METHOD"] in METHODS else None
        if answer is None:
            return self._behind(environ, start_response)
        head, body = answer
        start_response(head.status, list(head.headers))
        if head.follows is Follows.NOTHING:
            return []
        return [body.zipped if head.follows is Follows.ZIPPED else body.octets]

    def _answer(self, environ: WSGIEnvironment, token: str) -> tuple[Head, Body] | None:
        now = self._clock()
        day = date_of(now)
        try:
            admitted = self._admit(token, day)
            body = self._shelf.find(admitted.key(day)) if admitted else None
            if admitted is None or body is None:
                return None
            since = serving.known_since(admitted.address, body_sha256=body.sha256, now=now)
            return (self._head(environ, body, since), body) if since else None
        except HTTPException:
            return None
        except Exception:  # noqa: BLE001 - the view tries again, and knows what to say if that fails too
            _log.exception("a calendar could not be served at once")
            return None

    def _head(self, environ: WSGIEnvironment, body: Body, since: datetime) -> Head:
        """The head of the answer, kept for the next that asks the same. Raises HTTPException for a foreign host."""
        asked = tuple(environ.get(name, "") for name in _ASKED)
        key = (asked, body.sha256, since)
        if head := self._heads.get(key):
            return head
        head = self._made(environ, body, since)
        if sum(map(len, asked)) <= _LONGEST:
            if len(self._heads) >= _MOST_HEADS:
                self._heads.clear()
            self._heads[key] = head
        return head

    def _made(self, environ: WSGIEnvironment, body: Body, since: datetime) -> Head:
        request = Request(environ)
        request.trusted_hosts = self._trusted_hosts
        _ = request.host  # raises where it is none of ours
        response = self._complete(calendar_answer(request, body, since))
        headers = response.get_wsgi_headers(environ).to_wsgi_list()
        follows = Follows.ZIPPED if "Content-Encoding" in response.headers else Follows.PLAIN
        if response.status_code != HTTPStatus.OK or request.method == "HEAD":
            follows = Follows.NOTHING
        return Head(response.status, tuple(headers), follows)
