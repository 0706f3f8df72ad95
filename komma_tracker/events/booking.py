"""Entries that sessions book: written in the transaction of their use case, each once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy.orm import Session

from komma_tracker.access.rules import N_, Actor, Invalid
from komma_tracker.audit import service as audit
from komma_tracker.budget.entering import hold_contract
from komma_tracker.budget.rules import Activity, Mode
from komma_tracker.budget.service import Work, add_entry
from komma_tracker.contracts.models import Contract
from komma_tracker.contracts.queries import contracts_of
from komma_tracker.events import rules
from komma_tracker.events.models import Event, EventBooking
from komma_tracker.events.shares import Booking

AT_THE_DESK = frozenset({Activity.PREPARATION, Activity.FOLLOW_UP, Activity.LATE_CANCELLATION})
"""What is not done where the session takes place, so that no minimum for work on site counts for it."""


@dataclass(kw_only=True)
class Booker:
    """Writes the entries of one session; `reason` stands beside those that come after their month was submitted."""

    session: Session
    viewer: Actor
    event: Event
    now: datetime
    reason: str
    days: Mapping[Activity, date] = field(default_factory=dict[Activity, date])
    """When it was prepared and followed up: on the day itself the cap would swallow that."""

    def book(self, bookings: Iterable[Booking]) -> None:
        """Write an entry for each. Raises Invalid where a municipality has no contract to book on."""
        wanted = list(bookings)
        contracts = self._contracts({booking.municipality_id for booking in wanted})
        for contract in sorted(contracts.values(), key=lambda each: each.id):
            hold_contract(self.session, contract.id)  # everybody in one order, so that no two wait for each other
        for booking in wanted:
            self._entry(contracts[booking.municipality_id], booking)

    def _contracts(self, municipality_ids: Collection[int]) -> dict[int, Contract]:
        contracts = contracts_of(self.session, self.viewer, municipality_ids)
        for part in self.event.municipalities:
            if part.municipality_id in municipality_ids and part.municipality_id not in contracts:
                message = N_("Für %(municipality)s gibt es noch keinen Vertrag, auf den Tage gebucht werden könnten.")
                raise Invalid(None, message, municipality=part.municipality.label)
        return contracts

    def _entry(self, contract: Contract, booking: Booking) -> None:
        event, parts = self.event, {part.municipality_id: part for part in self.event.municipalities}
        package = parts[booking.municipality_id].work_package
        secret = len(parts) > 1 and any(part.municipality.is_anonymous for part in parts.values())
        work = Work(
            service_date=self.days.get(booking.activity) or event.starts_local.date(),
            minutes=booking.minutes,
            activity=booking.activity,
            mode=Mode.OFFICE if booking.activity in AT_THE_DESK else event.mode,
            work_package=package.code if package else None,
            note=rules.statement_note(event.kind, event.title, joint_with_anonymous=secret),
            reason=self.reason,
            long_day=True,  # who confirms a session has its hours before them
        )
        entry = add_entry(
            self.session, self.viewer, contract=contract, consultant_id=booking.consultant_id, work=work, now=self.now
        )
        key = {
            "event_id": event.id,
            "consultant_id": booking.consultant_id,
            "municipality_id": booking.municipality_id,
            "activity": booking.activity,
        }
        self.session.add(EventBooking(**key, entry_id=entry.id))
        audit.record(
            self.session,
            self.viewer,
            action="entry.book",
            object_type="day_entry",
            object_id=entry.public_id,
            municipality_id=booking.municipality_id,
            after={**key, "minutes": entry.minutes, "chargeable_minutes": entry.chargeable_minutes},
            now=self.now,
        )
