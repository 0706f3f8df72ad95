"""Reading municipalities: by code, as a list, and the official register."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, contains_eager

from komma_tracker.access.rules import Actor, NotFound, Permission, may
from komma_tracker.kit.paging import Page
from komma_tracker.municipalities.models import Municipality, MunicipalityIdentity
from komma_tracker.municipalities.rules import Visibility

_LABEL_ORDER = (func.coalesce(MunicipalityIdentity.sort_key, func.lower(Municipality.alias)), Municipality.id)
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
        .order_by(*_LABEL_ORDER)
        .limit(page.size)
        .offset(page.offset)
    ).all()
    return Page(rows, page.number, total)


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
        .order_by(*_LABEL_ORDER)
    )
    return [Choice(*row) for row in rows if may(viewer, Permission.MUNICIPALITY_VIEW, row.id)]
