"""Sessions, contracts, statements and strategy papers that a person may see, as tables to take out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from komma_tracker.access.rules import N_, Permission, Viewer, check
from komma_tracker.audit import service as audit
from komma_tracker.budget.queries import used_by_contract
from komma_tracker.budget.rules import MonthState
from komma_tracker.contracts.queries import current_contracts
from komma_tracker.contracts.rules import allowance, measure, terms_or_draft
from komma_tracker.db import Session, new_public_id, unit_of_work
from komma_tracker.deliverables.queries import all_papers
from komma_tracker.events.shown import ShownSession
from komma_tracker.kit.sheets import Column, Kind
from komma_tracker.statements.queries import waiting_of

Word = Callable[[Any], str]
"""Puts a value of an enumeration into words: those of the reader, or in JSON its code."""


@dataclass(frozen=True)
class List:
    """A list that leaves as a file: its name, the permission for it, and its headings."""

    name: str
    permission: Permission
    headings: Sequence[tuple[str, Kind, int, str]]

    def columns(self, say: Callable[[str], str]) -> list[Column]:
        """The headings in the reader's language."""
        return [Column(say(heading), kind, width, key) for heading, kind, width, key in self.headings]


_PLACE = ((N_("Kommune"), Kind.TEXT, 10, "municipality"), (N_("Bezeichnung"), Kind.TEXT, 28, "label"))
_STATE = (N_("Stand"), Kind.TEXT, 16, "state")

SESSIONS = List(
    "termine",
    Permission.CALENDAR_VIEW,
    (
        (N_("Datum"), Kind.DATE, 12, "date"),
        (N_("Beginn"), Kind.TEXT, 8, "starts"),
        (N_("Ende"), Kind.TEXT, 8, "ends"),
        (N_("Art"), Kind.TEXT, 18, "kind"),
        _STATE,
        (N_("Titel"), Kind.TEXT, 40, "title"),
        (N_("Modus"), Kind.TEXT, 12, "mode"),
        (N_("Ort"), Kind.TEXT, 30, "place"),
        (N_("Kommunen"), Kind.TEXT, 30, "municipalities"),
        (N_("weitere Kommunen"), Kind.WHOLE, 10, "others"),
        (N_("Beratungspersonen"), Kind.TEXT, 30, "consultants"),
        (N_("geplante Minuten"), Kind.WHOLE, 10, "planned_minutes"),
    ),
)
CONTRACTS = List(
    "vertraege",
    Permission.CONTRACT_VIEW,
    (
        *_PLACE,
        (N_("Aktenzeichen"), Kind.TEXT, 20, "reference"),
        _STATE,
        (N_("Beginn"), Kind.TEXT, 12, "starts_on"),
        (N_("Ende"), Kind.TEXT, 12, "ends_on"),
        (N_("vereinbarte Tage"), Kind.DAYS, 12, "agreed_minutes"),
        (N_("verbrauchte Tage"), Kind.DAYS, 12, "used_minutes"),
    ),
)
STATEMENTS = List(
    "leistungsnachweise",
    Permission.STATEMENT_VIEW,
    (
        *_PLACE,
        (N_("Monat"), Kind.TEXT, 10, "month"),
        _STATE,
        (N_("Tage"), Kind.DAYS, 10, "minutes"),
        (N_("eingereicht am"), Kind.DATE, 12, "submitted_on"),
    ),
)


STRATEGIES = List(
    "strategiekonzepte",
    Permission.STRATEGY_VIEW,
    (
        *_PLACE,
        (N_("Art"), Kind.TEXT, 24, "kind"),
        (N_("Titel"), Kind.TEXT, 40, "title"),
        _STATE,
        (N_("Beschlussweg"), Kind.TEXT, 20, "route"),
        (N_("Entschieden am"), Kind.TEXT, 14, "decided_on"),
        (N_("Nummer des Beschlusses"), Kind.TEXT, 20, "decision_number"),
        (N_("Nächste Überprüfung"), Kind.TEXT, 14, "next_review_on"),
    ),
)


def session_rows(sessions: Iterable[ShownSession], word: Word, say: Callable[[str], str]) -> Iterator[Sequence[Any]]:
    """Sessions as their viewer may know them; what is hidden is not in them."""
    for shown in sessions:
        yield (
            shown.starts_local.date(),
            f"{shown.starts_local:%H:%M}",
            f"{shown.ends_local:%H:%M}",
            word(shown.kind),
            word(shown.state),
            shown.title or say(shown.stand_in),
            word(shown.mode),
            shown.place,
            ", ".join(part.label for part in shown.parts),
            shown.others,
            ", ".join(person.name for person in shown.consultants),
            shown.planned_minutes,
        )


def contract_rows(session: Session, viewer: Viewer, *, today: date, word: Word) -> Iterator[Sequence[Any]]:
    """The current contract of each municipality, with what is agreed and used as of today."""
    contracts = current_contracts(session, viewer)
    used = used_by_contract(session, viewer, contract_ids=[contract.id for contract in contracts])
    for contract in contracts:
        every = contract.all_terms()
        terms, per_day = terms_or_draft(every, today), measure(every)
        yield (
            contract.municipality.code,
            contract.municipality.label,
            contract.reference or "",
            word(contract.state),
            terms.starts_on.isoformat() if terms else "",
            terms.ends_on.isoformat() if terms else "",
            (allowance(every, today), per_day),
            (used.get(contract.id, 0), per_day),
        )


def statement_rows(session: Session, viewer: Viewer, *, word: Word) -> Iterator[Sequence[Any]]:
    """Every submitted month that the viewer may see, the oldest first."""
    places = [contract.municipality_id for contract in current_contracts(session, viewer)]
    submitted = [state for state in MonthState if state is not MonthState.OPEN]
    for row in waiting_of(session, viewer, municipality_ids=places, states=submitted):
        days = (row.minutes, row.minutes_per_day)
        yield (row.code, row.label, f"{row.month:%Y-%m}", word(row.state), days, row.submitted_at.date())


def strategy_rows(session: Session, viewer: Viewer, *, word: Word) -> Iterator[Sequence[Any]]:
    """Every strategy paper that the viewer may see. Of anonymous municipalities without the number of the decision:
    it leads to public minutes (domain 5.4, case 19).
    """
    for place, paper in all_papers(session, viewer):
        yield (
            place.code,
            place.label,
            word(paper.kind),
            paper.title,
            word(paper.state),
            word(paper.route) if paper.route else "",
            paper.decided_on.isoformat() if paper.decided_on else "",
            "" if place.is_anonymous else paper.decision_number,
            paper.next_review_on.isoformat() if paper.next_review_on else "",
        )


def record(session: Session, viewer: Viewer, what: List, *, kind: str, now: datetime) -> None:
    """Note that somebody takes a list out. Raises Forbidden."""
    check(viewer, what.permission)
    with unit_of_work(session):
        audit.record(
            session, viewer, action="list.export", object_type="export", object_id=new_public_id(),
            after={"kind": kind, "list": what.name}, now=now,
        )  # fmt: skip
