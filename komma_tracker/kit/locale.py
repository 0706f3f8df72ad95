"""The two languages of the product."""

from __future__ import annotations

from flask import g, has_request_context, session

LOCALES = ("de", "en")
DEFAULT_LOCALE = "de"


def current_locale() -> str:
    """The reader's language: chosen in the account, else for this visit, else German."""
    if not has_request_context():
        return DEFAULT_LOCALE
    chosen = g.get("locale") or session.get("locale")
    return chosen if chosen in LOCALES else DEFAULT_LOCALE
