"""Tables as JSON, read object by object."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from komma_tracker.exchange.rules import Unreadable
from komma_tracker.exchange.tables import read_table


def cells(content: bytes) -> list[list[Any]]:
    table = read_table(io.BytesIO(content))
    return [list(row.cells) for row in (table.heading, *table.rows)]


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        (b'[{"date": "2026-05-04", "minutes": -240}]', [["date", "minutes"], ["2026-05-04", -240]]),
        (b'\xef\xbb\xbf[\n{"a": 1},\n{"a": null}, {"a": "x"}]\n', [["a"], [1], ["x"]]),
        (b'[{"a": "1", "b": "2"}, {"b": "3"}]', [["a", "b"], ["1", "2"], ["", "3"]]),
        (b'[{"a": 0.1}, {"a": 1e999}, {"a": NaN}]', [["a"], ["0.1"], ["1e999"], ["NaN"]]),
    ],
)
def test_objects_are_rows(content: bytes, rows: list[list[Any]]) -> None:
    assert cells(content) == rows


def test_a_large_file_is_read_in_pieces() -> None:
    written = [{"note": f"Zeile {number} " + "ä" * 500} for number in range(2000)]
    assert cells(json.dumps(written, ensure_ascii=False).encode())[1:] == [[each["note"]] for each in written]


@pytest.mark.parametrize(
    ("content", "number"),
    [
        (b"[1]", 1),
        (b'[{"a": {"b": 1}}]', 1),
        (b'[{"a": [1]}]', 1),
        (b'[{"a": 1}, {"b": 1}]', 2),
        (b'[{"a": 1} {"a": 1}]', 2),
        (b'[{"a": 1},', 2),
        (b'[{"a": 1}', 2),
        (b'[{"a": 1}] [', 2),
        (b"[" * 100_000, 1),
        (b'[{"a": ' + b"9" * 5000 + b"}]", 1),
        (b'[{"a": "' + b"x" * 600_000 + b'"}]', 1),
    ],
)
def test_what_is_no_table_is_refused_where_it_stops_being_one(content: bytes, number: int) -> None:
    with pytest.raises(Unreadable) as refused:
        cells(content)
    assert refused.value.params == {"number": number}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[]", "Die Datei enthält keine Zeilen."),
        (b'[{"a": "\xff"}]', "Die Datei ist keine Tabelle. JSON ist immer in UTF-8 geschrieben."),
    ],
)
def test_what_has_no_rows_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(Unreadable) as refused:
        cells(content)
    assert refused.value.message == message
