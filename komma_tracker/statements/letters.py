"""The words of the mail that asks for a sign-off, and where its link leads."""

from __future__ import annotations

from flask_babel import force_locale, gettext

from komma_tracker.kit import formats
from komma_tracker.kit.context import context
from komma_tracker.statements.links import Letter


def link(letter: Letter) -> str:
    """The address to open; its beginning comes from the settings, never from a request (trust 16)."""
    return f"{context().settings.base_url}/sign-off/{letter.token}"


def send(letter: Letter) -> None:
    """Mail a link to sign off, in the language of whom it is for."""
    with force_locale(letter.locale):
        month = formats.month_name(letter.month, letter.locale)
        place = letter.municipality
        subject = gettext("Leistungsnachweis %(month)s, %(place)s: bitte bestätigen", month=month, place=place)
        text = gettext(
            "Guten Tag %(name)s,\n\n"
            "der Leistungsnachweis für %(month)s (%(place)s) liegt vor. Bitte öffnen Sie diese Adresse, und bestätigen "
            "Sie ihn oder schreiben Sie, was nicht stimmt:\n\n%(link)s\n\n"
            "Die Adresse gilt bis zum %(date)s und nur für eine Antwort. Bitte geben Sie sie nicht weiter. Sie können "
            "sich stattdessen auch anmelden.\n",
            name=letter.name,
            month=month,
            place=place,
            link=link(letter),
            date=formats.date_time(letter.expires_at, letter.locale),
        )
    context().send_mail(to=letter.email, subject=subject, text=text)
