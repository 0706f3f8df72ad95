"""A mailbox folder in Maildir form: one file a mail, and flags in its name.

Python's own `mailbox` writes a mail anew to flag it; here it is renamed, so that every byte stays.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

MOST_OCTETS = 1024 * 1024
"""A longer mail is no answer to an invitation; it is not even read."""
_INFO = ":2,"
_SEEN = "S"


def unseen(folder: Path) -> list[Path]:
    """The mails that nobody has seen yet, by name, which begins with the time of arrival.

    Raises NotADirectoryError where the folder is none in Maildir form.
    """
    parts = [folder / name for name in ("new", "cur")]
    if not all(part.is_dir() for part in parts):
        raise NotADirectoryError
    mails = [mail for part in parts for mail in part.iterdir() if mail.is_file() and not mail.name.startswith(".")]
    return sorted((mail for mail in mails if _SEEN not in mail.name.partition(_INFO)[2]), key=lambda mail: mail.name)


def content(mail: Path) -> bytes | None:
    """What a mail holds; None where it is too long, or somebody has moved it meanwhile."""
    with suppress(OSError), open(mail, "rb") as file:
        octets = file.read(MOST_OCTETS + 1)
        return octets if len(octets) <= MOST_OCTETS else None
    return None


def mark_seen(mail: Path) -> None:
    """Flag a mail as seen, unless somebody has moved it meanwhile."""
    name, _, flags = mail.name.partition(_INFO)
    seen = "".join(sorted({*flags, _SEEN}))  # in the order of their letters, as the form wants it
    with suppress(FileNotFoundError):
        mail.rename(mail.parent.parent / "cur" / f"{name}{_INFO}{seen}")
