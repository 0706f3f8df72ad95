"""Use cases of addresses: making, renewing and revoking them, and closing those that must open no more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from komma_tracker.access.rules import N_, Actor, Forbidden, Invalid, NotFound, Viewer, may
from komma_tracker.access.tokens import new_token, token_hash
from komma_tracker.audit import service as audit
from komma_tracker.db import new_public_id, unit_of_work
from komma_tracker.feeds import queries
from komma_tracker.feeds.models import FeedAddress, FeedAddressMunicipality
from komma_tracker.feeds.rules import (
    GUEST_PERMISSIONS,
    PLACED,
    Closing,
    Contents,
    check_contents,
    check_expiry,
    may_read,
)
from komma_tracker.kit.context import Notice
from komma_tracker.municipalities.queries import municipality_by_code


@dataclass(frozen=True)
class NewAddress:
    """An address just made, with the only sight of its token."""

    address: FeedAddress
    token: str


@dataclass(frozen=True)
class Listed:
    """An address in a list; `ended` is a msgid that says why it opens no more, empty while it opens."""

    address: FeedAddress
    ended: str

    @property
    def others(self) -> int:
        """How many more municipalities it shows than the reader of the list knows of."""
        return len(self.address.municipality_ids) - len(self.address.municipalities)


def make_address(
    session: Session,
    viewer: Viewer,
    *,
    name: str,
    contents: Contents,
    municipality_codes: Iterable[str] = (),
    expires_on: date | None = None,
    today: date,
    now: datetime,
    request_key: str | None,
) -> NewAddress:
    """Make a secret address; the municipalities of `contents` come from their codes.

    The second arrival of one form makes none, but gives the unused one a new token: the first answer has been lost,
    and with it the only sight of the token. Raises Invalid for a used one and for contents that cannot be, NotFound or
    Forbidden where the viewer may not give away such a calendar.
    """
    with unit_of_work(session):
        codes = sorted(set(municipality_codes)) if contents.audience in PLACED else []
        places = [municipality_by_code(session, viewer, code) for code in codes]
        contents = replace(contents, municipality_ids=tuple(sorted(place.id for place in places)))
        check_contents(contents)
        check_expiry(expires_on, today, for_guest=contents.for_guest)
        _check_may_make(viewer, contents)
        token = new_token()
        if made := audit.done_before(session, viewer, request_key):
            return NewAddress(_renewed(session, viewer, made, token), token)
        address = _address(viewer, name, contents, expires_on, token, now)
        session.add(address)
        session.flush()
        _record(session, viewer, "feed.make", address, now=now, after=_facts(contents), request_key=request_key)
    return NewAddress(address, token)


def renew_address(session: Session, viewer: Viewer, *, public_id: str, today: date, now: datetime) -> NewAddress:
    """Give an address a new token: the old one opens nothing from now on, the entry passes to whoever renews it.

    Raises NotFound where one is not in charge of it, Forbidden where one may not give away such a calendar, Invalid
    for one that was revoked or has expired.
    """
    with unit_of_work(session):
        address = _in_charge(session, viewer, public_id)
        if address.closing is Closing.REVOKED or (address.expires_on and address.expires_on < today):
            raise Invalid(None, N_("Diese Adresse ist gesperrt oder abgelaufen. Bitte legen Sie eine neue an."))
        if not may_read(viewer, address.audience, address.municipality_ids, for_guest=address.for_guest):
            raise Forbidden
        token = new_token()
        address.token_sha256, address.owner_id, address.created_at = token_hash(token), viewer.user_id, now
        address.revoked_at = address.closing = address.last_used_at = None
        address.body_sha256 = address.body_changed_at = None
        _record(session, viewer, "feed.renew", address, now=now)
    return NewAddress(address, token)


def revoke_address(session: Session, viewer: Viewer, *, public_id: str, now: datetime) -> FeedAddress:
    """Close an address for good; closing it again changes nothing. Raises NotFound where one is not in charge of it."""
    with unit_of_work(session):
        address = _in_charge(session, viewer, public_id)
        if address.closing is not Closing.REVOKED:
            _close(session, viewer, address, Closing.REVOKED, now=now)
    return address


def close_unreadable(session: Session, viewer: Actor, *, owner: Viewer, now: datetime) -> None:
    """Close the addresses that a person has made and that open no more with the rights of `owner`, those of guests too:
    whoever made them knows their tokens. Inside the caller's transaction.

    They would answer as closed ones anyway, but must stay so should the rights come back (domain 5.4, case 7). Guests'
    addresses stay in the list of whoever is in charge now, to be renewed.
    """
    for address in queries.addresses_of(session, owner=owner):
        if not may_read(owner, address.audience, address.municipality_ids, for_guest=address.for_guest):
            _close(session, viewer, address, Closing.ROLE_ENDED, now=now)


def close_named(session: Session, viewer: Actor, *, municipality_id: int, now: datetime) -> list[Notice]:
    """Close all addresses whose calendar could have carried the name of a municipality that takes part anonymously from
    now on (domain 5.4, case 9), inside the caller's transaction; returns whom to tell, each person once.
    """
    told: dict[int, Notice] = {}
    for address in queries.named_by(session, municipality_id=municipality_id):
        _close(session, viewer, address, Closing.ANONYMITY, now=now)
        if address.owner.disabled_at is None:
            told[address.owner_id] = Notice(address.owner.name, address.owner.email, address.owner.locale)
    return list(told.values())


def listed(session: Session, addresses: Sequence[FeedAddress], *, today: date) -> list[Listed]:
    """Addresses with what their owners' rights of today make of them. One statement."""
    rights = queries.rights_of(session, user_ids={address.owner_id for address in addresses}, today=today)
    return [Listed(address, _ended(address, rights.get(address.owner_id), today)) for address in addresses]


