"""What the application hands to every room: settings, clock, mail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from flask import current_app

from config import Settings


class Mailer(Protocol):
    """Sends a plain message, or keeps it where the operator finds it."""

    def __call__(self, *, to: str, subject: str, text: str) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Context:
    """The surroundings of one application."""

    settings: Settings
    clock: Callable[[], datetime]
    send_mail: Mailer


def context() -> Context:
    """The surroundings of the running application."""
    return current_app.extensions["komma"]
