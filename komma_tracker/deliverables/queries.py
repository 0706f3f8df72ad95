"""Reading strategy papers: one with all that hangs on it, and how far those of many municipalities have come."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from sqlalchemy import bindparam, case, func, select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Actor, NotFound, Permission, may
from komma_tracker.deliverables.models import Deliverable, DeliverableReview, DeliverableStep, DeliverableVersion
from komma_tracker.deliverables.rules import Answer, DeliverableKind, DeliverableState, Reviewer
from komma_tracker.municipalities.models import Municipality

_KINDS = case({kind.value: number for number, kind in enumerate(DeliverableKind)}, value=Deliverable.kind)


class Line(NamedTuple):
    """A paper in one line."""

    public_id: str
    kind: DeliverableKind
    title: str
    state: DeliverableState


class Asked(NamedTuple):
    """What a reviewer was asked and has answered, about the version of that number."""

    number: int
    label: str
    reviewer: Reviewer
    answer: Answer
    asked_on: date
    answered_on: date | None


def papers_of(session: Session, viewer: Actor, municipality_id: int) -> list[Deliverable]:
    """The papers of a municipality, by kind. One statement."""
    if not may(viewer, Permission.STRATEGY_VIEW, municipality_id):
        raise NotFound
    wanted = select(Deliverable).where(Deliverable.municipality_id == municipality_id)
    return list(session.scalars(wanted.order_by(_KINDS, func.lower(Deliverable.title), Deliverable.id)))


def paper_by_public_id(
    session: Session, viewer: Actor, public_id: str, *, municipality_id: int, for_change: bool = False
) -> Deliverable:
    """One of them; `for_change` holds it until the transaction ends. Raises NotFound."""
    wanted = select(Deliverable).where(Deliverable.public_id == public_id)
    paper = session.scalar(wanted.with_for_update() if for_change else wanted)
    if paper is None or paper.municipality_id != municipality_id:
        raise NotFound
    if not may(viewer, Permission.STRATEGY_VIEW, municipality_id):
        raise NotFound
    return paper


def all_papers(session: Session, viewer: Actor) -> list[tuple[Municipality, Deliverable]]:
    """Every paper that the viewer may see, with its municipality, by code and kind. One statement."""
    if not may(viewer, Permission.STRATEGY_VIEW):
        return []
    wanted = select(Municipality, Deliverable).join(Deliverable, Deliverable.municipality_id == Municipality.id)
    by = func.length(Municipality.code), Municipality.code, _KINDS, func.lower(Deliverable.title), Deliverable.id
    return [(place, paper) for place, paper in session.execute(wanted.order_by(*by))]


def versions_of(session: Session, viewer: Actor, paper: Deliverable) -> list[DeliverableVersion]:
    """The versions of a paper that the viewer has got, the newest first. One statement."""
    del viewer  # the session guard applies it
    wanted = select(DeliverableVersion).where(DeliverableVersion.deliverable_id == paper.id)
    return list(session.scalars(wanted.order_by(DeliverableVersion.number.desc())))


def reviews_of(session: Session, viewer: Actor, paper: Deliverable) -> list[Asked]:
    """Who was asked what about which version, the newest version first. One statement."""
    del viewer
    review, text = DeliverableReview, DeliverableVersion
    rows = session.execute(
        select(text.number, text.label, review.reviewer, review.answer, review.asked_on, review.answered_on)
        .join(text, text.id == review.version_id)
        .where(text.deliverable_id == paper.id)
        .order_by(text.number.desc(), review.asked_on, review.reviewer)
    )
    return [Asked(*row) for row in rows]


def review_for_change(
    session: Session, viewer: Actor, *, version_id: int, reviewer: Reviewer
) -> DeliverableReview | None:
    """What one reviewer was asked about a version, if they were."""
    del viewer
    return session.get(DeliverableReview, (version_id, reviewer))


def steps_of(session: Session, viewer: Actor, paper: Deliverable) -> list[DeliverableStep]:
    """The way of a paper, from its beginning. One statement."""
    del viewer
    step = DeliverableStep
    return list(
        session.scalars(select(step).where(step.deliverable_id == paper.id).order_by(step.happened_on, step.id))
    )


def states_by_municipality(
    session: Session, viewer: Actor, *, municipality_ids: Collection[int]
) -> dict[int, tuple[Line, ...]]:
    """How far the papers of these municipalities have come; those without papers are there too. One statement."""
    allowed = [each for each in municipality_ids if may(viewer, Permission.STRATEGY_VIEW, each)]
    found: dict[int, list[Line]] = {place: [] for place in allowed}
    for place, public_id, kind, title, state in session.execute(_LINES, {"ids": allowed}) if allowed else ():
        found[place].append(Line(public_id, kind, title, state))
    return {place: tuple(lines) for place, lines in found.items()}


# Built once: to put a statement together costs as much as to run it.
_LINES = (
    select(Deliverable.municipality_id, Deliverable.public_id, Deliverable.kind, Deliverable.title, Deliverable.state)
    .where(Deliverable.municipality_id.in_(bindparam("ids", expanding=True)))
    .order_by(Deliverable.municipality_id, _KINDS, func.lower(Deliverable.title), Deliverable.id)
)
