"""Invitations go out when a request has changed something that they tell of; whatever that misses, a timer sends."""

from __future__ import annotations

import logging

from flask import Flask, Response

from komma_tracker.db import db
from komma_tracker.kit.changes import taken
from komma_tracker.kit.clock import now
from komma_tracker.kit.context import context
from komma_tracker.notify.letters import post_for
from komma_tracker.notify.service import FAILURES, send_due

MOST_AT_ONCE = 25
"""To so many people a request writes; what concerns more of them goes on with the timer."""
_log = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    """Look after each request whether it has changed a session, or a person."""

    @app.after_request
    def invite(response: Response) -> Response:
        changes = taken(db.session()) if db.session.registry.has() else None
        if changes:
            try:
                send_due(
                    db.engine,
                    post=post_for(context()),
                    now=now(),
                    event_ids=changes.event_ids,
                    user_ids=changes.user_ids,
                    most=MOST_AT_ONCE,
                )
            except FAILURES as error:
                # What was asked for is done and kept: the timer sends what could not be sent now. No names (trust 8).
                _log.error("invitations wait for `komma invitations send`: %s", type(error).__name__)
        return response
