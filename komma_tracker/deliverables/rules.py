"""Rules of strategy papers: kinds, states, ways to a decision, reviews and versions (domain 1.2l)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date
from enum import StrEnum

from komma_tracker.access.rules import N_, DomainError, Forbidden, Invalid, Role


class DeliverableKind(StrEnum):
    """What a paper regulates; the list of the programme is open."""

    CLEARING = "clearing"
    INTERVENTION = "intervention"
    PARTICIPATION = "participation"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The German msgid (domain 3)."""
        return KIND_LABELS[self]


KIND_LABELS: Mapping[DeliverableKind, str] = {
    DeliverableKind.CLEARING: N_("Clearingverfahren"),
    DeliverableKind.INTERVENTION: N_("Interventionsstrategie"),
    DeliverableKind.PARTICIPATION: N_("Beteiligungsstrategie"),
    DeliverableKind.OTHER: N_("weiteres Konzept"),
}


class DeliverableState(StrEnum):
    """How far a paper has come."""

    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    ACCEPTED = "accepted"
    PRELIMINARY = "preliminary"
    ADOPTED = "adopted"
    NOTED = "noted"
    DEFERRED = "deferred"
    REJECTED = "rejected"
    IN_FORCE = "in_force"
    IN_USE = "in_use"
    SUSTAINED = "sustained"
    REVISED = "revised"

    @property
    def label(self) -> str:
        """The German msgid."""
        return STATE_LABELS[self]


STATE_LABELS: Mapping[DeliverableState, str] = {
    DeliverableState.NOT_STARTED: N_("nicht begonnen"),
    DeliverableState.IN_PROGRESS: N_("in Arbeit"),
    DeliverableState.DRAFT: N_("Entwurf"),
    DeliverableState.IN_REVIEW: N_("in Abstimmung"),
    DeliverableState.ACCEPTED: N_("von der Steuerungsgruppe abgenommen"),
    DeliverableState.PRELIMINARY: N_("Vorberatung"),
    DeliverableState.ADOPTED: N_("beschlossen"),
    DeliverableState.NOTED: N_("zur Kenntnis genommen"),
    DeliverableState.DEFERRED: N_("zurückgestellt"),
    DeliverableState.REJECTED: N_("abgelehnt"),
    DeliverableState.IN_FORCE: N_("in Kraft"),
    DeliverableState.IN_USE: N_("in Umsetzung"),
    DeliverableState.SUSTAINED: N_("verstetigt"),
    DeliverableState.REVISED: N_("fortgeschrieben"),
}


class Route(StrEnum):
    """Who makes a paper binding, and how."""

    COUNCIL = "council"
    COMMITTEE = "committee"
    HEAD = "head"
    INSTRUCTION = "instruction"
    AGREEMENT = "agreement"

    @property
    def label(self) -> str:
        """The German msgid."""
        return ROUTE_LABELS[self]


ROUTE_LABELS: Mapping[Route, str] = {
    Route.COUNCIL: N_("Rat oder Kreistag"),
    Route.COMMITTEE: N_("Ausschuss"),
    Route.HEAD: N_("Verwaltungsleitung"),
    Route.INSTRUCTION: N_("Dienstanweisung"),
    Route.AGREEMENT: N_("Dienstvereinbarung"),
}
VOTING = frozenset({Route.COUNCIL, Route.COMMITTEE})
"""Routes that end with a vote, most often a public one; the others are within the power of the head."""


class Reviewer(StrEnum):
    """Who is asked about a paper before it is accepted."""

    STAFF_COUNCIL = "staff_council"
    DATA_PROTECTION = "data_protection"
    LEGAL = "legal"
    EQUALITY = "equality"
    ALLIANCE = "alliance"

    @property
    def label(self) -> str:
        """The German msgid."""
        return REVIEWER_LABELS[self]


REVIEWER_LABELS: Mapping[Reviewer, str] = {
    Reviewer.STAFF_COUNCIL: N_("Personalrat"),
    Reviewer.DATA_PROTECTION: N_("Datenschutz"),
    Reviewer.LEGAL: N_("Rechtsamt"),
    Reviewer.EQUALITY: N_("Gleichstellung"),
    Reviewer.ALLIANCE: N_("Allianz"),
}


