"""How budgets go on: what somebody supposes changes what is shown, and nothing else; the programme is its parts."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Forbidden, NotFound
from komma_tracker.audit.models import AuditRecord
from komma_tracker.budget.models import BudgetTotal
from komma_tracker.budget.rules import Light
from komma_tracker.overview.outlook import OutlookPage, outlook_page, programme_course
from komma_tracker.overview.rules import WhatIf
from tests.factories.contracts import make_contract
from tests.factories.entries import make_entry
from tests.factories.municipalities import make_municipality
from tests.integration.overview.conftest import DAY, NOW, TODAY, As, Programme
from tests.support.application import SessionFor


def supposed(programme: Programme, session_for: SessionFor, what_if: WhatIf, code: str = "K01") -> OutlookPage:
    lead = programme.viewer(programme.lead)
    return outlook_page(session_for(lead), lead, code=code, what_if=what_if, today=TODAY, local_now=NOW)


@pytest.mark.parametrize(
    ("what_if", "agreed", "to_come", "ends_on"),
    [
        (WhatIf(), 80, 45, date(2026, 12, 31)),
        (WhatIf(pace_percent=200), 80, 91, date(2026, 12, 31)),
        (WhatIf(pace_percent=0), 80, 1, date(2026, 12, 31)),  # the planned session remains
        (WhatIf(more_minutes=6 * DAY), 86, 45, date(2026, 12, 31)),
        (WhatIf(more_minutes=-10 * DAY, ends_on=date(2026, 9, 30)), 70, 26, date(2026, 9, 30)),
    ],
)
def test_what_would_be_if(
    programme: Programme, session_for: SessionFor, what_if: WhatIf, agreed: int, to_come: int, ends_on: date
) -> None:
    page = supposed(programme, session_for, what_if)

    assert page.now is not None
    assert page.then is not None
    assert page.now.forecast is not None
    assert page.then.forecast is not None
    outlook = page.then.forecast
    assert (outlook.agreed, (outlook.expected - 30 * DAY) // DAY, outlook.ends_on) == (agreed * DAY, to_come, ends_on)
    assert page.now.forecast.agreed == 80 * DAY


def test_supposing_writes_nothing(programme: Programme, session_for: SessionFor, session: Session) -> None:
    before = len(programme.contracts["K01"].terms), session.scalar(select(func.count(AuditRecord.id)))
    supposed(programme, session_for, WhatIf(50, 6 * DAY, date(2027, 6, 30)))

    session.expire_all()
    assert (len(programme.contracts["K01"].terms), session.scalar(select(func.count(AuditRecord.id)))) == before


@pytest.mark.parametrize("code", ["K03", "K04", "K05", "K06"])
def test_what_does_not_run_has_no_outlook(programme: Programme, session_for: SessionFor, code: str) -> None:
    page = supposed(programme, session_for, WhatIf(), code)

    assert (page.now, page.then, page.course.series) == (None, None, ())


def test_only_the_team_supposes(programme: Programme, session_for: SessionFor) -> None:
    for person, refusal in ((programme.coordinator, Forbidden), (programme.head, Forbidden), (programme.ben, NotFound)):
        viewer = programme.viewer(person)
        with pytest.raises(refusal):
            outlook_page(session_for(viewer), viewer, code="K01", what_if=WhatIf(), today=TODAY, local_now=NOW)


@pytest.mark.parametrize(
    ("query", "status_words"),
    [
        ("pace=150&more=6&ends_on=2027-03-31", ["86 Tage", "31.03.2027"]),
        ("pace=999", ["Bitte eine Zahl von 0 bis 300 angeben.", 'value="999"']),
        ("pace=schnell", ["schnell"]),
        ("more=viele", ["Bitte geben Sie die Tage als Zahl an, zum Beispiel 12,25.", "viele"]),
        ("ends_on=32.13.2026", ["Bitte geben Sie ein Datum an, zum Beispiel 22.11.2026.", "32.13.2026"]),
    ],
)
def test_what_is_typed_stays_and_what_is_wrong_is_said(
    programme: Programme, as_: As, query: str, status_words: list[str]
) -> None:
    page = as_(programme.lead).get(f"/municipalities/K01/outlook?{query}")

    assert page.status_code == 200
    assert [word for word in status_words if word not in page.text] == []


def test_the_programme_is_the_sum_of_what_has_begun(programme: Programme, session_for: SessionFor) -> None:
    lead = programme.viewer(programme.lead)
    course = programme_course(session_for(lead), lead, what_if=WhatIf(), today=TODAY, local_now=NOW)

    assert course is not None
    balance = course.balance
    assert (balance.agreed, balance.used, balance.planned) == (320 * DAY, 152 * DAY, DAY)
    assert (balance.confirmed, balance.in_review, balance.free) == (0, 152 * DAY, 167 * DAY)
    assert course.lights == {Light.GREEN: 1, Light.RED: 1, Light.BLUE: 1}
    assert (course.course.series[-1].on, course.course.series[-1].remaining) == (TODAY, 168 * DAY)
    assert course.forecast is not None
    assert course.forecast.low <= course.forecast.expected <= course.forecast.high


def test_what_is_confirmed_is_not_in_review(programme: Programme, session: Session, session_for: SessionFor) -> None:
    session.get_one(BudgetTotal, programme.contracts["K01"].id).confirmed_minutes = 20 * DAY
    session.commit()
    lead = programme.viewer(programme.lead)
    course = programme_course(session_for(lead), lead, what_if=WhatIf(), today=TODAY, local_now=NOW)

    assert course is not None
    assert (course.balance.confirmed, course.balance.in_review) == (20 * DAY, 132 * DAY)


def test_days_of_different_length_are_added_as_days(
    programme: Programme, session: Session, session_for: SessionFor
) -> None:
    place = make_municipality(session, number=8, name="Stadt Kurz")
    contract = make_contract(session, place, minutes_per_day=468, agreed_minutes=10 * 468)
    make_entry(session, contract, programme.anna, service_date=date(2026, 2, 3), minutes=468)
    session.commit()
    lead = programme.viewer(programme.lead)
    course = programme_course(session_for(lead), lead, what_if=WhatIf(), today=TODAY, local_now=NOW)

    assert course is not None
    assert (course.balance.agreed, course.balance.used) == (330 * DAY, 153 * DAY)
    assert course.course.series[-1].remaining == 177 * DAY


def test_the_programmes_course_is_the_leads(programme: Programme, as_: As, session_for: SessionFor) -> None:
    anna = programme.viewer(programme.anna)
    with pytest.raises(Forbidden):
        programme_course(session_for(anna), anna, what_if=WhatIf(), today=TODAY, local_now=NOW)
    page = as_(programme.lead).get("/portfolio/course?pace=120")
    assert (page.status_code, "168 Tage" in page.text, 'value="120"' in page.text) == (200, True, True)
