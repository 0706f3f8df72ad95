"""The tools that people use today, known by their header line and read as they write."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest

from komma_tracker.budget.rules import Activity, Mode
from komma_tracker.exchange.columns import EntryRow, LeftOut, Reading, read_row
from komma_tracker.exchange.formats import FORMATS, columns_in, is_heading, recognised
from komma_tracker.exchange.names import Survey, survey
from komma_tracker.exchange.rules import DateOrder, Fault, Field, NameKind
from komma_tracker.exchange.tables import Row, Table, read_table
from tests.support import exports as samples

MODES = {"vor ort": Mode.ON_SITE, "online nacht": Mode.ONLINE, "": Mode.OFFICE}
ACTIVITIES = {"entwurf": Activity.CONCEPT}


def opened(text: str, encoding: str = "utf-8") -> Table:
    return read_table(io.BytesIO(text.encode(encoding)), is_heading=is_heading)


def reading(table: Table, order: DateOrder | None = None) -> Reading:
    columns, faults = columns_in(table.heading, None, needs_municipality=True)
    assert faults == []
    return Reading(columns, order, table.epoch, ACTIVITIES, MODES)


def read(text: str, order: DateOrder | None = None) -> list[Any]:
    table = opened(text)
    how = reading(table, order)
    return [read_row(row, how) for row in table.rows]


def entries(text: str, order: DateOrder | None = None) -> list[EntryRow]:
    found = read(text, order)
    assert all(isinstance(each, EntryRow) for each in found), found
    return found


def surveyed(text: str) -> Survey:
    table = opened(text)
    return survey(table.rows, reading(table))


@pytest.mark.parametrize(
    ("text", "tool"),
    [
        (samples.TOGGL, "toggl"),
        (samples.clockify("05/14/2026"), "clockify"),
        (samples.HARVEST, "harvest"),
        (samples.HARVEST_GERMAN, "harvest"),
        (samples.KIMAI, "kimai"),
        (samples.KIMAI_GERMAN, "kimai"),
        ("Datum;Kommune;Tage;Tätigkeit;Modus\n4.5.2026;K01;1;Workshop;online", None),
        ("Wann;Wo;Wieviel\n4.5.2026;K01;1", None),
    ],
)
def test_a_tool_is_known_by_its_header_line(text: str, tool: str | None) -> None:
    known = recognised(opened(text).heading)
    assert (known.key if known else None) == tool


@pytest.mark.parametrize("text", [samples.TOGGL, samples.HARVEST_GERMAN, samples.KIMAI_GERMAN])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_whatever_the_encoding(text: str, encoding: str) -> None:
    table = opened(text, encoding)
    how = reading(table)
    assert [read_row(row, how) for row in table.rows] == read(text)


def test_every_mark_is_a_column_that_one_can_point_at() -> None:
    for marks in (marks for known in FORMATS for marks in known.marks):
        assert is_heading(Row(1, marks)), marks


def test_toggl() -> None:
    first, second, third = entries(samples.TOGGL)
    assert (first.on, first.minutes, first.municipality, first.consultant, first.work_package) == (
        date(2026, 5, 4), 240, "Stadt Musterau", "anna@example.org", "AP1",
    )  # fmt: skip
    assert (first.activity, first.mode, first.note) == (Activity.WORKSHOP, Mode.ON_SITE, "Auftakt, Teil 1")
    assert (second.on, second.minutes) == (date(2026, 5, 5), 76)  # across midnight; half a minute counts
    assert (third.activity, third.mode, third.municipality) == (Activity.CONCEPT, Mode.OFFICE, "Meier GmbH")


@pytest.mark.parametrize(
    ("dates", "order", "is_open"),
    [
        (("04/05/2026", "14/05/2026"), DateOrder.DAY_FIRST, False),
        (("05/04/2026", "05/14/2026"), DateOrder.MONTH_FIRST, False),
        (("04/05/2026", "05/04/2026"), None, True),
        (("14/05/2026", "05/14/2026"), None, True),
        (("2026-05-04",), None, False),
        (("14.05.2026",), None, False),
    ],
)
def test_the_file_says_itself_whether_the_day_comes_first(
    dates: tuple[str, ...], order: DateOrder | None, is_open: bool
) -> None:
    found = surveyed(samples.clockify(*dates))
    assert (found.order, found.order_is_open) == (order, is_open)


@pytest.mark.parametrize(
    ("order", "on"), [(DateOrder.DAY_FIRST, date(2026, 5, 4)), (DateOrder.MONTH_FIRST, date(2026, 4, 5))]
)
def test_clockify_in_both_orders(order: DateOrder, on: date) -> None:
    (entry,) = entries(samples.clockify("04/05/2026"), order)
    assert (entry.on, entry.minutes, entry.mode) == (on, 240, Mode.ON_SITE)


def test_an_order_that_does_not_fit_is_named() -> None:
    (faults,) = read(samples.clockify("14/05/2026"), DateOrder.MONTH_FIRST)
    assert [(fault.row, fault.column) for fault in faults] == [(2, "Start Date")]


@pytest.mark.parametrize(
    ("duration", "minutes"), [("04:00:00", 240), ("0:13", 13), ("4.5", 270), ("4,5", 270), ("1.6666667", 100)]
)
def test_durations_in_every_form(duration: str, minutes: int) -> None:
    (entry,) = entries(samples.clockify("2026-05-04", duration=duration))
    assert entry.minutes == minutes


def test_a_missing_duration_is_reckoned_from_beginning_to_end() -> None:
    (entry,) = entries(samples.clockify("2026-05-04", duration="", decimal=""))
    assert entry.minutes == 240
    (late,) = entries(samples.clockify("2026-05-04", time="11:00:00 PM", duration=""))
    assert late.minutes == 14 * 60  # 23:00 to 13:00 of the next day


@pytest.mark.parametrize("duration", ["00:00:00", "00:00:20", "0"])
def test_a_timer_that_was_stopped_at_once_is_left_out(duration: str) -> None:
    message = "Weniger als eine halbe Minute. Die Zeile wird nicht gebucht."
    assert read(samples.clockify("2026-05-04", duration=duration)) == [LeftOut(Fault(2, None, message))]


@pytest.mark.parametrize("duration", ["-4", "-04:00:00", "25:00:00", "viel"])
def test_a_duration_that_cannot_be_is_named(duration: str) -> None:
    (faults,) = read(samples.clockify("2026-05-04", duration=duration))
    assert [(fault.row, fault.column, fault.params["value"]) for fault in faults] == [(2, "Duration (h)", duration)]


def test_harvest_says_the_same_in_both_languages() -> None:
    (english,), (german,) = entries(samples.HARVEST), entries(samples.HARVEST_GERMAN)
    assert english == german
    assert (english.minutes, english.consultant, english.on) == (255, "Anna Ahrend", date(2026, 5, 4))


def test_kimai_says_the_same_in_both_languages_and_in_seconds() -> None:
    (english,), (german,) = entries(samples.KIMAI), entries(samples.KIMAI_GERMAN)
    assert english == german
    assert (english.minutes, english.note) == (255, "Auftakt\nim Rathaus")


def test_a_row_keeps_its_origin_however_its_tool_exports_it() -> None:
    """More rows, another order, another form of dates and times: the same work."""
    (alone,) = entries(samples.clockify("14/05/2026"), DateOrder.DAY_FIRST)
    among = entries(samples.clockify("05/14/2026", "05/15/2026", time="9:00"), DateOrder.MONTH_FIRST)
    assert alone.origin == among[0].origin != among[1].origin


def test_a_client_that_is_missing_is_its_project() -> None:
    (entry, *_) = entries(samples.TOGGL.replace(",Stadt Musterau,AP1,", ",,Musterau,"))
    assert (entry.municipality, entry.work_package) == ("Musterau", "Musterau")


def test_the_names_of_a_file_are_counted() -> None:
    found = surveyed(samples.TOGGL)
    named = [(name.kind, name.text, name.within, found.counts[name.key]) for name in found.of_kind(*NameKind)]
    assert named == [
        (NameKind.MUNICIPALITY, "Stadt Musterau", "", 2),
        (NameKind.MUNICIPALITY, "Meier GmbH", "", 1),
        (NameKind.CONSULTANT, "anna@example.org", "", 3),
        (NameKind.ACTIVITY, "Workshop", "", 1),
        (NameKind.ACTIVITY, "Coaching", "", 1),
        (NameKind.ACTIVITY, "Entwurf", "", 1),
        (NameKind.MODE, "vor Ort", "", 1),
        (NameKind.MODE, "online, Nacht", "", 1),
        (NameKind.MODE, "", "", 1),
        (NameKind.WORK_PACKAGE, "AP1", "Stadt Musterau", 2),
        (NameKind.WORK_PACKAGE, "Webseite", "Meier GmbH", 1),
    ]


SUMS = """\
Datum;Kommune;Stunden;Tätigkeit;Modus
04.05.2026;K01;4;Workshop;online
;;;;
05.05.2026;K01;2;Workshop;online
Summe;;6;;
;Gesamt:;6;;
;;6,00;;
"""


def test_sums_at_the_bottom_are_left_out_and_named() -> None:
    found = read(SUMS)
    assert [type(each) for each in found] == [EntryRow, EntryRow, LeftOut, LeftOut, LeftOut]
    assert [each.remark.row for each in found[2:]] == [5, 6, 7]


def test_a_row_that_merely_lacks_its_date_is_no_sum() -> None:
    (faults,) = read("Datum;Kommune;Stunden;Tätigkeit;Modus\n;K01;4;Workshop;online")
    assert faults == [Fault(2, "Datum", "Diese Angabe fehlt.")]


def test_columns_matched_by_hand_ask_for_what_the_sheet_does_not_say() -> None:
    table = opened("Wann;Wieviel\n04/05/2026 09:00;1,5\n")
    columns, _ = columns_in(table.heading, {"date": 0, "hours": 1}, needs_municipality=True)
    how = Reading(columns, DateOrder.DAY_FIRST, table.epoch, {"": Activity.OTHER}, {"": Mode.OFFICE})
    (entry,) = (read_row(row, how) for row in table.rows)
    assert isinstance(entry, EntryRow)
    assert (entry.on, entry.minutes, entry.activity, entry.origin) == (date(2026, 5, 4), 90, Activity.OTHER, b"")
    assert columns.headings == {Field.DATE: "Wann", Field.HOURS: "Wieviel"}
