"""The file that holds a whole programme: which tables go into it, which never do, and how it is laid out.

It is JSON, and each row has a line of its own, so that it can be written and read without holding it in memory:

    {"format": "komma-tracker programme", "version": 1, "schema": "…", "tables": {
    "municipality": [
    {"id": 1, "code": "K01", …},
    {"id": 2, …}
    ],
    …
    },
    "rows": 2, "sha256": "…"}

Nothing in it depends on when or where it is written: the same programme gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping

FORMAT = "komma-tracker programme"
VERSION = 1

TAKEN: Mapping[str, frozenset[str]] = {
    "municipality": frozenset(),
    "municipality_identity": frozenset(),
    "user": frozenset({"password_hash"}),
    "assignment": frozenset(),
    "contract": frozenset(),
    "contract_terms": frozenset(),
    "work_package": frozenset(),
    "package_year": frozenset(),
    "reallocation": frozenset(),
    "pool_transfer": frozenset(),
    "statement": frozenset(),
    "statement_snapshot": frozenset(),
    "statement_step": frozenset(),
    "objection": frozenset(),
    "filed_report": frozenset(),
    "day_entry": frozenset(),
    "event_series": frozenset(),
    "event": frozenset(),
    "event_municipality": frozenset(),
    "event_consultant": frozenset(),
    "event_participants": frozenset(),
    "event_booking": frozenset(),
    "event_material": frozenset(),
    "event_move": frozenset(),
    "event_reminder": frozenset(),
    "event_joining": frozenset({"seed", "code_hash"}),
    "event_joined": frozenset(),
    "event_feedback": frozenset(),
    "late_cancellation": frozenset(),
    "deliverable": frozenset(),
    "deliverable_version": frozenset(),
    "deliverable_review": frozenset(),
    "deliverable_step": frozenset(),
    "invitation": frozenset(),
    "calendar_word": frozenset(),
    "organisation": frozenset(),
    "alliance": frozenset(),
    "alliance_turn": frozenset(),
    "alliance_member": frozenset(),
    "work_plan_item": frozenset(),
    "meeting_attendance": frozenset(),
    "meeting_decision": frozenset(),
}
"""What makes up a programme, and the columns of it that stay where they are."""

LEFT: Mapping[str, str] = {
    "audit_record": "says what was done in the instance that holds it",
    "budget_total": "a cache: reckoned anew from the entries",
    "feed_address": "secret addresses of calendars",
    "feed_address_municipality": "goes with them",
    "import_draft": "uploaded files of single people, on their way",
    "import_layout": "a person's habits",
    "import_name": "a person's habits",
    "login_session": "who is signed in where",
    "one_time_link": "secret links",
    "rate_limit": "counts tries to sign in",
    "sign_off_link": "secret links",
    "register_entry": "public, and read from the register's own file",
}
"""What does not, and why."""
