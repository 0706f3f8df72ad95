"""Forms of exchange: the file, its columns and names, and the confirmation of what it would do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from flask_babel import gettext
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, HiddenField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from komma_tracker.access.rules import N_, Permission, Viewer, may
from komma_tracker.contracts.queries import municipalities_for_logging
from komma_tracker.db import Session
from komma_tracker.exchange.names import ELSEWHERE, Key
from komma_tracker.exchange.rules import DateOrder, Field, NameKind, column_letters
from komma_tracker.exchange.service.asking import WORDS, Question
from komma_tracker.kit.forms import BaseForm, choices_of
from komma_tracker.kit.messages import lazy as _l


class UploadForm(BaseForm):
    """A file with days, and for whom where the file itself does not say."""

    file = FileField(
        _l("Datei"),
        description=_l("CSV, XLSX oder JSON, höchstens 20 MB. Die erste Zeile nennt die Spalten."),
        validators=[FileRequired(_l("Bitte wählen Sie eine Datei."))],
    )
    municipality = SelectField(
        _l("Kommune"),
        description=_l("Nur nötig, wenn die Datei keine Spalte „Kommune“ hat."),
        validators=[Optional()],
    )

    ids: dict[str, int]

    @property
    def municipality_id(self) -> int | None:
        """The municipality chosen, if any."""
        return self.ids.get(self.municipality.data or "")


class ConfirmForm(BaseForm):
    """Books what the preview has shown, and nothing else."""

    seen = HiddenField()
    doubles = HiddenField()
    reason = StringField(
        _l("Warum kommen diese Tage erst jetzt?"),
        description=_l("Steht bei jedem nachgemeldeten Eintrag im Leistungsnachweis."),
        validators=[Length(max=500)],
    )
    long_days = BooleanField(
        _l("Die Tage waren so lang"),
        description=_l("An einem Tag erlaubt das Arbeitszeitgesetz höchstens 10 Stunden."),
    )


def upload_form(session: Session, viewer: Viewer) -> UploadForm:
    """An empty form, with the municipalities for which this person may import."""
    form = UploadForm()
    places = [
        place
        for place in municipalities_for_logging(session, viewer)
        if may(viewer, Permission.ENTRY_IMPORT, place.municipality_id)
    ]
    form.ids = {place.code: place.municipality_id for place in places}
    form.municipality.choices = [("", gettext("steht in der Datei"))]
    form.municipality.choices += [(place.code, f"{place.code} · {place.label}") for place in places]
    return form


MATCHED: Sequence[Field] = (
    Field.DATE,
    Field.AMOUNT,
    Field.MUNICIPALITY,
    Field.CONSULTANT,
    Field.ACTIVITY,
    Field.WORK_PACKAGE,
    Field.MODE,
    Field.NOTE,
    Field.INTERNAL_NOTE,
    Field.START_TIME,
    Field.END_TIME,
)
"""What the columns of any sheet can be matched to; the amount has a unit beside it."""

UNITS = (Field.HOURS, Field.MINUTES, Field.DAYS, Field.SECONDS)


class ColumnsForm(BaseForm):
    """In which column each field stands: one choice a field, by the column's number."""

    unit = SelectField(_l("Einheit des Umfangs"), choices=choices_of(UNITS), default=Field.HOURS.value)

    def places(self) -> dict[str, int]:
        """The column of each field that has one."""
        chosen = {field: self[field.value].data for field in MATCHED if self[field.value].data}
        amount = {Field.AMOUNT: Field(self.unit.data or Field.HOURS)}
        return {amount.get(field, field).value: int(column) for field, column in chosen.items()}

    def validate_date(self, field: Any) -> None:
        """There is no entry without a date."""
        if not field.data:
            raise ValidationError(gettext("Bitte wählen Sie die Spalte mit dem Datum."))

    def validate_amount(self, field: Any) -> None:
        """Nor without an amount, or a beginning and an end."""
        if not field.data and not (self[Field.START_TIME.value].data and self[Field.END_TIME.value].data):
            raise ValidationError(gettext("Bitte wählen Sie die Spalte mit dem Umfang, oder Beginn und Ende."))


def columns_form(headings: Sequence[str], positions: Mapping[Field, int]) -> ColumnsForm:
    """A form for a sheet with these headings; `positions` are what is known already."""
    choices = {"": gettext("nicht vorhanden")}
    choices |= {str(place): f"{column_letters(place)} · {name or '–'}" for place, name in enumerate(headings)}
    unit = next((field for field in UNITS if field in positions), Field.HOURS)
    fields = {
        field.value: SelectField(gettext("Umfang") if field is Field.AMOUNT else gettext(field.label), choices=choices)
        for field in MATCHED
    }
    known = {field.value: str(place) for field, place in positions.items() if field in MATCHED}
    if unit in positions:
        known[Field.AMOUNT.value] = str(positions[unit])
    form = type("SheetForm", (ColumnsForm,), fields)
    return form(data={**known, "unit": unit.value})


class NamesForm(BaseForm):
    """For what each name of a file stands: one choice a name, called by its token."""

    order = SelectField(
        _l("Wie ist das Datum geschrieben?"),
        description=_l("In dieser Datei lässt sich beides lesen."),
        choices=choices_of(DateOrder, empty=N_("bitte wählen")),
        validators=[InputRequired(_l("Bitte wählen Sie, was zuerst steht: der Tag oder der Monat."))],
    )
    remember = BooleanField(
        _l("Für die nächste Datei merken"),
        description=_l("Was für eine Kommune steht, sehen nur Personen, die ihren Namen kennen dürfen."),
        default=True,
    )

    asked: Sequence[Question]

    def values(self) -> dict[Key, str]:
        """The answers."""
        return {each.name.key: self[each.name.token].data or "" for each in self.asked}

    def groups(self) -> list[tuple[NameKind, list[Question]]]:
        """The questions by what they are about."""
        return [(kind, list(some)) for kind, some in groupby(self.asked, key=lambda each: each.name.kind)]

    @property
    def date_order(self) -> DateOrder | None:
        """The order of day and month that was chosen."""
        return DateOrder(self["order"].data) if "order" in self else None


def names_form(asked_for: Sequence[Question], *, order_is_open: bool, order: DateOrder | None) -> NamesForm:
    """A form with a choice for each name, set to what is likely."""
    fields: dict[str, Any] = {each.name.token: _name_field(each) for each in asked_for}
    if not order_is_open:
        fields["order"] = None
    form = type("FileForm", (NamesForm,), fields)(data={"order": order.value if order else "", "remember": True})
    form.asked = asked_for
    return form


def _name_field(question: Question) -> SelectField:
    translated = question.name.kind in WORDS
    choices = {"": gettext("bitte wählen")}
    choices |= {each.value: gettext(each.label) if translated else each.label for each in question.targets}
    if question.may_be_none:
        is_package = question.name.kind is NameKind.WORK_PACKAGE
        choices[ELSEWHERE] = gettext("kein Arbeitspaket") if is_package else gettext("gehört nicht hierher, auslassen")
    text = question.name.text or gettext("ohne Angabe")
    message = gettext("Bitte wählen Sie, wofür „%(name)s“ steht.", name=text)
    value = question.proposal.value
    default = value if value in choices else ""
    return SelectField(text, choices=choices, default=default, validators=[InputRequired(message)])
