"""Who plays in the demo: fictional municipalities, each with a story of its own, and the people around them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from komma_tracker.access.rules import Role
from komma_tracker.municipalities.rules import Kind, Land, Visibility

PASSWORD = "komma-demo"
PASSWORD_SALT = b"komma-tracker-demo"
"""Fixed, so that the demo comes out alike each time; the server listens on loopback only while it is there."""

TEAM = 4
"""Consultants of the ten told municipalities; for scale, one more works for each five beyond them."""
PLACES_EACH = 5
LAND_OF = {"a": Land.NW, "b": Land.HE, "c": Land.NI}
"""Where consultants work, by letter; the others have not said so."""


class Story(StrEnum):
    """How a municipality gets on."""

    TOLD = "told"
    STEADY = "steady"
    ENDED = "ended"
    SLOW = "slow"
    OVER = "over"
    NEARLY = "nearly"
    STARTING = "starting"
    UNSIGNED = "unsigned"


@dataclass(frozen=True)
class Part:
    """One municipality: its name and kind, its story, and the letters of the consultants who work for it."""

    name: str
    kind: Kind
    land: Land
    population: int
    district: str | None
    story: Story
    consultants: tuple[str, ...]
    visibility: Visibility = Visibility.NETWORK
    without_security: bool = False
    """Whether no security authority has come to its alliance so far."""
    unusual: bool = False
    """Whether there are days among its entries that do not count in full."""


TOWN, VILLAGE = Kind.KREISANGEHOERIGE_STADT, Kind.KREISANGEHOERIGE_GEMEINDE

PARTS = (
    Part("Stadt Neuenwerra", TOWN, Land.HE, 38_000, "Werrabogen", Story.TOLD, ("a", "b", "c"), Visibility.PUBLIC),
    Part("Landkreis Werrabogen", Kind.LANDKREIS, Land.HE, 164_000, None, Story.STEADY, ("a", "b"), unusual=True),
    Part("Stadt Wiesenfurt", Kind.KREISFREIE_STADT, Land.BY, 112_000, None, Story.ENDED, ("b", "c")),
    Part("Stadt Ahrenmoor", TOWN, Land.NI, 21_500, "Nordersiel", Story.SLOW, ("c", "d")),
    Part("Kreis Nordersiel", Kind.LANDKREIS, Land.SH, 131_000, None, Story.OVER, ("b", "d")),
    Part("Gemeinde Eichenlohe", VILLAGE, Land.BW, 9_800, "Brunnhalde", Story.STEADY, ("c",), without_security=True),
    Part("Gemeinde Falkenhude", VILLAGE, Land.SN, 6_400, "Tannwehr", Story.STEADY, ("a", "d"), Visibility.ANONYMOUS),
    Part("Stadt Kirchlinde", TOWN, Land.NW, 47_000, "Rotbuchen", Story.NEARLY, ("a", "c")),
    Part("Stadt Moorlinden", Kind.KREISFREIE_STADT, Land.MV, 98_000, None, Story.STARTING, ("b",)),
    Part("Gemeinde Birkenried", VILLAGE, Land.BB, 12_300, "Havelgrund", Story.UNSIGNED, ("d",)),
)
LOCAL_HOLIDAYS = {"Stadt Neuenwerra": "02.07. Brückenfest", "Stadt Wiesenfurt": "12.09. Wiesenfest"}
"""What is a holiday in one of them alone."""
ANONYMOUS_NUMBER = 7
"""Which of them takes part without its name: "Kommune 07"."""

SHARE_OF_PACKAGES = (("AP0", 8), ("AP1", 10), ("AP2", 15), ("AP3", 19), ("AP4", 20), ("AP5", 4), ("AP6", 4))
"""Work packages with their days (domain 5.2)."""
PACKAGE_TITLES = {
    "AP0": "Steuerung",
    "AP1": "Bedarfsanalyse",
    "AP2": "Allianz",
    "AP3": "Strategien",
    "AP4": "Trainings und Coachings",
    "AP5": "Netzwerk und Transfer",
    "AP6": "Abschluss und Verstetigung",
}


def part(number: int, anonymous_name: str | None = None) -> Part:
    """The municipality with this number: the first ten are told, those beyond are there for scale."""
    if number <= len(PARTS):
        told = PARTS[number - 1]
    else:
        land = tuple(Land)[number % len(Land)]
        consultant = letter(TEAM + (number - len(PARTS) - 1) // PLACES_EACH)
        name = f"Gemeinde Versuchsfeld {number:05d}"
        told = Part(name, VILLAGE, land, 5_000 + number, None, Story.STEADY, (consultant,))
    return replace(told, name=anonymous_name) if number == ANONYMOUS_NUMBER and anonymous_name else told


def consultants(municipalities: int) -> list[str]:
    """The letters of all consultants that so many municipalities need."""
    beyond = max(0, municipalities - len(PARTS))
    return [letter(number) for number in range(TEAM + -(-beyond // PLACES_EACH))]


def letter(number: int) -> str:
    """What tells consultants apart, counted as the columns of a sheet are.

    >>> letter(0), letter(25), letter(26)
    ('a', 'z', 'aa')
    """
    rest, last = divmod(number, 26)
    return (letter(rest - 1) if rest else "") + chr(ord("a") + last)


def email(role: Role, mark: str = "") -> str:
    """The address of a demo account; the fixed names of the product's scripts."""
    local = {
        Role.LEAD: "lead",
        Role.CONSULTANT: f"beratung-{mark}",
        Role.COORDINATOR: f"koordination-{mark}",
        Role.HEAD: f"leitung-{mark}",
        Role.READER: "lesen",
    }[role]
    return f"{local}@example.org"
