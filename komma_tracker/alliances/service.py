"""Use cases of alliances: bring organisations in, note how far they have come, move the alliance on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from komma_tracker.access.rules import N_, Actor, Conflict, Invalid, Permission, Role, Viewer, check
from komma_tracker.alliances.models import Alliance, AllianceMember, AllianceTurn, Organisation
from komma_tracker.alliances.queries import (
    alliance_for_change,
    member_by_public_id,
    organisation_by_public_id,
)
from komma_tracker.alliances.rules import (
    AgreementKind,
    AllianceState,
    MemberState,
    Side,
    check_alliance_move,
    check_function,
    check_member_move,
)
from komma_tracker.audit import service as audit
from komma_tracker.db import unit_of_work


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What is agreed about an alliance as a whole."""

    agreement_on: date | None = None
    coordination_after: str = ""


@dataclass(frozen=True, kw_only=True)
class Membership:
    """What is known of an organisation in an alliance, as a form says it."""

    side: Side
    contact_function: str = ""
    agreement: AgreementKind = AgreementKind.NONE
    last_contact_on: date | None = None
    next_step: str = ""
    next_step_on: date | None = None


def open_alliance(session: Session, viewer: Actor, municipality_id: int, now: datetime) -> Alliance:
    """The alliance of a municipality, to be changed; begun where there is none. Raises NotFound, Forbidden."""
    alliance = alliance_for_change(session, viewer, municipality_id)
    check(viewer, Permission.ALLIANCE_EDIT, municipality_id)
    if alliance is None:
        alliance = Alliance(municipality_id=municipality_id, created_at=now)
        session.add(alliance)
        session.flush()
    return alliance


def change_frame(
    session: Session,
    viewer: Actor,
    *,
    municipality_id: int,
    version: int | None,
    frame: Frame,
    now: datetime,
    request_key: str | None = None,
) -> None:
    """Note what the members have agreed with one another, and who coordinates after the project.

    Raises NotFound, Forbidden, Conflict (somebody else was quicker), Invalid.
    """
    with unit_of_work(session):
        alliance = open_alliance(session, viewer, municipality_id, now)
        if audit.done_before(session, viewer, request_key):
            return
        check_version(alliance, version)
        _check_office(frame.coordination_after, "coordination_after")
        before = frame_of(alliance)
        alliance.agreement_on, alliance.coordination_after = frame.agreement_on, frame.coordination_after.strip()
        session.flush()
        record(
            session, viewer, "alliance.change", alliance, now=now, request_key=request_key,
            before={"agreement_on": _text(before.agreement_on)}, after={"agreement_on": _text(frame.agreement_on)},
        )  # fmt: skip


def move_alliance(
    session: Session,
    viewer: Actor,
    *,
    municipality_id: int,
    version: int | None,
    target: AllianceState,
    on: date,
    today: date,
    now: datetime,
    request_key: str | None = None,
) -> None:
    """Say how far an alliance has come, and since when. Raises NotFound, Forbidden, Conflict, Invalid."""
    with unit_of_work(session):
        alliance = open_alliance(session, viewer, municipality_id, now)
        if audit.done_before(session, viewer, request_key):
            return
        check_version(alliance, version)
        check_alliance_move(alliance.state, target, role_of(viewer))
        if on > today:
            raise Invalid("on", N_("Bitte einen Tag angeben, der schon war."))
        before, alliance.state = alliance.state, target
        session.add(AllianceTurn(municipality_id=municipality_id, state=target, since=on))
        session.flush()
        record(
            session, viewer, "alliance.move", alliance, now=now, request_key=request_key,
            before={"state": before.value}, after={"state": target.value, "on": on.isoformat()},
        )  # fmt: skip


def add_member(
    session: Session,
    viewer: Actor,
    *,
    municipality_id: int,
    organisation: str | None,
    name: str,
    membership: Membership,
    now: datetime,
    request_key: str | None = None,
) -> AllianceMember:
    """Bring an organisation into an alliance: one that the viewer knows, by its public id, or a new one by name.

    Raises NotFound, Forbidden, Invalid.
    """
    with unit_of_work(session):
        alliance = open_alliance(session, viewer, municipality_id, now)
        if made := audit.done_before(session, viewer, request_key):
            return member_by_public_id(session, viewer, made, municipality_id=municipality_id)
        check_function(membership.contact_function)
        if organisation:
            found = organisation_by_public_id(session, viewer, organisation)
        else:
            found = Organisation(name=_name(name), created_at=now)
            session.add(found)
            session.flush()
        member = AllianceMember(
            municipality_id=municipality_id, organisation_id=found.id, created_at=now, **asdict(membership)
        )
        session.add(member)
        alliance.touch()
        _flush(session)
        record(
            session, viewer, "alliance.add_member", alliance, now=now, request_key=request_key,
            object_type="alliance_member", object_id=member.public_id, after=_facts(member, found.public_id),
        )  # fmt: skip
    return member


