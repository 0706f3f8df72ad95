"""Finished calendars and the texts of sessions, kept in this process under names that never stand for anything else."""

from __future__ import annotations

import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from komma_tracker.feeds.queries import Mark

SHELF_OCTETS = 24 * 1024 * 1024
"""What one process keeps at most: about a hundred calendars of 300 sessions."""
TEXTS_OCTETS = 24 * 1024 * 1024
"""The same for texts: some 25,000 of them."""


@dataclass(frozen=True)
class Body:
    """The bytes of one calendar, with what HTTP wants to know of them; each is worked out once."""

    octets: bytes

    @cached_property
    def sha256(self) -> str:
        """What tells these bytes from all others."""
        return hashlib.sha256(self.octets).hexdigest()

    @cached_property
    def zipped(self) -> bytes:
        """The bytes in gzip: level 1 costs a third of level 6. Without time stamp: equal bodies stay equal."""
        return gzip.compress(self.octets, 1, mtime=0)


class Shelf:
    """The calendars asked for last. The key must name everything that a calendar is made of: nothing expires here."""

    def __init__(self, octets: int = SHELF_OCTETS) -> None:
        self._room = octets
        self._bodies: OrderedDict[Hashable, Body] = OrderedDict()
        self._lock = Lock()

    def find(self, key: Hashable) -> Body | None:
        """The body under this key, if it is there."""
        with self._lock:
            if body := self._bodies.get(key):
                self._bodies.move_to_end(key)
            return body

    def get(self, key: Hashable, make: Callable[[], bytes]) -> Body:
        """The body under this key, made where it is missing."""
        if body := self.find(key):
            return body
        body = Body(make())
        with self._lock:
            if key not in self._bodies:
                self._bodies[key] = body
                self._room -= len(body.octets)
            while self._room < 0:
                _, dropped = self._bodies.popitem(last=False)
                self._room += len(dropped.octets)
        return body


class Texts:
    """Texts of sessions, one for each kind of text, found only by the very state of the session that they tell of."""

    def __init__(self, octets: int = TEXTS_OCTETS) -> None:
        self._room = octets
        self._kinds: OrderedDict[Hashable, dict[int, tuple[Mark, bytes]]] = OrderedDict()
        self._lock = Lock()

    def find(self, kind: Hashable, marks: Iterable[Mark]) -> dict[int, bytes]:
        """Those that are kept, by the id of their session."""
        with self._lock:
            kept = self._kinds.get(kind)
            if kept is None:
                return {}
            self._kinds.move_to_end(kind)
        found = ((mark, kept.get(mark.event_id)) for mark in marks)
        return {mark.event_id: entry[1] for mark, entry in found if entry and entry[0] == mark}

    def keep(self, kind: Hashable, texts: Mapping[Mark, bytes]) -> None:
        """Keep these in the place of older ones; the kind asked for longest ago goes where there is no more room."""
        with self._lock:
            kept = self._kinds.setdefault(kind, {})
            for mark, text in texts.items():
                old = kept.get(mark.event_id)
                self._room += len(old[1]) if old else 0
                self._room -= len(text)
                kept[mark.event_id] = (mark, text)
            while self._room < 0:
                _, dropped = self._kinds.popitem(last=False)
                self._room += sum(len(text) for _, text in dropped.values())
