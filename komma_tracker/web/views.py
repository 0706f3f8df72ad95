"""The pages that belong to no feature: start, health, language."""

from __future__ import annotations

from flask import Blueprint, redirect, request, session, url_for
from werkzeug.wrappers import Response

from komma_tracker.access.guards import current_viewer, public, signed_in
from komma_tracker.access.redirects import safe_next
from komma_tracker.accounts.service import choose_locale
from komma_tracker.db import db, is_reachable
from komma_tracker.kit.locale import LOCALES
from komma_tracker.web.navigation import home_endpoint

bp = Blueprint("web", __name__)


@bp.get("/")
@public
def home() -> Response:
    """The start page of whoever asks."""
    return redirect(url_for(home_endpoint(current_viewer()) if signed_in() else "accounts.login"))


@bp.get("/healthz")
@public
def healthz() -> tuple[str, int, dict[str, str]]:
    """Whether this process can serve: "ok" with the database within reach."""
    plain = {"Content-Type": "text/plain; charset=utf-8"}
    if not is_reachable(db.engine):
        return "the database cannot be reached\n", 503, plain
    return "ok\n", 200, plain


@bp.post("/language")
@public
def language() -> Response:
    """Choose German or English, for this visit and, when signed in, for good."""
    locale = request.form.get("locale", "")
    if locale in LOCALES:
        session["locale"] = locale
        if signed_in():
            choose_locale(db.session(), current_viewer(), locale=locale)
    return redirect(safe_next(request.form.get("next")) or url_for("web.home"))
