"""Secrets that people carry."""

from __future__ import annotations

import hashlib
import re

from komma_tracker.access.tokens import new_token, token_hash


def test_a_token_has_192_bits_and_is_safe_in_an_address() -> None:
    tokens = {new_token() for _ in range(1000)}
    assert len(tokens) == 1000
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{32}", token) for token in tokens)


def test_what_is_kept_is_its_sha256() -> None:
    assert token_hash("abc") == hashlib.sha256(b"abc").hexdigest()


def test_any_text_can_be_asked_for() -> None:
    assert len({token_hash(text) for text in ("", "\x00", "ü", "\ud800", "x" * 100_000)}) == 5
