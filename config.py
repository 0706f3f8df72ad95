"""Settings, from the environment only. A missing or wrong one stops the start with a line that names it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent


class ConfigError(Exception):
    """A setting is missing or wrong; the message is one line and begins with its name."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the program needs to know of its surroundings; every field has a safe default.

    Fields that may hold a password are left out where the object is printed.
    """

    data_dir: Path
    """KOMMA_DATA_DIR: database, keys, outbox. Default: `instance/` beside this file."""
    database_url: str = field(repr=False)
    """KOMMA_DATABASE_URL: `sqlite:///…` or `postgresql://…`. Default: SQLite in the data folder."""
    secret_key: str = field(repr=False)
    """KOMMA_SECRET_KEY: signs cookies, at least 32 characters. Default: made once into the data folder, mode 0600."""
    base_url: str = "http://127.0.0.1:8000"
    """KOMMA_BASE_URL: the address people use; links in mails and feeds begin with it."""
    trusted_hosts: tuple[str, ...] = ("127.0.0.1", "localhost")
    """KOMMA_TRUSTED_HOSTS: host names that requests may carry, by comma. Default: the base address and loopback."""
    trusted_proxy: str | None = None
    """KOMMA_TRUSTED_PROXY: the address of a proxy in front, such as 127.0.0.1; only it may say where a request comes
    from. Attempts to sign in are counted by that. Default: nobody is believed."""
    smtp_url: str | None = field(default=None, repr=False)
    """KOMMA_SMTP_URL: `smtp://user:password@host:587` (STARTTLS) or `smtps://…`. Default: mail stays in `outbox/`."""
    mail_from: str = "komma-tracker@localhost"
    """KOMMA_MAIL_FROM: the sender of invitations and reset links."""
    answers_dir: Path | None = None
    """KOMMA_ANSWERS_MAILDIR: the Maildir in which mail to that sender arrives; `komma invitations read` finds answers
    there. Default: nobody reads any, and invitations say so."""
    max_upload_bytes: int = 20 * 1024 * 1024
    """KOMMA_MAX_UPLOAD_MB: the largest file an import takes, in whole megabytes. Default: 20."""

    @property
    def secure(self) -> bool:
        """Whether people come by TLS: cookies are then marked Secure."""
        return self.base_url.startswith("https://")

    @property
    def outbox_dir(self) -> Path:
        """Where mail lies until a mail server has taken it."""
        return self.data_dir / "outbox"


def load_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read all settings from the environment.

    Raises ConfigError naming the setting that is wrong.
    """
    data_dir = Path(environ.get("KOMMA_DATA_DIR") or ROOT / "instance").expanduser().resolve()
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"KOMMA_DATA_DIR: {data_dir} cannot be made ({error.strerror})") from error
    base_url = _base_url(environ.get("KOMMA_BASE_URL") or Settings.base_url)
    hosts = tuple(host.strip() for host in environ.get("KOMMA_TRUSTED_HOSTS", "").split(",") if host.strip())
    return Settings(
        data_dir=data_dir,
        database_url=normalise_database_url(environ.get("KOMMA_DATABASE_URL") or f"sqlite:///{data_dir / 'komma.db'}"),
        secret_key=_secret_key(environ.get("KOMMA_SECRET_KEY"), data_dir / "secret_key"),
        base_url=base_url,
        trusted_hosts=hosts or tuple(dict.fromkeys((urlsplit(base_url).hostname or "", *Settings.trusted_hosts))),
        trusted_proxy=_address(environ, "KOMMA_TRUSTED_PROXY"),
        smtp_url=_smtp_url(environ.get("KOMMA_SMTP_URL")),
        mail_from=environ.get("KOMMA_MAIL_FROM") or Settings.mail_from,
        answers_dir=_folder(environ, "KOMMA_ANSWERS_MAILDIR"),
        max_upload_bytes=_whole_number(environ, "KOMMA_MAX_UPLOAD_MB", default=20, least=1, most=1024) * 1024 * 1024,
    )


def normalise_database_url(url: str) -> str:
    """Name the driver in a database address, as SQLAlchemy wants it.

    >>> normalise_database_url("postgres://komma@db/komma")
    'postgresql+psycopg://komma@db/komma'
    """
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in {"sqlite", "postgres", "postgresql", "postgresql+psycopg"}:
        raise ConfigError("KOMMA_DATABASE_URL: must begin with sqlite:// or postgresql://")
    return url if scheme == "sqlite" else f"postgresql+psycopg://{rest}"


def _base_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ConfigError("KOMMA_BASE_URL: must be an address such as https://komma.example.org")
    return url.rstrip("/")


def _folder(environ: Mapping[str, str], name: str) -> Path | None:
    text = environ.get(name, "").strip()
    if text and not Path(text).expanduser().is_dir():
        raise ConfigError(f"{name}: must be a folder")
    return Path(text).expanduser().resolve() if text else None


def _address(environ: Mapping[str, str], name: str) -> str | None:
    text = environ.get(name, "").strip()
    try:
        return str(ip_address(text)) if text else None
    except ValueError as error:
        raise ConfigError(f"{name}: must be an address such as 127.0.0.1") from error


def _smtp_url(url: str | None) -> str | None:
    if url and (urlsplit(url).scheme not in {"smtp", "smtps"} or not urlsplit(url).hostname):
        raise ConfigError("KOMMA_SMTP_URL: must be an address such as smtp://user:password@mail.example.org:587")
    return url or None


def _whole_number(environ: Mapping[str, str], name: str, *, default: int, least: int, most: int) -> int:
    text = environ.get(name, "").strip() or str(default)
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise ConfigError(f"{name}: must be a whole number from {least} to {most}")
    return int(text)


def _secret_key(given: str | None, path: Path) -> str:
    if given is not None:
        if len(given) < 32:
            raise ConfigError("KOMMA_SECRET_KEY: must have at least 32 characters")
        return given
    try:
        _make_once(path, secrets.token_urlsafe(48))
    except OSError as error:
        raise ConfigError(f"KOMMA_DATA_DIR: {path} cannot be written ({error.strerror})") from error
    key = path.read_text(encoding="ascii").strip()
    if len(key) < 32:
        raise ConfigError(f"KOMMA_SECRET_KEY: the key in {path} is too short; remove the file to make a new one")
    return key


def _make_once(path: Path, content: str) -> None:
    """Write a file that only its owner may read, unless there is one: of two that start at once, one makes it.

    Raises OSError.
    """
    if path.exists():
        return
    # Whole before it has its name: the other must never read half a key.
    whole = path.with_name(f"{path.name}.{secrets.token_hex(6)}")
    with open(whole, "x", encoding="ascii", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(content)
    try:
        os.link(whole, path)
    except FileExistsError:
        pass
    finally:
        whole.unlink()