class Answer(StrEnum):
    """What a reviewer says."""

    OPEN = "open"
    AGREED = "agreed"
    WITH_CONDITIONS = "with_conditions"
    OBJECTED = "objected"

    @property
    def label(self) -> str:
        """The German msgid."""
        return ANSWER_LABELS[self]


ANSWER_LABELS: Mapping[Answer, str] = {
    Answer.OPEN: N_("noch offen"),
    Answer.AGREED: N_("einverstanden"),
    Answer.WITH_CONDITIONS: N_("einverstanden mit Auflagen"),
    Answer.OBJECTED: N_("nicht einverstanden"),
}

_S = DeliverableState
_CARERS = frozenset({Role.LEAD, Role.CONSULTANT, Role.COORDINATOR})
_TEAM = frozenset({Role.LEAD, Role.CONSULTANT})
_LEAD = frozenset({Role.LEAD})
_DECIDED = dict.fromkeys((_S.ADOPTED, _S.NOTED, _S.DEFERRED, _S.REJECTED), _CARERS)

MOVES: Mapping[DeliverableState, Mapping[DeliverableState, frozenset[Role]]] = {
    _S.NOT_STARTED: {_S.IN_PROGRESS: _CARERS},
    _S.IN_PROGRESS: {_S.DRAFT: _CARERS},
    _S.DRAFT: {_S.IN_REVIEW: _CARERS, _S.IN_PROGRESS: _CARERS},
    _S.IN_REVIEW: {_S.ACCEPTED: _CARERS, _S.DRAFT: _CARERS},
    _S.ACCEPTED: {_S.PRELIMINARY: _CARERS, **_DECIDED, _S.IN_FORCE: _CARERS, _S.IN_REVIEW: _CARERS},
    _S.PRELIMINARY: {**_DECIDED, _S.IN_REVIEW: _CARERS},
    _S.ADOPTED: {_S.IN_FORCE: _CARERS, _S.ACCEPTED: _LEAD},
    _S.NOTED: {_S.IN_FORCE: _CARERS, _S.IN_REVIEW: _CARERS, _S.ACCEPTED: _LEAD},
    _S.DEFERRED: {
        _S.PRELIMINARY: _CARERS,
        _S.ADOPTED: _CARERS,
        _S.NOTED: _CARERS,
        _S.REJECTED: _CARERS,
        _S.IN_FORCE: _CARERS,
        _S.IN_REVIEW: _CARERS,
    },
    _S.REJECTED: {_S.IN_REVIEW: _CARERS, _S.ACCEPTED: _LEAD},
    _S.IN_FORCE: {_S.IN_USE: _CARERS},
    _S.IN_USE: {_S.SUSTAINED: _TEAM},
    _S.SUSTAINED: {_S.REVISED: _CARERS, _S.IN_USE: _TEAM},
    _S.REVISED: {_S.IN_REVIEW: _CARERS},
}
"""Who moves what. A decision that was recorded by mistake is taken back by the lead alone."""

DECISIONS = frozenset(_DECIDED)
"""Somebody has decided on the paper, with a date; only "beschlossen" says yes."""
VALID = frozenset({_S.ADOPTED, _S.IN_FORCE, _S.IN_USE, _S.SUSTAINED})
"""The paper holds. To have taken note of it is not to have adopted it."""
_VOIDED_TO: Mapping[DeliverableState, DeliverableState] = {
    **dict.fromkeys((_S.ACCEPTED, _S.PRELIMINARY, *DECISIONS), _S.DRAFT),
    **dict.fromkeys((_S.IN_FORCE, _S.IN_USE, _S.SUSTAINED), _S.REVISED),
    _S.NOT_STARTED: _S.DRAFT,
    _S.IN_PROGRESS: _S.DRAFT,
}


def after_new_version(state: DeliverableState) -> DeliverableState:
    """Where a paper stands once its text is another: what was approved was the former one.

    >>> str(after_new_version(DeliverableState.ADOPTED)), str(after_new_version(DeliverableState.IN_REVIEW))
    ('draft', 'in_review')
    """
    return _VOIDED_TO.get(state, state)


def fits_route(state: DeliverableState, target: DeliverableState, route: Route | None) -> bool:
    """Whether this way of deciding has that step: a committee prepares only what the council decides, what is voted
    on is in force only once it is adopted, and what the head orders is not voted on.
    """
    if target is _S.PRELIMINARY:
        return route is Route.COUNCIL
    if target in (_S.ADOPTED, _S.NOTED):
        return route in VOTING
    if target is _S.IN_FORCE and state is not _S.ADOPTED:
        return route is not None and route not in VOTING
    return True


