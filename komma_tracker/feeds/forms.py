"""The forms for new calendar addresses: one's own, and those for guests."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext, ngettext
from wtforms import (
    BooleanField,
    SelectChoice,  # pyright: ignore[reportAttributeAccessIssue] # old stubs
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import DataRequired, InputRequired, Length

from komma_tracker.access.rules import Viewer
from komma_tracker.alliances.rules import Side
from komma_tracker.events.rules import EventKind
from komma_tracker.feeds.rules import (
    GUEST_LIFE,
    PAST_MONTHS,
    PLACED,
    Audience,
    Contents,
    Level,
    audiences_of,
)
from komma_tracker.kit.forms import BaseForm, DateField, choices_of
from komma_tracker.kit.messages import lazy as _l
from komma_tracker.municipalities.queries import Choice

LOCALES = (SelectChoice("de", "Deutsch"), SelectChoice("en", "English"))
ALLIANCE_OF = "alliance:"


class _ContentsForm(BaseForm):
    """What a calendar shows of the sessions that it holds, and until when."""

    name = StringField(
        _l("Bezeichnung"),
        filters=[lambda text: (text or "").strip()],
        validators=[
            DataRequired(_l("Bitte geben Sie eine Bezeichnung an, zum Beispiel „Diensthandy“.")),
            Length(max=80, message=_l("Die Bezeichnung darf höchstens 80 Zeichen haben.")),
        ],
    )
    locale = SelectField(_l("Sprache der Termine"), choices=LOCALES, validators=[InputRequired()])
    level = SelectField(
        _l("Genauigkeit"),
        description=_l("Anonyme Kommunen stehen immer nur mit ihrem Decknamen da, Coachings ohne Angaben."),
        default=Level.FULL.value,
    )
    kinds = SelectMultipleField(
        _l("Nur diese Arten von Terminen"),
        description=_l("Ohne Auswahl: alle."),
        invalid_choice_message=_l("Bitte aus der Liste wählen."),  # pyright: ignore[reportCallIssue] # old stubs
    )
    no_tentative = BooleanField(_l("Geplante, noch nicht bestätigte Termine weglassen"))
    no_cancelled = BooleanField(
        _l("Abgesagte Termine weglassen"),
        description=_l("Sonst stehen sie acht Wochen lang als abgesagt im Kalender."),
    )
    past_months = SelectField(_l("Vergangene Termine"), coerce=int, default=PAST_MONTHS[-1])
    expires_on = DateField(_l("Gilt bis"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.level.choices = choices_of(Level)
        self.kinds.choices = choices_of(EventKind)
        self.past_months.choices = [SelectChoice(months, _reach(months)) for months in PAST_MONTHS]

    def _contents(self, audience: Audience, side: Side | None, *, for_guest: bool) -> Contents:
        return Contents(
            audience=audience,
            side=side,
            level=Level(self.level.data),
            for_guest=for_guest,
            kinds=tuple(map(EventKind, self.kinds.data or ())),
            tentative=not self.no_tentative.data,
            cancelled=not self.no_cancelled.data,
            past_months=self.past_months.data,
            locale=self.locale.data,
        )


def _reach(months: int) -> str:
    if not months:
        return gettext("keine")
    return ngettext("%(num)s Monat zurück", "%(num)s Monate zurück", months)


class AddressForm(_ContentsForm):
    """An address for oneself: which calendar, in which language, and what its owner calls it."""

    content = SelectField(_l("Inhalt"), validators=[InputRequired()])

    def offer(self, viewer: Viewer, municipalities: list[Choice]) -> None:
        """Offer the calendars that this person may subscribe to. A municipality stands as its code."""
        self.name.description = _l("Nur für Sie, damit Sie die Adresse wiedererkennen, zum Beispiel „Diensthandy“.")
        offered: list[SelectChoice] = []
        for audience in audiences_of(viewer):
            match audience:
                case Audience.MUNICIPALITY:
                    offered += [SelectChoice(choice.code, choice.label) for choice in municipalities]
                case Audience.ALLIANCE:
                    offered += [
                        SelectChoice(f"{ALLIANCE_OF}{choice.code}", gettext("Allianz %(who)s", who=choice.label))
                        for choice in municipalities
                    ]
                case _:
                    offered.append(SelectChoice(audience.value, gettext(audience.label)))
        self.content.choices = offered

    def contents(self) -> Contents:
        """What was chosen, but for the municipality. Whoever has an account stands on the administration's side."""
        audience = self._audience
        side = Side.ADMINISTRATION if audience is Audience.ALLIANCE else None
        return self._contents(audience, side, for_guest=False)

    @property
    def _audience(self) -> Audience:
        chosen = self.content.data or ""
        if chosen.startswith(ALLIANCE_OF):
            return Audience.ALLIANCE
        others = {audience.value: audience for audience in Audience if audience not in PLACED}
        return others.get(chosen, Audience.MUNICIPALITY)

    @property
    def codes(self) -> list[str]:
        """The code of the chosen municipality, none for the other calendars."""
        return [(self.content.data or "").removeprefix(ALLIANCE_OF)] if self._audience in PLACED else []


class GuestForm(_ContentsForm):
    """An address for somebody without an account."""

    audience = SelectField(_l("Inhalt"), validators=[InputRequired()])
    municipalities = SelectMultipleField(
        _l("Kommune"),
        invalid_choice_message=_l("Bitte aus der Liste wählen."),  # pyright: ignore[reportCallIssue] # old stubs
    )
    side = SelectField(
        _l("Seite in der Allianz"),
        description=_l("Sicherheitsbehörden sehen weder Trainings noch Coachings."),
        default=Side.COUNSELLING.value,
    )

    def offer(self, viewer: Viewer, municipalities: list[Choice], today: date) -> None:
        """Offer what this person may give away; whoever has one municipality need not choose it."""
        self.name.label.text = _l("Für wen")
        self.name.description = _l("Eine Stelle, keine Person: zum Beispiel „Polizeiinspektion, Leitstelle“.")
        self.audience.choices = choices_of(audiences_of(viewer, for_guest=True))
        self.side.choices = choices_of(Side)
        self.municipalities.choices = [SelectChoice(choice.code, choice.label) for choice in municipalities]
        if len(municipalities) == 1:
            self.municipalities.data = [municipalities[0].code]
        else:
            self.municipalities.description = _l("Mehrere nur bei der Allianz, für eine gemeinsame Stelle.")
        if not self.is_submitted() and self.expires_on.data is None:
            self.expires_on.data = today + GUEST_LIFE

    def contents(self) -> Contents:
        """What was chosen, but for the municipalities."""
        audience = Audience(self.audience.data)
        side = Side(self.side.data) if audience is Audience.ALLIANCE else None
        return self._contents(audience, side, for_guest=True)
