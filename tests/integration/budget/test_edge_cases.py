"""The edge cases of domain 5.4 that the ledger decides, with the figures given there."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Invalid
from komma_tracker.budget import corrections, queries, service, totals
from komma_tracker.budget.models import BudgetTotal, DayEntry
from komma_tracker.budget.queries import EntryFilter
from komma_tracker.budget.rules import Activity, Approval, ChargeReason, HintCode, Mode, MonthState, balance_at
from komma_tracker.budget.service import Work
from komma_tracker.contracts.models import Contract
from komma_tracker.contracts.rules import Rounding, TravelPolicy
from komma_tracker.kit import formats
from komma_tracker.municipalities.rules import Land
from tests.factories.contracts import make_contract
from tests.factories.entries import close_month, make_entry
from tests.factories.municipalities import make_municipality
from tests.integration.budget.conftest import TODAY, Programme, work
from tests.support.application import SessionFor

APRIL, MAY, JUNE = date(2026, 4, 1), date(2026, 5, 1), date(2026, 6, 1)
NOW = datetime(2026, 5, 20, 10, 0, tzinfo=UTC)


def log(programme: Programme, session: Session, said: Work, who: str = "anna", where: str = "town") -> DayEntry:
    """Somebody logs a day of their own."""
    person = getattr(programme, who)
    return service.log_day(
        session,
        programme.viewer(person),
        municipality_id=getattr(programme, where).id,
        consultant_id=person.id,
        work=said,
        now=NOW,
    )[0]


def used(session: Session, contract: Contract) -> int:
    return queries.used_by_contract(session, None, contract_ids=[contract.id]).get(contract.id, 0)  # type: ignore[arg-type]


def test_case_01_day_shared_by_two_municipalities(programme: Programme, session: Session) -> None:
    morning = log(programme, session, work(minutes=240, note="Vormittag"))
    afternoon = log(programme, session, work(minutes=240), where="secret")
    evening = log(programme, session, work(minutes=60), where="secret")

    assert [each.chargeable_minutes for each in (morning, afternoon, evening)] == [240, 240, 60]
    outlook = service.outlook(
        session, programme.viewer(programme.anna), contract=programme.secret_contract,
        consultant_id=programme.anna.id, work=work(minutes=60), today=TODAY, entry=evening,
    )  # fmt: skip
    assert [hint.code for hint in outlook.hints] == [HintCode.OVER_DAILY_CAP]  # over both, and it only warns


def test_case_01_each_municipality_sees_only_its_own(
    programme: Programme, session: Session, session_for: SessionFor
) -> None:
    mine = log(programme, session, work(minutes=240))
    log(programme, session, work(minutes=240), where="secret")
    coordinator = programme.viewer(programme.coordinator)

    rows = queries.entry_rows(session_for(coordinator), coordinator, wanted=EntryFilter())

    assert [row.public_id for row in rows] == [mine.public_id]


def test_case_02_two_consultants_at_one_training(programme: Programme, session: Session) -> None:
    for who in ("anna", "ben"):
        log(programme, session, work(minutes=480, activity=Activity.TRAINING), who=who)

    assert used(session, programme.contract) == 960
    assert formats.days(960, fixed=True) == "2,00"


@pytest.mark.parametrize(
    ("minutes", "rules", "counted", "shown"),
    [
        (120, {}, 120, "0,25"),
        (40, {}, 40, "0,08"),
        (40, {"rounding": Rounding.UP, "unit_minutes": 120}, 120, "0,25"),
    ],
)
def test_case_04_phone_coaching(
    programme: Programme, session: Session, minutes: int, rules: dict[str, Any], counted: int, shown: str
) -> None:
    place = make_municipality(session, number=4)
    make_contract(session, place, **rules)
    session.commit()
    lead = programme.viewer(programme.lead)

    entry = service.log_day(
        session, lead, municipality_id=place.id, consultant_id=programme.lead.id, now=NOW,
        work=work(minutes=minutes, activity=Activity.COACHING, mode=Mode.PHONE),
    )[0]  # fmt: skip

    assert (entry.minutes, entry.chargeable_minutes) == (minutes, counted)
    assert formats.days(entry.chargeable_minutes, fixed=True) == shown


def test_case_05_correction_after_sign_off(programme: Programme, session: Session) -> None:
    day = date(2026, 4, 14)
    entry = make_entry(session, programme.contract, programme.anna, service_date=day, minutes=480)
    statement = close_month(session, programme.contract, APRIL, programme.lead, state=MonthState.CLOSED)

    made = corrections.correct_entry(
        session, programme.viewer(programme.anna), public_id=entry.public_id, work=work(day, 240),
        reason="War nur ein halber Tag", now=NOW, today=TODAY,
    )  # fmt: skip

    reversal, new = queries.related_rows(session, programme.viewer(programme.lead), entry.public_id)[::-1][1:]
    assert made is not None
    assert made.public_id == new.public_id
    assert [(row.service_date, row.posting_month, row.minutes, row.chargeable_minutes) for row in (reversal, new)] == [
        (day, MAY, -480, -480),
        (day, MAY, 240, 240),
    ]
    assert (reversal.original, new.original) == (entry.public_id, entry.public_id)
    assert (reversal.reason, new.reason) == ("War nur ein halber Tag", "War nur ein halber Tag")
    assert (entry.statement_id, entry.chargeable_minutes, statement.minutes) == (statement.id, 480, 480)
    total = session.get_one(BudgetTotal, programme.contract.id, populate_existing=True)
    assert (total.used_minutes, total.confirmed_minutes) == (240, 480)  # until the next statement is confirmed
    assert (totals.wrong(session), totals.misfiled(session)) == ({}, {})


def test_case_13_a_month_already_reported(programme: Programme, session: Session) -> None:
    statement = close_month(session, programme.contract, APRIL, programme.lead, state=MonthState.REPORTED)
    said = work(date(2026, 4, 14))

    with pytest.raises(Invalid) as error:
        log(programme, session, said)
    assert error.value.field == "reason"
    late = log(programme, session, Work(**{**vars(said), "reason": "Zettel lag im Auto"}))

    assert (late.service_date, late.posting_month) == (date(2026, 4, 14), MAY)
    assert (late.reason, late.approval, late.chargeable_minutes) == ("Zettel lag im Auto", Approval.NOT_NEEDED, 240)
    assert (late.statement_id, statement.minutes) == (None, 0)


def test_case_13_the_lead_decides_on_what_comes_more_than_three_months_late(
    programme: Programme, session: Session
) -> None:
    for month in (date(2026, 1, 1), date(2026, 2, 1)):
        close_month(session, programme.contract, month, programme.lead, state=MonthState.REPORTED)
    lead = programme.viewer(programme.lead)

    in_time = log(programme, session, Work(**{**vars(work(date(2026, 2, 20))), "reason": "krank"}))
    very_late = log(programme, session, Work(**{**vars(work(date(2026, 2, 19))), "reason": "krank"}))
    waiting = queries.waiting_rows(session, lead)
    corrections.decide_entry(session, lead, public_id=very_late.public_id, grant=True, now=NOW)

    assert (in_time.approval, in_time.chargeable_minutes) == (Approval.NOT_NEEDED, 240)
    assert [(row.public_id, row.approval, row.minutes, row.chargeable_minutes) for row in waiting] == [
        (very_late.public_id, Approval.VERY_LATE, 240, 0)
    ]
    assert (very_late.approval, very_late.chargeable_minutes, very_late.posting_month) == (
        Approval.GRANTED, 240, date(2026, 3, 1),
    )  # fmt: skip
    assert very_late.approved_by_id == programme.lead.id
    assert used(session, programme.contract) == 480


@pytest.mark.parametrize(
    ("who", "day", "holiday"),
    [
        ({"land": Land.NI}, date(2024, 5, 30), None),
        ({"land": Land.NW}, date(2024, 5, 30), "Fronleichnam"),
        ({"land": Land.BY, "augsburg_holiday": True}, date(2024, 8, 8), "Augsburger Hohes Friedensfest"),
        ({"land": Land.BY}, date(2024, 8, 8), None),
        ({"land": Land.SN}, date(2024, 11, 20), "Buß- und Bettag"),
        ({"land": Land.TH}, date(2024, 11, 20), None),
    ],
)
def test_case_14_public_holiday_by_the_municipalitys_own_calendar(
    programme: Programme, session: Session, who: dict[str, Any], day: date, holiday: str | None
) -> None:
    place = make_municipality(session, number=5, **who)
    contract = make_contract(session, place, starts_on=date(2024, 1, 1))
    session.commit()
    lead = programme.viewer(programme.lead)

    outlook = service.outlook(
        session, lead, contract=contract, consultant_id=programme.lead.id, work=work(day), today=TODAY
    )

    found = {hint.code: hint.params for hint in outlook.hints}
    assert found.get(HintCode.PUBLIC_HOLIDAY) == ({"holiday": holiday} if holiday else None)
    assert outlook.counted.minutes == 240  # it warns and never blocks


@pytest.mark.parametrize(("day", "holiday"), [(date(2024, 5, 30), "Fronleichnam"), (date(2024, 5, 31), None)])
def test_case_14_public_holiday_where_the_consultant_works(
    programme: Programme, session: Session, day: date, holiday: str | None
) -> None:
    """The consultant in Nordrhein-Westfalen, the municipality in Niedersachsen."""
    place = make_municipality(session, number=5, land=Land.NI)
    contract = make_contract(session, place, starts_on=date(2024, 1, 1))
    programme.anna.land = Land.NW
    session.commit()

    outlook = service.outlook(
        session, programme.viewer(programme.lead), contract=contract, consultant_id=programme.anna.id,
        work=work(day), today=TODAY,
    )  # fmt: skip

    found = {hint.code: hint.params for hint in outlook.hints}
    assert found == ({HintCode.HOLIDAY_OF_PERSON: {"holiday": holiday}} if holiday else {})
    assert outlook.counted.minutes == 240


@pytest.mark.parametrize(
    ("policy", "counted"), [(TravelPolicy.NONE, 0), (TravelPolicy.HALF, 135), (TravelPolicy.FULL, 270)]
)
def test_case_15_travel_day(programme: Programme, session: Session, policy: TravelPolicy, counted: int) -> None:
    place = make_municipality(session, number=6)
    contract = make_contract(session, place, travel_policy=policy)
    session.commit()
    lead = programme.viewer(programme.lead)

    def log_it(said: Work) -> DayEntry:
        return service.log_day(
            session, lead, municipality_id=place.id, consultant_id=programme.lead.id, work=said, now=NOW
        )[0]

    there = log_it(work(minutes=270, activity=Activity.TRAVEL))
    assert (there.minutes, there.chargeable_minutes) == (270, counted)

    log_it(work(date(2026, 5, 21), 480))
    back = log_it(work(date(2026, 5, 21), 270, Activity.TRAVEL))
    assert back.chargeable_minutes == 0
    assert used(session, contract) == counted + 480  # travel never pushes a day over the cap


def test_case_16_work_before_the_term(programme: Programme, session: Session) -> None:
    place = make_municipality(session, number=8)
    contract = make_contract(
        session,
        place,
        starts_on=date(2026, 5, 15),
        signed_by_municipality_on=date(2026, 5, 7),
        signed_by_carrier_on=date(2026, 5, 12),
    )
    session.commit()
    lead = programme.viewer(programme.lead)

    def log_it(day: date) -> DayEntry:
        return service.log_day(
            session, lead, municipality_id=place.id, consultant_id=programme.anna.id, work=work(day), now=NOW
        )[0]

    before, within, refused = log_it(date(2026, 5, 14)), log_it(date(2026, 5, 15)), log_it(date(2026, 5, 13))
    assert [(each.approval, each.chargeable_minutes) for each in (before, within)] == [
        (Approval.BEFORE_TERM, 0),
        (Approval.NOT_NEEDED, 240),
    ]
    assert used(session, contract) == 240

    corrections.decide_entry(session, lead, public_id=before.public_id, grant=True, now=NOW)
    corrections.decide_entry(session, lead, public_id=refused.public_id, grant=False, now=NOW)

    assert [(each.approval, each.chargeable_minutes) for each in (before, refused)] == [
        (Approval.GRANTED, 240),
        (Approval.REFUSED, 0),
    ]
    assert used(session, contract) == 480
    postings = queries.postings(session, lead, contract_id=contract.id)
    assert balance_at(postings, contract.all_terms(), date(2026, 5, 15)).used == 480


def test_case_17_eleven_hour_workshop_day(programme: Programme, session: Session) -> None:
    said = work(minutes=660)

    with pytest.raises(Invalid) as error:
        log(programme, session, said)
    assert error.value.field == "long_day"
    entry = log(programme, session, Work(**{**vars(said), "long_day": True}))

    assert (entry.minutes, entry.chargeable_minutes, entry.counted_as) == (660, 480, ChargeReason.CAPPED)


@pytest.mark.parametrize(
    ("first", "second", "asked"), [(600, 1, True), (599, 1, False), (361, 240, True), (360, 240, False)]
)
def test_case_17_ten_hours_hold_for_person_and_date_over_all_municipalities(
    programme: Programme, session: Session, first: int, second: int, asked: bool
) -> None:
    log(programme, session, work(minutes=first), where="secret")
    log(programme, session, work(minutes=270, activity=Activity.TRAVEL))  # which is no working time here

    if asked:
        with pytest.raises(Invalid):
            log(programme, session, work(minutes=second))
    else:
        assert log(programme, session, work(minutes=second)).chargeable_minutes == second


def test_case_17_the_lead_is_not_asked(programme: Programme, session: Session) -> None:
    assert log(programme, session, work(minutes=660), who="lead").chargeable_minutes == 480
