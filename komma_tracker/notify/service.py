"""Use cases of invitations: send what is due, and take an answer.

What was sent is compared with what is, for each person who wants mail. So it plays no part who has changed a session,
how, or in which process; running it again sends nothing twice, and what was missed once goes out the next time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Actor, System
from komma_tracker.access.scope import session_of
from komma_tracker.accounts.models import User
from komma_tracker.accounts.queries import locked_user, viewer_of_user
from komma_tracker.audit import service as audit
from komma_tracker.db import unit_of_work
from komma_tracker.events.rules import EventKind
from komma_tracker.feeds.rules import SessionFacts
from komma_tracker.kit.clock import date_of
from komma_tracker.notify import queries, rules
from komma_tracker.notify.models import Invitation
from komma_tracker.notify.rules import Answer, Method, Reply

ERRAND = System("invitations")
FAILURES = (SQLAlchemyError, OSError)
"""What can go wrong with sending now, and right the next time."""


@dataclass(frozen=True, kw_only=True)
class Notice:
    """A message to one person about one session, before it is put into words; instants in UTC.

    `session` is None where it is the person's no more: then kind and the time that they were told are all that is said.
    `again` says that there was a request before, `fresh` that an answer to that one is none to this.
    """

    to: str
    locale: str
    public_id: str
    method: Method
    sequence: int
    stamp: datetime
    again: bool
    fresh: bool
    answer: Answer | None
    kind: EventKind
    starts_at: datetime
    ends_at: datetime
    session: SessionFacts | None


Post = Callable[[Notice], None]


def send_due(
    engine: Engine,
    *,
    post: Post,
    now: datetime,
    event_ids: Collection[int] | None = None,
    user_ids: Collection[int] = (),
    most: int | None = None,
) -> int:
    """Send every message that is due, or those about these sessions and to these people, to so many people at most;
    returns how many.

    One transaction a person, who is locked meanwhile: of several processes one sends. A message lies in the outbox
    before it counts as sent, so that a crash may repeat one (equal UID and SEQUENCE: calendars take it as known), but
    loses none.
    """
    with session_of(engine, ERRAND) as session:
        people = queries.people_to_write_to(session, event_ids=event_ids, user_ids=user_ids)
        return sum(_send_to(session, engine, user_id, post=post, now=now) for user_id in people[:most])


def _send_to(session: Session, engine: Engine, user_id: int, *, post: Post, now: datetime) -> int:
    with unit_of_work(session):
        user = locked_user(session, user_id)
        if not user.invitations:
            return 0
        own = _sessions_of(session, engine, user, now)
        told = queries.told_so_far(session, user_id=user_id, public_ids=own, now=now)
        notices = [
            notice
            for public_id in sorted({*own, *told})
            if (notice := _notice(user, public_id, own.get(public_id), told.get(public_id), now))
        ]
        ids = queries.event_ids(session, public_ids=[notice.public_id for notice in notices])
        for notice in notices:
            if notice.public_id in told:
                row, _ = told[notice.public_id]
            else:
                row = Invitation(event_id=ids[notice.public_id], user_id=user_id)
                session.add(row)
            _keep(row, notice)
            _record(session, user, notice)
        session.flush()
        for notice in notices:
            post(notice)
    return len(notices)


def _sessions_of(session: Session, engine: Engine, user: User, now: datetime) -> dict[str, SessionFacts]:
    """What concerns a person, read with their own rights of today; nothing for somebody who may not sign in."""
    today = date_of(now)
    viewer = viewer_of_user(session, user_id=user.id, today=today)
    if viewer is None:
        return {}
    with session_of(engine, viewer) as own:
        return queries.sessions_for(own, viewer, today=today)


def _notice(
    user: User, public_id: str, session: SessionFacts | None, told: tuple[Invitation, EventKind] | None, now: datetime
) -> Notice | None:
    sent = told[0].sent if told else None
    method = rules.due(sent, session, user.email, now)
    if method is None:
        return None
    if session is None:
        assert told is not None  # else there was nothing to cancel
        row, kind = told
        starts_at, ends_at = row.starts_at, row.ends_at
    else:
        kind, (starts_at, ends_at) = session.kind, rules.span(session)
    fresh = session is not None and method is Method.REQUEST and rules.asked_again(sent, session)
    return Notice(
        to=user.email,
        locale=user.locale,
        public_id=public_id,
        method=method,
        sequence=sent.sequence + 1 if sent else 0,
        stamp=now,
        again=sent is not None and sent.method is Method.REQUEST,
        fresh=fresh,
        answer=None if fresh or sent is None else sent.answer,
        kind=kind,
        starts_at=starts_at,
        ends_at=ends_at,
        session=session,
    )


def _keep(row: Invitation, notice: Notice) -> None:
    row.method, row.sequence, row.sent_at = notice.method, notice.sequence, notice.stamp
    row.starts_at, row.ends_at, row.answer = notice.starts_at, notice.ends_at, notice.answer
    if notice.fresh:
        row.asked, row.answered_at = notice.sequence, None
    if notice.session:
        row.fingerprint = rules.fingerprint(notice.session, notice.to)


def _record(session: Session, user: User, notice: Notice) -> None:
    audit.record(
        session,
        ERRAND,
        action="invitation.send",
        object_type="session",
        object_id=notice.public_id,
        after={"person": user.public_id, "method": notice.method.value, "sequence": notice.sequence},
        now=notice.stamp,
    )


def take_answer(session: Session, viewer: Actor, *, reply: Reply, now: datetime) -> bool:
    """Keep what somebody has answered; False where a later message or answer has overtaken it.

    Raises Refused where that person was never asked.
    """
    with unit_of_work(session):
        public_id = rules.public_id_of(reply.uid) or ""
        row = queries.invitation_for_answer(session, public_id=public_id, email=reply.attendee)
        if not rules.check_reply(reply, row.sent if row else None, now):
            return False
        assert row is not None
        row.answer, row.answered_at = reply.answer, reply.stamp
        audit.record(
            session,
            viewer,
            action="invitation.answer",
            object_type="session",
            object_id=public_id,
            after={"person": row.user.public_id, "answer": reply.answer.value},
            now=now,
        )
    return True
