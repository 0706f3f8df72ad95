"""Which words a page says in its own language: not those that are marked as another, nor those that people typed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html.parser import HTMLParser
from typing import Literal
from zoneinfo import available_timezones

from babel.dates import get_day_names, get_month_names
from sqlalchemy import String, select
from sqlalchemy.orm import Session

from komma_tracker.db import Base
from tools import translations

SAID = frozenset({"alt", "aria-label", "data-copied", "data-failed", "data-label", "placeholder", "title"})
"""Attributes with words for people."""
UNSAID = frozenset({"code", "script", "style"})
VOID = frozenset({"br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})
NAMES = (
    "komma tracker KommA K AP CSV XLSX Deutsch English Outlook Google Apple Thunderbird Nextcloud Windows UTF UTC "
    "Toggl Track Clockify Harvest Kimai"
)
"""What has one name everywhere."""
CONTEXTS: tuple[Literal["format", "stand-alone"], ...] = ("format", "stand-alone")

_WORD = re.compile(r"[^\W\d_]{2,}")


def words(text: str) -> set[str]:
    """The words of a text, written small."""
    return {word.casefold() for word in _WORD.findall(text)}


class _Page(HTMLParser):
    """Collects what a page says in its own language."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.languages: list[str | None] = []
        self.language: str | None = None

    @property
    def foreign(self) -> bool:
        """Whether what comes now is marked as another language."""
        marked = [language for language in self.languages if language]
        return bool(marked) and marked[-1] != self.language

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "html":
            self.language = given.get("lang")
        if tag not in VOID:
            self.languages.append("none" if tag in UNSAID else given.get("lang"))
        if not self.foreign:
            self.texts += [value for name, value in attrs if value and name in SAID]

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID and self.languages:
            self.languages.pop()

    def handle_data(self, data: str) -> None:
        if not self.foreign:
            self.texts.append(data)


def spoken(html: str, data: Iterable[str] = ()) -> set[str]:
    """The words that a page says in its own language, without what is `data`."""
    page = _Page()
    page.feed(html)
    text = "\n".join(" ".join(text.split()) for text in page.texts)
    for each in data:
        text = text.replace(each, " ")
    return words(text)


def data(session: Session) -> list[str]:
    """What people or the demo have written, by line, and the names of time zones; the longest first."""
    columns = [column for table in Base.metadata.sorted_tables for column in table.c if isinstance(column.type, String)]
    texts = {str(text) for column in columns for text in session.scalars(select(column).distinct()) if text}
    lines = {" ".join(line.split()) for text in texts for line in text.splitlines()}
    zones = {zone for zone in available_timezones() if "/" in zone}
    return sorted((each for each in lines | zones if len(each) > 2), key=len, reverse=True)


def of_both() -> set[str]:
    """The words that both languages have, by the catalogue and the calendar."""
    catalog = list(translations.read())
    german = words(" ".join(_joined(message.id) for message in catalog))
    english = words(" ".join(_joined(message.string) for message in catalog))
    return words(NAMES) | ((german | _calendar("de")) & (english | _calendar("en")))


def _joined(text: object) -> str:
    return " ".join(text) if isinstance(text, list | tuple) else str(text or "")


def _calendar(locale: str) -> set[str]:
    months = [get_month_names(width, context, locale) for width in ("wide", "abbreviated") for context in CONTEXTS]
    days = [get_day_names(width, context, locale) for width in ("wide", "abbreviated", "short") for context in CONTEXTS]
    return words(" ".join(name for names in (*months, *days) for name in names.values()))
