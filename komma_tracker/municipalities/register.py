"""The official register of municipalities: read from Destatis' GV100AD file, and searched as people spell."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import IO

from gv100ad import District, DistrictType, Municipality, MunicipalityType
from rapidfuzz import fuzz, process

from komma_tracker.access.rules import N_, DomainError
from komma_tracker.municipalities.rules import Kind, Land, fold

MAX_SIZE = 20 * 1024 * 1024
LIKENESS = 75
"""From this many percent on, a name resembles what was typed."""

DISTRICT_KINDS: Mapping[DistrictType, Kind] = {
    DistrictType.KREIS: Kind.LANDKREIS,
    DistrictType.LANDKREIS: Kind.LANDKREIS,
    DistrictType.REGIONALVERBAND: Kind.LANDKREIS,
}
"""A kreisfreie Stadt stands in the file twice, as district and as municipality: only the latter is taken."""

MUNICIPALITY_KINDS: Mapping[MunicipalityType, Kind] = {
    MunicipalityType.KREISFREIE_STADT: Kind.KREISFREIE_STADT,
    MunicipalityType.STADTKREIS: Kind.KREISFREIE_STADT,
    MunicipalityType.STADT: Kind.KREISANGEHOERIGE_STADT,
    MunicipalityType.GROSSE_KREISSTADT: Kind.KREISANGEHOERIGE_STADT,
    MunicipalityType.MARKT: Kind.KREISANGEHOERIGE_GEMEINDE,
    MunicipalityType.KREISANGEHOERIGE_GEMEINDE: Kind.KREISANGEHOERIGE_GEMEINDE,
}
"""Areas that belong to no municipality (65, 66) cannot take part."""

_LANDS: Mapping[str, Land] = {land.key: land for land in Land}
_OTHER_RECORDS = frozenset({"10", "20", "30", "50"})
_RECORDS = {"40": (District, DistrictType, 5), "60": (Municipality, MunicipalityType, 8)}


class NotARegister(DomainError):
    """The file is no GV100AD file, or is damaged; the message names the line."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One local authority that may take part. The key has 8 digits, that of a Landkreis 5."""

    key: str
    official_name: str
    name: str
    kind: Kind
    land: Land
    district: str | None
    population: int


def read_register(file: IO[bytes]) -> list[Unit]:
    """All eligible units of a GV100AD file, ordered by key (domain 4). Raises NotARegister."""
    districts: dict[str, District] = {}
    municipalities: list[Municipality] = []
    for record in _records(file):
        if isinstance(record, District):
            districts[record.regional_code] = record
        else:
            municipalities.append(record)
    if not districts or not municipalities:
        raise NotARegister(N_("Die Datei enthält kein Gemeindeverzeichnis im Format GV100AD."))
    units = [*_landkreise(districts, municipalities), *_municipalities(districts, municipalities)]
    units.sort(key=lambda unit: unit.key)
    for one, next_one in pairwise(units):
        if one.key == next_one.key:
            raise NotARegister(N_("Der Schlüssel %(key)s steht zweimal in der Datei."), key=one.key)
    return units


def _records(file: IO[bytes]) -> Iterator[District | Municipality]:
    for number, line in enumerate(_lines(file), 1):
        if not line.strip():
            continue
        try:
            record = _record(line)
        except ValueError:
            raise NotARegister(
                N_("Zeile %(row)s gehört nicht in ein Gemeindeverzeichnis im Format GV100AD."), row=number
            ) from None
        if record:
            yield record


def _lines(file: IO[bytes]) -> Iterator[str]:
    content = file.read(MAX_SIZE + 1)
    if len(content) > MAX_SIZE:
        raise NotARegister(N_("Die Datei ist größer als %(limit)s MB."), limit=MAX_SIZE // 1024**2)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("iso-8859-1")  # editions before 2019
    return iter(io.StringIO(text))


def _record(line: str) -> District | Municipality | None:
    """The record of a line, or None for one that is not needed. Raises ValueError.

    The reader knows the marks of today only; a mark that it does not know is of no eligible kind either.
    """
    start = line[:2]
    if line[10:12] not in _LANDS:
        raise ValueError(line[10:12])
    if start in _OTHER_RECORDS:
        return None
    if start not in _RECORDS:
        raise ValueError(start)
    record, marks, digits = _RECORDS[start]
    if not re.fullmatch(r"[0-9]+", line[10 : 10 + digits]):
        raise ValueError(line[10:18])
    known = int(line[122:124]) in {mark.value for mark in marks}
    return record(line.rstrip("\r\n")) if known else None


def _landkreise(districts: Mapping[str, District], municipalities: Sequence[Municipality]) -> Iterator[Unit]:
    population: Counter[str] = Counter()
    for municipality in municipalities:
        population[municipality.regional_code[:5]] += municipality.inhabitants
    for key, district in districts.items():
        if kind := DISTRICT_KINDS.get(district.type):
            yield _unit(key, district.name, kind, None, population[key])


def _municipalities(districts: Mapping[str, District], municipalities: Sequence[Municipality]) -> Iterator[Unit]:
    for municipality in municipalities:
        key = municipality.regional_code
        kind = MUNICIPALITY_KINDS.get(municipality.type)
        if kind is None:
            continue
        within = None if kind is Kind.KREISFREIE_STADT else districts.get(key[:5])
        yield _unit(key, municipality.name, kind, within.name if within else None, municipality.inhabitants)


def _unit(key: str, official_name: str, kind: Kind, district: str | None, population: int) -> Unit:
    name = official_name.partition(",")[0].strip()
    return Unit(key, official_name, name, kind, _LANDS[key[:2]], district, population)


def search_key(unit: Unit) -> str:
    """What a search looks through: the name, a bar, and what tells namesakes apart.

    >>> search_key(Unit("06633009", "Fuldatal", "Fuldatal", Kind.KREISANGEHOERIGE_GEMEINDE, Land.HE, "Kassel", 12))
    'fuldatal|kassel hessen he kreisangehoerige gemeinde'
    """
    context = fold(f"{unit.district or ''} {unit.land.label} {unit.land} {unit.kind.label}")
    return f"{fold(unit.name)}|{context}"


def nearest(text: str, search_keys: Mapping[str, str], limit: int) -> list[str]:
    """The register keys whose names resemble the folded text most, best first: for what was mistyped.

    Names are cut to the length of the text, so that "Frankfurd" finds "Frankfurt am Main".
    """
    starts = {key: searched.partition("|")[0][: len(text) + 1] for key, searched in search_keys.items()}
    found = process.extract(text, starts, scorer=fuzz.ratio, score_cutoff=LIKENESS, limit=limit)
    return [key for _, _, key in found]
