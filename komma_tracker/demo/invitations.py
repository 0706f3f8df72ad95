"""Sessions that the people of K01 have got by mail, and what they have answered so far."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import cycle

from komma_tracker.access.rules import Role, Viewer
from komma_tracker.demo import cast
from komma_tracker.demo.rows import Rows
from komma_tracker.events.rules import OPEN_STATES
from komma_tracker.feeds.queries import sessions_of_feed
from komma_tracker.feeds.rules import Audience, Contents
from komma_tracker.notify.models import Invitation
from komma_tracker.notify.queries import event_ids
from komma_tracker.notify.rules import Answer, Method, fingerprint, span

WANTED_BY = "k01"
"""Whose people have switched invitations on, as it stands in their addresses."""
ANSWERS = ((Answer.ACCEPTED, None), (Answer.TENTATIVE, Answer.ACCEPTED), (Answer.ACCEPTED, Answer.DECLINED))
"""What coordination and head say to one session after the other."""


def write(rows: Rows, place: int, people: tuple[int, int], *, today: date, now: datetime) -> None:
    """Rows as `komma invitations send` would have left them a week ago, for the municipality's own sessions to come."""
    reader = Viewer(people[0], Role.COORDINATOR, frozenset({place}))
    contents = Contents(Audience.MUNICIPALITY, (place,))
    sessions = sessions_of_feed(rows.session, reader, contents=contents, today=today)
    own = [each for each in sessions if each.state in OPEN_STATES and each.municipality_count == 1]
    coming = sorted((each for each in own if span(each)[0] > now), key=lambda each: each.starts_local)
    ids = event_ids(rows.session, public_ids=[each.public_id for each in coming])
    for session, answers in zip(coming, cycle(ANSWERS)):
        starts_at, ends_at = span(session)
        for person, role, answer in zip(people, (Role.COORDINATOR, Role.HEAD), answers, strict=True):
            rows.add(
                Invitation,
                event_id=ids[session.public_id],
                user_id=person,
                method=Method.REQUEST,
                sequence=0,
                asked=0,
                fingerprint=fingerprint(session, cast.email(role, WANTED_BY)),
                starts_at=starts_at,
                ends_at=ends_at,
                sent_at=now - timedelta(days=7),
                answer=answer,
                answered_at=now - timedelta(days=6) if answer else None,
            )
