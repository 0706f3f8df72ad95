"""What the feed path says over HTTP: a calendar, nothing new, or a short plain text. Never HTML, a cookie, a redirect.

An answer of the wrong kind empties people's calendars (calendars 1 C); the rules named here are those of calendars 3.
"""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus

from flask import Request, Response

from komma_tracker.feeds.copies import Body

METHODS = ("GET", "HEAD")
RETRY_SECONDS = 600

_HEADERS = {
    "Cache-Control": "private, no-cache",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}


def calendar_answer(request: Request, body: Body, changed_at: datetime) -> Response:
    """200 with the calendar, or 304 for whoever has it already, in gzip where welcome (rules 19 to 22)."""
    plain, zipped = etags(body)
    wants_zipped = _wants_zipped(request, plain, zipped)
    response = Response(content_type="text/calendar; charset=utf-8")
    response.headers.extend(_HEADERS)
    response.headers["Vary"] = "Accept-Encoding"
    response.set_etag(zipped if wants_zipped else plain)
    response.last_modified = changed_at
    _make_conditional(response, request)
    if response.status_code == HTTPStatus.OK:
        response.set_data(body.zipped if wants_zipped else body.octets)
        if wants_zipped:
            response.headers["Content-Encoding"] = "gzip"
    return response


def etags(body: Body) -> tuple[str, str]:
    """The tags of both forms, plain and in gzip: a strong tag names bytes (RFC 9110 8.8.3)."""
    tag = body.sha256[:32]
    return tag, f"{tag}-gzip"


def missing_answer() -> Response:
    """The one 404 for every token that opens nothing, whatever the reason (rule 23)."""
    return _plain(HTTPStatus.NOT_FOUND, "Kalender nicht gefunden. / Calendar not found.\n")


def method_answer() -> Response:
    """405 for whoever tries to write; a 412 would make Thunderbird believe it may (rule 21, calendars 2)."""
    response = _plain(HTTPStatus.METHOD_NOT_ALLOWED, "Nur lesen. / Read only.\n")
    response.headers["Allow"] = ", ".join(METHODS)
    return response


def failure_answer() -> Response:
    """503 when something broke: clients keep what they have and ask again (rule 24)."""
    response = _plain(HTTPStatus.SERVICE_UNAVAILABLE, "Bitte später erneut versuchen. / Please try again later.\n")
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _plain(status: HTTPStatus, text: str) -> Response:
    response = Response(text, status, content_type="text/plain; charset=utf-8")
    response.headers.extend(_HEADERS)
    return response


def _wants_zipped(request: Request, plain: str, zipped: str) -> bool:
    held = request.if_none_match
    if held and not held.star_tag:  # a client that holds one of the two forms is told of that one
        if held.contains_weak(plain):
            return False
        if held.contains_weak(zipped):
            return True
    return request.accept_encodings.quality("gzip") > 0


def _make_conditional(response: Response, request: Request) -> None:
    try:
        response.make_conditional(request)
    except OverflowError:  # werkzeug stumbles over a zone of many digits; a bad date is ignored (rule 20)
        environ = {key: value for key, value in request.environ.items() if key != "HTTP_IF_MODIFIED_SINCE"}
        response.make_conditional(environ)
