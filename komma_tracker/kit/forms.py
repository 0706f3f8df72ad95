"""Form parts that every feature uses: request key, row version, German dates, days and durations."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from datetime import date, time
from decimal import Decimal
from functools import cache
from typing import Any

from babel.support import NullTranslations, Translations
from flask_babel import gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, FieldList, FormField, HiddenField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # pyright: ignore[reportAttributeAccessIssue] – newer than its stubs
from wtforms.i18n import messages_path
from wtforms.validators import StopValidation, ValidationError

from komma_tracker.access.rules import Invalid
from komma_tracker.kit import formats, parse
from komma_tracker.kit.locale import current_locale
from komma_tracker.kit.messages import lazy as _l
from komma_tracker.kit.messages import message_of

_KEY = re.compile(r"[A-Za-z0-9_-]{16,48}")


def new_request_key() -> str:
    """A key that makes one filled-in form recognisable, however often it is sent."""
    return secrets.token_urlsafe(16)


@cache
def _words_of_forms(locale: str) -> NullTranslations:
    """What the library itself says beside a field; read from its file once, where flask-wtf does so for every form."""
    return Translations.load(messages_path(), [locale], domain="wtforms")


class BaseForm(FlaskForm):
    """A form that books once: it carries a request key, and the version of the row that it edits."""

    class Meta(FlaskForm.Meta):
        """The library's messages in the reader's language."""

        def get_translations(self, form: Any) -> NullTranslations:
            return _words_of_forms(current_locale())

    request_key = HiddenField(default=new_request_key)
    version = HiddenField()

    def validate_request_key(self, field: Field) -> None:
        """A missing or broken key is replaced: then only the double click is no longer recognised."""
        if not _KEY.fullmatch(field.data or ""):
            field.data = new_request_key()

    @property
    def row_version(self) -> int | None:
        """The version of the row when the form was opened; None for a new one."""
        text = self.version.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None

    def refuse(self, error: Invalid) -> None:
        """Put an error of the domain beside the field that it names, or above the form."""
        message = message_of(error)
        field = self._fields.get(error.field or "")
        if field is None:
            self.form_errors.append(message)
        else:
            field.errors = [*field.errors, message]

    def all_errors(self) -> list[tuple[str | None, str]]:
        """Every error with the id of its field, for the summary above the form."""
        found: list[tuple[str | None, str]] = [(None, str(message)) for message in self.form_errors]
        for field in self:
            messages = field.errors.values() if isinstance(field.errors, Mapping) else field.errors
            found += [(field.id, str(message)) for message in messages]
        return found


def choices_of(values: Iterable[Any], *, empty: str | None = None) -> list[SelectChoice]:
    """What a choice offers of an enumeration, in the reader's language; `empty` is the msgid of a first, void one.

    Labels are translated when they are shown: most forms that arrive never are.
    """
    first = [] if empty is None else [SelectChoice("", _l(empty))]
    return first + [SelectChoice(value.value, _l(value.label)) for value in values]


def differences(typed: BaseForm, stored: BaseForm) -> list[tuple[str, str, str]]:
    """Where two fillings of one form differ, as label, typed and stored: what a clash shows side by side."""
    pairs = [(field, stored[field.name]) for field in typed if not isinstance(field, HiddenField)]
    texts = [(str(mine.label.text), _as_text(mine), _as_text(theirs)) for mine, theirs in pairs]
    return [(label, mine, theirs) for label, mine, theirs in texts if mine != theirs]


def _as_text(field: Field) -> str:
    if isinstance(field, BooleanField):
        return gettext("ja") if field.data else gettext("nein")
    if isinstance(field, SelectField):
        return next((str(choice.label.text) for choice in field if choice.checked), "")
    if isinstance(field, FieldList):
        return "\n".join(filter(None, (_as_text(row) for row in field)))
    if isinstance(field, FormField):
        return " · ".join(filter(None, (_as_text(part) for part in field if not isinstance(part, HiddenField))))
    shown: Any = field
    return str(shown._value()).strip()


class ParsedField(StringField):
    """A text field with a meaning; what was typed stays in the field, also when it makes no sense."""

    data: Any
    message: Any = _l("Diese Angabe ist nicht lesbar.")

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        text = valuelist[0].strip() if valuelist else ""
        if not text:
            return
        try:
            self.data = self.parse(text)
        except (ValueError, OverflowError) as error:
            raise ValidationError(str(self.message)) from error

    def pre_validate(self, form: Any) -> None:
        # Without this, "required" would add that the field is empty, which it is not.
        if self.process_errors:
            raise StopValidation

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self.show(self.data)

    def parse(self, text: str) -> Any:
        """Read what was typed. Raises ValueError."""
        raise NotImplementedError

    def show(self, value: Any) -> str:
        """The value as a person would type it."""
        return str(value)


class DateField(ParsedField):
    """A date: what the browser's picker sends, or typed in German form."""

    message = _l("Bitte geben Sie ein Datum an, zum Beispiel 22.11.2026.")

    def parse(self, text: str) -> date:
        return parse.parse_date(text)

    def show(self, value: date) -> str:
        return value.isoformat()


class TimeField(ParsedField):
    """A time of day such as 09:30."""

    message = _l("Bitte geben Sie eine Uhrzeit an, zum Beispiel 09:30.")

    def parse(self, text: str) -> time:
        return parse.parse_time(text)

    def show(self, value: time) -> str:
        return f"{value:%H:%M}"


class DaysField(ParsedField):
    """A number of consulting days, kept as minutes of a day with `per_day` minutes."""

    message = _l("Bitte geben Sie die Tage als Zahl an, zum Beispiel 12,25.")

    def __init__(self, *args: Any, per_day: int = formats.MINUTES_PER_DAY, **kwargs: Any) -> None:
        self.per_day = per_day
        super().__init__(*args, **kwargs)

    def parse(self, text: str) -> int:
        return parse.whole_minutes(parse.parse_decimal(text) * self.per_day)

    def show(self, value: int) -> str:
        # It is read again: never grouped, and with as many decimals as bring the same minutes back.
        texts = (f"{Decimal(value) / self.per_day:.{decimals}f}" for decimals in range(5))
        exact = next((text for text in texts if self.parse(text) == value), str(Decimal(value) / self.per_day))
        return exact.replace(".", ",") if current_locale() == "de" else exact


class DurationField(ParsedField):
    """A time span such as 1:30 or 90 min, in minutes."""

    message = _l("Bitte geben Sie die Dauer an, zum Beispiel 1:30 oder 90 min.")

    def parse(self, text: str) -> int:
        return parse.parse_duration(text)

    def show(self, value: int) -> str:
        return formats.duration(value)
