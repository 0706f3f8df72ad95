"""Forms of municipalities."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any

from flask_babel import gettext
from wtforms import BooleanField, Field, Form, RadioField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length, Optional

from komma_tracker.access.rules import N_, Invalid
from komma_tracker.accounts.rules import normalise_email
from komma_tracker.kit import formats
from komma_tracker.kit.forms import BaseForm, ParsedField, choices_of
from komma_tracker.kit.locale import current_locale
from komma_tracker.kit.messages import lazy as _l
from komma_tracker.kit.messages import message_of
from komma_tracker.municipalities.register import Unit
from komma_tracker.municipalities.rules import (
    VISIBILITY_EXPLANATIONS,
    Kind,
    Land,
    Visibility,
    alias,
    code,
    full_name,
    sort_key,
)
from komma_tracker.municipalities.service import Profile

_GROUPED = re.compile(r"\d{1,9}|\d{1,3}(?:[.,\s]\d{3}){1,2}")


def _visibilities() -> Any:
    return {each.value: gettext(VISIBILITY_EXPLANATIONS[each]) for each in Visibility}


class PopulationField(ParsedField):
    """A number of inhabitants, with or without grouped thousands."""

    message = _l("Bitte geben Sie eine ganze Zahl an, zum Beispiel 38.000.")

    def parse(self, text: str) -> int:
        """Read what was typed. Raises ValueError."""
        if not _GROUPED.fullmatch(text):
            raise ValueError(text)
        return int(re.sub(r"\D", "", text))

    def show(self, value: int) -> str:
        """The number with grouped thousands, in the reader's form."""
        return formats.number(value, current_locale())


class MunicipalityForm(BaseForm):
    """Who a municipality is, who may know it, and where it has holidays of its own."""

    name = StringField(
        _l("Name"), validators=[InputRequired(_l("Bitte geben Sie den Namen der Kommune an.")), Length(max=120)]
    )
    kind = SelectField(
        _l("Art"),
        choices=choices_of(Kind, empty=N_("Bitte wählen")),
        validators=[InputRequired(_l("Bitte wählen Sie die Art der Kommune."))],
    )
    land = SelectField(
        _l("Land"),
        choices=choices_of(sorted(Land, key=lambda land: sort_key(land.label)), empty=N_("Bitte wählen")),
        validators=[InputRequired(_l("Bitte wählen Sie das Land."))],
    )
    district = StringField(
        _l("Kreis"),
        description=_l("Bei Städten und Gemeinden in einem Kreis"),
        validators=[Length(max=120)],
    )
    population = PopulationField(_l("Einwohnerzahl"), validators=[Optional()])
    key = StringField(
        _l("Amtlicher Schlüssel"),
        description=_l("8 Ziffern, beim Landkreis 5; Bezirke und Gemeindeverbände haben keinen"),
        validators=[Length(max=20)],
    )
    code = StringField(
        _l("Kürzel"),
        description=_l("Steht in Adressen von Seiten und bleibt, wie es ist"),
        validators=[InputRequired(_l("Bitte geben Sie ein Kürzel an, zum Beispiel K07.")), Length(max=7)],
    )
    alias = StringField(
        _l("Deckname"),
        description=_l("Steht für den Namen, wo dieser nicht bekannt werden darf; bitte nichts, was ihn errät"),
        validators=[
            InputRequired(_l("Bitte geben Sie einen Decknamen an.")),
            Length(max=40),
        ],
    )
    visibility = RadioField(
        _l("Sichtbarkeit"),
        choices=_visibilities,
        validators=[InputRequired(_l("Bitte wählen Sie, wer den Namen kennen darf."))],
    )
    threatened = BooleanField(
        _l("Gefährdungslage"),
        description=_l(
            "Verbirgt Ort, Raum und Einwahl in allen Kalendern, in denen Termine dieser Kommune stehen. "
            "Bitte nirgends Angaben zu Personen oder Vorfällen."
        ),
    )
    address = TextAreaField(_l("Anschrift"), validators=[Length(max=500)])
    contact_name = StringField(
        _l("Ansprechperson"),
        description=_l("Die Funktion genügt, zum Beispiel „Integrationsbeauftragte:r“"),
        validators=[Length(max=120)],
    )
    contact_email = StringField(_l("E-Mail-Adresse der Ansprechperson"), validators=[Length(max=254)])
    contact_phone = StringField(_l("Telefonnummer der Ansprechperson"), validators=[Length(max=60)])
    catholic_holidays = BooleanField(
        _l("Überwiegend katholisch"),
        description=_l("Feiertage nur dort: Mariä Himmelfahrt in Bayern, Fronleichnam in Sachsen und Thüringen"),
    )
    augsburg_holiday = BooleanField(
        _l("Augsburger Friedensfest"), description=_l("Feiertag am 8. August im Stadtgebiet Augsburg")
    )
    local_holidays = TextAreaField(
        _l("Weitere örtliche Feiertage"),
        description=_l("Je Zeile einer: „08.08. Stadtfest“ gilt jedes Jahr, „05.06.2026 Jubiläum“ nur an diesem Tag"),
        validators=[Length(max=4000)],
    )

    def validate_contact_email(self, field: Field) -> None:
        """An address, where one is given."""
        if not (field.data or "").strip():
            return
        try:
            field.data = normalise_email(field.data)
        except Invalid as error:
            raise ValidationError(message_of(error)) from error

    def profile(self) -> Profile:
        """What was typed, as the service takes it."""
        return Profile(
            alias=self.alias.data or "",
            visibility=Visibility(self.visibility.data),
            threatened=bool(self.threatened.data),
            name=self.name.data or "",
            kind=Kind(self.kind.data),
            land=Land(self.land.data),
            district=self.district.data,
            population=self.population.data,
            official_key=self.key.data,
            address=self.address.data,
            contact_name=self.contact_name.data,
            contact_email=self.contact_email.data,
            contact_phone=self.contact_phone.data,
            catholic_holidays=bool(self.catholic_holidays.data),
            augsburg_holiday=bool(self.augsburg_holiday.data),
            local_holidays=self.local_holidays.data,
        )


class SearchForm(Form):
    """A search in the official register."""

    q = StringField(_l("Name der Kommune"), validators=[Length(max=100)])


def new_form(number: int, unit: Unit | None) -> MunicipalityForm:
    """An empty form that proposes a free number, filled in with what the register knows of a unit."""
    proposed = {"code": code(number), "alias": alias(number), "visibility": Visibility.NETWORK.value}
    known = {**asdict(unit), "name": full_name(unit.name, unit.kind, unit.land)} if unit else {}
    return MunicipalityForm(data=known | proposed)


def edit_form(profile: Profile, version: int) -> MunicipalityForm:
    """A form with what is known; the code is not among it, since addresses of pages rely on it."""
    form = MunicipalityForm(obj=profile, data={"key": profile.official_key, "version": str(version)})
    del form.code
    return form


def stored_form(profile: Profile) -> MunicipalityForm:
    """The same with what is stored, whatever was typed: the other side of a clash."""
    form = MunicipalityForm(formdata=None, obj=profile, data={"key": profile.official_key})
    del form.code
    return form
