"""A person's timesheet (Stundenzettel) of a month: what they worked, day by day, for whom (domain 2.2).

It goes to the employer and to the funder: an anonymous municipality stands in it by its alias, whoever looks.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import gettext
from sqlalchemy.orm import Session

from komma_tracker.access.rules import NotFound, Permission, Viewer, may
from komma_tracker.audit import service as audit
from komma_tracker.db import unit_of_work
from komma_tracker.kit import formats, pdf
from komma_tracker.kit.sheets import Column, Kind, csv_pieces, xlsx_file
from komma_tracker.reports import queries
from komma_tracker.reports.queries import Person, TimesheetRow


@dataclass(frozen=True)
class Timesheet:
    """One month of one person."""

    person: Person
    month: date
    rows: Sequence[TimesheetRow]

    @property
    def minutes(self) -> int:
        """Worked in the month, travel included."""
        return sum(row.minutes for row in self.rows)

    @property
    def days(self) -> int:
        """On how many dates."""
        return len({row.service_date for row in self.rows})


def timesheet(session: Session, viewer: Viewer, *, person: str | None, month: date) -> Timesheet:
    """The timesheet of a person by public id, or one's own. Raises NotFound where it is not for this viewer."""
    found = queries.timesheet_person(session, viewer, public_id=person)
    own = found is not None and found.id == viewer.user_id
    if found is None or not may(viewer, Permission.TIMESHEET_VIEW if own else Permission.TIMESHEET_OF_OTHERS):
        raise NotFound
    last = month.replace(day=monthrange(month.year, month.month)[1])
    rows = queries.timesheet_rows(session, viewer, consultant_id=found.id, first=month, last=last)
    return Timesheet(found, month, rows)


def record(session: Session, viewer: Viewer, *, sheet: Timesheet, kind: str, now: datetime) -> None:
    """Note that somebody takes out a timesheet, and whose."""
    with unit_of_work(session):
        audit.record(
            session,
            viewer,
            action="timesheet.export",
            object_type="user",
            object_id=sheet.person.public_id,
            after={"kind": kind, "month": sheet.month.isoformat()},
            now=now,
        )


# Its files


def as_file(sheet: Timesheet, ending: str, *, locale: str, on: date) -> bytes:
    """The timesheet as csv, xlsx or pdf."""
    match ending:
        case "csv":
            return b"".join(csv_pieces(_columns(), _cells(sheet), locale))
        case "xlsx":
            with xlsx_file(_columns(), _cells(sheet), locale) as file:
                return file.read()
        case _:
            return _document(sheet, locale, on)


def _columns() -> list[Column]:
    return [
        Column(gettext("Datum"), Kind.DATE, 12),
        Column(gettext("Kommune"), Kind.TEXT, 10),
        Column(gettext("Bezeichnung"), Kind.TEXT, 28),
        Column(gettext("Arbeitspaket"), Kind.TEXT, 14),
        Column(gettext("Tätigkeit"), Kind.TEXT, 18),
        Column(gettext("Modus"), Kind.TEXT, 12),
        Column(gettext("Minuten"), Kind.WHOLE, 10),
    ]


def _cells(sheet: Timesheet) -> Iterator[Sequence[object]]:
    for row in sheet.rows:
        words = gettext(row.activity.label), gettext(row.mode.label)
        yield row.service_date, row.code, row.label, row.package, *words, row.minutes


def _document(sheet: Timesheet, locale: str, on: date) -> bytes:
    month = formats.month_name(sheet.month, locale)
    *names, minutes = (column.heading for column in _columns())
    document = pdf.Sheet(
        lang=locale,
        title=f"{gettext('Stundenzettel')} {month}",
        date=on,
        subtitle=sheet.person.name,
        footer=f"{sheet.person.name}, {month}",
        facts=[
            (gettext("Name"), sheet.person.name),
            (gettext("Monat"), month),
            (gettext("Summe"), gettext("%(hours)s Std. an %(days)s Tagen",
                                       hours=formats.duration(sheet.minutes), days=sheet.days)),
        ],
        sections=[
            pdf.Section(
                title=gettext("Gearbeitete Zeit"),
                columns=[
                    *(pdf.Column(label=name) for name in names),
                    pdf.Column(label=minutes, align="right"),
                    pdf.Column(label=gettext("Std."), align="right"),
                ],
                rows=[
                    [
                        formats.short_date(row.service_date, locale), row.code, row.label, row.package,
                        gettext(row.activity.label), gettext(row.mode.label), str(row.minutes),
                        formats.duration(row.minutes),
                    ]
                    for row in sheet.rows
                ],
                foot=[gettext("Summe"), "", "", "", "", "", str(sheet.minutes), formats.duration(sheet.minutes)],
            )
        ],
        signatures=[gettext("Datum, Unterschrift"), gettext("Datum, Unterschrift der Programmleitung")],
    )  # fmt: skip
    return pdf.render("sheet", document)
