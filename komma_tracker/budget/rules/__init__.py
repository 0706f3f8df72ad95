"""All arithmetic of consulting days, in integer minutes: counting, splitting, balance, burn-down, forecast."""

from komma_tracker.budget.rules.balance import (
    THRESHOLDS,
    Balance,
    Posting,
    balance_at,
    percent,
    thresholds_passed,
    time_progress,
)
from komma_tracker.budget.rules.counting import (
    Chargeable,
    ChargeReason,
    chargeable,
    check_minutes,
    check_service_date,
    in_days_of_eight_hours,
    late_cancellation,
    split,
)
from komma_tracker.budget.rules.hints import Draft, Hint, HintCode, hints_for_entry
from komma_tracker.budget.rules.light import Light, LightReason, Signal, signal
from komma_tracker.budget.rules.outlook import Forecast, forecast
from komma_tracker.budget.rules.series import (
    Point,
    burndown,
    month_of,
    month_sums,
    plan_line,
    planned_remaining,
    working_days_without,
)
from komma_tracker.budget.rules.vocabulary import Activity, Mode, activity_named, mode_named

__all__ = [
    "THRESHOLDS",
    "Activity",
    "Balance",
    "ChargeReason",
    "Chargeable",
    "Draft",
    "Forecast",
    "Hint",
    "HintCode",
    "Light",
    "LightReason",
    "Mode",
    "Point",
    "Posting",
    "Signal",
    "activity_named",
    "balance_at",
    "burndown",
    "chargeable",
    "check_minutes",
    "check_service_date",
    "forecast",
    "hints_for_entry",
    "in_days_of_eight_hours",
    "late_cancellation",
    "mode_named",
    "month_of",
    "month_sums",
    "percent",
    "plan_line",
    "planned_remaining",
    "signal",
    "split",
    "thresholds_passed",
    "time_progress",
    "working_days_without",
]
