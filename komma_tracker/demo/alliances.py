"""The demo's alliances: K01 as told, one without a security partner, one police headquarters in two of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from komma_tracker.alliances.models import (
    Alliance,
    AllianceMember,
    AllianceTurn,
    MeetingAttendance,
    MeetingDecision,
    Organisation,
    WorkPlanItem,
)
from komma_tracker.alliances.rules import AgreementKind, AllianceState, MemberState, Side
from komma_tracker.db import ID_ALPHABET, ID_LENGTH
from komma_tracker.demo.cast import Part, Story
from komma_tracker.demo.plot import shift
from komma_tracker.demo.rows import Rows
from komma_tracker.events.models import Event, EventMunicipality, EventParticipants
from komma_tracker.events.rules import EventKind, EventState, FunctionGroup

TOLD: Sequence[tuple[date, AllianceState]] = (
    (date(2023, 10, 24), AllianceState.FORMING),
    (date(2024, 2, 6), AllianceState.CONSTITUTED),
    (date(2024, 9, 3), AllianceState.WORKING),
    (date(2025, 5, 6), AllianceState.SUSTAINED),
)
"""How the alliance of K01 went (domain 5.1)."""
TOLD_AGREEMENT = date(2024, 11, 26)
WAYS: Mapping[Story, tuple[tuple[int, AllianceState], ...]] = {
    Story.STEADY: ((60, AllianceState.FORMING), (170, AllianceState.CONSTITUTED), (320, AllianceState.WORKING)),
    Story.ENDED: ((70, AllianceState.FORMING), (180, AllianceState.CONSTITUTED), (330, AllianceState.DISBANDED)),
    Story.SLOW: ((150, AllianceState.FORMING),),
    Story.OVER: ((40, AllianceState.FORMING), (130, AllianceState.CONSTITUTED), (300, AllianceState.WORKING)),
    Story.NEARLY: (
        (40, AllianceState.FORMING),
        (120, AllianceState.CONSTITUTED),
        (260, AllianceState.WORKING),
        (600, AllianceState.SUSTAINED),
    ),
    Story.STARTING: ((10, AllianceState.FORMING),),
}
"""The others: in which state so many days after the contract began."""
SIDE_OF = {
    FunctionGroup.MANAGERS: Side.ADMINISTRATION,
    FunctionGroup.SECURITY_AUTHORITY: Side.SECURITY,
    FunctionGroup.COUNSELLING_SERVICE: Side.COUNSELLING,
}
DECISIONS = (
    "Alle Seiten benennen eine Ansprechstelle",
    "Die Meldekette wird im Planspiel geprüft",
    "Einmal im Quartal ein Treffen, reihum bei jeder Seite",
    "Der Entwurf der Vereinbarung geht an alle Häuser",
)
HELD = (EventState.HELD, EventState.FOLLOWED_UP)
POLICE, CENTRE = "Polizeidirektion Werrabogen", "Zentralstelle gegen Hasskriminalität"
A, C, S, O = Side  # noqa: E741 – administration, counselling, security, other
M, G = MemberState, AgreementKind


@dataclass(frozen=True)
class Seat:
    """A seat as the demo fills it."""

    side: Side
    name: str
    contact: str
    state: MemberState
    agreement: AgreementKind = AgreementKind.NONE
    step: str = ""


def write(rows: Rows, *, number: int, place: int, part: Part, starts_on: date, seed: int, today: date) -> None:
    """Gather the alliance of a municipality; before there is a contract, there is none."""
    if part.story is Story.UNSIGNED:
        return
    rng = Random(f"{seed}:{number}:alliance")
    turns = [turn for turn in _turns(part, starts_on, today) if turn[0] <= today]
    _alliance(rows, place, part, turns, rng, today)
    for seat in _seats(number, part):
        _member(rows, place, seat, rng, today)
    _work_plan(rows, place, part, rng, today)
    _minutes(rows, place)


def _turns(part: Part, starts_on: date, today: date) -> list[tuple[date, AllianceState]]:
    if part.story is Story.TOLD:
        return [(on + shift(today), state) for on, state in TOLD]
    return [(starts_on + timedelta(days=days), state) for days, state in WAYS[part.story]]


def _alliance(
    rows: Rows, place: int, part: Part, turns: Sequence[tuple[date, AllianceState]], rng: Random, today: date
) -> None:
    told = part.story is Story.TOLD
    rows.gather(
        Alliance,
        {
            "municipality_id": place,
            "public_id": _public_id(rng),
            "state": turns[-1][1] if turns else AllianceState.FORMING,
            "agreement_on": TOLD_AGREEMENT + shift(today) if told else None,
            "coordination_after": "Stabsstelle Vielfalt" if told or part.story is Story.NEARLY else "",
            "created_at": _at(turns[0][0] if turns else today),
            "version": 1,
        },
    )
    for on, state in turns:
        rows.add(AllianceTurn, municipality_id=place, state=state, since=on)


def _seats(number: int, part: Part) -> Iterator[Seat]:
    """Who sits where. Names tell nothing of the place: one of these municipalities is anonymous."""
    if part.story is Story.TOLD:
        yield Seat(A, "Stabsstelle Vielfalt", "Leitung der Stabsstelle", M.ACTIVE, G.WRITTEN)
        yield Seat(A, "Ordnungsamt", "Amtsleitung", M.ACTIVE, G.WRITTEN)
        yield Seat(C, "Beratungsstelle gegen Diskriminierung", "Fachberatung", M.ACTIVE, G.WRITTEN)
        yield Seat(C, "Opferhilfe", "Regionalstelle", M.ACTIVE, G.WRITTEN, "Schulung zur Meldekette vorbereiten")
        yield Seat(S, POLICE, "Kontaktstelle Vielfalt", M.ACTIVE, G.WRITTEN)
        yield Seat(S, CENTRE, "Geschäftsstelle", M.ASKED, step="Antwort auf die Anfrage einholen")
        yield Seat(O, "Bündnis für Demokratie", "Sprecherkreis", M.RESTING, G.VERBAL)
        return
    begun = part.story in (Story.SLOW, Story.STARTING)
    yield Seat(A, f"Fachdienst Integration {number:02d}", "Leitung", M.ACTIVE, G.VERBAL)
    yield Seat(C, f"Beratungsstelle {number:02d}", "Fachberatung", M.ASKED if begun else M.ACTIVE, G.NONE)
    if part.without_security:
        yield Seat(S, f"Polizeiinspektion {number:02d}", "Dienststellenleitung", M.DECLINED)
        yield Seat(
            S, f"Ordnungsbehörde {number:02d}", "Außendienst", M.IDENTIFIED, step="Gespräch mit der Leitung suchen"
        )
    elif number == 2:
        yield Seat(S, POLICE, "Kontaktstelle Vielfalt", M.ACTIVE, G.WRITTEN)
        yield Seat(S, CENTRE, "Geschäftsstelle", M.AGREED, G.VERBAL)
    elif part.story is Story.SLOW:
        yield Seat(S, f"Polizeiinspektion {number:02d}", "Dienststellenleitung", M.ASKED, step="Nachfragen")
    elif part.story is not Story.STARTING:
        yield Seat(S, CENTRE if number == 7 else f"Polizeiinspektion {number:02d}", "Prävention", M.ACTIVE, G.VERBAL)
    if part.story is Story.ENDED:
        yield Seat(O, f"Sportverein {number:02d}", "Vorstand", M.LEFT)


def _member(rows: Rows, place: int, seat: Seat, rng: Random, today: date) -> None:
    gone = seat.state in (M.LEFT, M.DECLINED)
    rows.add(
        AllianceMember,
        public_id=_public_id(rng),
        municipality_id=place,
        organisation_id=_organisation(rows, seat.name, rng, today),
        side=seat.side,
        state=seat.state,
        contact_function=seat.contact,
        agreement=seat.agreement,
        last_contact_on=today - timedelta(days=rng.randrange(120, 200) if gone else rng.randrange(3, 40)),
        next_step=seat.step,
        next_step_on=today + timedelta(days=rng.randrange(-5, 30)) if seat.step else None,
        created_at=_at(today - timedelta(days=300)),
        version=1,
    )


def _organisation(rows: Rows, name: str, rng: Random, today: date) -> int:
    """An organisation by name: one row, in however many alliances it sits (domain 5.4, case 18)."""
    if name not in rows.named:
        rows.named[name] = rows.add(
            Organisation, public_id=_public_id(rng), name=name, created_at=_at(today - timedelta(days=300)), version=1
        )
    return rows.named[name]


def _work_plan(rows: Rows, place: int, part: Part, rng: Random, today: date) -> None:
    if part.story in (Story.ENDED, Story.STARTING):
        return
    for title, responsible, due, done in (
        ("Ansprechstellen aller Seiten in einer Liste", "Projektkoordination", -150, -140),
        ("Meldekette mit allen Seiten üben", "Ordnungsamt", -20, None),
        ("Gemeinsame Fortbildung für Bereitschaftsdienste", "Beratungsstelle", 60, None),
    ):
        rows.add(
            WorkPlanItem,
            public_id=_public_id(rng),
            municipality_id=place,
            title=title,
            responsible=responsible,
            due_on=today + timedelta(days=due),
            done_on=today + timedelta(days=done) if done else None,
            version=1,
        )


def _minutes(rows: Rows, place: int) -> None:
    """Who came to the meetings that were held, and what was decided there."""
    here = {row["event_id"] for row in rows.rows[EventMunicipality] if row["municipality_id"] == place}
    held = [
        row["id"]
        for row in rows.rows[Event]
        if row["id"] in here and row["kind"] is EventKind.ALLIANCE_MEETING and row["state"] in HELD
    ]
    for number, event in enumerate(held):
        key = {"event_id": event, "municipality_id": place}
        rows.gather(MeetingDecision, {**key, "position": 1, "text": DECISIONS[number % len(DECISIONS)]})
    for row in rows.rows[EventParticipants]:
        if row["event_id"] in held and (side := SIDE_OF.get(row["function_group"])):
            key = {"event_id": row["event_id"], "municipality_id": place}
            rows.gather(MeetingAttendance, {**key, "side": side, "headcount": row["headcount"]})


def _at(on: date) -> datetime:
    return datetime.combine(on, time(9), UTC)


def _public_id(rng: Random) -> str:
    return "".join(rng.choices(ID_ALPHABET, k=ID_LENGTH))
