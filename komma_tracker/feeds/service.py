"""Use cases of feeds: making and revoking addresses, and serving what lies behind one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from komma_tracker.access.rules import N_, Actor, Invalid, NotFound, Viewer, check
from komma_tracker.access.tokens import new_token, token_hash
from komma_tracker.audit import service as audit
from komma_tracker.db import unit_of_work
from komma_tracker.feeds import queries
from komma_tracker.feeds.ical import calendar_bytes
from komma_tracker.feeds.models import FeedAddress
from komma_tracker.feeds.queries import OpenAddress
from komma_tracker.feeds.rules import (
    AUDIENCE_PERMISSIONS,
    Audience,
    Words,
    calendar_head,
    change_stamp,
    feed_event,
    may_read,
    use_is_news,
)
from komma_tracker.municipalities.models import Municipality
from komma_tracker.municipalities.queries import municipality_by_code


@dataclass(frozen=True)
class NewAddress:
    """An address just made, with the only sight of its token."""

    address: FeedAddress
    token: str


def make_address(
    session: Session,
    viewer: Viewer,
    *,
    name: str,
    audience: Audience,
    municipality_code: str | None,
    locale: str,
    now: datetime,
    request_key: str | None,
) -> NewAddress:
    """Make a secret address. The second arrival of one form makes none, but gives the unused one a new token:
    the first answer has been lost, and with it the only sight of the token.

    Raises Invalid for a used one, NotFound or Forbidden where the viewer may not read such a calendar.
    """
    with unit_of_work(session):
        municipality = _municipality(session, viewer, audience, municipality_code)
        municipality_id = municipality.id if municipality else None
        check(viewer, AUDIENCE_PERMISSIONS[audience], municipality_id)
        token = new_token()
        if made := audit.done_before(session, viewer, request_key):
            return NewAddress(_renewed(session, viewer, made, token), token)
        address = FeedAddress(
            token_sha256=token_hash(token),
            name=name,
            owner_id=viewer.user_id,
            audience=audience,
            municipality_id=municipality_id,
            locale=locale,
            created_at=now,
        )
        session.add(address)
        session.flush()
        audit.record(
            session,
            viewer,
            action="feed.make",
            object_type="feed_address",
            object_id=address.public_id,
            now=now,
            municipality_id=municipality_id,
            after={"audience": audience, "locale": locale},
            request_key=request_key,
        )
    return NewAddress(address, token)


def revoke_address(session: Session, viewer: Viewer, *, public_id: str, now: datetime) -> FeedAddress:
    """Close an address for good; closing it again changes nothing. Raises NotFound for anybody else's."""
    with unit_of_work(session):
        address = queries.own_address(session, viewer, public_id=public_id)
        if address is None:
            raise NotFound
        if address.revoked_at is None:
            _close(session, viewer, address, now=now)
    return address


def close_unreadable(session: Session, viewer: Actor, *, owner: Viewer, now: datetime) -> None:
    """Close the addresses of a person that open no more with the rights of `owner`; inside the caller's transaction.

    They would answer as closed ones anyway, but must stay so should the rights come back (domain 5.4, case 7).
    """
    for address in queries.own_addresses(session, owner):
        if not may_read(owner, address.audience, address.municipality_id):
            _close(session, viewer, address, now=now)


def _close(session: Session, viewer: Actor, address: FeedAddress, *, now: datetime) -> None:
    address.revoked_at = now
    audit.record(
        session,
        viewer,
        action="feed.revoke",
        object_type="feed_address",
        object_id=address.public_id,
        now=now,
        municipality_id=address.municipality_id,
    )


def admit(session: Session, *, token: str, today: date) -> OpenAddress | None:
    """What a token opens today; None where it opens nothing, for whatever reason (calendars 3, rule 23)."""
    address = queries.open_address(session, token_sha256=token_hash(token), today=today)
    if address and may_read(address.viewer, address.audience, address.municipality_id):
        return address
    return None


def calendar_of(session: Session, address: OpenAddress, *, words: Words, base_url: str, today: date) -> bytes:
    """The calendar behind an address, read with its owner's rights: the session works for `address.viewer`."""
    sessions = queries.sessions_of_feed(
        session,
        address.viewer,
        audience=address.audience,
        municipality_id=address.municipality_id,
        today=today,
    )
    label = queries.calendar_label(session, municipality_id=address.municipality_id)
    head = calendar_head(address.audience, label, words)
    return calendar_bytes(head, [feed_event(each, words, base_url=base_url) for each in sessions])


def note_fetch(session: Session, address: OpenAddress, *, body_sha256: str, now: datetime) -> datetime:
    """Remember the use, and since when the feed has had these bytes, which is returned. Writes only what is news."""
    known_since = address.body_changed_at if address.body_sha256 == body_sha256 else None
    if known_since and not use_is_news(address.last_used_at, now):
        return known_since
    with unit_of_work(session):
        row = queries.address_by_id(session, address_id=address.id)
        row.last_used_at = now
        if row.body_changed_at is None or row.body_sha256 != body_sha256:
            row.body_sha256, row.body_changed_at = body_sha256, change_stamp(row.body_changed_at, now)
        return row.body_changed_at


def _municipality(session: Session, viewer: Viewer, audience: Audience, code: str | None) -> Municipality | None:
    return municipality_by_code(session, viewer, code or "") if audience is Audience.MUNICIPALITY else None


def _renewed(session: Session, viewer: Viewer, public_id: str, token: str) -> FeedAddress:
    address = queries.own_address(session, viewer, public_id=public_id)
    if address is None or address.revoked_at or address.last_used_at:
        raise Invalid(None, N_("Diese Adresse gibt es schon. Sie wird nur einmal gezeigt."))
    address.token_sha256 = token_hash(token)
    return address
