"""Fetch somebody's own calendar from the address that they give: from the open internet, over TLS, and nowhere else.

The server stands where others do not, so an address must never make it ask its neighbours. What a name resolves to is
looked at before anything is sent, the connection goes to the very address that was looked at, and the same holds for
every redirection. Size and time are bounded. The address is a secret of its owner: it is kept nowhere, and stands in no
message.
"""

from __future__ import annotations

import http.client
import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import Protocol
from urllib.parse import SplitResult, urljoin, urlsplit

from komma_tracker.access.rules import N_
from komma_tracker.exchange.rules import Unreadable

SECONDS = 20
"""For all of it."""
REDIRECTIONS = 3
PIECE = 64 * 1024
LONGEST_ADDRESS = 2000
OPEN_IPV6 = ipaddress.ip_network("2000::/3")
"""All that the internet routes; what lies beyond leads to neighbours, or back to IPv4."""

NOT_FETCHED = N_(
    "Der Kalender ließ sich nicht abrufen. Bitte prüfen Sie die Adresse, oder laden Sie ihn als Datei hoch."
)
NOT_HTTPS = N_(
    "Bitte geben Sie eine Adresse an, die mit https:// oder webcal:// beginnt und keine Zugangsdaten enthält."
)
NOT_OPEN = N_("Von dieser Adresse wird nichts abgerufen: Sie liegt nicht im offenen Internet.")
TOO_LONG = N_("Der Abruf hat zu lange gedauert. Bitte laden Sie den Kalender als Datei hoch.")
TOO_LARGE = N_("Der Kalender ist größer als %(limit)s MB.")

Resolve = Callable[[str, int], list[str]]
"""All addresses of a name."""


class Connect(Protocol):
    """A connection to one checked address, in the name of a host."""

    def __call__(self, ip: str, host: str, port: int, *, seconds: float) -> Pinned: ...


def is_open(ip: str) -> bool:
    """Whether an address belongs to the open internet.

    >>> is_open("93.184.215.14"), is_open("10.0.0.1"), is_open("169.254.169.254"), is_open("::ffff:127.0.0.1")
    (True, False, False, False)
    """
    found = ipaddress.ip_address(ip)
    if found.is_multicast or found.is_reserved or not found.is_global:
        return False
    if isinstance(found, ipaddress.IPv4Address):
        return True
    return found in OPEN_IPV6 and found.sixtofour is None and found.teredo is None


def resolve(host: str, port: int) -> list[str]:
    """All addresses of a name. Raises OSError."""
    return [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class Pinned(http.client.HTTPConnection):
    """Goes to an address that has been looked at, whatever its host's name resolves to meanwhile."""

    line: socket.socket | None = None

    def __init__(self, ip: str, host: str, port: int, *, seconds: float) -> None:
        super().__init__(host, port, timeout=seconds)
        self.ip = ip

    def connect(self) -> None:
        """Take up the line."""
        self.line = self.sock = socket.create_connection((self.ip, self.port), self.timeout)


class Secure(Pinned):
    """The same over TLS: the certificate must be the host's."""

    default_port = http.client.HTTPS_PORT

    def connect(self) -> None:
        """Take up the line, and see who is there."""
        super().connect()
        tls = ssl.create_default_context()
        line = tls.wrap_socket(self.sock, server_hostname=self.host, do_handshake_on_connect=False)
        self.line = self.sock = line
        line.do_handshake()


def fetch(address: str, *, limit: int, resolve: Resolve = resolve, connect: Connect = Secure) -> bytes:
    """Get what stands at an address. Raises Unreadable with what to do."""
    deadline = time.monotonic() + SECONDS
    for _ in range(REDIRECTIONS + 1):
        target = checked(address)
        try:
            ip = _look_up(target, resolve, deadline)
            connection = connect(ip, target.hostname or "", target.port or 443, seconds=_left(deadline))
            with closing(connection), _hanging_up(connection, deadline), _ask(connection, target) as answer:
                onward = answer.getheader("Location")
                if answer.status in {301, 302, 303, 307, 308} and onward:
                    address = urljoin(address, onward)
                    continue
                if answer.status != 200 or answer.getheader("Content-Encoding", "identity") != "identity":
                    raise Unreadable(NOT_FETCHED)
                return _read(answer, limit, deadline)
        except TimeoutError:
            raise Unreadable(TOO_LONG) from None
        except (OSError, http.client.HTTPException, ValueError):
            raise Unreadable(NOT_FETCHED if time.monotonic() < deadline else TOO_LONG) from None
    raise Unreadable(NOT_FETCHED)


def checked(address: str) -> SplitResult:
    """An address of the kind that is asked at all. Raises Unreadable."""
    address = address.strip()
    if address[:9].casefold() == "webcal://":
        address = f"https://{address[9:]}"
    try:
        target = urlsplit(address)
        good = target.scheme == "https" and target.hostname and target.port != 0 and target.hostname.isascii()
    except ValueError:
        raise Unreadable(NOT_HTTPS) from None
    plain = address.isascii() and address.isprintable() and " " not in address and len(address) <= LONGEST_ADDRESS
    if not good or not plain or target.username is not None or target.password is not None:
        raise Unreadable(NOT_HTTPS)
    return target


def _look_up(target: SplitResult, resolve: Resolve, deadline: float) -> str:
    """The address to connect to. A name of which one address is not open is refused. Raises Unreadable, OSError."""
    host, port = target.hostname or "", target.port or 443
    answers: queue.SimpleQueue[list[str] | OSError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(resolve(host, port))
        except OSError as error:
            answers.put(error)
        except UnicodeError:
            answers.put(OSError())

    threading.Thread(target=ask, daemon=True).start()  # asking cannot be broken off, waiting can
    try:
        found = answers.get(timeout=_left(deadline))
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(found, OSError):
        raise found
    if not found or not all(map(is_open, found)):
        raise Unreadable(NOT_OPEN)
    return found[0]


def _ask(connection: http.client.HTTPConnection, target: SplitResult) -> http.client.HTTPResponse:
    path = (target.path or "/") + (f"?{target.query}" if target.query else "")
    headers = {"Accept": "text/calendar", "Accept-Encoding": "identity", "User-Agent": "komma-tracker"}
    connection.request("GET", path, headers=headers)
    return connection.getresponse()


def _read(answer: http.client.HTTPResponse, limit: int, deadline: float) -> bytes:
    found = bytearray()
    while piece := answer.read1(PIECE):
        found += piece
        if len(found) > limit:
            raise Unreadable(TOO_LARGE, limit=limit // 1024**2)
        _left(deadline)
    _left(deadline)
    if answer.length:
        raise Unreadable(NOT_FETCHED)
    return bytes(found)


@contextmanager
def _hanging_up(connection: Pinned, deadline: float) -> Iterator[None]:
    """End a connection when the time is over: a server that sends a byte now and then would hold it for ever."""

    def hang_up() -> None:
        if connection.line:
            with suppress(OSError):  # it is gone already
                connection.line.shutdown(socket.SHUT_RDWR)

    watch = threading.Timer(_left(deadline), hang_up)
    watch.start()
    try:
        yield
    finally:
        watch.cancel()


def _left(deadline: float) -> float:
    """Seconds that are left. Raises TimeoutError."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
