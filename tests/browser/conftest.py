"""Browser tests: the real server with the demo data, and a Chromium that signs in as anybody."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, StorageState, sync_playwright

from tests.support import chromium
from tests.support.command import komma, serving
from tests.support.register import FICTIONAL

PASSWORD = "komma-demo"
PATIENCE = 10_000
"""Milliseconds that any step in the browser may take."""
OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The server's data folder: mail lies in its outbox."""
    return tmp_path_factory.mktemp("server")


@pytest.fixture(scope="session")
def server(data_dir: Path) -> Iterator[str]:
    """The address of a server of its own, as `komma serve` starts it, with ten demo municipalities and a register."""
    with serving(data_dir, "--migrate", "--demo") as (_, address):
        file = data_dir / "register.txt"
        file.write_text(FICTIONAL, encoding="utf-8")
        assert komma(data_dir, "import", "register", str(file)).returncode == 0
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all browser tests of a worker."""
    program = chromium.find_chromium()
    if program is None:
        pytest.skip("Chromium: none found; install one, or name it in KOMMA_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program,
            args=chromium.flags(),
            env={**os.environ, "LANGUAGE": "de_DE"},
            timeout=6 * PATIENCE,
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def signed_in(browser: Browser, server: str) -> Callable[[str], StorageState]:
    """The cookies of a demo account; each signs in once by the form."""
    known: dict[str, StorageState] = {}

    def cookies_of(email: str) -> StorageState:
        if email not in known:
            with browser.new_context(locale="de-DE") as context:
                page = context.new_page()
                page.set_default_timeout(PATIENCE)
                page.goto(f"{server}/login")
                page.fill("input[name=email]", email)
                page.fill("input[name=password]", PASSWORD)
                page.press("input[name=password]", "Enter")
                page.wait_for_url(lambda url: "/login" not in url)
                known[email] = context.storage_state()
        return known[email]

    return cookies_of


@pytest.fixture
def open_page(browser: Browser, server: str, signed_in: Callable[[str], StorageState]) -> Iterator[OpenPage]:
    """Opens pages, as `open_page("/today", "beratung-a@example.org", width=390)`.

    At the end no page may have had an error, broken the Content-Security-Policy or asked another host for anything.
    """
    contexts = []
    problems: list[str] = []

    def note_message(message: ConsoleMessage) -> None:
        if message.type == "error" and "the server responded with a status of" not in message.text:
            problems.append(message.text)

    def note_request(request: Request) -> None:
        if not request.url.startswith((server, "data:", "blob:", "about:")):
            problems.append(f"asked another host: {request.url}")

    def open_page(
        path: str,
        email: str | None = None,
        *,
        width: int = 1440,
        height: int = 900,
        javascript: bool = True,
        **options: Any,
    ) -> Page:
        context = browser.new_context(
            base_url=server,
            viewport={"width": width, "height": height},
            java_script_enabled=javascript,
            storage_state=signed_in(email) if email else None,
            **{"locale": "de-DE", "timezone_id": "Europe/Berlin", **options},
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        context.on("request", note_request)
        context.on("console", note_message)
        context.on("weberror", lambda error: problems.append(str(error.error)))
        page = context.new_page()
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert problems == []
