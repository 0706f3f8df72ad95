"""Where a form may send people afterwards: only to pages of this site (trust 16)."""

from __future__ import annotations

import re

_OWN_PATH = re.compile(r"/(?![/\\])[A-Za-z0-9/_\-.~?=&%+,:@]*")


def safe_next(target: str | None) -> str | None:
    r"""The target where it is a plain path of this site, else None.

    >>> safe_next("/entries?page=2"), safe_next("//evil.example"), safe_next("/\\evil.example"), safe_next(None)
    ('/entries?page=2', None, None, None)
    """
    if not target or len(target) > 1000 or not _OWN_PATH.fullmatch(target):
        return None
    return None if "//" in target.partition("?")[0] or "%5c" in target.lower() or "%2f" in target.lower() else target
