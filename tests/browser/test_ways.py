"""The main ways through the program, by keyboard alone, with script and without."""

from __future__ import annotations

import email
import email.policy
import re
from datetime import timedelta
from pathlib import Path

import icalendar
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PASSWORD, PATIENCE, OpenPage
from tests.browser.test_pages import faults
from tests.browser.tour import CONSULTANT, COORDINATOR, LEAD, READER, TODAY

PHONE = {"width": 390, "height": 844}
MOST_TABS = 120

with_and_without_script = pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])


def tab_to(page: Page, target: Locator) -> Locator:
    """Go forward with the Tab key until the target has the focus, and shows it."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if target.evaluate("target => target === document.activeElement"):
            return target
    pytest.fail(f"the Tab key does not lead to {target}")


def type_into(page: Page, name: str, text: str) -> None:
    """Fill in a field as a hand does: whatever was in it goes."""
    field = tab_to(page, page.locator(f"main [name='{name}']"))
    if field.get_attribute("type") in (None, "text", "email", "password", "search"):
        page.keyboard.press("Control+a")
    page.keyboard.type(text)


def press(page: Page, label: str, key: str = "Enter") -> None:
    """Press a button, or follow a link."""
    tab_to(page, page.locator("main :is(a, button)").filter(has_text=label).first)
    page.keyboard.press(key)


def notice(page: Page) -> Locator:
    """What the program says after the last step."""
    return page.locator("#notices")


def days_left(page: Page) -> str:
    """The first figure on a municipality's page."""
    return page.locator(".kpis dd").first.inner_text().split("\n")[0]


def letter_to(data_dir: Path, address: str) -> str:
    """The text of the only letter in the outbox to this address."""
    letters = [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in (data_dir / "outbox").glob("*.eml")
    ]
    (letter,) = [letter for letter in letters if letter["To"] == address]
    return letter.get_content()


@with_and_without_script
def test_the_first_tab_skips_to_the_content(open_page: OpenPage, javascript: bool) -> None:
    page = open_page("/today", CONSULTANT, javascript=javascript)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


@with_and_without_script
def test_a_day_is_logged_by_one_line(open_page: OpenPage, javascript: bool) -> None:
    note = f"Protokoll {'mit' if javascript else 'ohne'} Skript"
    page = open_page("/today", CONSULTANT, javascript=javascript, width=390)
    type_into(page, "line", f"heute 0,1 K01 Abstimmung {note}")
    page.keyboard.press("Enter")
    expect(notice(page)).to_contain_text("0,1 Tage")
    assert page.url.endswith("/today")
    page.goto("/entries?municipality=K01")
    expect(page.locator(".table tbody tr").filter(has_text=note)).to_have_count(1)


def test_a_day_like_the_last_is_logged_by_one_press(open_page: OpenPage) -> None:
    page = open_page("/today", CONSULTANT, javascript=False, width=390)
    tab_to(page, page.locator(".again [name=service_date]"))
    page.keyboard.press("Enter")
    expect(page.locator("#fehler")).to_contain_text("Bitte wählen Sie den Umfang")
    page.goto("/today")
    press(page, "¼")
    expect(notice(page)).to_contain_text("0,25 Tage")
    assert page.url.endswith("/today")


@with_and_without_script
def test_a_day_is_logged_by_the_form(open_page: OpenPage, javascript: bool) -> None:
    page = open_page("/entries/new", CONSULTANT, javascript=javascript)
    tab_to(page, page.locator("#formular [name=municipality]"))
    page.keyboard.type("K01")
    type_into(page, "duration", "1:30")
    if javascript:
        expect(page.locator(".preview")).to_contain_text("Angerechnet werden 0,19 Tage.")
    announced = re.search(r"bleiben ([\d,]+ Tage)", page.locator(".preview").inner_text())
    type_into(page, "note", "Am Formular erfasst")
    press(page, "Tag speichern")
    expect(notice(page)).to_contain_text("0,19 Tage")
    page.goto("/municipalities/K01")
    assert bool(announced) is javascript
    assert announced is None or announced[1] == days_left(page)


