"""Use cases of strategy papers: begin one, put versions to it, ask for reviews, move it on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from komma_tracker.access.rules import N_, Actor, Conflict, Invalid, Permission, Role, Viewer, check
from komma_tracker.audit import service as audit
from komma_tracker.db import unit_of_work
from komma_tracker.deliverables import rules
from komma_tracker.deliverables.models import Deliverable, DeliverableReview, DeliverableStep, DeliverableVersion
from komma_tracker.deliverables.queries import (
    paper_by_public_id,
    review_for_change,
    reviews_of,
    steps_of,
    versions_of,
)
from komma_tracker.deliverables.rules import Answer, DeliverableKind, DeliverableState, Reviewer, Route


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What is agreed about a paper, as a form says it."""

    kind: DeliverableKind
    title: str
    goal: str = ""
    owner: str = ""
    route: Route | None = None
    next_review_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Text:
    """A version: its name, where it lies, and of which day it is."""

    label: str
    url: str
    dated_on: date


@dataclass(frozen=True, kw_only=True)
class Review:
    """What somebody was asked about the current version, and what they say."""

    reviewer: Reviewer
    asked_on: date
    answer: Answer = Answer.OPEN
    answered_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Form:
    """What every change of a paper brings along: which paper, in which version, and the key of the form."""

    municipality_id: int
    public_id: str
    version: int | None
    now: datetime
    request_key: str | None = None


def begin(
    session: Session,
    viewer: Actor,
    *,
    municipality_id: int,
    frame: Frame,
    today: date,
    now: datetime,
    request_key: str | None = None,
) -> Deliverable:
    """Put a paper on the list of a municipality. Raises NotFound, Forbidden, Invalid."""
    with unit_of_work(session):
        check(viewer, Permission.STRATEGY_EDIT, municipality_id)
        if made := audit.done_before(session, viewer, request_key):
            return paper_by_public_id(session, viewer, made, municipality_id=municipality_id)
        paper = Deliverable(municipality_id=municipality_id, created_at=now, **asdict(frame))
        session.add(paper)
        session.flush()
        _step(session, paper, paper.state, today)
        _record(session, viewer, "strategy.begin", paper, now=now, request_key=request_key, after=_facts(paper))
    return paper


def change(session: Session, viewer: Actor, form: Form, frame: Frame) -> None:
    """Change what is agreed about a paper. Raises NotFound, Forbidden, Conflict, Invalid."""
    with unit_of_work(session):
        paper = _for_change(session, viewer, form)
        if audit.done_before(session, viewer, form.request_key):
            return
        _check_version(paper, form)
        rules.check_route(paper.state, paper.route, frame.route)
        before = _facts(paper)
        for name, value in asdict(frame).items():
            setattr(paper, name, value)
        _changed(session, viewer, "strategy.change", paper, form, before)


def add_version(session: Session, viewer: Actor, form: Form, text: Text, *, today: date) -> None:
    """Put a new version to a paper: what the former one was approved with holds no longer (domain 1.2l).

    Raises NotFound, Forbidden, Conflict, Invalid.
    """
    with unit_of_work(session):
        paper = _for_change(session, viewer, form)
        if audit.done_before(session, viewer, form.request_key):
            return
        _check_version(paper, form)
        rules.check_link(text.url)
        rules.check_happened("dated_on", text.dated_on, today)
        versions = versions_of(session, viewer, paper)
        if any(each.label == text.label for each in versions):
            raise Invalid("label", N_("Eine Fassung mit dieser Bezeichnung gibt es schon."))
        number, before = (versions[0].number if versions else 0) + 1, _facts(paper)
        session.add(
            DeliverableVersion(
                deliverable_id=paper.id, municipality_id=paper.municipality_id, number=number, added_at=form.now,
                **asdict(text),
            )
        )  # fmt: skip
        moved = rules.after_new_version(paper.state)
        if moved is not paper.state:
            paper.state, paper.decided_on, paper.decision_number = moved, None, ""
            _step(session, paper, moved, today, label=text.label)
        _changed(session, viewer, "strategy.version", paper, form, before)


def note_review(session: Session, viewer: Actor, form: Form, review: Review, *, today: date) -> None:
    """Note whom the current version was shown to, and what they say. Raises NotFound, Forbidden, Conflict, Invalid."""
    with unit_of_work(session):
        paper = _for_change(session, viewer, form)
        if audit.done_before(session, viewer, form.request_key):
            return
        _check_version(paper, form)
        versions = versions_of(session, viewer, paper)
        if not versions:
            raise Invalid(None, N_("Bitte zuerst eine Fassung hinterlegen."))
        answered_on = None if review.answer is Answer.OPEN else review.answered_on
        rules.check_happened("asked_on", review.asked_on, today)
        rules.check_answer(review.answer, answered_on)
        if answered_on:
            rules.check_happened("answered_on", answered_on, today, since=review.asked_on)
        found = review_for_change(session, viewer, version_id=versions[0].id, reviewer=review.reviewer)
        if found is None:
            key = {"version_id": versions[0].id, "reviewer": review.reviewer}
            found = DeliverableReview(**key, municipality_id=paper.municipality_id)
            session.add(found)
        found.asked_on, found.answer, found.answered_on = review.asked_on, review.answer, answered_on
        _changed(session, viewer, "strategy.review", paper, form, None, reviewer=review.reviewer, answer=review.answer)


