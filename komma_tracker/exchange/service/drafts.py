"""Use cases of uploaded files: keep one, learn its columns, book it once."""

from __future__ import annotations

import io
import zlib
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import IO

from sqlalchemy import delete
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Permission, Viewer, check
from komma_tracker.db import unit_of_work
from komma_tracker.exchange import queries
from komma_tracker.exchange.formats import Columns, columns_in, heading_digest, is_heading
from komma_tracker.exchange.models import ImportDraft, ImportLayout
from komma_tracker.exchange.plan import Plan, Planner
from komma_tracker.exchange.rules import LIMITS, ImportStep, Limits
from komma_tracker.exchange.service import book, read_file
from komma_tracker.exchange.service.asking import Settled, given, put, settle, table_of
from komma_tracker.exchange.tables import Row, read_table

DRAFT_LIFE = timedelta(hours=12)
DRAFTS_KEPT = 4
"""So many files of one person wait for their confirmation; an older one makes room."""


def keep_draft(
    session: Session,
    viewer: Viewer,
    *,
    file: IO[bytes],
    filename: str,
    municipality_id: int | None,
    now: datetime,
    limits: Limits = LIMITS,
) -> ImportDraft:
    """Keep an uploaded file until it is confirmed. Raises Forbidden, Unreadable."""
    check(viewer, Permission.ENTRY_IMPORT, municipality_id)
    heading = read_table(file, limits, is_heading).heading
    file.seek(0)
    draft = ImportDraft(
        user_id=viewer.user_id,
        municipality_id=municipality_id,
        filename=filename[:200],
        content=zlib.compress(file.read(), 1),
        created_at=now,
        expires_at=now + DRAFT_LIFE,
    )
    known = queries.layout(session, viewer, heading_digest(heading), user_id=viewer.user_id)
    columns, faults = columns_in(heading, None, needs_municipality=municipality_id is None)
    if known and (faults or columns.tool):
        draft.places = dict(known.places)
    if faults and not draft.places:
        settled = Settled(ImportStep.COLUMNS)
    elif draft.places or columns.tool:
        settled = settle(session, viewer, draft, limits)
    else:
        settled = Settled(ImportStep.PREVIEW)
    with unit_of_work(session):
        surplus = queries.surplus_drafts(session, viewer, keep=DRAFTS_KEPT - 1)
        session.execute(delete(ImportDraft).where(ImportDraft.id.in_(surplus)))
        put(draft, settled)
        session.add(draft)
    return draft


def forget_expired_drafts(session: Session, *, now: datetime) -> None:
    """Delete uploaded files that nobody has confirmed in time, whoever they belong to; for a session of the system."""
    with unit_of_work(session):
        session.execute(delete(ImportDraft).where(ImportDraft.expires_at <= now))


def columns_in_draft(draft: ImportDraft, heading: Row) -> Columns:
    """Where the fields of an uploaded file stand, as far as that is known."""
    return columns_in(heading, draft.places, needs_municipality=draft.municipality_id is None)[0]


def match_columns(
    session: Session,
    viewer: Viewer,
    draft: ImportDraft,
    *,
    places: Mapping[str, int],
    now: datetime,
    limits: Limits = LIMITS,
) -> None:
    """Note in which columns the fields of a file stand, for this file and the next of its kind.

    Raises NotFound, Unreadable (also where a column of names holds something else).
    """
    digest = heading_digest(table_of(draft, limits).heading)
    settled = settle(session, viewer, draft, limits, places=dict(places))
    with unit_of_work(session):
        draft = queries.draft(session, viewer, draft.public_id, now=now, for_change=True)
        draft.places = dict(places)
        put(draft, settled)
        known = queries.layout(session, viewer, digest, user_id=viewer.user_id)
        if known is None:
            session.add(ImportLayout(user_id=viewer.user_id, heading=digest, places=dict(places)))
        else:
            known.places = dict(places)


def forget_columns(
    session: Session, viewer: Viewer, draft: ImportDraft, *, now: datetime, limits: Limits = LIMITS
) -> None:
    """Forget how the columns of such files were matched, and begin this one anew. Raises NotFound, Unreadable."""
    heading = table_of(draft, limits).heading
    with unit_of_work(session):
        if known := queries.layout(session, viewer, heading_digest(heading), user_id=viewer.user_id):
            session.delete(known)
        draft = queries.draft(session, viewer, draft.public_id, now=now, for_change=True)
        draft.places = None
        put(draft, Settled(ImportStep.COLUMNS))


def read_draft(session: Session, viewer: Viewer, draft: ImportDraft, *, limits: Limits = LIMITS) -> Planner:
    """Read an uploaded file anew: what it means may have changed since. Raises Forbidden, Unreadable, Invalid."""
    content = io.BytesIO(zlib.decompress(draft.content))
    return read_file(
        session, viewer, content, municipality_id=draft.municipality_id, limits=limits,
        places=draft.places, order=draft.date_order, answers=given(draft),
    )  # fmt: skip


def book_draft(
    session: Session,
    viewer: Viewer,
    public_id: str,
    *,
    with_doubles: bool,
    seen: str,
    now: datetime,
    today: date,
    reason: str = "",
    long_days: bool = False,
    limits: Limits = LIMITS,
) -> Plan | None:
    """Book an uploaded file as its preview said, once; None if that has been done before.

    Raises NotFound, Forbidden, Unreadable, Invalid, Conflict.
    """
    draft = queries.draft(session, viewer, public_id, now=now)
    if draft.booked_at:
        return None
    planner = read_draft(session, viewer, draft, limits=limits)  # takes its time, so before others must wait
    with unit_of_work(session):
        draft = queries.draft(session, viewer, public_id, now=now, for_change=True)
        if draft.booked_at:
            return None
        plan = book(
            session, viewer, planner, with_doubles=with_doubles, now=now, today=today, seen=seen,
            reference=public_id, reason=reason, long_days=long_days,
        )  # fmt: skip
        draft.booked_at = now
        draft.content = b""  # it has done its work, and may hold what should not lie about
        draft.answers = draft.places = None
    return plan
