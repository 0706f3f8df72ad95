"""Mail: into the outbox, and from there to the mail server."""

from __future__ import annotations

import email
import smtplib
import ssl
import stat
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, ClassVar

import pytest

from config import Settings
from komma_tracker.notify import mail

SETTINGS: dict[str, Any] = {
    "database_url": "sqlite://",
    "secret_key": "x" * 32,
    "mail_from": "KommA <komma@example.org>",
}
LETTER: dict[str, Any] = {
    "to": "kim@example.org",
    "subject": "Grüße aus Neuenwerra",
    "text": "Guten Tag,\n\nschöne Grüße.\n",
}


class Server:
    """Stands in for smtplib's: notes what it is told."""

    def __init__(self, host: str, port: int, *, context: Any = None, **_: Any) -> None:
        self.heard: list[Any] = [("connect", host, port)]
        self.contexts = [context] if context else []
        self.letters: list[EmailMessage] = []
        self.error: Exception | None = None
        Server.last = self

    last: Server

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.heard.append("quit")

    def starttls(self, *, context: Any) -> None:
        self.heard.append("starttls")
        self.contexts.append(context)

    def login(self, user: str, password: str) -> None:
        self.heard.append(("login", user, password))

    def send_message(self, message: EmailMessage) -> None:
        self.letters.append(message)


class Refusing(Server):
    """A server that takes nothing."""

    def send_message(self, message: EmailMessage) -> None:
        raise smtplib.SMTPRecipientsRefused({"kim@example.org": (550, b"no such user")})


def settings(folder: Path, smtp_url: str | None = None) -> Settings:
    return Settings(data_dir=folder, smtp_url=smtp_url, **SETTINGS)


def send(folder: Path, smtp_url: str | None = None) -> Settings:
    made = settings(folder, smtp_url)
    mail.mailer_for(made)(**LETTER)
    for thread in threading.enumerate():
        if thread.name == "mail":
            thread.join()
    return made


def test_without_a_server_a_letter_lies_in_the_outbox(tmp_path: Path) -> None:
    (path,) = mail.waiting(send(tmp_path))
    letter = email.message_from_bytes(path.read_bytes(), policy=policy.default)
    assert (letter["From"], letter["To"], letter["Subject"]) == (SETTINGS["mail_from"], LETTER["to"], LETTER["subject"])
    assert letter.get_content() == LETTER["text"]
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Message-ID"].endswith("@example.org>")
    assert letter["Date"].datetime.tzinfo is not None


def test_only_its_owner_may_read_it_and_its_name_tells_nothing(tmp_path: Path) -> None:
    (path,) = mail.waiting(send(tmp_path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert "kim" not in path.name


@pytest.mark.parametrize("broken", [{"to": "kim@example.org\nBcc: x@example.org"}, {"subject": "a\r\nBcc: x@e.org"}])
def test_no_header_can_be_smuggled_in(tmp_path: Path, broken: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"linefeed|newline"):
        mail.mailer_for(settings(tmp_path))(**{**LETTER, **broken})
    assert mail.waiting(settings(tmp_path)) == []


@pytest.mark.parametrize(
    ("url", "kind", "heard"),
    [
        ("smtp://mail.example.org", "SMTP", [("connect", "mail.example.org", 0), "starttls", "quit"]),
        (
            "smtp://komma:p%40ss@mail.example.org:587",
            "SMTP",
            [("connect", "mail.example.org", 587), "starttls", ("login", "komma", "p@ss"), "quit"],
        ),
        ("smtps://mail.example.org:465", "SMTP_SSL", [("connect", "mail.example.org", 465), "quit"]),
    ],
)
def test_with_a_server_it_leaves_encrypted(
    tmp_path: Path, monkeypatch: Any, url: str, kind: str, heard: list[Any]
) -> None:
    monkeypatch.setattr(smtplib, kind, Server)
    assert mail.waiting(send(tmp_path, url)) == []
    assert Server.last.heard == heard
    assert [letter["To"] for letter in Server.last.letters] == [LETTER["to"]]
    (context,) = Server.last.contexts
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


@pytest.mark.parametrize("server", [Refusing, None])
def test_what_the_server_does_not_take_stays_and_is_not_told_in_the_log(
    tmp_path: Path, monkeypatch: Any, caplog: pytest.LogCaptureFixture, server: type[Server] | None
) -> None:
    def unreachable(*_: object, **__: object) -> Server:
        raise ConnectionRefusedError

    monkeypatch.setattr(smtplib, "SMTP", server or unreachable)
    (path,) = mail.waiting(send(tmp_path, "smtp://mail.example.org"))
    (line,) = caplog.messages
    assert path.name in line
    assert "example.org" not in line
    assert "no such user" not in caplog.text


def test_sending_again_empties_the_outbox(tmp_path: Path, monkeypatch: Any) -> None:
    for _ in range(2):
        send(tmp_path)
    monkeypatch.setattr(smtplib, "SMTP", Server)
    assert [mail.deliver("smtp://mail.example.org", path) for path in mail.waiting(settings(tmp_path))] == [True, True]
    assert mail.waiting(settings(tmp_path)) == []


class Slow(Server):
    """A server that takes its time, and notes how many it talks to at once."""

    taken: ClassVar[list[str]] = []
    talking: ClassVar[int] = 0
    most: ClassVar[int] = 0

    def send_message(self, message: EmailMessage) -> None:
        Slow.talking += 1
        Slow.most = max(Slow.most, Slow.talking)
        time.sleep(0.02)
        Slow.taken.append(str(message["Subject"]))
        Slow.talking -= 1


def test_several_senders_send_each_letter_once_and_few_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = settings(tmp_path)
    for number in range(12):
        mail.mailer_for(made)(**{**LETTER, "subject": str(number)})
    monkeypatch.setattr(smtplib, "SMTP", Slow)
    letters = mail.waiting(made)
    with ThreadPoolExecutor(16) as pool:
        done = list(pool.map(lambda path: mail.deliver("smtp://mail.example.org", path), letters * 3))
    assert sorted(Slow.taken, key=int) == [str(number) for number in range(12)]
    assert (set(done), mail.waiting(made)) == ({True}, [])
    assert 1 < Slow.most <= 4


def test_what_another_has_sent_meanwhile_is_done(tmp_path: Path) -> None:
    assert mail.deliver("smtp://mail.example.org", tmp_path / "gone.eml")
