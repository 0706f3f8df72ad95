"""Passwords: argon2id with OWASP's parameters (19 MiB, two passes), about 50 to 80 ms each."""

from __future__ import annotations

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
"""What is compared where there is no password: as slow as a real one, and fits none (trust 12)."""


def hash_password(password: str) -> str:
    """What the database keeps of a password. Slow on purpose: never call it inside a write transaction."""
    return _HASHER.hash(_bytes(password))


def hash_with_salt(password: str, salt: bytes) -> str:
    """The same with a salt of at least 8 bytes given: for demo accounts, which must come out alike each time."""
    return _HASHER.hash(_bytes(password), salt=salt)


def fits(password: str, password_hash: str | None) -> bool:
    """Whether this is the password; takes as long where there is none. Slow on purpose."""
    try:
        return _HASHER.verify(password_hash or _NOBODY, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(password_hash: str) -> bool:
    """Whether the hash was made with weaker or other parameters than today's."""
    return _HASHER.check_needs_rehash(password_hash)


def _bytes(password: str) -> bytes:
    # "ü" can be one character or two, as the keyboard likes; both are the same password.
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
