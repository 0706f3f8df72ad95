"""A calendar is fetched from the open internet, bounded in size and time, and never from a neighbour of the server."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from komma_tracker.exchange.appointments import fetching
from komma_tracker.exchange.appointments.fetching import Pinned, Secure, checked, fetch, is_open
from komma_tracker.exchange.rules import Unreadable

OPEN = "93.184.215.14"
ADDRESS = "https://calendar.example/me.ics"
CALENDAR = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"


@pytest.mark.parametrize(
    ("ip", "expected"),
    [
        (OPEN, True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("127.0.0.1", False),
        ("127.9.9.9", False),
        ("0.0.0.0", False),  # noqa: S104
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("192.0.2.1", False),
        ("198.18.0.1", False),
        ("224.0.0.1", False),
        ("239.1.1.1", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.215.14", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", False),
        ("2001:db8::1", False),
        ("fc00::1", False),
        ("fe80::1", False),
        ("fec0::1", False),
        ("ff02::1", False),
    ],
)
def test_what_is_open(ip: str, expected: bool) -> None:
    assert is_open(ip) is expected


@pytest.mark.parametrize(
    ("address", "host", "port"),
    [
        (ADDRESS, "calendar.example", None),
        (" webcal://calendar.example:8443/a?b=c ", "calendar.example", 8443),
        ("WEBCAL://calendar.example", "calendar.example", None),
        ("HTTPS://Calendar.example", "calendar.example", None),
    ],
)
def test_addresses_that_are_asked(address: str, host: str, port: int | None) -> None:
    target = checked(address)
    assert (target.scheme, target.hostname, target.port) == ("https", host, port)


@pytest.mark.parametrize(
    "address",
    [
        "", "calendar.example", "http://calendar.example/", "ftp://calendar.example/", "file:///etc/passwd",
        "https://", "https:///etc", "https://me:secret@calendar.example/", "https://@calendar.example/",
        "https://calendar.example:0/", "https://calendar.example:99999/", "https://calendar.example:x/",
        "https://calendar.example/a b", "https://calendar.example/\r\nHost: x", "https://calendar.example/\x00",
        "https://kalender.exämple/", "https://[::1", "https://calendar.example/" + "a" * 3000, "javascript:alert(1)",
    ],
)  # fmt: skip
def test_addresses_that_are_not(address: str) -> None:
    with pytest.raises(Unreadable) as refused:
        checked(address)
    assert refused.value.message == fetching.NOT_HTTPS


def refused(address: str = ADDRESS, **options: object) -> str:
    with pytest.raises(Unreadable) as error:
        fetch(address, limit=1000, **options)  # type: ignore[arg-type]
    return error.value.message


@pytest.mark.parametrize("found", [["127.0.0.1"], ["10.1.2.3"], ["::1"], [OPEN, "127.0.0.1"], ["fe80::1%1"], []])
def test_whatever_a_name_resolves_to_a_neighbour_is_not_asked(found: list[str]) -> None:
    def connect(*_: object, **__: object) -> Pinned:
        raise AssertionError("it was asked")

    assert refused(resolve=lambda host, port: found, connect=connect) == fetching.NOT_OPEN


@pytest.mark.parametrize(
    "address", ["https://127.0.0.1/", "https://localhost/", "https://0x7f.1/", "https://2130706433/", "https://[::1]/"]
)
def test_spellings_of_the_own_machine(address: str) -> None:
    assert refused(address) in {fetching.NOT_OPEN, fetching.NOT_FETCHED}


# With a server that answers what it is told


@contextmanager
def server(*answers: bytes, pause: float = 0) -> Iterator[int]:
    """Answers one connection after the other, byte by byte where there is a pause."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            for answer in answers:
                with suppress(OSError):
                    line, _ = listener.accept()
                    with line:
                        line.recv(65536)
                        for piece in (answer[n : n + 1] for n in range(len(answer))) if pause else (answer,):
                            line.sendall(piece)
                            time.sleep(pause)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]


