"""Passwords as they are kept."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import Type

from komma_tracker.accounts import passwords

NOBODY = passwords._NOBODY


def test_it_is_argon2id_with_19_mib_two_passes_and_one_lane() -> None:
    found = extract_parameters(passwords.hash_password("vier Wörter"))
    assert (found.type, found.memory_cost, found.time_cost, found.parallelism) == (Type.ID, 19 * 1024, 2, 1)


def test_two_hashes_of_one_password_differ_and_both_fit() -> None:
    hashes = [passwords.hash_password("vier Wörter") for _ in range(2)]
    assert hashes[0] != hashes[1]
    assert [passwords.fits("vier Wörter", each) for each in hashes] == [True, True]
    assert not passwords.fits("vier Worte", hashes[0])


def test_with_a_salt_given_it_comes_out_alike() -> None:
    hashes = [passwords.hash_with_salt("komma-demo", b"a salt of its own") for _ in range(2)]
    assert hashes[0] == hashes[1]
    assert passwords.fits("komma-demo", hashes[0])


def test_an_umlaut_is_the_same_from_every_keyboard() -> None:
    assert passwords.fits("Gru\u0308ße", passwords.hash_password("Gr\u00fcße"))


@pytest.mark.parametrize("known", [None, "", "no hash at all", "$argon2id$v=19$m=19456,t=2,p=1$broken"])
def test_nothing_fits_where_there_is_no_password(known: str | None) -> None:
    assert not passwords.fits("", known)
    assert not passwords.fits("x", known)


def test_where_there_is_none_as_much_is_reckoned_as_for_a_real_one() -> None:
    assert extract_parameters(NOBODY) == extract_parameters(passwords.hash_password("vier Wörter"))


def test_weaker_hashes_are_outdated() -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash("x")
    assert passwords.is_outdated(weak)
    assert not passwords.is_outdated(passwords.hash_password("x"))


@pytest.mark.parametrize("odd", ["\x00", "😀" * 50, "\ud800", "x" * 100_000])
def test_any_text_is_just_a_password(odd: str) -> None:
    assert passwords.fits(odd, passwords.hash_password(odd))
