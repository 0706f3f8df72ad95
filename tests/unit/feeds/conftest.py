"""Events and heads for tests of feeds."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from komma_tracker.feeds.rules import FeedEvent, FeedHead

MakeEvent = Callable[..., FeedEvent]


@pytest.fixture
def make_event() -> MakeEvent:
    """Build an event from the fields that matter to the test; the others have quiet values."""

    def make(**fields: Any) -> FeedEvent:
        quiet: dict[str, Any] = {
            "uid": "abcdefgh23456777@komma-tracker",
            "starts_local": datetime(2026, 5, 12, 9, 0),
            "ends_local": datetime(2026, 5, 12, 12, 30),
            "zone": "Europe/Berlin",
            "summary": "Workshop: Clearing (Kommune 03)",
            "created": datetime(2026, 1, 7, 10, 0, tzinfo=UTC),
            "last_modified": datetime(2026, 2, 3, 16, 45, 12, tzinfo=UTC),
        }
        return FeedEvent(**(quiet | fields))

    return make


@pytest.fixture
def head() -> FeedHead:
    return FeedHead("KommA – meine Termine")
