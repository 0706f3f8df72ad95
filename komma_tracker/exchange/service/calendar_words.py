"""Words by which appointments look like work for the programme: leads add some to those that there are."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from komma_tracker.access.rules import N_, Actor, Invalid, Permission, check
from komma_tracker.audit import service as audit
from komma_tracker.db import unit_of_work
from komma_tracker.exchange import queries
from komma_tracker.exchange.appointments.rules import PROGRAMME_WORDS, names_of
from komma_tracker.exchange.cells import text_of
from komma_tracker.exchange.models import CalendarWord
from komma_tracker.municipalities.rules import fold

SHORTEST = 3
LONGEST = 60
MOST = 100
KNOWN = N_("Dieses Stichwort gibt es schon.")


def add_word(session: Session, viewer: Actor, *, word: str, now: datetime, request_key: str | None = None) -> None:
    """Let everybody's calendars be searched for a word, too. Raises Forbidden, Invalid."""
    check(viewer, Permission.ENTRY_WORDS)
    word = " ".join(text_of(word).split())
    try:
        with unit_of_work(session):
            if audit.done_before(session, viewer, request_key):
                return
            _check_word(session, viewer, word)
            made = CalendarWord(word=word, key=fold(word), created_at=now)
            session.add(made)
            session.flush()
            audit.record(
                session, viewer, action="calendar_word.add", object_type="calendar_word", object_id=made.public_id,
                now=now, request_key=request_key,
            )  # fmt: skip
    except IntegrityError:  # two leads at the same moment
        raise Invalid("word", KNOWN) from None


def _check_word(session: Session, viewer: Actor, word: str) -> None:
    """Raise Invalid for what is too short or too long, there already, or a name that some readers may not know."""
    key = fold(word)
    if len(key) < SHORTEST or max(len(word), len(key)) > LONGEST:
        raise Invalid("word", N_("Bitte geben Sie ein Wort von 3 bis 60 Zeichen an."))
    words = queries.calendar_words(session, viewer)
    if key in {each.key for each in words} | set(map(fold, PROGRAMME_WORDS)):
        raise Invalid("word", KNOWN)
    if len(words) >= MOST:
        raise Invalid("word", N_("Es sind schon 100 Stichworte. Bitte entfernen Sie eines, das niemand braucht."))
    names = names_of(*queries.municipality_names(session, viewer))
    if any(f" {name} " in f" {key} " for name in names):
        raise Invalid("word", N_("Namen von Kommunen findet die Software selbst, bei denen, die sie kennen dürfen."))


def remove_word(
    session: Session, viewer: Actor, *, public_id: str, now: datetime, request_key: str | None = None
) -> None:
    """Let calendars be searched for it no more; nothing happens where it is gone already. Raises Forbidden."""
    check(viewer, Permission.ENTRY_WORDS)
    with unit_of_work(session):
        found = queries.calendar_word(session, viewer, public_id)
        if found is None or audit.done_before(session, viewer, request_key):
            return
        session.delete(found)
        audit.record(
            session, viewer, action="calendar_word.remove", object_type="calendar_word", object_id=public_id, now=now,
            request_key=request_key,
        )  # fmt: skip
