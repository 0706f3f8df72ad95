"""What a session is, and what of it is shown to whom."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from komma_tracker.access.rules import N_
from komma_tracker.budget.rules import Activity


class EventKind(StrEnum):
    """What a session is (domain 1.2m, 2.7)."""

    TRAINING = "training"
    COACHING = "coaching"
    WORKSHOP = "workshop"
    STEERING_GROUP = "steering_group"
    ALLIANCE_MEETING = "alliance_meeting"
    NETWORK = "network"
    WEBINAR = "webinar"
    TRANSFER = "transfer"

    @property
    def label(self) -> str:
        """The German msgid."""
        return KIND_LABELS[self]


KIND_LABELS: Mapping[EventKind, str] = {
    EventKind.TRAINING: N_("Training"),
    EventKind.COACHING: N_("Coaching"),
    EventKind.WORKSHOP: N_("Workshop"),
    EventKind.STEERING_GROUP: N_("Steuerungsgruppe"),
    EventKind.ALLIANCE_MEETING: N_("Allianztreffen"),
    EventKind.NETWORK: N_("Netzwerktreffen"),
    EventKind.WEBINAR: N_("Webinar"),
    EventKind.TRANSFER: N_("Transferveranstaltung"),
}

ACTIVITY_OF: Mapping[EventKind, Activity] = {
    EventKind.TRAINING: Activity.TRAINING,
    EventKind.COACHING: Activity.COACHING,
    EventKind.WORKSHOP: Activity.WORKSHOP,
    EventKind.STEERING_GROUP: Activity.STEERING,
    EventKind.ALLIANCE_MEETING: Activity.ALLIANCE_MEETING,
    EventKind.NETWORK: Activity.NETWORK,
    EventKind.WEBINAR: Activity.TRANSFER,
    EventKind.TRANSFER: Activity.TRANSFER,
}
"""As what a held session of each kind is booked."""

PROGRAMME_KINDS = frozenset({EventKind.NETWORK, EventKind.WEBINAR, EventKind.TRANSFER})
"""Kinds that concern all municipalities where none is named."""

CONFIDENTIAL_COACHING = N_("Coaching (vertraulich)")


def shown_title(kind: EventKind, title: str, *, may_see_coaching: bool) -> str:
    """The title, or a msgid in its place: whom a coaching is for, only the team may read (domain 1.2m).

    >>> shown_title(EventKind.COACHING, "Teamcoaching Bürgerservice", may_see_coaching=False)
    'Coaching (vertraulich)'
    """
    return title if kind is not EventKind.COACHING or may_see_coaching else CONFIDENTIAL_COACHING


def shows_details(kind: EventKind, *, team: bool, veiled: bool) -> bool:
    """Whether title, place, link, note and participants may be shown (domain 1.2m, 1.5; trust 1).

    `team` are leads and consultants; `veiled` is a session with an anonymous municipality that is not the viewer's:
    whatever names a place would name it.

    >>> shows_details(EventKind.COACHING, team=False, veiled=False)
    False
    >>> shows_details(EventKind.TRAINING, team=True, veiled=True)
    False
    """
    return not veiled and (team or kind is not EventKind.COACHING)


def statement_note(kind: EventKind, title: str, *, joint_with_anonymous: bool) -> str:
    """What the entries of a held session say on the statement: a title that might tell too much stays out of it.

    >>> statement_note(EventKind.COACHING, "Teamcoaching Bürgerservice", joint_with_anonymous=False)
    ''
    """
    return "" if kind is EventKind.COACHING or joint_with_anonymous else title
