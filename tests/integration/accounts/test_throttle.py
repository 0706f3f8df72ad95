"""Guessing does not pay, and nobody is locked out by somebody else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy import select
from sqlalchemy.orm import Session

from komma_tracker.access import scope
from komma_tracker.accounts import throttle
from komma_tracker.accounts.models import RateLimit, User
from komma_tracker.accounts.rules import email_key
from komma_tracker.db import db, unit_of_work
from tests.factories.people import PASSWORD, make_user
from tests.integration.accounts.conftest import SignIn
from tests.support.client import Client
from tests.support.clock import Clock

WRONG = "a wrong password"


@pytest.fixture
def cheap_passwords(monkeypatch: Any) -> None:
    """Passwords compared without argon2: many attempts in little time."""
    monkeypatch.setattr("komma_tracker.accounts.passwords.fits", lambda given, known: bool(known) and given == PASSWORD)


pytestmark = pytest.mark.usefixtures("cheap_passwords")


def tries_until_blocked(sign_in: SignIn, user: User | str, **how: Any) -> int:
    return next(number for number in range(1, 200) if sign_in(user, WRONG, **how) == 429)


@pytest.mark.parametrize("known", [True, False])
def test_guessing_at_an_account_ends_within_25_tries(sign_in: SignIn, anna: User, known: bool) -> None:
    who = anna if known else "unknown@example.org"
    assert tries_until_blocked(sign_in, who) == 11
    assert sign_in(who, PASSWORD) == 429


def test_the_answer_says_so_and_how_long_to_wait(client: Client, sign_in: SignIn, anna: User) -> None:
    tries_until_blocked(sign_in, anna, address="127.0.0.1")
    answers = [
        client.post("/login", data={"email": email, "password": WRONG}) for email in (anna.email, " ANNA@example.org")
    ]
    assert [answer.status_code for answer in answers] == [429, 429]
    assert answers[0].headers["Retry-After"] == "900"
    assert "zu viele Versuche" in answers[0].text


def test_others_are_not_locked_out(sign_in: SignIn, anna: User, lead: User) -> None:
    tries_until_blocked(sign_in, anna)
    assert sign_in(lead) == 302  # another account, the same address


def test_the_owner_is_not_locked_out_elsewhere(sign_in: SignIn, anna: User) -> None:
    tries_until_blocked(sign_in, anna)
    assert sign_in(anna, address="192.0.2.2") == 302


def test_trying_many_accounts_from_one_address_ends_within_25_tries(sign_in: SignIn, anna: User) -> None:
    statuses = [sign_in(f"somebody-{number}@example.org", WRONG) for number in range(25)]
    assert statuses == [422] * 20 + [429] * 5
    assert sign_in(anna) == 429
    assert sign_in(anna, address="192.0.2.2") == 302


def test_an_attacker_cannot_change_the_last_half_of_an_ipv6_address(sign_in: SignIn, anna: User) -> None:
    statuses = [sign_in(anna, WRONG, address=f"2001:db8::{number:x}") for number in range(1, 13)]
    assert statuses[-2:] == [429, 429]
    assert sign_in(anna, address="2001:db8:0:1::1") == 302


def test_guessing_at_one_account_from_everywhere_ends_too(sign_in: SignIn, anna: User) -> None:
    statuses = [sign_in(anna, WRONG, address=f"198.51.100.{number}") for number in range(101)]
    assert statuses == [422] * 100 + [429]


def test_who_blocked_waits_a_quarter_of_an_hour(sign_in: SignIn, anna: User, clock: Clock) -> None:
    tries_until_blocked(sign_in, anna)
    clock.wait(minutes=14, seconds=59)
    assert sign_in(anna) == 429
    clock.wait(seconds=1)
    assert sign_in(anna) == 302


def test_signing_in_counts_for_nothing(client: Client, sign_in: SignIn, session: Session) -> None:
    colleagues = [make_user(session) for _ in range(25)]
    session.commit()
    for colleague in colleagues:
        assert sign_in(colleague) == 302
        client.post("/logout")


def test_somebody_who_signs_in_does_not_clear_the_way_for_guessing(
    client: Client, sign_in: SignIn, anna: User, lead: User
) -> None:
    for _ in range(9):
        assert sign_in(anna, WRONG) == 422
        assert sign_in(lead) == 302
        client.post("/logout")
    assert tries_until_blocked(sign_in, anna) == 2


def test_parallel_attempts_are_counted_exactly(app: Flask, clock: Clock) -> None:
    with app.app_context():
        engine = db.engine

    def attempt(number: int) -> bool:
        with scope.system_session(engine, "test") as session:
            counters = throttle.sign_in_counters("anna@example.org", "192.0.2.1")
            return throttle.attempt(session, counters, now=clock.now)

    with ThreadPoolExecutor(8) as pool:
        admitted = list(pool.map(attempt, range(40)))
    assert sum(admitted) == 10


def test_counters_tell_neither_address_nor_person(session: Session, sign_in: SignIn, anna: User) -> None:
    sign_in(anna, WRONG)
    keys = session.scalars(select(RateLimit.key)).all()
    assert len(keys) == 3
    assert not [key for key in keys if "anna" in key or "192.0.2.1" in key]


def test_old_counters_are_swept_out(
    client: Client, session: Session, sign_in: SignIn, anna: User, clock: Clock
) -> None:
    sign_in("somebody@example.org", WRONG, address="198.51.100.1")
    clock.wait(minutes=76)
    sign_in(anna)
    left = session.scalars(select(RateLimit.key)).all()
    assert len(left) == 3 + 1  # Anna's, and the one that expired less than an hour ago
    clock.wait(hours=3)
    client.post("/logout")
    sign_in(anna)
    session.rollback()
    assert len(session.scalars(select(RateLimit.key)).all()) == 3


def test_an_address_is_counted_as_it_is_looked_up() -> None:
    counters = throttle.sign_in_counters(email_key(" Anna@Example.org"), None)
    assert counters == throttle.sign_in_counters("anna@example.org", None)


def test_the_storage_serves_the_library(session: Session, clock: Clock) -> None:
    limit = throttle.OWN_PASSWORD
    with unit_of_work(session):
        storage = throttle.SessionStorage(session, clock.now)
        limiter = FixedWindowRateLimiter(storage)
        assert limiter.test(limit, "a")
        assert [limiter.hit(limit, "a") for _ in range(11)] == [True] * 10 + [False]
        assert not limiter.test(limit, "a")
        assert limiter.get_window_stats(limit, "a").reset_time == clock.now.timestamp() + 15 * 60
        limiter.clear(limit, "a")
        assert limiter.test(limit, "a")
        assert limiter.hit(limit, "b")
        storage.reset()
        assert limiter.get_window_stats(limit, "b").remaining == 10
        assert storage.check()
