"""Settings: from the environment only; what is wrong stops the start in one line that names it."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from config import ConfigError, Settings, load_settings, normalise_database_url

KEY = "k" * 32


def load(folder: Path, **environ: str) -> Settings:
    return load_settings({"KOMMA_DATA_DIR": str(folder), **environ})


def test_defaults_are_safe(tmp_path: Path) -> None:
    made = load(tmp_path)
    assert (made.database_url, made.base_url) == (f"sqlite:///{tmp_path / 'komma.db'}", "http://127.0.0.1:8000")
    assert made.trusted_hosts == ("127.0.0.1", "localhost")
    assert (made.trusted_proxy, made.smtp_url, made.max_upload_bytes) == (None, None, 20 * 1024 * 1024)
    assert made.answers_dir is None
    assert made.outbox_dir == tmp_path / "outbox"
    assert not made.secure


def test_every_setting_is_taken(tmp_path: Path) -> None:
    made = load(
        tmp_path,
        KOMMA_DATABASE_URL="postgresql://komma@db/komma",
        KOMMA_SECRET_KEY=KEY,
        KOMMA_BASE_URL="https://komma.example.org/",
        KOMMA_TRUSTED_PROXY="10.0.0.1",
        KOMMA_SMTP_URL="smtps://u:p@mail.example.org",
        KOMMA_MAIL_FROM="komma@example.org",
        KOMMA_ANSWERS_MAILDIR=str(tmp_path),
        KOMMA_MAX_UPLOAD_MB="5",
    )
    assert made.database_url == "postgresql+psycopg://komma@db/komma"
    assert (made.secret_key, made.base_url, made.secure) == (KEY, "https://komma.example.org", True)
    assert made.trusted_hosts == ("komma.example.org", "127.0.0.1", "localhost")
    assert (made.trusted_proxy, made.mail_from) == ("10.0.0.1", "komma@example.org")
    assert (made.smtp_url, made.max_upload_bytes) == ("smtps://u:p@mail.example.org", 5 * 1024 * 1024)
    assert made.answers_dir == tmp_path.resolve()
    assert load(tmp_path, KOMMA_TRUSTED_HOSTS="a.example, b.example").trusted_hosts == ("a.example", "b.example")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KOMMA_DATABASE_URL", "mysql://db"),
        ("KOMMA_DATABASE_URL", "komma.db"),
        ("KOMMA_SECRET_KEY", ""),
        ("KOMMA_SECRET_KEY", "k" * 31),
        ("KOMMA_BASE_URL", "komma.example.org"),
        ("KOMMA_BASE_URL", "ftp://komma.example.org"),
        ("KOMMA_BASE_URL", "https://komma.example.org/?a=1"),
        ("KOMMA_TRUSTED_PROXY", "proxy.example.org"),
        ("KOMMA_TRUSTED_PROXY", "10.0.0.0/8"),
        ("KOMMA_SMTP_URL", "mail.example.org"),
        ("KOMMA_SMTP_URL", "smtp://"),
        ("KOMMA_ANSWERS_MAILDIR", "no/such/folder"),
        ("KOMMA_MAX_UPLOAD_MB", "0"),
        ("KOMMA_MAX_UPLOAD_MB", "1025"),
        ("KOMMA_MAX_UPLOAD_MB", "viel"),
        ("KOMMA_MAX_UPLOAD_MB", "-1"),
        ("KOMMA_MAX_UPLOAD_MB", "²"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_that_names_it(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(ConfigError) as error:
        load(tmp_path, **{name: value})
    message = str(error.value)
    assert message.startswith(f"{name}: ")
    assert "\n" not in message


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=r"^KOMMA_DATA_DIR: "):
        load(tmp_path / "file" / "folder")


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("postgres://a/b", "postgresql+psycopg://a/b"),
        ("postgresql://a/b", "postgresql+psycopg://a/b"),
        ("postgresql+psycopg://a/b", "postgresql+psycopg://a/b"),
        ("sqlite:///x.db", "sqlite:///x.db"),
    ],
)
def test_addresses_of_databases_name_their_driver(given: str, wanted: str) -> None:
    assert normalise_database_url(given) == wanted


def test_the_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    first = load(folder)
    assert len(first.secret_key) >= 64
    assert load(folder).secret_key == first.secret_key
    assert load(tmp_path / "other").secret_key != first.secret_key
    assert stat.S_IMODE((folder / "secret_key").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [path.name for path in folder.iterdir()] == ["secret_key"]


def test_the_key_is_for_its_owner_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        load(tmp_path)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_processes_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        keys = {settings.secret_key for settings in pool.map(lambda _: load(tmp_path), range(64))}
    assert len(keys) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


@pytest.mark.parametrize("content", ["", "short\n"])
def test_a_key_that_is_too_short_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "secret_key").write_text(content)
    with pytest.raises(ConfigError, match=r"^KOMMA_SECRET_KEY: .* too short"):
        load(tmp_path)


def test_nothing_of_it_is_shown_by_accident(tmp_path: Path) -> None:
    database, mail = "postgresql://komma:pass1@db/komma", "smtp://komma:pass2@mail.example.org"
    shown = repr(load(tmp_path, KOMMA_SECRET_KEY=KEY, KOMMA_DATABASE_URL=database, KOMMA_SMTP_URL=mail))
    assert not [secret for secret in (KEY, "pass1", "pass2") if secret in shown]
