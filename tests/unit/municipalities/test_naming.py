"""Codes, aliases and the numbers that they share."""

from __future__ import annotations

import pytest

from komma_tracker.access.rules import Invalid
from komma_tracker.municipalities.rules import (
    VISIBILITY_EXPLANATIONS,
    Visibility,
    check_alias,
    check_code,
    free_number,
)


@pytest.mark.parametrize(
    ("codes", "aliases", "free"),
    [
        ([], [], 1),
        (["K01", "K02"], ["Kommune 01", "Kommune 02"], 3),
        (["K01", "K03"], ["Kommune 01", "Kommune 03"], 2),
        (["K01"], ["Kommune 02"], 3),
        (["K01"], ["Rotbuche"], 2),
    ],
)
def test_a_free_number_is_neither_in_a_code_nor_in_an_alias(codes: list[str], aliases: list[str], free: int) -> None:
    assert free_number(codes, aliases) == free


@pytest.mark.parametrize(("typed", "code"), [("K07", "K07"), ("k7", "K07"), (" K0112 ", "K112")])
def test_a_code_has_one_spelling(typed: str, code: str) -> None:
    assert check_code(typed) == code


@pytest.mark.parametrize("typed", ["", "7", "K0", "K-7", "Kiel", "K07/../edit"])
def test_what_is_no_code(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_code(typed)
    assert refused.value.field == "code"


@pytest.mark.parametrize(
    ("alias", "name", "fits"),
    [
        ("Kommune 07", "Müllheim", True),
        ("Rotbuche", "Müllheim", True),
        ("Mühlheim", "Müllheim", True),
        ("Müllheim", "Müllheim", False),
        ("die Stadt muellheim", "Müllheim", False),
        ("Bad Neuen-Au", "Neuen Au", False),
        ("Kommune Auental", "Au", True),
        ("   ", "Au", False),
    ],
)
def test_an_alias_does_not_say_the_name(alias: str, name: str, fits: bool) -> None:
    if fits:
        assert check_alias(alias, name) == alias
        return
    with pytest.raises(Invalid) as refused:
        check_alias(alias, name)
    assert refused.value.field == "alias"


def test_every_visibility_is_explained() -> None:
    assert set(VISIBILITY_EXPLANATIONS) == set(Visibility)
    assert all(text.startswith(each.label) for each, text in VISIBILITY_EXPLANATIONS.items())
