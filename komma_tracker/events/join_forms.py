"""What participants without an account are asked."""

from __future__ import annotations

from wtforms import RadioField, StringField
from wtforms.fields.choices import SelectChoice  # pyright: ignore[reportAttributeAccessIssue] – newer than its stubs
from wtforms.validators import InputRequired, Length

from komma_tracker.events.rules import FunctionGroup
from komma_tracker.events.rules.joining import SCALE, Phase
from komma_tracker.kit.forms import BaseForm, choices_of
from komma_tracker.kit.messages import lazy as _l


class CodeForm(BaseForm):
    """Asks for the code on the wall."""

    code = StringField(
        _l("Code"),
        [InputRequired(_l("Bitte geben Sie den Code ein, der im Raum gezeigt wird.")), Length(max=40)],
        description=_l("Acht Zeichen, zum Beispiel BCDF-2345"),
    )


class HeadForm(BaseForm):
    """Counts one head."""

    group = RadioField(
        _l("Zu welcher Gruppe gehören Sie?"),
        [InputRequired(_l("Bitte wählen Sie eine Gruppe."))],
        choices=choices_of(FunctionGroup),
    )


class AnswerForm(BaseForm):
    """Asks how it was."""

    value = RadioField(
        _l("Wie zufrieden sind Sie mit dieser Veranstaltung?"),
        [InputRequired(_l("Bitte wählen Sie einen Wert von 1 bis 5."))],
        choices=[SelectChoice(str(value), str(value)) for value in SCALE],
        description=_l("Von 1 (gar nicht zufrieden) bis 5 (sehr zufrieden)"),
    )


def form_for(phase: Phase) -> HeadForm | AnswerForm:
    """What is asked now."""
    return HeadForm() if phase is Phase.COUNTING else AnswerForm()
