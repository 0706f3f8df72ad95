"""Forms of contracts."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from flask_babel import gettext
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    Field,
    FieldList,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length, Optional

from komma_tracker.contracts.rules import (
    CARRIER,
    PROGRAMME_DAYS,
    PROGRAMME_PACKAGES,
    ContractState,
    CountingRules,
    Level,
    Rounding,
    ScopeKind,
    Terms,
    TravelPolicy,
)
from komma_tracker.contracts.service import Agreement, Package, Signatures, TermDraft
from komma_tracker.kit import parse
from komma_tracker.kit.forms import BaseForm, DateField, ParsedField, choices_of
from komma_tracker.kit.locale import current_locale
from komma_tracker.kit.messages import lazy as _l

SPARE_ROWS = 3
"""Empty rows for further work packages; whoever needs more saves and finds new ones."""
MOST_ROWS = 60
NUMBER_MISSING = InputRequired(_l("Bitte geben Sie eine ganze Zahl an."))
TERM_FIELDS = ("scope_kind", "units", "starts_on", "ends_on", "agreed_minutes", *CountingRules.__dataclass_fields__)


class DayCountField(ParsedField):
    """A number of days as an exact fraction: what a day is worth stands in another field of the same form."""

    message = _l("Bitte geben Sie die Tage als Zahl an, zum Beispiel 12,25.")

    def parse(self, text: str) -> Fraction:
        """Read what was typed. Raises ValueError."""
        days = parse.parse_decimal(text)
        if days < 0:
            raise ValueError(text)
        return days

    def show(self, value: Fraction) -> str:
        """Four decimals tell every minute of a day, so that saving unchanged changes nothing."""
        whole, rest = divmod(round(value * 10_000), 10_000)
        text = f"{whole}.{rest:04d}".rstrip("0").rstrip(".")
        return text.replace(".", ",") if current_locale() == "de" else text


class PackageForm(Form):
    """A row of the work packages; an empty one does not count, an emptied one is removed."""

    class Meta(FlaskForm.Meta):
        """Speaks the reader's language, as the form does that the row is part of; one token is enough for all."""

        csrf = False  # pyright: ignore[reportIncompatibleMethodOverride, reportAssignmentType] # plain in WTForms

    id = HiddenField()
    code = StringField(_l("Kürzel"), validators=[Length(max=12)])
    title = StringField(_l("Arbeitspaket"), validators=[Length(max=120)])
    days = DayCountField(_l("Geplante Tage"))

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed into this row."""
        return not any(str(field.data or "").strip() or field.errors for field in (self.code, self.title, self.days))

    def validate(self, extra_validators: Any = None) -> bool:
        """A row that has anything has all."""
        valid = super().validate(extra_validators)
        if self.is_empty:
            return valid
        for field in (self.code, self.title, self.days):
            if field.data in (None, "") and not field.errors:
                field.errors = [_l("Bitte füllen Sie alle drei Felder aus, oder leeren Sie die Zeile.")]
                valid = False
        return valid

    def package(self, per_day: int) -> Package:
        """The row as the service takes it."""
        number = self.id.data or ""
        return Package(
            id=int(number) if number.isascii() and number.isdigit() and len(number) < 10 else None,
            code=self.code.data or "",
            title=self.title.data or "",
            planned_minutes=parse.whole_minutes(self.days.data * per_day),
        )


class PackageRows(FieldList):
    """The rows, whose faults become one list that names them: so the summary above the form can show them."""

    def validate(self, form: Any, extra_validators: Any = ()) -> bool:
        """Check every row."""
        valid = super().validate(form, extra_validators)
        faults = [
            f"{row.form.code.data or gettext('Zeile %(number)s', number=number)}: {message}"
            for number, row in enumerate(self.entries, 1)
            for field in row.form
            for message in field.errors
        ]
        self.errors = list(dict.fromkeys(faults))
        return valid


class TermForm(BaseForm):
    """What a contract agrees and an amendment can change: scope, end, days, counting rules."""

    scope_kind = RadioField(
        _l("Geltungsbereich"),
        choices=choices_of(ScopeKind),
        validators=[InputRequired(_l("Bitte wählen Sie den Geltungsbereich."))],
    )
    units = TextAreaField(
        _l("Organisationseinheiten"),
        description=_l("Eine je Zeile, zum Beispiel „Dezernat II“"),
        validators=[Length(max=2000)],
    )
    ends_on = DateField(_l("Ende"), validators=[InputRequired(_l("Bitte geben Sie den letzten Tag an."))])
    agreed_minutes = DayCountField(
        _l("Vereinbarte Beratungstage"), validators=[InputRequired(_l("Bitte geben Sie die Tage an, zum Beispiel 80."))]
    )
    minutes_per_day = IntegerField(
        _l("Minuten je Beratungstag"), [NUMBER_MISSING], description=_l("480 sind 8 Stunden, 468 sind 7:48")
    )
    unit_minutes = IntegerField(_l("Kleinste Einheit in Minuten"), [NUMBER_MISSING])
    rounding = SelectField(_l("Rundung"), choices=choices_of(Rounding))
    counts_preparation = BooleanField(_l("Vor- und Nachbereitung und Berichte zählen"))
    travel_policy = SelectField(_l("Reisezeit"), choices=choices_of(TravelPolicy))
    min_onsite_minutes = IntegerField(
        _l("Mindestumfang vor Ort in Minuten"), [NUMBER_MISSING], description=_l("0 heißt: keiner")
    )
    daily_cap_minutes = IntegerField(
        _l("Tagesobergrenze in Minuten"), [NUMBER_MISSING], description=_l("Mehr zählt je Eintrag nicht")
    )
    late_cancellation_working_days = IntegerField(
        _l("Frist für Absagen in Arbeitstagen"), [NUMBER_MISSING], description=_l("Spätere gelten als kurzfristig")
    )
    late_cancellation_percent = IntegerField(
        _l("Anteil bei kurzfristiger Absage in Prozent"),
        [NUMBER_MISSING],
        description=_l("So viel der geplanten Zeit zählt, wenn die Kommune zu spät absagt"),
    )
    deemed_approval_working_days = IntegerField(
        _l("Als bestätigt geltend nach Arbeitstagen"),
        [NUMBER_MISSING],
        description=_l("So lange ohne Antwort auf den Monatsnachweis; 0 heißt: nie"),
    )

    def rules(self) -> CountingRules:
        """The counting rules that were typed."""
        values = {name: self[name].data for name in CountingRules.__dataclass_fields__}
        return CountingRules(
            **values
            | {"rounding": Rounding(values["rounding"]), "travel_policy": TravelPolicy(values["travel_policy"])}
        )

    def agreed(self, per_day: int) -> int:
        """The days that were typed, in minutes of which so many are a day."""
        return parse.whole_minutes(self.agreed_minutes.data * per_day)

    def scope_units(self) -> tuple[str, ...]:
        """The units that were typed, without empty lines."""
        return tuple(filter(None, (unit.strip() for unit in (self.units.data or "").splitlines())))


class ContractForm(TermForm):
    """Parties, scope, term, counting rules and work packages."""

    reference = StringField(
        _l("Aktenzeichen"),
        description=_l("Das Dokument selbst bleibt außerhalb der Anwendung"),
        validators=[Length(max=60)],
    )
    signatory_office = StringField(
        _l("Amt der unterzeichnenden Leitung"),
        description=_l("Zum Beispiel „Bürgermeister:in“ oder „Dezernent:in“"),
        validators=[Length(max=120)],
    )
    signatory_name = StringField(_l("Name der unterzeichnenden Leitung"), validators=[Length(max=120)])
    signatory_level = RadioField(_l("Sie ist"), choices=choices_of(Level), default=Level.WHOLE.value)
    carrier_label = StringField(
        _l("Projektträger"),
        description=_l("Name der Einrichtung, nicht einer Person"),
        validators=[Length(max=120)],
    )
    starts_on = DateField(_l("Beginn"), validators=[InputRequired(_l("Bitte geben Sie den ersten Tag an."))])
    packages = PackageRows(FormField(PackageForm), _l("Arbeitspakete"), max_entries=MOST_ROWS)

    per_day = 480
    """Minutes of a day while the field that says so is not part of the form."""

    def agreement(self) -> Agreement:
        """Who, for whom and what for, as the service takes it."""
        per_day = self.minutes_per_day.data if "minutes_per_day" in self else self.per_day
        rows = [row.form for row in self.packages if not row.form.is_empty]
        return Agreement(
            reference=self.reference.data or "",
            signatory_name=self.signatory_name.data or "",
            signatory_office=self.signatory_office.data or "",
            signatory_level=Level(self.signatory_level.data),
            carrier_label=self.carrier_label.data or "",
            packages=tuple(row.package(per_day or self.per_day) for row in rows),
        )

    def term(self) -> TermDraft | None:
        """What is agreed, as the service takes it; None where that is fixed."""
        if "starts_on" not in self:
            return None
        rules = self.rules()
        return TermDraft(
            starts_on=self.starts_on.data,
            ends_on=self.ends_on.data,
            agreed_minutes=self.agreed(rules.minutes_per_day),
            scope_kind=ScopeKind(self.scope_kind.data),
            units=self.scope_units(),
            rules=rules,
        )

    def fix_term(self) -> None:
        """Take out of the form what only an amendment can change."""
        for name in TERM_FIELDS:
            del self[name]


class MoveForm(BaseForm):
    """The next state of a contract, and the dates that are on paper."""

    target = StringField()
    signed_by_municipality_on = DateField(_l("Unterschrift der Kommune am"), validators=[Optional()])
    signed_by_carrier_on = DateField(_l("Unterschrift des Projektträgers am"), validators=[Optional()])

    def validate_target(self, field: Field) -> None:
        """Only states that there are."""
        if field.data not in set(ContractState):
            raise ValidationError(_l("Bitte wählen Sie den nächsten Stand."))

    def signatures(self) -> Signatures:
        """The dates as the service takes them."""
        return Signatures(
            signed_by_municipality_on=self.signed_by_municipality_on.data,
            signed_by_carrier_on=self.signed_by_carrier_on.data,
        )


def draft_form() -> ContractForm:
    """A new contract as the programme proposes it: 80 days in seven work packages."""
    rows = [{"code": code, "title": title, "days": Fraction(days)} for code, title, days in PROGRAMME_PACKAGES]
    rules = CountingRules()
    proposed = {name: getattr(rules, name) for name in CountingRules.__dataclass_fields__}
    proposed |= {
        "agreed_minutes": Fraction(PROGRAMME_DAYS),
        "scope_kind": ScopeKind.WHOLE.value,
        "carrier_label": CARRIER,
    }
    return ContractForm(data={**proposed, "packages": [*rows, *_spare()]})


def contract_form(
    agreement: Agreement, term: TermDraft, *, fixed: bool, version: int, stored: bool = False
) -> ContractForm:
    """A contract to be corrected; `stored` leaves out what was typed: the other side of a clash."""
    per_day = term.rules.minutes_per_day
    rows = [
        {"id": str(each.id), "code": each.code, "title": each.title, "days": Fraction(each.planned_minutes, per_day)}
        for each in agreement.packages
    ]
    values = vars(agreement) | vars(term) | vars(term.rules)
    values |= {
        "units": "\n".join(term.units),
        "agreed_minutes": Fraction(term.agreed_minutes, per_day),
        "packages": [*rows, *_spare()],
        "version": str(version),
    }
    form = ContractForm(formdata=None, data=values) if stored else ContractForm(data=values)
    form.per_day = per_day
    if fixed:
        form.fix_term()
    return form


def move_form(terms: Terms) -> MoveForm:
    """The dates known so far."""
    return MoveForm(
        data={
            "signed_by_municipality_on": terms.signed_by_municipality_on,
            "signed_by_carrier_on": terms.signed_by_carrier_on,
        }
    )


def _spare() -> list[dict[str, Any]]:
    return [{} for _ in range(SPARE_ROWS)]
