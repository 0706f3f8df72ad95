"""What a viewer reads of municipalities: labels in order, never more than may be known."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from komma_tracker.access.rules import NotFound, Role, Viewer
from komma_tracker.municipalities.holidays import holiday_of
from komma_tracker.municipalities.queries import (
    municipalities_page,
    municipality_by_code,
    municipality_choices,
    next_number,
)
from komma_tracker.municipalities.rules import Visibility
from tests.factories.municipalities import make_municipality
from tests.support.application import SessionFor
from tests.support.neighbours import Neighbours

LEAD, STRANGER = Viewer(1, Role.LEAD), Viewer(2, Role.CONSULTANT)
SECRET, NAMED = "Gemeinde Finkenschlag", "Stadt Neuenwerra"


@pytest.mark.parametrize(
    ("who", "labels"),
    [
        ("lead", [SECRET, NAMED]),
        ("anna", [SECRET, NAMED]),
        ("ben", ["Kommune 02", NAMED]),
        ("cleo", ["Kommune 02", NAMED]),
        ("coordinator", None),
        ("reader", None),
    ],
)
def test_the_list_says_what_its_reader_may_know(
    session_for: SessionFor, neighbours: Neighbours, who: str, labels: list[str] | None
) -> None:
    viewer = neighbours.viewer(who)
    session = session_for(viewer)
    if labels is None:
        with pytest.raises(NotFound):
            municipalities_page(session, viewer, number=1)
        return
    page = municipalities_page(session, viewer, number=1)
    assert [each.label for each in page.rows] == labels
    assert [each.identity is None for each in page.rows] == [label == "Kommune 02" for label in labels]


@pytest.mark.parametrize(
    ("who", "codes"),
    [
        ("lead", {"K01", "K02"}),
        ("anna", {"K01", "K02"}),
        ("ben", {"K01"}),
        ("cleo", set()),
        ("coordinator", {"K01"}),
        ("head", {"K01"}),
        ("secret_coordinator", {"K02"}),
        ("reader", set()),
    ],
)
def test_pages_open_only_to_those_involved(
    session_for: SessionFor, neighbours: Neighbours, who: str, codes: set[str]
) -> None:
    viewer = neighbours.viewer(who)
    session = session_for(viewer)
    for code in ("K01", "K02", "K99"):
        if code in codes:
            assert municipality_by_code(session, viewer, code).code == code
        else:
            with pytest.raises(NotFound):
                municipality_by_code(session, viewer, code)
    assert {choice.code for choice in municipality_choices(session, viewer)} == codes


def test_the_order_of_the_list_tells_nothing_of_a_hidden_name(session_for: SessionFor, session: Session) -> None:
    for number, name, visibility in (
        (1, "Öhringhausen", Visibility.NETWORK),
        (2, "Aalenbach", Visibility.ANONYMOUS),
        (3, "Zwieselau", Visibility.PUBLIC),
        (4, "Achternau", Visibility.NETWORK),
    ):
        make_municipality(session, number=number, name=name, visibility=visibility)
    session.commit()
    of_lead = municipalities_page(session_for(LEAD), LEAD, number=1).rows
    of_stranger = municipalities_page(session_for(STRANGER), STRANGER, number=1).rows
    assert [each.label for each in of_lead] == ["Aalenbach", "Achternau", "Öhringhausen", "Zwieselau"]
    assert [each.label for each in of_stranger] == ["Achternau", "Kommune 02", "Öhringhausen", "Zwieselau"]


def test_the_list_comes_in_pages_with_two_statements(session_for: SessionFor, session: Session) -> None:
    for number in range(1, 121):
        make_municipality(session, number=number)
    session.commit()
    reading = session_for(STRANGER)
    seen: list[str] = []
    event.listen(reading.get_bind(), "before_cursor_execute", lambda *args: seen.append(args[2]))
    last = municipalities_page(reading, STRANGER, number=99)
    assert [each.label for each in last.rows][-1] == "Stadt Musterau 99"
    assert (last.number, last.last, last.total, len(last.rows)) == (3, 3, 120, 20)
    assert len([statement for statement in seen if statement.startswith("SELECT")]) == 2


def test_the_next_number_is_free(session: Session, neighbours: Neighbours) -> None:
    assert next_number(session, neighbours.viewer("lead")) == 3


@pytest.mark.parametrize(
    ("who", "assumption", "christmas"),
    [("anna", "Mariä Himmelfahrt", "Erster Weihnachtstag"), ("ben", None, "Erster Weihnachtstag")],
)
def test_holidays_do_not_tell_the_land(
    session_for: SessionFor,
    session: Session,
    neighbours: Neighbours,
    who: str,
    assumption: str | None,
    christmas: str,
) -> None:
    assert neighbours.secret.identity
    neighbours.secret.identity.catholic_holidays = True
    session.commit()
    viewer = neighbours.viewer(who)
    rows = municipalities_page(session_for(viewer), viewer, number=1).rows
    secret = next(each for each in rows if each.code == "K02")
    assert holiday_of(secret, date(2026, 8, 15)) == assumption
    assert holiday_of(secret, date(2026, 12, 25)) == christmas
