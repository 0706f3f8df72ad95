"""Which message is due, and which answers count: truth tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from komma_tracker.events.rules import EventKind, EventState
from komma_tracker.feeds.rules import Label, SessionFacts
from komma_tracker.notify.rules import (
    Answer,
    Method,
    Refused,
    Reply,
    Sent,
    asked_again,
    check_reply,
    due,
    fingerprint,
    public_id_of,
    span,
    uid_of,
)

TO = "kira@example.org"
NOW = datetime(2026, 5, 20, 10, tzinfo=UTC)
LATER = datetime(2026, 6, 10, 9)
PAST = datetime(2026, 5, 1, 9)
REQUEST, CANCEL = Method.REQUEST, Method.CANCEL


def facts(starts: datetime = LATER, **values: Any) -> SessionFacts:
    quiet: dict[str, Any] = {
        "public_id": "abcdefgh23456777",
        "kind": EventKind.TRAINING,
        "state": EventState.CONFIRMED,
        "title": "Clearing",
        "starts_local": starts,
        "ends_local": starts + timedelta(hours=7),
        "zone": "Europe/Berlin",
        "place": "Saal 1",
        "link": "",
        "created_at": NOW,
        "changed_at": NOW,
        "sequence": 3,
        "municipality_count": 1,
        "labels": (Label("Kommune 01", "Stadt Neuenwerra"),),
        "discreet": False,
    }
    return SessionFacts(**(quiet | values))


def sent(session: SessionFacts | None = None, **values: Any) -> Sent:
    told = session or facts()
    return replace(Sent(REQUEST, 4, 2, fingerprint(told, TO), *span(told)), **values)


SAME, OVER = facts(), facts(PAST)
CANCELLED = facts(state=EventState.CANCELLED)
NEW_TITLE = facts(title="Neu")


@pytest.mark.parametrize(
    ("last", "session", "method"),
    [
        # never told
        (None, SAME, REQUEST),
        (None, OVER, None),
        (None, CANCELLED, None),
        # told, and it is as it was
        (sent(), SAME, None),
        (sent(OVER), OVER, None),
        # told, and it is otherwise now
        (sent(), NEW_TITLE, REQUEST),
        (sent(), facts(LATER + timedelta(days=1)), REQUEST),
        (sent(), OVER, REQUEST),  # it stands in their calendar on a day to come
        (sent(OVER), SAME, REQUEST),
        (sent(OVER), facts(PAST, title="Neu"), None),
        # told, and it does not take place, or is none of theirs any more
        (sent(), CANCELLED, CANCEL),
        (sent(), None, CANCEL),
        (sent(OVER), facts(PAST, state=EventState.CANCELLED), None),
        (sent(OVER), None, None),
        # told that it does not take place
        (sent(method=CANCEL), SAME, REQUEST),
        (sent(method=CANCEL), OVER, None),
        (sent(method=CANCEL), CANCELLED, None),
        (sent(method=CANCEL), None, None),
    ],
)
def test_which_message_is_due(last: Sent | None, session: SessionFacts | None, method: Method | None) -> None:
    assert due(last, session, TO, NOW) is method


def test_at_another_address_they_are_told_anew() -> None:
    assert due(sent(), SAME, "koch@example.org", NOW) is REQUEST


def test_it_is_over_when_it_ends() -> None:
    ends = span(SAME)[1]
    assert (due(None, SAME, TO, ends - timedelta(seconds=1)), due(None, SAME, TO, ends)) == (REQUEST, None)


@pytest.mark.parametrize(
    ("changed", "other"),
    [
        ({}, False),
        ({"sequence": 9, "changed_at": NOW + timedelta(days=1)}, False),
        ({"state": EventState.HELD}, False),
        ({"title": "Neu"}, True),
        ({"state": EventState.TENTATIVE}, True),
        ({"place": "Saal 2"}, True),
        ({"link": "https://treffen.example/1"}, True),
        ({"labels": (Label("Kommune 01", "Kommune 01"),)}, True),
        ({"discreet": True}, True),
        ({"zone": "Europe/Lisbon"}, True),
        ({"kind": EventKind.WORKSHOP}, True),
    ],
)
def test_the_fingerprint_tells_what_calendars_show(changed: dict[str, Any], other: bool) -> None:
    assert (fingerprint(facts(**changed), TO) != fingerprint(SAME, TO)) is other


def test_of_an_anonymous_session_the_fingerprint_hangs_on_nothing_secret() -> None:
    """Not even whether a secret place has changed can be read from the mails that go out."""
    one, other = (facts(discreet=True, title=text, place=text, link=f"https://{text}.example") for text in ("a", "b"))
    assert fingerprint(one, TO) == fingerprint(other, TO)


@pytest.mark.parametrize(
    ("last", "session", "again"),
    [
        (None, SAME, True),
        (sent(), NEW_TITLE, False),
        (sent(), facts(LATER + timedelta(days=1)), True),
        (sent(), facts(ends_local=LATER + timedelta(hours=8)), True),
        (sent(), facts(LATER - timedelta(hours=1), zone="Europe/Lisbon"), False),  # the same instants
        (sent(method=CANCEL), SAME, True),
    ],
)
def test_another_time_is_another_question(last: Sent | None, session: SessionFacts, again: bool) -> None:
    assert asked_again(last, session) is again


def reply(sequence: int, stamp: datetime = NOW) -> Reply:
    return Reply("x", sequence, "kira@example.org", Answer.ACCEPTED, stamp)


ANSWERED = {"answer": Answer.DECLINED, "answered_at": NOW}


@pytest.mark.parametrize(
    ("last", "given", "news"),
    [
        # asked with number 2, changed without a new time until number 4
        (sent(), reply(4), True),
        (sent(), reply(2), True),
        (sent(), reply(1), False),
        (sent(method=CANCEL), reply(4), False),
        # answered before: the later stamp holds, whatever arrives last
        (sent(**ANSWERED), reply(4, NOW + timedelta(seconds=1)), True),
        (sent(**ANSWERED), reply(4, NOW), False),
        (sent(**ANSWERED), reply(4, NOW - timedelta(seconds=1)), False),
        # a clock that runs ahead
        (sent(), reply(4, NOW + timedelta(hours=23)), True),
    ],
)
def test_which_answers_are_news(last: Sent, given: Reply, news: bool) -> None:
    assert check_reply(given, last, NOW) is news


@pytest.mark.parametrize(
    ("last", "given", "why"),
    [
        (None, reply(0), "never sent"),
        (sent(), reply(5), "never sent"),
        (sent(), reply(4, NOW + timedelta(days=2)), "future"),
    ],
)
def test_what_was_never_asked_has_no_answer(last: Sent | None, given: Reply, why: str) -> None:
    with pytest.raises(Refused, match=why):
        check_reply(given, last, NOW)


def test_the_uid_is_another_than_that_of_the_feeds() -> None:
    uid = uid_of("abcdefgh23456777")
    assert uid != "abcdefgh23456777@komma-tracker"
    assert public_id_of(uid) == "abcdefgh23456777"
    assert public_id_of("abcdefgh23456777@komma-tracker") is None
