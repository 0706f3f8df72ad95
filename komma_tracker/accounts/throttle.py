"""Counting attempts, so that guessing does not pay and nobody is locked out by somebody else (trust 11, 12).

The counters lie in the database, so all processes count together. An attempt counts before it is looked into: a burst
of parallel ones gains nothing. Whether an account exists plays no part anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy import case, delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from komma_tracker.access.tokens import token_hash
from komma_tracker.accounts.models import RateLimit
from komma_tracker.accounts.queries import expired_counters
from komma_tracker.db import unit_of_work

Counter = tuple[RateLimitItem, str]
"""A limit, and whose attempts count towards it."""

ACCOUNT_AT_ADDRESS = RateLimitItemPerMinute(10, 15, namespace="sign-in account at address")
"""Guessing at one account: blocks this account for this address, and for no other."""
ADDRESS = RateLimitItemPerMinute(20, 15, namespace="sign-in address")
"""Trying many accounts from one place."""
ACCOUNT = RateLimitItemPerHour(100, 1, namespace="sign-in account")
"""Guessing at one account from many places."""
OWN_PASSWORD = RateLimitItemPerMinute(10, 15, namespace="own password")
RESET_AT_ADDRESS = RateLimitItemPerMinute(20, 60, namespace="reset address")
RESET_OF_ACCOUNT = RateLimitItemPerHour(3, 1, namespace="reset account")
"""So many mails may anybody send to a person, without being that person."""
LINK_AT_ADDRESS = RateLimitItemPerMinute(20, 15, namespace="link address")
JOIN_AT_ADDRESS = RateLimitItemPerMinute(60, 15, namespace="join address")
"""Guessing at codes of sessions; a room full of people who mistype shares one address."""

KEPT = timedelta(hours=1)
_BLIND = {"synchronize_session": False}
"""No counter is ever kept in memory, so none must be brought up to date there."""
_INSERT = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def sign_in_counters(email: str, address: str | None) -> list[Counter]:
    """What a sign-in counts towards; in this order everywhere, so that no two wait for each other."""
    place = network(address)
    return [(ACCOUNT_AT_ADDRESS, f"{email} {place}"), (ADDRESS, place), (ACCOUNT, email)]


def attempt(session: Session, counters: Iterable[Counter], *, now: datetime) -> bool:
    """Count one attempt towards each limit, up to the first that is exceeded; whether none is."""
    with unit_of_work(session):
        limiter = FixedWindowRateLimiter(SessionStorage(session, now))
        return all(limiter.hit(limit, token_hash(who)) for limit, who in counters)


def is_exhausted(session: Session, counters: Iterable[Counter], *, now: datetime) -> bool:
    """Whether one of these limits leaves no attempt; counts none."""
    limiter = FixedWindowRateLimiter(SessionStorage(session, now))
    return not all(limiter.test(limit, token_hash(who)) for limit, who in counters)


def forgive(session: Session, counters: Iterable[Counter], *, now: datetime) -> None:
    """Take back an attempt that was none: it succeeded. Sweeps out what has long expired."""
    keys = [limit.key_for(token_hash(who)) for limit, who in counters]
    with unit_of_work(session):
        for key in keys:
            own = update(RateLimit).where(RateLimit.key == key, RateLimit.hits > 0)
            session.execute(own.values(hits=RateLimit.hits - 1), execution_options=_BLIND)
        old = expired_counters((now - KEPT).timestamp())
        session.execute(delete(RateLimit).where(RateLimit.key.in_(old)), execution_options=_BLIND)


def network(address: str | None) -> str:
    """Whose address this is: one of IPv6 stands for all of its /64, which one machine can use at will.

    >>> network("192.0.2.7"), network("2001:db8:1:2:3:4:5:6"), network(None)
    ('192.0.2.7', '2001:db8:1:2::/64', '')
    """
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return address or ""
    return str(IPv6Network((parsed, 64), strict=False)) if isinstance(parsed, IPv6Address) else str(parsed)


class SessionStorage(Storage):
    """Counters in the table `rate_limit`, written in the transaction at hand and read by its clock."""

    def __init__(self, session: Session, now: datetime) -> None:
        super().__init__()
        self.session = session
        self.now = now.timestamp()

    @property
    def base_exceptions(self) -> type[Exception]:
        return SQLAlchemyError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        expired, renewed = RateLimit.expires <= self.now, self.now + expiry
        insert = _INSERT[self.session.get_bind().dialect.name](RateLimit)
        counted = insert.values(key=key, hits=amount, expires=renewed).on_conflict_do_update(
            index_elements=[RateLimit.key],
            set_={
                "hits": case((expired, amount), else_=RateLimit.hits + amount),
                "expires": case((expired, renewed), else_=RateLimit.expires),
            },
        )
        return self.session.scalars(counted.returning(RateLimit.hits)).one()

    def get(self, key: str) -> int:
        row = self.session.get(RateLimit, key, populate_existing=True)
        return row.hits if row and row.expires > self.now else 0

    def get_expiry(self, key: str) -> float:
        row = self.session.get(RateLimit, key, populate_existing=True)
        return row.expires if row else self.now

    def check(self) -> bool:
        return True

    def reset(self) -> None:
        self.session.execute(delete(RateLimit))

    def clear(self, key: str) -> None:
        self.session.execute(delete(RateLimit).where(RateLimit.key == key))
