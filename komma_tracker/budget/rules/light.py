"""The light of a municipality: whether its budget is in step with time, and why not (domain 2.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from komma_tracker.access.rules import N_
from komma_tracker.budget.rules.balance import THRESHOLDS, Balance
from komma_tracker.budget.rules.outlook import Forecast


class Light(StrEnum):
    """Ampel; blue is too slow, which is as bad as too fast: days not used by the end of the term lapse."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    BLUE = "blue"

    @property
    def label(self) -> str:
        """The German msgid."""
        return LIGHT_LABELS[self]


LIGHT_LABELS: Mapping[Light, str] = {
    Light.GREEN: N_("im Plan"),
    Light.YELLOW: N_("im Blick behalten"),
    Light.RED: N_("Kontingent reicht nicht"),
    Light.BLUE: N_("zu langsam"),
}


class LightReason(StrEnum):
    """Why the light is not green."""

    USED_UP = "used_up"
    FORECAST_EXCEEDS = "forecast_exceeds"
    FORECAST_MAY_EXCEED = "forecast_may_exceed"
    NEARLY_USED = "nearly_used"
    AHEAD_OF_TIME = "ahead_of_time"
    BEHIND_TIME = "behind_time"

    @property
    def label(self) -> str:
        """The German msgid."""
        return LIGHT_REASON_LABELS[self]


LIGHT_REASON_LABELS: Mapping[LightReason, str] = {
    LightReason.USED_UP: N_("Das Kontingent ist aufgebraucht."),
    LightReason.FORECAST_EXCEEDS: N_("Die Prognose liegt sicher über dem Kontingent."),
    LightReason.FORECAST_MAY_EXCEED: N_("Die Prognose liegt über dem Kontingent."),
    LightReason.NEARLY_USED: N_("Mindestens 80 % des Kontingents sind verbraucht."),
    LightReason.AHEAD_OF_TIME: N_("Der Verbrauch liegt mehr als 15 Prozentpunkte vor der Zeit."),
    LightReason.BEHIND_TIME: N_("Der Verbrauch liegt mehr als 20 Prozentpunkte hinter der Zeit."),
}

LIGHT_OF: Mapping[LightReason, Light] = {
    LightReason.USED_UP: Light.RED,
    LightReason.FORECAST_EXCEEDS: Light.RED,
    LightReason.FORECAST_MAY_EXCEED: Light.YELLOW,
    LightReason.NEARLY_USED: Light.YELLOW,
    LightReason.AHEAD_OF_TIME: Light.YELLOW,
    LightReason.BEHIND_TIME: Light.BLUE,
}
"""Which light each reason gives; of several, the first in this order decides."""

AHEAD_POINTS = Fraction(15, 100)
BEHIND_POINTS = Fraction(20, 100)


@dataclass(frozen=True)
class Signal:
    """A light and all reasons for it, the weightiest first."""

    light: Light
    reasons: tuple[LightReason, ...] = ()


def signal(balance: Balance, progress: Fraction, forecast: Forecast | None = None) -> Signal:
    """The light of a municipality (domain 2.4).

    Red asks for more than a forecast above the allowance, which is usual in busy months: its whole band must lie
    there. A forecast that merely points there is yellow.
    """
    if balance.agreed <= 0:
        return Signal(Light.RED, (LightReason.USED_UP,)) if balance.used > 0 else Signal(Light.GREEN)
    used = Fraction(balance.used, balance.agreed)
    exceeds = forecast is not None and forecast.low > forecast.agreed
    holds: Mapping[LightReason, bool] = {
        LightReason.USED_UP: used >= 1,
        LightReason.FORECAST_EXCEEDS: exceeds,
        LightReason.FORECAST_MAY_EXCEED: forecast is not None and forecast.expected > forecast.agreed and not exceeds,
        LightReason.NEARLY_USED: used >= Fraction(THRESHOLDS[0], 100),
        LightReason.AHEAD_OF_TIME: used - progress > AHEAD_POINTS,
        LightReason.BEHIND_TIME: progress - used > BEHIND_POINTS,
    }
    reasons = tuple(reason for reason in LIGHT_OF if holds[reason])
    return Signal(LIGHT_OF[reasons[0]] if reasons else Light.GREEN, reasons)
