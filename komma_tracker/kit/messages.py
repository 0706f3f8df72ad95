"""Words of forms and refusals, in the reader's language."""

from __future__ import annotations

from datetime import date
from typing import cast

from flask_babel import gettext, lazy_gettext

from komma_tracker.access.rules import DomainError
from komma_tracker.kit import formats
from komma_tracker.kit.locale import current_locale


def lazy(message: str, **params: object) -> str:
    """A message that is translated when it is shown: for what forms say before anybody reads it.

    Import it as `_l`, by which messages are collected. Babel's own has a type that no library takes for text.
    """
    return cast("str", lazy_gettext(message, **params))


def message_of(error: DomainError) -> str:
    """The message with its gaps filled: dates in the reader's form, states and kinds in the reader's words."""
    message = gettext(error.message)
    return message % {name: spoken(value) for name, value in error.params.items()} if error.params else message


def days_in_words(minutes: int, per_day: int = formats.MINUTES_PER_DAY) -> str:
    """An amount with its unit, such as "0,5 Tage"."""
    text = formats.days(minutes, per_day, current_locale())
    return gettext("%(days)s Tag", days=text) if minutes == per_day else gettext("%(days)s Tage", days=text)


def spoken(value: object) -> object:
    """What fills a gap, as the reader says it: a date in their form, and by its name what has one in both languages."""
    if isinstance(value, date):
        return formats.short_date(value, current_locale())
    label = getattr(value, "label", None)
    return gettext(label) if isinstance(label, str) else value
