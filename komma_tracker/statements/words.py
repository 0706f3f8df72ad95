"""What a statement says of its lines, in the reader's language."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext

from komma_tracker.budget.rules import Approval
from komma_tracker.budget.words import explained
from komma_tracker.statements.rules import Line


def activity(line: Line) -> str:
    """What was done; of a coaching no more than that (domain 5.4, case 4)."""
    return gettext("Coaching (vertraulich)") if line.is_confidential else gettext(line.activity.label)


def kind_of_correction(line: Line) -> str:
    """Why a line of an earlier month stands in this one."""
    if line.reverses:
        return gettext("Storno")
    return gettext("Neubuchung") if line.replaces else gettext("Nachmeldung")


def remarks(line: Line, *, month: date) -> list[str]:
    """All that is said of a line beside its figures: note, explanation, why it comes late."""
    late = line.service_date < month
    said = [line.note, explained(line.minutes, line.chargeable_minutes, line.counted_as, Approval.NOT_NEEDED)]
    if late:
        said.append(": ".join(filter(None, (kind_of_correction(line), line.reason))))
    return [text for text in said if text]
