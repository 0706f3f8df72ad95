"""Where municipalities stand: reckoned alike on their own page and in the lead's list."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Forbidden
from komma_tracker.access.small_numbers import Hidden
from komma_tracker.budget.rules import Light, LightReason
from komma_tracker.contracts.models import ContractTerms
from komma_tracker.events.models import EventParticipants
from komma_tracker.events.rules import EventKind, EventState, FunctionGroup
from komma_tracker.overview import queries, service
from komma_tracker.overview.rules import Phase, PortfolioOrder
from komma_tracker.overview.service import MunicipalityPage, Portfolio
from tests.factories.contracts import make_amendment, make_contract
from tests.factories.entries import make_entry
from tests.factories.events import make_event
from tests.factories.municipalities import make_municipality
from tests.integration.overview.conftest import DAY, NOW, TODAY, Programme
from tests.support.application import SessionFor


def page_of(
    programme: Programme, session_for: SessionFor, code: str, who: str = "lead", today: date = TODAY
) -> MunicipalityPage:
    viewer = programme.viewer(getattr(programme, who))
    return service.municipality_page(session_for(viewer), viewer, code=code, today=today, local_now=NOW)


def portfolio(
    programme: Programme,
    session_for: SessionFor,
    order: PortfolioOrder = PortfolioOrder.LABEL,
    *,
    descending: bool = False,
    number: int = 1,
) -> Portfolio:
    lead = programme.viewer(programme.lead)
    return service.portfolio(
        session_for(lead), lead, order=order, descending=descending, number=number, today=TODAY, local_now=NOW
    )


# One municipality


def test_a_municipality_in_step(programme: Programme, session_for: SessionFor) -> None:
    page = page_of(programme, session_for, "K01")

    standing = page.standing
    assert standing is not None
    assert (standing.phase, standing.thresholds) == (Phase.RUNNING, ())
    assert (standing.balance.agreed, standing.balance.used, standing.balance.planned) == (80 * DAY, 30 * DAY, DAY)
    assert (standing.balance.remaining, standing.balance.free) == (50 * DAY, 49 * DAY)
    assert standing.signal is not None
    assert standing.signal.light is Light.GREEN
    assert standing.forecast is not None
    assert standing.forecast.expected > standing.balance.used
    assert [(line.name, line.used) for line in page.packages] == [
        ("AP0 Steuerung", 0),
        ("AP1 Bedarfsanalyse", 30 * DAY),
        ("AP4 Trainings und Coachings", 0),
    ]
    assert (page.course.series[-1].on, page.course.series[-1].remaining) == (TODAY, 50 * DAY)
    assert [shown.starts_local.date() for shown in page.sessions] == [date(2026, 6, 10)]
    assert [person.name for person in page.team] == ["Anna Albers", "Kira Koch", "Hans Haupt"]


def test_case_06_an_amendment_arms_the_thresholds_again(
    programme: Programme, session: Session, session_for: SessionFor
) -> None:
    """80 % of 80 days are 64.0, of 86 days 68.8: past figures stay, what was reached is open again."""
    contract, effective_from = programme.contracts["K01"], date(2026, 5, 20)

    def log(minutes: int) -> None:
        make_entry(session, contract, programme.anna, service_date=date(2026, 5, 18), minutes=minutes)
        session.commit()

    def thresholds(today: date) -> tuple[int, ...]:
        standing = page_of(programme, session_for, "K01", today=today).standing
        assert standing is not None
        return standing.thresholds

    before = effective_from - timedelta(days=1)
    log(34 * DAY)
    amendment = make_amendment(
        session, contract, effective_from=effective_from, agreed_minutes=86 * DAY, signed_by_municipality_on=before
    )
    session.commit()
    assert (thresholds(before), thresholds(effective_from)) == ((80,), (80,)), "one signature changes nothing"
    amendment.signed_by_carrier_on = before
    session.commit()
    assert (thresholds(before), thresholds(effective_from)) == ((80,), ())
    log(48 * DAY // 10 - 1)
    assert thresholds(effective_from) == ()
    log(1)
    assert thresholds(effective_from) == (80,)


def test_a_contract_that_ended_early_ends_plan_and_outlook_with_it(
    programme: Programme, session_for: SessionFor
) -> None:
    page = page_of(programme, session_for, "K03")

    standing = page.standing
    assert standing is not None
    assert (standing.phase, standing.terms.ends_on, standing.elapsed) == (Phase.OVER, date(2026, 3, 31), 1.0)
    assert (standing.forecast, standing.signal) == (None, None)
    assert standing.balance.remaining == 39 * DAY
    assert (page.course.plan[-1].on, page.course.plan[-1].remaining) == (date(2026, 3, 31), 0)
    assert (page.course.series[-1].on, page.course.series[-1].remaining) == (date(2026, 3, 31), 39 * DAY)


def test_work_after_the_end_goes_on_in_the_line(
    programme: Programme, session: Session, session_for: SessionFor
) -> None:
    make_entry(session, programme.contracts["K03"], programme.anna, service_date=date(2026, 4, 20), minutes=DAY)
    session.commit()

    series = page_of(programme, session_for, "K03").course.series

    assert (series[-1].on, series[-1].remaining) == (date(2026, 4, 20), 38 * DAY)


@pytest.mark.parametrize(("code", "phase"), [("K04", Phase.UNSIGNED), ("K05", Phase.UPCOMING)])
def test_before_a_contract_has_begun_there_is_no_course_and_no_light(
    programme: Programme, session: Session, session_for: SessionFor, code: str, phase: Phase
) -> None:
    make_entry(session, programme.contracts[code], programme.anna, service_date=date(2026, 5, 4), minutes=DAY)
    session.commit()

    page = page_of(programme, session_for, code)

    assert page.standing is not None
    assert (page.standing.phase, page.standing.signal, page.standing.forecast) == (phase, None, None)
    assert (page.standing.balance.agreed, page.standing.balance.used) == (80 * DAY, DAY)
    assert (page.course.series, page.course.plan) == ((), ())


def test_without_a_contract_there_is_nothing_to_reckon(programme: Programme, session_for: SessionFor) -> None:
    page = page_of(programme, session_for, "K06")

    assert (page.place.contract_id, page.standing, page.packages, page.entries) == (None, None, [], [])


def test_work_of_a_day_to_come_is_in_balance_and_line_alike(
    programme: Programme, session: Session, session_for: SessionFor
) -> None:
    make_entry(session, programme.contracts["K01"], programme.anna, service_date=date(2026, 5, 29), minutes=DAY)
    session.commit()

    page = page_of(programme, session_for, "K01")

    assert page.standing is not None
    assert page.course.series[-1].remaining == page.standing.balance.remaining == 49 * DAY


def test_entries_without_a_package_are_a_line_of_their_own(
    programme: Programme, session: Session, session_for: SessionFor
) -> None:
    make_entry(session, programme.contracts["K01"], programme.anna, minutes=DAY)
    session.commit()

    page = page_of(programme, session_for, "K01")

    assert [(line.planned, line.used) for line in page.packages if not line.name] == [(0, DAY)]


# All municipalities


def test_the_list_says_what_the_pages_say(programme: Programme, session_for: SessionFor) -> None:
    for line in portfolio(programme, session_for).page.rows:
        own = page_of(programme, session_for, line.place.code).standing
        listed = line.standing
        if own is None or listed is None:
            assert own is listed
            continue
        assert (listed.phase, listed.balance, listed.thresholds) == (own.phase, own.balance, own.thresholds)
        assert (listed.signal, listed.elapsed) == (own.signal, own.elapsed)
        if own.forecast and listed.forecast:
            for name in ("agreed", "expected", "low", "high", "ends_on"):
                assert getattr(listed.forecast, name) == getattr(own.forecast, name)


@pytest.mark.parametrize(
    ("order", "descending", "expected"),
    [
        (PortfolioOrder.LABEL, False, ["K06", "K07", "K03", "K04", "K01", "K05", "K02"]),
        (PortfolioOrder.LABEL, True, ["K02", "K05", "K01", "K04", "K03", "K07", "K06"]),
        (PortfolioOrder.USED, True, ["K02", "K03", "K01", "K04", "K05", "K06", "K07"]),
        (PortfolioOrder.SHARE, False, ["K04", "K05", "K07", "K01", "K03", "K02", "K06"]),
        (PortfolioOrder.REMAINING, False, ["K02", "K03", "K01", "K04", "K05", "K07", "K06"]),
        (PortfolioOrder.END, False, ["K03", "K01", "K02", "K04", "K07", "K05", "K06"]),
        (PortfolioOrder.LAST_ENTRY, True, ["K01", "K02", "K03", "K04", "K05", "K06", "K07"]),
        (PortfolioOrder.ATTENTION, False, ["K02", "K07", "K01", "K06", "K03", "K04", "K05"]),
        (PortfolioOrder.ATTENTION, True, ["K01", "K07", "K02", "K06", "K03", "K04", "K05"]),
        (PortfolioOrder.FORECAST, False, ["K07", "K01", "K02", "K06", "K03", "K04", "K05"]),
        (PortfolioOrder.FORECAST, True, ["K02", "K01", "K07", "K06", "K03", "K04", "K05"]),
    ],
)
def test_the_list_stands_in_any_order(
    programme: Programme, session_for: SessionFor, order: PortfolioOrder, descending: bool, expected: list[str]
) -> None:
    found = portfolio(programme, session_for, order, descending=descending)

    assert [line.place.code for line in found.page.rows] == expected
    assert found.order is order


def test_over_several_pages_what_is_reckoned_gives_way_to_the_label(
    programme: Programme, session: Session, session_for: SessionFor
) -> None:
    for number in range(50):
        make_municipality(session, number=100 + number, name=f"Stadt Y{number:02d}")
    session.commit()

    first = portfolio(programme, session_for, PortfolioOrder.ATTENTION)
    second = portfolio(programme, session_for, PortfolioOrder.ATTENTION, number=9)

    assert (first.order, first.page.last, len(first.page.rows)) == (PortfolioOrder.LABEL, 2, 50)
    assert not {PortfolioOrder.ATTENTION, PortfolioOrder.FORECAST} & first.orders
    assert second.page.number == 2
    assert [line.place.code for line in second.page.rows][-1] == "K02"
    codes = [line.place.code for page in (first, second) for line in page.page.rows]
    assert len(set(codes)) == len(codes) == 57


def test_reasons_name_what_is_wrong(programme: Programme, session_for: SessionFor) -> None:
    lights = {
        line.place.code: line.standing.signal
        for line in portfolio(programme, session_for).page.rows
        if line.standing and line.standing.signal
    }

    assert lights["K02"].light is Light.RED
    assert lights["K02"].reasons[0] is LightReason.USED_UP
    assert (lights["K07"].light, lights["K07"].reasons) == (Light.BLUE, (LightReason.BEHIND_TIME,))
    assert set(lights) == {"K01", "K02", "K07"}


def test_the_newest_contract_is_listed(programme: Programme, session: Session, session_for: SessionFor) -> None:
    newer = make_contract(session, programme.places["K03"], agreed_minutes=20 * DAY)
    session.commit()

    lines = {line.place.code: line for line in portfolio(programme, session_for).page.rows}

    assert (lines["K03"].place.contract_id, lines["K03"].place.used_minutes) == (newer.id, 0)


@pytest.mark.parametrize("who", ["anna", "cleo", "coordinator", "head", "reader"])
def test_the_list_is_for_the_lead(programme: Programme, session_for: SessionFor, who: str) -> None:
    viewer = programme.viewer(getattr(programme, who))

    with pytest.raises(Forbidden):
        service.portfolio(
            session_for(viewer),
            viewer,
            order=PortfolioOrder.LABEL,
            descending=False,
            number=1,
            today=TODAY,
            local_now=NOW,
        )


# A consultant's day


def test_today_shows_what_waits(programme: Programme, session: Session, session_for: SessionFor) -> None:
    secret = (programme.places["K07"],)
    make_event(session, municipalities=secret, consultants=(programme.anna,), starts_local=NOW.replace(day=18))
    make_event(session, municipalities=secret, consultants=(programme.ben,), starts_local=NOW.replace(day=19))
    session.commit()
    anna = programme.viewer(programme.anna)

    page = service.today_page(session_for(anna), anna, today=TODAY, local_now=NOW)

    assert [shown.starts_local.day for shown in page.to_confirm] == [18]
    assert [shown.starts_local.date() for shown in page.sessions] == [date(2026, 6, 10)]
    assert [line.place.code for line in page.places] == ["K01", "K03", "K07"]
    assert page.month.minutes == 6 * DAY
    assert len(page.month.gaps) == 11


# The programme


def test_the_programme_adds_up_what_is_signed(programme: Programme, session: Session) -> None:
    totals = queries.programme_totals(session, today=TODAY)

    assert (totals.municipalities, totals.agreed_minutes) == (5, 5 * 80 * DAY)
    assert totals.used_minutes == (30 + 81 + 41) * DAY
    assert sum(totals.minutes_by_mode.values()) == totals.used_minutes


def test_days_of_the_programme_are_days_whatever_their_length(programme: Programme, session: Session) -> None:
    short = make_contract(session, make_municipality(session, number=8), minutes_per_day=468, agreed_minutes=80 * 468)
    make_entry(session, short, programme.ben, minutes=10 * 468)
    session.commit()

    published = queries.programme_totals(session, today=TODAY).as_published()

    assert (published.municipalities, published.agreed_days, published.used_days) == (6, 480, 162)


def test_an_amendment_counts_once_it_holds(programme: Programme, session: Session) -> None:
    programme.contracts["K01"].terms.append(
        ContractTerms(
            number=1,
            effective_from=date(2026, 5, 21),
            starts_on=date(2026, 1, 1),
            ends_on=date(2026, 12, 31),
            agreed_minutes=86 * DAY,
            signed_by_municipality_on=date(2026, 5, 1),
            signed_by_carrier_on=date(2026, 5, 1),
        )
    )
    session.commit()

    assert queries.programme_totals(session, today=TODAY).agreed_minutes == 400 * DAY
    assert queries.programme_totals(session, today=date(2026, 5, 21)).agreed_minutes == 406 * DAY


def test_small_numbers_of_the_programme_are_hidden(programme: Programme, session: Session) -> None:
    for day in range(1, 8):
        event = make_event(session, kind=EventKind.TRAINING, state=EventState.HELD, starts_local=NOW.replace(day=day))
        session.add(EventParticipants(event_id=event.id, function_group=FunctionGroup.MANAGERS, headcount=3))
    event = make_event(session, kind=EventKind.COACHING, state=EventState.HELD, starts_local=NOW.replace(day=9))
    session.add(EventParticipants(event_id=event.id, function_group=FunctionGroup.HEAD, headcount=1))
    session.commit()

    published = queries.programme_totals(session, today=TODAY).as_published()

    assert published.sessions == 8
    assert published.sessions_by_kind == {EventKind.TRAINING: Hidden.COVERED, EventKind.COACHING: Hidden.SMALL}
    assert published.participants == {FunctionGroup.MANAGERS: Hidden.COVERED, FunctionGroup.HEAD: Hidden.SMALL}


@pytest.mark.parametrize(
    ("who", "allowed"),
    [("lead", True), ("reader", True), ("anna", False), ("coordinator", False), ("head", False)],
)
def test_the_sums_are_for_lead_and_readers(programme: Programme, session: Session, who: str, allowed: bool) -> None:
    viewer = programme.viewer(getattr(programme, who))

    if allowed:
        assert service.programme(session, viewer, today=TODAY) is not None
    else:
        with pytest.raises(Forbidden):
            service.programme(session, viewer, today=TODAY)


def test_sums_over_four_municipalities_are_not_published(programme: Programme, session: Session) -> None:
    programme.contracts["K05"].terms[0].signed_by_carrier_on = None
    session.commit()

    assert service.programme(session, programme.viewer(programme.reader), today=TODAY) is None