def move(
    session: Session,
    viewer: Actor,
    form: Form,
    *,
    target: DeliverableState,
    on: date,
    decision_number: str,
    today: date,
) -> None:
    """Say into which state a paper came, and when; of a decision also its number.

    Raises NotFound, Forbidden, Conflict, Invalid.
    """
    with unit_of_work(session):
        paper = _for_change(session, viewer, form)
        if audit.done_before(session, viewer, form.request_key):
            return
        _check_version(paper, form)
        rules.check_move(paper.state, target, paper.route, _role_of(viewer))
        steps, versions = steps_of(session, viewer, paper), versions_of(session, viewer, paper)
        rules.check_happened("on", on, today, since=steps[-1].happened_on if steps else None)
        current = versions[0].number if versions else 0
        answers = {each.reviewer: each.answer for each in reviews_of(session, viewer, paper) if each.number == current}
        rules.check_accepted(target, has_version=bool(versions), answers=answers.values())
        rules.check_in_force(target, paper.route, answers.get(Reviewer.STAFF_COUNCIL))
        before, number = _facts(paper), decision_number if target in rules.DECISIONS else ""
        if target in rules.DECISIONS or (target is DeliverableState.IN_FORCE and paper.state not in rules.VALID):
            paper.decided_on, paper.decision_number = on, number
        elif target not in rules.VALID:
            paper.decided_on, paper.decision_number = None, ""
        paper.state = target
        _step(session, paper, target, on, label=versions[0].label if versions else "", decision_number=number)
        _changed(session, viewer, "strategy.move", paper, form, before)


def frame_of(paper: Deliverable) -> Frame:
    """What is agreed about a paper now."""
    return Frame(**{name: getattr(paper, name) for name in Frame.__dataclass_fields__})


def targets_for(viewer: Actor, paper: Deliverable) -> tuple[DeliverableState, ...]:
    """Where this viewer may move a paper."""
    return rules.next_states(paper.state, paper.route, _role_of(viewer))


def _for_change(session: Session, viewer: Actor, form: Form) -> Deliverable:
    paper = paper_by_public_id(session, viewer, form.public_id, municipality_id=form.municipality_id, for_change=True)
    check(viewer, Permission.STRATEGY_EDIT, form.municipality_id)
    return paper


def _check_version(paper: Deliverable, form: Form) -> None:
    if form.version != paper.version:
        raise Conflict


def _role_of(viewer: Actor) -> Role:
    """As whom somebody moves things; the program itself does so for the lead."""
    return viewer.role if isinstance(viewer, Viewer) else Role.LEAD


def _step(
    session: Session,
    paper: Deliverable,
    state: DeliverableState,
    on: date,
    *,
    label: str = "",
    decision_number: str = "",
) -> None:
    session.add(
        DeliverableStep(
            deliverable_id=paper.id, municipality_id=paper.municipality_id, state=state, happened_on=on,
            version_label=label, decision_number=decision_number,
        )
    )  # fmt: skip


def _facts(paper: Deliverable) -> dict[str, Any]:
    """What may stand in the audit trail: no text, and no number that leads to a council's minutes."""
    dates = {"decided_on": paper.decided_on, "next_review_on": paper.next_review_on}
    return {
        "kind": paper.kind.value,
        "state": paper.state.value,
        "route": paper.route.value if paper.route else None,
        **{name: on.isoformat() if on else None for name, on in dates.items()},
    }


def _changed(
    session: Session,
    viewer: Actor,
    action: str,
    paper: Deliverable,
    form: Form,
    before: Mapping[str, Any] | None,
    **more: Any,
) -> None:
    paper.touch()
    session.flush()
    after = {name: str(value) for name, value in more.items()} if before is None else _facts(paper)
    _record(
        session, viewer, action, paper, now=form.now, request_key=form.request_key, before=before, after=after
    )  # fmt: skip


def _record(
    session: Session,
    viewer: Actor,
    action: str,
    paper: Deliverable,
    *,
    now: datetime,
    request_key: str | None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    audit.record(
        session,
        viewer,
        action=action,
        object_type="deliverable",
        object_id=paper.public_id,
        municipality_id=paper.municipality_id,
        before=dict(before) if before else None,
        after=dict(after) if after else None,
        request_key=request_key,
        now=now,
    )
