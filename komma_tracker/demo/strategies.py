"""The demo's strategy papers: K01 as told, an anonymous municipality without a vote, others on their way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from komma_tracker.db import ID_ALPHABET, ID_LENGTH
from komma_tracker.deliverables.models import Deliverable, DeliverableReview, DeliverableStep, DeliverableVersion
from komma_tracker.deliverables.rules import (
    DECISIONS,
    Answer,
    DeliverableKind,
    DeliverableState,
    Reviewer,
    Route,
)
from komma_tracker.demo.cast import Part, Story
from komma_tracker.demo.plot import shift
from komma_tracker.demo.rows import Rows
from komma_tracker.municipalities.rules import Visibility

S, K = DeliverableState, DeliverableKind
Step = tuple[date, DeliverableState, str]
"""A day, the state from then on, and the number of a decision."""

GOALS = {
    K.CLEARING: "Nach einem rassistischen Vorfall ist klar, wer was bis wann tut.",
    K.INTERVENTION: "Alle Ämter treten Rassismus und Hass auf gleiche Weise entgegen.",
    K.PARTICIPATION: "Wer betroffen ist, wirkt an den Vorkehrungen mit.",
}
TOLD: Mapping[DeliverableKind, Sequence[Step]] = {
    K.CLEARING: (
        (date(2023, 12, 18), S.NOT_STARTED, ""),
        (date(2024, 1, 16), S.IN_PROGRESS, ""),
        (date(2024, 4, 10), S.DRAFT, ""),
        (date(2024, 6, 5), S.IN_REVIEW, ""),
        (date(2024, 6, 25), S.ACCEPTED, ""),
        (date(2024, 9, 17), S.PRELIMINARY, ""),
        (date(2024, 10, 8), S.ADOPTED, "2024/118"),
        (date(2024, 11, 4), S.IN_FORCE, ""),
        (date(2025, 1, 13), S.IN_USE, ""),
    ),
    K.INTERVENTION: (
        (date(2024, 3, 12), S.NOT_STARTED, ""),
        (date(2024, 5, 14), S.IN_PROGRESS, ""),
        (date(2024, 10, 15), S.DRAFT, ""),
        (date(2024, 12, 3), S.IN_REVIEW, ""),
        (date(2025, 1, 28), S.ACCEPTED, ""),
        (date(2025, 3, 18), S.ADOPTED, "2025/031"),
    ),
    K.PARTICIPATION: (
        (date(2024, 3, 12), S.NOT_STARTED, ""),
        (date(2024, 9, 10), S.IN_PROGRESS, ""),
        (date(2024, 11, 12), S.DRAFT, ""),
        (date(2024, 12, 3), S.IN_REVIEW, ""),
        (date(2025, 1, 28), S.ACCEPTED, ""),
        (date(2025, 3, 18), S.NOTED, "2025/032"),
    ),
}
"""How the papers of K01 went (domain 5.1)."""

TO_REVIEW = (S.NOT_STARTED, S.IN_PROGRESS, S.DRAFT, S.IN_REVIEW)
VOTED = (*TO_REVIEW, S.ACCEPTED, S.PRELIMINARY, S.ADOPTED, S.IN_FORCE, S.IN_USE)
ORDERED = (*TO_REVIEW, S.ACCEPTED, S.IN_FORCE, S.IN_USE, S.SUSTAINED)
GOT: Mapping[Story, Sequence[DeliverableState]] = {
    Story.STEADY: (S.IN_FORCE, S.IN_REVIEW, S.DRAFT),
    Story.ENDED: (S.ACCEPTED, S.DRAFT),
    Story.SLOW: (S.IN_PROGRESS, S.NOT_STARTED),
    Story.OVER: (S.IN_FORCE, S.ACCEPTED, S.IN_REVIEW),
    Story.NEARLY: (S.IN_USE, S.IN_FORCE, S.NOTED),
    Story.STARTING: (S.NOT_STARTED,),
    Story.UNSIGNED: (S.NOT_STARTED,),
}
"""How far the others got with the clearing procedure, the intervention strategy and the participation strategy."""
BEFORE_DRAFT, EACH_STEP = timedelta(days=60), timedelta(days=40)


@dataclass(frozen=True)
class Paper:
    """A paper as the demo fills it."""

    kind: DeliverableKind
    route: Route | None
    steps: Sequence[Step]


def write(rows: Rows, *, number: int, place: int, part: Part, starts_on: date, seed: int, today: date) -> None:
    """Gather the papers of a municipality."""
    rng = Random(f"{seed}:{number}:strategies")
    for paper in _papers(part, min(starts_on, today), today):
        _write(rows, place, paper, rng)


def _papers(part: Part, starts_on: date, today: date) -> list[Paper]:
    if part.story is Story.TOLD:
        moved = shift(today)
        return [
            Paper(kind, Route.COUNCIL, [(on + moved, state, what) for on, state, what in steps if on + moved <= today])
            for kind, steps in TOLD.items()
        ]
    quiet = part.visibility is Visibility.ANONYMOUS or part.story is Story.OVER
    way, route = (ORDERED, Route.HEAD) if quiet else (VOTED, Route.COUNCIL)
    found: list[Paper] = []
    for later, (kind, state) in enumerate(zip(DeliverableKind, GOT[part.story], strict=False)):
        states = way[: way.index(state) + 1] if state in way else (*way[: way.index(S.ADOPTED)], state)
        begins = starts_on + (BEFORE_DRAFT + later * EACH_STEP if len(states) > 1 else timedelta())
        dated = [(begins + step * EACH_STEP, each) for step, each in enumerate(states)]
        steps = [(on, each, "") for on, each in dated if on <= today] or [(today, S.NOT_STARTED, "")]
        found.append(Paper(kind, route if len(states) > 1 else None, steps))
    return found


def _write(rows: Rows, place: int, paper: Paper, rng: Random) -> None:
    first, (_, state, _) = paper.steps[0][0], paper.steps[-1]
    decided = [step for step in paper.steps if step[1] in DECISIONS or (step[1] is S.IN_FORCE and not _voted(paper))]
    made = rows.add(
        Deliverable,
        public_id=_public_id(rng),
        municipality_id=place,
        kind=paper.kind,
        title=paper.kind.label,
        goal=GOALS[paper.kind],
        owner="Stabsstelle Vielfalt",
        route=paper.route,
        state=state,
        decided_on=decided[-1][0] if decided else None,
        decision_number=decided[-1][2] if decided else "",
        next_review_on=decided[-1][0] + timedelta(days=365) if decided else None,
        created_at=_at(first),
        version=1,
    )
    reached = {each: on for on, each, _ in paper.steps}
    texts = [(S.DRAFT, "v0.9"), (S.IN_REVIEW, "v1.0")]
    labels: dict[date, str] = {}
    for number, (at, label) in enumerate(((at, label) for at, label in texts if at in reached), 1):
        version = _version(rows, place, made, number, label, reached[at], rng)
        labels[reached[at]] = label
        if at is S.IN_REVIEW:
            _reviews(rows, place, version, reached[at], answered=S.ACCEPTED in reached)
    for on, each, decision_number in paper.steps:
        label = max(((day, text) for day, text in labels.items() if day <= on), default=(on, ""))[1]
        rows.add(
            DeliverableStep,
            deliverable_id=made,
            municipality_id=place,
            state=each,
            happened_on=on,
            decision_number=decision_number,
            version_label=label,
        )


def _voted(paper: Paper) -> bool:
    return any(state is S.ADOPTED for _, state, _ in paper.steps)


def _version(rows: Rows, place: int, paper: int, number: int, label: str, on: date, rng: Random) -> int:
    return rows.add(
        DeliverableVersion,
        deliverable_id=paper,
        municipality_id=place,
        number=number,
        label=label,
        url=f"https://ablage.example.org/{_public_id(rng)}",
        dated_on=on,
        added_at=_at(on),
    )


def _reviews(rows: Rows, place: int, version: int, on: date, *, answered: bool) -> None:
    """All but one have answered while a paper is under review; the last one before it is accepted."""
    for days, reviewer in enumerate((Reviewer.STAFF_COUNCIL, Reviewer.DATA_PROTECTION, Reviewer.ALLIANCE), 5):
        says = answered or reviewer is not Reviewer.STAFF_COUNCIL
        rows.gather(
            DeliverableReview,
            {
                "version_id": version,
                "reviewer": reviewer,
                "municipality_id": place,
                "answer": Answer.AGREED if says else Answer.OPEN,
                "asked_on": on,
                "answered_on": on + timedelta(days=days) if says else None,
            },
        )


def _at(on: date) -> datetime:
    return datetime.combine(on, time(9), UTC)


def _public_id(rng: Random) -> str:
    return "".join(rng.choices(ID_ALPHABET, k=ID_LENGTH))
