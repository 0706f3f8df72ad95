"""The forms in which a new address is handed over: to click, to copy, to photograph."""

from __future__ import annotations

from dataclasses import dataclass

import segno

from komma_tracker.feeds.rules import file_name
from komma_tracker.feeds.service import NewAddress


@dataclass(frozen=True)
class Links:
    """One address in three forms; `qr` is SVG without style attributes, as our policy forbids those."""

    https: str
    webcal: str
    qr: str


def links_of(made: NewAddress, base_url: str) -> Links:
    """The forms of a new address. The code holds the webcal form, so that telephones subscribe and do not download."""
    address = made.address
    name = file_name(address.audience, address.municipality.code if address.municipality else None)
    https = f"{base_url}/feeds/{made.token}/{name}"
    webcal = f"webcal://{https.partition('://')[2]}"
    qr = segno.make_qr(webcal, error="m").svg_inline(scale=5, border=4, light="#fff", svgclass="qr", lineclass=None)
    return Links(https, webcal, qr)
