"""`komma user`: let the first people in, and shut somebody out, without the web."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import click
from flask.cli import AppGroup

from komma_tracker.access.rules import DomainError, NotFound, Role, System
from komma_tracker.access.scope import system_session
from komma_tracker.accounts import letters, queries, service
from komma_tracker.accounts.rules import Details, PeopleFilter, check_password, normalise_email
from komma_tracker.db import Session, db
from komma_tracker.kit.clock import now, today
from komma_tracker.kit.context import context
from komma_tracker.kit.messages import message_of
from komma_tracker.municipalities.queries import municipality_by_code, municipality_choices
from komma_tracker.municipalities.rules import code, number_of

ERRAND = System("command line")

user = AppGroup("user", help="People who may sign in.")


@user.command("add")
@click.argument("email")
@click.option("--name", required=True, help="First and last name.")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True, help="What they may do.")
@click.option("--municipality", metavar="CODE", help="Where they belong or work, such as K01.")
@click.option("--password-stdin", is_flag=True, help="Take the password from standard input, instead of inviting.")
def add(email: str, name: str, role: str, municipality: str | None, password_stdin: bool) -> None:
    """Let somebody take part; prints the link to choose a password with, valid for seven days."""
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    with _refusals(), system_session(db.engine, ERRAND.reason) as session:
        if password is not None:
            check_password(password, normalise_email(email))
        added = service.add_person(
            session,
            ERRAND,
            details=Details(name, email, Role(role)),
            municipality_id=_municipality_id(session, municipality),
            today=today(),
            now=now(),
        )
        if added.letter and password is not None:
            service.choose_password(
                session, token=added.letter.token, purpose=added.letter.purpose, password=password, now=now()
            )
        elif added.letter:
            click.echo(letters.link(added.letter))


@user.command("list")
def list_people() -> None:
    """Show everybody: address, name, role, state, and where they are assigned today."""
    with system_session(db.engine, ERRAND.reason) as session:
        codes = {each.id: each.code for each in municipality_choices(session, ERRAND)}
        for line in _lines(session, codes, today()):
            click.echo(line)


@user.command("disable")
@click.argument("email")
def disable(email: str) -> None:
    """Let somebody in no more, and end all their sign-ins."""
    with _refusals(), system_session(db.engine, ERRAND.reason) as session:
        found = queries.user_by_email(session, email)
        if found is None:
            raise click.BadParameter(f"nobody has the address {email}", param_hint="EMAIL")
        service.disable_person(session, ERRAND, public_id=found.public_id, close_feeds=context().close_feeds, now=now())


@contextmanager
def _refusals() -> Iterator[None]:
    """What the domain refuses is bad usage here: one line, and exit status 2."""
    try:
        yield
    except DomainError as error:
        raise click.UsageError(message_of(error)) from error


def _municipality_id(session: Session, text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return municipality_by_code(session, ERRAND, code(number_of(text) or 0)).id
    except NotFound as error:
        raise click.BadParameter(f"there is no municipality {text}", param_hint="--municipality") from error


def _lines(session: Session, codes: dict[int, str], day: date) -> Iterator[str]:
    number, last = 1, 1
    while number <= last:
        page = queries.people_page(session, ERRAND, wanted=PeopleFilter(), number=number)
        for person in page.rows:
            held = {codes[each.municipality_id] for each in person.assignments if each.span.holds(day)}
            where = " ".join(sorted(held)) or "-"
            yield f"{person.email:<36} {person.role:<12} {person.state:<9} {where:<12} {person.name}"
        number, last = number + 1, page.last
