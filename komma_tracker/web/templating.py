"""What templates may call: filters, permissions, navigation, addresses of static files."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from flask import Flask, g
from flask_babel import get_translations, gettext
from jinja2 import StrictUndefined
from markupsafe import Markup, escape

from komma_tracker.access.guards import signed_in
from komma_tracker.access.rules import Permission, may
from komma_tracker.kit import formats
from komma_tracker.kit.locale import current_locale
from komma_tracker.web import charts
from komma_tracker.web.navigation import nav_items
from komma_tracker.web.wheel import alliance_wheel


def init_app(app: Flask) -> None:
    """Give Jinja its filters and globals; an undefined name is an error."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_options = {**app.jinja_options, "undefined": StrictUndefined}
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        number=lambda value: formats.number(value, current_locale()),
        hundredths=lambda value: formats.hundredths(value, current_locale()),
        days=_days,
        days_unit=_days_unit,
        duration=formats.duration,
        date=lambda value: formats.short_date(value, current_locale()),
        weekday_date=lambda value: formats.weekday_date(value, current_locale()),
        month=lambda value: formats.month_name(value, current_locale()),
        time=formats.short_time,
        datetime=lambda value: formats.date_time(value, current_locale()),
        words=_words,
        heading=_heading,
        lines=_lines,
    )
    app.jinja_env.globals.update(
        can=_can,
        current_locale=current_locale,
        current_user_label=lambda: g.person.name if signed_in() else "",
        nav_items=nav_items,
        percent=formats.percent,
        time_range=lambda start, end: formats.time_range(start, end, current_locale()),
    )
    app.jinja_env.globals.update(
        alliance_wheel=alliance_wheel,
        budget_bar_geometry=charts.budget_bar_geometry,
        burndown_geometry=charts.burndown_geometry,
        heat_levels=charts.heat_levels,
        month_weeks=charts.month_weeks,
        package_bars_geometry=charts.package_bars_geometry,
    )
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda message: _catalogue().ugettext(message),
        lambda one, many, number: _catalogue().ungettext(one, many, number),
        newstyle=True,
    )
    app.jinja_env.globals["_"] = app.jinja_env.globals["gettext"] = _gettext
    app.url_defaults(_versioned(Path(app.static_folder or "")))


def _catalogue() -> Any:
    """The messages of the reader's language, found once a request: a page asks for a hundred of them."""
    if "catalogue" not in g:
        g.catalogue = get_translations()
    return g.catalogue


_SAID: WeakKeyDictionary[Any, dict[str, Markup]] = WeakKeyDictionary()
"""By language, what templates say in their own words: there is an end to that, and a page asks for a hundred of it."""


def _gettext(message: str, **params: object) -> Markup:
    """A message in the reader's language, as Jinja's own function would say it."""
    if params:
        return Markup(_catalogue().ugettext(message)) % params  # noqa: S704 - a template's own words
    if "said" not in g:
        g.said = _SAID.setdefault(_catalogue(), {})
    said: Markup | None = g.said.get(message)
    if said is None:
        said = g.said[message] = Markup(_catalogue().ugettext(message)) % {}  # noqa: S704
    return said


def _days(minutes: int, per_day: int = formats.MINUTES_PER_DAY, fixed: bool = False) -> str:
    return formats.days(minutes, per_day, current_locale(), fixed=fixed)


def _days_unit(minutes: int, per_day: int = formats.MINUTES_PER_DAY) -> str:
    text = _days(minutes, per_day)
    return gettext("%(days)s Tag", days=text) if minutes == per_day else gettext("%(days)s Tage", days=text)


def _words(value: Any, **params: object) -> str:
    """The words for an enumeration value or a message of the domain, in the reader's language."""
    message: str = getattr(value, "label", value)
    return gettext(message, **params) if params else gettext(message)


def _heading(shown: Any) -> str:
    """What a session is called: its title as somebody typed it, or the words that stand in for a hidden one."""
    return shown.title or gettext(shown.stand_in)


def _lines(text: str) -> Markup:
    """Text with its line breaks."""
    return Markup("<br>").join(escape(line) for line in text.splitlines())


def _can(permission: str, municipality_id: int | None = None) -> bool:
    return signed_in() and may(g.viewer, Permission(permission), municipality_id)


def _versioned(folder: Path) -> Any:
    """Add the hash of a static file to its address: browsers may then keep it for ever."""

    @cache
    def version(filename: str) -> str | None:
        path = folder / filename
        return hashlib.sha256(path.read_bytes()).hexdigest()[:12] if path.is_file() else None

    def add(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "filename" in values and "v" not in values:
            values["v"] = version(values["filename"])

    return add
