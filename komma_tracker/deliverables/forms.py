"""Forms of strategy papers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date

from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from komma_tracker.deliverables.rules import (
    Answer,
    DeliverableKind,
    DeliverableState,
    Reviewer,
    Route,
    offered_routes,
)
from komma_tracker.deliverables.service import Frame, Review, Text
from komma_tracker.kit.forms import BaseForm, DateField, choices_of
from komma_tracker.kit.messages import lazy as _l

A_DATE = _l("Bitte geben Sie ein Datum an.")


class PaperForm(BaseForm):
    """What is agreed about a paper."""

    kind = RadioField(
        _l("Art"), choices=choices_of(DeliverableKind), validators=[InputRequired(_l("Bitte wählen Sie die Art."))]
    )
    title = StringField(_l("Titel"), validators=[InputRequired(_l("Bitte geben Sie einen Titel an.")), Length(max=160)])
    goal = TextAreaField(
        _l("Ziel"),
        description=_l("Bitte keine Angaben zu Personen oder Vorfällen"),
        validators=[Length(max=2000)],
    )
    owner = StringField(
        _l("Verantwortlich"),
        description=_l("Nur die Funktion, zum Beispiel „Leitung Hauptamt“; keine Namen"),
        validators=[Length(max=160)],
    )
    route = SelectField(_l("Beschlussweg"), validators=[Optional()])
    next_review_on = DateField(_l("Nächste Überprüfung"), validators=[Optional()])

    def frame(self) -> Frame:
        """The form as the service takes it."""
        return Frame(
            kind=DeliverableKind(self.kind.data),
            title=" ".join((self.title.data or "").split()),
            goal=(self.goal.data or "").strip(),
            owner=(self.owner.data or "").strip(),
            route=Route(self.route.data) if self.route.data else None,
            next_review_on=self.next_review_on.data,
        )


def paper_form(
    frame: Frame | None, *, is_anonymous: bool, version: int | None = None, stored: bool = False
) -> PaperForm:
    """The form with what is agreed; of a new paper with the route that suits the municipality.

    `stored` leaves out what was typed: the other side of a clash.
    """
    if frame:
        route = frame.route.value if frame.route else ""
        given = {**asdict(frame), "kind": frame.kind.value, "route": route, "version": str(version)}
    else:
        given = {"route": Route.HEAD.value if is_anonymous else ""}
    form = PaperForm(formdata=None, data=given) if stored else PaperForm(data=given)
    form.route.choices = choices_of(offered_routes(is_anonymous=is_anonymous), empty=_l("noch offen"))
    return form


class MoveForm(BaseForm):
    """Into which state a paper came, when, and by which decision."""

    target = RadioField(_l("Neuer Stand"), validators=[InputRequired(_l("Bitte wählen Sie den neuen Stand."))])
    on = DateField(_l("Am"), description=_l("Bei einem Beschluss dessen Datum"), validators=[InputRequired(A_DATE)])
    decision_number = StringField(
        _l("Nummer des Beschlusses"), description=_l("Nur bei einem Beschluss"), validators=[Length(max=60)]
    )


def move_form(targets: Sequence[DeliverableState], *, version: int, today: date) -> MoveForm:
    """A form with the states that come next."""
    form = MoveForm(data={"version": str(version), "on": today})
    form.target.choices = choices_of(targets)
    return form


class VersionForm(BaseForm):
    """A new version, as a link."""

    label = StringField(
        _l("Bezeichnung"),
        description=_l("Zum Beispiel v1.0"),
        validators=[InputRequired(_l("Bitte geben Sie eine Bezeichnung an.")), Length(max=40)],
    )
    url = StringField(
        _l("Adresse"),
        description=_l("Wo das Dokument liegt; die Adresse beginnt mit https://"),
        validators=[InputRequired(_l("Bitte eine Adresse angeben, die mit https:// beginnt.")), Length(max=500)],
    )
    dated_on = DateField(_l("Vom"), validators=[InputRequired(A_DATE)])

    def version_text(self) -> Text:
        """The form as the service takes it."""
        return Text(
            label=" ".join((self.label.data or "").split()),
            url=(self.url.data or "").strip(),
            dated_on=self.dated_on.data,
        )


class ReviewForm(BaseForm):
    """Who was asked about the current version, and what they say."""

    reviewer = RadioField(
        _l("Stelle"), choices=choices_of(Reviewer), validators=[InputRequired(_l("Bitte wählen Sie eine Stelle."))]
    )
    asked_on = DateField(_l("Gefragt am"), validators=[InputRequired(A_DATE)])
    answer = RadioField(
        _l("Antwort"),
        choices=choices_of(Answer),
        default=Answer.OPEN.value,
        validators=[InputRequired(_l("Bitte wählen Sie die Antwort."))],
    )
    answered_on = DateField(_l("Antwort vom"), validators=[Optional()])

    def review(self) -> Review:
        """The form as the service takes it."""
        return Review(
            reviewer=Reviewer(self.reviewer.data),
            asked_on=self.asked_on.data,
            answer=Answer(self.answer.data),
            answered_on=self.answered_on.data,
        )