@with_and_without_script
def test_a_session_is_planned_and_books_its_days_once_it_was_held(open_page: OpenPage, javascript: bool) -> None:
    title = f"Runder Tisch {'mit' if javascript else 'ohne'} Skript"
    yesterday = TODAY - timedelta(days=1)
    page = open_page("/sessions/new", CONSULTANT, javascript=javascript)
    type_into(page, "title", title)
    type_into(page, "day", f"{yesterday:%d%m%Y}")
    # Nobody can be at two sessions at once: the program would ask.
    type_into(page, "starts_local", "0900" if javascript else "1500")
    type_into(page, "ends_local", "1100" if javascript else "1700")
    tab_to(page, page.get_by_label("Der Termin ist schon mit allen abgestimmt"))
    page.keyboard.press("Space")
    type_into(page, "minutes_each", "0,5")
    tab_to(page, page.get_by_label("Stadt Neuenwerra"))
    page.keyboard.press("ArrowDown")
    press(page, "Termin speichern")
    page.wait_for_url(re.compile(r"/sessions/[a-z2-7]{16}$"))

    page.goto("/today")
    waiting = page.locator("#bestaetigen li").filter(has_text=title)
    tab_to(page, waiting.get_by_role("link", name="Stattgefunden?"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_label("Führungskräfte"))
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    expect(page.locator("#termin .kern-badge")).to_have_text("durchgeführt")
    expect(page.locator("#tage tbody td.num")).to_have_text("0,50")
    expect(page.locator("#teilnehmende tbody")).to_contain_text("7")
    page.goto("/today")
    expect(waiting).to_have_count(0)


@with_and_without_script
def test_a_coordinator_sees_what_is_left_and_what_comes_next(open_page: OpenPage, javascript: bool) -> None:
    page = open_page("/", COORDINATOR, javascript=javascript, **PHONE)
    assert page.url.endswith("/municipalities/K01")
    for words in ("Verbleibend", "Nächster Termin"):
        expect(page.locator(".kpis dt", has_text=words)).to_be_in_viewport(ratio=1)
    box = page.locator("#termine li").first.bounding_box()
    assert box
    assert box["y"] + box["height"] < 2 * PHONE["height"]


@pytest.mark.parametrize(
    ("javascript", "typed", "name"), [(True, "muehlengr", "Mühlengrund"), (False, "Finkenschlag", "Finkenschlag")]
)
def test_the_lead_adds_a_municipality_with_its_contract(
    open_page: OpenPage, javascript: bool, typed: str, name: str
) -> None:
    page = open_page("/municipalities", LEAD, javascript=javascript)
    press(page, "Kommune hinzufügen")
    type_into(page, "q", typed)
    if not javascript:
        page.keyboard.press("Enter")
    hit = page.locator("#treffer tr").filter(has_text=name).get_by_role("link")
    hit.wait_for()
    tab_to(page, hit)
    page.keyboard.press("Enter")
    expect(page.locator("[name=name]")).to_have_value(name)
    press(page, "Kommune hinzufügen")
    expect(notice(page)).to_contain_text("fehlt der Vertrag")
    press(page, "Vertrag anlegen")
    type_into(page, "starts_on", f"{TODAY:%d%m%Y}")
    type_into(page, "ends_on", f"{TODAY + timedelta(days=700):%d%m%Y}")
    press(page, "Vertrag speichern")
    expect(notice(page)).to_contain_text("Vertrag gespeichert.")
    expect(page.locator("#stand .kern-badge")).to_be_visible()


@with_and_without_script
def test_an_invited_person_comes_in_and_learns_what_to_do(
    open_page: OpenPage, data_dir: Path, javascript: bool
) -> None:
    address = f"neu-{'mit' if javascript else 'ohne'}@example.org"
    page = open_page("/people", LEAD, javascript=javascript)
    press(page, "Person einladen")
    type_into(page, "name", "Beratung Neu")
    type_into(page, "email", address)
    tab_to(page, page.get_by_label("Programmleitung", exact=True))
    page.keyboard.press("ArrowDown")
    press(page, "Einladen")
    expect(notice(page)).to_contain_text(address)

    link = re.search(r"http://\S+", letter_to(data_dir, address))
    assert link
    newcomer = open_page(link[0], javascript=javascript)
    assert not javascript or faults(newcomer) == []
    type_into(newcomer, "password", "drei-lange-Wörter-und-Zahlen-7")
    newcomer.keyboard.press("Enter")
    newcomer.wait_for_url("**/today")
    expect(newcomer.locator(".empty-title")).to_have_text("Noch keine Kommune")
    assert not javascript or faults(newcomer) == []


def test_a_feed_address_serves_a_calendar_until_it_is_closed(open_page: OpenPage) -> None:
    page = open_page("/account/feeds", CONSULTANT, permissions=["clipboard-read", "clipboard-write"])
    type_into(page, "name", "Diensthandy zum Prüfen")
    page.keyboard.press("Enter")
    press(page, "Kopieren")
    expect(page.locator("[data-copy=feed-https]")).to_have_text("Kopiert")
    address = page.evaluate("navigator.clipboard.readText()")
    assert address == page.locator("#feed-https").input_value()
    stranger = open_page("/login").request
    calendar = icalendar.Calendar.from_ical(stranger.get(address, timeout=PATIENCE).body())
    assert "Steuerungsgruppe" in " ".join(str(event["SUMMARY"]) for event in calendar.walk("VEVENT"))

    page.goto("/account/feeds")
    tab_to(page, page.get_by_role("button", name="Sperren Diensthandy zum Prüfen"))
    page.keyboard.press("Enter")
    expect(notice(page)).to_contain_text("Die Adresse gilt nicht mehr.")
    assert stranger.get(address, timeout=PATIENCE).status == 404


@with_and_without_script
def test_the_language_changes_and_stays(open_page: OpenPage, javascript: bool) -> None:
    page = open_page("/programme", READER, javascript=javascript)
    for language, button in (("en", "English"), ("de", "Deutsch")):
        tab_to(page, page.locator(".acct button", has_text=button))
        page.keyboard.press("Enter")
        expect(page.locator("html")).to_have_attribute("lang", language)
        assert page.url.endswith("/programme")
        page.goto("/account")
        expect(page.locator("html")).to_have_attribute("lang", language)
        page.goto("/programme")


@with_and_without_script
def test_signing_in_and_out_needs_no_mouse(open_page: OpenPage, javascript: bool) -> None:
    page = open_page("/calendar", javascript=javascript)
    page.locator("[name=email]").focus()
    page.keyboard.type(COORDINATOR)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/calendar")
    cookies = page.context.cookies()
    tab_to(page, page.locator(".acct button", has_text="Abmelden"))
    page.keyboard.press("Enter")
    expect(notice(page)).to_contain_text("Sie sind abgemeldet.")
    page.context.clear_cookies()
    page.context.add_cookies(cookies)  # pyright: ignore[reportArgumentType]: what came out goes in again
    page.goto("/calendar")
    assert "/login" in page.url
