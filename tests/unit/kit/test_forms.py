"""Form parts: what is typed stays, what is meant is understood, and each form is one of a kind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, time
from typing import Any

import pytest
from flask import Flask, g
from flask_babel import Babel
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from wtforms import StringField
from wtforms.validators import InputRequired

from komma_tracker.access.rules import MUNICIPAL_ROLES, Invalid, Role
from komma_tracker.kit.forms import (
    BaseForm,
    DateField,
    DaysField,
    DurationField,
    TimeField,
    choices_of,
    differences,
    new_request_key,
)
from komma_tracker.kit.locale import current_locale


class SampleForm(BaseForm):
    """One field of each kind."""

    name = StringField("Name", [InputRequired("Der Name fehlt.")])
    day = DateField("Tag", [InputRequired("Der Tag fehlt.")])
    at = TimeField("Uhrzeit")
    days = DaysField("Tage")
    short_days = DaysField("Kurze Tage", per_day=390)
    duration = DurationField("Dauer")


FILLED = {"name": "Kim", "day": "22.11.2026", "at": "9.30", "days": "12,25", "short_days": "1", "duration": "90 min"}

app = Flask(__name__)
app.config.update(SECRET_KEY="x", WTF_CSRF_ENABLED=False)
Babel(app, locale_selector=current_locale)


@contextmanager
def form_with(values: dict[str, str] | None = None, *, locale: str = "de", **initial: Any) -> Iterator[SampleForm]:
    with app.test_request_context(method="POST" if values is not None else "GET"):
        g.locale = locale
        yield SampleForm(formdata=MultiDict(values) if values is not None else None, **initial)


def test_what_is_typed_is_understood() -> None:
    with form_with(FILLED) as form:
        assert form.validate(), form.errors
        assert [form[name].data for name in FILLED] == ["Kim", date(2026, 11, 22), time(9, 30), 5880, 390, 90]


@pytest.mark.parametrize(
    ("name", "typed", "message"),
    [
        ("day", "morgen", "Bitte geben Sie ein Datum an, zum Beispiel 22.11.2026."),
        ("at", "halb zehn", "Bitte geben Sie eine Uhrzeit an, zum Beispiel 09:30."),
        ("days", "viele", "Bitte geben Sie die Tage als Zahl an, zum Beispiel 12,25."),
        ("duration", "90", "Bitte geben Sie die Dauer an, zum Beispiel 1:30 oder 90 min."),
    ],
)
def test_what_is_not_understood_is_said_once_and_stays(name: str, typed: str, message: str) -> None:
    with form_with({**FILLED, name: typed}) as form:
        assert not form.validate()
        assert form.errors == {name: [message]}
        assert f'value="{typed}"' in form[name]()


def test_what_is_missing_is_said() -> None:
    with form_with({}) as form:
        assert not form.validate()
        assert form.errors == {"name": ["Der Name fehlt."], "day": ["Der Tag fehlt."]}


def test_what_was_there_is_shown_as_one_would_type_it() -> None:
    with form_with(day=date(2026, 11, 2), at=time(9), days=5880, short_days=390 * 1500, duration=90) as form:
        shown = [re.findall(r'value="([^"]*)"', form[name]()) for name in FILLED]
    assert shown == [[""], ["2026-11-02"], ["09:00"], ["12,25"], ["1500"], ["1:30"]]


@given(st.integers(-1_000_000, 1_000_000), st.sampled_from([390, 420, 450, 480]), st.sampled_from(["de", "en"]))
def test_showing_days_and_reading_them_again_changes_no_minute(minutes: int, per_day: int, locale: str) -> None:
    with app.test_request_context():
        g.locale = locale
        field = SampleForm(formdata=None).days
        field.per_day = per_day
        assert field.parse(field.show(minutes)) == minutes


def test_every_form_has_a_key_of_its_own() -> None:
    with form_with() as one, form_with() as other:
        assert one.request_key.data != other.request_key.data
    assert len({new_request_key() for _ in range(100)}) == 100


def test_the_key_comes_back_as_it_went_out() -> None:
    key = new_request_key()
    with form_with({**FILLED, "request_key": key}) as form:
        assert form.validate()
        assert form.request_key.data == key


@pytest.mark.parametrize(
    "broken", ["", "short", "x" * 49, "with blank in the key", "ü" * 20, "<script>alert(1)</script>"]
)
def test_a_broken_key_is_replaced_and_stops_nobody(broken: str) -> None:
    with form_with({**FILLED, "request_key": broken}) as form:
        assert form.validate()
        assert form.request_key.data not in (None, "", broken)


@pytest.mark.parametrize(
    ("text", "version"), [("3", 3), ("", None), ("-1", None), ("x", None), ("²", None), ("9" * 10, None)]
)
def test_the_version_of_the_row(text: str, version: int | None) -> None:
    with form_with({**FILLED, "version": text}) as form:
        assert form.row_version == version


@pytest.mark.parametrize(("field", "where"), [("name", "name"), ("days", "days"), ("unknown", None), (None, None)])
def test_a_refusal_stands_beside_its_field_or_above_the_form(field: str | None, where: str | None) -> None:
    with form_with(FILLED) as form:
        form.validate()
        form.refuse(Invalid(field, "Höchstens %(most)s.", most=date(2026, 11, 2)))
        assert form.errors == {where or "": ["Höchstens 02.11.2026."]}
        assert form.all_errors() == [(where, "Höchstens 02.11.2026.")]


def test_two_fillings_are_compared_field_by_field() -> None:
    with (
        form_with({**FILLED, "days": "3"}) as typed,
        form_with(name="Kim", day=date(2026, 11, 22), at=time(9, 30), days=960, short_days=390, duration=90) as stored,
    ):
        told = {label: (mine, theirs) for label, mine, theirs in differences(typed, stored)}
    assert told["Tage"] == ("3", "2")
    assert "Name" not in told


@pytest.mark.parametrize(
    ("offered", "expected"),
    [
        (choices_of(sorted(MUNICIPAL_ROLES)), [("coordinator", "Projektkoordination"), ("head", "Verwaltungsleitung")]),
        (choices_of([Role.HEAD], empty="Alle"), [("", "Alle"), ("head", "Verwaltungsleitung")]),
    ],
)
def test_choices_of_an_enumeration(offered: list[Any], expected: list[tuple[str, str]]) -> None:
    with app.test_request_context():
        assert [(choice.value, str(choice.label)) for choice in offered] == expected
