"""The words of a day entry: what was done and where, with every name under which an import may bring them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from komma_tracker.access.rules import N_
from komma_tracker.municipalities.rules import fold


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

ACTIVITY_NAMES: Mapping[Activity, tuple[str, ...]] = {
    Activity.TRAINING: ("Training", "Fortbildung", "Schulung"),
    Activity.COACHING: ("Coaching", "Teamcoaching"),
    Activity.WORKSHOP: ("Workshop", "Werkstatt"),
    Activity.STEERING: ("Steuerung", "Steuerungsgruppe", "Jour fixe", "steering", "steering group"),
    Activity.ALLIANCE_MEETING: ("Allianztreffen", "Allianz", "alliance meeting", "alliance"),
    Activity.NETWORK: ("Netzwerk", "Netzwerktreffen", "network", "network meeting"),
    Activity.TRANSFER: ("Transfer", "Webinar"),
    Activity.COMMITTEE: ("Gremium", "Ausschuss", "committee"),
    Activity.INTERVIEW: ("Interview", "Interviews"),
    Activity.COORDINATION: ("Abstimmung", "coordination"),
    Activity.ANALYSIS: ("Analyse", "Auswertung", "analysis"),
    Activity.CONCEPT: ("Konzept", "Konzeption", "concept", "drafting"),
    Activity.REPORT: ("Bericht", "report"),
    Activity.PREPARATION: ("Vorbereitung", "preparation", "prep"),
    Activity.FOLLOW_UP: ("Nachbereitung", "follow up", "followup"),
    Activity.TRAVEL: ("Reise", "Reisezeit", "Fahrt", "Anreise", "travel"),
    Activity.LATE_CANCELLATION: ("kurzfristige Absage", "Ausfall", "late cancellation"),
    Activity.OTHER: ("Sonstiges", "other"),
}
"""German and English names of each activity, as files and people write them."""

MODE_NAMES: Mapping[Mode, tuple[str, ...]] = {
    Mode.ON_SITE: ("vor Ort", "Präsenz", "on site", "onsite"),
    Mode.ONLINE: ("online", "digital", "Videokonferenz", "Video", "remote"),
    Mode.PHONE: ("Telefon", "telefonisch", "Telefonat", "phone", "by phone"),
    Mode.OFFICE: ("Büro", "im Büro", "Homeoffice", "office"),
}
"""German and English names of each mode."""

_ACTIVITY_BY_NAME = {fold(name): activity for activity, names in ACTIVITY_NAMES.items() for name in names}
_MODE_BY_NAME = {fold(name): mode for mode, names in MODE_NAMES.items() for name in names}


def activity_named(text: str) -> Activity | None:
    """The activity of that name in either language, None where the word says nothing of one.

    >>> activity_named("KONZEPT"), activity_named("follow-up"), activity_named("Clearing")
    (<Activity.CONCEPT: 'concept'>, <Activity.FOLLOW_UP: 'follow_up'>, None)
    """
    return _ACTIVITY_BY_NAME.get(fold(text))


def mode_named(text: str) -> Mode | None:
    """The mode of that name in either language, None where the word says nothing of one.

    >>> mode_named("vor_ort"), mode_named("Buero"), mode_named("unterwegs")
    (<Mode.ON_SITE: 'on_site'>, <Mode.OFFICE: 'office'>, None)
    """
    return _MODE_BY_NAME.get(fold(text))