def next_states(state: DeliverableState, route: Route | None, role: Role) -> tuple[DeliverableState, ...]:
    """Where this role may move a paper from here.

    >>> [str(each) for each in next_states(DeliverableState.ACCEPTED, Route.HEAD, Role.COORDINATOR)]
    ['deferred', 'rejected', 'in_force', 'in_review']
    """
    return tuple(to for to, roles in MOVES[state].items() if role in roles and fits_route(state, to, route))


def check_move(state: DeliverableState, target: DeliverableState, route: Route | None, role: Role) -> None:
    """Raise Invalid where the target does not follow on this route, Forbidden where somebody else must move it."""
    roles = MOVES[state].get(target)
    if roles is None:
        raise Invalid(
            "target", N_("Von „%(state)s“ führt kein Schritt zu „%(target)s“."), state=state, target=target
        )  # fmt: skip
    if role not in roles:
        raise Forbidden
    if not fits_route(state, target, route):
        raise Invalid("target", N_("Der gewählte Beschlussweg sieht „%(target)s“ nicht vor."), target=target)


def can_move(state: DeliverableState, target: DeliverableState, route: Route | None, role: Role) -> bool:
    """Whether `check_move` lets it pass."""
    try:
        check_move(state, target, route, role)
    except DomainError:
        return False
    return True


def check_accepted(target: DeliverableState, *, has_version: bool, answers: Collection[Answer]) -> None:
    """Raise Invalid where a paper goes into review without a text, or is accepted before all who were asked about
    this version have answered.
    """
    if target in (_S.IN_REVIEW, _S.ACCEPTED) and not has_version:
        raise Invalid("target", N_("Bitte zuerst eine Fassung hinterlegen."))
    if target is _S.ACCEPTED and Answer.OPEN in answers:
        raise Invalid("target", N_("Zu dieser Fassung stehen noch Antworten aus."))


def check_in_force(target: DeliverableState, route: Route | None, staff_council: Answer | None) -> None:
    """Raise Invalid for a service agreement that the staff council has not agreed to: it is one of its two parties."""
    agreed = staff_council in (Answer.AGREED, Answer.WITH_CONDITIONS)
    if target is _S.IN_FORCE and route is Route.AGREEMENT and not agreed:
        raise Invalid("target", N_("Eine Dienstvereinbarung braucht das Einverständnis des Personalrats."))


def check_happened(field: str, on: date, today: date, since: date | None = None) -> None:
    """Raise Invalid for a day that is still to come, or before what it follows."""
    if on > today:
        raise Invalid(field, N_("Bitte einen Tag angeben, der schon war."))
    if since is not None and on < since:
        raise Invalid(field, N_("Das kann nicht vor dem %(since)s gewesen sein."), since=since)


def check_route(state: DeliverableState, before: Route | None, after: Route | None) -> None:
    """Raise Invalid where the way to a decision is changed that has been taken."""
    if before is not after and state in VALID:
        raise Invalid("route", N_("Über dieses Papier ist entschieden: Der Beschlussweg bleibt."))


def check_link(url: str) -> None:
    """Raise Invalid for anything but a page that is fetched in secret, also from those who carry it."""
    if not re.fullmatch(r"https://[^\s<>\"'\\/@]+\.[^\s<>\"'\\@]+", url, re.IGNORECASE):
        raise Invalid("url", N_("Bitte eine Adresse angeben, die mit https:// beginnt."))


def check_answer(answer: Answer, answered_on: date | None) -> None:
    """Raise Invalid for an answer without its date."""
    if answer is not Answer.OPEN and answered_on is None:
        raise Invalid("answered_on", N_("Bitte angeben, wann die Antwort kam."))


def offered_routes(*, is_anonymous: bool) -> tuple[Route, ...]:
    """Ways to a decision, the likely one first; a vote is public, so it comes last for who takes part without a name
    (domain 5.4, case 19).
    """
    without_vote = tuple(route for route in Route if route not in VOTING)
    return (*without_vote, Route.COUNCIL, Route.COMMITTEE) if is_anonymous else tuple(Route)
