"""Reading addresses: the one behind a token, one's own, and those of guests that one is in charge of."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Date, Select, String, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from komma_tracker.access.rules import Viewer
from komma_tracker.accounts.models import Assignment, User
from komma_tracker.events.models import Event, EventConsultant, EventMunicipality
from komma_tracker.events.rules import EventKind
from komma_tracker.feeds.models import FeedAddress, FeedAddressMunicipality
from komma_tracker.feeds.rules import PLACED, RENEWABLE, Audience, Contents, Level
from komma_tracker.municipalities.models import Municipality
from komma_tracker.municipalities.rules import Visibility


@dataclass(frozen=True)
class OpenAddress:
    """A live address with its owner's rights of today, and a revision that moves with anything a feed is made of."""

    id: int
    owner: Viewer
    contents: Contents
    last_used_at: datetime | None
    body_sha256: str | None
    body_changed_at: datetime | None
    revision: tuple[int | None, ...]


def _open_address() -> Select[*tuple[Any, ...]]:
    """The address with its owner and today's assignments, beside a revision of all that calendars are made of.

    The revision is two sums of row versions, which only grow, and the last id, which only a new session has.
    Tables instead of classes: half the time, and a session of the system's own needs no guard.
    """
    address, user, assignment = FeedAddress.__table__.c, User.__table__.c, Assignment.__table__.c
    event, municipality, further = Event.__table__.c, Municipality.__table__.c, FeedAddressMunicipality.__table__.c
    token, today = bindparam("token_sha256", type_=String), bindparam("today", type_=Date)
    holds = and_(assignment.starts_on <= today, or_(assignment.ends_on.is_(None), assignment.ends_on >= today))
    return (
        select(
            address.id,
            address.owner_id,
            address.audience,
            address.municipality_id,
            address.side,
            address.level,
            address.for_guest,
            address.kinds,
            address.tentative,
            address.cancelled,
            address.past_months,
            address.locale,
            address.last_used_at,
            address.body_sha256,
            address.body_changed_at,
            user.role,
            assignment.municipality_id.label("assigned_id"),
            further.municipality_id.label("further_id"),
            select(func.sum(event.version)).scalar_subquery().label("sessions"),
            select(func.max(event.id)).scalar_subquery().label("last_session"),
            select(func.sum(municipality.version)).scalar_subquery().label("municipalities"),
        )
        .join_from(FeedAddress.__table__, User.__table__, user.id == address.owner_id)
        .outerjoin(Assignment.__table__, and_(assignment.user_id == user.id, holds))
        .outerjoin(FeedAddressMunicipality.__table__, further.address_id == address.id)
        .where(
            address.token_sha256 == token,
            address.revoked_at.is_(None),
            or_(address.expires_on.is_(None), address.expires_on >= today),
            user.disabled_at.is_(None),
        )
    )


_OPEN_ADDRESS = _open_address()
"""Built once: composing it takes longer than running it, and every poll of every calendar runs it."""


def open_address(connection: Connection, *, token_sha256: str, today: date) -> OpenAddress | None:
    """The live address with this token; None where there is none or its owner is disabled. One statement.

    By a connection of the system's: there is nothing to guard, and it takes half as long.
    """
    rows = connection.execute(_OPEN_ADDRESS, {"token_sha256": token_sha256, "today": today}).all()
    if not rows:
        return None
    (
        address_id, owner_id, audience, municipality_id, side, level, for_guest, kinds, tentative, cancelled,
        past_months, locale, last_used_at, body_sha256, body_changed_at, role, _, _, *revision,
    ) = rows[0]  # fmt: skip
    return OpenAddress(
        id=address_id,
        owner=Viewer(owner_id, role, frozenset(each.assigned_id for each in rows) - {None}),
        contents=Contents(
            audience=audience,
            municipality_ids=tuple(sorted({municipality_id, *(each.further_id for each in rows)} - {None})),
            side=side,
            level=level,
            for_guest=for_guest,
            kinds=tuple(map(EventKind, kinds.split(","))) if kinds else (),
            tentative=tentative,
            cancelled=cancelled,
            past_months=past_months,
            locale=locale,
        ),
        last_used_at=last_used_at,
        body_sha256=body_sha256,
        body_changed_at=body_changed_at,
        revision=tuple(revision),
    )


