"""Take the pictures of the README anew: `python tools/pictures.py`, in the environment of the tests.

Starts the server with demo data in a folder of its own and photographs it in Chromium.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.support import chromium
from tests.support.command import serving

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
SHOTS = (
    ("portfolio.png", "lead@example.org", "/portfolio?sort=attention", 1280, 900),
    ("municipality-phone.png", "koordination-k01@example.org", "/", 390, 844),
)


def main() -> None:
    """Start, sign in, photograph."""
    program = chromium.find_chromium()
    if program is None:
        raise SystemExit("pictures: no Chromium found; name one in KOMMA_CHROMIUM")
    PICTURES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder), "--migrate", "--demo") as (_, address),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=program, args=chromium.flags())
        for name, email, path, width, height in SHOTS:
            photograph(browser, address, PICTURES / name, email=email, path=path, size=(width, height))
        browser.close()


def photograph(browser: Browser, address: str, picture: Path, *, email: str, path: str, size: tuple[int, int]) -> None:
    """One page as this person sees it first."""
    with browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="de-DE") as context:
        page = context.new_page()
        page.goto(f"{address}/login")
        page.fill("input[name=email]", email)
        page.fill("input[name=password]", "komma-demo")
        page.press("input[name=password]", "Enter")
        page.wait_for_url(lambda url: "/login" not in url)
        page.goto(address + path)
        page.screenshot(path=str(picture))
        print(f"{picture.name}: {picture.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
