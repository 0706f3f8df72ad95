"""Who may see and do what: roles, the permission table, viewers and the errors of the domain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


def N_(message: str) -> str:
    """Mark a German message for translation; the edge translates it when it is shown."""
    return message


class DomainError(Exception):
    """Something that the domain refuses; `message` is a German msgid, `params` fill its gaps."""

    def __init__(self, message: str, **params: object) -> None:
        super().__init__(message)
        self.message = message
        self.params = params

    def __str__(self) -> str:
        return self.message % self.params if self.params else self.message


class NotFound(DomainError):
    """There is no such thing, or none that this viewer may know of: both look the same."""

    def __init__(self) -> None:
        super().__init__(N_("Diese Seite gibt es nicht."))


class Forbidden(DomainError):
    """The viewer may see the thing but not do this with it."""

    def __init__(self) -> None:
        super().__init__(N_("Dafür fehlt Ihnen die Berechtigung."))


class Conflict(DomainError):
    """Somebody else has changed the row since it was shown."""

    def __init__(self) -> None:
        super().__init__(N_("Jemand hat diesen Eintrag inzwischen geändert. Bitte vergleichen Sie beide Fassungen."))


class Invalid(DomainError):
    """What was given cannot be; `field` names the form field beside which the message belongs."""

    def __init__(self, field: str | None, message: str, **params: object) -> None:
        super().__init__(message, **params)
        self.field = field


class Role(StrEnum):
    """What a person is in the programme (domain 1.1)."""

    LEAD = "lead"
    CONSULTANT = "consultant"
    COORDINATOR = "coordinator"
    HEAD = "head"
    READER = "reader"

    @property
    def label(self) -> str:
        """The German msgid (domain 3)."""
        return ROLE_LABELS[self]


ROLE_LABELS: Mapping[Role, str] = {
    Role.LEAD: N_("Programmleitung"),
    Role.CONSULTANT: N_("Beratungsperson"),
    Role.COORDINATOR: N_("Projektkoordination"),
    Role.HEAD: N_("Verwaltungsleitung"),
    Role.READER: N_("Einsicht in Programmsummen"),
}

MUNICIPAL_ROLES = frozenset({Role.COORDINATOR, Role.HEAD})
"""Roles of people who belong to one municipality."""


class Permission(StrEnum):
    """What can be permitted; unknown means denied."""

    MUNICIPALITY_LIST = "municipality.list"
    MUNICIPALITY_VIEW = "municipality.view"
    MUNICIPALITY_EDIT = "municipality.edit"
    CONTRACT_VIEW = "contract.view"
    CONTRACT_EDIT = "contract.edit"
    CONTRACT_REALLOCATE = "contract.reallocate"
    POOL_MANAGE = "pool.manage"
    ENTRY_VIEW = "entry.view"
    ENTRY_LOG = "entry.log"
    ENTRY_LOG_FOR_OTHERS = "entry.log_for_others"
    ENTRY_INTERNAL_NOTE = "entry.internal_note"
    ENTRY_DECIDE = "entry.decide"
    ENTRY_IMPORT = "entry.import"
    ENTRY_WORDS = "entry.words"
    ENTRY_EXPORT = "entry.export"
    STATEMENT_VIEW = "statement.view"
    STATEMENT_SUBMIT = "statement.submit"
    STATEMENT_ANSWER = "statement.answer"
    STATEMENT_CLOSE = "statement.close"
    SESSION_VIEW = "session.view"
    SESSION_EDIT = "session.edit"
    SESSION_CONFIDENTIAL = "session.confidential"
    SESSION_PUBLISH = "session.publish"
    ALLIANCE_VIEW = "alliance.view"
    ALLIANCE_EDIT = "alliance.edit"
    ORGANISATION_MANAGE = "organisation.manage"
    STRATEGY_VIEW = "strategy.view"
    STRATEGY_EDIT = "strategy.edit"
    CALENDAR_VIEW = "calendar.view"
    FEED_OWN = "feed.own"
    FEED_MUNICIPALITY = "feed.municipality"
    FEED_NETWORK = "feed.network"
    FEED_PROGRAMME = "feed.programme"
    FEED_GUESTS = "feed.guests"
    TODAY_VIEW = "today.view"
    PORTFOLIO_VIEW = "portfolio.view"
    OUTLOOK_VIEW = "outlook.view"
    PROGRAMME_VIEW = "programme.view"
    PROGRAMME_EXPORT = "programme.export"
    REPORT_FUNDER = "report.funder"
    TIMESHEET_VIEW = "timesheet.view"
    TIMESHEET_OF_OTHERS = "timesheet.of_others"
    PEOPLE_MANAGE = "people.manage"
    ACCOUNT_OWN = "account.own"


class Relation(StrEnum):
    """How a viewer must stand to a municipality for a permission to hold."""

    ANY = "any"
    ASSIGNED = "assigned"


_LEAD = {Role.LEAD: Relation.ANY}
_TEAM = {Role.LEAD: Relation.ANY, Role.CONSULTANT: Relation.ASSIGNED}
_MUNICIPALITY = {Role.COORDINATOR: Relation.ASSIGNED, Role.HEAD: Relation.ASSIGNED}
_INVOLVED = {**_TEAM, **_MUNICIPALITY}
_CARERS = {**_TEAM, Role.COORDINATOR: Relation.ASSIGNED}
_EVERYBODY = dict.fromkeys(Role, Relation.ANY)

PERMISSIONS: Mapping[Permission, Mapping[Role, Relation]] = {
    Permission.MUNICIPALITY_LIST: {Role.LEAD: Relation.ANY, Role.CONSULTANT: Relation.ANY},
    Permission.MUNICIPALITY_VIEW: _INVOLVED,
    Permission.MUNICIPALITY_EDIT: _LEAD,
    Permission.CONTRACT_VIEW: _INVOLVED,
    Permission.CONTRACT_EDIT: _LEAD,
    Permission.CONTRACT_REALLOCATE: _TEAM,
    Permission.POOL_MANAGE: _LEAD,
    Permission.ENTRY_VIEW: _INVOLVED,
    Permission.ENTRY_LOG: _TEAM,
    Permission.ENTRY_LOG_FOR_OTHERS: _LEAD,
    Permission.ENTRY_INTERNAL_NOTE: _TEAM,
    Permission.ENTRY_DECIDE: _LEAD,
    Permission.ENTRY_IMPORT: _TEAM,
    Permission.ENTRY_WORDS: _LEAD,
    Permission.ENTRY_EXPORT: _INVOLVED,
    Permission.STATEMENT_VIEW: _INVOLVED,
    Permission.STATEMENT_SUBMIT: _TEAM,
    Permission.STATEMENT_ANSWER: _MUNICIPALITY,
    Permission.STATEMENT_CLOSE: _LEAD,
    Permission.SESSION_VIEW: _INVOLVED,
    Permission.SESSION_EDIT: _TEAM,
    Permission.SESSION_CONFIDENTIAL: _TEAM,
    Permission.SESSION_PUBLISH: _LEAD,
    Permission.ALLIANCE_VIEW: _INVOLVED,
    Permission.ALLIANCE_EDIT: _CARERS,
    Permission.ORGANISATION_MANAGE: _LEAD,
    Permission.STRATEGY_VIEW: _INVOLVED,
    Permission.STRATEGY_EDIT: _CARERS,
    Permission.CALENDAR_VIEW: _INVOLVED,
    Permission.FEED_OWN: {Role.LEAD: Relation.ANY, Role.CONSULTANT: Relation.ANY},
    Permission.FEED_MUNICIPALITY: _INVOLVED,
    Permission.FEED_NETWORK: dict.fromkeys(_INVOLVED, Relation.ANY),
    Permission.FEED_PROGRAMME: _LEAD,
    Permission.FEED_GUESTS: {Role.LEAD: Relation.ANY, Role.COORDINATOR: Relation.ASSIGNED},
    Permission.TODAY_VIEW: {Role.LEAD: Relation.ANY, Role.CONSULTANT: Relation.ANY},
    Permission.PORTFOLIO_VIEW: _LEAD,
    Permission.OUTLOOK_VIEW: _TEAM,
    Permission.PROGRAMME_VIEW: {Role.LEAD: Relation.ANY, Role.READER: Relation.ANY},
    Permission.REPORT_FUNDER: _LEAD,
    Permission.TIMESHEET_VIEW: {Role.LEAD: Relation.ANY, Role.CONSULTANT: Relation.ANY},
    Permission.TIMESHEET_OF_OTHERS: _LEAD,
    Permission.PROGRAMME_EXPORT: _LEAD,
    Permission.PEOPLE_MANAGE: _LEAD,
    Permission.ACCOUNT_OWN: _EVERYBODY,
}
"""The whole policy: permission → role → relation to the municipality (domain 1.5)."""


@dataclass(frozen=True)
class Viewer:
    """The person on whose behalf something is read or done; `assigned` are ids of municipalities, as of today."""

    user_id: int
    role: Role
    assigned: frozenset[int] = field(default_factory=frozenset[int])

    @property
    def sees_all(self) -> bool:
        """Whether no municipality is hidden from this viewer."""
        return self.role is Role.LEAD


@dataclass(frozen=True)
class System:
    """The program itself: sign-in, command line, jobs. The reason says on whose errand."""

    reason: str


Actor = Viewer | System


def may(viewer: Actor, permission: Permission, municipality_id: int | None = None) -> bool:
    """Whether the viewer has the permission, for this municipality or (None) for any at all."""
    if isinstance(viewer, System):
        return True
    relation = PERMISSIONS.get(permission, {}).get(viewer.role)
    if relation is None:
        return False
    return relation is Relation.ANY or municipality_id is None or municipality_id in viewer.assigned


def check(viewer: Actor, permission: Permission, municipality_id: int | None = None) -> None:
    """Raise Forbidden where `may` says no."""
    if not may(viewer, permission, municipality_id):
        raise Forbidden
