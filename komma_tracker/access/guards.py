"""Route guards: every view says who may call it, or the call is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import Flask, current_app, g, redirect, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from komma_tracker.access.rules import Permission, Viewer, may

_F = TypeVar("_F", bound=Callable[..., object])


def guard(permission: Permission) -> Callable[[_F], _F]:
    """Admit only signed-in people who have this permission for some municipality; services check the one at hand."""

    def declare(view: _F) -> _F:
        view.__komma_guard__ = permission  # type: ignore[attr-defined]
        return view

    return declare


def public(view: _F) -> _F:
    """Admit everybody, also without sign-in."""
    view.__komma_guard__ = "public"  # type: ignore[attr-defined]
    return view


def declared_guard(endpoint: str) -> Permission | str | None:
    """What a route has declared: a permission, "public", or None where it forgot to."""
    if endpoint == "static":
        return "public"
    return getattr(current_app.view_functions[endpoint], "__komma_guard__", None)


def current_viewer() -> Viewer:
    """The signed-in person of this request. Raises NotFound where nobody is signed in."""
    viewer = g.get("viewer")
    if not isinstance(viewer, Viewer):
        raise NotFound
    return viewer


def signed_in() -> bool:
    """Whether this request comes from a signed-in person."""
    return isinstance(g.get("viewer"), Viewer)


def init_app(app: Flask) -> None:
    """Refuse, before anything else of a view runs, what its guard does not admit."""
    app.before_request(_admit)


def _admit() -> Response | None:
    if request.endpoint is None:
        return None  # no such page: routing says so
    needed = declared_guard(request.endpoint)
    if needed == "public":
        return None
    if not signed_in():
        here = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("accounts.login", next=here))
    if not isinstance(needed, Permission) or not may(current_viewer(), needed):
        raise NotFound
    return None
