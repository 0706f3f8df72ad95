"""The import pages as a browser uses them."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from komma_tracker.budget.models import DayEntry
from tests.support.client import Client

_SELECT = re.compile(r"<label[^>]* for=\"(\w+)\"[^>]*>(.*?)</label>.*?<select[^>]*>(.*?)</select>", re.DOTALL)


def upload(client: Client, file: io.BytesIO, name: str = "tage.csv", municipality: str = "") -> TestResponse:
    """Send a file."""
    data = {"file": (file, name), "municipality": municipality}
    return client.post("/import", data=data, content_type="multipart/form-data")


def previewed(client: Client, file: io.BytesIO, **options: str) -> TestResponse:
    """Send a file, and go where that leads."""
    answer = upload(client, file, **options)
    assert answer.status_code == 302, words(answer)
    return follow(client, answer)


def follow(client: Client, answer: TestResponse) -> TestResponse:
    """Go on until there is a page."""
    while answer.status_code == 302:
        answer = client.get(answer.location)
    return answer


def words(response: TestResponse) -> str:
    """The text of a page, on one line."""
    text = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", response.get_data(as_text=True), flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(text))


def field(response: TestResponse, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', response.get_data(as_text=True))
    assert found, name
    return found[1]


def confirm(client: Client, preview: TestResponse, **data: str) -> TestResponse:
    """Book what a preview shows."""
    hidden = {name: field(preview, name) for name in ("seen", "doubles", "request_key")}
    return client.post(preview.request.path, data={**hidden, **data})


def selects(response: TestResponse) -> dict[str, tuple[str, str]]:
    """The choices on a page: by label their name and what is chosen."""
    found: dict[str, tuple[str, str]] = {}
    for name, label, options in _SELECT.findall(response.get_data(as_text=True)):
        chosen = re.search(r'<option selected value="([^"]*)"', options)
        text = html.unescape(re.sub(r"<span.*?</span>", "", label, flags=re.DOTALL)).strip()
        found[text] = (name, html.unescape(chosen[1]) if chosen else "")
    return found


def answer(
    client: Client, page: TestResponse, choices: Mapping[str, str] | None = None, *, remember: bool = True
) -> TestResponse:
    """Send the choices of a page, as they are but for those named here by their labels."""
    there, wanted = selects(page), choices or {}
    assert wanted.keys() <= there.keys(), there
    data = {name: wanted.get(label, chosen) for label, (name, chosen) in there.items()}
    return client.post(page.request.path, data={**data, **({"remember": "y"} if remember else {})})


def entries(session: Session) -> int:
    """How many there are now."""
    session.rollback()
    return session.scalar(select(func.count(DayEntry.id))) or 0
