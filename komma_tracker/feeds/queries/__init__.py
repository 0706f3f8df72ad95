"""Reading addresses, and the sessions that a calendar holds."""

from __future__ import annotations

from komma_tracker.feeds.queries.addresses import (
    OpenAddress,
    address_by_id,
    address_in_charge,
    addresses_of,
    anonymous_among,
    guest_addresses,
    named_by,
    open_address,
    own_addresses,
    rights_of,
)
from komma_tracker.feeds.queries.sessions import (
    Mark,
    facts_of,
    labels_of_calendar,
    marks_of_feed,
    sessions_of_feed,
)

__all__ = [
    "Mark", "OpenAddress", "address_by_id", "address_in_charge", "addresses_of", "anonymous_among", "facts_of",
    "guest_addresses", "labels_of_calendar", "marks_of_feed", "named_by",
    "open_address", "own_addresses", "rights_of", "sessions_of_feed",
]  # fmt: skip
