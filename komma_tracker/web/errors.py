"""Errors become pages here, and only here."""

from __future__ import annotations

from flask import Flask, Response, current_app, render_template
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, SecurityError

from komma_tracker.access.rules import Conflict, DomainError, Forbidden, Invalid, NotFound
from komma_tracker.kit.messages import message_of

STATUS: dict[type[DomainError], int] = {NotFound: 404, Forbidden: 404, Conflict: 409, Invalid: 422, DomainError: 422}
"""What is forbidden looks like what is missing: else a refusal would tell that it exists (trust 4)."""
PAGES = frozenset({400, 404, 405, 409, 413, 422, 429, 500, 503})
KEPT_HEADERS = frozenset({"Allow", "Retry-After"})
"""What an error says beyond its page."""


def init_app(app: Flask) -> None:
    """Answer every error with a page that says what to do."""
    app.register_error_handler(DomainError, _domain_error)
    app.register_error_handler(StaleDataError, lambda error: _page(409))
    app.register_error_handler(OperationalError, _database_error)
    # What no form let through but the database cannot hold: PostgreSQL knows no NUL in a text.
    app.register_error_handler(DataError, lambda error: _page(400))
    app.register_error_handler(CSRFError, lambda error: _page(400))
    app.register_error_handler(SecurityError, _foreign_host)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def _page(status: int, message: str | None = None) -> tuple[str, int]:
    return render_template(f"errors/{status}.html", message=message), status


def _domain_error(error: DomainError) -> tuple[str, int]:
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    return _page(status, message_of(error) if status == 422 else None)


def _http_error(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    if code < 400:
        return error.get_response()  # a redirect
    status = code if code in PAGES else 400 if code < 500 else 500
    body, _ = _page(status)
    answer = error.get_response()
    return Response(body, status, headers={name: value for name, value in answer.headers if name in KEPT_HEADERS})


def _foreign_host(error: SecurityError) -> tuple[str, int, dict[str, str]]:
    # No page: whose addresses should its links have?
    del error
    return "this host is not served here\n", 400, {"Content-Type": "text/plain; charset=utf-8"}


def _database_error(error: OperationalError) -> tuple[str, int]:
    current_app.logger.error("the database does not answer: %s", error.orig)
    return _page(503)


def _unexpected(error: Exception) -> tuple[str, int]:
    current_app.logger.exception("unexpected error", exc_info=error)
    return _page(500)