class Wire:
    """Connections that lead to that server, whatever address they are for; `asked` notes them."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.asked: list[tuple[str, str, int]] = []

    def __call__(self, ip: str, host: str, port: int, *, seconds: float) -> Pinned:
        self.asked.append((ip, host, port))
        return Pinned("127.0.0.1", host, self.port, seconds=seconds)


def ok(body: bytes, *head: bytes) -> bytes:
    return b"\r\n".join((b"HTTP/1.1 200 OK", b"Content-Length: %d" % len(body), *head, b"", body))


def onward(to: str) -> bytes:
    return b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + to.encode() + b"\r\n\r\n"


NAMES = {"calendar.example": [OPEN], "other.example": ["8.8.8.8"], "inside.example": ["10.0.0.7"]}


def named(host: str, port: int) -> list[str]:
    del port
    return NAMES[host]


def test_a_calendar_is_fetched_from_the_very_address_that_was_looked_at() -> None:
    with server(ok(CALENDAR)) as port:
        wire = Wire(port)
        assert fetch(ADDRESS, limit=1000, resolve=named, connect=wire) == CALENDAR
    assert wire.asked == [(OPEN, "calendar.example", 443)]


def test_an_answer_in_pieces_or_until_the_line_ends_is_read_whole() -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nBEG\r\n2\r\nIN\r\n0\r\n\r\n"
    for answer, body in ((chunked, b"BEGIN"), (b"HTTP/1.0 200 OK\r\n\r\nBEGIN", b"BEGIN")):
        with server(answer) as port:
            assert fetch(ADDRESS, limit=1000, resolve=named, connect=Wire(port)) == body


def test_redirections_are_followed_where_each_may_be_asked() -> None:
    with server(onward("/other.ics"), onward("https://other.example:8443/x"), ok(CALENDAR)) as port:
        wire = Wire(port)
        assert fetch(ADDRESS, limit=1000, resolve=named, connect=wire) == CALENDAR
    assert wire.asked == [
        (OPEN, "calendar.example", 443),
        (OPEN, "calendar.example", 443),
        ("8.8.8.8", "other.example", 8443),
    ]


@pytest.mark.parametrize(
    ("to", "message"),
    [
        ("https://inside.example/", fetching.NOT_OPEN),
        ("http://calendar.example/", fetching.NOT_HTTPS),
        ("file:///etc/passwd", fetching.NOT_HTTPS),
        ("//inside.example/", fetching.NOT_OPEN),
    ],
)
def test_redirections_lead_to_no_neighbour(to: str, message: str) -> None:
    with server(onward(to)) as port:
        wire = Wire(port)
        assert refused(resolve=named, connect=wire) == message
    assert len(wire.asked) == 1


def test_redirections_come_to_an_end() -> None:
    with server(*[onward("/again")] * 9) as port:
        wire = Wire(port)
        assert refused(resolve=named, connect=wire) == fetching.NOT_FETCHED
    assert len(wire.asked) == fetching.REDIRECTIONS + 1


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n",
        ok(b"\x1f\x8b", b"Content-Encoding: gzip"),
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nBEGIN",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"nonsense\r\n\r\n",
        b"",
    ],
)
def test_other_answers_are_none(answer: bytes) -> None:
    with server(answer) as port:
        assert refused(resolve=named, connect=Wire(port)) == fetching.NOT_FETCHED


def test_what_does_not_speak_tls_is_not_believed() -> None:
    with server(ok(CALENDAR)) as port:
        message = refused(
            resolve=named, connect=lambda ip, host, _, seconds: Secure("127.0.0.1", host, port, seconds=seconds)
        )
    assert message == fetching.NOT_FETCHED


@pytest.mark.parametrize("head", [b"Content-Length: 5000", b"Connection: close"])
def test_size_is_bounded(head: bytes) -> None:
    with server(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n" + b"x" * 5000) as port:
        assert refused(resolve=named, connect=Wire(port)) == fetching.TOO_LARGE


@pytest.mark.parametrize("answer", [b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 500, ok(b"x" * 500)])
def test_time_is_bounded_however_slowly_a_server_speaks(monkeypatch: pytest.MonkeyPatch, answer: bytes) -> None:
    monkeypatch.setattr(fetching, "SECONDS", 0.5)
    began = time.monotonic()
    with server(answer, pause=0.02) as port:
        assert refused(resolve=named, connect=Wire(port)) == fetching.TOO_LONG
    assert time.monotonic() - began < 5


def test_time_is_bounded_where_a_name_takes_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "SECONDS", 0.2)
    done = threading.Event()

    def resolve(host: str, port: int) -> list[str]:
        done.wait(5)
        return []

    assert refused(resolve=resolve) == fetching.TOO_LONG
    done.set()


def test_a_name_that_does_not_exist_is_told_like_a_server_that_does_not_answer() -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise socket.gaierror

    assert refused(resolve=resolve) == fetching.NOT_FETCHED
