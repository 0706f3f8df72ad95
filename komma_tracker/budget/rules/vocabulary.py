"""The words of a day entry: what was done and where, with every name under which an import may bring them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from komma_tracker.access.rules import N_


class Activity(StrEnum):
    """What a consultant did."""

    TRAINING = "training"
    COACHING = "coaching"
    WORKSHOP = "workshop"
    STEERING = "steering"
    ALLIANCE_MEETING = "alliance_meeting"
    NETWORK = "network"
    TRANSFER = "transfer"
    COMMITTEE = "committee"
    INTERVIEW = "interview"
    COORDINATION = "coordination"
    ANALYSIS = "analysis"
    CONCEPT = "concept"
    REPORT = "report"
    PREPARATION = "preparation"
    FOLLOW_UP = "follow_up"
    TRAVEL = "travel"
    LATE_CANCELLATION = "late_cancellation"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The German msgid."""
        return ACTIVITY_LABELS[self]


ACTIVITY_LABELS: Mapping[Activity, str] = {
    Activity.TRAINING: N_("Training"),
    Activity.COACHING: N_("Coaching"),
    Activity.WORKSHOP: N_("Workshop"),
    Activity.STEERING: N_("Steuerung"),
    Activity.ALLIANCE_MEETING: N_("Allianztreffen"),
    Activity.NETWORK: N_("Netzwerk"),
    Activity.TRANSFER: N_("Transfer"),
    Activity.COMMITTEE: N_("Gremium"),
    Activity.INTERVIEW: N_("Interview"),
    Activity.COORDINATION: N_("Abstimmung"),
    Activity.ANALYSIS: N_("Analyse"),
    Activity.CONCEPT: N_("Konzept"),
    Activity.REPORT: N_("Bericht"),
    Activity.PREPARATION: N_("Vorbereitung"),
    Activity.FOLLOW_UP: N_("Nachbereitung"),
    Activity.TRAVEL: N_("Reise"),
    Activity.LATE_CANCELLATION: N_("kurzfristige Absage"),
    Activity.OTHER: N_("Sonstiges"),
}


class Mode(StrEnum):
    """Where a consultant did it."""

    ON_SITE = "on_site"
    ONLINE = "online"
    PHONE = "phone"
    OFFICE = "office"

    @property
    def label(self) -> str:
        """The German msgid."""
        return MODE_LABELS[self]


MODE_LABELS: Mapping[Mode, str] = {
    Mode.ON_SITE: N_("vor Ort"),
    Mode.ONLINE: N_("online"),
    Mode.PHONE: N_("telefonisch"),
    Mode.OFFICE: N_("im Büro"),
}
