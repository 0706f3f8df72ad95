"""What becomes of work in the ledger: the month of its statement, whether the lead decides first, what counts of it."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import date

from komma_tracker.access.rules import N_, Invalid
from komma_tracker.budget.rules.counting import Chargeable, chargeable
from komma_tracker.budget.rules.months import WAITING, Approval, posting_month
from komma_tracker.budget.rules.outlook import months_before
from komma_tracker.budget.rules.series import month_of
from komma_tracker.budget.rules.vocabulary import Activity, Mode
from komma_tracker.contracts.rules import CountingRules, Terms, rules_on, terms_in_force

VERY_LATE_MONTHS = 3
"""What comes later than this for a month already submitted, the lead decides on (domain 5.4, case 13)."""

LONGEST_DAY_MINUTES = 600
"""More than this of one person and date asks whether it was meant: the law knows no longer working day (domain 2.1)."""

COUNTS_NOTHING = frozenset({*WAITING, Approval.REFUSED})
"""Nobody has said yes to these: their minutes are in the ledger with 0 chargeable ones, and in no statement."""


@dataclass(frozen=True)
class Reckoned:
    """Where work stands in the ledger: first day of its statement's month, approval, and the minutes that count."""

    month: date
    late: bool
    approval: Approval
    counted: Chargeable


def reckon(
    minutes: int,
    activity: Activity,
    mode: Mode,
    *,
    service_date: date,
    all_terms: Sequence[Terms],
    closed_months: Container[date],
    charged: int,
    reported_on: date,
    correction: bool = False,
    decided: bool = False,
) -> Reckoned:
    """Find the month, the approval and the chargeable minutes of work.

    `charged` is what counts already of the person's other work for this contract on that date; `reported_on` is the
    date on which somebody says so. What corrects an entry is never late: the municipality knows of it. What needs a
    yes has it where it is `decided`, because who says so may decide.
    """
    month = posting_month(service_date, closed_months)
    late = month != month_of(service_date) and not correction
    approval = approval_needed(service_date, all_terms, late=late, reported_on=reported_on)
    if decided and approval in WAITING:
        approval = Approval.GRANTED
    counted = chargeable(minutes, activity, mode, rules_on(all_terms, service_date), charged)
    return Reckoned(month, late, approval, NOTHING if approval in COUNTS_NOTHING else counted)


NOTHING = Chargeable(0)


def approval_needed(service_date: date, all_terms: Sequence[Terms], *, late: bool, reported_on: date) -> Approval:
    """Whether the lead decides before work counts: work before the term, or told of very late (domain 5.4, 13 and 16).

    Where both hold, it is the missing contract that is decided on.
    """
    terms = terms_in_force(all_terms, service_date)
    if terms is None or service_date < terms.starts_on:
        return Approval.BEFORE_TERM
    if late and service_date < months_before(reported_on, VERY_LATE_MONTHS):
        return Approval.VERY_LATE
    return Approval.NOT_NEEDED


def check_open(*, submitted: bool, reversal: bool = False) -> None:
    """Raise Invalid where an entry cannot be changed or deleted any more: it is corrected instead (domain 2.3)."""
    if submitted:
        message = N_(
            "Der Eintrag steht in einem eingereichten Leistungsnachweis und bleibt, wie er ist. "
            "Sie können ihn korrigieren: durch ein Storno und, wenn nötig, eine Neubuchung im offenen Monat."
        )
        raise Invalid(None, message)
    if reversal:
        message = N_("Ein Storno lässt sich nicht ändern. Bis zum Einreichen können Sie die Korrektur zurücknehmen.")
        raise Invalid(None, message)


def check_correctable(*, submitted: bool, reversal: bool) -> None:
    """Raise Invalid where an entry needs no correction, or is one that takes another back (domain 2.3)."""
    if reversal:
        raise Invalid(None, N_("Ein Storno lässt sich nicht korrigieren. Bitte korrigieren Sie die Neubuchung dazu."))
    if not submitted:
        raise Invalid(None, N_("Der Eintrag ist noch nicht eingereicht. Sie können ihn einfach ändern."))


def check_decidable(approval: Approval, target: Approval, *, submitted: bool) -> None:
    """Raise Invalid where there is nothing for the lead to decide; until submission a decision may be changed."""
    check_open(submitted=submitted)
    if approval is Approval.NOT_NEEDED:
        raise Invalid(None, N_("Dieser Eintrag braucht keine Freigabe."))
    if approval is target:
        raise Invalid(None, N_("Darüber ist schon so entschieden."))


def check_late_reason(late: bool, reason: str) -> None:
    """Raise Invalid where work comes for a submitted month and nobody says why (domain 5.4, case 13)."""
    if late and not reason.strip():
        message = N_(
            "Der Leistungsnachweis dieses Monats ist schon eingereicht. Der Tag wird als Nachmeldung gebucht: "
            "Bitte begründen Sie, warum er erst jetzt kommt."
        )
        raise Invalid("reason", message)


def check_correction_reason(reason: str) -> None:
    """Raise Invalid where an entry is corrected and nobody says why (domain 2.3)."""
    if not reason.strip():
        raise Invalid("reason", N_("Bitte begründen Sie die Korrektur: Die Begründung steht im Leistungsnachweis."))


def check_long_day(minutes: int, *, confirmed: bool) -> None:
    """Raise Invalid where one person's date gets longer than any working day, and nobody has said that it was so.

    Minutes are those of all municipalities, without travel (domain 5.4, case 17).
    """
    if minutes > LONGEST_DAY_MINUTES and not confirmed:
        message = N_("Mit diesem Eintrag sind es an diesem Datum mehr als 10 Stunden. Bitte bestätigen Sie das.")
        raise Invalid("long_day", message)


@dataclass(frozen=True)
class Line:
    """One of a person's entries for one contract and date, in minutes; `fixed` are chargeable ones that must stay."""

    minutes: int
    activity: Activity
    mode: Mode
    fixed: int | None = None


def count_day(lines: Sequence[Line], rules: CountingRules) -> tuple[Chargeable | None, ...]:
    """Count the entries of one person, contract and date anew, in the order given: together they keep the daily cap.

    Those that stay as they are come first, whatever their place; for them the answer is None.

    >>> workshop = Line(300, Activity.WORKSHOP, Mode.ON_SITE)
    >>> [counted.minutes for counted in count_day([workshop, workshop], CountingRules()) if counted]
    [300, 180]
    """
    charged = sum(line.fixed for line in lines if line.fixed is not None)
    found: list[Chargeable | None] = []
    for line in lines:
        counted = None
        if line.fixed is None:
            counted = chargeable(line.minutes, line.activity, line.mode, rules, charged)
            charged += counted.minutes
        found.append(counted)
    return tuple(found)
