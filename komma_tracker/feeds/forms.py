"""The form for a new calendar address."""

from __future__ import annotations

from flask_babel import gettext
from wtforms import SelectChoice, SelectField, StringField  # pyright: ignore[reportAttributeAccessIssue] # old stubs
from wtforms.validators import DataRequired, InputRequired, Length

from komma_tracker.access.rules import Viewer
from komma_tracker.feeds.rules import Audience, audiences_of
from komma_tracker.kit.forms import BaseForm
from komma_tracker.kit.messages import lazy as _l
from komma_tracker.municipalities.queries import Choice

LOCALES = (SelectChoice("de", "Deutsch"), SelectChoice("en", "English"))


class AddressForm(BaseForm):
    """What a calendar shows, in which language, and what its owner calls it."""

    content = SelectField(_l("Inhalt"), validators=[InputRequired()])
    name = StringField(
        _l("Bezeichnung"),
        description=_l("Nur für Sie, damit Sie die Adresse wiedererkennen, zum Beispiel „Diensthandy“."),
        filters=[lambda text: (text or "").strip()],
        validators=[
            DataRequired(_l("Bitte geben Sie eine Bezeichnung an, zum Beispiel „Diensthandy“.")),
            Length(max=80, message=_l("Die Bezeichnung darf höchstens 80 Zeichen haben.")),
        ],
    )
    locale = SelectField(_l("Sprache der Termine"), choices=LOCALES, validators=[InputRequired()])

    def offer(self, viewer: Viewer, municipalities: list[Choice]) -> None:
        """Offer the calendars that this person may subscribe to. A municipality stands as its code."""
        offered: list[SelectChoice] = []
        for audience in audiences_of(viewer):
            if audience is Audience.MUNICIPALITY:
                offered += [SelectChoice(choice.code, choice.label) for choice in municipalities]
            else:
                offered.append(SelectChoice(audience.value, gettext(audience.label)))
        self.content.choices = offered

    @property
    def audience(self) -> Audience:
        """Whose sessions were chosen."""
        chosen = self.content.data
        return Audience(chosen) if chosen in (Audience.MINE, Audience.PROGRAMME) else Audience.MUNICIPALITY

    @property
    def municipality_code(self) -> str | None:
        """The code of the chosen municipality, None for the other calendars."""
        return self.content.data if self.audience is Audience.MUNICIPALITY else None
