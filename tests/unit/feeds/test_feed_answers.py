"""Rules 18 to 24 of calendars 3, as far as one answer can keep them: conditional requests, headers, gzip."""

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from flask import Request, Response
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder, run_wsgi_app

from komma_tracker.feeds.answers import calendar_answer, failure_answer, method_answer, missing_answer
from komma_tracker.feeds.copies import Body

OCTETS = b"BEGIN:VCALENDAR\r\n" * 50
BODY = Body(OCTETS)
CHANGED_AT = datetime(2026, 2, 3, 16, 45, 12, 987_000, tzinfo=UTC)
CHANGED = "Tue, 03 Feb 2026 16:45:12 GMT"
TAG = f'"{BODY.sha256[:32]}"'
GZIP_TAG = f'"{BODY.sha256[:32]}-gzip"'


@dataclass(frozen=True)
class Sent:
    """What has left the server."""

    status: int
    headers: Headers
    data: bytes


def send(response: Response, method: str = "GET") -> Sent:
    parts, status, headers = run_wsgi_app(response, EnvironBuilder(method=method).get_environ())
    return Sent(int(status[:3]), headers, b"".join(parts))


def fetch(method: str = "GET", **headers: str) -> Sent:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    request = Request(EnvironBuilder(method=method, headers=Headers(names)).get_environ())
    return send(calendar_answer(request, BODY, CHANGED_AT), method)


def test_rule_19_type_and_charset_whatever_is_accepted() -> None:
    assert fetch().headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert fetch(Accept="text/html", User_Agent="x").headers["Content-Type"] == "text/calendar; charset=utf-8"


def test_rule_20_validators() -> None:
    answer = fetch()
    assert (answer.status, answer.headers["ETag"], answer.headers["Last-Modified"]) == (200, TAG, CHANGED)
    assert answer.data == OCTETS


@pytest.mark.parametrize(
    ("if_none_match", "status"),
    [
        (TAG, 304),
        (f"W/{TAG}", 304),
        (f'"other", {TAG}', 304),
        (f'W/"other",W/{TAG}', 304),
        ("*", 304),
        (GZIP_TAG, 304),
        ('"other"', 200),
        ('"' + BODY.sha256[:32] + 'x"', 200),
        ("", 200),
        ('"', 200),
        (",,,", 200),
    ],
)
def test_rule_20_if_none_match(if_none_match: str, status: int) -> None:
    answer = fetch(If_None_Match=if_none_match)
    assert answer.status == status
    assert answer.data == (b"" if status == 304 else OCTETS)


@pytest.mark.parametrize(
    ("since", "status"),
    [
        (CHANGED, 304),
        ("Wed, 04 Feb 2026 00:00:00 GMT", 304),
        ("Tue, 03 Feb 2026 16:45:11 GMT", 200),
        ("Tuesday, 03-Feb-26 16:45:12 GMT", 304),
        ("gestern", 200),
        ("", 200),
        ("Tue, 99 Feb 2026 16:45:12 GMT", 200),
        ("Tue, 03 Feb 99999 16:45:12 GMT", 200),
        ("Tue, 03 Feb 2026 16:45:12 +99999999999999", 200),
        ("9" * 5000, 200),
    ],
)
def test_rule_20_if_modified_since(since: str, status: int) -> None:
    assert fetch(If_Modified_Since=since).status == status


def test_rule_20_the_tag_counts_more_than_the_date() -> None:
    assert fetch(If_None_Match='"other"', If_Modified_Since=CHANGED).status == 200
    assert fetch(If_None_Match=TAG, If_Modified_Since="Thu, 01 Jan 1970 00:00:00 GMT").status == 304
    assert fetch(If_None_Match=TAG, If_Modified_Since="Tue, 03 Feb 2026 16:45:12 +99999999999999").status == 304


def test_rule_20_two_answers_are_alike_byte_for_byte() -> None:
    again = Body(bytes(bytearray(OCTETS)))
    assert (again.sha256, again.zipped) == (BODY.sha256, BODY.zipped)


def test_a_304_keeps_the_headers_of_the_200_but_says_nothing_of_a_body() -> None:
    headers = fetch(If_None_Match=TAG).headers
    assert (headers["ETag"], headers["Cache-Control"], headers["Vary"]) == (TAG, "private, no-cache", "Accept-Encoding")
    assert {"Content-Type", "Content-Length", "Content-Encoding"} & set(headers.keys()) == set()


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_rule_21_head_is_get_without_body(encoding: str) -> None:
    got, head = fetch(Accept_Encoding=encoding), fetch("HEAD", Accept_Encoding=encoding)
    assert head.data == b""
    assert {**head.headers, "Date": ""} == {**got.headers, "Date": ""}
    assert got.headers["Content-Length"] == str(len(got.data))


@pytest.mark.parametrize(
    ("accepted", "zipped"),
    [
        ("gzip", True),
        ("gzip, deflate, br, zstd", True),
        ("*", True),
        ("gzip;q=0", False),
        ("identity", False),
        ("br", False),
        ("", False),
    ],
)
def test_rule_21_gzip_where_welcome(accepted: str, zipped: bool) -> None:
    answer = fetch(Accept_Encoding=accepted)
    assert answer.headers.get("Content-Encoding") == ("gzip" if zipped else None)
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.headers["ETag"] == (GZIP_TAG if zipped else TAG)
    assert (gzip.decompress(answer.data) if zipped else answer.data) == OCTETS


@pytest.mark.parametrize(
    ("held", "told"), [(TAG, TAG), (GZIP_TAG, GZIP_TAG), (f"{GZIP_TAG}, {TAG}", TAG), ("*", GZIP_TAG)]
)
def test_rule_20_either_form_that_is_held_is_confirmed(held: str, told: str) -> None:
    answer = fetch(If_None_Match=held, Accept_Encoding="gzip")
    assert (answer.status, answer.headers["ETag"]) == (304, told)


@pytest.mark.parametrize(
    "answer", [fetch, *(lambda make=make: send(make()) for make in (missing_answer, method_answer, failure_answer))]
)
def test_rule_22_private_unindexed_and_without_cookie(answer: Callable[[], Sent]) -> None:
    sent = answer().headers
    assert sent["Cache-Control"] == "private, no-cache"
    assert sent["X-Content-Type-Options"] == "nosniff"
    assert sent["Referrer-Policy"] == "no-referrer"
    assert sent["X-Robots-Tag"] == "noindex"
    assert {"Set-Cookie", "WWW-Authenticate", "Location"} & set(sent.keys()) == set()


def test_rule_23_the_one_404_is_plain_text() -> None:
    answer = send(missing_answer())
    assert (answer.status, answer.headers["Content-Type"]) == (404, "text/plain; charset=utf-8")
    assert answer.data == b"Kalender nicht gefunden. / Calendar not found.\n"


def test_rule_21_writing_is_405() -> None:
    answer = send(method_answer())
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")


def test_rule_24_a_failure_is_503_in_plain_text() -> None:
    answer = send(failure_answer())
    assert (answer.status, answer.headers["Content-Type"]) == (503, "text/plain; charset=utf-8")
    assert int(answer.headers["Retry-After"]) > 0
