"""What there is to be named: the municipalities, packages and people that the words of a file can stand for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy.orm import Session

from komma_tracker.access.rules import N_, Actor, Invalid, Permission, Viewer, may
from komma_tracker.accounts.queries import team_members
from komma_tracker.budget.bulk import closed_months
from komma_tracker.budget.queries import used_by_contract
from komma_tracker.budget.rules import Activity, Mode
from komma_tracker.contracts.queries import PackageChoice, current_contracts, municipalities_for_logging
from komma_tracker.exchange.columns import Reading
from komma_tracker.exchange.names import ELSEWHERE, Key, Name, Target
from komma_tracker.exchange.plan import Lookups, Place
from komma_tracker.exchange.rules import NameKind, name_key
from komma_tracker.municipalities.holidays import holiday_of

if TYPE_CHECKING:
    from komma_tracker.accounts.models import User

Answers = Mapping[Key, str]
"""For what the names of a file stand, as somebody has confirmed: values of targets."""

T = TypeVar("T")


@dataclass(frozen=True)
class Programme:
    """All for which a viewer may import, and for whom."""

    places: Sequence[Place]
    aliases: Mapping[int, str]
    packages: Mapping[int, Sequence[PackageChoice]]
    people: Sequence[User]
    default_place: Place | None
    own_id: int | None

    def lookups(self) -> Lookups:
        """What names mean without any explanation: codes, labels and aliases, names and addresses of people."""
        places: dict[str, Place | None] = {}
        for place in self.places:
            _name(places, place, self.names_of(place))
        people: dict[str, int | None] = {}
        for person in self.people:
            _name(people, person.id, (name_key(person.name), person.email.casefold()))
        return Lookups(places, people, self.default_place, self.own_id)

    def names_of(self, place: Place) -> set[str]:
        """All by which a municipality is known to the viewer."""
        return {name_key(place.code), name_key(self.aliases[place.municipality_id]), name_key(place.label)}

    def place(self, code: str) -> Place | None:
        """The municipality of that code."""
        return next((place for place in self.places if place.code == code), None)

    def municipality_targets(self) -> list[Target]:
        """The municipalities, by code."""
        return [
            Target(place.code, f"{place.code} · {place.label}", frozenset(self.names_of(place)))
            for place in self.places
        ]

    def people_targets(self) -> list[Target]:
        """The people, by public id; only oneself where one may log for nobody else."""
        return [
            Target(each.public_id, each.name, frozenset({name_key(each.name), each.email.casefold()}))
            for each in self.people
            if self.own_id in (None, each.id)
        ]

    def package_targets(self, place: Place) -> list[Target]:
        """The packages of a municipality, by code."""
        return [
            Target(each.code, f"{each.code} · {each.title}", frozenset({name_key(each.code), name_key(each.title)}))
            for each in self.packages.get(place.contract_id, ())
        ]


def programme(session: Session, viewer: Actor, municipality_id: int | None) -> Programme:
    """Read all that can be named; `municipality_id` is for rows that name none. Raises Invalid without a contract."""
    packages = {each.contract_id: each.packages for each in municipalities_for_logging(session, viewer)}
    contracts = [
        contract
        for contract in current_contracts(session, viewer)
        if may(viewer, Permission.ENTRY_IMPORT, contract.municipality_id)
    ]
    contract_ids = [contract.id for contract in contracts]
    used = used_by_contract(session, viewer, contract_ids=contract_ids)
    closed = closed_months(session, viewer, contract_ids=contract_ids)
    places: list[Place] = []
    aliases: dict[int, str] = {}
    for contract in contracts:
        where = contract.municipality
        aliases[where.id] = where.alias
        places.append(
            Place(
                municipality_id=where.id,
                contract_id=contract.id,
                contract_version=contract.version,
                code=where.code,
                label=where.label,
                terms=contract.all_terms(),
                packages={name_key(each.code): each.id for each in packages.get(contract.id, ())},
                used_minutes=used.get(contract.id, 0),
                holiday=partial(holiday_of, where),
                closed_months=closed.get(contract.id, frozenset()),
            )
        )
    default = next((place for place in places if place.municipality_id == municipality_id), None)
    if municipality_id is not None and default is None:
        raise Invalid("municipality", N_("Für diese Kommune gibt es noch keinen Vertrag."))
    return Programme(places, aliases, packages, team_members(session, viewer), default, _own_id(viewer))


def explained(lookups: Lookups, known: Programme, answers: Answers) -> Lookups:
    """The same lookups with the names that somebody has explained."""
    places, people = dict(lookups.places), dict(lookups.people)
    packages: dict[tuple[str, str], int | None] = {}
    by_public_id = {person.public_id: person.id for person in known.people}
    for (kind, within, text), value in answers.items():
        if kind is NameKind.MUNICIPALITY and (place := known.place(value)):
            places[text] = place
        elif kind is NameKind.CONSULTANT and value in by_public_id:
            people[text] = by_public_id[value]
        elif kind is NameKind.WORK_PACKAGE and value == ELSEWHERE:
            packages[within, text] = None
    for (kind, within, text), value in answers.items():
        place = places.get(within) or (lookups.default_place if not within else None)
        if kind is NameKind.WORK_PACKAGE and place and (package_id := place.packages.get(name_key(value))):
            packages[within, text] = package_id
    return replace(
        lookups,
        places=places,
        people=people,
        packages=packages,
        places_elsewhere=_elsewhere(answers, NameKind.MUNICIPALITY),
        people_elsewhere=_elsewhere(answers, NameKind.CONSULTANT),
    )


def worded(reading: Reading, answers: Answers) -> Reading:
    """The same reading with the activities and modes that somebody has explained."""
    return replace(
        reading,
        activities={key[2]: Activity(value) for key, value in answers.items() if key[0] is NameKind.ACTIVITY},
        modes={key[2]: Mode(value) for key, value in answers.items() if key[0] is NameKind.MODE},
    )


def asked(names: Iterable[Name], known: Programme) -> list[Name]:
    """The names that need an answer: none where the file is silent and the upload or the viewer say it."""
    silent = {
        NameKind.MUNICIPALITY: known.default_place is not None,
        NameKind.CONSULTANT: known.own_id is not None,
    }
    return [name for name in names if name.text or not silent.get(name.kind, False)]


def _elsewhere(answers: Answers, kind: NameKind) -> frozenset[str]:
    return frozenset(key[2] for key, value in answers.items() if key[0] is kind and value == ELSEWHERE)


def _name(things: dict[str, T | None], thing: T, names: Iterable[str]) -> None:
    for name in set(names):
        things[name] = None if name in things else thing


def _own_id(viewer: Actor) -> int | None:
    return None if may(viewer, Permission.ENTRY_LOG_FOR_OTHERS) or not isinstance(viewer, Viewer) else viewer.user_id
