"""Mail: by SMTP where a server is configured, else into the outbox folder."""

from __future__ import annotations

import os
import secrets
import smtplib
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote, urlsplit

from config import Settings
from komma_tracker.kit.context import Mailer

TIMEOUT_SECONDS = 20


def mailer_for(settings: Settings) -> Mailer:
    """The way that mail leaves this installation."""

    def send(*, to: str, subject: str, text: str) -> None:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = settings.mail_from, to, subject
        message.set_content(text)
        if settings.smtp_url:
            _by_smtp(settings.smtp_url, message)
        else:
            _into_folder(settings.outbox_dir, message)

    return send


def _into_folder(folder: Path, message: EmailMessage) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    # A random name: the folder's listing shall not tell who got mail.
    path = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(6)}.eml"
    with open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(message.as_bytes())


def _by_smtp(url: str, message: EmailMessage) -> None:
    parts = urlsplit(url)
    connect = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
    with connect(parts.hostname or "", parts.port or 0, timeout=TIMEOUT_SECONDS) as server:
        if parts.scheme == "smtp":
            server.starttls()
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(message)
