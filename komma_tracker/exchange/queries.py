"""Reading uploaded files that wait for their confirmation, and what was remembered of files like them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import case, or_, select
from sqlalchemy.orm import Session, undefer

from komma_tracker.access.rules import MUNICIPAL_ROLES, Actor, NotFound, Viewer
from komma_tracker.accounts.models import Assignment, User
from komma_tracker.exchange.models import CalendarWord, ImportDraft, ImportLayout, ImportName
from komma_tracker.exchange.rules import NameKind
from komma_tracker.municipalities.models import MunicipalityIdentity


def draft(session: Session, viewer: Viewer, public_id: str, *, now: datetime, for_change: bool = False) -> ImportDraft:
    """A file that the viewer has uploaded, with its content, while it has not expired. Raises NotFound."""
    statement = (
        select(ImportDraft)
        .where(ImportDraft.public_id == public_id, ImportDraft.user_id == viewer.user_id, ImportDraft.expires_at > now)
        .options(undefer(ImportDraft.content))
    )
    found = session.scalar(statement.with_for_update() if for_change else statement)
    if found is None:
        raise NotFound
    return found


def addresses_of(
    session: Session, viewer: Viewer, *, municipality_ids: Collection[int], today: date
) -> list[tuple[int, str]]:
    """Municipalities with the addresses of their contacts and of their own people, as one may know them."""
    del viewer  # the session guard applies it
    contacts = select(MunicipalityIdentity.municipality_id, MunicipalityIdentity.contact_email).where(
        MunicipalityIdentity.municipality_id.in_(municipality_ids), MunicipalityIdentity.contact_email.is_not(None)
    )
    people = (
        select(Assignment.municipality_id, User.email)
        .join(User, User.id == Assignment.user_id)
        .where(
            Assignment.municipality_id.in_(municipality_ids),
            Assignment.starts_on <= today,
            or_(Assignment.ends_on.is_(None), Assignment.ends_on >= today),
            User.role.in_(MUNICIPAL_ROLES),
        )
    )
    return [(place, email) for place, email in [*session.execute(contacts), *session.execute(people)]]


def calendar_words(session: Session, viewer: Actor) -> list[CalendarWord]:
    """The words that leads have added, the oldest first."""
    del viewer  # the session guard applies it
    return list(session.scalars(select(CalendarWord).order_by(CalendarWord.id)))


def municipality_names(session: Session, viewer: Actor) -> list[str]:
    """The names of all municipalities that the viewer may know."""
    del viewer
    return list(session.scalars(select(MunicipalityIdentity.name)))


def calendar_word(session: Session, viewer: Actor, public_id: str) -> CalendarWord | None:
    """One of them."""
    del viewer
    return session.scalar(select(CalendarWord).where(CalendarWord.public_id == public_id))


def surplus_drafts(session: Session, viewer: Viewer, *, keep: int) -> list[int]:
    """Ids of the viewer's files beyond the newest few."""
    newest_first = select(ImportDraft.id).where(ImportDraft.user_id == viewer.user_id).order_by(ImportDraft.id.desc())
    return list(session.scalars(newest_first.offset(keep)))


def layout(session: Session, viewer: Actor, heading: str, *, user_id: int) -> ImportLayout | None:
    """How a person has matched the columns of files with this header line, by its digest."""
    del viewer  # the session guard applies it
    return session.scalar(select(ImportLayout).where(ImportLayout.user_id == user_id, ImportLayout.heading == heading))


def remembered_names(
    session: Session, viewer: Actor, *, user_id: int | None
) -> dict[tuple[NameKind, str, str], tuple[str, bool]]:
    """What is remembered of names, by kind, surrounding and name: the target, and whether that person has said so.

    Of a municipality's names also those of the others who may know it; the person's own word comes first.
    """
    del viewer
    own = ImportName.user_id == user_id
    rows = session.execute(
        select(ImportName.kind, ImportName.within, ImportName.name, ImportName.target, case((own, 1), else_=0))
        .where(or_(own, ImportName.municipality_id.is_not(None)))
        .order_by(case((own, 1), else_=0), ImportName.id)
    )
    return {(kind, within, name): (target, bool(mine)) for kind, within, name, target, mine in rows}


def own_names(session: Session, viewer: Viewer) -> dict[tuple[NameKind, str, str], ImportName]:
    """What the viewer has had remembered, for a change."""
    found = session.scalars(select(ImportName).where(ImportName.user_id == viewer.user_id))
    return {(each.kind, each.within, each.name): each for each in found}
