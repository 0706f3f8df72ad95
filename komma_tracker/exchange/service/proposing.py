"""From somebody's calendar to days: what of it looks like work for the programme, and is not logged yet."""

from __future__ import annotations

import hashlib
import io
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy.orm import Session

from komma_tracker.access.rules import Viewer
from komma_tracker.budget.bulk import Booked, booked
from komma_tracker.budget.rules import Activity, Mode
from komma_tracker.contracts.rules import rules_on
from komma_tracker.exchange import queries
from komma_tracker.exchange.appointments.reading import Found
from komma_tracker.exchange.appointments.rules import (
    FREE_MAIL,
    OWN_UID,
    PROGRAMME_WORDS,
    Appointment,
    Known,
    LeftOut,
    Match,
    activity_of,
    match,
    mode_of,
    names_of,
)
from komma_tracker.exchange.columns import event_origin
from komma_tracker.exchange.models import CalendarWord, ImportDraft
from komma_tracker.exchange.plan import Place, key_of_origin
from komma_tracker.exchange.service.drafts import keep_draft
from komma_tracker.exchange.service.lookups import programme

MOST_PROPOSED = 200
"""More are too many to look at; a shorter span has fewer."""
LONGEST_CERTAIN = 12 * 60
"""Minutes; whoever has a longer date says how much of it was work."""
USUAL = (Activity.OTHER, Mode.ON_SITE)
"""What is proposed where nothing tells."""


@dataclass(frozen=True)
class Matching:
    """The rules by which appointments are proposed, as far as the viewer may know them."""

    known: Sequence[Known]
    usual_words: Sequence[str]
    words: Sequence[CalendarWord]
    """Those that leads have added."""


@dataclass(frozen=True)
class Proposal:
    """An appointment as it would be logged, and why it is proposed; minutes are None where a person must say."""

    appointment: Appointment
    key: str
    match: Match
    minutes: int | None
    activity: Activity
    mode: Mode


@dataclass
class Offer:
    """What a calendar brings: what may be logged, what is logged already, and how much is nothing of the kind."""

    proposals: list[Proposal] = field(default_factory=list[Proposal])
    logged: list[Proposal] = field(default_factory=list[Proposal])
    ours: int = 0
    """Sessions of this programme, from its own feed: they are booked by being confirmed."""
    others: int = 0
    more: int = 0
    left_out: Counter[LeftOut] = field(default_factory=Counter[LeftOut])


@dataclass(frozen=True)
class Chosen:
    """A proposal as somebody wants it logged."""

    key: str
    on: date
    municipality: str
    minutes: int
    activity: Activity
    mode: Mode
    note: str = ""


def matching(session: Session, viewer: Viewer, *, own_address: str, today: date) -> Matching:
    """What municipalities are called, by whom they are addressed, and the words of the programme."""
    known = programme(session, viewer, None)
    own_domain = _domain(own_address)
    domains: defaultdict[str, set[int]] = defaultdict(set)
    ids = [place.municipality_id for place in known.places]
    for municipality_id, email in queries.addresses_of(session, viewer, municipality_ids=ids, today=today):
        domains[_domain(email)].add(municipality_id)
    telling = {domain: ids for domain, ids in domains.items() if domain not in FREE_MAIL | {own_domain}}
    return Matching(
        [
            Known(
                place.code,
                place.label,
                names_of(place.code, place.label, known.aliases[place.municipality_id]),
                frozenset(domain for domain, ids in telling.items() if place.municipality_id in ids),
            )
            for place in known.places
        ],
        PROGRAMME_WORDS,
        queries.calendar_words(session, viewer),
    )


def _domain(email: str) -> str:
    return email.casefold().rpartition("@")[2]


def offer(session: Session, viewer: Viewer, found: Found, rules: Matching) -> Offer:
    """What of a calendar can be logged. Nothing of the rest is kept."""
    made = Offer(left_out=found.left_out)
    proposals: list[Proposal] = []
    places = {place.code: place for place in programme(session, viewer, None).places}
    words = [*rules.usual_words, *(each.word for each in rules.words)]
    for each in found.appointments:
        if each.uid.endswith(OWN_UID):
            made.ours += 1
        elif why := match(each, rules.known, words):
            proposals.append(_proposal(each, why, places.get(why.code)))
        else:
            made.others += 1
    ledger = _Ledger(session, viewer, places.values(), proposals)
    for proposal in proposals:
        if ledger.has(proposal):
            made.logged.append(proposal)
        elif len(made.proposals) < MOST_PROPOSED:
            made.proposals.append(proposal)
        else:
            made.more += 1
    return made


def _proposal(each: Appointment, why: Match, place: Place | None) -> Proposal:
    key = hashlib.sha256(f"{each.uid}\x1f{each.number}".encode()).hexdigest()[:32]
    a_day = rules_on(place.terms, each.starts.date()).minutes_per_day if place else None
    minutes = a_day if each.all_day else each.minutes
    certain = minutes if minutes and minutes <= LONGEST_CERTAIN else None
    activity, mode = USUAL
    return Proposal(each, key, why, certain, activity_of(each) or activity, mode_of(each) or mode)


class _Ledger:
    """What one has logged already, by what came from a calendar and by what looks the same."""

    def __init__(
        self, session: Session, viewer: Viewer, places: Iterable[Place], proposals: Sequence[Proposal]
    ) -> None:
        self.own_id = viewer.user_id
        self.contracts = {place.code: place.contract_id for place in places}
        present = Booked({}, {}, {})
        if proposals:
            days = [each.appointment.starts.date() for each in proposals]
            present = booked(
                session, viewer, contract_ids=self.contracts.values(), consultant_ids=[self.own_id],
                first=min(days), last=max(days),
            )  # fmt: skip
        self.keys = present.by_key.keys()
        self.alike = Counter(
            {
                (each.contract_id, each.service_date, each.minutes): count
                for each, count in present.likenesses.items()
                if each.consultant_id == self.own_id
            }
        )

    def has(self, proposal: Proposal) -> bool:
        """Whether it is logged; of several that look the same, as many as there are entries."""
        if key_of_origin(self.own_id, event_origin(proposal.key)) in self.keys:
            return True
        contract_id = self.contracts.get(proposal.match.code)
        facts = (contract_id or 0, proposal.appointment.starts.date(), proposal.minutes or 0)
        found = self.alike[facts] > 0
        self.alike[facts] -= found
        return found


def keep_chosen(
    session: Session, viewer: Viewer, chosen: Sequence[Chosen], *, own_address: str, filename: str, now: datetime
) -> ImportDraft:
    """Keep what somebody wants to log until the preview is confirmed, as any file of days. Raises Forbidden."""
    rows = [
        {
            "date": each.on.isoformat(),
            "municipality": each.municipality,
            "consultant": own_address,
            "minutes": each.minutes,
            "activity": each.activity.value,
            "mode": each.mode.value,
            "note": each.note,
            "calendar_event": each.key,
        }
        for each in chosen
    ]
    file = io.BytesIO(json.dumps(rows).encode())
    return keep_draft(session, viewer, file=file, filename=filename, municipality_id=None, now=now)
