"""What importing a file would do: which rows are booked, which are already there, and what to look at first.

Nothing here asks the database: the service brings what the ledger holds, and books what the plan says.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from komma_tracker.access.rules import N_
from komma_tracker.budget.bulk import Booked, Likeness
from komma_tracker.budget.rules import Activity, Approval, Draft, Hint, Reckoned, hints_for_entry, in_days_of, reckon
from komma_tracker.budget.rules.counting import MINUTES_OF_A_DATE
from komma_tracker.budget.rules.reckoning import LONGEST_DAY_MINUTES
from komma_tracker.contracts.rules import CountingRules, Terms, allowance, measure, rules_on
from komma_tracker.exchange.columns import EntryRow, LeftOut
from komma_tracker.exchange.reversals import match
from komma_tracker.exchange.rules import Fault, Field, Findings, name_key
from komma_tracker.kit.parse import whole_minutes


@dataclass(frozen=True, eq=False)
class Place:
    """A municipality for which the file may bring days, with its contract; packages are ids by folded code."""

    municipality_id: int
    contract_id: int
    contract_version: int
    code: str
    label: str
    terms: tuple[Terms, ...]
    packages: Mapping[str, int]
    used_minutes: int
    holiday: Callable[[date], str | None]
    closed_months: frozenset[date] = frozenset()
    """First days of the months that have been submitted: what is worked in them comes late."""

    @property
    def minutes_per_day(self) -> int:
        """Those of the contract's budget: sums over time are shown in such days."""
        return measure(self.terms)


@dataclass(frozen=True)
class Lookups:
    """What the words of a file mean to this viewer: by `name_key`; None where two things bear the same name."""

    places: Mapping[str, Place | None]
    people: Mapping[str, int | None]
    default_place: Place | None = None
    own_id: int | None = None
    """The only person for whom the viewer may log; None if for everybody."""
    packages: Mapping[tuple[str, str], int | None] = field(default_factory=dict[tuple[str, str], "int | None"])
    """What somebody has said of a package of the file, by municipality and package; None: it is none."""
    places_elsewhere: frozenset[str] = frozenset()
    people_elsewhere: frozenset[str] = frozenset()
    """Municipalities and people of the file that have no part in the programme: their rows are left out."""


@dataclass(slots=True, eq=False)
class Planned:
    """A row as an entry of the ledger, in minutes; what counts of it is reckoned once it is clear what is booked."""

    number: int
    place: Place
    consultant_id: int
    work_package_id: int | None
    minutes: int
    row: EntryRow
    import_key: str
    reckoned: Reckoned | None = None

    @property
    def chargeable_minutes(self) -> int:
        """What counts of it."""
        return self.reckoned.counted.minutes if self.reckoned else 0

    @property
    def is_late(self) -> bool:
        """Whether the month of the work has been submitted without it."""
        return self.reckoned is not None and self.reckoned.late

    @property
    def likeness(self) -> Likeness:
        """What it has in common with an entry of the same work."""
        return Likeness(self.place.contract_id, self.consultant_id, self.row.on, self.minutes, self.row.activity)


class LedgerHint(NamedTuple):
    """A hint of the ledger; its minutes are shown as days of `minutes_per_day`."""

    hint: Hint
    minutes_per_day: int


class MonthSum(NamedTuple):
    """What a file brings for one month: entries, and minutes that count."""

    entries: int
    minutes: int


