"""Adding and changing municipalities: once, in one spelling, with a record that names nobody."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Conflict, Forbidden, Invalid, NotFound
from komma_tracker.audit.models import AuditRecord
from komma_tracker.feeds.service import close_named
from komma_tracker.municipalities import service
from komma_tracker.municipalities.models import Municipality
from komma_tracker.municipalities.rules import Kind, Land, Visibility
from komma_tracker.municipalities.service import Profile, add_municipality, profile_of
from tests.support.application import SessionFor
from tests.support.neighbours import CANARIES, Neighbours


def change_municipality(*args: Any, **kwargs: Any) -> Municipality:
    return service.change_municipality(*args, retire_feeds=close_named, **kwargs).municipality


PROFILE = Profile(
    alias="Rotbuche",
    name="  Stadt Öhringhausen ",
    kind=Kind.KREISANGEHOERIGE_STADT,
    land=Land.HE,
    population=12000,
    official_key="99 001 002",
    address="Am Markt 1\n12345 Öhringhausen",
    contact_name="  ",
)
KEY = "a-key-of-a-form-0001"


@pytest.fixture
def lead(session_for: SessionFor, neighbours: Neighbours) -> Session:
    """The lead's session."""
    return session_for(neighbours.viewer("lead"))


def records(session: Session) -> list[AuditRecord]:
    return list(session.scalars(select(AuditRecord).order_by(AuditRecord.id)))


def test_a_new_municipality_is_kept_in_one_spelling(lead: Session, neighbours: Neighbours, now: datetime) -> None:
    made = add_municipality(lead, neighbours.viewer("lead"), code="k7", profile=PROFILE, now=now)
    assert (made.code, made.alias, made.label, made.visibility, made.version) == (
        "K07",
        "Rotbuche",
        "Stadt Öhringhausen",
        Visibility.NETWORK,
        1,
    )
    assert made.identity
    assert (made.identity.sort_key, made.identity.official_key, made.identity.contact_name) == (
        "stadt ohringhausen",
        "99001002",
        None,
    )


def test_the_record_names_fields_and_never_what_they_hold(
    lead: Session, session: Session, neighbours: Neighbours, now: datetime
) -> None:
    viewer = neighbours.viewer("lead")
    secret = replace(profile_of(neighbours.secret), population=15000, name="Gemeinde Finkenschlag am See")
    change_municipality(lead, viewer, code="K02", version=1, profile=secret, now=now)
    add_municipality(lead, viewer, code="K07", profile=PROFILE, now=now)
    changed, added = records(session)
    assert (changed.action, changed.object_id, changed.municipality_id, changed.before, changed.after) == (
        "municipality.change",
        "K02",
        neighbours.secret.id,
        None,
        {"changed": ["name", "population"], "visibility": "anonymous"},
    )
    assert (added.action, added.object_id) == ("municipality.add", "K07")
    written = json.dumps([changed.after, added.after], ensure_ascii=False)
    assert not [value for value in (*CANARIES.values(), "Öhringhausen", "Rotbuche") if value in written]


def test_a_form_sent_twice_adds_once(lead: Session, neighbours: Neighbours, now: datetime) -> None:
    viewer = neighbours.viewer("lead")
    first = add_municipality(lead, viewer, code="K07", profile=PROFILE, now=now, request_key=KEY)
    again = add_municipality(lead, viewer, code="K07", profile=PROFILE, now=now, request_key=KEY)
    assert first.id == again.id
    assert len(lead.scalars(select(Municipality)).all()) == 3


