"""The words of invitations and reset links, and where these lead."""

from __future__ import annotations

from flask_babel import force_locale, gettext

from komma_tracker.accounts.rules import LinkPurpose
from komma_tracker.accounts.service import Letter
from komma_tracker.kit.context import context

PATHS = {LinkPurpose.INVITATION: "/invitation/", LinkPurpose.RESET: "/password/reset/"}


def link(letter: Letter) -> str:
    """The address to open; its beginning comes from the settings, never from a request (trust 16)."""
    return f"{context().settings.base_url}{PATHS[letter.purpose]}{letter.token}"


def send(letter: Letter) -> None:
    """Mail a one-time link, in the language of whom it is for."""
    with force_locale(letter.locale):
        subject, text = _invitation(letter) if letter.purpose is LinkPurpose.INVITATION else _reset(letter)
    context().send_mail(to=letter.email, subject=subject, text=text)


def _invitation(letter: Letter) -> tuple[str, str]:
    subject = gettext("Ihr Zugang zum komma-tracker")
    text = gettext(
        "Guten Tag %(name)s,\n\n"
        "Sie sind eingeladen, mit dem komma-tracker zu arbeiten. Bitte öffnen Sie diese Adresse und wählen Sie "
        "ein Passwort:\n\n%(link)s\n\n"
        "Die Adresse gilt sieben Tage und nur einmal. Bitte geben Sie sie nicht weiter.\n",
        name=letter.name,
        link=link(letter),
    )
    return subject, text


def _reset(letter: Letter) -> tuple[str, str]:
    subject = gettext("Neues Passwort für den komma-tracker")
    text = gettext(
        "Guten Tag %(name)s,\n\n"
        "für Ihr Konto wurde ein neues Passwort angefordert. Bitte öffnen Sie diese Adresse und wählen Sie es:\n\n"
        "%(link)s\n\n"
        "Die Adresse gilt eine Stunde und nur einmal. Waren Sie das nicht, brauchen Sie nichts zu tun: "
        "Ihr Passwort bleibt, wie es ist.\n",
        name=letter.name,
        link=link(letter),
    )
    return subject, text
