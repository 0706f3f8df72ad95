"""Sessions that are over and wait for somebody's word, for letters: alias only of anonymous municipalities."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Actor
from komma_tracker.accounts.models import User
from komma_tracker.events.models import Event, EventConsultant, EventMunicipality, EventReminder
from komma_tracker.events.rules import OPEN_STATES
from komma_tracker.events.shown import Unconfirmed
from komma_tracker.municipalities.models import Municipality, MunicipalityIdentity
from komma_tracker.municipalities.rules import Visibility

WIDEST_ZONE = timedelta(hours=14)
"""No clock on earth is further ahead of UTC: whoever asks looks at the instant itself."""


def unconfirmed(session: Session, viewer: Actor, *, ended_before: datetime) -> list[Unconfirmed]:
    """Open sessions that ended about so long ago and about which nobody has been reminded, once for each consultant
    who can sign in. Two statements.
    """
    del viewer
    local = ended_before.replace(tzinfo=None) + WIDEST_ZONE
    rows = session.execute(
        select(
            Event.id,
            Event.public_id,
            Event.kind,
            Event.starts_local,
            Event.ends_local,
            Event.zone,
            User.email,
            User.name,
            User.locale,
        )
        .join(EventConsultant, EventConsultant.event_id == Event.id)
        .join(User, User.id == EventConsultant.user_id)
        .where(
            Event.state.in_(OPEN_STATES),
            Event.ends_local <= local,
            Event.id.not_in(select(EventReminder.event_id)),
            User.disabled_at.is_(None),
        )
        .order_by(Event.starts_local, Event.id, User.id)
    ).all()
    places = _places(session, {row.id for row in rows})
    return [Unconfirmed(*row, places=tuple(places[row.id])) for row in rows]


def _places(session: Session, event_ids: set[int]) -> defaultdict[int, list[str]]:
    rows = session.execute(
        select(EventMunicipality.event_id, Municipality.visibility, Municipality.alias, MunicipalityIdentity.name)
        .join(Municipality, Municipality.id == EventMunicipality.municipality_id)
        .outerjoin(MunicipalityIdentity, MunicipalityIdentity.municipality_id == Municipality.id)
        .where(EventMunicipality.event_id.in_(event_ids))
        .order_by(Municipality.id)
    )
    found: defaultdict[int, list[str]] = defaultdict(list)
    for event_id, visibility, alias, name in rows:
        found[event_id].append(alias if visibility is Visibility.ANONYMOUS or name is None else name)
    return found
