"""`komma mail send`: what waits in the outbox goes out, or stays and says so."""

from __future__ import annotations

import smtplib
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from komma_tracker.app import create_app
from komma_tracker.cli.mail import mail
from komma_tracker.kit.context import Context
from tests.support.application import settings_for
from tests.unit.notify.test_mail import LETTER, Refusing, Server

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # no table is looked at


def run(folder: Path, database: str, smtp_url: str | None) -> Result:
    settings = settings_for(folder, database)
    app = create_app(type(settings)(**{**vars(settings), "smtp_url": smtp_url}))
    return app.test_cli_runner().invoke(mail, ["send"])


@pytest.fixture
def outbox(tmp_path: Path, database: str) -> Path:
    """Two letters that wait."""
    surroundings: Context = create_app(settings_for(tmp_path, database)).extensions["komma"]
    for _ in range(2):
        surroundings.send_mail(**LETTER)
    return surroundings.settings.outbox_dir


@pytest.mark.parametrize(
    ("server", "status", "said", "left"), [(Server, 0, "2 of 2 sent", 0), (Refusing, 1, "0 of 2 sent", 2)]
)
def test_letters_leave_or_stay(
    tmp_path: Path, database: str, outbox: Path, monkeypatch: Any, server: type, status: int, said: str, left: int
) -> None:
    monkeypatch.setattr(smtplib, "SMTP", server)
    done = run(tmp_path, database, "smtp://mail.example.org")
    assert (done.exit_code, said in done.output, len(list(outbox.iterdir()))) == (status, True, left)


def test_without_a_server_it_is_bad_usage(tmp_path: Path, database: str, outbox: Path) -> None:
    done = run(tmp_path, database, None)
    assert (done.exit_code, "KOMMA_SMTP_URL" in done.output, len(list(outbox.iterdir()))) == (2, True, 2)
