"""Sessions: kinds and states, local time and instants, what is shown to whom, what a held session books."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from komma_tracker.access.rules import N_


class EventKind(StrEnum):
    """What a session is (domain 1.2m, 2.7)."""

    TRAINING = "training"
    COACHING = "coaching"
    WORKSHOP = "workshop"
    STEERING_GROUP = "steering_group"
    ALLIANCE_MEETING = "alliance_meeting"
    NETWORK = "network"
    WEBINAR = "webinar"

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
}


class EventState(StrEnum):
    """How far a session has come."""

    TENTATIVE = "tentative"
    CONFIRMED = "confirmed"
    HELD = "held"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        """The German msgid."""
        return STATE_LABELS[self]


STATE_LABELS: Mapping[EventState, str] = {
    EventState.TENTATIVE: N_("geplant"),
    EventState.CONFIRMED: N_("bestätigt"),
    EventState.HELD: N_("durchgeführt"),
    EventState.CANCELLED: N_("abgesagt"),
}


class ReasonClass(StrEnum):
    """Why a session was cancelled or moved: a class only, never the details of a threat (domain 1.2p)."""

    MUNICIPALITY = "municipality"
    CARRIER = "carrier"
    ILLNESS = "illness"
    WEATHER = "weather"
    THREAT_SITUATION = "threat_situation"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The German msgid."""
        return REASON_LABELS[self]


REASON_LABELS: Mapping[ReasonClass, str] = {
    ReasonClass.MUNICIPALITY: N_("Anlass bei der Kommune"),
    ReasonClass.CARRIER: N_("Anlass beim Träger"),
    ReasonClass.ILLNESS: N_("Krankheit"),
    ReasonClass.WEATHER: N_("Wetter"),
    ReasonClass.THREAT_SITUATION: N_("Gefährdungslage"),
    ReasonClass.OTHER: N_("sonstiger Anlass"),
}


class FunctionGroup(StrEnum):
    """Function by which participants are counted; never names (domain 2.7)."""

    HEAD = "head"
    MANAGERS = "managers"
    STAFF_PUBLIC = "staff_public"
    STAFF_INTERNAL = "staff_internal"
    STAFF_COUNCIL = "staff_council"
    COUNCIL = "council"
    SECURITY_AUTHORITY = "security_authority"
    COUNSELLING_SERVICE = "counselling_service"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The German msgid."""
        return GROUP_LABELS[self]


GROUP_LABELS: Mapping[FunctionGroup, str] = {
    FunctionGroup.HEAD: N_("Verwaltungsleitung"),
    FunctionGroup.MANAGERS: N_("Führungskräfte"),
    FunctionGroup.STAFF_PUBLIC: N_("Mitarbeitende mit Publikumsverkehr"),
    FunctionGroup.STAFF_INTERNAL: N_("Mitarbeitende ohne Publikumsverkehr"),
    FunctionGroup.STAFF_COUNCIL: N_("Personalrat"),
    FunctionGroup.COUNCIL: N_("politische Gremien"),
    FunctionGroup.SECURITY_AUTHORITY: N_("Sicherheitsbehörden"),
    FunctionGroup.COUNSELLING_SERVICE: N_("Beratungs- und Hilfestellen"),
    FunctionGroup.OTHER: N_("sonstige Teilnehmende"),
}
