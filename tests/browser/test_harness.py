"""The browser tests stand on firm ground: German fields, signed-in people, and nothing passes unnoticed."""

from __future__ import annotations

import pytest

from tests.browser.conftest import OpenPage


def test_a_stranger_sees_the_sign_in(open_page: OpenPage) -> None:
    page = open_page("/")
    assert page.url.split("?")[0].endswith("/login")
    assert page.locator("html").get_attribute("lang") == "de"


@pytest.mark.parametrize("javascript", [True, False])
def test_the_lead_is_signed_in(open_page: OpenPage, javascript: bool) -> None:
    page = open_page("/", "lead@example.org", javascript=javascript)
    assert page.url.endswith("/portfolio")


def test_date_fields_speak_german(open_page: OpenPage) -> None:
    page = open_page("/login")
    assert page.evaluate("navigator.language") == "de-DE"
    assert page.evaluate("new Date(2026, 10, 22).toLocaleDateString()") == "22.11.2026"
