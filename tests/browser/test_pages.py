"""Every page that a role can reach, in each of its states: accessible, narrow enough, silent, and on its own origin."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import PATIENCE, OpenPage
from tests.browser.tour import TOUR, Stop

OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
LOOKS = (("light", 390), ("dark", 1440))
NARROWEST = 320
STICKS_OUT = """
  [document.documentElement, ...document.querySelectorAll(".panel")]
    .filter((box) => box.scrollWidth > box.clientWidth)
    .map((box) => box.id || box.localName)
"""
LEG = 10
"""Stops of one test, so that the workers share them evenly."""


def legs() -> list[object]:
    """The tour in parts: whose it is, and some of its stops."""
    return [
        pytest.param(email, stops[start : start + LEG], id=f"{email.partition('@')[0] or 'nobody'}-{start}")
        for email, stops in TOUR.items()
        for start in range(0, len(stops), LEG)
    ]


def violations(page: Page) -> list[str]:
    """What axe finds, each with its place."""
    found = Axe().run(page, options=OPTIONS).response["violations"]
    return [f"{each['id']}: {node['html'][:200]}" for each in found for node in each["nodes"]]


def too_wide(page: Page) -> list[str]:
    """Whether one would have to scroll sideways, and which panels something sticks out of."""
    return [f"too narrow for what it holds: {box}" for box in page.evaluate(STICKS_OUT)]


def faults(page: Page) -> list[str]:
    """What is wrong with the page that is open, in light and dark, on a phone and on a large screen."""
    found: list[str] = []
    for scheme, width in LOOKS:
        page.emulate_media(color_scheme=scheme)  # pyright: ignore[reportArgumentType]: both are schemes
        page.set_viewport_size({"width": width, "height": 900})
        found += [f"{scheme}, {width} px: {violation}" for violation in [*violations(page), *too_wide(page)]]
    page.set_viewport_size({"width": NARROWEST, "height": 900})
    return [*found, *too_wide(page)]


def test_axe_sees_what_is_wrong(open_page: OpenPage) -> None:
    page = open_page("/login")
    page.evaluate("document.querySelector('label').remove()")
    page.evaluate("document.querySelector('h1').style.width = '500px'")
    found = [next(name for name in ("label", "html") if name in line.split(": ")) for line in faults(page)]
    assert found == ["label", "html", "label", "html"]


@pytest.mark.parametrize(("email", "stops"), legs())
def test_pages_are_for_everybody(open_page: OpenPage, email: str, stops: Sequence[Stop]) -> None:
    page = open_page("/login", email, reduced_motion="reduce")
    wrong: dict[str, list[str]] = {}
    for stop in stops:
        stop.visit(page)
        if found := faults(page):
            wrong[stop.name] = found
    assert wrong == {}


@pytest.mark.parametrize("email", TOUR)
def test_titles_tell_pages_apart(open_page: OpenPage, email: str) -> None:
    page = open_page("/login", email)
    answers = [
        page.request.get(path, timeout=PATIENCE).text() for path in {urlsplit(stop.path).path for stop in TOUR[email]}
    ]
    titles = Counter(title for answer in answers for title in re.findall("<title>(.*) – komma-tracker</title>", answer))
    assert titles.total() == len(answers)
    assert [title for title, count in titles.items() if count > 1] == []


def test_a_form_that_was_refused_says_so_in_its_title(open_page: OpenPage) -> None:
    page = open_page("/login")
    page.click("main button[type=submit]")
    page.wait_for_url("**/login")
    assert page.title().startswith("Fehler: Anmelden")
    assert page.evaluate("document.activeElement.id") == "fehler"
