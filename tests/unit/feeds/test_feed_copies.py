"""Finished calendars in memory: made once per key, and never more than fit."""

from __future__ import annotations

import gzip

from komma_tracker.feeds.copies import Body, Shelf, Texts
from komma_tracker.feeds.queries import Mark


class Maker:
    """Makes a body of a given size, and counts."""

    def __init__(self, size: int) -> None:
        self.size, self.made = size, 0

    def __call__(self) -> bytes:
        self.made += 1
        return bytes(self.size)


def test_a_key_is_made_once() -> None:
    shelf, make = Shelf(), Maker(10)
    assert shelf.get("a", make) is shelf.get("a", make)
    assert make.made == 1


def test_another_key_is_made_anew() -> None:
    shelf, make = Shelf(), Maker(10)
    shelf.get(("a", 1), make)
    shelf.get(("a", 2), make)
    assert make.made == 2


def test_what_was_asked_for_longest_ago_makes_room() -> None:
    shelf, make = Shelf(octets=25), Maker(10)
    for key in ("old", "used", "used", "old", "new"):
        shelf.get(key, make)
    assert make.made == 3
    shelf.get("old", make)
    assert make.made == 3
    shelf.get("used", make)
    assert make.made == 4


def test_what_is_too_large_is_made_each_time() -> None:
    shelf, make = Shelf(octets=5), Maker(10)
    assert shelf.get("a", make).octets == shelf.get("a", make).octets
    assert make.made == 2


def test_zipped_bytes_are_the_same_each_time() -> None:
    assert Body(b"x" * 99).zipped == Body(b"x" * 99).zipped
    assert gzip.decompress(Body(b"x" * 99).zipped) == b"x" * 99


ONE, OTHER = Mark(1, 1, 0), Mark(2, 1, 0)


def test_a_text_is_found_by_the_very_state_of_its_session() -> None:
    texts = Texts()
    texts.keep("full", {ONE: b"one", OTHER: b"other"})
    assert texts.find("full", [ONE, OTHER]) == {1: b"one", 2: b"other"}
    assert texts.find("full", [Mark(1, 2, 0), Mark(2, 1, 1)]) == {}, "changed, or called otherwise"
    assert texts.find("busy", [ONE, OTHER]) == {}, "another kind of text"


def test_a_newer_text_takes_the_place_of_the_older() -> None:
    texts = Texts(octets=10)
    for version in range(1, 50):
        texts.keep("full", {Mark(1, version, 0): b"12345678"})
    assert texts.find("full", [Mark(1, 49, 0)]) == {1: b"12345678"}
    assert texts.find("full", [Mark(1, 48, 0)]) == {}


def test_the_kind_asked_for_longest_ago_makes_room() -> None:
    texts = Texts(octets=10)
    texts.keep("old", {ONE: b"1234"})
    texts.keep("used", {ONE: b"1234"})
    texts.find("old", [ONE])
    texts.keep("new", {ONE: b"1234"})
    assert [bool(texts.find(kind, [ONE])) for kind in ("old", "used", "new")] == [True, False, True]
