"""Kinds, Länder, keys, and names that sort and are found as people expect."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from komma_tracker.access.rules import Invalid
from komma_tracker.municipalities.rules import (
    KEY_LENGTHS,
    Kind,
    Land,
    Visibility,
    alias,
    check_key,
    code,
    fold,
    local_holidays,
    number_of,
    sort_key,
)

TOWN, DISTRICT, CITY, OTHER = Kind.KREISANGEHOERIGE_STADT, Kind.LANDKREIS, Kind.KREISFREIE_STADT, Kind.OTHER


@pytest.mark.parametrize("member", [*Kind, *Visibility, *Land])
def test_every_member_has_a_german_name(member: Kind | Visibility | Land) -> None:
    assert member.label


def test_every_kind_has_key_lengths() -> None:
    assert set(KEY_LENGTHS) == set(Kind)


def test_land_keys_are_the_official_ones() -> None:
    assert {land.value: land.key for land in Land} == {
        "SH": "01",
        "HH": "02",
        "NI": "03",
        "HB": "04",
        "NW": "05",
        "HE": "06",
        "RP": "07",
        "BW": "08",
        "BY": "09",
        "SL": "10",
        "BE": "11",
        "BB": "12",
        "MV": "13",
        "SN": "14",
        "ST": "15",
        "TH": "16",
    }


@pytest.mark.parametrize(
    ("key", "kind", "land", "expected"),
    [
        (None, TOWN, Land.HE, None),
        ("", OTHER, Land.BE, None),
        ("   ", TOWN, None, None),
        ("99001001", TOWN, Land.HE, "99001001"),
        ("06 6 33 001", TOWN, Land.HE, "06633001"),
        ("06633001", TOWN, None, "06633001"),
        ("01051", DISTRICT, Land.SH, "01051"),
        ("09761", CITY, Land.BY, "09761"),
        ("09761000", CITY, Land.BY, "09761000"),
        ("11002", OTHER, Land.BE, "11002"),
    ],
)
def test_keys_that_are_taken(key: str | None, kind: Kind, land: Land | None, expected: str | None) -> None:
    assert check_key(key, kind, land) == expected


@pytest.mark.parametrize(
    ("key", "kind", "land", "message"),
    [
        ("0663300", TOWN, Land.HE, "8 Ziffern (Gemeinde) oder 5 Ziffern (Kreis)"),
        ("0663300A", TOWN, Land.HE, "ohne Buchstaben"),
        ("٠٦٦٣٣٠٠١", TOWN, Land.HE, "ohne Buchstaben"),
        ("06633", TOWN, Land.HE, "hat der Schlüssel 8 Ziffern"),
        ("01051001", DISTRICT, Land.SH, "hat der Schlüssel 5 Ziffern"),
        ("17001001", TOWN, None, "01 bis 16"),
        ("00001001", TOWN, Land.HE, "01 bis 16"),
        ("05001001", TOWN, Land.HE, "die mit 06 beginnen"),
    ],
)
def test_keys_that_are_refused(key: str, kind: Kind, land: Land | None, message: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_key(key, kind, land)
    assert refused.value.field == "key"
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Mueller", "Müller"),
        ("muller", "Müller"),
        ("MÜLLER", "Müller"),
        ("Mu\u0308ller", "Müller"),
        ("Strasse", "Straße"),
        ("STRAẞE", "Straße"),
        ("Goettingen", "Göttingen"),
        ("Baden Baden", "Baden-Baden"),
        ("Halle  Saale", "Halle (Saale)"),
        ("st ingbert", "St. Ingbert"),
        ("Aerzen", "Ärzen"),
    ],
)
def test_spellings_that_are_one(typed: str, name: str) -> None:
    assert fold(typed) == fold(name)


@pytest.mark.parametrize(("one", "other"), [("Neustadt", "Neustadt am Main"), ("Halle", "Hallo"), ("K01", "K10")])
def test_spellings_that_differ(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(st.from_regex(r"[A-Za-zäöüß]{1,12}( [A-Za-zäöüß]{1,12})?", fullmatch=True), st.integers(0, 25))
def test_what_begins_a_name_is_found(name: str, length: int) -> None:
    assert fold(name).startswith(fold(name[:length]))


def test_names_sort_as_in_a_dictionary() -> None:
    names = ["Zwickau", "Öhringen", "Aachen", "Ostrau", "Ohrdruf", "Äpfingen", "Apolda", "Straßlach", "Strasburg"]
    assert sorted(names, key=sort_key) == [
        "Aachen",
        "Äpfingen",
        "Apolda",
        "Ohrdruf",
        "Öhringen",
        "Ostrau",
        "Strasburg",
        "Straßlach",
        "Zwickau",
    ]


def test_names_that_differ_by_a_dot_keep_one_order() -> None:
    assert sorted(["Müller", "Muller"], key=sort_key) == sorted(["Muller", "Müller"], key=sort_key)


@pytest.mark.parametrize(("number", "its_alias", "its_code"), [(1, "Kommune 01", "K01"), (10, "Kommune 10", "K10")])
def test_alias_and_code(number: int, its_alias: str, its_code: str) -> None:
    assert (alias(number), code(number)) == (its_alias, its_code)


@given(st.integers(1, 99_999))
def test_a_code_leads_back_to_its_number(number: int) -> None:
    assert number_of(code(number)) == number_of(f" {code(number).lower()} ") == number


@pytest.mark.parametrize("text", ["", "K", "K0", "K00", "KK1", "K1a", "01", "Köln", "K١"])
def test_what_is_no_code(text: str) -> None:
    assert number_of(text) is None


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("", []),
        (" \n\n", []),
        ("8.8. Stadtfest", ["08.08. Stadtfest"]),
        ("29.02. Schaltfest", ["29.02. Schaltfest"]),
        ("05.06.2026  Jubiläum der Stadt ", ["05.06.2026 Jubiläum der Stadt"]),
        ("08.08. Eins\r\n09.09. Zwei", ["08.08. Eins", "09.09. Zwei"]),
    ],
)
def test_local_holidays_in_their_one_spelling(text: str, kept: list[str]) -> None:
    listed = local_holidays(text)
    assert [str(each) for each in listed] == kept
    assert local_holidays("\n".join(map(str, listed))) == listed


@pytest.mark.parametrize(
    "text",
    ["Stadtfest", "08.08.", "31.02. Nie", "29.02.2026 Nie", "08.08.26 Zu kurz", "1.1. " + "x" * 81, "1.1. x\n" * 41],
)
def test_local_holidays_that_are_none(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        local_holidays(text)
    assert refusal.value.field == "local_holidays"
