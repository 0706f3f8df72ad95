"""Municipalities for tests: fictional, each different from the one before."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from komma_tracker.municipalities import rules
from komma_tracker.municipalities.models import Municipality, MunicipalityIdentity
from komma_tracker.municipalities.rules import Kind, Land, Visibility

LONG_AGO = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
_IDENTITY = frozenset(MunicipalityIdentity.__table__.columns.keys())
_numbers = count(1)


def make_municipality(
    session: Session, *, number: int | None = None, visibility: Visibility = Visibility.NETWORK, **identity: Any
) -> Municipality:
    """A municipality with the code and alias of its number; further values say who it is: name, kind, land …"""
    number = number or next(_numbers)
    name = identity.pop("name", f"Stadt Musterau {number:02d}")
    unknown = identity.keys() - _IDENTITY
    assert not unknown, f"no such attributes: {unknown}"
    sort_key, _ = rules.sort_key(name)
    who = {"name": name, "sort_key": sort_key, "kind": Kind.KREISANGEHOERIGE_STADT, "land": Land.HE}
    municipality = Municipality(
        code=rules.code(number),
        alias=rules.alias(number),
        visibility=visibility,
        label_changed_at=LONG_AGO,
        created_at=LONG_AGO,
        identity=MunicipalityIdentity(**{**who, **identity}),
    )
    session.add(municipality)
    session.flush()
    return municipality
