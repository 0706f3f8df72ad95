"""The one way to write: all or nothing, in turn, once, and never over somebody else's change."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from komma_tracker.access import scope
from komma_tracker.access.guards import public
from komma_tracker.access.rules import Role, System, Viewer
from komma_tracker.accounts.models import User
from komma_tracker.audit.models import AuditRecord
from komma_tracker.audit.service import done_before, record
from komma_tracker.db import db, new_public_id, unit_of_work
from tests.factories.people import make_user
from tests.support.application import SessionFor

SYSTEM = System("test")


@pytest.fixture
def user(session: Session) -> User:
    user = make_user(session, name="Anna")
    session.commit()
    return user


def names(session_for: SessionFor) -> list[str]:
    with session_for(SYSTEM) as session:
        return list(session.scalars(select(User.name).order_by(User.name)))


# All or nothing.


def test_a_unit_of_work_is_kept_at_its_end(session: Session, session_for: SessionFor) -> None:
    with unit_of_work(session):
        make_user(session, name="Anna")
        assert names(session_for) == []
    assert names(session_for) == ["Anna"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_error_takes_all_of_it_back(
    session: Session, session_for: SessionFor, user: User, error: type[BaseException]
) -> None:
    def fail() -> None:
        with unit_of_work(session):
            session.get_one(User, user.id).name = "x"
            make_user(session)
            raise error

    with pytest.raises(error):
        fail()
    assert names(session_for) == ["Anna"]
    assert session.get_one(User, user.id).name == "Anna"


def test_an_inner_one_joins_the_outer(session: Session, session_for: SessionFor) -> None:
    def fail_after_the_inner_one() -> None:
        with unit_of_work(session):
            with unit_of_work(session):
                make_user(session)
            assert names(session_for) == []
            raise ValueError("outer")

    with pytest.raises(ValueError, match="outer"):
        fail_after_the_inner_one()
    assert names(session_for) == []


def test_the_next_one_begins_afresh(session: Session, session_for: SessionFor) -> None:
    with pytest.raises(ValueError, match="first"), unit_of_work(session):
        raise ValueError("first")
    with unit_of_work(session):
        make_user(session, name="Anna")
    assert names(session_for) == ["Anna"]


def test_what_was_loaded_before_is_looked_at_anew(session: Session, session_for: SessionFor, user: User) -> None:
    assert session.get_one(User, user.id).name == "Anna"
    other = session_for(SYSTEM)
    with unit_of_work(other):
        other.get_one(User, user.id).name = "Berta"
    with unit_of_work(session):
        assert user.name == "Berta"


def test_writers_wait_for_each_other_and_lose_nothing(app: Flask, user: User) -> None:
    with app.app_context():
        engine = db.engine

    def write(number: int) -> None:
        with scope.system_session(engine, "test") as session, unit_of_work(session):
            count = session.scalars(select(func.count(User.id))).one()
            make_user(session, name=f"{number} after {count}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(24)))
    with scope.system_session(engine, "test") as session:
        assert session.scalars(select(func.count(User.id))).one() == 25


def test_readers_do_not_wait_for_a_writer(session: Session, session_for: SessionFor, user: User) -> None:
    with unit_of_work(session):
        session.get_one(User, user.id).name = "Berta"
        session.flush()
        assert names(session_for) == ["Anna"]


# Row versions.


def test_a_stale_version_is_refused(session: Session, session_for: SessionFor, user: User) -> None:
    other = session_for(SYSTEM)
    theirs = other.get_one(User, user.id)
    other.commit()
    with unit_of_work(session):
        session.get_one(User, user.id).name = "Berta"
    theirs.name = "Carla"  # outside a unit of work nothing is looked at anew
    with pytest.raises(StaleDataError):
        other.flush()
    other.rollback()
    assert names(session_for) == ["Berta"]


def test_each_change_counts_the_version_up(session: Session, user: User) -> None:
    for wanted in (2, 3):
        with unit_of_work(session):
            user.name += "!"
        assert user.version == wanted


def test_a_stale_row_is_answered_with_409(app: Flask) -> None:
    @public
    def stale() -> str:
        raise StaleDataError

    app.add_url_rule("/stale", "stale", stale)
    answer = app.test_client().get("/stale")
    assert (answer.status_code, "Jemand war schneller" in answer.text) == (409, True)


# The record, in the same transaction.


def noted(session: Session, viewer: Viewer | System, now: datetime, key: str | None = None) -> str:
    """A use case as services write it."""
    with unit_of_work(session):
        if made := done_before(session, viewer, key):
            return made
        thing = new_public_id()
        record(session, viewer, action="thing.make", object_type="thing", object_id=thing, now=now, request_key=key)
        return thing


def test_change_and_record_are_kept_together_or_not_at_all(session: Session, now: datetime, user: User) -> None:
    def fail_after_the_record() -> None:
        with unit_of_work(session):
            user.name = "Berta"
            record(session, SYSTEM, action="x", object_type="user", object_id="x", now=now)
            session.flush()
            raise ValueError("too late")

    with pytest.raises(ValueError, match="too late"):
        fail_after_the_record()
    assert user.name == "Anna"
    assert session.scalars(select(func.count(AuditRecord.id))).one() == 0


def test_the_record_says_who_or_on_whose_errand(session: Session, now: datetime, user: User) -> None:
    noted(session, Viewer(user.id, Role.CONSULTANT), now)
    noted(session, System("komma import"), now)
    by = session.execute(select(AuditRecord.actor_id, AuditRecord.errand).order_by(AuditRecord.id)).all()
    assert [tuple(row) for row in by] == [(user.id, None), (None, "komma import")]
    assert session.scalars(select(AuditRecord.at)).first() == now


def test_a_form_that_comes_twice_is_done_once(session: Session, now: datetime, user: User) -> None:
    viewer = Viewer(user.id, Role.CONSULTANT)
    assert noted(session, viewer, now, "key") == noted(session, viewer, now, "key")
    assert noted(session, viewer, now, "other") != noted(session, viewer, now, "key")
    assert noted(session, viewer, now) != noted(session, viewer, now)


def test_nobody_is_mistaken_for_somebody_else_with_the_same_key(
    session_for: SessionFor, session: Session, now: datetime, user: User
) -> None:
    other = make_user(session)
    session.commit()
    made = {noted(session, Viewer(each.id, Role.CONSULTANT), now, "key") for each in (user, other)}
    assert len(made) == 2
    assert noted(session_for(SYSTEM), SYSTEM, now, "key") not in made


def test_two_arrivals_at_the_same_moment_are_done_once(app: Flask, now: datetime, user: User) -> None:
    with app.app_context():
        engine = db.engine
    viewer, begin, made = Viewer(user.id, Role.CONSULTANT), threading.Barrier(6), []

    def arrive() -> None:
        with Session(engine) as session:
            scope.bind(session, viewer)
            begin.wait()
            made.append(noted(session, viewer, now, "key"))

    threads = [threading.Thread(target=arrive) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 6
    assert len(set(made)) == 1


def test_the_database_itself_refuses_a_second_record_of_one_form(session: Session, now: datetime, user: User) -> None:
    viewer = Viewer(user.id, Role.CONSULTANT)
    noted(session, viewer, now, "key")
    with pytest.raises(IntegrityError), unit_of_work(session):
        record(session, viewer, action="x", object_type="x", object_id="x", now=now, request_key="key")


# Instants and ids.


def test_an_instant_comes_back_as_it_went_in(session: Session, now: datetime) -> None:
    user = make_user(session, created_at=now)
    session.commit()
    session.expire_all()
    assert user.created_at == now
    assert user.created_at.utcoffset() is not None


def test_an_instant_without_zone_is_refused(session: Session) -> None:
    with pytest.raises(Exception, match="an instant needs a time zone"):
        make_user(session, created_at=datetime(2026, 1, 1))
    session.rollback()


def test_names_of_constraints_are_spoken(session: Session) -> None:
    make_user(session, email="a@example.org")
    with pytest.raises(IntegrityError, match=r"user\.email|uq_user_email"):
        make_user(session, email="a@example.org")
    session.rollback()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_sqlite_is_durable_strict_and_forgetful(app: Flask) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1, "busy_timeout": 10000}
    with app.app_context():
        engine = db.engine
    for _ in range(2):  # on every connection, not on the first only
        with scope.system_session(engine, "test") as session:
            assert {name: session.scalar(text(f"PRAGMA {name}")) for name in wanted} == wanted
        engine.dispose()


def test_a_row_that_others_point_to_cannot_go(session: Session, now: datetime, user: User) -> None:
    noted(session, Viewer(user.id, Role.CONSULTANT), now)
    with pytest.raises(IntegrityError), unit_of_work(session):
        session.delete(session.get_one(User, user.id))
