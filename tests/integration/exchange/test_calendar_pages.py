"""From a calendar to days: what is proposed and why, what is booked and what is not kept."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import date, datetime

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from komma_tracker.budget.models import DayEntry
from komma_tracker.budget.rules import Activity, Mode
from komma_tracker.exchange.models import ImportDraft
from komma_tracker.exchange.rules import Unreadable
from tests.factories.contracts import make_amendment
from tests.factories.entries import make_entry
from tests.integration.exchange.conftest import SECRET_NAME, Programme
from tests.integration.exchange.pages import confirm, entries, follow, words
from tests.support.application import Login
from tests.support.client import Client

SPAN = {"first": "2026-05-01", "last": "2026-05-20"}


def event(uid: str, title: str, day: int = 4, hours: tuple[int, int] = (9, 12), **more: str) -> str:
    first, last = hours
    lines = [
        "BEGIN:VEVENT", f"UID:{uid}", f"SUMMARY:{title}",
        f"DTSTART;TZID=W. Europe Standard Time:202605{day:02d}T{first:02d}0000",
        f"DTEND;TZID=W. Europe Standard Time:202605{day:02d}T{last:02d}0000",
        *(f"{name.replace('_', '-')}:{value}" for name, value in more.items()), "END:VEVENT",
    ]  # fmt: skip
    return "\r\n".join(lines)


def calendar(*events: str) -> io.BytesIO:
    return io.BytesIO("\r\n".join(("BEGIN:VCALENDAR", "VERSION:2.0", *events, "END:VCALENDAR", "")).encode())


WORKSHOP = event("a", "Workshop Musterau", LOCATION="Rathaus")
CALL = event("b", "Kommune 07 Coaching", 5, (14, 15), LOCATION="https://zoom.us/j/1")
DENTIST = event("c", "Zahnarzt", 6)
CIRCLE = event("d", "Steuerungsgruppe", 7, RRULE="FREQ=WEEKLY")


@pytest.fixture
def anna(client: Client, login: Login, programme: Programme) -> Client:
    return login(client, programme.anna)


def send(client: Client, file: io.BytesIO | None = None, **data: str) -> TestResponse:
    given = {**SPAN, **data, **({"file": (file, "kalender.ics")} if file else {})}
    return client.post("/import/calendar", data=given, content_type="multipart/form-data")


def fields(page: TestResponse) -> dict[str, str]:
    """What a browser would send of this page, as it is."""
    text = page.get_data(as_text=True)
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", text):
        values = dict(re.findall(r'([a-z]+)="([^"]*)"', tag))
        if "name" in values and (values.get("type") != "checkbox" or " checked" in tag):
            found[values["name"]] = values.get("value", "")
    for name, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', text, re.DOTALL):
        chosen = re.search(r'<option selected value="([^"]*)"', options)
        found[name] = chosen[1] if chosen else ""
    return found


def choose(client: Client, page: TestResponse, **changes: str) -> TestResponse:
    data = {**fields(page), **{name.replace("__", "-"): value for name, value in changes.items()}}
    return client.post("/import/calendar/proposals", data=data)


def proposed(page: TestResponse) -> list[tuple[str, str, str, str, str, bool]]:
    """Title, municipality, duration, activity, mode and tick of each proposal."""
    found = fields(page)
    numbers = [name.split("-")[1] for name in found if name.endswith("-title")]
    parts = ("title", "municipality", "duration", "activity", "mode")
    return [(*(found[f"rows-{n}-{part}"] for part in parts), f"rows-{n}-take" in found) for n in numbers]  # type: ignore[misc]


def test_what_looks_like_programme_work_is_proposed_and_the_rest_forgotten(anna: Client, session: Session) -> None:
    page = send(anna, calendar(WORKSHOP, CALL, DENTIST, CIRCLE))
    assert page.status_code == 200
    assert proposed(page) == [
        ("Workshop Musterau", "K01", "3:00", "workshop", "on_site", True),
        ("Kommune 07 Coaching", "K07", "1:00", "coaching", "online", True),
        ("Steuerungsgruppe", "", "3:00", "steering", "on_site", False),
        ("Steuerungsgruppe", "", "3:00", "steering", "on_site", False),
    ]
    text = words(page)
    assert "Mo., 04.05.2026 · 09:00–12:00 · Workshop Musterau" in text
    assert "Kürzel oder Name in Titel oder Ort: Stadt Musterau" in text
    assert "Stichwort in Titel oder Ort: Steuerungsgruppe" in text
    assert "Vorschläge 4 Schon erfasst 0 Anderes 1 bleibt unbeachtet" in text
    assert "Zahnarzt" not in text
    assert (entries(session), session.scalars(select(ImportDraft)).all()) == (0, [])


def test_nothing_is_booked_before_the_preview_is_confirmed(anna: Client, session: Session) -> None:
    preview = follow(anna, choose(anna, send(anna, calendar(WORKSHOP, CALL, CIRCLE))))
    assert "Werden gebucht 2" in words(preview)
    assert entries(session) == 0
    confirm(anna, preview)
    session.rollback()
    found = session.scalars(select(DayEntry).order_by(DayEntry.service_date)).all()
    assert [(e.service_date, e.minutes, e.activity, e.mode, e.note) for e in found] == [
        (date(2026, 5, 4), 180, Activity.WORKSHOP, Mode.ON_SITE, ""),
        (date(2026, 5, 5), 60, Activity.COACHING, Mode.ONLINE, ""),
    ]


def test_what_is_logged_is_not_proposed_again(anna: Client, session: Session) -> None:
    confirm(anna, follow(anna, choose(anna, send(anna, calendar(WORKSHOP, CALL)), titles="y")))
    assert {e.note for e in session.scalars(select(DayEntry))} == {"Workshop Musterau", "Kommune 07 Coaching"}
    moved = WORKSHOP.replace("20260504T", "20260511T").replace("Workshop", "Werkstatt")
    page = send(anna, calendar(moved, CALL, CIRCLE))
    assert [title for title, *_ in proposed(page)] == ["Steuerungsgruppe"] * 2
    assert "Schon erfasst 2" in words(page)


def test_what_was_typed_by_hand_counts_as_logged(anna: Client, session: Session, programme: Programme) -> None:
    make_entry(session, programme.open_contract, programme.anna, service_date=date(2026, 5, 4), minutes=180)
    session.commit()
    page = send(anna, calendar(WORKSHOP, event("e", "Musterau Nachgespräch", hours=(13, 16))))
    assert [title for title, *_ in proposed(page)] == ["Musterau Nachgespräch"]


def test_the_same_choice_sent_twice_books_once(anna: Client, session: Session) -> None:
    page = send(anna, calendar(WORKSHOP))
    for _ in range(2):
        preview = follow(anna, choose(anna, page))
        if "Nichts Neues" not in words(preview):
            confirm(anna, preview)
    assert entries(session) == 1


def test_what_is_left_open_is_asked_beside_its_field_and_nothing_typed_is_lost(anna: Client) -> None:
    page = send(anna, calendar(CIRCLE, WORKSHOP))
    refused = choose(anna, page, rows__1__take="y", rows__1__duration="2:30", rows__0__duration="bald")
    assert refused.status_code == 422
    text = words(refused)
    assert "Bitte wählen Sie eine Kommune." in text
    assert "Bitte geben Sie die Dauer an, zum Beispiel 1:30 oder 90 min." in text
    kept = fields(refused)
    assert (kept["rows-0-duration"], kept["rows-1-duration"], kept["rows-1-take"]) == ("bald", "2:30", "y")


def test_something_must_be_chosen(anna: Client) -> None:
    refused = choose(anna, send(anna, calendar(CIRCLE)))
    assert (refused.status_code, "Bitte wählen Sie mindestens einen Termin." in words(refused)) == (422, True)


def test_a_time_zone_that_nobody_knows_is_asked_about(anna: Client, session: Session) -> None:
    late = event("z", "Workshop Musterau", 4, (1, 3)).replace("W. Europe Standard Time", '"Büro: Ortszeit"')
    page = send(anna, calendar(late))
    assert proposed(page)[0][-1] is False
    assert "Der Kalender nennt eine Zeitzone, die niemand kennt: Büro: Ortszeit" in words(page)
    refused = choose(anna, page, rows__0__take="y")
    assert "Bitte wählen Sie, welche Zeitzone gemeint ist." in words(refused)
    confirm(anna, follow(anna, choose(anna, refused, rows__0__meant_zone="Asia/Tokyo")))
    assert [e.service_date for e in session.scalars(select(DayEntry))] == [date(2026, 5, 3)]


def test_whole_days_are_as_long_as_the_contract_says_and_long_dates_are_asked_about(anna: Client) -> None:
    whole = "BEGIN:VEVENT\r\nUID:w\r\nSUMMARY:Musterau\r\nDTSTART;VALUE=DATE:20260508\r\nEND:VEVENT"
    page = send(anna, calendar(whole, event("l", "Klausur Musterau", 9, (6, 19))))
    assert [duration for _, _, duration, *_ in proposed(page)] == ["8:00", ""]


def test_whole_days_are_as_long_as_was_agreed_at_their_date(
    anna: Client, programme: Programme, session: Session
) -> None:
    signed = {"signed_by_municipality_on": date(2026, 4, 20), "signed_by_carrier_on": date(2026, 4, 22)}
    make_amendment(session, programme.open_contract, effective_from=date(2026, 5, 8), minutes_per_day=468, **signed)
    session.commit()
    days = (f"BEGIN:VEVENT\r\nUID:{d}\r\nSUMMARY:Musterau\r\nDTSTART;VALUE=DATE:2026050{d}\r\nEND:VEVENT" for d in "78")
    assert [duration for _, _, duration, *_ in proposed(send(anna, calendar(*days)))] == ["8:00", "7:48"]


def test_addresses_of_people_invited_tell_for_whom_it_was(
    client: Client, login: Login, programme: Programme, session: Session
) -> None:
    assert programme.open_town.identity
    programme.open_town.identity.contact_email = "rathaus@musterau.example"
    session.commit()
    page = send(
        login(client, programme.anna), calendar(event("a", "Abstimmung", ATTENDEE="mailto:x@bau.musterau.example"))
    )
    assert proposed(page)[0][1:4] == ("K01", "3:00", "coordination")
    assert "eingeladen mit einer Adresse bei musterau.example" in words(page)


def test_an_anonymous_municipality_is_recognised_only_for_those_who_may_know_it(
    client: Client, login: Login, programme: Programme
) -> None:
    secret = event("s", f"Workshop {SECRET_NAME}")
    assert proposed(send(login(client, programme.anna), calendar(secret)))[0][1] == "K07"
    page = send(login(client, programme.bert), calendar(secret, event("t", "Kommune 07 Workshop")))
    assert proposed(page) == []
    assert "K07" not in words(page)


def test_sessions_of_this_programme_are_confirmed_there(anna: Client) -> None:
    page = send(anna, calendar(event("abc@komma-tracker", "Workshop Musterau")))
    assert proposed(page) == []
    assert "1 Termin stammt aus diesem Programm" in words(page)


def test_a_calendar_is_fetched_from_its_address(app: Flask, anna: Client) -> None:
    asked: list[tuple[str, int]] = []

    def fetch(address: str, *, limit: int) -> bytes:
        asked.append((address, limit))
        return calendar(WORKSHOP).getvalue()

    app.extensions["komma"] = replace(app.extensions["komma"], fetch_calendar=fetch)
    assert len(proposed(send(anna, address="webcal://calendar.example/me.ics"))) == 1
    assert asked == [("webcal://calendar.example/me.ics", 20 * 1024**2)]


def test_an_address_that_gives_nothing_says_why_beside_its_field(app: Flask, anna: Client) -> None:
    def fetch(address: str, *, limit: int) -> bytes:
        raise Unreadable("Der Abruf hat zu lange gedauert. Bitte laden Sie den Kalender als Datei hoch.")

    app.extensions["komma"] = replace(app.extensions["komma"], fetch_calendar=fetch)
    page = send(anna, address="https://calendar.example/me.ics")
    assert (page.status_code, fields(page)["address"]) == (422, "https://calendar.example/me.ics")
    assert "Der Abruf hat zu lange gedauert." in words(page)


@pytest.mark.parametrize("address", ["http://calendar.example/", "https://127.0.0.1/", "https://[::1]/", "file:///etc"])
def test_the_own_network_is_asked_for_nothing(anna: Client, address: str) -> None:
    assert send(anna, address=address).status_code == 422


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "Bitte wählen Sie eine Datei, oder geben Sie eine Adresse an."),
        ({"first": "31.13.2026"}, "Bitte geben Sie ein Datum an, zum Beispiel 22.11.2026."),
        ({"first": "2026-06-30"}, "Der letzte Tag liegt vor dem ersten."),
        ({"first": "2024-01-01"}, "Bitte höchstens ein Jahr auf einmal."),
        ({"last": "2050-01-01"}, "Künftiges lässt sich als Termin planen. Bitte höchstens bis heute."),
    ],
)
def test_bad_input_is_named(anna: Client, data: dict[str, str], message: str) -> None:
    page = send(anna, None, **data)
    assert (page.status_code, message in words(page)) == (422, True)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "Das ist kein Kalender. Gelesen werden Dateien im Format iCalendar (.ics)."),
        (b"<html>", "Das ist kein Kalender."),
        (
            calendar(*(event(f"{n}", "x") for n in range(2100))).getvalue(),
            "In diesem Zeitraum stehen zu viele Termine.",
        ),
    ],
)
def test_what_is_no_calendar_or_too_much_is_refused(anna: Client, content: bytes, message: str) -> None:
    page = send(anna, io.BytesIO(content))
    assert (page.status_code, message in words(page)) == (422, True)


def test_a_file_above_the_limit_is_refused(app: Flask, anna: Client) -> None:
    context = app.extensions["komma"]
    app.extensions["komma"] = replace(context, settings=replace(context.settings, max_upload_bytes=100))
    page = send(anna, calendar(WORKSHOP))
    assert (page.status_code, "Die Datei ist größer als" in words(page)) == (422, True)


def test_a_series_without_sense_costs_itself_only(anna: Client) -> None:
    page = send(anna, calendar(WORKSHOP, event("r", "Musterau", RRULE="FREQ=SECONDLY")))
    assert [title for title, *_ in proposed(page)] == ["Workshop Musterau"]
    assert "1 Termin ist ausgelassen." in words(page)
    assert "wiederholt sich öfter als täglich" in words(page)


@pytest.mark.parametrize("who", ["coordinator", "reader"])
def test_municipalities_do_not_import(client: Client, login: Login, programme: Programme, who: str) -> None:
    signed_in = login(client, getattr(programme, who))
    assert [signed_in.get("/import/calendar").status_code, send(signed_in, calendar(WORKSHOP)).status_code] == [404] * 2


def test_the_rules_are_on_the_page(anna: Client, now: datetime) -> None:
    text = words(anna.get("/import/calendar"))
    assert "K01 · Stadt Musterau K01, Stadt Musterau, Musterau, Kommune 01" in text
    assert "Modellkommune" in text
    del now


def test_as_many_as_are_shown_can_be_chosen_whatever_they_are_called(anna: Client) -> None:
    nasty = "Musterau \N{PARTY POPPER} \u202e '\"><b>&amp; " + "\N{PARTY POPPER}" * 200
    many = [event(str(number), f"{nasty} {number}", 1 + number % 20, (9, 10)) for number in range(230)]
    page = send(anna, calendar(*many))
    assert "30 weitere Vorschläge sind nicht gezeigt." in words(page)
    assert "<b>" not in page.get_data(as_text=True)
    assert "Werden gebucht 200" in words(follow(anna, choose(anna, page)))
