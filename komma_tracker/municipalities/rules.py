"""Municipalities: their kinds, Länder, visibility, official keys, and how names sort and are found."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import count

from komma_tracker.access.rules import N_, Invalid
from komma_tracker.accounts.laender import Land


class Kind(StrEnum):
    """What kind of local authority takes part: the four of the programme, and the rest (domain 1.2a)."""

    LANDKREIS = "landkreis"
    KREISFREIE_STADT = "kreisfreie_stadt"
    KREISANGEHOERIGE_STADT = "kreisangehoerige_stadt"
    KREISANGEHOERIGE_GEMEINDE = "kreisangehoerige_gemeinde"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The German msgid."""
        return KIND_LABELS[self]


KIND_LABELS: Mapping[Kind, str] = {
    Kind.LANDKREIS: N_("Landkreis"),
    Kind.KREISFREIE_STADT: N_("kreisfreie Stadt"),
    Kind.KREISANGEHOERIGE_STADT: N_("kreisangehörige Stadt"),
    Kind.KREISANGEHOERIGE_GEMEINDE: N_("kreisangehörige Gemeinde"),
    Kind.OTHER: N_("sonstige Kommune"),
}


class Visibility(StrEnum):
    """Who may know the name; the network is the default (domain 1.2p)."""

    PUBLIC = "public"
    NETWORK = "network"
    ANONYMOUS = "anonymous"

    @property
    def label(self) -> str:
        """The German msgid."""
        return VISIBILITY_LABELS[self]


VISIBILITY_LABELS: Mapping[Visibility, str] = {
    Visibility.PUBLIC: N_("öffentlich"),
    Visibility.NETWORK: N_("netzwerkintern"),
    Visibility.ANONYMOUS: N_("vollständig anonym"),
}


SYNTHETIC_LAND_KEY = "99"
"""No Land has this key: demonstration data use it and can never collide with a real municipality."""

ALIAS_PATTERN = "Kommune {number:02d}"
CODE_PATTERN = "K{number:02d}"


def alias(number: int) -> str:
    """The name that stands in for a name that must not be known.

    >>> alias(7), alias(112)
    ('Kommune 07', 'Kommune 112')
    """
    return ALIAS_PATTERN.format(number=number)


def code(number: int) -> str:
    """The short code of a municipality, as it stands in addresses.

    >>> code(7), code(112)
    ('K07', 'K112')
    """
    return CODE_PATTERN.format(number=number)


def number_of(text: str) -> int | None:
    """The number behind a code as people type it, None where it is no code.

    >>> number_of("K07"), number_of("k7"), number_of("Kiel")
    (7, 7, None)
    """
    match = re.fullmatch(r"[Kk]0*([1-9][0-9]{0,5})", text.strip())
    return int(match[1]) if match else None


def check_key(key: str | None, kind: Kind, land: Land | None) -> str | None:
    """The official key without spaces, None where there is none: the key is optional (domain 0.8, 4).

    Five digits for a Landkreis, five or eight for a kreisfreie Stadt, eight for towns and municipalities within a
    district; its first two digits name the Land. Raises Invalid beside `key`.
    """
    digits = re.sub(r"\s", "", key or "")
    if not digits:
        return None
    if not re.fullmatch(r"[0-9]{5}|[0-9]{8}", digits):
        raise Invalid("key", N_("Der Schlüssel hat 8 Ziffern (Gemeinde) oder 5 Ziffern (Kreis), ohne Buchstaben."))
    if len(digits) not in KEY_LENGTHS[kind]:
        wanted = " / ".join(map(str, KEY_LENGTHS[kind]))
        raise Invalid("key", N_("Bei dieser Art von Kommune hat der Schlüssel %(wanted)s Ziffern."), wanted=wanted)
    if digits[:2] not in {SYNTHETIC_LAND_KEY, *(each.key for each in Land)}:
        raise Invalid("key", N_("Die ersten beiden Ziffern des Schlüssels nennen das Land: 01 bis 16."))
    if land is not None and digits[:2] not in {SYNTHETIC_LAND_KEY, land.key}:
        raise Invalid("key", N_("Zu diesem Land gehören Schlüssel, die mit %(land_key)s beginnen."), land_key=land.key)
    return digits


KEY_LENGTHS: Mapping[Kind, tuple[int, ...]] = {
    Kind.LANDKREIS: (5,),
    Kind.KREISFREIE_STADT: (5, 8),
    Kind.KREISANGEHOERIGE_STADT: (8,),
    Kind.KREISANGEHOERIGE_GEMEINDE: (8,),
    Kind.OTHER: (5, 8),
}
"""How many digits the official key of each kind has."""


def sort_key(name: str) -> tuple[str, str]:
    """How names stand in a list: as in a dictionary, ä like a and ß like ss (DIN 5007-1); then by exact spelling.

    >>> sorted(["Zwickau", "Öhringen", "Olpe", "Oelde"], key=sort_key)
    ['Oelde', 'Öhringen', 'Olpe', 'Zwickau']
    """
    return _plain(name), name


