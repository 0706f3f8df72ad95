"""The demo's invitations are as `komma invitations send` would have left them."""

from __future__ import annotations

from collections import Counter

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from komma_tracker.accounts.models import User
from komma_tracker.demo import service
from komma_tracker.events.models import Event
from komma_tracker.notify.models import Invitation
from komma_tracker.notify.service import Notice, send_due
from tests.support.clock import Clock


def test_what_the_demo_says_was_sent_is_not_sent_again(app: Flask, session: Session, clock: Clock) -> None:
    """Only what K01 shares with others, or is invited to with all, is still to be sent."""
    service.load(session, municipalities=7, seed=1, today=clock.today)
    told = session.execute(select(User.email, Invitation.event_id).join(Invitation.user)).all()
    of = Counter(email for email, _ in told)
    assert set(of) == {"koordination-k01@example.org", "leitung-k01@example.org"}
    assert len(set(of.values())) == 1
    assert min(of.values()) > 2
    sent: list[Notice] = []
    send_due(session.get_bind().engine, post=sent.append, now=clock.now)
    counts = dict(session.execute(select(Event.public_id, Event.municipality_count)).all())
    assert {counts[notice.public_id] == 1 for notice in sent} == {False}
