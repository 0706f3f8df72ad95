"""Behind a proxy, attempts are counted by who is in front of it: but only the named one may say who that is."""

from __future__ import annotations

import re
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener

import pytest

from tests.support.command import komma, serving


def statuses(url: str, *addresses: str) -> list[int]:
    """What somebody who tries a wrong password is told; each time from where the proxy says."""
    opener = build_opener(HTTPCookieProcessor(CookieJar()))
    page = opener.open(f"{url}/login", timeout=20).read().decode()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token
    form = {"email": "nobody@example.org", "password": "a wrong password", "csrf_token": token[1]}
    told = []
    for address in addresses:
        try:
            attempt = Request(f"{url}/login", urlencode(form).encode(), {"X-Forwarded-For": address})  # noqa: S310  ours
            opener.open(attempt, timeout=20)
        except HTTPError as error:
            told.append(error.code)
            error.close()
    return told


@pytest.mark.parametrize(
    ("trusted", "elsewhere"), [("127.0.0.1", 422), ("10.0.0.1", 429), ("", 429)], ids=["this one", "another", "none"]
)
def test_only_the_named_proxy_is_believed(tmp_path: Path, trusted: str, elsewhere: int) -> None:
    assert komma(tmp_path, "db", "upgrade").returncode == 0
    with serving(tmp_path, KOMMA_TRUSTED_PROXY=trusted) as (_, url):
        told = statuses(url, *["192.0.2.1"] * 11, "192.0.2.2")
    assert told == [422] * 10 + [429, elsewhere]