def fold(text: str) -> str:
    """What is compared when somebody searches: "Mueller", "Müller" and "MULLER" are one, and so are all dashes.

    Whatever begins a word, folded, begins the folded word: a search may go by the first letters.

    >>> fold("Müllheim i. Markgräflerland") == fold("Muellheim i Markgraeflerland")
    True
    """
    return re.sub(r"(?<=[aou])e", "", _plain(text))


def _plain(text: str) -> str:
    """Lower-case base letters and digits; everything else is one space."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(re.findall(r"[^\W_]+", letters))


@dataclass(frozen=True)
class LocalHoliday:
    """A holiday that only one municipality has: on one date, or without a year every year."""

    month: int
    day: int
    year: int | None
    name: str

    def falls_on(self, date: date) -> bool:
        """Whether that date is the holiday."""
        return (date.month, date.day) == (self.month, self.day) and self.year in (None, date.year)

    def __str__(self) -> str:
        """As `local_holidays` reads it."""
        return f"{self.day:02d}.{self.month:02d}.{self.year or ''} {self.name}"


def local_holidays(text: str) -> tuple[LocalHoliday, ...]:
    """The holidays of a local list, one a line: a day of every year or one date, then the name.

    Raises Invalid beside `local_holidays`.

    >>> [str(each) for each in local_holidays("8.8. Stadtfest")], local_holidays("05.06.2026 Jubiläum")[0].year
    (['08.08. Stadtfest'], 2026)
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > MOST_LOCAL_HOLIDAYS:
        message = N_("Bitte höchstens %(most)s örtliche Feiertage angeben.")
        raise Invalid("local_holidays", message, most=MOST_LOCAL_HOLIDAYS)
    return tuple(_local_holiday(line) for line in lines)


def _local_holiday(line: str) -> LocalHoliday:
    match = re.fullmatch(r"([0-9]{1,2})\.\s?([0-9]{1,2})\.\s?([0-9]{4})?\s+(\S.{0,79})", line)
    try:
        if match is None:
            raise ValueError
        day, month, year = int(match[1]), int(match[2]), int(match[3]) if match[3] else None
        date(year or LEAP_YEAR, month, day)
    except ValueError as error:
        message = N_("„%(line)s“: Bitte Tag und Name angeben, zum Beispiel „08.08. Stadtfest“.")
        raise Invalid("local_holidays", message, line=line[:40]) from error
    return LocalHoliday(month, day, year, match[4])


LEAP_YEAR = 2024
MOST_LOCAL_HOLIDAYS = 40


VISIBILITY_EXPLANATIONS: Mapping[Visibility, str] = {
    Visibility.PUBLIC: N_("öffentlich: Der Name darf genannt werden, nachdem alle Ansprechpersonen zugestimmt haben"),
    Visibility.NETWORK: N_("netzwerkintern: Team und Projektnetzwerk kennen den Namen, nach außen bleibt er ungenannt"),
    Visibility.ANONYMOUS: N_(
        "vollständig anonym: Nur Programmleitung, zugeordnete Beratungspersonen und die Kommune selbst kennen den Namen"
    ),
}
"""What each choice means to those who make it (domain 1.2p)."""


def free_number(codes: Iterable[str], aliases: Iterable[str]) -> int:
    """The lowest number that neither a code nor an alias bears.

    >>> free_number(["K01", "K03"], ["Kommune 02", "Kommune 03"])
    4
    """
    taken = {*codes, *aliases}
    return next(number for number in count(1) if not {code(number), alias(number)} & taken)


def check_code(text: str) -> str:
    """The one spelling of a code, K07 for "k7". Raises Invalid beside `code`."""
    number = number_of(text)
    if number is None:
        raise Invalid("code", N_("Das Kürzel besteht aus K und einer Zahl, zum Beispiel K07."))
    return code(number)


def check_alias(text: str, name: str) -> str:
    """The alias without needless spaces. Raises Invalid beside `alias` where it says the name that it shall stand for.

    >>> check_alias(" Kommune  07 ", "Neuenwerra")
    'Kommune 07'
    """
    words = " ".join(text.split())
    if not words:
        raise Invalid("alias", N_("Bitte geben Sie einen Decknamen an, zum Beispiel „Kommune 07“."))
    if f" {fold(name)} " in f" {fold(words)} ":
        raise Invalid("alias", N_("Der Deckname darf den Namen der Kommune nicht enthalten."))
    return words


def full_name(name: str, kind: Kind, land: Land) -> str:
    """The name of a unit of the register as people say it: there, a Landkreis is often called like its town.

    >>> full_name("Kassel", Kind.LANDKREIS, Land.HE), full_name("Plön", Kind.LANDKREIS, Land.SH)
    ('Landkreis Kassel', 'Kreis Plön')
    >>> full_name("Rhein-Sieg-Kreis", Kind.LANDKREIS, Land.NW), full_name("Kassel", Kind.KREISFREIE_STADT, Land.HE)
    ('Rhein-Sieg-Kreis', 'Kassel')
    """
    if kind is not Kind.LANDKREIS or re.search(r"kreis|region|verband", name, re.IGNORECASE):
        return name
    return f"Kreis {name}" if land in (Land.NW, Land.SH) else f"Landkreis {name}"
