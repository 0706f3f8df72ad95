"""The words of the mail that says that calendar addresses are dead."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import force_locale, gettext

from komma_tracker.kit.context import Notice, context


def tell_of_dead_feeds(notices: Iterable[Notice]) -> None:
    """Tell people that they need new calendar addresses: which municipality is behind it, no mail may say."""
    for notice in notices:
        with force_locale(notice.locale):
            subject = gettext("Ihr Kalender-Abo gilt nicht mehr: bitte neu anlegen")
            text = gettext(
                "Guten Tag %(name)s,\n\n"
                "eine Kommune nimmt jetzt anonym teil. Kalender-Adressen, in denen ihr Name stehen konnte, gelten "
                "deshalb nicht mehr. Bitte melden Sie sich an und legen Sie neue an:\n\n%(link)s\n\n"
                "Entfernen Sie bitte auch das alte Abo aus Ihrem Kalender: Er behält sonst seine letzte Kopie. "
                "Haben Sie Adressen an Gäste gegeben, geben Sie ihnen die neuen.\n",
                name=notice.name,
                link=f"{context().settings.base_url}/account/feeds",
            )
        context().send_mail(to=notice.email, subject=subject, text=text)
