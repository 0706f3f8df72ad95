"""The demo as a world to test in: who may know what, and what must never be seen by others."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pypdf
from flask import Flask
from pypdf.generic import StreamObject
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RoutingException
from werkzeug.test import TestResponse

from komma_tracker.accounts.models import User
from komma_tracker.alliances.models import Alliance, AllianceMember, MeetingDecision, Organisation, WorkPlanItem
from komma_tracker.alliances.rules import Side
from komma_tracker.budget.models import DayEntry, Statement
from komma_tracker.contracts.models import Contract, ContractTerms, PoolTransfer, Reallocation
from komma_tracker.contracts.rules import ReallocationState, ScopeKind, TransferState
from komma_tracker.deliverables.models import Deliverable, DeliverableVersion
from komma_tracker.demo import service as demo
from komma_tracker.demo.cast import ANONYMOUS_NUMBER
from komma_tracker.events.models import Event, EventMaterial, EventMunicipality, EventSeries
from komma_tracker.events.rules import EventKind
from komma_tracker.municipalities.models import Municipality, MunicipalityIdentity
from komma_tracker.municipalities.rules import code

SECRET_CODE = code(ANONYMOUS_NUMBER)
SECRET_NAME = "Gemeinde Kanarienfels"

ENTITLED = ("lead@example.org", "beratung-a@example.org", "beratung-d@example.org", "koordination-k07@example.org")
OTHERS = (
    "beratung-b@example.org",
    "beratung-c@example.org",
    "koordination-k01@example.org",
    "koordination-k02@example.org",
    "leitung-k01@example.org",
    "lesen@example.org",
)

CANARIES = {
    "name": "Kanarienfels",
    "address": "Zeisigweg",
    "contact_name": "Stieglitz",
    "contact_email": "girlitz",
    "contact_phone": "0815-4711-99",
    "coordinator": "Erlenzeisig",
    "coordinator_email": "gimpelhaus",
    "title": "Bluthaenfling",
    "place": "Kernbeisser",
    "link": "birkenzeisig",
    "note": "Fichtenkreuzschnabel",
    "room": "Wacholderdrossel",
    "target_group": "Sumpfmeise",
    "series": "Haubenlerche",
    "material": "Zilpzalp",
    "material_link": "sperbergrasmuecke",
    "entry_note": "Bergfink",
    "internal_note": "Buchfink",
    "reason": "Rohrammer",
    "signatory": "Rohrdommel",
    "scope": "Amt Zaunkoenig",
    "amendment": "Seidenschwanz",
    "reallocation": "Wiesenpieper",
    "transfer": "Steinschmaetzer",
    "organisation": "Trauerschnaepper",
    "contact_function": "Neuntoeter",
    "next_step": "Goldammer",
    "work_plan": "Grauammer",
    "decision": "Haubenmeise",
    "coordination_after": "Tannenmeise",
    "strategy": "Kernbeisser",
    "decision_number": "Heckenbraunelle",
    "document": "klappergrasmuecke",
}
"""One secret string for each thing that could tell who or where an anonymous municipality is."""


@dataclass(frozen=True)
class Ids:
    """Ids of things that belong to the anonymous municipality alone."""

    entry: str
    statement: str
    session: str
    series: str
    coordinator: str
    member: str
    organisation: str
    task: str
    paper: str


def build(session: Session, *, today: object, municipalities: int = 7, secret_name: str = SECRET_NAME) -> None:
    """Load the demo; one of its municipalities takes part without its name."""
    demo.load(session, municipalities=municipalities, seed=7, today=today, anonymous_name=secret_name)  # type: ignore[arg-type]
    session.commit()


def plant(session: Session) -> Ids:
    """Put a canary into everything of the anonymous municipality that people can fill in."""
    place = session.scalars(select(Municipality).where(Municipality.code == SECRET_CODE)).one()
    who = session.get_one(MunicipalityIdentity, place.id)
    who.address = f"{CANARIES['address']} 1"
    who.contact_name, who.contact_phone = CANARIES["contact_name"], CANARIES["contact_phone"]
    who.contact_email = f"{CANARIES['contact_email']}@example.org"
    coordinator = session.scalars(select(User).where(User.email == "koordination-k07@example.org")).one()
    coordinator.name = CANARIES["coordinator"]
    only_here = select(EventMunicipality.event_id).where(EventMunicipality.municipality_id == place.id)
    meetings = session.scalars(select(Event).where(Event.id.in_(only_here), Event.municipality_count == 1)).all()
    for meeting in meetings:
        meeting.title, meeting.place = CANARIES["title"], CANARIES["place"]
        meeting.link, meeting.note = f"https://{CANARIES['link']}.example.org/", CANARIES["note"]
        meeting.room, meeting.target_group = CANARIES["room"], CANARIES["target_group"]
    entries = session.scalars(select(DayEntry).where(DayEntry.municipality_id == place.id)).all()
    for entry in entries:
        entry.note, entry.internal_note = CANARIES["entry_note"], CANARIES["internal_note"]
        entry.reason = CANARIES["reason"]
    _plant_in_contract(session, place)
    member, organisation, task = _plant_in_alliance(session, place)
    workshop = next(meeting for meeting in meetings if meeting.kind is EventKind.WORKSHOP)
    series, paper = _plant_after(session, workshop), _plant_in_strategies(session, place)
    session.commit()
    statement = session.scalars(select(Statement).where(Statement.municipality_id == place.id)).first()
    assert statement is not None
    return Ids(
        entry=entries[0].public_id,
        statement=statement.public_id,
        session=workshop.public_id,
        series=series.public_id,
        coordinator=coordinator.public_id,
        member=member,
        organisation=organisation,
        task=task,
        paper=paper,
    )


def _plant_in_strategies(session: Session, place: Municipality) -> str:
    """All that people can fill in of its papers; gives the id of one."""
    papers = session.scalars(select(Deliverable).where(Deliverable.municipality_id == place.id)).all()
    for paper in papers:
        paper.title = paper.goal = paper.owner = CANARIES["strategy"]
        paper.decision_number = CANARIES["decision_number"]
    for version in session.scalars(select(DeliverableVersion).where(DeliverableVersion.municipality_id == place.id)):
        version.url = f"https://{CANARIES['document']}.example.org/"
    return papers[0].public_id


def calendar(titles: Sequence[str], *, guest: str, on: date) -> bytes:
    """Somebody's own calendar with these dates, an hour each, all on one day and with one guest."""
    events = (
        f"BEGIN:VEVENT\nUID:{number}\nSUMMARY:{title}\nATTENDEE:mailto:{guest}\n"
        f"DTSTART:{on:%Y%m%d}T{number + 5:02d}0000\nDURATION:PT1H\nEND:VEVENT\n"
        for number, title in enumerate(titles, 1)
    )
    return f"BEGIN:VCALENDAR\n{''.join(events)}END:VCALENDAR\n".encode()


