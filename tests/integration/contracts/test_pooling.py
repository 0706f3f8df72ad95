"""Days that move between municipalities through the programme pool: nothing is lost on the way."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from random import Random
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Conflict, DomainError, Forbidden, Invalid, Role, System, Viewer
from komma_tracker.audit.models import AuditRecord
from komma_tracker.budget import ledger
from komma_tracker.contracts import pooling
from komma_tracker.contracts.amending import sign_amendment
from komma_tracker.contracts.models import Contract, PoolTransfer
from komma_tracker.contracts.pool_queries import pool_moves, returned
from komma_tracker.contracts.queries import contract_of
from komma_tracker.contracts.rules import (
    ContractState,
    EndReason,
    Party,
    TransferKind,
    TransferState,
    allowance,
    pool_balance,
    terms_at_end,
)
from komma_tracker.contracts.service import Ending, Signatures, end_early, move_contract
from komma_tracker.municipalities.models import Municipality
from komma_tracker.municipalities.rules import Visibility
from tests.factories.contracts import make_contract
from tests.factories.entries import make_entry
from tests.factories.municipalities import make_municipality
from tests.factories.people import make_user
from tests.integration.contracts.test_pages import AsPerson, filled_in, text
from tests.support.application import Login, SessionFor
from tests.support.client import new_client
from tests.support.neighbours import CANARIES, Neighbours

DAY = 480
NOW, TODAY, JULY = datetime(2026, 5, 20, 8, tzinfo=UTC), date(2026, 5, 20), date(2026, 7, 1)
DATES = (date(2026, 1, 1), date(2026, 4, 30), TODAY, date(2026, 6, 30), JULY, date(2026, 12, 31))


class Desk:
    """A lead with all contracts before them."""

    def __init__(self, session: Session, viewer: Viewer) -> None:
        self.session, self.viewer = session, viewer

    def contract(self, place: Municipality) -> Contract:
        self.session.rollback()
        found = contract_of(self.session, self.viewer, place.id)
        assert found
        return found

    def propose(
        self, source: Municipality | None, target: Municipality | None, days: int, since: date = JULY, **values: Any
    ) -> PoolTransfer:
        given = {"reason": "Mehr Bedarf dort", "ledger": ledger, "now": NOW} | values
        made = pooling.propose(
            self.session, self.viewer, source_id=source.id if source else None,
            target_id=target.id if target else None, minutes=days * DAY, effective_from=since, **given,
        )  # fmt: skip
        assert made
        return made

    def approve(self, transfer: PoolTransfer, **values: Any) -> TransferState:
        given = {"version": self.now_as(transfer).version, "ledger": ledger, "now": NOW} | values
        return pooling.approve(self.session, self.viewer, public_id=transfer.public_id, **given).state

    def end(self, transfer: PoolTransfer, target: TransferState = TransferState.WITHDRAWN) -> None:
        pooling.end(
            self.session, self.viewer, public_id=transfer.public_id, version=self.now_as(transfer).version,
            target=target, now=NOW,
        )  # fmt: skip

    def sign(self, place: Municipality, municipality: date | None = TODAY, carrier: date | None = TODAY) -> None:
        contract = self.contract(place)
        sign_amendment(
            self.session, self.viewer, municipality_id=place.id, number=contract.terms[-1].number,
            version=contract.version, signed_by_municipality_on=municipality, signed_by_carrier_on=carrier,
            ledger=ledger, today=TODAY, now=NOW,
        )  # fmt: skip

    def terminate(self, place: Municipality, on: date = TODAY) -> None:
        why = {"ended_by": Party.MUNICIPALITY, "reason": EndReason.STAFFING}
        end_early(
            self.session, self.viewer, municipality_id=place.id, version=self.contract(place).version,
            ending=Ending(target=ContractState.TERMINATED, ended_on=on, **why), ledger=ledger, today=TODAY, now=NOW,
        )  # fmt: skip

    def settle(self, place: Municipality) -> None:
        pooling.settle(
            self.session, self.viewer, municipality_id=place.id, ledger=ledger, today=TODAY, now=NOW
        )  # fmt: skip

    def now_as(self, transfer: PoolTransfer) -> PoolTransfer:
        self.session.rollback()
        return self.session.get_one(PoolTransfer, transfer.id, populate_existing=True)

    def agreed(self, place: Municipality) -> tuple[int, int]:
        """Days agreed at the end of June and from July on."""
        terms = self.contract(place).all_terms()
        return allowance(terms, date(2026, 6, 30)) // DAY, allowance(terms, JULY) // DAY

    def balance(self, on: date = date.max) -> int:
        return pool_balance(pool_moves(self.session, self.viewer), on)


@pytest.fixture
def leads(session: Session, session_for: SessionFor, neighbours: Neighbours) -> tuple[Desk, Desk]:
    """Two leads; contracts of 80 days with both neighbours."""
    second = make_user(session, role=Role.LEAD)
    make_contract(session, neighbours.named)
    make_contract(session, neighbours.secret)
    session.commit()
    viewers = neighbours.viewer("lead"), Viewer(second.id, Role.LEAD)
    return Desk(session_for(viewers[0]), viewers[0]), Desk(session_for(viewers[1]), viewers[1])


def test_days_move_when_all_have_signed(leads: tuple[Desk, Desk], neighbours: Neighbours) -> None:
    (one, two), here, there = leads, neighbours.named, neighbours.secret
    moved = one.propose(here, there, 6)
    assert [one.approve(moved), two.approve(moved)] == [TransferState.APPROVED_ONCE, TransferState.AMENDING]
    assert [each.agreed_minutes // DAY for each in (one.contract(here).terms[1], one.contract(there).terms[1])] == [
        74,
        86,
    ]
    assert (one.agreed(here), one.agreed(there)) == ((80, 80), (80, 80))
    one.sign(here)
    assert (one.agreed(here), one.agreed(there)) == ((80, 80), (80, 80))
    one.sign(there, TODAY, None)
    assert (one.agreed(here), one.agreed(there)) == ((80, 80), (80, 80))
    one.sign(there)
    assert (one.agreed(here), one.agreed(there)) == ((80, 74), (80, 86))
    assert (one.now_as(moved).state, one.balance()) == (TransferState.DONE, 0)
    with pytest.raises(Invalid):
        one.end(moved)


def test_two_different_leads_approve(leads: tuple[Desk, Desk], neighbours: Neighbours, session_for: SessionFor) -> None:
    one, two = leads
    moved = one.propose(neighbours.named, None, 6)
    one.approve(moved)
    with pytest.raises(Invalid):
        one.approve(moved)
    with pytest.raises(Conflict):
        two.approve(moved, version=1)
    assert len(one.contract(neighbours.named).terms) == 1
    anna = neighbours.viewer("anna")
    with pytest.raises(Forbidden):
        Desk(session_for(anna), anna).propose(neighbours.named, None, 1)
    with pytest.raises(Forbidden):
        pooling.propose(
            session_for(System("test")), System("test"), source_id=None, target_id=None, minutes=1,
            effective_from=JULY, reason="x", ledger=ledger, now=NOW,
        )  # fmt: skip


def test_what_is_withdrawn_leaves_no_trace_in_the_contracts(leads: tuple[Desk, Desk], neighbours: Neighbours) -> None:
    (one, two), here, there = leads, neighbours.named, neighbours.secret
    moved = one.propose(here, there, 6)
    one.approve(moved)
    two.approve(moved)
    one.sign(here)
    one.end(moved)
    assert [len(one.contract(place).terms) for place in (here, there)] == [1, 1]
    refused = one.propose(here, there, 6)
    one.end(refused, TransferState.REFUSED)
    with pytest.raises(Invalid):
        two.approve(refused)


@pytest.mark.parametrize(
    ("days", "values", "field"),
    [
        (81, {}, "minutes"),
        (0, {}, "minutes"),
        (6, {"reason": " "}, "reason"),
        (6, {"since": date(2025, 12, 31)}, "effective_from"),
        (6, {"since": date(2027, 1, 1)}, "effective_from"),
    ],
)
def test_what_cannot_be_proposed(
    leads: tuple[Desk, Desk], neighbours: Neighbours, days: int, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        leads[0].propose(neighbours.named, neighbours.secret, days, **values)
    assert refused.value.field == field


def test_nobody_gives_what_is_used_or_promised(
    leads: tuple[Desk, Desk], session: Session, neighbours: Neighbours
) -> None:
    one, here = leads[0], neighbours.named
    make_entry(session, one.contract(here), neighbours.ben, minutes=70 * DAY)
    session.commit()
    with pytest.raises(Invalid):
        one.propose(here, None, 11)
    one.propose(here, None, 6)
    with pytest.raises(Invalid):
        one.propose(here, None, 5)
    for side in (None, here):
        with pytest.raises(Invalid) as refused:
            one.propose(side, side, 1)
        assert refused.value.field == "target"
    with pytest.raises(Invalid):
        one.propose(None, here, 1)  # the pool is empty


def test_case_08_municipality_withdraws(leads: tuple[Desk, Desk], session: Session, neighbours: Neighbours) -> None:
    (one, two), here, there = leads, neighbours.named, neighbours.secret
    make_entry(session, one.contract(here), neighbours.ben, minutes=41 * DAY, service_date=date(2026, 4, 30))
    session.commit()
    under_way = one.propose(here, there, 6)
    one.approve(under_way)
    two.approve(under_way)
    one.terminate(here)
    assert one.balance(date(2026, 5, 19)) == 0
    assert (one.balance(TODAY), one.balance()) == (39 * DAY, 39 * DAY)
    assert one.now_as(under_way).state is TransferState.WITHDRAWN
    assert (one.agreed(there), len(one.contract(there).terms)) == ((80, 80), 1)  # not automatically to others
    row = one.session.scalars(select(PoolTransfer).where(PoolTransfer.kind == TransferKind.RETURN)).one()
    assert (row.minutes, row.from_municipality_id, row.to_municipality_id) == (39 * DAY, here.id, None)
    moved = one.propose(None, there, 39)
    one.approve(moved)
    two.approve(moved)
    with pytest.raises(Invalid):
        one.propose(None, there, 1)
    one.sign(there)
    assert (one.agreed(there), one.balance(), one.balance(date(2026, 6, 30))) == ((80, 119), 0, 39 * DAY)


def test_what_comes_late_after_the_end_is_settled(
    leads: tuple[Desk, Desk], session: Session, neighbours: Neighbours
) -> None:
    one, here = leads[0], neighbours.named
    one.terminate(here)
    assert one.balance() == 80 * DAY
    session.expire_all()  # the contract has a new version
    make_entry(session, one.contract(here), neighbours.ben, minutes=DAY, service_date=date(2026, 4, 30))
    session.commit()
    one.settle(here)
    one.settle(here)
    assert one.balance() == 79 * DAY


def test_of_a_full_term_days_lapse(leads: tuple[Desk, Desk], session: Session, neighbours: Neighbours) -> None:
    one = leads[0]
    contract = one.contract(neighbours.named)
    session.get_one(Contract, contract.id).terms[0].ends_on = date(2026, 5, 19)
    session.commit()
    move_contract(
        one.session, one.viewer, municipality_id=neighbours.named.id, version=one.contract(neighbours.named).version,
        target=ContractState.ENDED, signatures=Signatures(), today=TODAY, now=NOW,
    )  # fmt: skip
    assert one.balance() == 0


@pytest.mark.parametrize("seed", range(2))
def test_the_days_of_the_programme_stay_the_same(
    leads: tuple[Desk, Desk], session: Session, neighbours: Neighbours, seed: int
) -> None:
    """Contracts and pool together, at every date, after every step of a random history."""
    places = [
        neighbours.named,
        neighbours.secret,
        make_municipality(session, number=8),
        make_municipality(session, number=9),
    ]
    for place in places[2:]:
        make_contract(session, place)
    session.commit()
    rng, done = Random(seed), 0

    def total(on: date) -> int:
        one = leads[0]
        one.session.rollback()
        contracts = [one.contract(place) for place in places]
        given = returned(one.session, [contract.id for contract in contracts])
        agreed = 0
        for contract in contracts:
            terms = contract.all_terms()
            end = terms_at_end(terms)
            assert end
            over = contract.ended_on is not None and contract.ended_on <= on
            agreed += end.agreed_minutes - given[contract.id] if over else allowance(terms, on)
        return agreed + one.balance(on)

    whole = {on: total(on) for on in DATES}
    assert set(whole.values()) == {4 * 80 * DAY}
    for _ in range(40):
        lead = rng.choice(leads)
        step = rng.choice(["propose", "approve", "approve", "sign", "sign", "sign", "end", "log", "terminate"])
        try:
            take(step, lead, places, rng)
            if step == "log":
                log(session, lead, rng.choice(places), neighbours)
            done += 1
        except DomainError:
            lead.session.rollback()
        assert {on: total(on) for on in DATES} == whole, step
        assert leads[0].balance() >= 0
    assert done > 10


def take(step: str, lead: Desk, places: list[Municipality], rng: Random) -> None:
    """One step of a random history, which may be refused."""
    rows = lead.session.scalars(select(PoolTransfer).order_by(PoolTransfer.id)).all()
    if step == "propose":
        source, target = rng.sample([None, *places], 2)
        lead.propose(source, target, rng.randint(1, 30), rng.choice((TODAY, JULY)))
    elif step == "approve" and rows:
        lead.approve(rng.choice(rows))
    elif step == "sign":
        lead.sign(rng.choice(places), TODAY, rng.choice((TODAY, TODAY, None)))
    elif step == "end" and rows and rng.random() < 0.3:
        lead.end(rng.choice(rows))
    elif step == "terminate" and rng.random() < 0.15:
        lead.terminate(rng.choice(places))


def log(session: Session, lead: Desk, place: Municipality, neighbours: Neighbours) -> None:
    """A day worked; where the contract has ended already, the pool is settled."""
    contract = lead.contract(place)
    session.rollback()
    make_entry(session, session.get_one(Contract, contract.id), neighbours.ben, minutes=DAY)
    session.commit()
    if contract.ended_on:
        lead.settle(place)


# pages


def second_lead(app: Flask, session: Session, login: Login) -> Any:
    user = make_user(session, role=Role.LEAD)
    session.commit()
    return login(new_client(app), user)


def test_the_pages_of_a_move(
    app: Flask, as_person: AsPerson, session: Session, login: Login, neighbours: Neighbours
) -> None:
    make_contract(session, neighbours.named)
    make_contract(session, neighbours.secret)
    session.commit()
    lead = as_person("lead")
    assert "Es gibt nur ein Konto der Programmleitung." in text(lead.get("/pool"))
    other = second_lead(app, session, login)
    assert "Es gibt nur ein Konto" not in text(lead.get("/pool"))
    form = filled_in_pool(lead.get("/pool/new").text)
    wrong = lead.post("/pool/new", data=form | {"source": "K01", "target": "K02", "minutes": "viel", "reason": "x"})
    assert wrong.status_code == 422
    assert 'value="viel"' in wrong.text
    given = {
        "source": "K01",
        "target": "K02",
        "minutes": "6",
        "effective_from": "2026-07-01",
        "reason": "Dort fehlt es",
    }
    assert lead.post("/pool/new", data=form | given | {"minutes": "99"}).status_code == 422
    assert lead.post("/pool/new", data=form | given).status_code == 302
    assert lead.post("/pool/new", data=form | given).status_code == 302  # the same form again
    page = lead.get("/pool")
    assert page.text.count("<h3>") == 1
    assert f"6 Tage: Stadt Neuenwerra → Gemeinde {CANARIES['name']} vorgeschlagen" in text(page)

    def decide(client: Any, decision: str) -> str:
        url = re.search(r'action="(/pool/\w+/decision)".*?name="version" value="(\d+)"', client.get("/pool").text)
        assert url
        return text(client.post(url[1], data={"version": url[2], "decision": decision}, follow_redirects=True))

    assert "einmal freigegeben" in decide(lead, "approve")
    assert "Die zweite Freigabe gibt ein anderes Konto." in decide(lead, "approve")
    assert "Nachträge in Abstimmung" in decide(other, "approve")
    contract = text(lead.get("/municipalities/K01/contract"))
    assert "Vereinbarte Beratungstage: bisher 80 Tage, dann 74 Tage" in contract
    assert f"Verschiebung über den Programmtopf, andere Seite: Gemeinde {CANARIES['name']}" in contract
    sign = "/municipalities/K01/contract/amendments/1/sign"
    both = {"signed_by_municipality_on": "2026-05-20", "signed_by_carrier_on": "2026-05-20"}
    assert lead.post(sign, data=filled_in(lead.get(sign)) | both).status_code == 302
    assert "gezeichnet, wartet auf den Nachtrag der anderen Kommune" in text(lead.get("/municipalities/K01/contract"))
    edit = lead.post("/municipalities/K01/contract/amendments/1/withdraw", data={"version": "3"}, follow_redirects=True)
    assert "K01" in edit.text
    assert "zurückgezogen" in decide(other, "withdraw")


@pytest.mark.parametrize(
    ("who", "reads"),
    [
        ("anna", f"andere Seite: Gemeinde {CANARIES['name']}"),
        ("ben", "andere Seite: Kommune 02"),
        ("coordinator", None),
    ],
)
def test_who_may_not_know_the_other_side_reads_its_alias(
    leads: tuple[Desk, Desk], as_person: AsPerson, neighbours: Neighbours, who: str, reads: str | None
) -> None:
    one, two = leads
    moved = one.propose(neighbours.named, neighbours.secret, 6, reason=f"Für {CANARIES['name']}")
    one.approve(moved)
    two.approve(moved)
    page = as_person(who).get("/municipalities/K01/contract")
    assert "Verschiebung über den Programmtopf" in text(page)
    assert ("andere Seite" in text(page)) is (reads is not None)
    assert reads is None or reads in text(page)
    assert (CANARIES["name"] in page.text) is (who == "anna")
    assert as_person(who).get("/pool").status_code == 404
    records = one.session.execute(select(AuditRecord.before, AuditRecord.after)).all()
    assert CANARIES["name"] not in repr(records)


def filled_in_pool(page: str) -> dict[str, str]:
    key = re.search(r'name="request_key"[^>]*value="([^"]*)"', page)
    assert key
    return {"request_key": key[1]}


@pytest.mark.parametrize("count", [1, 4])
def test_the_pool_takes_as_many_statements_however_much_happened(
    app: Flask, as_person: AsPerson, session: Session, neighbours: Neighbours, count: int
) -> None:
    lead = as_person("lead")
    for number in range(10, 10 + count):
        place = make_municipality(session, number=number, visibility=Visibility.NETWORK)
        contract = make_contract(session, place, state=ContractState.TERMINATED, ended_on=TODAY)
        for _ in range(count):
            session.add(
                PoolTransfer(
                    from_contract_id=contract.id,
                    from_municipality_id=place.id,
                    minutes=DAY,
                    effective_from=JULY,
                    proposed_at=NOW,
                    proposed_by_id=neighbours.lead.id,
                )
            )
    session.commit()
    lead.get("/pool")
    seen: list[str] = []
    with app.app_context():
        from komma_tracker.db import db

        event.listen(db.engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    assert lead.get("/pool").status_code == 200
    assert len([statement for statement in seen if statement.startswith("SELECT")]) <= 9


def test_a_late_draft_makes_the_second_approval_wait(leads: tuple[Desk, Desk], neighbours: Neighbours) -> None:
    one, two = leads
    first, second = (one.propose(neighbours.named, None, days) for days in (6, 7))
    for moved in (first, second):
        one.approve(moved)
    two.approve(first)
    with pytest.raises(Invalid):
        two.approve(second)
    one.sign(neighbours.named)
    two.approve(second)
    terms = replace(one.contract(neighbours.named).terms[2].as_rules())
    assert terms.agreed_minutes == 67 * DAY
