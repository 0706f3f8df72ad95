"""Use cases of strategy papers: the way of K01's clearing procedure, and what holds of it once its text changes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Conflict, Forbidden, Invalid, NotFound
from komma_tracker.audit.models import AuditRecord
from komma_tracker.deliverables import queries, service
from komma_tracker.deliverables.models import Deliverable
from komma_tracker.deliverables.rules import Answer, DeliverableKind, DeliverableState, Reviewer, Route
from tests.factories.deliverables import make_paper
from tests.support.application import SessionFor
from tests.support.neighbours import Neighbours

NOW = datetime(2026, 5, 20, 8, tzinfo=UTC)
TODAY = date(2026, 5, 20)
KEY = "a-key-of-a-form-0001"
S = DeliverableState
FRAME = service.Frame(kind=DeliverableKind.CLEARING, title="Clearingverfahren", route=Route.COUNCIL)


class Desk:
    """One person before the papers of K01."""

    def __init__(self, session_for: SessionFor, neighbours: Neighbours, who: str) -> None:
        self.viewer = neighbours.viewer(who)
        self.session, self.place = session_for(self.viewer), neighbours.named.id
        self.paper: Deliverable

    def begin(self, frame: service.Frame = FRAME, **more: Any) -> Deliverable:
        self.paper = service.begin(
            self.session, self.viewer, municipality_id=self.place, frame=frame, today=date(2024, 1, 8), now=NOW, **more
        )
        return self.paper

    def form(self, paper: Deliverable | None = None, **more: Any) -> service.Form:
        given = paper or self.paper
        values = {"public_id": given.public_id, "version": given.version} | more
        return service.Form(municipality_id=self.place, now=NOW, **values)

    def text(self, label: str, on: date) -> None:
        text = service.Text(label=label, url=f"https://ablage.example.org/{label}", dated_on=on)
        service.add_version(self.session, self.viewer, self.form(), text, today=TODAY)

    def review(self, reviewer: Reviewer, answer: Answer, on: date) -> None:
        asked = service.Review(reviewer=reviewer, asked_on=on, answer=answer, answered_on=on)
        service.note_review(self.session, self.viewer, self.form(), asked, today=TODAY)

    def move(self, target: DeliverableState, on: date, number: str = "") -> None:
        service.move(self.session, self.viewer, self.form(), target=target, on=on, decision_number=number, today=TODAY)

    def steps(self) -> list[tuple[date, DeliverableState, str, str]]:
        found = queries.steps_of(self.session, self.viewer, self.paper)
        return [(each.happened_on, each.state, each.version_label, each.decision_number) for each in found]


@pytest.fixture
def desk(session_for: SessionFor, neighbours: Neighbours) -> Any:
    return lambda who: Desk(session_for, neighbours, who)


def _adopted(at: Desk) -> None:
    at.begin()
    at.move(S.IN_PROGRESS, date(2024, 2, 1))
    at.move(S.DRAFT, date(2024, 4, 10))
    at.text("v1.0", date(2024, 6, 5))
    at.move(S.IN_REVIEW, date(2024, 6, 5))
    at.review(Reviewer.STAFF_COUNCIL, Answer.AGREED, date(2024, 6, 12))
    at.move(S.ACCEPTED, date(2024, 6, 25))
    at.move(S.PRELIMINARY, date(2024, 9, 17))
    at.move(S.ADOPTED, date(2024, 10, 8), "2024/118")


@pytest.mark.parametrize("who", ["lead", "ben", "coordinator"])
def test_the_told_way_of_a_clearing_procedure(desk: Any, who: str) -> None:
    at: Desk = desk(who)
    _adopted(at)
    assert at.steps() == [
        (date(2024, 1, 8), S.NOT_STARTED, "", ""),
        (date(2024, 2, 1), S.IN_PROGRESS, "", ""),
        (date(2024, 4, 10), S.DRAFT, "", ""),
        (date(2024, 6, 5), S.IN_REVIEW, "v1.0", ""),
        (date(2024, 6, 25), S.ACCEPTED, "v1.0", ""),
        (date(2024, 9, 17), S.PRELIMINARY, "v1.0", ""),
        (date(2024, 10, 8), S.ADOPTED, "v1.0", "2024/118"),
    ]
    assert (at.paper.decided_on, at.paper.decision_number) == (date(2024, 10, 8), "2024/118")
    at.move(S.IN_FORCE, date(2024, 11, 4))
    assert (at.paper.state, at.paper.decided_on) == (S.IN_FORCE, date(2024, 10, 8))


def test_a_new_version_makes_the_approval_and_the_answers_void(desk: Any) -> None:
    at: Desk = desk("ben")
    _adopted(at)
    at.text("v2.0", date(2025, 1, 7))
    assert (at.paper.state, at.paper.decided_on, at.paper.decision_number) == (S.DRAFT, None, "")
    assert at.steps()[-2:] == [
        (date(2024, 10, 8), S.ADOPTED, "v1.0", "2024/118"),
        (TODAY, S.DRAFT, "v2.0", ""),
    ]
    assert [(each.number, each.answer) for each in queries.reviews_of(at.session, at.viewer, at.paper)] == [
        (1, Answer.AGREED)
    ]


def test_who_was_asked_has_to_answer_before_it_is_accepted(desk: Any) -> None:
    at: Desk = desk("ben")
    at.begin()
    at.text("v1.0", date(2024, 2, 5))
    at.move(S.IN_REVIEW, TODAY)
    at.review(Reviewer.LEGAL, Answer.OPEN, TODAY)
    with pytest.raises(Invalid):
        at.move(S.ACCEPTED, TODAY)
    at.review(Reviewer.LEGAL, Answer.WITH_CONDITIONS, TODAY)
    at.move(S.ACCEPTED, TODAY)
    assert len(queries.reviews_of(at.session, at.viewer, at.paper)) == 1


def test_within_the_power_of_the_head_no_vote_is_needed(desk: Any) -> None:
    at: Desk = desk("coordinator")
    at.begin(service.Frame(kind=DeliverableKind.INTERVENTION, title="Intervention", route=Route.HEAD))
    at.text("v1.0", date(2024, 2, 5))
    for target in (S.IN_REVIEW, S.ACCEPTED, S.IN_FORCE):
        at.move(target, TODAY, "7/26")
    assert (at.paper.state, at.paper.decided_on, at.paper.decision_number) == (S.IN_FORCE, TODAY, "")


@pytest.mark.parametrize(
    ("who", "error"),
    [("head", Forbidden), ("cleo", Forbidden), ("secret_coordinator", Forbidden), ("reader", Forbidden)],
)
def test_nobody_else_begins_one(desk: Any, who: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        desk(who).begin()


@pytest.mark.parametrize(
    ("who", "error"),
    [("head", Forbidden), ("cleo", NotFound), ("secret_coordinator", NotFound), ("reader", NotFound)],
)
def test_nobody_else_changes_one(desk: Any, who: str, error: type[Exception]) -> None:
    made = desk("ben").begin()
    other: Desk = desk(who)
    with pytest.raises(error):
        service.change(other.session, other.viewer, other.form(made), FRAME)


def test_a_form_that_arrives_twice_makes_one(desk: Any, session: Session) -> None:
    ben: Desk = desk("ben")
    first, second = ben.begin(request_key=KEY), ben.begin(request_key=KEY)
    assert first.public_id == second.public_id
    assert len(session.scalars(select(Deliverable)).all()) == 1


def test_of_two_editors_the_second_is_told(desk: Any) -> None:
    ben: Desk = desk("ben")
    form = ben.form(ben.begin())
    service.change(ben.session, ben.viewer, form, FRAME)
    with pytest.raises(Conflict):
        service.change(ben.session, ben.viewer, form, FRAME)


def test_the_audit_trail_tells_states_and_no_texts(desk: Any, session: Session) -> None:
    _adopted(desk("ben"))
    records = session.scalars(select(AuditRecord).where(AuditRecord.object_type == "deliverable")).all()
    said = "".join(str((each.before, each.after)) for each in records)
    assert len(records) == 9
    assert "adopted" in said
    for text in ("2024/118", "Clearingverfahren", "https://"):
        assert text not in said


def test_states_by_municipality_of_ones_own(session: Session, session_for: SessionFor, neighbours: Neighbours) -> None:
    make_paper(session, neighbours.named, state=S.ADOPTED)
    make_paper(session, neighbours.secret, state=S.DRAFT, kind=DeliverableKind.OTHER, title="Meldestelle")
    session.commit()
    places = [neighbours.named.id, neighbours.secret.id]
    seen: dict[str, list[list[DeliverableState]]] = {}
    for who in ("lead", "anna", "ben", "head", "reader"):
        viewer = neighbours.viewer(who)
        bound = session_for(viewer)
        found = queries.states_by_municipality(bound, viewer, municipality_ids=places)
        seen[who] = [[line.state for line in found[place]] for place in places if place in found]
    assert seen == {
        "lead": [[S.ADOPTED], [S.DRAFT]],
        "anna": [[S.ADOPTED], [S.DRAFT]],
        "ben": [[S.ADOPTED]],
        "head": [[S.ADOPTED]],
        "reader": [],
    }