def secret_sessions(session: Session) -> Sequence[Event]:
    """All sessions in which the anonymous municipality takes part."""
    parts = select(EventMunicipality.event_id).join(Municipality).where(Municipality.code == SECRET_CODE)
    return session.scalars(select(Event).where(Event.id.in_(parts)).order_by(Event.id)).all()


def _plant_after(session: Session, event: Event) -> EventSeries:
    """Material of a session, and the series that it belongs to."""
    series = EventSeries(public_id="s" * 16, title=CANARIES["series"], created_at=event.created_at)
    session.add(series)
    session.flush()
    event.series_id, event.part = series.id, 1
    url = f"https://{CANARIES['material_link']}.example.org/folien"
    session.add(EventMaterial(event_id=event.id, title=CANARIES["material"], url=url, added_at=event.created_at))
    return series


def _plant_in_contract(session: Session, place: Municipality) -> None:
    """Its contract, and a move of days to K01, whose page says so: everything that people can fill in there."""
    named = session.scalars(select(Municipality).where(Municipality.code == "K01")).one()
    theirs, ours = (
        session.scalars(select(Contract).where(Contract.municipality_id == each.id)).one() for each in (named, place)
    )
    ours.signatory_name = CANARIES["signatory"]
    ours.terms[0].set_scope(ScopeKind.UNITS, [CANARIES["scope"]])
    now = ours.created_at
    moved = PoolTransfer(
        state=TransferState.AMENDING, from_contract_id=ours.id, from_municipality_id=place.id, minutes=480,
        to_contract_id=theirs.id, to_municipality_id=named.id, reason=CANARIES["transfer"], proposed_at=now,
        effective_from=ours.terms[0].ends_on,
    )  # fmt: skip
    session.add(moved)
    session.flush()
    for contract, minutes in ((ours, -480), (theirs, 480)):
        base = contract.terms[0]
        terms = ContractTerms(
            number=1, effective_from=moved.effective_from, starts_on=base.starts_on, ends_on=base.ends_on,
            agreed_minutes=base.agreed_minutes + minutes, transfer_id=moved.id, waits_for_counterpart=True,
        )  # fmt: skip
        contract.terms.append(terms)
    ours.terms[1].reference = CANARIES["amendment"]
    first, second = ours.work_packages[:2]
    session.add(
        Reallocation(
            contract_id=ours.id,
            from_package_id=first.id,
            to_package_id=second.id,
            year=now.year,
            minutes=60,
            reason=CANARIES["reallocation"],
            state=ReallocationState.WAITING,
            recorded_at=now,
        )
    )