@dataclass
class Plan:
    """The outcome. Where there is a fault, nothing is booked."""

    rows: int = 0
    entries: list[Planned] = field(default_factory=list[Planned])
    known: int = 0
    faults: Findings[Fault] = field(default_factory=Findings[Fault])
    remarks: Findings[Fault] = field(default_factory=Findings[Fault])
    hints: Findings[LedgerHint] = field(default_factory=Findings[LedgerHint])
    doubles: list[Planned] = field(default_factory=list[Planned])
    unused_columns: tuple[str, ...] = ()
    long_days: list[int] = field(default_factory=list[int])
    """Rows with which a person's date gets longer than any working day: whoever books them says that it was so."""
    elsewhere: int = 0
    """Rows of municipalities and people that do not belong here, as somebody has said."""

    @property
    def late(self) -> int:
        """So many entries come after their month has been submitted."""
        return sum(entry.is_late for entry in self.entries)

    @property
    def granted(self) -> int:
        """So many entries would wait for the lead's yes, and get it because it is the lead who books them."""
        return sum(entry.reckoned is not None and entry.reckoned.approval is Approval.GRANTED for entry in self.entries)

    def add_fault(self, fault: Fault) -> None:
        """Note what is wrong at its row."""
        self.faults.add(fault.kind, fault.row, fault)

    @property
    def minutes(self) -> int:
        """All minutes that would count."""
        return sum(entry.chargeable_minutes for entry in self.entries)

    @property
    def fingerprint(self) -> str:
        """Changes whenever something else would be booked: who confirms sends it back."""
        digest = hashlib.sha256()
        for entry in self.entries:
            assert entry.reckoned is not None
            found = entry.reckoned
            digest.update(f"{entry.import_key}{found.month}{found.approval}{found.counted.minutes}".encode())
        return digest.hexdigest()

    def by_month(self) -> dict[Place, dict[date, MonthSum]]:
        """What is booked, by municipality (in order of code) and first day of the month."""
        sums: defaultdict[str, defaultdict[date, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
        places: dict[str, Place] = {}
        for entry in self.entries:
            places[entry.place.code] = entry.place
            sums[entry.place.code][entry.row.on.replace(day=1)].update(entries=1, minutes=entry.chargeable_minutes)
        return {
            places[code]: {month: MonthSum(**sums[code][month]) for month in sorted(sums[code])}
            for code in sorted(places, key=lambda code: (len(code), code))
        }


class Planner:
    """Takes the rows one by one, then compares them with what is booked."""

    def __init__(
        self, lookups: Lookups, headings: Mapping[Field, str], *, decides: bool = False, believes: bool = False
    ) -> None:
        """`decides` says that who imports may approve what needs it, and does so by booking the file.

        `believes` that long days need no confirmation, as in the form.
        """
        self.plan = Plan()
        self.lookups = lookups
        self.headings = headings
        self.decides = decides
        self.believes = believes
        self.planned: list[Planned] = []
        self.reversals: list[Planned] = []
        self._keys: set[str] = set()
        self._seen: Counter[bytes] = Counter()
        self._rules: dict[tuple[int, date], CountingRules] = {}

    @property
    def places(self) -> dict[int, Place]:
        """The municipalities that the file touches, by contract."""
        return {entry.place.contract_id: entry.place for entry in self.rows}

    @property
    def rows(self) -> list[Planned]:
        """All that the file says about work: entries, and what takes entries back."""
        return self.planned + self.reversals

    def add(self, row: EntryRow) -> None:
        """Find out what the row's words mean; note a fault where they mean nothing."""
        if self.belongs_elsewhere(row.municipality, row.consultant):
            return
        faults = self.plan.faults.total
        place, consultant_id = self.look_up(row.number, row.municipality, row.consultant)
        if place is None:
            return
        package_id = self._package(row, place)
        minutes = self._minutes(row, place)
        if consultant_id is None or minutes is None or self.plan.faults.total > faults:
            return
        if row.is_reversal:
            self.reversals.append(Planned(row.number, place, consultant_id, package_id, minutes, row, import_key=""))
            return
        key = self._key(row, place, consultant_id, package_id, minutes)
        self.planned.append(Planned(row.number, place, consultant_id, package_id, minutes, row, key))

    def leave_out(self, row: LeftOut) -> None:
        """Note why a row is not booked."""
        self.plan.remarks.add(row.remark.kind, row.remark.row, row.remark)

    def belongs_elsewhere(self, municipality: str, consultant: str) -> bool:
        """Whether somebody has said that such rows have no part in the programme; then they are counted."""
        lookups = self.lookups
        found = name_key(municipality) in lookups.places_elsewhere or name_key(consultant) in lookups.people_elsewhere
        self.plan.elsewhere += found
        return found

    def look_up(self, number: int, municipality: str, consultant: str) -> tuple[Place | None, int | None]:
        """For which municipality and whom a row is; a fault for each name that is not known."""
        return self._place(number, municipality), self._consultant(number, consultant)

    def finish(self, booked: Booked, *, with_doubles: bool, today: date) -> Plan:
        """Leave out what the ledger already has; look at what is left as at an entry typed by hand."""
        plan = self.plan
        unmatched = Counter(booked.likenesses)
        unmatched.subtract(Counter(booked.by_key[key] for key in self._keys & booked.by_key.keys()))
        cancelled = self._match_reversals(booked, unmatched)
        worked, charged, used = Counter(booked.worked), Counter(booked.charged), Counter[int]()
        for entry in self.planned:
            if entry in cancelled:
                continue
            self._reckon(entry, charged, today)
            if entry.import_key in booked.by_key:
                plan.known += 1
                continue
            if unmatched[entry.likeness] > 0:
                unmatched[entry.likeness] -= 1
                plan.doubles.append(entry)
                if not with_doubles:
                    continue
            plan.entries.append(entry)
            charged[entry.place.contract_id, entry.consultant_id, entry.row.on] += entry.chargeable_minutes
            self._look_at(entry, worked, used, today)
        return plan

    def _match_reversals(self, booked: Booked, unmatched: Counter[Likeness]) -> set[Planned]:
        """Rows that are nothing together; a fault for each reversal of what the ledger has and keeps."""
        found = match(self.reversals, self.planned, booked.by_key, unmatched)
        self.plan.known += found.known
        for row in sorted(found.cancelled, key=lambda row: row.number):
            message = N_("Eintrag und Storno heben einander auf. Beide werden nicht gebucht.")
            self._remark(row.number, None, message)
        for row in found.astray:
            message = N_(
                "Zu diesem Storno steht kein Eintrag in der Datei, der noch zu buchen wäre. Ein Import nimmt nichts "
                "zurück: Was schon gebucht ist, bitte hier korrigieren oder löschen, und die Datei erneut hochladen."
            )
            self._fault(row.number, Field.MINUTES, message)
        return found.cancelled

    def _reckon(self, entry: Planned, charged: Mapping[tuple[int, int, date], int], today: date) -> None:
        row, place = entry.row, entry.place
        entry.reckoned = reckon(
            entry.minutes,
            row.activity,
            row.mode,
            service_date=row.on,
            all_terms=place.terms,
            closed_months=place.closed_months,
            charged=charged[place.contract_id, entry.consultant_id, row.on],
            reported_on=today,
            decided=self.decides,
        )

    def _look_at(self, entry: Planned, worked: Counter[tuple[int, date]], used: Counter[int], today: date) -> None:
        place, row = entry.place, entry.row
        day = (entry.consultant_id, row.on)
        total = worked[day] + (0 if row.activity is Activity.TRAVEL else entry.minutes)
        if worked[day] <= MINUTES_OF_A_DATE < total:
            message = N_("An diesem Datum wären es für diese Person mehr als 24 Stunden.")
            self._fault(entry.number, Field.DATE, message)
        if total > max(LONGEST_DAY_MINUTES, worked[day]) and not self.believes:
            self.plan.long_days.append(entry.number)
        rules = self._rules_on(place, row.on)
        left = allowance(place.terms, row.on) - place.used_minutes - used[place.contract_id]
        found = hints_for_entry(
            Draft(row.on, entry.minutes, entry.chargeable_minutes, row.activity),
            same_day_minutes=worked[day],
            remaining_minutes=in_days_of(rules.minutes_per_day, {place.minutes_per_day: left}),
            rules=rules,
            all_terms=place.terms,
            holiday=place.holiday(row.on),
            today=today,
            approval=entry.reckoned.approval if entry.reckoned else Approval.NOT_NEEDED,
            late=entry.is_late,
        )
        for hint in found:
            kind = (hint.code, rules.minutes_per_day, *hint.params.items())
            self.plan.hints.add(kind, entry.number, LedgerHint(hint, rules.minutes_per_day))
        used[place.contract_id] += in_days_of(place.minutes_per_day, {rules.minutes_per_day: entry.chargeable_minutes})
        worked[day] = total

    def _fault(self, number: int, column: Field, message: str, **params: object) -> None:
        self.plan.add_fault(Fault(number, self.headings.get(column, column), message, params))

    def _remark(self, number: int, column: Field | None, message: str, **params: object) -> None:
        remark = Fault(number, self.headings.get(column, column) if column else None, message, params)
        self.plan.remarks.add(remark.kind, remark.row, remark)

    def _place(self, number: int, text: str) -> Place | None:
        name = name_key(text)
        if not text and name not in self.lookups.places:
            if self.lookups.default_place is None:
                self._fault(number, Field.MUNICIPALITY, N_("Diese Angabe fehlt."))
            return self.lookups.default_place
        place = self.lookups.places.get(name)
        if place is None and name in self.lookups.places:
            message = N_("„%(value)s“ heißen mehrere Kommunen. Bitte das Kürzel angeben, zum Beispiel K01.")
            self._fault(number, Field.MUNICIPALITY, message, value=text)
        elif place is None:
            message = N_("„%(value)s“ ist keine Kommune mit Vertrag, für die Sie Tage eintragen können.")
            self._fault(number, Field.MUNICIPALITY, message, value=text)
        return place

    def _consultant(self, number: int, text: str) -> int | None:
        own = self.lookups.own_id
        name = name_key(text)
        if not text and name not in self.lookups.people:
            if own is None:
                self._fault(number, Field.CONSULTANT, N_("Diese Angabe fehlt."))
            return own
        person = self.lookups.people.get(name)
        if person is None and name in self.lookups.people:
            message = N_("„%(value)s“ heißen mehrere Personen. Bitte die E-Mail-Adresse angeben.")
            self._fault(number, Field.CONSULTANT, message, value=text)
        elif person is None:
            self._fault(number, Field.CONSULTANT, N_("„%(value)s“ ist keine Beratungsperson."), value=text)
        elif own not in (None, person):
            self._fault(number, Field.CONSULTANT, N_("Sie können nur eigene Tage eintragen."))
            return None
        return person

    def _package(self, row: EntryRow, place: Place) -> int | None:
        said = (name_key(row.municipality), name_key(row.work_package))
        if said in self.lookups.packages:
            return self.lookups.packages[said]
        package_id = place.packages.get(name_key(row.work_package))
        if row.work_package and package_id is None:
            message = N_("Das Arbeitspaket „%(value)s“ gibt es im Vertrag nicht.")
            self._fault(row.number, Field.WORK_PACKAGE, message, value=row.work_package)
        return package_id

    def _minutes(self, row: EntryRow, place: Place) -> int | None:
        per_day = self._rules_on(place, row.on).minutes_per_day
        by_days = row.days * per_day if row.days is not None else None
        if row.minutes is not None:
            if by_days is not None and abs(by_days - row.minutes) > Fraction(per_day, 100):
                message = N_("Minuten und Tage passen nicht zusammen. Es gelten die Minuten.")
                self._remark(row.number, Field.DAYS, message)
            return row.minutes
        assert by_days is not None
        minutes = whole_minutes(by_days)
        if not 0 < minutes <= 24 * 60:
            self._fault(row.number, Field.DAYS, N_("Der Umfang ist nicht mehr als 0 und höchstens 24 Stunden."))
            return None
        if by_days.denominator > 1:
            self._remark(row.number, Field.DAYS, N_("Auf ganze Minuten gerundet: %(minutes)s."), minutes=minutes)
        return minutes

    def _rules_on(self, place: Place, on: date) -> CountingRules:
        key = (place.contract_id, on)
        if key not in self._rules:
            self._rules[key] = rules_on(place.terms, on)
        return self._rules[key]

    def _key(self, row: EntryRow, place: Place, consultant_id: int, package_id: int | None, minutes: int) -> str:
        """The same for the same row in whatever file; rows that are equal in every respect are numbered."""
        facts: tuple[object, ...]
        if row.origin:  # whatever the names were taken for: what the tool has once brought never comes again
            facts = _facts_of_origin(consultant_id, row.origin)
        else:
            facts = (place.contract_id, row.on, consultant_id, minutes, package_id, row.activity.value, row.note)
        digest = _digest(facts)
        ordinal = self._seen[digest.digest()]
        self._seen[digest.digest()] += 1
        if ordinal:
            self._remark(row.number, None, N_("Diese Zeile gleicht in allem einer früheren."))
        key = _numbered(digest, ordinal)
        self._keys.add(key)
        return key


def key_of_origin(consultant_id: int, origin: bytes) -> str:
    """The import key of the first row of this origin."""
    return _numbered(_digest(_facts_of_origin(consultant_id, origin)), 0)


def _facts_of_origin(consultant_id: int, origin: bytes) -> tuple[object, ...]:
    return consultant_id, origin.hex()


def _digest(facts: tuple[object, ...]) -> hashlib._Hash:
    return hashlib.sha256("\x1f".join(map(str, facts)).encode())


def _numbered(digest: hashlib._Hash, ordinal: int) -> str:
    digest.update(f"\x1f{ordinal}".encode())
    return digest.hexdigest()
