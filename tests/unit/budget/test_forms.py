"""What people fill in: amounts in quarters or as a duration, one line, and what the last entry leaves unsaid."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from flask import Flask
from flask_babel import Babel
from werkzeug.datastructures import MultiDict

from komma_tracker.access.rules import Invalid, Role, Viewer
from komma_tracker.budget.forms import EntryForm, QuickForm, edit_form, preview_form, read_line
from komma_tracker.budget.queries import EntryRow
from komma_tracker.budget.rules import Activity, Approval, Mode
from komma_tracker.budget.service import Work
from komma_tracker.contracts.queries import Loggable, PackageChoice

TODAY = date(2026, 5, 20)
PACKAGES = (PackageChoice(1, "AP1", "Bedarfsanalyse"), PackageChoice(4, "AP4", "Trainings"))
TOWN = Loggable(1, "K01", "Stadt Musterau", 1, PACKAGES, ((date(2026, 1, 1), 480),))
SHORT = Loggable(2, "K02", "Gemeinde Kurztag", 2, PACKAGES[:1], ((date(2026, 1, 1), 468),))
WORK = Work(service_date=TODAY, minutes=240, activity=Activity.WORKSHOP, mode=Mode.ON_SITE)
FILLED = {"service_date": "2026-05-20", "activity": "workshop", "mode": "on_site", "work_package": "AP1", "note": "x"}


@pytest.fixture(autouse=True)
def request_context() -> Iterator[None]:
    """Forms read the request, and say what they say in its language."""
    app = Flask(__name__)
    app.config.update(SECRET_KEY="a key for tests, long enough to be one", WTF_CSRF_ENABLED=False)
    Babel(app, default_locale="de")
    with app.test_request_context("/"):
        yield


def filled(values: dict[str, str] | None = None, *, place: Loggable = TOWN, was: Work = WORK) -> EntryForm:
    """The form of an entry that says `was`, with this typed into it."""
    return preview_form(None, None, typed=MultiDict({**FILLED, **(values or {})}), was=was, place=place)  # type: ignore[arg-type]


# Amounts


@pytest.mark.parametrize(
    ("place", "typed", "minutes"),
    [
        (TOWN, {"quarters": "1"}, 120),
        (TOWN, {"quarters": "2"}, 240),
        (TOWN, {"quarters": "3"}, 360),
        (TOWN, {"quarters": "4"}, 480),
        (SHORT, {"quarters": "2"}, 234),
        (SHORT, {"quarters": "4"}, 468),
        (TOWN, {"duration": "1:30"}, 90),
        (TOWN, {"duration": "90 min"}, 90),
        (TOWN, {"duration": "1,5 h"}, 90),
        (TOWN, {"quarters": "4", "duration": "1:30"}, 90),
        (TOWN, {"quarters": "4", "duration": "0:00"}, 0),
    ],
)
def test_an_amount_is_quarters_or_the_duration_which_is_more_exact(
    place: Loggable, typed: dict[str, str], minutes: int
) -> None:
    form = filled(typed, place=place)

    assert form.validate(), form.errors
    assert form.work().minutes == minutes


@pytest.mark.parametrize(
    ("was", "typed", "minutes"),
    [
        (90, {"duration": "1:30"}, 90),
        (90, {"duration": "1:30", "quarters": "2"}, 240),
        (90, {"duration": "2:00", "quarters": "2"}, 120),
        (240, {"duration": "1:30", "quarters": "2"}, 90),
    ],
)
def test_a_duration_that_was_there_before_gives_way_to_quarters_chosen_now(
    was: int, typed: dict[str, str], minutes: int
) -> None:
    form = filled(typed, was=Work(service_date=TODAY, minutes=was, activity=Activity.TRAVEL, mode=Mode.PHONE))

    assert form.work().minutes == minutes


def test_without_any_amount_the_form_asks_for_one() -> None:
    form = filled()
    assert form.validate()

    with pytest.raises(Invalid) as refused:
        form.work()
    form.refuse(refused.value)

    assert form.quarters.errors == ["Bitte wählen Sie den Umfang oder geben Sie die Dauer an, zum Beispiel 1:30."]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"service_date": ""}, "service_date"),
        ({"service_date": "30.02.2026"}, "service_date"),
        ({"quarters": "5"}, "quarters"),
        ({"duration": "eine Stunde"}, "duration"),
        ({"activity": "sleeping"}, "activity"),
        ({"activity": ""}, "activity"),
        ({"mode": "under_water"}, "mode"),
        ({"note": "x" * 2001}, "note"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(typed: dict[str, str], field: str) -> None:
    form = filled({"quarters": "2", **typed})

    assert not form.validate()
    assert list(form.errors) == [field]


def test_an_error_of_the_minutes_stands_beside_the_duration() -> None:
    form = filled({"duration": "0:00"})

    form.refuse(Invalid("minutes", "Zu wenig."))

    assert form.duration.errors == ["Zu wenig."]


def test_an_entry_fills_its_form_with_what_it_says() -> None:
    quarter = edit_form(WORK, TOWN, version=3, sent=False)
    odd = edit_form(
        Work(service_date=TODAY, minutes=100, activity=Activity.OTHER, mode=Mode.PHONE), TOWN, version=1, sent=False
    )

    assert (quarter.quarters.data, quarter.duration.data, quarter.row_version) == ("2", None, 3)
    assert (odd.quarters.data, odd.duration.data) == (None, 100)
    assert "municipality" not in quarter
    assert "consultant" not in quarter


def test_oneself_is_meant_where_nobody_else_is_chosen() -> None:
    viewer = Viewer(7, Role.CONSULTANT)

    assert filled().consultant_id(viewer) == 7


# One line


def last(activity: Activity = Activity.COACHING, mode: Mode = Mode.PHONE, package: str | None = "AP4") -> EntryRow:
    return EntryRow(
        public_id="a" * 16,
        service_date=TODAY,
        municipality_id=1,
        consultant_id=1,
        minutes=90,
        chargeable_minutes=90,
        minutes_per_day=480,
        activity=activity,
        mode=mode,
        note="",
        internal_note="",
        code="K01",
        municipality="Stadt Musterau",
        consultant="Anna",
        work_package=package,
        posting_month=TODAY.replace(day=1),
        counted_as="",
        approval=Approval.NOT_NEEDED,
        reason="",
        statement_id=None,
        reverses_id=None,
        replaces_id=None,
        original=None,
        reversal=None,
    )


@pytest.mark.parametrize(
    ("line", "before", "expected"),
    [
        ("0,5 K01 Workshop online AP1", last(), (Activity.WORKSHOP, Mode.ONLINE, "AP1")),
        ("0,5 K01", last(), (Activity.COACHING, Mode.PHONE, "AP4")),
        ("0,5 K01 Workshop", last(), (Activity.WORKSHOP, Mode.PHONE, "AP4")),
        ("0,5 K01 online", last(), (Activity.COACHING, Mode.ONLINE, "AP4")),
        ("0,5 K02", last(), (Activity.COACHING, Mode.PHONE, None)),
        ("0,5 K02", last(package="AP1"), (Activity.COACHING, Mode.PHONE, "AP1")),
        ("0,5 K01", last(package=None), (Activity.COACHING, Mode.PHONE, None)),
        ("0,5 K01", None, (Activity.OTHER, Mode.ON_SITE, None)),
    ],
)
def test_what_the_line_does_not_say_is_as_in_the_last_entry(
    line: str, before: EntryRow | None, expected: tuple[Activity, Mode, str | None]
) -> None:
    _, work = read_line(line, [TOWN, SHORT], last=before, today=TODAY)

    assert (work.activity, work.mode, work.work_package) == expected


def test_a_line_is_read_whole() -> None:
    place, work = read_line("gestern 0,5 K02 Workshop Clearing", [TOWN, SHORT], last=None, today=TODAY)

    assert place is SHORT
    assert (work.service_date, work.minutes, work.activity, work.note) == (
        date(2026, 5, 19),
        234,
        Activity.WORKSHOP,
        "Clearing",
    )


def test_whatever_a_line_lacks_is_said_beside_it() -> None:
    form = QuickForm(formdata=MultiDict({"line": "gestern K01"}))

    with pytest.raises(Invalid) as refused:
        read_line("gestern K01", [TOWN], last=None, today=TODAY)
    form.refuse(refused.value)
    form.refuse(Invalid("work_package", "Das Paket gibt es nicht."))

    assert form.line.data == "gestern K01"
    assert form.line.errors == [
        "Es fehlt der Umfang, zum Beispiel 0,5 oder ½ (Tage), 2h, 1:30 oder 90min.",
        "Das Paket gibt es nicht.",
    ]