def _ended(address: FeedAddress, owner: Viewer | None, today: date) -> str:
    if address.closing:
        return address.closing.label
    if address.expires_on and address.expires_on < today:
        return N_("abgelaufen")
    ids = address.municipality_ids
    opens = owner is not None and may_read(owner, address.audience, ids, for_guest=address.for_guest)
    return "" if opens else N_("keine Berechtigung mehr")


def note_download(session: Session, viewer: Viewer, *, now: datetime) -> None:
    """Note that somebody takes sessions along as a file."""
    with unit_of_work(session):
        audit.record(
            session, viewer, action="list.export", object_type="export", object_id=new_public_id(),
            after={"kind": "ics", "list": "termine"}, now=now,
        )  # fmt: skip


def _in_charge(session: Session, viewer: Viewer, public_id: str) -> FeedAddress:
    address = queries.address_in_charge(session, viewer, public_id=public_id)
    if address is None:
        raise NotFound
    mine = address.owner_id == viewer.user_id
    permission = GUEST_PERMISSIONS.get(address.audience)
    if not mine and (permission is None or not may(viewer, permission)):
        raise NotFound
    return address


def _check_may_make(viewer: Viewer, contents: Contents) -> None:
    if not may_read(viewer, contents.audience, contents.municipality_ids, for_guest=contents.for_guest):
        raise Forbidden


def _address(
    viewer: Viewer, name: str, contents: Contents, expires_on: date | None, token: str, now: datetime
) -> FeedAddress:
    first, further = contents.municipality_ids[:1], contents.municipality_ids[1:]
    return FeedAddress(
        token_sha256=token_hash(token),
        name=name,
        owner_id=viewer.user_id,
        for_guest=contents.for_guest,
        audience=contents.audience,
        municipality_id=first[0] if first else None,
        further=[FeedAddressMunicipality(municipality_id=each) for each in further],
        side=contents.side,
        level=contents.level,
        kinds=",".join(contents.kinds),
        tentative=contents.tentative,
        cancelled=contents.cancelled,
        past_months=contents.past_months,
        locale=contents.locale,
        expires_on=expires_on,
        created_at=now,
    )


def _facts(contents: Contents) -> dict[str, object]:
    return {"audience": contents.audience, "locale": contents.locale} | (
        {"level": contents.level, "guest": contents.for_guest, "side": contents.side} if contents.for_guest else {}
    )


def _close(session: Session, viewer: Actor, address: FeedAddress, closing: Closing, *, now: datetime) -> None:
    address.revoked_at, address.closing = address.revoked_at or now, closing
    _record(session, viewer, "feed.revoke", address, now=now, after={"closing": closing})


def _record(
    session: Session,
    viewer: Actor,
    action: str,
    address: FeedAddress,
    *,
    now: datetime,
    after: dict[str, object] | None = None,
    request_key: str | None = None,
) -> None:
    audit.record(
        session,
        viewer,
        action=action,
        object_type="feed_address",
        object_id=address.public_id,
        now=now,
        municipality_id=address.municipality_id,
        after=after,
        request_key=request_key,
    )


def _renewed(session: Session, viewer: Viewer, public_id: str, token: str) -> FeedAddress:
    address = queries.address_in_charge(session, viewer, public_id=public_id)
    if address is None or address.revoked_at or address.last_used_at:
        raise Invalid(None, N_("Diese Adresse gibt es schon. Sie wird nur einmal gezeigt."))
    address.token_sha256 = token_hash(token)
    return address
