"""Use cases of municipalities: add one, and change who it is or who may know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from komma_tracker.access.rules import N_, Actor, Conflict, Invalid, Permission, check
from komma_tracker.accounts.service import end_invitations
from komma_tracker.audit import service as audit
from komma_tracker.db import unit_of_work
from komma_tracker.kit.context import Notice, RetireFeeds
from komma_tracker.municipalities.models import Municipality, MunicipalityIdentity
from komma_tracker.municipalities.queries import code_of_alias, code_taken, codes_by_key, municipality_by_code
from komma_tracker.municipalities.rules import (
    Kind,
    Land,
    Visibility,
    check_alias,
    check_code,
    check_key,
    local_holidays,
    sort_key,
)

LABELLING = frozenset({"alias", "visibility", "threatened", "name"})
"""What calendars show of a municipality, or decides what they show."""
NAMELESS = ("alias", "visibility", "threatened")
"""What of a profile stands in the row that tells nobody who it is."""
SORT_KEY_LENGTH = 120


@dataclass(frozen=True, kw_only=True)
class Profile:
    """All that is known of a municipality, as a form or a file says it; empty text counts as nothing."""

    alias: str
    visibility: Visibility = Visibility.NETWORK
    threatened: bool = False
    name: str
    kind: Kind
    land: Land
    district: str | None = None
    population: int | None = None
    official_key: str | None = None
    address: str | None = None
    contact_name: str | None = None
    contact_email: str | None = None
    contact_phone: str | None = None
    catholic_holidays: bool = False
    augsburg_holiday: bool = False
    local_holidays: str | None = None


class Changed(NamedTuple):
    """A municipality after a change, and whom to tell that their calendar addresses are dead."""

    municipality: Municipality
    notices: Sequence[Notice] = ()


def profile_of(municipality: Municipality) -> Profile:
    """What is known now. The viewer must be one who may know it: the lead is."""
    identity = municipality.identity
    assert identity is not None
    own = {name: getattr(municipality, name) for name in NAMELESS}
    return Profile(**own, **{name: getattr(identity, name) for name in Profile.__dataclass_fields__ if name not in own})


def add_municipality(
    session: Session,
    viewer: Actor,
    *,
    code: str,
    profile: Profile,
    now: datetime,
    request_key: str | None = None,
) -> Municipality:
    """Let a municipality take part. Raises Forbidden; Invalid also where code, alias or official key is taken."""
    with unit_of_work(session):
        check(viewer, Permission.MUNICIPALITY_EDIT)
        if made := audit.done_before(session, viewer, request_key):
            return municipality_by_code(session, viewer, made)
        code = check_code(code)
        if code_taken(session, viewer, code):
            raise Invalid("code", N_("Dieses Kürzel ist schon vergeben."))
        profile = _checked(session, viewer, profile, code=code)
        municipality = Municipality(code=code, label_changed_at=now, created_at=now, identity=MunicipalityIdentity())
        changed = _fill(municipality, profile)
        session.add(municipality)
        _flush(session)
        _record(session, viewer, "municipality.add", municipality, changed, now=now, request_key=request_key)
    return municipality


def change_municipality(
    session: Session,
    viewer: Actor,
    *,
    code: str,
    version: int | None,
    profile: Profile,
    now: datetime,
    retire_feeds: RetireFeeds,
    request_key: str | None = None,
) -> Changed:
    """Change what is known of a municipality.

    Where it takes part anonymously from now on, calendar addresses that could have carried its name are dead at once
    (domain 5.4, case 9).

    Raises NotFound, Forbidden, Conflict (somebody was quicker), Invalid.
    """
    with unit_of_work(session):
        municipality = municipality_by_code(session, viewer, code)
        check(viewer, Permission.MUNICIPALITY_EDIT, municipality.id)
        if audit.done_before(session, viewer, request_key):
            return Changed(municipality)
        if version != municipality.version:
            raise Conflict
        profile = _checked(session, viewer, profile, code=code)
        notices: Sequence[Notice] = ()
        if changed := _fill(municipality, profile):
            flag_modified(municipality, "alias")  # the version guards the identity too, which is a row of its own
            if LABELLING & set(changed):
                municipality.label_revision += 1
                municipality.label_changed_at = now
            if "visibility" in changed and municipality.is_anonymous:
                end_invitations(session, municipality_id=municipality.id)
            _flush(session)
            if "visibility" in changed and municipality.is_anonymous:
                notices = retire_feeds(session, viewer, municipality_id=municipality.id, now=now)
        _record(session, viewer, "municipality.change", municipality, changed, now=now, request_key=request_key)
    return Changed(municipality, notices)


def _checked(session: Session, viewer: Actor, profile: Profile, *, code: str) -> Profile:
    """The profile in the one spelling that is kept. Raises Invalid."""
    texts = {name: value.strip() or None for name, value in asdict(profile).items() if type(value) is str}
    name = texts.get("name")
    if not name:
        raise Invalid("name", N_("Bitte geben Sie den Namen der Kommune an."))
    key = check_key(profile.official_key, profile.kind, profile.land)
    for owner in codes_by_key(session, viewer, [key] if key else []).values():
        if owner != code:
            raise Invalid("key", N_("Diesen Schlüssel hat schon die Kommune %(code)s."), code=owner)
    alias = check_alias(profile.alias, name)
    if code_of_alias(session, viewer, alias) not in (None, code):
        raise Invalid("alias", N_("Diesen Decknamen hat schon eine andere Kommune."))
    listed = "\n".join(map(str, local_holidays(profile.local_holidays or "")))
    texts |= {"alias": alias, "official_key": key, "local_holidays": listed or None}
    return Profile(**{**asdict(profile), **texts})


def _fill(municipality: Municipality, profile: Profile) -> list[str]:
    """Write the profile into both rows; returns the names of the fields that have changed."""
    assert municipality.identity is not None
    municipality.identity.sort_key = sort_key(profile.name)[0][:SORT_KEY_LENGTH]
    changed: list[str] = []
    for name, value in asdict(profile).items():
        row = municipality if name in NAMELESS else municipality.identity
        if getattr(row, name) != value:
            setattr(row, name, value)
            changed.append(name)
    return changed


def _flush(session: Session) -> None:
    try:
        session.flush()
    except IntegrityError as error:
        taken = N_("Kürzel, Deckname oder Schlüssel ist soeben vergeben worden. Bitte wählen Sie andere.")
        raise Invalid(None, taken) from error


def _record(
    session: Session,
    viewer: Actor,
    action: str,
    municipality: Municipality,
    changed: list[str],
    *,
    now: datetime,
    request_key: str | None,
) -> None:
    """The record says which fields have changed and who may know the name, never what the fields hold."""
    audit.record(
        session,
        viewer,
        action=action,
        object_type="municipality",
        object_id=municipality.code,
        municipality_id=municipality.id,
        after={"changed": changed, "visibility": municipality.visibility.value},
        request_key=request_key,
        now=now,
    )
