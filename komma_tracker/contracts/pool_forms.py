"""Forms of the programme pool."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask_babel import gettext
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from komma_tracker.contracts.plan_forms import PlannedDays
from komma_tracker.contracts.rules import TransferState
from komma_tracker.kit.forms import BaseForm, DateField
from komma_tracker.kit.messages import lazy as _l
from komma_tracker.municipalities.queries import Choice

POOL = "pool"
ENDS: Mapping[str, TransferState] = {"refuse": TransferState.REFUSED, "withdraw": TransferState.WITHDRAWN}
"""What the buttons mean that end a move of days."""


class TransferForm(BaseForm):
    """From where to where, how much, from when, and why."""

    source = SelectField(_l("Von"), validators=[InputRequired(_l("Bitte wählen Sie, woher die Tage kommen."))])
    target = SelectField(_l("Nach"), validators=[InputRequired(_l("Bitte wählen Sie, wohin die Tage gehen."))])
    minutes = PlannedDays(
        _l("Tage"),
        description=_l("Zu je acht Stunden"),
        validators=[InputRequired(_l("Bitte geben Sie die Tage an, zum Beispiel 2,5."))],
    )
    effective_from = DateField(
        _l("Wirksam ab"), validators=[InputRequired(_l("Bitte geben Sie an, ab wann die Tage verschoben sind."))]
    )
    reason = TextAreaField(
        _l("Grund"),
        description=_l("Nur für die Programmleitung; in den Nachträgen steht er nicht"),
        validators=[InputRequired(_l("Bitte geben Sie den Grund an.")), Length(max=2000)],
    )


def transfer_form(places: Sequence[Choice]) -> TransferForm:
    """An empty form with the pool and all municipalities to choose from."""
    form = TransferForm()
    offered = {"": "–", POOL: gettext("Programmtopf")} | {place.code: f"{place.code} {place.label}" for place in places}
    form.source.choices = form.target.choices = offered
    return form


class DecisionForm(BaseForm):
    """What a lead decides on a move of days."""

    decision = StringField()
