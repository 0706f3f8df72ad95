"""Use case of the official register: take a new edition in, in place of the old one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from komma_tracker.access.rules import Actor, Permission, check
from komma_tracker.audit import service as audit
from komma_tracker.db import unit_of_work
from komma_tracker.municipalities.models import RegisterEntry
from komma_tracker.municipalities.register import Unit, search_key
from komma_tracker.municipalities.rules import Kind

SEARCH_KEY_LENGTH = 120


def replace_register(session: Session, viewer: Actor, *, units: Sequence[Unit], now: datetime) -> dict[Kind, int]:
    """Put these units in place of all before; returns how many there are of each kind. Raises Forbidden."""
    counts = Counter(unit.kind for unit in units)
    with unit_of_work(session):
        check(viewer, Permission.MUNICIPALITY_EDIT)
        session.execute(delete(RegisterEntry))
        session.execute(insert(RegisterEntry), [_row(unit) for unit in units])
        audit.record(
            session,
            viewer,
            action="register.replace",
            object_type="register",
            object_id="GV100AD",
            after={kind.value: count for kind, count in counts.items()},
            now=now,
        )
    return dict(counts)


def _row(unit: Unit) -> dict[str, object]:
    return {
        "key": unit.key,
        "name": unit.name,
        "official_name": unit.official_name,
        "search_key": search_key(unit)[:SEARCH_KEY_LENGTH],
        "kind": unit.kind,
        "land": unit.land,
        "district": unit.district,
        "population": unit.population,
    }
