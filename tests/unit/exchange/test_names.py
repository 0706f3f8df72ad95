"""For what a name in a file probably stands, and how sure that is."""

from __future__ import annotations

import pytest

from komma_tracker.exchange.columns import Reading
from komma_tracker.exchange.formats import columns_in
from komma_tracker.exchange.names import (
    ELSEWHERE,
    MOST_NAMES,
    Certainty,
    Name,
    Proposal,
    Target,
    propose,
    survey,
    words_of,
)
from komma_tracker.exchange.rules import NameKind, Unreadable, name_key
from komma_tracker.exchange.tables import Row

PLACES = [
    Target("K01", "K01 · Stadt Musterau", frozenset({"k01", "kommune 01", name_key("Stadt Musterau")})),
    Target("K02", "K02 · Gemeinde Ölbach", frozenset({"k02", "kommune 02", name_key("Gemeinde Ölbach")})),
    Target("K03", "K03 · Landkreis Ölbach", frozenset({"k03", "kommune 03", name_key("Landkreis Ölbach")})),
]
PEOPLE = [
    Target("anna", "Anna Ahrend", frozenset({"anna ahrend", "anna@example.org"})),
    Target("bert", "Bert Buchner", frozenset({"bert buchner", "bert@example.org"})),
]


def proposed(text: str, kind: NameKind = NameKind.MUNICIPALITY, within: str = "") -> tuple[str | None, Certainty]:
    targets = {NameKind.MUNICIPALITY: PLACES, NameKind.CONSULTANT: PEOPLE}.get(kind) or words_of(kind)
    found = propose(Name(kind, text, within), targets, {})
    return found.value, found.certainty


@pytest.mark.parametrize(
    ("text", "value", "certainty"),
    [
        ("K01", "K01", Certainty.EXACT),
        ("kommune 02", "K02", Certainty.EXACT),
        ("STADT MUSTERAU", "K01", Certainty.EXACT),
        ("Gemeinde Oelbach", "K02", Certainty.EXACT),
        ("Musterau, Stadt", "K01", Certainty.ALIKE),
        ("Stadt Musterrau", "K01", Certainty.ALIKE),
        ("Stadt Musterau (KommA)", "K01", Certainty.ALIKE),
        ("K03 Ölbach", "K03", Certainty.ALIKE),
        ("Stadt", None, Certainty.NONE),
        ("Ölbach", None, Certainty.NONE),
        ("Meier GmbH", None, Certainty.NONE),
        ("", None, Certainty.NONE),
        ("–", None, Certainty.NONE),
    ],
)
def test_municipalities(text: str, value: str | None, certainty: Certainty) -> None:
    assert proposed(text) == (value, certainty)


@pytest.mark.parametrize(
    ("text", "value", "certainty"),
    [
        ("anna@example.org", "anna", Certainty.EXACT),
        ("Anna Ahrend", "anna", Certainty.EXACT),
        ("Ahrend, Anna", "anna", Certainty.ALIKE),
        ("anna.ahrend@imap.example", "anna", Certainty.ALIKE),
        ("Carla Conrad", None, Certainty.NONE),
    ],
)
def test_people(text: str, value: str | None, certainty: Certainty) -> None:
    assert proposed(text, NameKind.CONSULTANT) == (value, certainty)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (NameKind.ACTIVITY, "Fortbildung", "training"),
        (NameKind.ACTIVITY, "Workshop mit Leitung", "workshop"),
        (NameKind.ACTIVITY, "Sonstiges", "other"),
        (NameKind.ACTIVITY, "Zauberei", None),
        (NameKind.MODE, "Präsenz", "on_site"),
        (NameKind.MODE, "online, Nacht", "online"),
        (NameKind.MODE, "intern", None),
    ],
)
def test_words(kind: NameKind, text: str, value: str | None) -> None:
    assert proposed(text, kind)[0] == value


def test_what_was_said_before_comes_first() -> None:
    name = Name(NameKind.MUNICIPALITY, "Stadt Musterau")
    assert propose(name, PLACES, {name.key: ("K02", True)}) == Proposal("K02", Certainty.REMEMBERED)
    assert propose(name, PLACES, {name.key: ("K02", False)}) == Proposal("K02", Certainty.SHARED)
    assert propose(name, PLACES, {name.key: (ELSEWHERE, True)}) == Proposal(ELSEWHERE, Certainty.REMEMBERED)
    assert propose(name, PLACES, {name.key: ("K99", True)}) == Proposal("K01", Certainty.EXACT)  # it is gone


def test_namesakes_are_asked_about() -> None:
    twins = [Target("a", "A", frozenset({"chris"})), Target("b", "B", frozenset({"chris"}))]
    assert propose(Name(NameKind.CONSULTANT, "Chris"), twins, {}).value is None


def test_a_form_asks_by_a_token_that_tells_nothing() -> None:
    one, other = Name(NameKind.MUNICIPALITY, "Musterau"), Name(NameKind.MUNICIPALITY, " MUSTERAU")
    assert one.token == other.token != Name(NameKind.CONSULTANT, "Musterau").token
    assert "muster" not in one.token.casefold()


def test_a_column_with_too_many_names_is_none_of_names() -> None:
    columns, _ = columns_in(Row(1, ("Wann", "Was")), {"date": 0, "activity": 1}, needs_municipality=True)
    rows = (Row(number, ("2026-05-04", f"Notiz {number}")) for number in range(2, MOST_NAMES + 3))
    with pytest.raises(Unreadable):
        survey(rows, Reading(columns))