def change_member(
    session: Session,
    viewer: Actor,
    *,
    municipality_id: int,
    public_id: str,
    version: int | None,
    membership: Membership,
    now: datetime,
    request_key: str | None = None,
) -> None:
    """Change what is known of a member. Raises NotFound, Forbidden, Conflict, Invalid."""
    with unit_of_work(session):
        alliance = open_alliance(session, viewer, municipality_id, now)
        member = member_by_public_id(session, viewer, public_id, municipality_id=municipality_id)
        if audit.done_before(session, viewer, request_key):
            return
        check_version(member, version)
        check_function(membership.contact_function)
        before = _facts(member, member.organisation.public_id)
        for name, value in asdict(membership).items():
            setattr(member, name, value)
        _flush(session)
        record(
            session, viewer, "alliance.change_member", alliance, now=now, request_key=request_key,
            object_type="alliance_member", object_id=public_id,
            before=before, after=_facts(member, member.organisation.public_id),
        )  # fmt: skip


def move_member(
    session: Session,
    viewer: Actor,
    *,
    municipality_id: int,
    public_id: str,
    version: int | None,
    target: MemberState,
    today: date,
    now: datetime,
    request_key: str | None = None,
) -> None:
    """Say how far a member has come; that was a contact. Raises NotFound, Forbidden, Conflict, Invalid."""
    with unit_of_work(session):
        alliance = open_alliance(session, viewer, municipality_id, now)
        member = member_by_public_id(session, viewer, public_id, municipality_id=municipality_id)
        if audit.done_before(session, viewer, request_key):
            return
        check_version(member, version)
        check_member_move(member.state, target, role_of(viewer))
        before, member.state, member.last_contact_on = member.state, target, today
        session.flush()
        record(
            session, viewer, "alliance.move_member", alliance, now=now, request_key=request_key,
            object_type="alliance_member", object_id=public_id,
            before={"state": before.value}, after={"state": target.value},
        )  # fmt: skip


def rename_organisation(
    session: Session,
    viewer: Actor,
    *,
    public_id: str,
    version: int | None,
    name: str,
    now: datetime,
    request_key: str | None = None,
) -> None:
    """Give an organisation another name, in all its alliances: only for those who see all of them.

    Raises NotFound, Forbidden, Conflict, Invalid.
    """
    with unit_of_work(session):
        check(viewer, Permission.ORGANISATION_MANAGE)
        organisation = organisation_by_public_id(session, viewer, public_id)
        if audit.done_before(session, viewer, request_key):
            return
        check_version(organisation, version)
        organisation.name = _name(name)
        session.flush()
        audit.record(
            session, viewer, action="organisation.rename", object_type="organisation", object_id=public_id,
            request_key=request_key, now=now,
        )  # fmt: skip


def frame_of(alliance: Alliance | None) -> Frame:
    """What is agreed about an alliance now."""
    if alliance is None:
        return Frame()
    return Frame(agreement_on=alliance.agreement_on, coordination_after=alliance.coordination_after)


def membership_of(member: AllianceMember) -> Membership:
    """What is known of a member now."""
    return Membership(**{name: getattr(member, name) for name in Membership.__dataclass_fields__})


def check_version(row: Alliance | AllianceMember | Organisation | Any, version: int | None) -> None:
    """Raise Conflict where somebody has changed the row since; of one just begun nobody has seen another state."""
    if version != row.version and not (version is None and row.version == 1):
        raise Conflict


def role_of(viewer: Actor) -> Role:
    """As whom somebody moves things; the program itself does so for the lead."""
    return viewer.role if isinstance(viewer, Viewer) else Role.LEAD


def record(
    session: Session,
    viewer: Actor,
    action: str,
    alliance: Alliance,
    *,
    now: datetime,
    request_key: str | None,
    object_type: str = "alliance",
    object_id: str | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Note it: ids, states and dates, and no text."""
    audit.record(
        session,
        viewer,
        action=action,
        object_type=object_type,
        object_id=object_id or alliance.public_id,
        municipality_id=alliance.municipality_id,
        before=dict(before) if before else None,
        after=dict(after) if after else None,
        request_key=request_key,
        now=now,
    )


def _facts(member: AllianceMember, organisation: str) -> dict[str, Any]:
    return {
        "organisation": organisation,
        "side": member.side.value,
        "state": member.state.value,
        "agreement": member.agreement.value,
        "last_contact_on": _text(member.last_contact_on),
        "next_step_on": _text(member.next_step_on),
    }


def _text(on: date | None) -> str | None:
    return on.isoformat() if on else None


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name:
        raise Invalid("name", N_("Bitte wählen Sie eine Organisation, oder geben Sie den Namen einer neuen an."))
    return name


def _check_office(text: str, field: str) -> None:
    try:
        check_function(text)
    except Invalid as error:
        raise Invalid(field, error.message) from error


def _flush(session: Session) -> None:
    try:
        session.flush()
    except IntegrityError as error:
        raise Invalid("side", N_("Diese Organisation gehört auf dieser Seite schon zur Allianz.")) from error
