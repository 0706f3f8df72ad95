"""Forms of amendments."""

from __future__ import annotations

from fractions import Fraction

from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from komma_tracker.contracts.amending import Draft
from komma_tracker.contracts.forms import TermForm
from komma_tracker.contracts.rules import Amended, ScopeKind, Terms
from komma_tracker.kit.forms import BaseForm, DateField
from komma_tracker.kit.messages import lazy as _l


class AmendmentForm(TermForm):
    """What shall hold from a day on; everything is filled in as it is agreed, so that only changes are typed."""

    effective_from = DateField(
        _l("Wirksam ab"), validators=[InputRequired(_l("Bitte geben Sie an, ab wann der Nachtrag gilt."))]
    )
    reason = TextAreaField(
        _l("Grund"),
        description=_l("Die Kommune liest ihn mit"),
        validators=[InputRequired(_l("Bitte geben Sie den Grund an.")), Length(max=2000)],
    )
    reference = StringField(_l("Aktenzeichen des Nachtrags"), validators=[Length(max=60)])

    per_day: int
    """Minutes of a day in the contract's budget: what the amendment itself says of a day does not change them."""

    def draft(self) -> Draft:
        """The amendment as the service takes it."""
        kind = ScopeKind(self.scope_kind.data)
        amended = Amended(
            effective_from=self.effective_from.data,
            ends_on=self.ends_on.data,
            agreed_minutes=self.agreed(self.per_day),
            scope_kind=kind,
            units=self.scope_units() if kind is ScopeKind.UNITS else (),
            rules=self.rules(),
        )
        return Draft(amended=amended, reason=self.reason.data or "", reference=self.reference.data or "")


class SignatureForm(BaseForm):
    """The dates that are on paper."""

    signed_by_municipality_on = DateField(_l("Unterschrift der Kommune am"), validators=[Optional()])
    signed_by_carrier_on = DateField(_l("Unterschrift des Projektträgers am"), validators=[Optional()])


def amendment_form(
    terms: Terms,
    *,
    per_day: int,
    version: int,
    draft: bool,
    reason: str = "",
    reference: str = "",
    stored: bool = False,
) -> AmendmentForm:
    """What is agreed, or drafted already, to be changed; `stored` leaves out what was typed: one side of a clash."""
    values = vars(terms) | vars(terms.rules)
    values |= {
        "effective_from": terms.effective_from if draft else None,
        "units": "\n".join(terms.units),
        "agreed_minutes": Fraction(terms.agreed_minutes, per_day),
        "reason": reason,
        "reference": reference,
        "version": str(version),
    }
    form = AmendmentForm(formdata=None, data=values) if stored else AmendmentForm(data=values)
    form.per_day = per_day
    return form


def signature_form(terms: Terms, *, version: int) -> SignatureForm:
    """The signatures known so far."""
    return SignatureForm(data=vars(terms) | {"version": str(version)})
