"""What the ledger's closed months and the held sessions make of a funder report."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Forbidden, Invalid
from komma_tracker.access.small_numbers import Hidden
from komma_tracker.alliances.rules import Side
from komma_tracker.budget.models import DayEntry, Statement
from komma_tracker.budget.rules import Activity, Mode, MonthState
from komma_tracker.contracts.models import ContractTerms
from komma_tracker.deliverables.models import Deliverable
from komma_tracker.deliverables.rules import DeliverableState
from komma_tracker.events.join_models import EventFeedback, EventJoining
from komma_tracker.events.models import Event, EventParticipants, EventSeries
from komma_tracker.events.rules import EventKind, EventState, FunctionGroup
from komma_tracker.events.rules.joining import SCALE
from komma_tracker.municipalities.models import Municipality
from komma_tracker.municipalities.rules import Visibility
from komma_tracker.reports import service
from komma_tracker.reports.rules.figures import Amount, Figures, as_json
from komma_tracker.reports.rules.outcomes import Answers, Content, Persons
from komma_tracker.reports.rules.period import Period, ReportKind
from komma_tracker.reports.rules.sides import SIDE_OF
from tests.factories.contracts import make_contract
from tests.factories.deliverables import make_paper, make_step
from tests.factories.entries import make_entry
from tests.factories.events import LONG_AGO, make_event
from tests.factories.municipalities import make_municipality
from tests.factories.statements import make_statement
from tests.integration.reports.conftest import DAY, SECRET_NAME, SPRING, TODAY, Programme, make_training
from tests.support.application import SessionFor

MAY = date(2026, 5, 4)
YEAR = Period(date(2026, 1, 1), date(2026, 12, 1))


@pytest.fixture
def preview(programme: Programme, session: Session, session_for: SessionFor) -> Preview:
    """The figures of a period as the lead sees them now."""
    return Preview(programme, session, session_for)


class Preview:
    def __init__(self, programme: Programme, session: Session, session_for: SessionFor) -> None:
        self.programme, self.session, self.session_for = programme, session, session_for

    def __call__(self, period: Period = SPRING) -> Figures:
        self.session.commit()
        viewer = self.programme.viewer(self.programme.lead)
        return service.preview(self.session_for(viewer), viewer, kind=ReportKind.INTERIM, period=period, today=TODAY)


def used_in_spring() -> int:
    """Four months of 60 minutes times the number of the contract, and seven on the phone."""
    return sum(4 * (60 * number + 7) for number in (1, 2, 3, 4, 5))


def test_days_stand_by_municipality_package_year_and_mode(preview: Preview) -> None:
    days = preview().days

    assert days is not None
    assert [(line.name, line.places, line.amount.used) for line in days.places] == [
        ("Kreis Mitte", 1, 4 * (180 + 7)),
        ("Markt Neu", 1, 4 * (240 + 7)),
        ("", 3, 4 * (60 + 120 + 300 + 3 * 7)),
    ]
    assert days.amount.used == used_in_spring()
    assert [(line.code, line.title, line.amount.used) for line in days.packages] == [
        ("AP0", "Steuerung", 0),
        ("AP1", "Bedarfsanalyse", used_in_spring() - 5 * 4 * 7),
        ("AP4", "Trainings und Coachings", 5 * 4 * 7),
    ]
    assert days.years == (("2026",),)
    assert [(line.modes, line.used) for line in days.modes] == [
        (("on_site",), 2 * 60 * 15),
        (("online",), 2 * 60 * 15),
        (("phone",), 5 * 4 * 7),
    ]
    assert days.on_site == 2 * 60 * 15


def test_planned_is_the_even_share_of_what_is_agreed(preview: Preview) -> None:
    days, of_the_year = preview().days, preview(YEAR).days
    january_to_april = 80 * DAY * 120 // 365

    assert days is not None
    assert of_the_year is not None
    assert days.amount.planned == 5 * january_to_april
    assert of_the_year.amount.planned == 5 * 80 * DAY
    assert [line.amount.planned for line in of_the_year.packages] == [5 * 20 * DAY, 5 * 20 * DAY, 5 * 40 * DAY]


@pytest.mark.parametrize(
    ("state", "counts"),
    [
        (MonthState.OPEN, False),
        (MonthState.SUBMITTED, False),
        (MonthState.QUERIED, False),
        (MonthState.CONFIRMED, False),
        (MonthState.CLOSED, True),
        (MonthState.REPORTED, True),
    ],
)
def test_only_closed_statements_count(
    preview: Preview, programme: Programme, session: Session, state: MonthState, counts: bool
) -> None:
    contract = programme.contracts["K03"]
    make_statement(session, contract, programme.lead, month=date(2026, 5, 1), state=state)

    figures = preview(YEAR)

    assert figures.days is not None
    assert figures.days.amount.used == used_in_spring() + (180 if counts else 0)
    assert figures.open_minutes == 60 * 15 - (180 if counts else 0)


def test_corrections_of_an_earlier_period_stand_apart(preview: Preview, programme: Programme, session: Session) -> None:
    """Domain 5.4, case 13: the service date stays, the month of posting decides in which report it stands."""
    for code in ("K01", "K03", "K07"):
        make_entry(
            session,
            programme.contracts[code],
            programme.anna,
            service_date=date(2026, 4, 20),
            posting_month=date(2026, 6, 1),
            minutes=100,
        )
        make_statement(session, programme.contracts[code], programme.lead, month=date(2026, 6, 1))

    later = preview(Period(date(2026, 5, 1), date(2026, 12, 1))).days
    spring = preview().days

    assert later is not None
    assert spring is not None
    assert later.years == (("before",), ("2026",))
    assert [line.years for line in later.packages if not line.code] == [(Amount(0, 300), Amount(0, 0))]
    assert spring.amount.used == used_in_spring()


def test_the_name_of_an_anonymous_municipality_is_in_no_figure(preview: Preview) -> None:
    assert "Vogelsang" not in as_json(preview())
    assert SECRET_NAME not in as_json(preview(YEAR))


def test_without_anonymous_municipalities_each_stands_alone(
    preview: Preview, programme: Programme, session: Session
) -> None:
    programme.places["K07"].visibility = Visibility.PUBLIC

    days = preview().days

    assert days is not None
    assert [line.name for line in days.places] == [
        SECRET_NAME,
        "Kreis Mitte",
        "Markt Neu",
        "Stadt Ahlen",
        "Stadt Zirben",
    ]


def test_days_of_other_lengths_are_days_too(preview: Preview, programme: Programme, session: Session) -> None:
    place = make_municipality(session, number=5, name="Stadt Kurz")
    contract = make_contract(session, place, packages=(), minutes_per_day=468, agreed_minutes=80 * 468)
    make_entry(session, contract, programme.anna, service_date=date(2026, 3, 2), minutes=468)
    make_statement(session, contract, programme.lead, month=date(2026, 3, 1))

    days = preview(YEAR).days

    assert days is not None
    assert next(line.amount for line in days.places if line.name == "Stadt Kurz") == Amount(80 * DAY, DAY)


def test_days_whose_length_an_amendment_changed_are_counted_by_their_date(
    preview: Preview, programme: Programme, session: Session
) -> None:
    place = make_municipality(session, number=5, name="Stadt Kurz")
    contract = make_contract(session, place, packages=(), minutes_per_day=468, agreed_minutes=80 * 468)
    signed = {"signed_by_municipality_on": date(2026, 2, 1), "signed_by_carrier_on": date(2026, 2, 1)}
    term = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31), "effective_from": date(2026, 3, 1)}
    contract.terms.append(ContractTerms(number=1, minutes_per_day=480, agreed_minutes=80 * 480, **signed, **term))
    session.flush()
    make_entry(session, contract, programme.anna, service_date=date(2026, 2, 27), minutes=468)
    make_entry(session, contract, programme.anna, service_date=date(2026, 3, 2), minutes=480)
    for month in (2, 3):
        make_statement(session, contract, programme.lead, month=date(2026, month, 1))

    days = preview().days

    assert days is not None
    assert next(line.amount.used for line in days.places if line.name == "Stadt Kurz") == 2 * DAY


def test_sessions_count_with_the_statement_that_takes_their_days(
    preview: Preview, programme: Programme, session: Session
) -> None:
    """Five held in March, whose statements are closed; two in May, where nothing is."""
    for statement_month in (3, 5):
        for _ in range(5 if statement_month == 3 else 2):
            make_training(session, programme, "K03", "K04", month=statement_month)
    for code in ("K03", "K04"):
        take_into_statement(session, programme, code, date(2026, 3, 1))

    sessions, people = preview(YEAR).sessions, preview(YEAR).participants

    assert sessions is not None
    assert (sessions.rows, sessions.columns) == ((("training",),), (("on_site",),))
    assert sessions.cells == ((5, 5), (5, 5))
    assert people is not None
    assert people.cells == ((60, 60), (60, 60))


def test_few_sessions_and_people_are_hidden(preview: Preview, programme: Programme, session: Session) -> None:
    make_training(session, programme, "K03", heads=3)
    take_into_statement(session, programme, "K03", date(2026, 3, 1))

    figures = preview()

    assert figures.sessions is not None
    assert {cell for row in figures.sessions.cells for cell in row} == {Hidden.SMALL}
    assert figures.participants is not None
    assert {cell for row in figures.participants.cells for cell in row} == {Hidden.SMALL}


def test_sessions_of_an_anonymous_municipality_alone_are_not_told(
    preview: Preview, programme: Programme, session: Session
) -> None:
    for _ in range(6):
        make_training(session, programme, "K07", kind=EventKind.COACHING)
    take_into_statement(session, programme, "K07", date(2026, 3, 1))

    figures = preview()

    assert figures.sessions is None
    assert figures.participants is None


def test_case_12_a_series_counts_its_people_once(preview: Preview, programme: Programme, session: Session) -> None:
    """Domain 5.4, case 12: unique persons 14, attendances 49; another training of eight stands beside it."""
    series = EventSeries(title="Training in vier Teilen", unique_persons=14, created_at=LONG_AGO)
    session.add(series)
    session.flush()
    for part, heads in enumerate((14, 13, 12, 10), 1):
        make_training(session, programme, "K03", heads=heads, series_id=series.id, part=part)
    make_training(session, programme, "K04", heads=8)
    for code in ("K03", "K04"):
        take_into_statement(session, programme, code, date(2026, 3, 1))

    assert preview().persons == Persons(14 + 8, 49 - 14, 49 + 8)
    series.unique_persons = None
    assert preview().persons == Persons(14 + 8, 49 - 14, 49 + 8), "at least as many as came to the largest part"


@pytest.mark.parametrize(
    ("answers", "closed", "expected"),
    [
        ({5: 5}, True, (Content(("training",), Answers(5, 25)),)),
        ({3: 1, 4: 3}, True, ()),
        ({5: 5}, False, ()),
        ({}, True, ()),
    ],
)
def test_satisfaction_counts_sessions_of_five_answers_to_which_no_more_can_come(
    preview: Preview,
    programme: Programme,
    session: Session,
    answers: dict[int, int],
    closed: bool,
    expected: tuple[Content, ...],
) -> None:
    late = datetime(2026, 5, 14, 9)  # its code is good until tomorrow
    event = make_event(
        session, kind=EventKind.WEBINAR if not closed else EventKind.TRAINING, consultants=(programme.anna,),
        state=EventState.HELD, starts_local=late,
    )  # fmt: skip
    if closed:
        make_training(session, programme, "K03")
        take_into_statement(session, programme, "K03", date(2026, 3, 1))
        event = session.scalars(select(Event).where(Event.municipality_count == 1)).one()
    session.add(EventJoining(event_id=event.id, seed=None if closed else "a" * 16, code_hash=None if closed else "b"))
    session.add_all(EventFeedback(event_id=event.id, scale=value, answers=answers.get(value, 0)) for value in SCALE)

    assert preview(YEAR).content == expected


def test_satisfaction_is_told_of_no_anonymous_municipality_alone(
    preview: Preview, programme: Programme, session: Session
) -> None:
    make_training(session, programme, "K07")
    take_into_statement(session, programme, "K07", date(2026, 3, 1))
    event = session.scalars(select(Event)).one()
    session.add(EventJoining(event_id=event.id, seed=None, code_hash=None))
    session.add(EventFeedback(event_id=event.id, scale=4, answers=9))

    figures = preview()

    assert (figures.content, figures.persons) == (None, None)


def test_alliance_meetings_stand_by_side(preview: Preview, programme: Programme, session: Session) -> None:
    """Twelve meetings: all with the administration, six with the police, none with anybody else."""
    for number in range(12):
        make_training(session, programme, "K03", kind=EventKind.ALLIANCE_MEETING, heads=number + 1)
    events = session.scalars(select(Event).order_by(Event.id)).all()
    for event in events[:6]:
        for group in (FunctionGroup.SECURITY_AUTHORITY, FunctionGroup.HEAD):
            event.participants.append(EventParticipants(function_group=group, headcount=2))
    events[7].participants.append(EventParticipants(function_group=FunctionGroup.OTHER, headcount=0))
    take_into_statement(session, programme, "K03", date(2026, 3, 1))

    assert {line.side: line.meetings for line in preview().sides} == {
        "administration": 12,
        "counselling": 0,
        "security": 6,
        "other": 0,
    }


def _papers(session: Session, place: Municipality, number: int, state: DeliverableState) -> list[Deliverable]:
    return [make_paper(session, place, state=state, title=f"{state} {each}") for each in range(number)]


def test_strategies_stand_by_their_state_at_the_end_of_the_period(
    preview: Preview, programme: Programme, session: Session
) -> None:
    """Six drafts of K03, one of them adopted in May; six that were taken note of, which is not adopted."""
    first, *_ = _papers(session, programme.places["K03"], 6, DeliverableState.DRAFT)
    make_step(session, first, DeliverableState.ADOPTED, MAY)
    _papers(session, programme.places["K04"], 6, DeliverableState.NOTED)
    make_paper(session, programme.places["K03"], state=DeliverableState.ADOPTED, since=MAY)
    make_paper(session, make_municipality(session, number=9), state=DeliverableState.DRAFT)  # not in the report

    strategies = preview().strategies

    assert strategies is not None
    assert strategies.rows == (("draft",), ("noted",))
    assert [row[0] for row in strategies.cells] == [6, 6, 12]


def test_small_numbers_of_strategies_are_hidden(preview: Preview, programme: Programme, session: Session) -> None:
    for state, number in ((DeliverableState.DRAFT, 7), (DeliverableState.NOTED, 2), (DeliverableState.ADOPTED, 9)):
        _papers(session, programme.places["K04"], number, state)

    strategies = preview().strategies

    assert strategies is not None
    assert strategies.rows == (("draft",), ("adopted",), ("noted",))
    assert [row[0] for row in strategies.cells] == [Hidden.COVERED, 9, Hidden.SMALL, 18]


def test_strategies_of_an_anonymous_municipality_are_never_alone(
    preview: Preview, programme: Programme, session: Session
) -> None:
    _papers(session, programme.places["K07"], 9, DeliverableState.ADOPTED)
    assert preview().strategies is None
    for code in ("K01", "K02", "K03"):
        _papers(session, programme.places[code], 6, DeliverableState.DRAFT)
    strategies = preview().strategies

    assert strategies is not None
    assert strategies.rows == (("draft", "adopted"),)
    assert [row[0] for row in strategies.cells] == [27, 27]


def test_every_function_group_sits_on_one_side() -> None:
    assert set(SIDE_OF) == set(FunctionGroup)
    assert set(SIDE_OF.values()) == set(Side)


@pytest.mark.parametrize("kind", [EventKind.NETWORK, EventKind.WEBINAR, EventKind.TRANSFER])
def test_network_and_transfer_count_by_their_date(
    preview: Preview, programme: Programme, session: Session, kind: EventKind
) -> None:
    for day in range(1, 6):
        make_event(
            session, kind=kind, consultants=(programme.anna,), state=EventState.FOLLOWED_UP,
            starts_local=datetime(2026, 2, day, 9), mode=Mode.ONLINE,
        )  # fmt: skip

    sessions = preview().sessions

    assert sessions is not None
    assert (sessions.rows, sessions.cells) == (((kind.value,),), ((5, 5), (5, 5)))


def take_into_statement(session: Session, programme: Programme, code: str, month: date) -> None:
    """Put what is posted in a closed month into its statement."""
    contract = programme.contracts[code]
    statement = session.scalars(
        select(Statement).where(Statement.contract_id == contract.id, Statement.month == month)
    ).one()
    lines = select(DayEntry).where(DayEntry.contract_id == contract.id, DayEntry.posting_month == month)
    for entry in session.scalars(lines):
        entry.statement_id = statement.id
    session.flush()


def test_a_consultant_gets_no_report(programme: Programme, session_for: SessionFor) -> None:
    viewer = programme.viewer(programme.anna)

    with pytest.raises(Forbidden):
        service.preview(session_for(viewer), viewer, kind=ReportKind.INTERIM, period=SPRING, today=TODAY)


@pytest.mark.parametrize(
    ("period", "field"),
    [
        (Period(date(2026, 4, 1), date(2026, 1, 1)), "last"),
        (Period(date(2026, 6, 1), date(2026, 7, 1)), "first"),
        (Period(date(2006, 1, 1), date(2026, 1, 1)), "first"),
    ],
)
def test_periods_that_cannot_be(preview: Preview, period: Period, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        preview(period)

    assert refused.value.field == field


def test_travel_without_charge_adds_nothing(preview: Preview, programme: Programme, session: Session) -> None:
    make_entry(
        session,
        programme.contracts["K03"],
        programme.anna,
        service_date=date(2026, 5, 2),
        minutes=270,
        chargeable_minutes=0,
        activity=Activity.TRAVEL,
        mode=Mode.OFFICE,
    )

    assert preview(YEAR).open_minutes == 60 * 15
