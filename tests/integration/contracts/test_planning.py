"""Work packages by calendar year, and moves of days from one to another: use cases and pages."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Conflict, Forbidden, Invalid, NotFound
from komma_tracker.budget import ledger
from komma_tracker.contracts.models import Contract, Reallocation
from komma_tracker.contracts.planning import decide_reallocation, plan_years, reallocate
from komma_tracker.contracts.queries import PackagePlan, package_plans, reallocations_of
from komma_tracker.contracts.rules import ContractState, ReallocationState
from komma_tracker.overview.queries import packages_of
from tests.factories.contracts import make_contract
from tests.factories.entries import make_entry
from tests.integration.contracts.test_pages import PAGE, AsPerson, filled_in, text
from tests.support.application import SessionFor
from tests.support.neighbours import CANARIES, Neighbours

DAY = 480
NOW = datetime(2026, 5, 20, 8, tzinfo=UTC)
KEY = "a-key-of-a-form-0001"
YEARS, REALLOCATE = f"{PAGE}/packages/years", f"{PAGE}/packages/reallocate"


@pytest.fixture
def contract(session: Session, neighbours: Neighbours) -> Contract:
    """A contract in force: AP0 20 days, AP1 20, AP4 40."""
    made = make_contract(session, neighbours.named)
    session.commit()
    return made


class Desk:
    """One person before the contract."""

    def __init__(self, session_for: SessionFor, neighbours: Neighbours, contract: Contract, who: str) -> None:
        self.viewer = neighbours.viewer(who)
        self.session, self.contract = session_for(self.viewer), contract

    def move(self, minutes: int, source: str = "AP1", target: str = "AP0", **values: Any) -> Reallocation | None:
        given = {"year": 2026, "reason": "Mehr Steuerung", "confirmed": False, "ledger": ledger, "now": NOW} | values
        return reallocate(
            self.session, self.viewer, municipality_id=self.contract.municipality_id, source=source, target=target,
            minutes=minutes, **given,
        )  # fmt: skip

    def decide(self, public_id: str, grant: bool, **values: Any) -> None:
        given = {"confirmed": False, "ledger": ledger, "now": NOW} | values
        decide_reallocation(
            self.session, self.viewer, municipality_id=self.contract.municipality_id, public_id=public_id, grant=grant,
            **given,
        )  # fmt: skip

    @property
    def plans(self) -> dict[str, PackagePlan]:
        found = package_plans(self.session, self.viewer, contract_id=self.contract.id)
        return {plan.code: plan for plan in found}

    @property
    def planned(self) -> list[int]:
        return [plan.planned_minutes // DAY for plan in self.plans.values()]


@pytest.fixture
def lead(session_for: SessionFor, neighbours: Neighbours, contract: Contract) -> Desk:
    """The lead."""
    return Desk(session_for, neighbours, contract, "lead")


@pytest.fixture
def ben(session_for: SessionFor, neighbours: Neighbours, contract: Contract) -> Desk:
    """A consultant of the municipality."""
    return Desk(session_for, neighbours, contract, "ben")


def test_a_small_move_holds_at_once_and_more_waits_for_the_lead(lead: Desk, ben: Desk) -> None:
    first = ben.move(4 * DAY)
    assert first
    assert (first.state, ben.planned) == (ReallocationState.APPLIED, [24, 16, 40])
    second = ben.move(DAY)
    assert second
    assert (second.state, ben.planned) == (ReallocationState.WAITING, [24, 16, 40])
    with pytest.raises(Forbidden):
        ben.decide(second.public_id, True)
    lead.decide(second.public_id, True)
    assert lead.planned == [25, 15, 40]
    with pytest.raises(Invalid):
        lead.decide(second.public_id, False)
    rows = reallocations_of(lead.session, lead.viewer, contract_id=lead.contract.id)
    assert [(row.from_code, row.to_code, row.minutes, row.state.value) for row in rows] == [
        ("AP1", "AP0", DAY, "approved"),
        ("AP1", "AP0", 4 * DAY, "applied"),
    ]
    assert [bool(row.recorded_by) for row in rows] == [True, True]
    plan = lead.plans["AP0"]
    assert (plan.agreed_minutes, plan.planned_minutes, plan.moved_in) == (20 * DAY, 25 * DAY, 5 * DAY)
    bars = packages_of(lead.session, lead.viewer, contract_id=lead.contract.id)
    assert [bar.planned // DAY for bar in bars] == [25, 15, 40]


def test_what_the_lead_refuses_moves_nothing(lead: Desk, ben: Desk) -> None:
    waiting = ben.move(10 * DAY)
    assert waiting
    lead.decide(waiting.public_id, False)
    assert lead.planned == [20, 20, 40]


def test_what_the_lead_moves_is_approved_by_that(lead: Desk) -> None:
    moved = lead.move(10 * DAY)
    assert moved
    assert (moved.state, moved.decided_at, lead.planned) == (ReallocationState.APPROVED, NOW, [30, 10, 40])


def test_an_approval_looks_again_whether_so_much_is_left(lead: Desk, ben: Desk) -> None:
    waiting = ben.move(20 * DAY)
    assert waiting
    ben.move(DAY, target="AP4")
    with pytest.raises(Invalid) as refused:
        lead.decide(waiting.public_id, True)
    assert refused.value.field == "minutes"


def test_below_what_is_used_only_with_a_second_look(
    lead: Desk, session: Session, neighbours: Neighbours, contract: Contract
) -> None:
    make_entry(session, contract, neighbours.ben, minutes=18 * DAY, package="AP1")
    session.commit()
    with pytest.raises(Invalid) as refused:
        lead.move(3 * DAY)
    assert refused.value.field == "confirmed"
    assert lead.move(3 * DAY, confirmed=True)
    assert lead.planned == [23, 17, 40]


def test_the_same_form_moves_once(ben: Desk) -> None:
    assert ben.move(DAY, request_key=KEY)
    assert ben.move(DAY, request_key=KEY) is None
    assert ben.planned == [21, 19, 40]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"source": "AP9"}, "source"),
        ({"target": "AP9"}, "target"),
        ({"target": "AP1"}, "target"),
        ({"reason": " "}, "reason"),
    ],
)
def test_what_cannot_be_moved(ben: Desk, values: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        ben.move(DAY, **values)
    assert refused.value.field == field


@pytest.mark.parametrize(("who", "error"), [("coordinator", Forbidden), ("head", Forbidden), ("cleo", NotFound)])
def test_only_the_team_moves_days(
    session_for: SessionFor, neighbours: Neighbours, contract: Contract, who: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        Desk(session_for, neighbours, contract, who).move(DAY)


def test_nothing_moves_after_the_end(session: Session, ben: Desk) -> None:
    session.get_one(Contract, ben.contract.id).state = ContractState.TERMINATED
    session.commit()
    with pytest.raises(Invalid):
        ben.move(DAY)


def test_packages_by_calendar_year(lead: Desk, session: Session) -> None:
    ids = {code: plan.id for code, plan in lead.plans.items()}
    plan = {(ids["AP0"], 2026): 12 * DAY, (ids["AP0"], 2027): 8 * DAY, (ids["AP4"], 2026): DAY, (ids["AP1"], 2026): 0}
    given: dict[str, Any] = {"municipality_id": lead.contract.municipality_id, "now": NOW}
    version = lead.contract.version
    plan_years(lead.session, lead.viewer, version=version, plan=plan, **given)
    assert {code: dict(each.years) for code, each in lead.plans.items()} == {
        "AP0": {2026: 12 * DAY, 2027: 8 * DAY},
        "AP1": {},
        "AP4": {2026: DAY},
    }
    with pytest.raises(Conflict):
        plan_years(lead.session, lead.viewer, version=version, plan={}, **given)
    session.rollback()
    plan_years(lead.session, lead.viewer, version=version + 1, plan={}, **given)
    assert [each.years for each in lead.plans.values()] == [{}, {}, {}]


PLAN = {
    "AP0": {2026: 12 * DAY, 2027: 8 * DAY},
    "AP1": {2026: 20 * DAY},
    "AP4": {},
}


@pytest.fixture
def planned(lead: Desk) -> None:
    """AP0 and AP1 are planned by years, each to the minute; AP4 is not."""
    plan = {(each.id, year): minutes for each in lead.plans.values() for year, minutes in PLAN[each.code].items()}
    plan_years(
        lead.session, lead.viewer, municipality_id=lead.contract.municipality_id, version=lead.contract.version,
        plan=plan, now=NOW,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("source", "target", "year", "days", "changed"),
    [
        ("AP1", "AP0", 2026, 4, {"AP0": {2026: 16, 2027: 8}, "AP1": {2026: 16}}),
        ("AP0", "AP1", 2027, 4, {"AP0": {2026: 12, 2027: 4}, "AP1": {2026: 20, 2027: 4}}),
        ("AP0", "AP1", 2027, 8, {"AP0": {2026: 12}, "AP1": {2026: 20, 2027: 8}}),
        ("AP0", "AP4", 2026, 4, {"AP0": {2026: 8, 2027: 8}}),
        ("AP4", "AP0", 2027, 4, {"AP0": {2026: 12, 2027: 12}}),
    ],
)
def test_the_plan_by_years_follows_a_reallocation(
    lead: Desk, planned: None, source: str, target: str, year: int, days: int, changed: dict[str, dict[int, int]]
) -> None:
    lead.move(days * DAY, source, target, year=year)

    plans = lead.plans
    found = {code: {each: minutes // DAY for each, minutes in plan.years.items()} for code, plan in plans.items()}
    expected = {code: {each: minutes // DAY for each, minutes in years.items()} for code, years in PLAN.items()}
    assert found == expected | changed
    assert {code: sum(plan.years.values()) for code, plan in plans.items() if plan.years} == {
        code: plan.planned_minutes for code, plan in plans.items() if plan.years
    }


def test_it_follows_when_the_lead_approves_and_not_before(lead: Desk, ben: Desk, planned: None) -> None:
    granted, refused = ben.move(10 * DAY), ben.move(5 * DAY)
    assert granted
    assert refused
    assert ben.plans["AP0"].years == PLAN["AP0"]
    lead.decide(granted.public_id, True)
    lead.decide(refused.public_id, False)
    assert [lead.plans[code].years for code in ("AP0", "AP1")] == [{2026: 22 * DAY, 2027: 8 * DAY}, {2026: 10 * DAY}]


def test_a_year_gives_no_more_than_it_has(lead: Desk, ben: Desk, planned: None) -> None:
    with pytest.raises(Invalid) as nothing:
        ben.move(DAY, year=2027)
    waiting = ben.move(9 * DAY, "AP0", "AP1")
    assert waiting
    lead.move(4 * DAY, "AP0", "AP1")
    with pytest.raises(Invalid) as less:
        lead.decide(waiting.public_id, True)
    assert (nothing.value.field, less.value.field) == ("year", "year")
    assert lead.plans["AP0"].years == {2026: 8 * DAY, 2027: 8 * DAY}


def test_the_pages_ask_for_a_planned_year_and_show_the_plan(as_person: AsPerson, planned: None) -> None:
    ben = as_person("ben")
    page = ben.get(REALLOCATE)
    form = filled_in(page) | {"source": "AP0", "target": "AP1", "minutes": "3", "reason": "Mehr Treffen"}
    assert re.findall(r'<option( selected)? value="(\d{4})"', page.text) == [(" selected", "2026"), ("", "2027")]

    wrong = ben.post(REALLOCATE, data=form | {"year": "2031"})
    scarce = ben.post(REALLOCATE, data=form | {"year": "2027", "minutes": "9"})
    done = text(ben.post(REALLOCATE, data=form | {"year": "2027"}, follow_redirects=True))

    assert (wrong.status_code, scarce.status_code) == (422, 422)
    assert 'id="year-error"' in scarce.text
    assert "3 Tage für 2027 von AP0 nach AP1 wirksam" in done
    assert "AP0 Steuerung 12,00 5,00 20,00 17,00 AP1 Bedarfsanalyse 20,00 3,00 20,00 23,00" in done


def test_the_plan_takes_one_statement(lead: Desk) -> None:
    seen: list[str] = []
    event.listen(lead.session.get_bind(), "before_cursor_execute", lambda *args: seen.append(args[2]))
    assert len(lead.plans) == 3
    assert len([statement for statement in seen if statement.startswith("SELECT")]) == 1


# pages


def test_the_pages_of_a_reallocation(as_person: AsPerson, contract: Contract) -> None:
    ben, lead = as_person("ben"), as_person("lead")
    form = filled_in(ben.get(REALLOCATE)) | {
        "source": "AP1",
        "target": "AP0",
        "minutes": "4,5",
        "reason": "Mehr Treffen",
    }
    wrong = ben.post(REALLOCATE, data=form | {"minutes": "viel", "reason": ""})
    assert wrong.status_code == 422
    assert 'value="viel"' in wrong.text
    assert 'id="reason-error"' in wrong.text
    assert ben.post(REALLOCATE, data=form | {"minutes": "99"}).status_code == 422
    answer = ben.post(REALLOCATE, data=form, follow_redirects=True)
    assert "Die Umwidmung wartet auf die Freigabe der Programmleitung." in text(answer)
    assert "4,5 Tage für 2026 von AP1 nach AP0 wartet auf Freigabe" in text(answer)
    assert "Freigeben" not in text(answer)
    url = re.search(r'action="([^"]*/packages/reallocations/[^"]*)"', lead.get(PAGE).text)
    assert url
    assert ben.post(url[1], data={"decision": "grant"}).status_code == 404
    done = text(lead.post(url[1], data={"decision": "grant"}, follow_redirects=True))
    assert "AP0 Steuerung 20,00 24,50 AP1 Bedarfsanalyse 20,00 15,50" in done
    assert "Über diese Umwidmung ist schon entschieden." in text(
        lead.post(url[1], data={"decision": "refuse"}, follow_redirects=True)
    )
    read = text(as_person("coordinator").get(PAGE))
    assert "4,5 Tage für 2026 von AP1 nach AP0 freigegeben" in read
    assert "Tage umwidmen" not in read


def test_the_page_of_the_yearly_plan(
    as_person: AsPerson, session: Session, neighbours: Neighbours, contract: Contract
) -> None:
    make_entry(session, contract, neighbours.ben, minutes=2 * DAY, service_date=date(2026, 2, 3))
    session.commit()
    mine, theirs = as_person("lead"), as_person("lead")
    assert "Je Kalenderjahr Plan" not in text(mine.get(PAGE))
    form, first = filled_in(mine.get(YEARS)), contract.work_packages[0].id
    wrong = mine.post(YEARS, data=form | {f"p{first}_2026": "-1"})
    assert wrong.status_code == 422
    assert 'value="-1"' in wrong.text
    assert theirs.post(YEARS, data=filled_in(theirs.get(YEARS)) | {f"p{first}_2026": "12,5"}).status_code == 302
    clash = mine.post(YEARS, data=form | {f"p{first}_2026": "13"})
    assert clash.status_code == 409
    assert "AP0 2026 13 12,5" in text(clash)
    assert mine.post(YEARS, data=filled_in(clash)).status_code == 302
    assert "2026 13,00 2,00 noch nicht vorbei" in text(mine.get(PAGE))
    assert "Summe 13,00 13,00" in text(mine.get(YEARS))
    assert as_person("ben").get(YEARS).status_code == 404


def test_no_one_moves_days_of_a_municipality_they_may_not_know(
    as_person: AsPerson, session: Session, neighbours: Neighbours
) -> None:
    make_contract(session, neighbours.secret)
    session.commit()
    ben = as_person("ben")
    answers = [
        ben.get("/municipalities/K02/contract/packages/reallocate"),
        ben.post("/municipalities/K02/contract/packages/reallocate", data={"source": "AP0"}),
        ben.get("/municipalities/K99/contract/packages/reallocate"),
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert {key for key, secret in CANARIES.items() for answer in answers if secret in answer.text} == set()
