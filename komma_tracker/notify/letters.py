"""The words of invitations: for people in both languages, for their calendar in the one that they read."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import parseaddr

from flask_babel import force_locale, gettext

from komma_tracker.events.rules import DEFAULT_ZONE, to_local
from komma_tracker.feeds.ical import clean_line
from komma_tracker.feeds.rules import FeedEvent, Status, feed_event
from komma_tracker.kit import formats
from komma_tracker.kit.context import CalendarPart, Context
from komma_tracker.kit.locale import LOCALES
from komma_tracker.notify.imip import Asking, calendar_object
from komma_tracker.notify.rules import Method, uid_of
from komma_tracker.notify.service import Notice

BETWEEN = "\n\n----------\n\n"


def post_for(surroundings: Context) -> Callable[[Notice], None]:
    """What puts a notice into words and mails it, with these settings."""
    settings = surroundings.settings

    def post(notice: Notice) -> None:
        asking = Asking(
            method=notice.method,
            uid=uid_of(notice.public_id),
            sequence=notice.sequence,
            stamp=notice.stamp,
            answers_to=parseaddr(settings.mail_from)[1],
            attendee=notice.to,
            answer=notice.answer,
            wants_answer=settings.answers_dir is not None,
        )
        with force_locale(notice.locale):
            event = _event(notice, settings.base_url)
            subject = _subject(notice, event)
        part = CalendarPart(notice.method.value, calendar_object(event, asking))
        text = _text(notice, asking, settings.base_url)
        surroundings.send_mail(to=notice.to, subject=clean_line(subject), text=text, calendar=part)

    return post


def _words(message: str, /, **params: object) -> str:
    return gettext(message, **params)


def _event(notice: Notice, base_url: str) -> FeedEvent:
    """The session as the person's own feed tells it; of one that is theirs no more, kind and time."""
    if notice.session:
        return feed_event(notice.session, _words, base_url=base_url)
    return FeedEvent(
        uid=uid_of(notice.public_id),
        starts_local=to_local(notice.starts_at, DEFAULT_ZONE),
        ends_local=to_local(notice.ends_at, DEFAULT_ZONE),
        zone=DEFAULT_ZONE,
        summary=gettext("Entfällt: %(summary)s", summary=gettext(notice.kind.label)),
        created=notice.stamp,
        last_modified=notice.stamp,
        status=Status.CANCELLED,
    )


def _subject(notice: Notice, event: FeedEvent) -> str:
    if notice.method is Method.CANCEL:
        return event.summary
    if notice.again:
        return gettext("Geändert: %(summary)s", summary=event.summary)
    return gettext("Einladung: %(summary)s", summary=event.summary)


def _text(notice: Notice, asking: Asking, base_url: str) -> str:
    """All of it in the reader's language, and then in the other one: mail is forwarded, and read by deputies."""
    blocks: list[str] = []
    for locale in sorted(LOCALES, key=lambda each: each != notice.locale):
        with force_locale(locale):
            blocks.append(_block(notice, _event(notice, base_url), asking, base_url, locale))
    return BETWEEN.join(blocks) + "\n"


def _block(notice: Notice, event: FeedEvent, asking: Asking, base_url: str, locale: str) -> str:
    starts, ends = to_local(notice.starts_at, event.zone), to_local(notice.ends_at, event.zone)
    lines = [
        _opening(notice),
        "",
        clean_line(event.summary),
        f"{formats.weekday_date(starts.date(), locale)}, {formats.time_range(starts, ends, locale)}",
    ]
    if event.zone != DEFAULT_ZONE:
        lines[-1] += f" ({event.zone})"
    if notice.method is Method.REQUEST:
        lines += [clean_line(event.location)] if event.location else []
        lines += ["", event.description]
    if asking.asks:
        lines += ["", gettext("Ob Sie kommen, sagen Sie am einfachsten mit Ihrem Kalenderprogramm.")]
    page = f"{base_url}/account"
    lines += ["", gettext("Solche E-Mails stellen Sie im Konto ab: %(link)s", link=page)]
    return "\n".join(lines)


def _opening(notice: Notice) -> str:
    if notice.method is Method.REQUEST:
        if notice.again:
            return gettext("Guten Tag,\n\nein Termin, zu dem Sie eingeladen sind, hat sich geändert:")
        return gettext("Guten Tag,\n\nSie sind zu einem Termin eingeladen:")
    if notice.session:
        return gettext("Guten Tag,\n\nein Termin, zu dem Sie eingeladen waren, ist abgesagt:")
    return gettext("Guten Tag,\n\nein Termin, zu dem Sie eingeladen waren, entfällt für Sie:")