def _plant_in_alliance(session: Session, place: Municipality) -> tuple[str, str, str]:
    """All that people can fill in of its alliance; gives the ids of a member, its organisation, and a plan's line."""
    alliance = session.get_one(Alliance, place.id)
    alliance.coordination_after = CANARIES["coordination_after"]
    organisation = Organisation(name=CANARIES["organisation"], created_at=alliance.created_at)
    session.add(organisation)
    session.flush()
    member = AllianceMember(
        municipality_id=place.id, organisation_id=organisation.id, side=Side.OTHER, created_at=alliance.created_at,
        contact_function=CANARIES["contact_function"], next_step=CANARIES["next_step"],
    )  # fmt: skip
    task = WorkPlanItem(municipality_id=place.id, title=CANARIES["work_plan"], responsible=CANARIES["work_plan"])
    session.add_all((member, task))
    for decision in session.scalars(select(MeetingDecision).where(MeetingDecision.municipality_id == place.id)):
        decision.text = CANARIES["decision"]
    session.flush()
    return member.public_id, organisation.public_id, task.public_id


def texts(response: TestResponse) -> Iterator[str]:
    """Everything that an answer says, unpacked: headers, body, gzip, members of an XLSX, a PDF, unfolded lines."""
    yield "\n".join(f"{name}: {unquote(value)}" for name, value in response.headers.items())
    body = response.get_data()
    if body[:2] == b"\x1f\x8b":
        body = gzip.decompress(body)
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            for name in archive.namelist():
                yield name
                yield archive.read(name).decode("utf-8", "replace")
        return
    if body.startswith(b"%PDF-"):
        yield from _of_pdf(body)
    text = body.decode("utf-8", "replace")
    yield text
    yield text.replace("\r\n ", "")


def _of_pdf(body: bytes) -> Iterator[str]:
    """What a PDF says, on its pages, in its metadata and in every stream of it."""
    document = pypdf.PdfReader(io.BytesIO(body))
    for page in document.pages:
        text = page.extract_text()
        yield text
        yield re.sub(r"[-\xad]?\s+", "", text)  # hyphens and line ends may part a word
    yield str(document.metadata)
    for numbers in document.xref_objStm, *document.xref.values():
        for number in numbers:
            part = document.get_object(number)
            said = part.get_data().decode("utf-8", "replace") if isinstance(part, StreamObject) else str(part)
            yield re.sub(r"IndirectObject\([^)]*\)", "", said)  # where this program keeps it


def found(response: TestResponse, secrets: dict[str, str] = CANARIES) -> set[str]:
    """Which canaries an answer sings."""
    return sung("\n".join(texts(response)), secrets)


def sung(said: str, secrets: dict[str, str] = CANARIES) -> set[str]:
    """Which canaries a text sings."""
    return {key for key, secret in secrets.items() if secret.casefold() in said.casefold()}


def letter(path: Path) -> str:
    """Everything that a letter in the outbox says: headers, and its parts unpacked, with unfolded lines."""
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    parts: list[Any] = [part.get_payload(decode=True) for part in message.walk() if not part.is_multipart()]
    headers = [f"{name}: {value}" for part in message.walk() for name, value in part.items()]
    return "\n".join([path.name, *headers, *(str(part, "utf-8").replace("\r\n ", "") for part in parts)])


_LINK = re.compile(r"""(?:href|src|action|hx-get)="([^"]*)\"""")


def links(response: TestResponse) -> list[str]:
    """Paths of this site that a page leads to."""
    if response.mimetype != "text/html":
        return []
    targets = [target.replace("&amp;", "&") for target in _LINK.findall(response.text)]
    return [target for target in targets if target.startswith("/") and not target.startswith("//")]


def neutral(response: TestResponse) -> str:
    """An answer without what is new at every request: CSRF tokens, request keys, when a workbook was made."""
    text = "\n".join(texts(response))
    text = re.sub(r'name="(csrf_token|request_key)"([^>]*)value="[^"]*"', r'name="\1"', text)
    text = re.sub(r"(?m)^(Set-Cookie|Content-Length|ETag|Last-Modified):.*$", "", text)
    text = re.sub(r"<dcterms:(created|modified)[^<]*", "", text)
    return re.sub(r'value="[A-Za-z0-9_-]{22}"', "", text)


def endpoint_of(app: Flask, url: str) -> str | None:
    """Which view an address leads to; None where it leads nowhere."""
    adapter = app.url_map.bind("127.0.0.1")
    try:
        return str(adapter.match(urlsplit(url).path)[0])
    except (HTTPException, RoutingException):
        return None
