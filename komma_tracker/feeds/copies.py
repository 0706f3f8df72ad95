"""Finished calendars, kept in this process as long as nothing that they are made of has changed."""

from __future__ import annotations

import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property
from threading import Lock

SHELF_OCTETS = 24 * 1024 * 1024
"""What one process keeps at most: about a hundred calendars of 300 sessions."""


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

    def get(self, key: Hashable, make: Callable[[], bytes]) -> Body:
        """The body under this key, made where it is missing."""
        with self._lock:
            if body := self._bodies.get(key):
                self._bodies.move_to_end(key)
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
