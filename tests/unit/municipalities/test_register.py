"""The official register comes in whole, each unit once, and is found as people spell."""

from __future__ import annotations

import csv
import io
from collections import Counter

import pytest

from komma_tracker.municipalities.register import NotARegister, Unit, nearest, read_register, search_key
from komma_tracker.municipalities.rules import Kind, Land, fold
from tests.support.shared import shared_file

REGISTER = "data/official/GV100AD_301123.txt"


def line(kind: str, key: str, name: str, mark: str = "", population: int = 0) -> str:
    """One record as the file's description lays it out."""
    text = f"{kind}20231130{key:<12}{name:<50}{'':<50}{mark:<2}"
    return f"{text:<128}{100:011d}{population:011d}{0:011d}{'':<4}{'12345':<5}{'':<50}"


def register(*lines: str, encoding: str = "utf-8") -> io.BytesIO:
    return io.BytesIO("\n".join(lines).encode(encoding))


SMALL = (
    line("10", "06", "Hessen"),
    line("20", "066", "Reg.-Bez. Kassel"),
    line("40", "06611", "Kassel, documenta-Stadt", "41"),
    line("50", "066110000", "Kassel, documenta-Stadt", "50"),
    line("60", "066110000000", "Kassel, documenta-Stadt", "61", 200_000),
    line("40", "06633", "Kassel", "44"),
    line("60", "066330090000", "Fuldatal", "64", 12_000),
    line("60", "066330100000", "Gudensberg, St", "63", 9_000),
    line("60", "066332000000", "Reinhardswald, gemfr.Geb.", "66", 0),
    line("60", "066333000000", "Neuartig", "68", 5),
)


def test_each_unit_comes_once_with_its_district() -> None:
    assert read_register(register(*SMALL)) == [
        Unit("06611000", "Kassel, documenta-Stadt", "Kassel", Kind.KREISFREIE_STADT, Land.HE, None, 200_000),
        Unit("06633", "Kassel", "Kassel", Kind.LANDKREIS, Land.HE, None, 21_000),
        Unit("06633009", "Fuldatal", "Fuldatal", Kind.KREISANGEHOERIGE_GEMEINDE, Land.HE, "Kassel", 12_000),
        Unit("06633010", "Gudensberg, St", "Gudensberg", Kind.KREISANGEHOERIGE_STADT, Land.HE, "Kassel", 9_000),
    ]


def test_older_editions_have_another_encoding() -> None:
    lines = (*SMALL, line("60", "066330110000", "Söhrewald", "64", 4_000))
    assert read_register(register(*lines, encoding="iso-8859-1"))[-1].name == "Söhrewald"


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (register(""), "Die Datei enthält kein Gemeindeverzeichnis im Format GV100AD."),
        (register(*SMALL[:3]), "Die Datei enthält kein Gemeindeverzeichnis im Format GV100AD."),
        (register("no,date"), "Zeile 1 gehört nicht in ein Gemeindeverzeichnis im Format GV100AD."),
        (
            register(*SMALL, line("70", "06", "x")),
            "Zeile 11 gehört nicht in ein Gemeindeverzeichnis im Format GV100AD.",
        ),
        (
            register(*SMALL, line("40", "17001", "x", "44")),
            "Zeile 11 gehört nicht in ein Gemeindeverzeichnis im Format GV100AD.",
        ),
        (
            register(*SMALL, line("60", "066330120000", "x", "64")[:140]),
            "Zeile 11 gehört nicht in ein Gemeindeverzeichnis im Format GV100AD.",
        ),
        (
            register(*SMALL, line("60", "06633", "x", "64")),
            "Zeile 11 gehört nicht in ein Gemeindeverzeichnis im Format GV100AD.",
        ),
        (
            register(*SMALL, SMALL[-3]),
            "Der Schlüssel 06633010 steht zweimal in der Datei.",
        ),
        (io.BytesIO(b"\x00" * (20 * 1024 * 1024 + 1)), "Die Datei ist größer als 20 MB."),
    ],
)
def test_another_file_is_refused_in_one_line(file: io.BytesIO, message: str) -> None:
    with pytest.raises(NotARegister) as refused:
        read_register(file)
    assert str(refused.value) == message


def test_the_official_register_is_read_exactly() -> None:
    with shared_file("data/official/municipalities.csv").open(encoding="utf-8-sig", newline="") as file:
        expected = sorted(
            (
                row["key"], row["name_official"], row["name_short"], row["kind"], row["land"],
                row["kreis_name"] or None, int(row["population"]),
            )
            for row in csv.DictReader(file)
        )  # fmt: skip
    with shared_file(REGISTER).open("rb") as file:
        units = read_register(file)
    assert [
        (unit.key, unit.official_name, unit.name, unit.kind, unit.land, unit.district, unit.population)
        for unit in units
    ] == expected
    assert Counter(unit.kind for unit in units) == {
        Kind.LANDKREIS: 294,
        Kind.KREISFREIE_STADT: 106,
        Kind.KREISANGEHOERIGE_STADT: 1953,
        Kind.KREISANGEHOERIGE_GEMEINDE: 8714,
    }


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Muenschen", "München"),
        ("Frankfurd", "Frankfurt am Main"),
        ("Mühlheim an der Rur", "Mülheim an der Ruhr"),
        ("Garmischpartenkirchen", "Garmisch-Partenkirchen"),
    ],
)
def test_what_was_mistyped_is_guessed(typed: str, name: str) -> None:
    with shared_file(REGISTER).open("rb") as file:
        units = sorted(read_register(file), key=lambda unit: -unit.population)
    found = nearest(fold(typed), {unit.key: search_key(unit) for unit in units}, 5)
    assert name in {unit.name for unit in units if unit.key in found}
