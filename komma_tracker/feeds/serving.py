"""Serving calendars: what a token opens, and the bytes behind it, made anew only as far as they have changed."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from komma_tracker.access.rules import Viewer
from komma_tracker.access.tokens import token_hash
from komma_tracker.db import Connection, Session, unit_of_work
from komma_tracker.feeds import queries
from komma_tracker.feeds.copies import Texts
from komma_tracker.feeds.ical import event_bytes, whole_calendar
from komma_tracker.feeds.queries import Mark, OpenAddress
from komma_tracker.feeds.rules import (
    Contents,
    FeedEvent,
    Level,
    Manner,
    Status,
    Words,
    calendar_head,
    change_stamp,
    feed_event,
    manner_of,
    may_read,
    reader_of,
    shown_together,
    use_is_news,
)


@dataclass(frozen=True)
class Admitted:
    """An address that opens today: what is shown, and with whose eyes it is read."""

    address: OpenAddress
    contents: Contents
    reader: Viewer

    def key(self, today: date) -> Hashable:
        """Names everything that the calendar of that day is made of."""
        return (self.reader, self.contents, today, self.address.revision)


@dataclass(frozen=True)
class Press:
    """What turns sessions into text: words and addresses of one language, and the texts that this process has kept."""

    texts: Texts
    words: Words
    locale: str
    base_url: str


def admit(connection: Connection, *, token: str, today: date) -> Admitted | None:
    """What a token opens today; None where it opens nothing, for whatever reason (calendars 3, rule 23)."""
    address = queries.open_address(connection, token_sha256=token_hash(token), today=today)
    if address is None:
        return None
    contents = address.contents
    if not may_read(address.owner, contents.audience, contents.municipality_ids, for_guest=contents.for_guest):
        return None
    if len(contents.municipality_ids) > 1:
        hidden = queries.anonymous_among(connection, municipality_ids=contents.municipality_ids)
        contents = replace(contents, municipality_ids=shown_together(contents.municipality_ids, hidden))
    return Admitted(address, contents, reader_of(address.owner, contents))


def calendar_of(session: Session, admitted: Admitted, *, press: Press, today: date) -> bytes:
    """The calendar behind an address; the session works for its reader."""
    contents, reader = admitted.contents, admitted.reader
    marks = queries.marks_of_feed(session, reader, contents=contents, today=today)
    ids = contents.municipality_ids
    labels = queries.labels_of_calendar(session, municipality_ids=ids) if ids else []
    names = [label.alias if contents.level is Level.ALIAS else label.name for label in labels]
    head = calendar_head(contents.audience, contents.level, names, press.words)
    return whole_calendar(head, texts_of(session, reader, marks, manner_of(contents), press))


def texts_of(session: Session, reader: Viewer, marks: Sequence[Mark], manner: Manner, press: Press) -> Iterable[bytes]:
    """The text of each session; those that this process has not kept in this state are read and written now.

    The key names everything that a text is made of, so that none can be stale: the session's row, what its
    municipalities are called, who reads it, in which manner and language.
    """
    kind = (reader, manner, press.locale)
    kept = press.texts.find(kind, marks)
    missing = [mark.event_id for mark in marks if mark.event_id not in kept]
    if missing:
        written = {
            mark: event_bytes(feed_event(facts, press.words, base_url=press.base_url, manner=manner))
            for mark, facts in queries.facts_of(session, reader, event_ids=missing).items()
        }
        press.texts.keep(kind, written)
        kept |= {mark.event_id: text for mark, text in written.items()}
    return [kept[mark.event_id] for mark in marks if mark.event_id in kept]


def events_of(session: Session, reader: Viewer, event_ids: Sequence[int], press: Press) -> list[FeedEvent]:
    """These sessions in full, in their order, for a file or for paper: what stands there is what a feed would say."""
    found = queries.facts_of(session, reader, event_ids=event_ids)
    events = {mark.event_id: feed_event(facts, press.words, base_url=press.base_url) for mark, facts in found.items()}
    return [events[event_id] for event_id in event_ids if event_id in events]


def coming_of(session: Session, admitted: Admitted, *, press: Press, today: date) -> list[FeedEvent]:
    """What the calendar behind an address says of today and later, for a page; the session works for its reader."""
    contents = admitted.contents
    found = queries.sessions_of_feed(session, admitted.reader, contents=contents, today=today)
    events = (
        feed_event(facts, press.words, base_url=press.base_url, manner=manner_of(contents))
        for facts in found
        if facts.ends_local.date() >= today
    )
    return [event for event in events if event.status is not Status.CANCELLED]


def known_since(address: OpenAddress, *, body_sha256: str, now: datetime) -> datetime | None:
    """Since when the feed has had these bytes; None where they, or its use, are news to be noted."""
    if address.body_sha256 != body_sha256 or use_is_news(address.last_used_at, now):
        return None
    return address.body_changed_at


def note_fetch(session: Session, address: OpenAddress, *, body_sha256: str, now: datetime) -> datetime:
    """Remember the use, and since when the feed has had these bytes, which is returned. Writes only what is news."""
    if since := known_since(address, body_sha256=body_sha256, now=now):
        return since
    with unit_of_work(session):
        row = queries.address_by_id(session, address_id=address.id)
        row.last_used_at = now
        if row.body_changed_at is None or row.body_sha256 != body_sha256:
            row.body_sha256, row.body_changed_at = body_sha256, change_stamp(row.body_changed_at, now)
        return row.body_changed_at
