"""The main navigation, by role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import g, request, url_for
from flask_babel import gettext

from komma_tracker.access.guards import signed_in
from komma_tracker.access.rules import MUNICIPAL_ROLES, N_, Permission, Viewer, may

ITEMS: tuple[tuple[str, str, Permission], ...] = (
    ("overview.today", N_("Heute"), Permission.TODAY_VIEW),
    ("overview.portfolio", N_("Überblick"), Permission.PORTFOLIO_VIEW),
    ("overview.programme", N_("Programm"), Permission.PROGRAMME_VIEW),
    ("municipalities.index", N_("Kommunen"), Permission.MUNICIPALITY_LIST),
    ("budget.index", N_("Beratungstage"), Permission.ENTRY_VIEW),
    ("statements.index", N_("Nachweise"), Permission.STATEMENT_VIEW),
    ("events.calendar", N_("Kalender"), Permission.CALENDAR_VIEW),
    ("reports.index", N_("Berichte"), Permission.REPORT_FUNDER),
    ("accounts.people", N_("Personen"), Permission.PEOPLE_MANAGE),
)
"""Endpoint, words, and the permission that opens it."""
BELOW: Mapping[str, tuple[str, ...]] = {
    "overview.portfolio": ("/pool", "/organisations"),
    "budget.index": ("/import",),
    "events.calendar": ("/sessions", "/series"),
}
"""What belongs to an entry though its address does not say so."""


@dataclass(frozen=True)
class NavItem:
    """One entry of the navigation."""

    label: str
    url: str
    current: bool


def nav_items() -> list[NavItem]:
    """What this person finds at the top of every page."""
    if not signed_in():
        return []
    items = [
        NavItem(gettext(label), url_for(endpoint), _is_within(url_for(endpoint), *BELOW.get(endpoint, ())))
        for endpoint, label, permission in ITEMS
        if may(g.viewer, permission) and not _stands_elsewhere(endpoint)
    ]
    if g.viewer.role in MUNICIPAL_ROLES:
        items.insert(0, NavItem(gettext("Meine Kommune"), url_for("web.home"), _is_within("/municipalities")))
    return items


def _stands_elsewhere(endpoint: str) -> bool:
    """Who steers the programme finds what readers see of it beside its course; for readers it is all there is."""
    return endpoint == "overview.programme" and may(g.viewer, Permission.PORTFOLIO_VIEW)


def _is_within(*urls: str) -> bool:
    return any(request.path == url or request.path.startswith(f"{url}/") for url in urls)


HOMES: tuple[tuple[str, Permission], ...] = (
    ("overview.portfolio", Permission.PORTFOLIO_VIEW),
    ("overview.today", Permission.TODAY_VIEW),
    ("overview.own_municipality", Permission.MUNICIPALITY_VIEW),
    ("overview.programme", Permission.PROGRAMME_VIEW),
)
"""Where a person's work begins: the first that they may open."""


def home_endpoint(viewer: Viewer) -> str:
    """The page on which this person starts; without a municipality, that of the account says so."""
    if viewer.role in MUNICIPAL_ROLES and not viewer.assigned:
        return "accounts.account"
    return next(endpoint for endpoint, permission in HOMES if may(viewer, permission))
