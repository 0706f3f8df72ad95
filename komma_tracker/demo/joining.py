"""What participants left behind who joined by a code: heads to confirm, and how content they were with trainings."""

from __future__ import annotations

from collections import Counter
from random import Random

from komma_tracker.demo.plot import Meeting
from komma_tracker.demo.rows import Rows
from komma_tracker.events.join_models import EventFeedback, EventJoined, EventJoining
from komma_tracker.events.rules import TOOK_PLACE, EventKind, FunctionGroup
from komma_tracker.events.rules.joining import SCALE

CONTENT = (1, 2, 8, 30, 34)
"""How often each value of the scale is chosen, about."""
COUNTED = {FunctionGroup.MANAGERS: 3, FunctionGroup.STAFF_PUBLIC: 9}


def write(rows: Rows, event: int, meeting: Meeting, *, seed: int) -> None:
    """The answers of three quarters of those who took part in a training; the code is void since."""
    if meeting.kind is not EventKind.TRAINING or meeting.state not in TOOK_PLACE:
        return
    rng = Random(f"{seed}:answers:{meeting.title}:{meeting.starts}")
    given = Counter(rng.choices(SCALE, CONTENT, k=sum(meeting.participants.values()) * 3 // 4))
    _lay_out(rows, event, given, {})


def count(rows: Rows, event: int) -> None:
    """Heads that counted themselves in at a session that somebody still has to confirm."""
    _lay_out(rows, event, {}, COUNTED)


def _lay_out(rows: Rows, event: int, answers: dict[int, int], heads: dict[FunctionGroup, int]) -> None:
    rows.gather(EventJoining, {"event_id": event, "seed": None, "code_hash": None})
    for value in SCALE:
        rows.gather(EventFeedback, {"event_id": event, "scale": value, "answers": answers.get(value, 0)})
    for group in FunctionGroup:
        rows.gather(EventJoined, {"event_id": event, "function_group": group, "headcount": heads.get(group, 0)})
