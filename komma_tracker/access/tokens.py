"""Secrets that people carry in addresses and cookies: made here, kept only as hashes."""

from __future__ import annotations

import hashlib
import secrets


def new_token() -> str:
    """A secret of 192 bits, safe in an address."""
    return secrets.token_urlsafe(24)


def token_hash(token: str) -> str:
    """What the database keeps of a secret: it can be recognised, not read back."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
