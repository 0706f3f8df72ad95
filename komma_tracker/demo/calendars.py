"""Calendar addresses of the demo: own ones with filters, and those of guests; their tokens come out of the seed."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from komma_tracker.access.tokens import token_hash
from komma_tracker.alliances.rules import Side
from komma_tracker.demo.rows import Rows
from komma_tracker.events.rules import EventKind
from komma_tracker.feeds.models import FeedAddress, FeedAddressMunicipality
from komma_tracker.feeds.rules import PAST_MONTHS, Audience, Closing, Level

QUIET: dict[str, Any] = {
    "for_guest": False,
    "municipality_id": None,
    "side": None,
    "level": Level.FULL,
    "kinds": "",
    "tentative": True,
    "cancelled": True,
    "past_months": PAST_MONTHS[-1],
    "locale": "de",
    "expires_on": None,
    "last_used_at": None,
    "revoked_at": None,
    "closing": None,
}
"""An address as most are: everything in full, until somebody revokes it."""


def write(
    rows: Rows, *, lead: int, consultant: int, coordinator: int, places: Sequence[int], at: datetime, today: date
) -> None:
    """Own addresses of three people; guests of the first municipality, and one that sits in two alliances."""
    until = today + timedelta(days=180)
    ours, guest = {"municipality_id": places[0]}, {"for_guest": True, "expires_on": until}
    alliance = {"audience": Audience.ALLIANCE, **ours, **guest}
    _address(rows, consultant, at, name="Meine Termine", audience=Audience.MINE)
    _address(
        rows, consultant, at, name="Privates Telefon", audience=Audience.MINE,
        level=Level.BUSY, tentative=False, cancelled=False, past_months=0,
    )  # fmt: skip
    _address(rows, lead, at, name="Programm", audience=Audience.PROGRAMME)
    _address(rows, lead, at, name="Webseite des Programms", audience=Audience.PUBLIC, **guest)
    _address(rows, coordinator, at, name="Unsere Termine", audience=Audience.MUNICIPALITY, **ours)
    _address(
        rows, coordinator, at, name="Führungskräfte", audience=Audience.MUNICIPALITY, **ours, **guest,
        kinds=f"{EventKind.TRAINING},{EventKind.WORKSHOP}", past_months=3,
    )  # fmt: skip
    _address(rows, coordinator, at, name="Beratungsstelle Lichtblick", **alliance, side=Side.COUNSELLING)
    _address(
        rows, coordinator, at, name="Ordnungsamt, Leitung", **alliance, side=Side.ADMINISTRATION,
        revoked_at=at + timedelta(days=400), closing=Closing.ROLE_ENDED,
    )  # fmt: skip
    shared = _address(rows, lead, at, name="Polizeiinspektion, Leitstelle", **alliance, side=Side.SECURITY)
    for place in places[1:2]:
        rows.gather(FeedAddressMunicipality, {"address_id": shared, "municipality_id": place})


def _address(rows: Rows, owner: int, at: datetime, **values: Any) -> int:
    token = base64.urlsafe_b64encode(rows.rng.randbytes(24)).decode()
    named = {"public_id": rows.public_id(), "token_sha256": token_hash(token), "owner_id": owner, "created_at": at}
    return rows.add(FeedAddress, **{**QUIET, **named, **values})
