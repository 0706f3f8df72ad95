"""The sixteen Länder, in which people work and municipalities lie. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from komma_tracker.access.rules import N_


class Land(StrEnum):
    """The sixteen Länder by their ISO 3166-2 code, in the order of their official key."""

    SH = "SH"
    HH = "HH"
    NI = "NI"
    HB = "HB"
    NW = "NW"
    HE = "HE"
    RP = "RP"
    BW = "BW"
    BY = "BY"
    SL = "SL"
    BE = "BE"
    BB = "BB"
    MV = "MV"
    SN = "SN"
    ST = "ST"
    TH = "TH"

    @property
    def label(self) -> str:
        """The German msgid."""
        return LAND_LABELS[self]

    @property
    def key(self) -> str:
        """The two digits with which official keys of this Land begin.

        >>> Land.HE.key, Land("TH").key
        ('06', '16')
        """
        return f"{list(Land).index(self) + 1:02d}"


LAND_LABELS: Mapping[Land, str] = {
    Land.SH: N_("Schleswig-Holstein"),
    Land.HH: N_("Hamburg"),
    Land.NI: N_("Niedersachsen"),
    Land.HB: N_("Bremen"),
    Land.NW: N_("Nordrhein-Westfalen"),
    Land.HE: N_("Hessen"),
    Land.RP: N_("Rheinland-Pfalz"),
    Land.BW: N_("Baden-Württemberg"),
    Land.BY: N_("Bayern"),
    Land.SL: N_("Saarland"),
    Land.BE: N_("Berlin"),
    Land.BB: N_("Brandenburg"),
    Land.MV: N_("Mecklenburg-Vorpommern"),
    Land.SN: N_("Sachsen"),
    Land.ST: N_("Sachsen-Anhalt"),
    Land.TH: N_("Thüringen"),
}
