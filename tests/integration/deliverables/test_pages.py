"""The pages of strategy papers as people use them, without script."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from komma_tracker.deliverables.models import Deliverable, DeliverableStep
from komma_tracker.deliverables.rules import DeliverableState, Route
from tests.factories.deliverables import make_paper, make_version
from tests.integration.contracts.test_pages import AsPerson, text
from tests.support.clock import Clock
from tests.support.neighbours import Neighbours

LIST = "/municipalities/K01/strategies"
WHO = ("lead", "anna", "ben", "cleo", "coordinator", "head", "secret_coordinator", "reader")
NEW = {"kind": "clearing", "title": "Clearingverfahren", "goal": "", "owner": "Hauptamt", "route": "council"}


@pytest.fixture
def paper(session: Session, neighbours: Neighbours) -> Deliverable:
    """The clearing procedure of K01, accepted with a version."""
    made = make_paper(session, neighbours.named, state=DeliverableState.ACCEPTED, route=Route.COUNCIL)
    make_version(session, made)
    session.commit()
    return made


def test_who_sees_papers_and_who_changes_them(as_person: AsPerson, paper: Deliverable) -> None:
    at = f"{LIST}/{paper.public_id}"
    pages = (LIST, at, f"{LIST}/new", f"{at}/edit", f"{at}/state", f"{at}/versions", f"{at}/reviews")
    found = {who: "".join("x" if as_person(who).get(page).status_code == 200 else "." for page in pages) for who in WHO}
    assert found == {
        "lead": "xxxxxxx", "anna": "xxxxxxx", "ben": "xxxxxxx", "coordinator": "xxxxxxx", "head": "xx.....",
        "cleo": ".......", "secret_coordinator": ".......", "reader": ".......",
    }  # fmt: skip


def test_before_there_is_one_the_page_says_what_to_do(as_person: AsPerson) -> None:
    said = text(as_person("coordinator").get(LIST))
    assert "Noch kein Konzept" in said
    assert "Konzept anlegen" in said
    assert "Konzept anlegen" not in text(as_person("head").get(LIST))


def test_a_paper_is_begun_and_goes_its_way(as_person: AsPerson, session: Session, clock: Clock) -> None:
    client = as_person("coordinator")
    made = client.post(f"{LIST}/new", data=NEW)
    assert made.status_code == 302
    paper = session.scalars(select(Deliverable)).one()
    at = f"{LIST}/{paper.public_id}"

    def send(page: str, **data: str) -> int:
        session.rollback()
        return client.post(f"{at}/{page}", data=data | {"version": str(paper.version)}).status_code

    day = clock.today.isoformat()
    assert send("versions", label="v1.0", url="https://ablage.example.org/v1", dated_on="2024-06-05") == 302
    assert send("state", target="in_review", on=day) == 302
    assert send("reviews", reviewer="legal", asked_on="2024-06-05", answer="open") == 302
    assert send("state", target="accepted", on=day) == 422
    assert send("reviews", reviewer="legal", asked_on="2024-06-05", answer="agreed", answered_on="2024-06-07") == 302
    assert send("state", target="accepted", on=day) == 302
    assert send("state", target="noted", on=day, decision_number="2025/032") == 302
    said = text(client.get(at))
    assert "zur Kenntnis genommen" in said
    assert "Nr. 2025/032" in said
    assert "beschlossen" not in said
    assert send("versions", label="v2.0", url="https://ablage.example.org/v2", dated_on=day) == 302
    assert "gilt nicht für die aktuelle Fassung" in text(client.get(at))


@pytest.mark.parametrize(
    ("page", "data", "kept"),
    [
        ("state", {"target": "adopted", "on": "neulich"}, "neulich"),
        ("state", {"target": "sustained", "on": "2026-05-01"}, "2026-05-01"),
        ("versions", {"label": "v3", "url": "http://x.example", "dated_on": "2026-01-06"}, "http://x.example"),
        ("reviews", {"reviewer": "legal", "asked_on": "2026-01-06", "answer": "agreed"}, "2026-01-06"),
    ],
)
def test_what_cannot_be_is_told_and_stays(
    as_person: AsPerson, paper: Deliverable, page: str, data: dict[str, str], kept: str
) -> None:
    answer = as_person("ben").post(f"{LIST}/{paper.public_id}/{page}", data=data | {"version": str(paper.version)})
    assert answer.status_code == 422
    assert kept in answer.text


def test_of_two_editors_the_second_sees_both(as_person: AsPerson, paper: Deliverable) -> None:
    at, version = f"{LIST}/{paper.public_id}", str(paper.version)
    assert as_person("anna").post(f"{at}/edit", data=NEW | {"title": "Erste", "version": version}).status_code == 302
    late = as_person("ben").post(f"{at}/edit", data=NEW | {"title": "Zweite", "version": version})
    assert late.status_code == 409
    assert "Erste" in late.text
    assert "Zweite" in late.text
    moved = as_person("ben").post(f"{at}/state", data={"target": "adopted", "on": "2026-01-06", "version": version})
    assert moved.status_code == 409


def test_case_19_council_vote_on_an_anonymous_municipalitys_paper(as_person: AsPerson) -> None:
    page = as_person("secret_coordinator").get("/municipalities/K02/strategies/new")
    assert '<option selected value="head">' in page.text
    assert "Rat und Ausschuss beschließen meist öffentlich" in text(page)
    open_page = as_person("coordinator").get(f"{LIST}/new")
    assert '<option selected value="">' in open_page.text


def test_the_page_of_the_municipality_tells_how_far_they_are(as_person: AsPerson, paper: Deliverable) -> None:
    said = text(as_person("coordinator").get("/municipalities/K01"))
    assert paper.title in said or "Noch kein Vertrag" in said


def test_a_step_is_kept_as_it_happened(as_person: AsPerson, paper: Deliverable, session: Session) -> None:
    answer = as_person("lead").post(
        f"{LIST}/{paper.public_id}/state",
        data={"target": "adopted", "on": "06.01.2026", "decision_number": "2026/1", "version": str(paper.version)},
    )
    assert answer.status_code == 302
    steps = session.scalars(select(DeliverableStep).order_by(DeliverableStep.id)).all()
    assert [(each.state, each.happened_on, each.decision_number, each.version_label) for each in steps] == [
        (DeliverableState.ACCEPTED, date(2026, 1, 5), "", ""),
        (DeliverableState.ADOPTED, date(2026, 1, 6), "2026/1", "v1.0"),
    ]
