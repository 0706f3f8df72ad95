"""Where a form may send people: to pages of this site, whatever is tried (trust 16)."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest

from komma_tracker.access.redirects import safe_next

TRICKS = {
    "another site": "https://evil.example/",
    "without scheme": "//evil.example/",
    "three slashes": "///evil.example/",
    "backslash": "/\\evil.example/",
    "two backslashes": "\\\\evil.example/",
    "backslash first": "\\/evil.example/",
    "scheme without slashes": "https:evil.example",
    "script": "javascript:alert(1)",
    "name in front": "/@evil.example/../..//evil.example",
    "user part": "https://komma.example@evil.example/",
    "tab": "/\t/evil.example/",
    "new line": "/\n/evil.example/",
    "carriage return": "/entries\r\nLocation: https://evil.example/",
    "leading blank": " //evil.example/",
    "encoded slash": "/%2f/evil.example/",
    "encoded slash in capitals": "/%2F%2Fevil.example/",
    "encoded backslash": "/%5cevil.example/",
    "encoded backslash in capitals": "/%5Cevil.example/",
    "dots": "/.//evil.example/",
    "dots up": "/..//evil.example/",
    "full-width slash": "/／evil.example/",
    "null": "/\x00/evil.example/",
    "relative": "evil.example/",
    "question mark only": "?next=//evil.example/",
    "fragment": "#//evil.example/",
    "data": "data:text/html,<script>alert(1)</script>",
    "endless": "/" + "a" * 1000,
    "empty": "",
    "nothing": None,
}


@pytest.mark.parametrize("target", TRICKS.values(), ids=TRICKS.keys())
def test_no_trick_leads_away(target: str | None) -> None:
    assert safe_next(target) is None


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "/entries",
        "/entries?page=2&municipality=K01",
        "/calendar?view=month&month=2026-11",
        "/municipalities/K01/contract",
        "/people?text=anna@example.org",
        "/people?text=M%C3%BCller",
        "/entries?from=2026-11-22&note=a+b~c:d,e",
    ],
)
def test_own_pages_are_reached(target: str) -> None:
    assert safe_next(target) == target


@pytest.mark.parametrize("target", [*filter(None, TRICKS.values()), "/people", "/a:b@c", "/x%00y", "/x?y=//z"])
def test_whatever_is_let_through_stays_on_this_site(target: str) -> None:
    reached = urljoin("https://komma.example/login", safe_next(target) or "/")
    assert urlsplit(reached).netloc == "komma.example"
