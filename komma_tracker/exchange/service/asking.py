"""What a file means by its names and dates: asked of the person who brings it, and remembered if they like."""

from __future__ import annotations

import io
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from komma_tracker.access.rules import Viewer
from komma_tracker.db import unit_of_work
from komma_tracker.exchange import queries
from komma_tracker.exchange.columns import Reading
from komma_tracker.exchange.formats import columns_in, is_heading
from komma_tracker.exchange.models import ImportDraft, ImportName
from komma_tracker.exchange.names import Certainty, Key, Name, Proposal, Survey, Target, propose, survey, words_of
from komma_tracker.exchange.rules import LIMITS, DateOrder, ImportStep, Limits, NameKind, name_key
from komma_tracker.exchange.service.lookups import Programme, asked, explained, programme
from komma_tracker.exchange.tables import Table, read_table

LONGEST_NAME = 250
"""Longer names are asked about anew each time."""
WORDS = (NameKind.ACTIVITY, NameKind.MODE)
FIRST_KINDS = (NameKind.MUNICIPALITY, NameKind.CONSULTANT, *WORDS)
"""Asked first: which work packages there are depends on the municipality."""
KINDS_OF_STEP: Mapping[ImportStep, tuple[NameKind, ...]] = {
    ImportStep.NAMES: FIRST_KINDS,
    ImportStep.PACKAGES: (NameKind.WORK_PACKAGE,),
}


@dataclass(frozen=True)
class Settled:
    """How far a file explains itself, or has been explained: the answers so far, and what is asked next."""

    step: ImportStep
    order: DateOrder | None = None
    answers: tuple[tuple[str, str, str, str], ...] = ()


@dataclass(frozen=True)
class Question:
    """A name in a file, how many rows have it, for what it probably stands, and for what it can stand."""

    name: Name
    rows: int
    proposal: Proposal
    targets: tuple[Target, ...]

    @property
    def may_be_none(self) -> bool:
        """Whether the answer can be that it stands for nothing here."""
        return self.name.kind not in WORDS


def table_of(draft: ImportDraft, limits: Limits = LIMITS) -> Table:
    """The table in an uploaded file, read anew. Raises Unreadable."""
    return read_table(io.BytesIO(zlib.decompress(draft.content)), limits, is_heading)


def questions(
    session: Session, viewer: Viewer, draft: ImportDraft, step: ImportStep, *, limits: Limits = LIMITS
) -> tuple[Survey, list[Question]]:
    """What is to be asked of a file in this step, each with a proposal. Raises Unreadable, Invalid."""
    known = programme(session, viewer, draft.municipality_id)
    found = _survey(draft, draft.places, limits)
    remembered = queries.remembered_names(session, viewer, user_id=viewer.user_id)
    return found, questions_of(known, found, step, given(draft), remembered)


def given(draft: ImportDraft) -> dict[Key, str]:
    """What has been answered so far."""
    return {(NameKind(kind), within, text): value for kind, within, text, value in draft.answers or ()}


def questions_of(
    known: Programme,
    found: Survey,
    step: ImportStep,
    answers: Mapping[Key, str],
    remembered: Mapping[Key, tuple[str, bool]],
) -> list[Question]:
    """What is to be asked of the names of a file; `answers` are those so far, `remembered` those of other files."""
    places = explained(known.lookups(), known, answers)
    lists = {
        NameKind.MUNICIPALITY: tuple(known.municipality_targets()),
        NameKind.CONSULTANT: tuple(known.people_targets()),
        **{kind: tuple(words_of(kind)) for kind in WORDS},
    }
    asked_for: list[Question] = []
    for name in asked(found.of_kind(*KINDS_OF_STEP[step]), known):
        if name.kind is NameKind.WORK_PACKAGE:
            within = name_key(name.within)
            if within in places.places_elsewhere:
                continue
            place = places.places.get(within) or known.default_place
            targets = tuple(known.package_targets(place)) if place else ()
        else:
            targets = lists[name.kind]
        proposal = propose(name, targets, remembered)
        said = answers.get(name.key)
        if said is not None and said != proposal.value:
            proposal = Proposal(said, Certainty.SAID)
        asked_for.append(Question(name, found.counts[name.key], proposal, targets))
    return asked_for


def settled_answers(asked_for: Sequence[Question]) -> dict[Key, str]:
    """What needs nobody to look at it."""
    return {
        each.name.key: each.proposal.value
        for each in asked_for
        if each.proposal.value is not None and each.proposal.certainty.is_settled
    }


