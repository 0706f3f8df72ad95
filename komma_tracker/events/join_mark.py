"""What a participant's device remembers: that it has counted, and answered; it is the same for all that did the same.

It keeps a device from counting twice by mistake. It is no proof: whoever deletes it may count again, and nothing on
the server could tell (decision 10).
"""

from __future__ import annotations

import hmac
import re
from datetime import timedelta

from flask import Request, current_app
from werkzeug.wrappers import Response

from komma_tracker.events.rules.joining import Phase

NAME = "komma-join"
KEPT = timedelta(days=30)
MOST = 20
"""Marks that a device keeps."""
_MARK = re.compile(r"\b[0-9a-f]{20}\b", re.ASCII)


def mark_of(public_id: str, phase: Phase) -> str:
    """The mark for one question of one session: a signature that leads back to nothing."""
    key = str(current_app.secret_key).encode()
    return hmac.digest(key, f"join mark {phase} {public_id}".encode(), "sha256").hex()[:20]


def has(request: Request, mark: str) -> bool:
    """Whether this device carries that mark."""
    return mark in _marks(request)


def remember(response: Response, request: Request, mark: str) -> None:
    """Give the device one mark more. They are sorted: not even their order tells anything."""
    kept = sorted({*_marks(request)[1 - MOST :], mark})
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    response.set_cookie(
        NAME, ".".join(kept), max_age=KEPT, path="/join", secure=secure, httponly=True, samesite="Lax"
    )  # fmt: skip


def _marks(request: Request) -> list[str]:
    return _MARK.findall(request.cookies.get(NAME, ""))
