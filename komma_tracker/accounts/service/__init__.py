"""Use cases of people: signing in and out, one-time links, the own account, and who belongs where."""

from __future__ import annotations

from komma_tracker.accounts.service.links import Letter, choose_password, invite, open_link, request_reset
from komma_tracker.accounts.service.own import (
    change_password,
    choose_invitations,
    choose_land,
    choose_locale,
    end_invitations,
)
from komma_tracker.accounts.service.people import (
    Added,
    add_assignment,
    add_person,
    change_assignment,
    change_person,
    disable_person,
    enable_person,
    remove_assignment,
)
from komma_tracker.accounts.service.sessions import (
    close_session,
    end_sessions,
    note_seen,
    open_session,
    sign_in,
    sign_out_everywhere,
)

__all__ = [
    "Added",
    "Letter",
    "add_assignment",
    "add_person",
    "change_assignment",
    "change_password",
    "change_person",
    "choose_invitations",
    "choose_land",
    "choose_locale",
    "choose_password",
    "close_session",
    "disable_person",
    "enable_person",
    "end_invitations",
    "end_sessions",
    "invite",
    "note_seen",
    "open_link",
    "open_session",
    "remove_assignment",
    "request_reset",
    "sign_in",
    "sign_out_everywhere",
]
