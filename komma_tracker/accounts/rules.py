"""Sign-in: how long sessions and links live, what a password and an address must be."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from komma_tracker.access.rules import Invalid, N_

IDLE_LIMIT = timedelta(minutes=30)
"""A session without a request for so long is over (trust 13)."""
ABSOLUTE_LIMIT = timedelta(hours=12)
"""No session lives longer (trust 13)."""
SEEN_EVERY = timedelta(minutes=1)
"""How exactly the last request is remembered: not every page view needs a write."""
INVITATION_LIFETIME = timedelta(days=7)
RESET_LIFETIME = timedelta(hours=1)
PASSWORD_LEAST = 10
PASSWORD_MOST = 200

_EMAIL = re.compile(r"[^@\s\x00-\x1f<>\"(),:;\[\]\\]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,62})\.)*[a-z0-9-]{1,63}", re.IGNORECASE)


def session_is_alive(created_at: datetime, last_seen_at: datetime, now: datetime) -> bool:
    """Whether a sign-in still holds: not idle for too long, and not older than a working day."""
    return now - last_seen_at <= IDLE_LIMIT and now - created_at <= ABSOLUTE_LIMIT


def normalise_email(text: str) -> str:
    """The one spelling of an address that counts. Raises Invalid for what is none.

    >>> normalise_email(" Lead@Example.org ")
    'lead@example.org'
    """
    email = text.strip().lower()
    if len(email) > 254 or not _EMAIL.fullmatch(email):
        raise Invalid("email", N_("Bitte geben Sie eine E-Mail-Adresse an, zum Beispiel name@example.org."))
    return email


def check_password(password: str, email: str) -> None:
    """Raise Invalid for a password that is too short, too long or the address itself."""
    if not PASSWORD_LEAST <= len(password) <= PASSWORD_MOST:
        raise Invalid("password", N_("Das Passwort braucht mindestens %(least)s Zeichen."), least=PASSWORD_LEAST)
    if password.lower() == email:
        raise Invalid("password", N_("Das Passwort darf nicht die E-Mail-Adresse sein."))


def assignment_holds(starts_on: date, ends_on: date | None, today: date) -> bool:
    """Whether an assignment counts today; both its days are inclusive."""
    return starts_on <= today and (ends_on is None or today <= ends_on)
