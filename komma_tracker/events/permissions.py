"""Who may plan a session, and who may say that it took place. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Protocol

from komma_tracker.access.rules import N_, Actor, Forbidden, Invalid, Permission, System, check


class Gathering(Protocol):
    """What has to be known of a session to say who may touch it."""

    @property
    def municipality_ids(self) -> Collection[int]:
        """Those that take part and that the viewer sees."""
        ...

    @property
    def others(self) -> int:
        """How many more take part."""
        ...

    @property
    def consultant_ids(self) -> Collection[int]:
        """Those who run it."""
        ...


def check_planner(viewer: Actor, municipality_ids: Collection[int]) -> None:
    """Raise Forbidden unless one may plan for every one of them, Invalid for what only the lead offers to all."""
    for municipality_id in municipality_ids:
        check(viewer, Permission.SESSION_EDIT, municipality_id)
    if not municipality_ids and not _leads(viewer):
        raise Invalid("parts", N_("Bitte mindestens eine Kommune wählen. Für alle plant nur die Programmleitung."))


def check_edit(viewer: Actor, session: Gathering) -> None:
    """Raise Forbidden unless one may plan for all that take part, also those that one does not see."""
    if _leads(viewer):
        return
    if session.others or not session.municipality_ids:
        raise Forbidden
    check_planner(viewer, session.municipality_ids)


def check_hold(viewer: Actor, session: Gathering) -> None:
    """Raise Forbidden unless one leads the programme, or runs the session and may log days for all that take part."""
    if isinstance(viewer, System) or viewer.sees_all:
        return
    if viewer.user_id not in session.consultant_ids or session.others:
        raise Forbidden
    for municipality_id in session.municipality_ids:
        check(viewer, Permission.ENTRY_LOG, municipality_id)


def can_edit(viewer: Actor, session: Gathering) -> bool:
    """Whether `check_edit` lets this pass."""
    return _passes(check_edit, viewer, session)


def can_hold(viewer: Actor, session: Gathering) -> bool:
    """Whether `check_hold` lets this pass."""
    return _passes(check_hold, viewer, session)


def _passes(rule: Callable[[Actor, Gathering], None], viewer: Actor, session: Gathering) -> bool:
    try:
        rule(viewer, session)
    except Forbidden:
        return False
    return True


def _leads(viewer: Actor) -> bool:
    return isinstance(viewer, System) or viewer.sees_all
