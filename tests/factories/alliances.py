"""Alliances for tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from komma_tracker.alliances.models import Alliance, AllianceMember, Organisation
from komma_tracker.alliances.rules import MemberState, Side
from komma_tracker.municipalities.models import Municipality

LONG_AGO = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


def make_alliance(session: Session, municipality: Municipality, **values: Any) -> Alliance:
    """An alliance in its beginnings, without members."""
    alliance = Alliance(municipality_id=municipality.id, created_at=LONG_AGO, **values)
    session.add(alliance)
    session.flush()
    return alliance


def make_organisation(session: Session, name: str = "Polizeipräsidium Nordmark") -> Organisation:
    """An organisation that sits nowhere yet."""
    organisation = Organisation(name=name, created_at=LONG_AGO)
    session.add(organisation)
    session.flush()
    return organisation


def make_member(
    session: Session,
    alliance: Alliance,
    organisation: Organisation,
    *,
    side: Side = Side.SECURITY,
    state: MemberState = MemberState.ACTIVE,
    **values: Any,
) -> AllianceMember:
    """An active member on the security side."""
    member = AllianceMember(
        municipality_id=alliance.municipality_id,
        organisation_id=organisation.id,
        side=side,
        state=state,
        created_at=LONG_AGO,
        **values,
    )
    session.add(member)
    session.flush()
    return member
