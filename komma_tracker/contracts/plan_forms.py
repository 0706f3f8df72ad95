"""Forms of work packages: the plan by calendar year, moves of days from one to another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from wtforms import BooleanField, Field, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from komma_tracker.contracts.queries import PackagePlan
from komma_tracker.kit.forms import BaseForm, DaysField
from komma_tracker.kit.messages import lazy as _l


class PlannedDays(DaysField):
    """Days planned for a package in a year: none is as good as nothing, less than none is not."""

    def parse(self, text: str) -> int:
        minutes = super().parse(text)
        if minutes < 0:
            raise ValueError(text)
        return minutes


class YearsForm(BaseForm):
    """A grid of packages by calendar years; `cells` finds its fields."""

    def cells(self, package: int, years: Iterable[int]) -> Iterator[Field]:
        """The fields of one package."""
        return (self[_name(package, year)] for year in years)

    def total(self, *, plans: Sequence[PackagePlan], years: Sequence[int]) -> int:
        """What stands in these fields together, in minutes."""
        return sum(self.plan(plans, years).values())

    def plan(self, plans: Sequence[PackagePlan], years: Sequence[int]) -> dict[tuple[int, int], int]:
        """Minutes by package and year, where there are any."""
        typed = {(plan.id, year): self[_name(plan.id, year)].data for plan in plans for year in years}
        return {key: minutes for key, minutes in typed.items() if minutes}


def years_form(
    plans: Sequence[PackagePlan], years: Sequence[int], *, per_day: int, version: int, stored: bool = False
) -> YearsForm:
    """The grid as it is planned; `stored` leaves out what was typed: the other side of a clash."""
    fields: dict[str, Any] = {
        _name(plan.id, year): PlannedDays(f"{plan.code} {year}", [Optional()], per_day=per_day)
        for plan in plans
        for year in years
    }
    values = {_name(plan.id, year): minutes for plan in plans for year, minutes in plan.years.items()}
    form: type[YearsForm] = type("PlanOfYears", (YearsForm,), fields)
    given: Mapping[str, Any] = values | {"version": str(version)}
    return form(formdata=None, data=given) if stored else form(data=given)


def _name(package: int, year: int) -> str:
    return f"p{package}_{year}"


class ReallocationForm(BaseForm):
    """From which package to which, how much, and why."""

    source = SelectField(_l("Von"), validators=[InputRequired(_l("Bitte wählen Sie ein Arbeitspaket."))])
    target = SelectField(_l("Nach"), validators=[InputRequired(_l("Bitte wählen Sie ein Arbeitspaket."))])
    year = SelectField(_l("Kalenderjahr"), coerce=int)
    minutes: PlannedDays
    reason = TextAreaField(
        _l("Grund"),
        description=_l("Die Kommune liest ihn mit"),
        validators=[InputRequired(_l("Bitte geben Sie den Grund an.")), Length(max=2000)],
    )
    confirmed = BooleanField(_l("Auch wenn dann weniger geplant ist, als schon verbraucht wurde"))


def reallocation_form(
    plans: Sequence[PackagePlan], years: Sequence[int], *, this_year: int, per_day: int
) -> ReallocationForm:
    """An empty form for the packages of a contract whose days have so many minutes.

    It asks for one of the years planned, else of the contract's `years`; this one, or the nearest.
    """

    class OfContract(ReallocationForm):
        """Days as long as this contract's."""

        minutes = PlannedDays(
            _l("Tage"), [InputRequired(_l("Bitte geben Sie die Tage an, zum Beispiel 2,5."))], per_day=per_day
        )

    choices = sorted({year for plan in plans for year in plan.years}) or years
    form = OfContract(data={"year": min(choices, key=lambda year: abs(year - this_year))})
    form.year.choices = [(year, str(year)) for year in choices]
    form.source.choices = form.target.choices = {"": "–"} | {plan.code: f"{plan.code} {plan.title}" for plan in plans}
    return form


class DecisionForm(BaseForm):
    """Yes or no to what waits for the lead."""

    decision = StringField()
    confirmed = BooleanField()

    @property
    def grants(self) -> bool:
        """Whether it is a yes; everything else is none."""
        return self.decision.data == "grant"
