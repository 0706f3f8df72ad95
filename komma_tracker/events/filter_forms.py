"""The filter of the calendar."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from wtforms import Form, SelectField

from komma_tracker.access.rules import N_, Viewer
from komma_tracker.db import Session
from komma_tracker.events.forms import labelled
from komma_tracker.events.rules import EventKind
from komma_tracker.kit.forms import choices_of
from komma_tracker.kit.messages import lazy as _l
from komma_tracker.municipalities.queries import municipality_choices


class FilterForm(Form):
    """Which sessions the calendar shows; what is not understood filters nothing."""

    municipality = SelectField(_l("Kommune"), validate_choice=False)
    kind = SelectField(_l("Art"), choices=choices_of(EventKind, empty=N_("alle")), validate_choice=False)

    ids: dict[str, int]

    @property
    def municipality_id(self) -> int | None:
        """The municipality chosen, if any."""
        return self.ids.get(self.municipality.data or "")

    @property
    def chosen_kind(self) -> EventKind | None:
        """The kind chosen, if any."""
        return EventKind(self.kind.data) if self.kind.data in set(EventKind) else None


def filter_form(session: Session, viewer: Viewer, *, formdata: Any) -> FilterForm:
    """The filter of the calendar, with everything that this person may choose."""
    form = FilterForm(formdata)
    places = municipality_choices(session, viewer)
    form.ids = {place.code: place.id for place in places}
    form.municipality.choices = {"": gettext("alle")} | {place.code: labelled(place) for place in places}
    return form
