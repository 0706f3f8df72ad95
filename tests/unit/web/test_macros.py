"""Every macro in every state: it renders, keeps to the policy, and what belongs together is joined."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.support.gallery import create_gallery

ROOT = Path(__file__).parents[3]
STATIC = ROOT / "komma_tracker" / "static"
TEMPLATES = ROOT / "templates"
PAGES = ("/", "/charts", "/form", "/form/errors", "/calendar", "/en")
ERRORS = (400, 404, 405, 409, 413, 422, 429, 500, 503)
REFERENCES = ("for", "aria-labelledby", "aria-describedby")
VOID = frozenset({"meta", "link", "input", "br", "hr", "img"})


class Page(HTMLParser):
    """What a page holds, as far as these tests ask."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def values(self, name: str) -> list[str]:
        """The values of an attribute, in document order."""
        return [attrs[name] for _, attrs in self.tags if name in attrs]


gallery = cache(create_gallery)


def fetch(path: str, user: str = "Beratung A") -> Page:
    response = gallery(user).test_client().get(path)
    assert response.status_code == 200
    return Page(response.get_data(as_text=True))


@pytest.fixture(scope="module", params=[*PAGES, *(f"/error/{status}" for status in ERRORS)])
def page(request: pytest.FixtureRequest) -> Page:
    return fetch(request.param)


def test_tags_are_closed_in_order(page: Page) -> None:
    assert page.open == []


def test_nothing_inline(page: Page) -> None:
    inline = [
        (tag, name)
        for tag, attrs in page.tags
        for name in attrs
        if name == "style" or name.startswith("on") or (tag == "script" and "src" not in attrs) or tag == "style"
    ]
    assert inline == []


def test_nothing_from_another_host(page: Page) -> None:
    addresses = [
        attrs[name] for tag, attrs in page.tags for name in ("src", "href", "action") if name in attrs and tag != "use"
    ]
    assert [address for address in addresses if not address.startswith(("/", "#"))] == []


def test_ids_are_unique_and_references_lead_somewhere(page: Page) -> None:
    ids = Counter(page.values("id"))
    assert [name for name, count in ids.items() if count > 1] == []
    wanted = {name for attribute in REFERENCES for value in page.values(attribute) for name in value.split()}
    wanted |= {value[1:] for value in page.values("href") if value.startswith("#")}
    assert wanted - set(ids) == set()


def test_one_main_heading(page: Page) -> None:
    assert sum(tag == "h1" for tag, _ in page.tags) in {1, 2}  # the gallery shows a second head
    assert [tag for tag, _ in page.tags].count("main") == 1


def test_whoever_is_not_signed_in_finds_no_navigation() -> None:
    actions = fetch("/charts", user="").values("action")
    assert actions == ["/language"]
    assert [tag for tag, _ in fetch("/charts", user="").tags].count("nav") == 0


def test_the_language_can_be_changed_both_ways() -> None:
    assert [attrs["value"] for _, attrs in fetch("/charts").tags if attrs.get("name") == "locale"] == ["en"]
    assert [attrs["value"] for _, attrs in fetch("/en").tags if attrs.get("name") == "locale"] == ["de"]
    assert (fetch("/charts").values("lang"), fetch("/en").values("lang")) == (["de", "en"], ["en", "de"])


def test_each_error_is_beside_its_field_and_in_the_summary() -> None:
    page = fetch("/form/errors")
    fields = ["on", "begins", "amount", "mode", "people", "email", "title", "note", "confidential"]
    assert [value[1:] for value in page.values("href") if value.startswith("#") and value != "#main"] == fields
    assert sorted(name for name in page.values("id") if name.endswith("-error")) == sorted(
        f"{name}-error" for name in fields
    )
    assert page.values("aria-invalid") == ["true"] * 8  # check boxes of a group have no such attribute


def test_the_summary_takes_the_focus_and_exists_only_with_errors() -> None:
    assert [attrs["id"] for _, attrs in fetch("/form/errors").tags if "autofocus" in attrs] == ["fehler"]
    assert [attrs for _, attrs in fetch("/form").tags if attrs.get("id") == "fehler"] == []


def test_hidden_fields_are_in_the_form_once() -> None:
    hidden = [attrs["name"] for tag, attrs in fetch("/form").tags if tag == "input" and attrs.get("type") == "hidden"]
    # Language and sign-out carry a token of their own; the form its token, key, version and one field of the sample.
    assert Counter(hidden) == {"csrf_token": 3, "next": 1, "request_key": 1, "version": 1, "hidden": 1}


@pytest.mark.parametrize("status", [500, 503])
def test_the_last_resort_speaks_both_languages_and_needs_no_session(status: int) -> None:
    app = create_gallery()
    app.jinja_env.globals.clear()
    app.jinja_env.globals["url_for"] = lambda *_, filename: f"/static/{filename}"
    with app.app_context():
        html = app.jinja_env.get_template(f"errors/{status}.html").render()
    assert Page(html).values("lang") == ["de", "en"]


@pytest.mark.parametrize("status", [s for s in ERRORS if s < 500])
def test_an_error_page_says_what_the_application_says(status: int) -> None:
    app = create_gallery()
    with app.test_request_context():
        html = app.jinja_env.get_template(f"errors/{status}.html").render(message="Der Tag liegt vor dem Vertrag.")
    assert "<p>Der Tag liegt vor dem Vertrag.</p>" in html


# Files


def kern_names(text: str) -> set[str]:
    """Class names of KERN; one that a template completes with a variable does not count."""
    return set(re.findall(r"\bkern-[a-z0-9_-]*[a-z0-9](?![a-z0-9_…-])", text))


def template_files() -> list[Path]:
    return sorted(TEMPLATES.rglob("*.html"))


@pytest.mark.parametrize("path", template_files(), ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_templates_use_only_kern_classes_that_are_kept(path: Path) -> None:
    kept = set((STATIC / "vendor/kern/kept.txt").read_text().split())
    used = kern_names(re.sub(r"\{[{%#].*?[}%#]\}", "…", path.read_text(), flags=re.DOTALL))
    assert used - kept == set()


def test_icons_named_in_templates_are_kept() -> None:
    kept = (STATIC / "vendor/kern/kept.txt").read_text().split()
    calls = re.compile(r"""(?:\bicon\(|icon_name=|icon=)["']([a-z-]+)["']""")
    named = {name for path in template_files() for name in calls.findall(path.read_text())}
    assert {name for name in named if f"kern-icon--{name}" not in kept} == set()


def test_tokens_used_are_defined() -> None:
    own, kern = (STATIC / "app.css").read_text(), (STATIC / "vendor/kern/kern.min.css").read_text()
    defined = set(re.findall(r"(--[a-z0-9-]+)\s*:", own + kern))
    assert set(re.findall(r"var\((--[a-z0-9-]+)", own)) - defined == set()


def test_vendored_files_are_what_the_list_says() -> None:
    row = re.compile(r"^\| `([a-z]+/)` \|.*\| `([\w.-]+)` \| `([0-9a-f]{64})` \|$", re.MULTILINE)
    rows = row.findall((STATIC / "vendor/README.md").read_text())
    listed = {folder + name: checksum for folder, name, checksum in rows}
    found = {
        str(path.relative_to(STATIC / "vendor")): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (STATIC / "vendor").rglob("*")
        if path.suffix in {".css", ".js", ".woff2"}
    }
    assert listed == found


def test_the_fonts_named_are_there() -> None:
    named = re.findall(r"url\(([^)]+)\)", (STATIC / "app.css").read_text())
    assert {name for name in named if not (STATIC / name).is_file()} == set()
