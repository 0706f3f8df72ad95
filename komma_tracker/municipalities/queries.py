"""Reading municipalities: by code, as a list, and the official register."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session, contains_eager

from komma_tracker.access.rules import Actor, NotFound, Permission, may
from komma_tracker.kit.paging import Page
from komma_tracker.municipalities.models import Municipality, MunicipalityIdentity, RegisterEntry
from komma_tracker.municipalities.register import Unit, nearest
from komma_tracker.municipalities.rules import Visibility, fold, free_number

LABEL_ORDER = (func.coalesce(MunicipalityIdentity.sort_key, func.lower(Municipality.alias)), Municipality.id)
"""By what the viewer reads: an anonymous name that is hidden leaves no trace in the order (trust 2)."""


@dataclass(frozen=True)
class Choice:
    """A municipality as it stands in a list to choose from."""

    id: int
    code: str
    label: str
    visibility: Visibility


def municipality_by_code(session: Session, viewer: Actor, code: str) -> Municipality:
    """The municipality with this code, such as K07. Raises NotFound unless the viewer may open its pages."""
    municipality = session.scalar(select(Municipality).where(Municipality.code == code))
    if municipality is None or not may(viewer, Permission.MUNICIPALITY_VIEW, municipality.id):
        raise NotFound
    return municipality


def municipalities_page(session: Session, viewer: Actor, *, number: int) -> Page[Municipality]:
    """Those that the viewer knows of, by label, one page of them. Two statements."""
    if not may(viewer, Permission.MUNICIPALITY_LIST):
        raise NotFound
    total = session.scalar(select(func.count(Municipality.id))) or 0
    page = Page[Municipality]([], number, total)
    page = Page[Municipality]([], min(number, page.last), total)
    rows = session.scalars(
        select(Municipality)
        .outerjoin(Municipality.identity)
        .options(contains_eager(Municipality.identity))
        .order_by(*LABEL_ORDER)
        .limit(page.size)
        .offset(page.offset)
    ).all()
    return Page(rows, page.number, total)


def code_taken(session: Session, viewer: Actor, code: str) -> bool:
    """Whether a municipality bears this code."""
    del viewer
    return session.scalar(select(Municipality.id).where(Municipality.code == code)) is not None


def code_of_alias(session: Session, viewer: Actor, alias: str) -> str | None:
    """The code of the municipality that this alias stands for."""
    del viewer
    return session.scalar(select(Municipality.code).where(Municipality.alias == alias))


def next_number(session: Session, viewer: Actor) -> int:
    """The number that code and alias of a new municipality may bear."""
    del viewer
    rows = session.execute(select(Municipality.code, Municipality.alias)).all()
    return free_number([code for code, _ in rows], [alias for _, alias in rows])


def municipality_choices(session: Session, viewer: Actor) -> list[Choice]:
    """All whose pages the viewer may open, by label: what a filter or a form offers. One statement."""
    rows = session.execute(
        select(
            Municipality.id,
            Municipality.code,
            func.coalesce(MunicipalityIdentity.name, Municipality.alias),
            Municipality.visibility,
        )
        .outerjoin(Municipality.identity)
        .order_by(*LABEL_ORDER)
    )
    return [Choice(*row) for row in rows if may(viewer, Permission.MUNICIPALITY_VIEW, row.id)]


# The official register.

FUZZY_FROM = 4
"""With fewer letters than this, everything resembles everything."""


def search_register(session: Session, viewer: Actor, text: str, *, limit: int = 10) -> list[RegisterEntry]:
    """Units of the official list by parts of their name, Kreis, Land or kind; if none, those that are spelt alike.

    The name as typed comes first, then names that begin with it or with its first word, then those that contain it;
    among equals those whose words begin as typed ("Sachsen" before "Niedersachsen"), then the largest.
    """
    del viewer  # official and public
    words = fold(text).split()
    if not words:
        return []
    phrase, first = " ".join(words), words[0]
    searched = RegisterEntry.search_key
    rank = case(
        (searched.startswith(f"{phrase}|"), 0),
        (searched.startswith(f"{first}|"), 1),
        (searched.startswith(phrase), 2),
        (searched.startswith(first), 3),
        (searched.like(f"% {first}%|%"), 4),
        (searched.like(f"%{first}%|%"), 5),
        else_=6,
    )
    within = [
        case((or_(searched.contains(f" {word}"), searched.contains(f"|{word}")), 0), else_=1) for word in words[1:]
    ]
    found = session.scalars(
        select(RegisterEntry)
        .where(*(searched.contains(word) for word in words))
        .order_by(rank, *within, RegisterEntry.population.desc(), RegisterEntry.key)
        .limit(limit)
    ).all()
    return list(found) or _spelt_alike(session, phrase, limit)


def _spelt_alike(session: Session, phrase: str, limit: int) -> list[RegisterEntry]:
    if len(phrase) < FUZZY_FROM:
        return []
    # Who mistypes a name hits its first letter, or the three that follow: a tenth of the list is left to compare.
    rows = session.execute(
        select(RegisterEntry.key, RegisterEntry.search_key)
        .where(or_(RegisterEntry.search_key.startswith(phrase[0]), RegisterEntry.search_key.contains(phrase[1:4])))
        .order_by(RegisterEntry.population.desc(), RegisterEntry.key)
    )
    keys = nearest(phrase, {row.key: row.search_key for row in rows}, limit)
    found = session.scalars(select(RegisterEntry).where(RegisterEntry.key.in_(keys)))
    return sorted(found, key=lambda entry: keys.index(entry.key))


def register_is_loaded(session: Session, viewer: Actor) -> bool:
    """Whether there is an official list to search in; without one, everything is typed by hand."""
    del viewer
    return session.scalar(select(RegisterEntry.key).limit(1)) is not None


def register_unit(session: Session, viewer: Actor, key: str) -> Unit | None:
    """The unit of the official list with this key."""
    del viewer  # official data, open to everybody
    entry = session.get(RegisterEntry, key)
    return Unit(**{field.name: getattr(entry, field.name) for field in fields(Unit)}) if entry else None


def codes_by_key(session: Session, viewer: Actor, keys: Iterable[str]) -> dict[str, str]:
    """Which of these official keys a municipality bears already, and its code."""
    del viewer
    rows = session.execute(
        select(MunicipalityIdentity.official_key, Municipality.code)
        .join(MunicipalityIdentity.municipality)
        .where(MunicipalityIdentity.official_key.in_(list(keys)))
    )
    return {key: code for key, code in rows if key}