def anonymous_among(connection: Connection, *, municipality_ids: Collection[int]) -> frozenset[int]:
    """Which of these municipalities take part anonymously."""
    wanted = select(Municipality.id).where(
        Municipality.id.in_(municipality_ids), Municipality.visibility == Visibility.ANONYMOUS
    )
    return frozenset(connection.scalars(wanted))


_LIVE = FeedAddress.revoked_at.is_(None)
_LISTED = or_(_LIVE, FeedAddress.closing.in_(sorted(RENEWABLE)))
"""What opens, and what has ended without anybody wanting it to."""
_WITH_PLACES = (
    joinedload(FeedAddress.municipality),
    joinedload(FeedAddress.owner),
    selectinload(FeedAddress.further),
)


def own_addresses(session: Session, viewer: Viewer) -> Sequence[FeedAddress]:
    """The addresses that this person has made for themselves, newest first."""
    own = and_(FeedAddress.owner_id == viewer.user_id, FeedAddress.for_guest.is_(False))
    return _addresses(session, own, _LISTED)


def guest_addresses(session: Session, viewer: Viewer) -> Sequence[FeedAddress]:
    """The guests' addresses that this person is in charge of, whoever made them, newest first."""
    del viewer  # the session guard applies it: a municipality's to its coordination, all to the lead
    return _addresses(session, FeedAddress.for_guest.is_(True), _LISTED)


def addresses_of(session: Session, *, owner: Viewer) -> Sequence[FeedAddress]:
    """Everything live that this person has made, for themselves or for guests."""
    return _addresses(session, FeedAddress.owner_id == owner.user_id, _LIVE)


def _addresses(session: Session, *wanted: ColumnElement[bool]) -> Sequence[FeedAddress]:
    newest = (FeedAddress.created_at.desc(), FeedAddress.id.desc())
    return session.scalars(select(FeedAddress).options(*_WITH_PLACES).where(*wanted).order_by(*newest)).all()


def rights_of(session: Session, *, user_ids: Collection[int], today: date) -> dict[int, Viewer]:
    """What these people may do today, as far as the asking one knows of them; nobody who is disabled. One statement."""
    holds = and_(Assignment.starts_on <= today, or_(Assignment.ends_on.is_(None), Assignment.ends_on >= today))
    rows = session.execute(
        select(User.id, User.role, Assignment.municipality_id)
        .outerjoin(Assignment, and_(Assignment.user_id == User.id, holds))
        .where(User.id.in_(user_ids), User.disabled_at.is_(None))
    ).all()
    roles = {user_id: role for user_id, role, _ in rows}
    assigned = {(user_id, municipality_id) for user_id, _, municipality_id in rows if municipality_id is not None}
    return {
        user_id: Viewer(user_id, role, frozenset(place for whose, place in assigned if whose == user_id))
        for user_id, role in roles.items()
    }


def address_by_id(session: Session, *, address_id: int) -> FeedAddress:
    """An address that is known to exist."""
    return session.get_one(FeedAddress, address_id)


def address_in_charge(session: Session, viewer: Viewer, *, public_id: str) -> FeedAddress | None:
    """One's own address, or a guest's that one is in charge of, live or not."""
    mine = or_(FeedAddress.owner_id == viewer.user_id, FeedAddress.for_guest)
    statement = select(FeedAddress).options(*_WITH_PLACES).where(FeedAddress.public_id == public_id, mine)
    return session.scalar(statement)


def named_by(session: Session, *, municipality_id: int) -> Sequence[FeedAddress]:
    """The live addresses whose calendar could have carried the name of a municipality: at the full level, its own, the
    programme's, and any with a session in which it takes part, for a title or a place may name it.
    """
    ours = select(EventMunicipality.event_id).where(EventMunicipality.municipality_id == municipality_id)
    run = select(EventConsultant.user_id).where(EventConsultant.event_id.in_(ours))
    together = select(EventMunicipality.municipality_id).where(EventMunicipality.event_id.in_(ours))
    places = {municipality_id, *session.scalars(together)}
    further = select(FeedAddressMunicipality.address_id).where(FeedAddressMunicipality.municipality_id.in_(places))
    could = or_(
        FeedAddress.audience == Audience.PROGRAMME,
        and_(FeedAddress.audience == Audience.MINE, FeedAddress.owner_id.in_(run)),
        and_(FeedAddress.audience.in_(sorted(PLACED)), FeedAddress.municipality_id.in_(places)),
        FeedAddress.id.in_(further),
    )
    return _addresses(session, FeedAddress.level == Level.FULL, could, _LIVE)
