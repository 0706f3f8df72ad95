"""`komma import` and `komma export`: days and the official register in, days out."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import IO, NoReturn

import click
from flask.cli import AppGroup
from flask_babel import force_locale, gettext

from komma_tracker.access.rules import DomainError, Invalid, NotFound, System
from komma_tracker.access.scope import system_session
from komma_tracker.accounts.queries import user_by_email
from komma_tracker.budget.queries import EntryFilter
from komma_tracker.db import Session, db
from komma_tracker.exchange import service, takeout
from komma_tracker.exchange.plan import Place, Plan, Planner
from komma_tracker.exchange.rules import DateOrder, Field, Limits, NameKind
from komma_tracker.exchange.service import programme_out
from komma_tracker.exchange.service.programme_in import import_programme
from komma_tracker.exchange.service.unasked import Said, read_unasked
from komma_tracker.exchange.words import fault_lines, note_lines, row_spans
from komma_tracker.kit import clock, formats
from komma_tracker.kit.context import context
from komma_tracker.kit.locale import LOCALES
from komma_tracker.kit.messages import message_of
from komma_tracker.kit.sheets import csv_pieces, json_pieces, pieces_of, xlsx_file
from komma_tracker.municipalities.queries import municipality_by_code
from komma_tracker.municipalities.register import read_register
from komma_tracker.municipalities.register_service import replace_register
from komma_tracker.municipalities.rules import Kind, code, number_of

ERRAND = "command line"
BAD_FILE = 2
KINDS = ("csv", "xlsx", "json")
DATE = click.DateTime(["%Y-%m-%d"])

OPTIONS = {"order": "--order", "reason": "--reason", "long_days": "--long-days"}
"""By which a fault can be met that the file itself does not show."""
ORDERS = [order.value.replace("_", "-") for order in DateOrder]
FIELDS = [field for field in Field if field is not Field.AMOUNT]


def _columns_said(context: click.Context, option: click.Parameter, values: Sequence[str]) -> Mapping[Field, str]:
    """`FIELD=HEADING`, several times."""
    del context, option
    pairs = [value.partition("=")[::2] for value in values]
    if wrong := [name for name, heading in pairs if name not in FIELDS or not heading]:
        raise click.BadParameter(f"{wrong[0]!r} is no field with a heading")
    return {Field(name): heading for name, heading in pairs}


def _names_said(
    context: click.Context, option: click.Parameter, values: Sequence[str]
) -> Sequence[tuple[NameKind, str, str]]:
    """`KIND:NAME=MEANING`, several times; the name may be empty, and may hold what separates the others."""
    del context, option
    found: list[tuple[NameKind, str, str]] = []
    for value in values:
        called, _, meaning = value.rpartition("=")
        kind, separator, name = called.partition(":")
        if kind not in list(NameKind) or not separator or not meaning:
            raise click.BadParameter(f"{value!r} is not of the form KIND:NAME=MEANING")
        found.append((NameKind(kind), name, meaning))
    return found


imports = AppGroup("import", help="Bring data in.")
exports = AppGroup("export", help="Take data out.")


@imports.command("register")
@click.argument("file", type=click.File("rb"))
def import_register(file: IO[bytes]) -> None:
    """Replace the list of municipalities by FILE, the GV100AD of the Federal Statistical Office."""
    with system_session(db.engine, ERRAND) as session:
        try:
            counts = replace_register(session, System(ERRAND), units=read_register(file), now=clock.now())
        except DomainError as error:
            _refuse(error)
    for kind in sorted(counts, key=list(Kind).index):
        click.echo(f"{counts[kind]:>6} {gettext(kind.label)}")
    click.echo(f"{sum(counts.values()):>6} {gettext('zusammen')}")


@imports.command("entries")
@click.argument("file", type=click.File("rb"))
@click.option("--municipality", metavar="CODE", help="The municipality of rows that name none, such as K01.")
@click.option("--order", type=click.Choice(ORDERS), help="How 03/04/2026 is meant, where FILE does not tell.")
@click.option(
    "--column", "columns", multiple=True, metavar="FIELD=HEADING", callback=_columns_said,
    help=f"Where a field stands: a heading or letters. Fields: {', '.join(FIELDS)}.",
)  # fmt: skip
@click.option(
    "--name", "names", multiple=True, metavar="KIND:NAME=MEANING", callback=_names_said,
    help=f"For what a name in FILE stands; \"-\" for nothing here. Kinds: {', '.join(NameKind)}.",
)  # fmt: skip
@click.option("--remembered-by", metavar="EMAIL", help="Use the columns and names that this person has had remembered.")
@click.option("--dry-run", is_flag=True, help="Only say what would be booked.")
@click.option("--with-doubles", is_flag=True, help="Also book rows that resemble an entry already there.")
@click.option("--long-days", is_flag=True, help="Also book more than ten hours of one person on one date.")
@click.option("--reason", default="", help="Why days of months already submitted come only now.")
def import_entries(
    file: IO[bytes],
    municipality: str | None,
    order: str | None,
    columns: Mapping[Field, str],
    names: Sequence[tuple[NameKind, str, str]],
    remembered_by: str | None,
    dry_run: bool,
    with_doubles: bool,
    long_days: bool,
    reason: str,
) -> None:
    """Book the days in FILE (CSV, XLSX or JSON), all or nothing. Rows already booked are passed over."""
    viewer, today = System(ERRAND), clock.today()
    with system_session(db.engine, ERRAND) as session:
        where, person = _municipality_id(session, municipality), _user_id(session, remembered_by)
        said = Said(columns, names, DateOrder(order.replace("-", "_")) if order else None, person)
        planner = _read(session, viewer, file, said, municipality_id=where)
        try:
            if dry_run:
                plan = service.preview(session, viewer, planner, with_doubles=with_doubles, today=today)
            else:
                plan = service.book(
                    session, viewer, planner, with_doubles=with_doubles, long_days=long_days, reason=reason,
                    now=clock.now(), today=today,
                )  # fmt: skip
        except DomainError as error:
            _check_faults(planner.plan)
            _refuse(error)
    _check_faults(plan)
    _report(plan, with_doubles=with_doubles, dry_run=dry_run)


@imports.command("programme")
@click.argument("file", type=click.File("rb"))
def import_whole_programme(file: IO[bytes]) -> None:
    """Take the whole programme in FILE into this instance, which must be empty; all of it or nothing.

    Passwords are not in FILE: let the first person in with "komma user add", who invites the others.
    """
    with system_session(db.engine, ERRAND) as session:
        try:
            counts = import_programme(session, System(ERRAND), file=file, now=clock.now())
        except DomainError as error:
            _refuse(error)
    for table, count in counts.items():
        click.echo(f"{count:>8} {table}")


@exports.command("programme")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, allow_dash=True), default="-")
def export_whole_programme(file: str) -> None:
    """Write the whole programme to FILE as JSON: all but passwords, secret addresses and the audit trail."""
    with system_session(db.engine, ERRAND) as session:
        programme_out.record(session, System(ERRAND), now=clock.now())
    try:
        with _private_file(file) as target:
            target.writelines(programme_out.pieces(db.engine))
    except OSError as error:
        raise click.FileError(file, error.strerror) from error


@exports.command("entries")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, allow_dash=True), default="-")
@click.option("--municipality", metavar="CODE", help="Only this municipality, such as K01.")
@click.option("--from", "first", type=DATE, help="From this day on.")
@click.option("--to", "last", type=DATE, help="Up to this day.")
@click.option(
    "--language", type=click.Choice(LOCALES), default=LOCALES[0], show_default=True, help="Headings, numbers."
)
def export_entries(
    file: str, municipality: str | None, first: datetime | None, last: datetime | None, language: str
) -> None:
    """Write all entries to FILE, a .csv or .xlsx that only its owner can read; without FILE, CSV to the output."""
    kind = "csv" if file == "-" else Path(file).suffix.lower().lstrip(".")
    if kind not in KINDS:
        raise click.BadParameter("the name must end with .csv, .xlsx or .json", param_hint="FILE")
    viewer = System(ERRAND)
    with system_session(db.engine, ERRAND) as session, force_locale(language):
        wanted = EntryFilter(
            municipality_id=_municipality_id(session, municipality),
            first=first.date() if first else None,
            last=last.date() if last else None,
        )
        takeout.record(session, viewer, kind=kind, wanted=wanted, now=clock.now())
        columns = takeout.columns(viewer, gettext)
        rows = takeout.rows(session, viewer, wanted=wanted, say=takeout.in_codes if kind == "json" else gettext)
        try:
            with _private_file(file) as target:
                if kind == "csv":
                    target.writelines(csv_pieces(columns, rows, language))
                elif kind == "json":
                    target.writelines(json_pieces(columns, rows))
                else:
                    target.writelines(pieces_of(xlsx_file(columns, rows, language)))
        except DomainError as error:
            _refuse(error)
        except OSError as error:
            raise click.FileError(file, error.strerror) from error


def _private_file(name: str) -> AbstractContextManager[IO[bytes]]:
    if name == "-":
        return nullcontext(sys.stdout.buffer)
    return open(name, "wb", opener=lambda path, flags: os.open(path, flags, 0o600))


def _municipality_id(session: Session, text: str | None) -> int | None:
    if text is None:
        return None
    number = number_of(text)
    try:
        return municipality_by_code(session, System(ERRAND), code(number) if number else text).id
    except NotFound:
        raise click.BadParameter(f"there is no municipality {text}", param_hint="--municipality") from None


def _user_id(session: Session, email: str | None) -> int | None:
    if email is None:
        return None
    user = user_by_email(session, email)
    if user is None:
        raise click.BadParameter(f"there is nobody with the address {email}", param_hint="--remembered-by")
    return user.id


def _read(session: Session, viewer: System, file: IO[bytes], said: Said, *, municipality_id: int | None) -> Planner:
    limits = Limits(size=context().settings.max_upload_bytes)
    try:
        planner = read_unasked(session, viewer, file, municipality_id=municipality_id, said=said, limits=limits)
    except DomainError as error:
        _refuse(error)
    _check_faults(planner.plan)
    return planner


def _report(plan: Plan, *, with_doubles: bool, dry_run: bool) -> None:
    """Sums by municipality and month, and what was left out, so that a slip shows at once."""
    for line in note_lines(plan):
        click.echo(f"{line.place}: {line.message}", err=True)
    for place, months in plan.by_month().items():
        for month, each in months.items():
            click.echo(f"{place.code}  {month:%Y-%m}  {each.entries:>5}  {_days(each.minutes, place):>8}")
        whole = sum(each.minutes for each in months.values())
        count = sum(each.entries for each in months.values())
        click.echo(f"{place.code}  {gettext('zusammen'):<7}  {count:>5}  {_days(whole, place):>8}")
    if plan.known:
        click.echo(gettext("%(count)s Zeilen sind schon gebucht und bleiben es.", count=plan.known))
    if plan.doubles:
        numbers = row_spans(entry.number for entry in plan.doubles)
        left = gettext("werden mitgebucht") if with_doubles else gettext("werden übergangen")
        click.echo(gettext("Mögliche Doppel (%(left)s), Zeilen: %(rows)s", left=left, rows=numbers))
    done = gettext("Probelauf, nichts gebucht.") if dry_run else gettext("%(n)s Einträge gebucht.", n=len(plan.entries))
    click.echo(done)


def _days(minutes: int, place: Place) -> str:
    return formats.days(minutes, place.minutes_per_day, fixed=True)


def _check_faults(plan: Plan) -> None:
    if not plan.faults.total:
        return
    for line in fault_lines(plan):
        click.echo(f"{line.place}: {line.message}", err=True)
    click.echo(gettext("%(count)s Fehler, nichts gebucht.", count=plan.faults.total), err=True)
    sys.exit(BAD_FILE)


def _refuse(error: DomainError) -> NoReturn:
    option = OPTIONS.get(error.field or "") if isinstance(error, Invalid) else None
    click.echo(f"{message_of(error)} ({option})" if option else message_of(error), err=True)
    sys.exit(BAD_FILE)
