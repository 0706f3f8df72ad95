"""A small register of municipalities in the format of the official one, GV100AD."""

from __future__ import annotations


def line(kind: str, key: str, name: str, mark: str = "", population: int = 0) -> str:
    """One record as the file's description lays it out."""
    text = f"{kind}20231130{key:<12}{name:<50}{'':<50}{mark:<2}"
    return f"{text:<128}{100:011d}{population:011d}{0:011d}{'':<4}{'12345':<5}{'':<50}"


FICTIONAL = "\n".join(
    [
        line("10", "06", "Hessen"),
        line("40", "06699", "Werrabogen", "44"),
        line("60", "066990010000", "Finkenschlag, St", "63", 9_000),
        line("60", "066990020000", "Mühlengrund", "64", 4_100),
    ]
)
"""A district with a town and a village."""
