"""Write the demo into an empty database; the same numbers, ids and tokens for the same seed and day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Role
from komma_tracker.accounts.models import Assignment, User
from komma_tracker.accounts.passwords import hash_with_salt
from komma_tracker.budget.models import BudgetTotal, DayEntry
from komma_tracker.budget.rules import month_of
from komma_tracker.db import unit_of_work
from komma_tracker.demo import (
    agreements,
    alliances,
    calendars,
    cast,
    corrections,
    invitations,
    joining,
    plot,
    sessions,
    statements,
    strategies,
)
from komma_tracker.demo.cast import Part
from komma_tracker.demo.plot import Entry, Meeting, Plot
from komma_tracker.demo.rows import ROWS_AT_ONCE, Rows
from komma_tracker.demo.statements import Book
from komma_tracker.events.models import (
    Event,
    EventBooking,
    EventConsultant,
    EventMunicipality,
    EventParticipants,
)
from komma_tracker.events.rules import TOOK_PLACE, EventKind, EventState, Initiator, ReasonClass, working_day_before
from komma_tracker.events.shares import SplitKey
from komma_tracker.municipalities.models import Municipality, MunicipalityIdentity
from komma_tracker.municipalities.rules import alias, code, sort_key

CALLED_OFF_BY = {ReasonClass.MUNICIPALITY: Initiator.MUNICIPALITY, ReasonClass.CARRIER: Initiator.CARRIER}


class NotEmpty(Exception):
    """The database already holds people or municipalities: the demo would mix with them."""


@dataclass(frozen=True)
class Loaded:
    """What the demo wrote."""

    municipalities: int
    entries: int
    sessions: int


def is_empty(session: Session) -> bool:
    """Whether nobody and nothing is there yet."""
    return session.scalar(select(func.count(User.id))) == 0 and session.scalar(select(func.count(Municipality.id))) == 0


def load(session: Session, *, municipalities: int, seed: int, today: date, anonymous_name: str | None = None) -> Loaded:
    """Write the demo in one transaction. Raises NotEmpty."""
    with unit_of_work(session):
        if not is_empty(session):
            raise NotEmpty
        return _Writer(session, seed=seed, today=today, anonymous_name=anonymous_name).write(municipalities)


class _Writer(Rows):
    """Writes people, municipalities and what happened in them, always in the same order."""

    def __init__(self, session: Session, *, seed: int, today: date, anonymous_name: str | None) -> None:
        super().__init__(session, Random(f"{seed}:ids"))
        self.seed = seed
        self.today = today
        self.anonymous_name = anonymous_name
        self.long_ago = datetime.combine(today - timedelta(days=500), time(8), UTC)
        self.now = datetime.combine(today, time(6), UTC)
        self.lead = 0
        self.consultants: dict[str, int] = {}
        self.coordinators: dict[int, int] = {}
        self.people: dict[int, tuple[str, str]] = {}
        self.agreed: dict[int, agreements.Agreed] = {}
        self.password = hash_with_salt(cast.PASSWORD, cast.PASSWORD_SALT)
        self.invited = (0, 0)
        self.loaded = [0, 0, 0]

    def write(self, municipalities: int) -> Loaded:
        """All people and municipalities, then what they have in common."""
        self.lead = self.person(Role.LEAD, "Programmleitung")
        self.person(Role.READER, "Lesezugang")
        for letter in cast.consultants(municipalities):
            self.consultants[letter] = self.person(Role.CONSULTANT, f"Beratung {letter.upper()}", letter)
        places = [self.municipality(number) for number in range(1, municipalities + 1)]
        self.shared_sessions(places)
        agreements.tell(self, self.agreed, lead=self.lead, consultant=self.consultants["a"], today=self.today)
        calendars.write(
            self, lead=self.lead, consultant=self.consultants["a"], coordinator=self.coordinators[places[0]],
            places=places, at=self.long_ago, today=self.today,
        )  # fmt: skip
        self.undecided(places)
        self.flush()
        invitations.write(self, places[0], self.invited, today=self.today, now=self.now)
        if len(places) > 1:
            second = cast.part(2, self.anonymous_name).consultants
            sessions.write(
                self, self.event, (places[1], None), consultants=second, by=self.consultants[second[0]],
                today=self.today, now=self.now,
            )  # fmt: skip
        self.flush()
        self.move_sequences()
        return Loaded(*self.loaded)

    # people

    def person(self, role: Role, name: str, mark: str = "") -> int:
        """A demo account; all have the one well-known password."""
        public_id = self.public_id()
        person = self.add(
            User,
            public_id=public_id,
            email=cast.email(role, mark),
            name=name,
            role=role,
            land=cast.LAND_OF.get(mark) if role is Role.CONSULTANT else None,
            locale="de",
            password_hash=self.password,
            invitations=mark == invitations.WANTED_BY,
            is_demo=True,
            created_at=self.long_ago,
            version=1,
        )
        self.people[person] = (public_id, name)
        return person

    def assign(self, user_id: int, municipality_id: int, starts_on: date, ends_on: date | None = None) -> None:
        """From when to when a person works for, or belongs to, a municipality."""
        self.add(Assignment, user_id=user_id, municipality_id=municipality_id, starts_on=starts_on, ends_on=ends_on)

    # municipalities

    def municipality(self, number: int) -> int:
        """One municipality with its people, contract, sessions and entries."""
        part = cast.part(number, self.anonymous_name)
        story = plot.plot(part, Random(f"{self.seed}:{number}"), self.today)
        place = self.add(
            Municipality,
            code=code(number),
            alias=alias(number),
            visibility=part.visibility,
            label_revision=0,
            label_changed_at=self.long_ago,
            created_at=self.long_ago,
            version=1,
        )
        self.identity(place, part)
        hired = story.starts_on - timedelta(days=60)
        for letter in part.consultants:
            self.assign(self.consultants[letter], place, hired)
        coordinator = self.person(Role.COORDINATOR, f"Koordination {code(number)}", code(number).lower())
        self.assign(coordinator, place, hired)
        self.coordinators[place] = coordinator
        if number == 1:
            head = self.person(Role.HEAD, "Leitung K01", "k01")
            self.assign(head, place, hired)
            self.invited = (coordinator, head)
        agreed = agreements.contract(self, place=place, number=number, part=part, story=story, at=self.long_ago)
        if number <= len(cast.PARTS):
            self.agreed[number] = agreed
        total = self.ledger(agreed.contract, place, agreed.packages, story)
        if total:
            book = Book(
                number=number,
                contract=agreed.contract,
                contract_public_id=agreed.public_id,
                place=place,
                starts_on=story.starts_on,
                ended_on=story.ended_on,
                agreed_minutes=agreements.AGREED,
                packages={key: (name, cast.PACKAGE_TITLES[name]) for name, key in agreed.packages.items()},
                people=self.people,
                consultant=self.consultants[part.consultants[0]],
                coordinator=coordinator,
                lead=self.lead,
            )
            total["confirmed_minutes"] = statements.write(self, book, self.today)
            if part.unusual:
                late = corrections.write(self, contract=agreed.contract, today=self.today)
                total["entry_count"] += late
                self.loaded[1] += late
        if number <= len(cast.PARTS):
            alliances.write(
                self, number=number, place=place, part=part, starts_on=story.starts_on, seed=self.seed, today=self.today
            )
            strategies.write(
                self, number=number, place=place, part=part, starts_on=story.starts_on, seed=self.seed, today=self.today
            )
        self.loaded[0] += 1
        self.flush(at_least=ROWS_AT_ONCE)
        return place

    def identity(self, place: int, part: Part) -> None:
        """Who the municipality is; its name turns up nowhere but here and in the places of its sessions."""
        self.gather(
            MunicipalityIdentity,
            {
                "municipality_id": place,
                "name": part.name,
                "sort_key": sort_key(part.name)[0],
                "kind": part.kind,
                "land": part.land,
                "district": part.district,
                "population": part.population,
                "official_key": None,
                "address": f"Rathausplatz 1, {part.name}",
                "contact_name": "Projektkoordination",
                "contact_email": None,
                "contact_phone": None,
                "catholic_holidays": False,
                "augsburg_holiday": False,
                "local_holidays": cast.LOCAL_HOLIDAYS.get(part.name),
            },
        )

    # ledger and sessions

    def ledger(self, contract: int, place: int, packages: dict[str, int], story: Plot) -> dict[str, Any] | None:
        """Everything that was worked or is planned; returns the kept total of it, None where there is nothing."""
        booked: list[Entry] = []

        def book(entry: Entry) -> int:
            booked.append(entry)
            return self.entry(contract, place, packages, entry)

        for meeting in story.meetings:
            event = self.event(sessions.settled(meeting, self.today), [(place, packages[meeting.package])])
            for entry in meeting.entries:
                made = book(entry)
                self.gather(
                    EventBooking,
                    {
                        "event_id": event,
                        "consultant_id": self.consultants[entry.consultant],
                        "municipality_id": place,
                        "activity": entry.activity,
                        "entry_id": made,
                    },
                )
        for entry in story.entries:
            book(entry)
        if not booked:
            return None
        total = {
            "contract_id": contract,
            "municipality_id": place,
            "used_minutes": sum(entry.counted.minutes for entry in booked),
            "confirmed_minutes": 0,
            "entry_count": len(booked),
            "last_service_date": max(entry.on for entry in booked),
        }
        self.gather(BudgetTotal, total)
        return total

    def entry(self, contract: int, place: int, packages: dict[str, int], entry: Entry) -> int:
        """One line of the ledger."""
        self.loaded[1] += 1
        consultant = self.consultants[entry.consultant]
        logged = datetime.combine(entry.on, time(17), UTC)
        return self.add(
            DayEntry,
            public_id=self.public_id(),
            contract_id=contract,
            municipality_id=place,
            consultant_id=consultant,
            work_package_id=packages[entry.package],
            service_date=entry.on,
            minutes=entry.minutes,
            chargeable_minutes=entry.counted.minutes,
            counted_as=entry.counted.counted_as,
            approval=entry.approval,
            activity=entry.activity,
            mode=entry.mode,
            note=entry.note,
            internal_note=entry.internal_note,
            posting_month=month_of(entry.on),
            statement_id=None,
            reverses_id=None,
            replaces_id=None,
            reason="",
            import_key=None,
            created_at=logged,
            created_by_id=consultant,
            updated_at=logged,
            version=1,
        )

    def event(
        self,
        meeting: Meeting,
        places: list[tuple[int, int | None]],
        split_key: SplitKey = SplitKey.EQUAL,
        **values: Any,
    ) -> int:
        """One session with its municipalities, consultants and headcounts."""
        self.loaded[2] += 1
        changed = min(self.now, datetime.combine(meeting.starts.date() - timedelta(days=30), time(9), UTC))
        called_off = meeting.state is EventState.CANCELLED
        by = CALLED_OFF_BY.get(meeting.reason or ReasonClass.OTHER, Initiator.NOBODY) if called_off else None
        if by is Initiator.MUNICIPALITY:
            changed = datetime.combine(working_day_before(meeting.starts.date()), time(9), UTC)
        runs = self.consultants[meeting.consultants[0]]
        event = self.add(
            Event,
            public_id=self.public_id(),
            kind=meeting.kind,
            state=meeting.state,
            title=meeting.title,
            starts_local=meeting.starts,
            ends_local=meeting.ends,
            zone="Europe/Berlin",
            mode=meeting.mode,
            place=self.town_hall(places) if meeting.mode is plot.Mode.ON_SITE else "",
            link="https://treffen.example.org/komma" if meeting.mode is plot.Mode.ONLINE else "",
            note="",
            planned_minutes=meeting.planned_minutes,
            municipality_count=len(places),
            labels_left=0,
            split_key=split_key,
            called_off_by=by,
            notice_on=changed.date() if called_off else None,
            cancel_reason=meeting.reason,
            cancelled_at=changed if called_off else None,
            cancelled_by_id=runs if called_off else None,
            held_at=datetime.combine(meeting.ends.date(), time(18), UTC) if meeting.state in TOOK_PLACE else None,
            created_at=changed - timedelta(days=30),
            updated_at=changed,
            version=1,
            **values,
        )
        sessions.history(self, event, meeting, by=runs, planned=changed - timedelta(days=30), changed=changed)
        sessions.material(self, event, meeting, by=runs, at=self.now)
        for place, package in places:
            row = {"event_id": event, "municipality_id": place, "work_package_id": package}
            self.gather(EventMunicipality, {**row, "hosts": False, "headcount": None})
            if by is Initiator.MUNICIPALITY:
                sessions.late_cancellation(
                    self, event, place, meeting, at=changed, by=runs, lead=self.lead, today=self.today
                )
        for letter in meeting.consultants:
            row = {"event_id": event, "user_id": self.consultants[letter]}
            self.gather(EventConsultant, row)
        for group, headcount in meeting.participants.items():
            row = {"event_id": event, "function_group": group, "headcount": headcount}
            self.gather(EventParticipants, row)
        joining.write(self, event, meeting, seed=self.seed)
        return event

    def town_hall(self, places: list[tuple[int, int | None]]) -> str:
        """Where a session takes place: at the municipality, or at the carrier where it is for all."""
        return f"Rathaus {cast.part(places[0][0], self.anonymous_name).name}" if places else "Haus der Beratung"

    def shared_sessions(self, places: list[int]) -> None:
        """What is for several municipalities, or for all."""
        monday = self.today + timedelta(days=14 - self.today.weekday())
        for kind, title, offset, mode in (
            (EventKind.NETWORK, "Netzwerktreffen der Modellkommunen", 8, plot.Mode.ONLINE),
            (EventKind.WEBINAR, "Meldewege einrichten", 22, plot.Mode.ONLINE),
        ):
            self.event(plot.planned(kind, title, monday + timedelta(days=offset), mode, ("a",), "AP5"), [])
        partners = [place for place in places if place in (1, 2, cast.ANONYMOUS_NUMBER)]
        if len(partners) > 1:
            joint = plot.planned(
                EventKind.TRAINING,
                "Gemeinsames Training Ordnungsämter",
                monday + timedelta(days=16),
                plot.Mode.ONLINE,
                ("a", "b"),
                "AP4",
            )
            self.event(joint, [(place, None) for place in partners])

    def undecided(self, places: list[int]) -> None:
        """What waits for somebody: a joint training to be shared out by participants, one that was called off late."""
        if len(places) < cast.ANONYMOUS_NUMBER:
            return
        on, package = working_day_before(self.today), "AP4"
        joint = plot.planned(EventKind.TRAINING, "Training für zwei Häuser", on, plot.Mode.ONLINE, ("a", "d"), package)
        joining.count(self, self.event(joint, [(places[1], None), (places[6], None)], split_key=SplitKey.PARTICIPANTS))
        off = plot.planned(EventKind.TRAINING, "Training Bauamt", on, plot.Mode.ONLINE, ("a", "b"), package)
        off = replace(off, state=EventState.CANCELLED, reason=ReasonClass.MUNICIPALITY)
        self.event(off, [(places[1], None)])
