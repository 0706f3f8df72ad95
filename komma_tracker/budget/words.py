"""What the ledger says to people: what was understood and booked, what is unusual about it."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext

from komma_tracker.budget.rules import COUNTS_NOTHING, Approval, Hint, reasons_of
from komma_tracker.budget.service import Outlook, Work
from komma_tracker.kit import formats
from komma_tracker.kit.locale import current_locale
from komma_tracker.kit.messages import days_in_words, spoken

SHOWN_OF_NOTE = 60


def booked(work: Work, municipality: str, outlook: Outlook) -> str:
    """What was booked, for whom, and what is left."""
    what = [gettext(work.activity.label), gettext(work.mode.label), work.work_package or "", _quoted(work.note)]
    return gettext(
        "%(date)s: %(days)s für %(municipality)s gespeichert (%(what)s). %(left)s",
        date=formats.weekday_date(work.service_date, current_locale()),
        days=days_in_words(outlook.counted.minutes, outlook.minutes_per_day),
        municipality=municipality,
        what=", ".join(filter(None, what)),
        left=left(outlook),
    )


def left(outlook: Outlook) -> str:
    """What remains of the allowance, or by how much it is exceeded."""
    if outlook.left < 0:
        excess = days_in_words(-outlook.left, outlook.minutes_per_day)
        return gettext("Damit ist das Kontingent um %(excess)s überschritten.", excess=excess)
    return gettext("Es bleiben %(days)s.", days=days_in_words(outlook.left, outlook.minutes_per_day))


def explained(minutes: int, chargeable_minutes: int, counted_as: str, approval: Approval) -> str:
    """Why not every minute counts, such as "480 von 660 min: Tagesobergrenze"; empty where every minute does."""
    if minutes == chargeable_minutes:
        return ""
    locale = current_locale()
    counted, worked = formats.number(chargeable_minutes, locale), formats.number(minutes, locale)
    reasons = [approval] if approval in COUNTS_NOTHING else reasons_of(counted_as)
    why = ", ".join(gettext(reason.label) for reason in reasons)
    if not why:
        return gettext("%(counted)s von %(worked)s min", counted=counted, worked=worked)
    return gettext("%(counted)s von %(worked)s min: %(why)s", counted=counted, worked=worked, why=why)


def hints(found: Sequence[Hint], minutes_per_day: int) -> list[str]:
    """Hints in words: minutes as days, dates in the reader's form."""
    return [_hint(hint, minutes_per_day) for hint in found]


def _hint(hint: Hint, minutes_per_day: int) -> str:
    params: dict[str, str] = {}
    for name, value in hint.params.items():
        if isinstance(value, int):
            params[name] = days_in_words(value, minutes_per_day)
        else:
            params[name] = str(spoken(value))
    return gettext(hint.code.label, **params)


def _quoted(note: str) -> str:
    if not note:
        return ""
    return gettext("„%(text)s“", text=note if len(note) <= SHOWN_OF_NOTE else f"{note[:SHOWN_OF_NOTE]}…")
