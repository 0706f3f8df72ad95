"""Log days through the real form, over HTTP, against the running server: `python -m benchmarks.log_days [writers …]`.

Each answer is awaited; a writer keeps its connection, as a browser does. Durable: one sync per acknowledged day.
Beside it runs the floor (`benchmarks.log_floor`): what the same server, framework and database can do at most.
"""

from __future__ import annotations

import http.client
import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from config import ROOT

BERLIN = ZoneInfo("Europe/Berlin")
REQUESTS = 400
DATES = 14
"""Days are logged for the last two weeks: their month is open."""
FORM = {
    "municipality": "K01",
    "duration": "0:05",
    "long_day": "y",  # many short entries make a long day
    "activity": "workshop",
    "mode": "on_site",
    "work_package": "AP3",
    "note": "Werkstatt Clearing",
}


class Writer:
    """One signed-in person with one connection."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.cookie = ""
        self.days = 0

    def sign_in(self, email: str) -> None:
        """As a person does, with the page of the form open afterwards."""
        self.form("/login", {"email": email, "password": "komma-demo", "csrf_token": self.token("/login")})
        self.csrf = self.token("/entries/new")

    def token(self, path: str) -> str:
        """The CSRF token of a page."""
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.ask("GET", path).decode())
        assert found, path
        return found[1]

    def form(self, path: str, values: dict[str, str]) -> None:
        """Send a form; a redirect says that it was taken."""
        self.ask("POST", path, urlencode(values))

    def ask(self, method: str, path: str, body: str | None = None) -> bytes:
        """One request and its whole answer."""
        headers = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        content = response.read()
        assert response.status == (302 if body else 200), (path, response.status)
        for cookie in response.headers.get_all("Set-Cookie") or []:
            self.cookie = cookie.partition(";")[0]
        return content

    def log_day(self) -> None:
        """Log one day, as the form does; each with a request key of its own."""
        cookie = self.cookie
        self.days += 1
        on = datetime.now(BERLIN).date() - timedelta(days=self.days % DATES)
        own = {"service_date": on.isoformat(), "csrf_token": self.csrf, "request_key": secrets.token_urlsafe(16)}
        self.form("/entries/new", {**FORM, **own})
        self.cookie = cookie  # the notice "saved" waits in the new one for a page that nobody opens here

    def log_floor(self) -> None:
        """The same to the floor."""
        self.form("/days", FORM)


def signed_in(port: int, number: int) -> Writer:
    """A consultant at work."""
    writer = Writer(port)
    writer.sign_in(f"beratung-{'abc'[number % 3]}@example.org")
    return writer


def measure(jobs: Sequence[Callable[[], None]]) -> tuple[float, float, float]:
    """Days a second, and the middle and the slowest of a hundred in milliseconds."""
    spans: list[float] = []

    def work(job: Callable[[], None]) -> None:
        for _ in range(REQUESTS // len(jobs)):
            begin = time.perf_counter()
            job()
            spans.append(time.perf_counter() - begin)

    threads = [threading.Thread(target=work, args=(job,)) for job in jobs]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    whole = time.perf_counter() - begin
    spans.sort()
    return len(spans) / whole, spans[len(spans) // 2] * 1000, spans[int(len(spans) * 0.99)] * 1000


def main(counts: list[int]) -> None:
    """Start product and floor with data in a folder of their own, measure both, and end them."""
    with tempfile.TemporaryDirectory(prefix="komma-bench-") as folder, ExitStack() as stack:
        port, floor = free_port(), free_port()
        environment = {**os.environ, "KOMMA_DATA_DIR": str(Path(folder))}
        stack.enter_context(running([sys.executable, str(ROOT / "start"), "run", "--port", str(port)], environment))
        database = str(Path(folder) / "floor.db")
        bare = [sys.executable, "-m", "benchmarks.log_floor", str(floor), database]
        stack.enter_context(running(bare, environment))
        wait_for(port)
        wait_for(floor, healthy=404)
        for writers in counts:
            product = measure([signed_in(port, number).log_day for number in range(writers)])
            least = measure([Writer(floor).log_floor for _ in range(writers)])
            for name, (rate, middle, slowest) in (("product", product), ("floor", least)):
                print(f"{writers} writers, {name:7}: {rate:6.0f} days/s, p50 {middle:5.1f} ms, p99 {slowest:5.1f} ms")
            print(f"{writers} writers, product / floor: {product[0] / least[0]:.2f}", flush=True)


def free_port() -> int:
    """A port that nobody listens to."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def running(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[None]:
    """A server, until the block is left."""
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        server.terminate()
        server.wait(timeout=20)


def wait_for(port: int, seconds: float = 60, healthy: int = 200) -> float:
    """Wait for the first healthy answer; returns the seconds it took."""
    begin = time.perf_counter()
    while time.perf_counter() - begin < seconds:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == healthy:
                return time.perf_counter() - begin
        except OSError:
            time.sleep(0.02)
    raise TimeoutError("the server did not answer")


if __name__ == "__main__":
    main([int(count) for count in sys.argv[1:]] or [1, 4])
