"""Sessions: kinds and states, local time and instants, what is shown to whom, what a held session books."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from komma_tracker.access.rules import N_, DomainError, Forbidden, Invalid, Role
from komma_tracker.budget.rules import Activity

DEFAULT_ZONE = "Europe/Berlin"


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

ACTIVITY_OF: Mapping[EventKind, Activity] = {
    EventKind.TRAINING: Activity.TRAINING,
    EventKind.COACHING: Activity.COACHING,
    EventKind.WORKSHOP: Activity.WORKSHOP,
    EventKind.STEERING_GROUP: Activity.STEERING,
    EventKind.ALLIANCE_MEETING: Activity.ALLIANCE_MEETING,
    EventKind.NETWORK: Activity.NETWORK,
    EventKind.WEBINAR: Activity.TRANSFER,
}
"""As what a held session of each kind is booked."""

PROGRAMME_KINDS = frozenset({EventKind.NETWORK, EventKind.WEBINAR})
"""Kinds that concern all municipalities where none is named."""

CONFIDENTIAL_COACHING = N_("Coaching (vertraulich)")


def shown_title(kind: EventKind, title: str, *, may_see_coaching: bool) -> str:
    """The title, or a msgid in its place: whom a coaching is for, only the team may read (domain 1.2m).

    >>> shown_title(EventKind.COACHING, "Teamcoaching Bürgerservice", may_see_coaching=False)
    'Coaching (vertraulich)'
    """
    return title if kind is not EventKind.COACHING or may_see_coaching else CONFIDENTIAL_COACHING


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

OPEN_STATES = (EventState.TENTATIVE, EventState.CONFIRMED)
"""What still can be held, moved or cancelled."""

_TEAM = frozenset({Role.LEAD, Role.CONSULTANT})

TRANSITIONS: Mapping[EventState, Mapping[EventState, frozenset[Role]]] = {
    EventState.TENTATIVE: {
        EventState.CONFIRMED: _TEAM,
        EventState.HELD: _TEAM,
        EventState.CANCELLED: _TEAM,
    },
    EventState.CONFIRMED: {
        EventState.TENTATIVE: _TEAM,
        EventState.HELD: _TEAM,
        EventState.CANCELLED: _TEAM,
    },
    EventState.HELD: {},
    EventState.CANCELLED: {},
}
"""Which state follows which, and who may say so. What was held has booked days: only the ledger corrects those."""


def check_transition(state: EventState, target: EventState, role: Role) -> None:
    """Raise Invalid where the target does not follow the state, Forbidden where somebody else must move it."""
    roles = TRANSITIONS[state].get(target)
    if roles is None:
        raise Invalid(
            "state",
            N_("Ein Termin im Stand „%(state)s“ kann nicht in den Stand „%(target)s“ wechseln."),
            state=state,
            target=target,
        )
    if role not in roles:
        raise Forbidden


def can_transition(state: EventState, target: EventState, role: Role) -> bool:
    """Whether `check_transition` lets it pass."""
    try:
        check_transition(state, target, role)
    except DomainError:
        return False
    return True


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
    ReasonClass.CARRIER: N_("Anlass beim Projektträger"),
    ReasonClass.ILLNESS: N_("Krankheit"),
    ReasonClass.WEATHER: N_("Wetter"),
    ReasonClass.THREAT_SITUATION: N_("Gefährdungslage"),
    ReasonClass.OTHER: N_("sonstiger Anlass"),
}


class Initiator(StrEnum):
    """Who calls a session off: only what the municipality calls off late can cost it days (domain 5.4, case 3)."""

    MUNICIPALITY = "municipality"
    CARRIER = "carrier"
    NOBODY = "nobody"

    @property
    def label(self) -> str:
        """The German msgid."""
        return INITIATOR_LABELS[self]


INITIATOR_LABELS: Mapping[Initiator, str] = {
    Initiator.MUNICIPALITY: N_("die Kommune"),
    Initiator.CARRIER: N_("der Projektträger (IMAP)"),
    Initiator.NOBODY: N_("höhere Gewalt"),
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


def to_instant(local: datetime, zone: str) -> datetime:
    """The instant (UTC) at which a clock in that zone shows a local time; of an hour shown twice, the first.

    Raises Invalid where the clock is put forward over that time, or where there is no such zone.

    >>> to_instant(datetime(2024, 10, 27, 9, 0), "Europe/Berlin").isoformat()
    '2024-10-27T08:00:00+00:00'
    """
    try:
        instant = local.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Invalid("zone", N_("Diese Zeitzone ist nicht bekannt: %(zone)s."), zone=zone) from error
    if to_local(instant, zone) != local.replace(fold=0):
        message = N_("Diese Uhrzeit gibt es an diesem Tag nicht: Die Uhr wird vorgestellt.")
        raise Invalid("starts_local", message)
    return instant


def to_local(instant: datetime, zone: str) -> datetime:
    """The local wall time, without zone, that clocks show there at an instant."""
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)


def check_times(starts_local: datetime, ends_local: datetime, zone: str) -> None:
    """Raise Invalid where a session ends before it begins, lasts too long, or is at a time that no clock will show."""
    if not {starts_local.year, ends_local.year} <= set(YEARS):
        message = N_("Bitte ein Jahr von %(first)s bis %(last)s angeben.")
        raise Invalid("day", message, first=YEARS[0], last=YEARS[-1])
    starts = to_instant(starts_local, zone)
    try:
        ends = to_instant(ends_local, zone)
    except Invalid as error:
        raise Invalid("ends_local", error.message) from error
    if ends <= starts:
        raise Invalid("ends_local", N_("Das Ende liegt nicht nach dem Beginn. Bitte eine spätere Uhrzeit angeben."))
    if ends_local - starts_local > LONGEST:
        message = N_("Ein Termin dauert höchstens %(days)s Tage. Bitte das Datum prüfen.")
        raise Invalid("last_day", message, days=LONGEST.days)


YEARS = range(2000, 2101)
"""Any other year is a slip of the keyboard."""
LONGEST = timedelta(days=31)
"""Longer is a slip in the date; calendars need not look further back for what is still going on."""


def is_over(ends_local: datetime, zone: str, now: datetime) -> bool:
    """Whether a session that ends at this local time lies behind us; `now` is aware."""
    return to_instant(ends_local, zone) <= now


def check_held(ends_local: datetime, zone: str, now: datetime) -> None:
    """Raise Invalid where a session shall be called held before it is over."""
    if not is_over(ends_local, zone, now):
        raise Invalid("state", N_("Der Termin ist noch nicht vorbei."))


SEQUENCE_FIELDS = frozenset({"starts_local", "ends_local", "zone", "state"})
"""What a subscriber must notice: a change of these raises SEQUENCE. The stamps move with every change."""


def bumps_sequence(changed: Iterable[str]) -> bool:
    """Whether a change of these fields raises SEQUENCE.

    >>> bumps_sequence({"title", "place"}), bumps_sequence({"starts_local"})
    (False, True)
    """
    return not SEQUENCE_FIELDS.isdisjoint(changed)


def planned_minutes(minutes_per_consultant: int, consultants: int) -> int:
    """What a session takes from the allowance: days are person-days (domain 0.1).

    >>> planned_minutes(480, 2)
    960
    """
    return minutes_per_consultant * consultants


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


def working_day_before(day: date) -> date:
    """The last Monday to Friday before a date: when a session is prepared, unless somebody says otherwise.

    >>> working_day_before(date(2026, 5, 18))
    datetime.date(2026, 5, 15)
    """
    return next(each for n in range(1, 4) if (each := day - timedelta(days=n)).weekday() < SATURDAY)


SATURDAY = 5


def next_stamp(previous: datetime, now: datetime) -> datetime:
    """When a change is said to have happened: calendars count in seconds and overlook a stamp that does not move."""
    return max(now, previous + timedelta(seconds=1))


MOST_MINUTES_EACH = 24 * 60
"""What one consultant can plan or report for one session, at most."""


def check_plan(kind: EventKind, *, municipalities: int, consultants: int, minutes_each: int) -> None:
    """Raise Invalid where a session lacks a municipality though its kind needs one, or has nobody to hold it."""
    if not municipalities and kind not in PROGRAMME_KINDS:
        message = N_("Bitte mindestens eine Kommune wählen. Nur Netzwerktreffen und Webinare gehen ohne.")
        raise Invalid("parts", message)
    if not consultants:
        raise Invalid("consultants", N_("Bitte mindestens eine Beratungsperson wählen."))
    if not 0 <= minutes_each <= MOST_MINUTES_EACH:
        raise Invalid("minutes_each", N_("Bitte einen Umfang von 0 bis 24 Stunden angeben."))


def check_link(link: str) -> None:
    """Raise Invalid for what a browser would not open as a page: a link is shown to be clicked on."""
    if link and not re.fullmatch(r"https?://[^\s<>\"'\\]+", link, re.IGNORECASE):
        raise Invalid("link", N_("Bitte eine Adresse angeben, die mit https:// beginnt."))


def check_headcount(field: str | None, headcount: int) -> None:
    """Raise Invalid, beside the field that says it, for a number of participants that cannot be."""
    if not 0 <= headcount <= MOST_PARTICIPANTS:
        raise Invalid(field, N_("Bitte eine Anzahl von 0 bis %(most)s angeben."), most=MOST_PARTICIPANTS)


MOST_PARTICIPANTS = 9999


def statement_note(kind: EventKind, title: str, *, joint_with_anonymous: bool) -> str:
    """What the entries of a held session say on the statement: a title that might tell too much stays out of it.

    >>> statement_note(EventKind.COACHING, "Teamcoaching Bürgerservice", joint_with_anonymous=False)
    ''
    """
    return "" if kind is EventKind.COACHING or joint_with_anonymous else title
