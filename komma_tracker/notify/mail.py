"""Mail: every letter lies in the outbox folder first; with a mail server it leaves from there at once.

Nobody waits for the mail server, so its slowness tells nothing about whom a letter went to (trust 12), and what it
does not take stays in the outbox until `komma mail send`.
"""

from __future__ import annotations

import logging
import os
import secrets
import smtplib
import ssl
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import format_datetime, make_msgid, parseaddr
from io import BufferedReader
from pathlib import Path
from threading import BoundedSemaphore, Thread
from urllib.parse import unquote, urlsplit

from config import Settings
from komma_tracker.kit.context import CalendarPart, Mailer

try:
    import fcntl
except ImportError:  # no such locks on this system: one sender is then enough
    fcntl = None

TIMEOUT_SECONDS = 20
_CONNECTIONS = BoundedSemaphore(4)
"""So many letters of one process are on their way at once: an invitation of many must not look like an attack."""
_log = logging.getLogger(__name__)


def mailer_for(settings: Settings) -> Mailer:
    """The way that mail leaves this installation."""

    def send(*, to: str, subject: str, text: str, calendar: CalendarPart | None = None) -> None:
        path = _put(settings.outbox_dir, _letter(settings.mail_from, to, subject, text, calendar))
        if settings.smtp_url:
            Thread(target=deliver, args=(settings.smtp_url, path), name="mail").start()

    return send


def waiting(settings: Settings) -> list[Path]:
    """The letters in the outbox, oldest first."""
    return sorted(settings.outbox_dir.glob("*.eml"))


def deliver(smtp_url: str, path: Path) -> bool:
    """Hand one letter to the mail server and take it out of the outbox; whether nothing is left to do.

    Of several threads or processes that try at once, one sends it.
    """
    try:
        with _CONNECTIONS, open(path, "rb") as file:
            if _is_taken(file):
                return True
            _by_smtp(smtp_url, message_from_bytes(file.read(), policy=default))
            path.unlink()
    except FileNotFoundError:
        return True
    except (OSError, smtplib.SMTPException) as error:
        # No address, no text: the log is not the place for either (trust 8).
        _log.error("a letter stays in the outbox as %s: %s", path.name, type(error).__name__)
        return False
    return True


def _is_taken(file: BufferedReader) -> bool:
    """Whether somebody else sends this letter, or has sent it since it was opened. Else nobody can until it is closed:
    the lock falls with the process, so what was broken off is sent again.
    """
    if fcntl is None:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return os.fstat(file.fileno()).st_nlink == 0


def _letter(sender: str, to: str, subject: str, text: str, calendar: CalendarPart | None) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = make_msgid(domain=parseaddr(sender)[1].rpartition("@")[2])  # not the name of this machine
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    if calendar:
        # In base64, so that no mail server touches its line ends; the best form comes last (RFC 6047 2.5, RFC 2046).
        message.add_alternative(
            calendar.octets,
            maintype="text",
            subtype="calendar",
            params={"method": calendar.method, "charset": "utf-8", "component": "VEVENT"},
        )
    return message


def _put(folder: Path, message: EmailMessage) -> Path:
    folder.mkdir(mode=0o700, exist_ok=True)
    # A random name: the folder's listing shall not tell who got mail.
    path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(6)}.eml"
    with open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(message.as_bytes())
    return path


def _by_smtp(url: str, message: EmailMessage) -> None:
    parts, tls = urlsplit(url), ssl.create_default_context()
    where = (parts.hostname or "", parts.port or 0)
    if parts.scheme == "smtps":
        server = smtplib.SMTP_SSL(*where, timeout=TIMEOUT_SECONDS, context=tls)
    else:
        server = smtplib.SMTP(*where, timeout=TIMEOUT_SECONDS)
    with server:
        if parts.scheme == "smtp":
            server.starttls(context=tls)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(message)
