"""All arithmetic of consulting days, in integer minutes: counting, splitting, balance, burn-down, forecast."""

from komma_tracker.budget.rules.vocabulary import ACTIVITY_LABELS, MODE_LABELS, Activity, Mode

__all__ = ["ACTIVITY_LABELS", "MODE_LABELS", "Activity", "Mode"]
