"""Forms of people: sign-in, passwords, persons, assignments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, cast

from flask_babel import gettext
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    EmailField,
    Form,
    HiddenField,
    PasswordField,
    RadioField,
    SearchField,
    SelectField,
    StringField,
)
from wtforms.validators import InputRequired

from komma_tracker.access.rules import N_, Role
from komma_tracker.accounts.laender import Land
from komma_tracker.accounts.rules import PASSWORD_LEAST, Details, PeopleFilter, PersonState, Span, name_key
from komma_tracker.kit.context import MunicipalityChoice
from komma_tracker.kit.forms import BaseForm, DateField, choices_of
from komma_tracker.kit.messages import lazy as _l

NAME_MISSING = _l("Bitte geben Sie einen Namen an.")
EMAIL_MISSING = _l("Bitte geben Sie eine E-Mail-Adresse an.")
PASSWORD_MISSING = _l("Bitte geben Sie das Passwort an.")
PASSWORD_HINT = _l("Mindestens %(least)s Zeichen. Mehrere Wörter sind gut zu merken.", least=PASSWORD_LEAST)


class LoginForm(FlaskForm):
    """Sign-in. Whether the address is one plays no part: a wrong one is just unknown."""

    email = EmailField(_l("E-Mail-Adresse"), [InputRequired(EMAIL_MISSING)])
    password = PasswordField(_l("Passwort"), [InputRequired(PASSWORD_MISSING)])
    next = HiddenField()


class ForgotForm(FlaskForm):
    """Asking for a link to a new password."""

    email = EmailField(_l("E-Mail-Adresse"), [InputRequired(EMAIL_MISSING)])


class ChoosePasswordForm(BaseForm):
    """A first or a new password, by a one-time link."""

    password = PasswordField(_l("Neues Passwort"), [InputRequired(PASSWORD_MISSING)], description=PASSWORD_HINT)


class ChangePasswordForm(BaseForm):
    """Another password, by somebody who knows the present one."""

    current = PasswordField(_l("Jetziges Passwort"), [InputRequired(_l("Bitte geben Sie Ihr jetziges Passwort an."))])
    password = PasswordField(
        _l("Neues Passwort"), [InputRequired(_l("Bitte geben Sie das neue Passwort an."))], description=PASSWORD_HINT
    )


class WorkplaceForm(BaseForm):
    """In which Land somebody works."""

    land = SelectField(
        _l("Land, in dem die Person arbeitet"),
        choices=choices_of(sorted(Land, key=lambda land: name_key(land.label)), empty=N_("Keine Angabe")),
        description=_l("Seine Feiertage nennt der Kalender als Hinweis, wenn ein Termin geplant wird."),
    )

    @property
    def chosen_land(self) -> Land | None:
        """What was chosen."""
        return Land(self.land.data) if self.land.data else None


class PersonForm(WorkplaceForm):
    """Who somebody is, where they work, and what they may do."""

    name = StringField(_l("Name"), [InputRequired(NAME_MISSING)])
    email = EmailField(_l("E-Mail-Adresse"), [InputRequired(EMAIL_MISSING)])
    role = RadioField(_l("Rolle"), [InputRequired(_l("Bitte wählen Sie eine Rolle."))], choices=choices_of(Role))

    def details(self) -> Details:
        """What was filled in."""
        return Details(self.name.data or "", self.email.data or "", Role(self.role.data), self.chosen_land)


class NewPersonForm(PersonForm):
    """The same, with the first municipality."""

    municipality = SelectField(
        _l("Kommune"),
        description=_l("Ab heute. Andere Zeiträume und weitere Kommunen folgen danach."),
    )

    def __init__(self, municipalities: Sequence[MunicipalityChoice], **values: Any) -> None:
        super().__init__(**values)
        self.municipality.choices = [("", gettext("Keine")), *_choices(municipalities)]


class PeriodForm(BaseForm):
    """From when to when an assignment counts."""

    starts_on = DateField(_l("Von"), [InputRequired(_l("Bitte geben Sie den ersten Tag an."))])
    ends_on = DateField(_l("Bis einschließlich"), description=_l("Leer lassen, solange das Ende offen ist."))

    def span(self, municipality_id: int) -> Span:
        """What was filled in, for this municipality."""
        return Span(municipality_id, cast(date, self.starts_on.data), cast(date | None, self.ends_on.data))


class AssignmentForm(PeriodForm):
    """A further municipality for a person."""

    municipality = SelectField(_l("Kommune"), [InputRequired(_l("Bitte wählen Sie eine Kommune."))])

    def __init__(self, municipalities: Sequence[MunicipalityChoice], **values: Any) -> None:
        super().__init__(**values)
        self.municipality.choices = [("", gettext("Bitte wählen")), *_choices(municipalities)]


class InvitationsForm(BaseForm):
    """Whether somebody wants sessions by mail."""

    invitations = BooleanField(
        _l("Termine auch als Einladung per E-Mail"),
        description=_l(
            "E-Mails liegen auf fremden Servern. Von Terminen anonymer Kommunen stehen darin nur Art, Zeit und "
            "Deckname, von Coachings nur Kommune und Zeit."
        ),
    )


def invitations_form(*, wanted: bool) -> InvitationsForm:
    """The form on one's own account page, with what is known."""
    return InvitationsForm(formdata=None, data={"invitations": wanted})


def workplace_form(land: Land | None) -> WorkplaceForm:
    """The form on one's own account page, with what is known."""
    form = WorkplaceForm(formdata=None, data={"land": land.value if land else ""})
    form.land.label.text = gettext("Land, in dem Sie arbeiten")
    return form


def _choices(municipalities: Sequence[MunicipalityChoice]) -> list[tuple[str, str]]:
    return [(each.code, each.label) for each in municipalities]


class PeopleFilterForm(Form):
    """Which people the list shows."""

    text = SearchField(_l("Name oder E-Mail-Adresse"))
    role = SelectField(_l("Rolle"), choices=choices_of(Role, empty=N_("Alle")))
    state = SelectField(_l("Zustand"), choices=choices_of(PersonState, empty=N_("Alle")))

    def wanted(self) -> PeopleFilter:
        """What was asked for; a role or state that there is none of means all."""
        role, state = self.role.data, self.state.data
        return PeopleFilter(
            text=self.text.data or "",
            role=Role(role) if role in set(Role) else None,
            state=PersonState(state) if state in set(PersonState) else None,
        )
