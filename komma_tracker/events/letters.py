"""The words of the mail that asks whether sessions took place."""

from __future__ import annotations

from flask_babel import force_locale, gettext

from komma_tracker.events.reminders import Reminder
from komma_tracker.events.rules import EventKind
from komma_tracker.events.shown import Unconfirmed
from komma_tracker.kit import formats
from komma_tracker.kit.context import context


def send(reminder: Reminder) -> None:
    """Mail it, in the language of whom it is for. It names kinds, times and municipalities, anonymous ones by their
    alias, and no title: a title may tell more than a letter should carry.
    """
    locale = reminder.locale
    with force_locale(locale):
        lines = "\n".join(f"- {_in_words(each, locale)}" for each in reminder.sessions)
        subject = gettext("Bitte bestätigen: Hat der Termin stattgefunden?")
        text = gettext(
            "Guten Tag %(name)s,\n\n"
            "diese Termine sind vorbei, und noch hat niemand gesagt, ob sie stattgefunden haben:\n\n%(sessions)s\n\n"
            "Bitte tragen Sie es hier ein; erst dann sind die Beratungstage gebucht:\n\n%(link)s\n\n"
            "An jeden Termin wird nur einmal erinnert.\n",
            name=reminder.name,
            sessions=lines,
            link=f"{context().settings.base_url}/calendar?view=open",
        )
    context().send_mail(to=reminder.email, subject=subject, text=text)


def _in_words(session: Unconfirmed, locale: str) -> str:
    kind = gettext("Coaching (vertraulich)") if session.kind is EventKind.COACHING else gettext(session.kind.label)
    places = ", ".join(session.places) or gettext("alle Kommunen")
    when = formats.weekday_date(session.starts_local.date(), locale)
    return f"{when}, {formats.time_range(session.starts_local, session.ends_local, locale)}: {kind}, {places}"
