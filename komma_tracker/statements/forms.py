"""Forms of statements: the municipality's answer line by line, reasons, and to whom a link goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from flask import request
from wtforms import Form, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from komma_tracker.access.rules import N_, Invalid
from komma_tracker.kit.forms import BaseForm
from komma_tracker.kit.messages import lazy as _l
from komma_tracker.statements.rules import WITHOUT, WORDS_MOST, Line

if TYPE_CHECKING:
    from komma_tracker.accounts.models import User

LINE = "line_"
CONFIRM = "confirm"
_FITS = (Optional(), Length(max=WORDS_MOST, message=_l("Bitte höchstens 2000 Zeichen.")))


class AnswerForm(BaseForm):
    """Words to each line and to the whole; which of two buttons was pressed says what they mean."""

    general = TextAreaField(_l("Zum Nachweis insgesamt"), validators=_FITS)

    def words(self) -> dict[str, str]:
        """What was written, by entry; to the whole under ""."""
        written = {name: (field.data or "").strip() for name, field in self._fields.items()}
        found = {name.removeprefix(LINE): text for name, text in written.items() if name.startswith(LINE)}
        return {entry: text for entry, text in {**found, WITHOUT: written["general"]}.items() if text}

    def objections(self) -> dict[str, str] | None:
        """None for a yes. Raises Invalid where somebody confirms and objects at once."""
        if request.form.get("verdict") != CONFIRM:
            return self.words()
        if self.words():
            message = N_("Sie haben etwas beanstandet. Bitte senden Sie die Beanstandung, oder leeren Sie das Feld.")
            raise Invalid(None, message)
        return None

    def refuse(self, error: Invalid) -> None:
        """Put an error beside the line that it names."""
        if error.field and f"{LINE}{error.field}" in self._fields:
            error.field = f"{LINE}{error.field}"
        super().refuse(error)


def answer_form(lines: Sequence[Line], version: int) -> AnswerForm:
    """The form for these lines; `version` is that of the statement as it is read now."""
    fields = {f"{LINE}{line.entry}": TextAreaField(_l("Was stimmt nicht?"), validators=_FITS) for line in lines}
    form = type("AnswerFormOfLines", (AnswerForm,), fields)()
    if not form.version.data:
        form.version.data = str(version)
    return form


class ReasonForm(BaseForm):
    """Why a month is opened again."""

    reason = TextAreaField(_l("Grund"), validators=_FITS)


class LinkForm(BaseForm):
    """To whom the link to sign off goes."""

    recipient = SelectField(
        _l("Empfänger:in"), validators=[InputRequired(_l("Bitte wählen Sie, an wen der Link gehen soll."))]
    )

    def __init__(self, people: Sequence[User], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.recipient.choices = {each.public_id: f"{each.name} ({each.email})" for each in people}


class NumberForm(Form):
    """A check number from a document; looking it up changes nothing."""

    number = StringField(_l("Prüfnummer"), validators=[Optional(), Length(max=40)])
