"""Log days through the real form, over HTTP, against the running server: `python -m benchmarks.log_days [writers …]`.

Each answer is awaited; a writer keeps its connection, as a browser does. Durable: one sync per acknowledged day.
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
from pathlib import Path
from urllib.parse import urlencode

from config import ROOT

REQUESTS = 400
FORM = {
    "municipality": "K01",
    "service_date": "2026-11-17",
    "quarters": "1",
    "activity": "workshop",
    "mode": "on_site",
    "work_package": "AP3",
    "note": "Werkstatt Clearing",
}


class Writer:
    """One signed-in person with one connection."""

    def __init__(self, port: int, email: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.cookie = ""
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
        self.form("/entries/new", {**FORM, "csrf_token": self.csrf, "request_key": secrets.token_urlsafe(16)})
        self.cookie = cookie  # the notice "saved" waits in the new one for a page that nobody opens here


def measure(port: int, writers: int) -> tuple[float, float, float]:
    """Days a second, and the middle and the slowest of a hundred in milliseconds."""
    people = [Writer(port, f"beratung-{'abc'[number % 3]}@example.org") for number in range(writers)]
    spans: list[float] = []

    def work(person: Writer) -> None:
        for _ in range(REQUESTS // writers):
            begin = time.perf_counter()
            person.log_day()
            spans.append(time.perf_counter() - begin)

    threads = [threading.Thread(target=work, args=(person,)) for person in people]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    whole = time.perf_counter() - begin
    spans.sort()
    return len(spans) / whole, spans[len(spans) // 2] * 1000, spans[int(len(spans) * 0.99)] * 1000


def main(counts: list[int]) -> None:
    """Start a server with demo data in a folder of its own, measure, and end it."""
    with tempfile.TemporaryDirectory(prefix="komma-bench-") as folder, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        environment = {**os.environ, "KOMMA_DATA_DIR": str(Path(folder))}
        server = subprocess.Popen([sys.executable, str(ROOT / "start"), "run", "--port", str(port)], env=environment)
        try:
            wait_for(port)
            for writers in counts:
                rate, middle, slowest = measure(port, writers)
                print(f"{writers} writers: {rate:6.0f} days/s, p50 {middle:5.1f} ms, p99 {slowest:5.1f} ms", flush=True)
        finally:
            server.terminate()
            server.wait(timeout=20)


def wait_for(port: int, seconds: float = 60) -> float:
    """Wait for the first healthy answer; returns the seconds it took."""
    begin = time.perf_counter()
    while time.perf_counter() - begin < seconds:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return time.perf_counter() - begin
        except OSError:
            time.sleep(0.02)
    raise TimeoutError("the server did not answer")


if __name__ == "__main__":
    main([int(count) for count in sys.argv[1:]] or [1, 4])
