"""How a session is shared out: by which key, and what each consultant books for each municipality. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from komma_tracker.access.rules import N_, Invalid
from komma_tracker.budget.rules import Activity, split


class SplitKey(StrEnum):
    """By what a joint session is shared out among its municipalities (domain 5.4, case 11)."""

    EQUAL = "equal"
    PARTICIPANTS = "participants"
    HOST = "host"

    @property
    def label(self) -> str:
        """The German msgid."""
        return SPLIT_LABELS[self]


SPLIT_LABELS: Mapping[SplitKey, str] = {
    SplitKey.EQUAL: N_("zu gleichen Teilen"),
    SplitKey.PARTICIPANTS: N_("nach Teilnehmenden"),
    SplitKey.HOST: N_("die gastgebende Kommune trägt alles"),
}


@dataclass(frozen=True)
class Sharing:
    """The key of a session, and with `HOST` the municipality that bears all."""

    key: SplitKey = SplitKey.EQUAL
    host_id: int | None = None


EQUALLY = Sharing()


def check_sharing(sharing: Sharing, municipality_ids: Iterable[int]) -> Sharing:
    """What is kept of it: one municipality alone shares with nobody. Raises Invalid beside `host`."""
    ids = set(municipality_ids)
    if len(ids) < 2:
        return EQUALLY
    if sharing.key is not SplitKey.HOST:
        return Sharing(sharing.key)
    if sharing.host_id not in ids:
        raise Invalid("host", N_("Bitte wählen Sie die gastgebende Kommune unter denen, die teilnehmen."))
    return sharing


def weights(sharing: Sharing, municipality_ids: Iterable[int], attendance: Mapping[int, int]) -> dict[int, int]:
    """How heavy each municipality weighs; `attendance` is how many people came from each.

    Raises Invalid beside `split_key` where nobody is known to have come from anywhere.

    >>> weights(Sharing(SplitKey.HOST, 8), (7, 8, 9), {})
    {7: 0, 8: 1, 9: 0}
    """
    ids = sorted(municipality_ids)
    if sharing.key is SplitKey.PARTICIPANTS:
        if ids and not any(attendance.get(each) for each in ids):
            message = N_("Bitte angeben, wie viele aus welcher Kommune teilgenommen haben: Danach wird aufgeteilt.")
            raise Invalid("split_key", message)
        return {each: attendance.get(each, 0) for each in ids}
    if sharing.key is SplitKey.HOST:
        return {each: int(each == sharing.host_id) for each in ids}
    return dict.fromkeys(ids, 1)


def planned_shares(minutes: int, hosts: Sequence[bool]) -> tuple[int, ...]:
    """What of the planned minutes falls on each municipality: all on the host, or as long as nobody has come, equal
    parts. The same as `queries._planned` reckons in SQL.

    >>> planned_shares(1201, [False, False, False]), planned_shares(1200, [False, True])
    ((401, 400, 400), (0, 1200))
    """
    if not hosts:
        return ()
    return split(minutes, [int(host) for host in hosts] if any(hosts) else [1] * len(hosts))


@dataclass(frozen=True, order=True)
class Effort:
    """Minutes that one consultant worked for a session, in it or for it."""

    consultant_id: int
    activity: Activity
    minutes: int


@dataclass(frozen=True, order=True)
class Booking:
    """One entry that a session books: so many minutes of one person's work for one municipality."""

    consultant_id: int
    municipality_id: int
    activity: Activity
    minutes: int


def bookings(efforts: Iterable[Effort], weight_of: Mapping[int, int]) -> tuple[Booking, ...]:
    """What a session books: all efforts together shared out among municipalities by weight, exact in both directions.

    What each municipality bears is the largest-remainder part of the whole, and what each effort comes to is what was
    worked: one effort after the other is shared out in proportion to what the municipalities still have to bear, so
    that nobody gets more, and the last one is exactly what is left. Nothing is booked where a part is nothing, nor
    for what the programme offers to all: a session without municipalities.

    >>> trainers = [Effort(1, Activity.TRAINING, 480), Effort(2, Activity.TRAINING, 480)]
    >>> [each.minutes for each in bookings([*trainers, Effort(1, Activity.PREPARATION, 240)], {7: 12, 8: 8, 9: 4})]
    [120, 80, 40, 240, 160, 80, 240, 160, 80]
    """
    if not weight_of:
        return ()
    worked = sorted(effort for effort in efforts if effort.minutes)
    municipalities = sorted(weight_of)
    to_bear = split(sum(effort.minutes for effort in worked), [weight_of[each] for each in municipalities])
    found: list[Booking] = []
    for effort in worked:
        parts = split(effort.minutes, to_bear)
        to_bear = tuple(left - part for left, part in zip(to_bear, parts, strict=True))
        found += [
            Booking(effort.consultant_id, municipality, effort.activity, part)
            for municipality, part in zip(municipalities, parts, strict=True)
            if part
        ]
    return tuple(found)


def check_attendance(attendance: Mapping[int, int], headcount: int) -> None:
    """Raise Invalid where more people came from the municipalities than were counted in all.

    Fewer may: some belong to no municipality, such as those of the police.
    """
    if sum(attendance.values()) > headcount:
        raise Invalid(
            None,
            N_("Aus den Kommunen sind es zusammen %(parts)s Personen, nach Funktionsgruppen nur %(total)s."),
            parts=sum(attendance.values()),
            total=headcount,
        )