def answer(
    session: Session,
    viewer: Viewer,
    draft: ImportDraft,
    step: ImportStep,
    *,
    asked_for: Sequence[Question],
    values: Mapping[Key, str],
    order: DateOrder | None,
    remember: bool,
    now: datetime,
    limits: Limits = LIMITS,
) -> None:
    """Note for what names stand, once or for good. Raises NotFound, Unreadable, Invalid."""
    answers = {**given(draft), **values}
    if step is ImportStep.NAMES:
        settled = _packages_next(session, viewer, draft, limits, answers, order)
    else:
        settled = Settled(ImportStep.PREVIEW, draft.date_order, _as_rows(answers))
    known = programme(session, viewer, draft.municipality_id)
    with unit_of_work(session):
        draft = queries.draft(session, viewer, draft.public_id, now=now, for_change=True)
        put(draft, settled)
        _remember(session, viewer, known, asked_for, answers, remember=remember)


def settle(
    session: Session, viewer: Viewer, draft: ImportDraft, limits: Limits, places: Mapping[str, int] | None = None
) -> Settled:
    """Answer what needs nobody to look at it: exact names, and those that this person has had remembered."""
    known = programme(session, viewer, draft.municipality_id)
    found = _survey(draft, places or draft.places, limits)
    remembered = queries.remembered_names(session, viewer, user_id=viewer.user_id)
    asked_for = questions_of(known, found, ImportStep.NAMES, {}, remembered)
    answers = settled_answers(asked_for)
    if found.order_is_open or len(answers) < len(asked_for):
        return Settled(ImportStep.NAMES, found.order)
    return _then_packages(session, viewer, known, found, answers, found.order)


def put(draft: ImportDraft, settled: Settled) -> None:
    """Note how far a file has been explained."""
    draft.step = settled.step
    draft.date_order = settled.order
    draft.answers = [list(row) for row in settled.answers]


def _survey(draft: ImportDraft, places: Mapping[str, int] | None, limits: Limits) -> Survey:
    table = table_of(draft, limits)
    columns, _ = columns_in(table.heading, places, needs_municipality=draft.municipality_id is None)
    return survey(table.rows, Reading(columns, epoch=table.epoch))


def _packages_next(
    session: Session,
    viewer: Viewer,
    draft: ImportDraft,
    limits: Limits,
    answers: Mapping[Key, str],
    order: DateOrder | None,
) -> Settled:
    known = programme(session, viewer, draft.municipality_id)
    found = _survey(draft, draft.places, limits)
    return _then_packages(session, viewer, known, found, answers, found.order or order)


def _then_packages(
    session: Session,
    viewer: Viewer,
    known: Programme,
    found: Survey,
    answers: Mapping[Key, str],
    order: DateOrder | None,
) -> Settled:
    remembered = queries.remembered_names(session, viewer, user_id=viewer.user_id)
    asked_for = questions_of(known, found, ImportStep.PACKAGES, answers, remembered)
    settled = settled_answers(asked_for)
    step = ImportStep.PREVIEW if len(settled) == len(asked_for) else ImportStep.PACKAGES
    return Settled(step, order, _as_rows({**answers, **settled}))


def _as_rows(answers: Mapping[Key, str]) -> tuple[tuple[str, str, str, str], ...]:
    return tuple((kind.value, within, text, value) for (kind, within, text), value in answers.items())


def _remember(
    session: Session,
    viewer: Viewer,
    known: Programme,
    asked_for: Sequence[Question],
    answers: Mapping[Key, str],
    *,
    remember: bool,
) -> None:
    """Keep the answers for other files, or forget what was kept of these names."""
    own = queries.own_names(session, viewer)
    for question in asked_for:
        kind, within, text = key = question.name.key
        value = answers[key]
        kept = own.get(key)
        plain = question.proposal.certainty is Certainty.EXACT and question.proposal.value == value
        if not remember or plain or max(len(within), len(text)) > LONGEST_NAME:
            if kept:
                session.delete(kept)
            continue
        if kept is None:
            kept = ImportName(user_id=viewer.user_id, kind=kind, within=within, name=text)
            session.add(kept)
        kept.municipality_id = _told_by(known, answers, key)
        kept.target = value


def _told_by(known: Programme, answers: Mapping[Key, str], key: Key) -> int | None:
    """The municipality about which a name tells something."""
    kind, within, _ = key
    if kind is NameKind.MUNICIPALITY:
        place = known.place(answers[key])
    elif kind is NameKind.WORK_PACKAGE:
        place = explained(known.lookups(), known, answers).places.get(within) or known.default_place
    else:
        place = None
    return place.municipality_id if place else None
