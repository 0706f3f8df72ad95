"""The pages of reports, as each role asks for them."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import Flask

from tests.integration.reports.conftest import As, Programme
from tests.support.statements import statements

SPRING = "?kind=interim_report&first=01.2026&last=04.2026"


def text_of(page: str) -> str:
    """What a page says, in one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.mark.parametrize(
    ("who", "status"), [("lead", 200), ("anna", 404), ("coordinator", 404), ("head", 404), ("reader", 404)]
)
def test_only_the_lead_gets_reports(programme: Programme, as_: As, who: str, status: int) -> None:
    client = as_(getattr(programme, who))

    assert client.get("/reports").status_code == status
    assert client.get(f"/reports{SPRING}").status_code == status


def test_the_page_proposes_the_months_of_the_year_that_are_over(programme: Programme, as_: As) -> None:
    page = as_(programme.lead).get("/reports").text

    assert 'value="01.2026"' in page
    assert 'value="04.2026"' in page


def test_the_preview_shows_what_the_funder_gets(programme: Programme, as_: As) -> None:
    page = text_of(as_(programme.lead).get(f"/reports{SPRING}").text)

    assert "Zwischennachweis Januar 2026 – April 2026" in page
    assert "Kreis Mitte 26,30 1,56 −24,74 −94 210:24 12:28 6:00 48" in page
    assert "weitere Kommunen (3)" in page
    assert "Stadt Ahlen" not in page
    assert "Vogelsang" not in page


@pytest.mark.parametrize(
    ("query", "field", "typed"),
    [
        ("?kind=interim_report&first=13.2026&last=04.2026", "first", "13.2026"),
        ("?kind=interim_report&first=01.2026&last=", "last", ""),
        ("?kind=interim_report&first=04.2026&last=01.2026", "last", "01.2026"),
        ("?kind=nonsense&first=01.2026&last=04.2026", "kind", "04.2026"),
        ("?first=01.2026", "kind", "01.2026"),
    ],
)
def test_what_cannot_be_is_said_beside_the_field(
    programme: Programme, as_: As, query: str, field: str, typed: str
) -> None:
    answer = as_(programme.lead).get(f"/reports{query}")

    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert f'value="{typed}"' in answer.text


def test_the_number_of_statements_is_constant(app: Flask, programme: Programme, as_: As) -> None:
    client = as_(programme.lead)
    client.get("/reports")
    with statements(app) as few:
        client.get("/reports?kind=interim_report&first=01.2026&last=01.2026")
    with statements(app) as many:
        client.get("/reports?kind=interim_report&first=01.2020&last=12.2026")

    assert len(few) == len(many) <= 25
