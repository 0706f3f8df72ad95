"""The forms in which a new address is handed over: to click, to copy, to photograph."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

import segno

from komma_tracker.feeds.rules import Contents, file_name, has_page
from komma_tracker.feeds.service import NewAddress

OUTLOOK = "https://outlook.office.com/calendar/0/addfromweb"
GOOGLE = "https://calendar.google.com/calendar/render"


@dataclass(frozen=True)
class Links:
    """One address in all its forms; `qr` is SVG without style attributes, as our policy forbids those.

    `outlook` and `google` open the page on which these services ask whether to subscribe.
    """

    https: str
    webcal: str
    outlook: str
    google: str
    qr: str
    page: str
    """What guests of an alliance read in the browser; empty for all others."""


def links_of(made: NewAddress, base_url: str) -> Links:
    """The forms of a new address. The code holds the webcal form, so that telephones subscribe and do not download."""
    address = made.address
    name = file_name(address.audience, address.level, [each.code for each in address.municipalities])
    shown = Contents(address.audience, side=address.side, level=address.level, for_guest=address.for_guest)
    https = f"{base_url}/feeds/{made.token}/{name}"
    webcal = f"webcal://{https.partition('://')[2]}"
    return Links(
        https,
        webcal,
        outlook=f"{OUTLOOK}?{urlencode({'url': https, 'name': name.removesuffix('.ics')})}",
        google=f"{GOOGLE}?{urlencode({'cid': webcal})}",
        qr=segno.make_qr(webcal, error="m").svg_inline(scale=5, border=4, light="#fff", svgclass="qr", lineclass=None),
        page=f"{base_url}/feeds/{made.token}/allianz" if has_page(shown) else "",
    )
