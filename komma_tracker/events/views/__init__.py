"""Pages of sessions; each module hangs its own on the blueprint."""

from komma_tracker.events.views import calendar, outcome, planning, series, session
from komma_tracker.events.views.calendar import shown_month
from komma_tracker.events.views.pages import bp

__all__ = ["bp", "calendar", "outcome", "planning", "series", "session", "shown_month"]