@pytest.mark.parametrize(
    ("field", "code", "changes"),
    [
        ("code", "Kiel", {}),
        ("code", "K01", {}),
        ("alias", "K07", {"alias": "Kommune 01"}),
        ("alias", "K07", {"alias": "Kommune Stadt Öhringhausen"}),
        ("name", "K07", {"name": "   "}),
        ("key", "K07", {"official_key": CANARIES["official_key"], "kind": Kind.KREISANGEHOERIGE_GEMEINDE}),
        ("key", "K07", {"official_key": "123"}),
        ("key", "K07", {"official_key": "01001000"}),
    ],
)
def test_what_is_refused_leaves_nothing(
    lead: Session,
    session: Session,
    neighbours: Neighbours,
    now: datetime,
    field: str,
    code: str,
    changes: dict[str, str],
) -> None:
    with pytest.raises(Invalid) as refused:
        add_municipality(lead, neighbours.viewer("lead"), code=code, profile=replace(PROFILE, **changes), now=now)
    assert refused.value.field == field
    assert sorted(session.scalars(select(Municipality.code))) == ["K01", "K02"]
    assert records(session) == []


def test_of_two_who_add_at_once_one_is_refused(
    lead: Session, neighbours: Neighbours, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "codes_by_key", lambda *_: {})  # the other one was not there yet when we looked
    taken = replace(PROFILE, official_key=CANARIES["official_key"])
    with pytest.raises(Invalid) as refused:
        add_municipality(lead, neighbours.viewer("lead"), code="K07", profile=taken, now=now)
    assert refused.value.field is None


@pytest.mark.parametrize("who", ["anna", "ben", "coordinator", "head", "reader"])
def test_only_the_lead_adds_and_changes(
    session_for: SessionFor, neighbours: Neighbours, now: datetime, who: str
) -> None:
    viewer = neighbours.viewer(who)
    session = session_for(viewer)
    with pytest.raises(Forbidden):
        add_municipality(session, viewer, code="K07", profile=PROFILE, now=now)
    with pytest.raises((Forbidden, NotFound)):
        change_municipality(session, viewer, code="K01", version=1, profile=PROFILE, now=now)


@pytest.mark.parametrize(
    ("changes", "relabelled"),
    [
        ({}, False),
        ({"population": 38001}, False),
        ({"contact_name": "Integrationsbeauftragte"}, False),
        ({"name": "Stadt Altenwerra"}, True),
        ({"alias": "Rotbuche"}, True),
        ({"visibility": Visibility.ANONYMOUS}, True),
    ],
)
def test_calendars_hear_of_a_new_label_and_of_nothing_else(
    lead: Session, neighbours: Neighbours, now: datetime, changes: dict[str, object], relabelled: bool
) -> None:
    profile = replace(profile_of(neighbours.named), **changes)
    before = neighbours.named.label_changed_at
    changed = change_municipality(
        lead, neighbours.viewer("lead"), code="K01", version=1, profile=profile, now=now, request_key=KEY
    )
    assert (changed.label_revision, changed.label_changed_at) == ((1, now) if relabelled else (0, before))
    assert changed.version == (2 if changes else 1)
    assert profile_of(changed) == profile


def test_a_change_of_the_identity_alone_is_guarded_by_the_version(
    lead: Session, neighbours: Neighbours, now: datetime
) -> None:
    viewer, profile = neighbours.viewer("lead"), profile_of(neighbours.named)
    mine, theirs = replace(profile, population=1), replace(profile, address="Am Markt 2")
    change_municipality(lead, viewer, code="K01", version=1, profile=theirs, now=now)
    with pytest.raises(Conflict):
        change_municipality(lead, viewer, code="K01", version=1, profile=mine, now=now)
    stored = change_municipality(lead, viewer, code="K01", version=2, profile=mine, now=now)
    assert (stored.version, profile_of(stored)) == (3, mine)


def test_a_change_sent_twice_is_no_clash(lead: Session, neighbours: Neighbours, now: datetime) -> None:
    viewer, profile = neighbours.viewer("lead"), replace(profile_of(neighbours.named), population=1)
    versions = [
        change_municipality(lead, viewer, code="K01", version=1, profile=profile, now=now, request_key=KEY).version
        for _ in range(2)
    ]
    assert versions == [2, 2]
