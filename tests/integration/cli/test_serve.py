"""`komma serve`: says in one line why it does not start, and is stopped by no slow client and no large body."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from komma_tracker.cli.bodies import BoundedBuffer
from tests.support.command import komma, serving

HEAD = b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
SLOW_CLIENTS = {
    "headers": b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ",
    "body": HEAD + b"Content-Length: 100000\r\n\r\nemail=",
    "chunked body": HEAD + b"Transfer-Encoding: chunked\r\n\r\n6\r\nemail=\r\n",
    "nothing": b"",
}


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    assert komma(folder, "db", "upgrade").returncode == 0
    return folder


@pytest.fixture(scope="module")
def address(data_dir: Path) -> Iterator[tuple[str, int]]:
    with serving(data_dir) as (_, url):
        parts = urlsplit(url)
        assert parts.hostname
        assert parts.port
        yield parts.hostname, parts.port


def get(address: tuple[str, int], path: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(*address, timeout=5)
    connection.request("GET", path)
    response = connection.getresponse()
    response.read()
    connection.close()
    return response


def test_a_database_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    done = komma(tmp_path, "serve", "--port", "0")
    assert (done.returncode, done.stderr) == (
        1,
        "Error: the database is not up to date; run `komma db upgrade` first\n",
    )


def test_a_wrong_setting_stops_the_start_in_one_line_that_names_it(data_dir: Path) -> None:
    done = komma(data_dir, "serve", "--port", "0", KOMMA_SECRET_KEY="short")
    assert (done.returncode, done.stderr) == (2, "komma: KOMMA_SECRET_KEY: must have at least 32 characters\n")


def test_a_port_that_is_taken_stops_the_start(data_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = komma(data_dir, "serve", "--port", str(port))
    assert (done.returncode, done.stderr) == (
        1,
        f"Error: cannot listen on 127.0.0.1, port {port}: Address already in use\n",
    )


def test_an_address_that_does_not_exist_stops_the_start(data_dir: Path) -> None:
    done = komma(data_dir, "serve", "--host", "no such host")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: there is no address no such host: ")


def test_demo_accounts_are_served_on_loopback_only(tmp_path: Path) -> None:
    anywhere = "0.0.0.0"  # noqa: S104  that it does not come to listening there is the point
    done = komma(tmp_path, "serve", "--migrate", "--demo", "--host", anywhere, "--port", "0")
    assert done.returncode == 1
    assert done.stderr == "Error: anybody could sign in: there are demo accounts, and 0.0.0.0 is not loopback\n"


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(data_dir: Path, ending: signal.Signals) -> None:
    with serving(data_dir) as (process, _):
        process.send_signal(ending)
        assert process.wait(timeout=10) == 0
    assert (data_dir / "server.log").read_text() == ""


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="only Linux tells which processes belong together")
def test_a_process_that_dies_is_replaced(data_dir: Path) -> None:
    with serving(data_dir, "--processes", "2") as (process, url):
        victim, other = two_children(process.pid)
        os.kill(victim, signal.SIGKILL)
        after = two_children(process.pid, but=victim)
        parts = urlsplit(url)
        assert other in after
        assert parts.hostname
        assert parts.port
        assert [get((parts.hostname, parts.port), "/healthz").status for _ in range(5)] == [200] * 5


def two_children(pid: int, *, but: int = 0, patience: float = 10) -> list[int]:
    """The two processes that this one has started, once there are two beside `but`."""
    deadline = time.monotonic() + patience
    found: list[int] = []
    while len(found) != 2 and time.monotonic() < deadline:
        time.sleep(0.05)
        found = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        found = [child for child in found if child != but]
    return found


def test_it_does_not_say_what_it_is_made_of(address: tuple[str, int]) -> None:
    assert get(address, "/healthz").getheader("Server") is None


@pytest.mark.parametrize("sent", SLOW_CLIENTS.values(), ids=SLOW_CLIENTS.keys())
def test_sixty_slow_clients_do_not_stop_the_service(address: tuple[str, int], sent: bytes) -> None:
    with ExitStack() as stack:
        slow = [stack.enter_context(socket.create_connection(address, timeout=5)) for _ in range(60)]
        for client in slow:
            client.sendall(sent)
        time.sleep(0.3)
        assert [get(address, "/healthz").status for _ in range(5)] == [200] * 5


# A body above the limit: a page that says what to do, whatever the way in which it comes (trust 20)

PIECE = b"x" * 1024 * 1024
TOO_LARGE = "Die Datei oder die Eingabe ist größer, als angenommen werden kann."


def pieces(megabytes: int) -> Iterator[bytes]:
    yield from (PIECE for _ in range(megabytes))


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_file_of_200_megabytes_gets_a_page(address: tuple[str, int], kind: str, chunked: bool) -> None:
    connection = http.client.HTTPConnection(*address, timeout=30)
    headers = {"Content-Type": kind} | ({} if chunked else {"Content-Length": str(200 * len(PIECE))})
    connection.request("POST", "/login", body=pieces(200), headers=headers, encode_chunked=chunked)
    answer = connection.getresponse()
    body = answer.read().decode()
    assert (answer.status, answer.getheader("Content-Type")) == (413, "text/html; charset=utf-8")
    assert TOO_LARGE in body
    connection.request("GET", "/healthz")  # the line is still good
    assert connection.getresponse().status == 200
    connection.close()


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="only Linux tells how much memory a process has needed")
def test_what_is_too_large_is_kept_nowhere(data_dir: Path) -> None:
    with serving(data_dir, "--processes", "1") as (process, url):
        parts = urlsplit(url)
        assert parts.hostname
        assert parts.port
        before = peak_memory(process.pid)
        for _ in range(3):
            connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
            connection.request("POST", "/login", body=pieces(100), headers={"Content-Length": str(100 * len(PIECE))})
            assert connection.getresponse().status in {400, 413}
            connection.close()
        assert peak_memory(process.pid) - before < 30 * 1024


def peak_memory(pid: int) -> int:
    """Kilobytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


@pytest.mark.parametrize(("sizes", "length", "kept"), [((4, 4), 8, 8), ((4, 5), 9, 0), ((9, 1), 10, 0), ((), 0, 0)])
def test_a_buffer_keeps_a_body_up_to_its_limit(sizes: tuple[int, ...], length: int, kept: int) -> None:
    buffer = BoundedBuffer(overflow=4, limit=8)
    for size in sizes:
        buffer.append(b"x" * size)
    assert (len(buffer), len(buffer.getfile().read())) == (length, kept)
    buffer.close()
