"""A gallery of every macro in every state, with made-up data: to look at while the look is worked on, and for tests.

python -m tests.support.gallery 8110
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, flash, render_template, session
from flask_babel import Babel
from flask_wtf import CSRFProtect
from wtforms import (
    BooleanField,
    EmailField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # pyright: ignore[reportAttributeAccessIssue]: stubs of 3.2
from wtforms.validators import InputRequired

from komma_tracker.kit.forms import BaseForm, DateField, TimeField
from komma_tracker.kit.locale import current_locale
from komma_tracker.web import headers, templating
from komma_tracker.web.navigation import NavItem

ROOT = Path(__file__).parents[2]
START, END, TODAY, AGREED = date(2025, 10, 1), date(2027, 9, 30), date(2026, 11, 22), 80 * 480
WORKED = (
    (13, 480), (27, 480), (42, 960), (63, 720), (111, 960), (132, 1440), (154, 960), (174, 1440), (202, 1200),
    (223, 1440), (251, 1920), (272, 960), (286, 720), (342, 1920), (363, 1440), (377, 1440), (399, 1440), (412, 960),
)  # fmt: skip


@dataclass(frozen=True)
class Left:
    """A point of a burn-down."""

    on: date
    remaining: int


@dataclass(frozen=True)
class Outlook:
    """A forecast, in minutes used by the end."""

    agreed: int
    expected: int
    low: int
    high: int


def series(worked: Sequence[tuple[int, int]], *, factor: int = 1, until: date = TODAY) -> list[Left]:
    """What was left after each day of work; `worked` counts days from the start of the term."""
    points, left = [Left(START, AGREED)], AGREED
    for offset, minutes in worked:
        left -= factor * minutes
        points.append(Left(START + timedelta(days=offset), left))
    return [*points, Left(until, left)]


PLAN = [Left(START, AGREED), Left(END, 0)]
CHARTS: dict[str, dict[str, Any]] = {
    "im-plan": {"series": series(WORKED), "outlook": Outlook(AGREED, 38000, 34500, 42100)},
    "ueberzogen": {"series": series(WORKED, factor=2), "outlook": Outlook(AGREED, 56000, 50000, 61000)},
    "anfang": {"series": series(WORKED[:1], until=START + timedelta(days=20)), "today": START + timedelta(days=20)},
    "leer": {"series": [Left(START, AGREED), Left(TODAY, AGREED)], "outlook": Outlook(AGREED, 2400, 0, 4800)},
    "vor-beginn": {"series": [], "today": START - timedelta(days=30)},
    "beendet": {"series": series(WORKED, until=END + timedelta(days=90)), "today": END + timedelta(days=90)},
}


class SampleForm(BaseForm):
    """One field of each kind."""

    municipality = SelectField(
        "Kommune",
        choices=[
            SelectChoice("", "Bitte wählen"),
            SelectChoice("K01", "Bad Musterau"),
            SelectChoice("K07", "Kommune 07"),
        ],
    )
    on = DateField("Datum", validators=[InputRequired("Bitte geben Sie ein Datum an, zum Beispiel 22.11.2026.")])
    begins = TimeField("Beginn", description="Ortszeit")
    amount = RadioField(
        "Umfang",
        choices=[
            SelectChoice("120", "¼ Tag"),
            SelectChoice("240", "½ Tag"),
            SelectChoice("360", "¾ Tag"),
            SelectChoice("480", "1 Tag"),
            SelectChoice("", "anders"),
        ],
        default="480",
        validators=[InputRequired("Bitte wählen Sie den Umfang.")],
    )
    mode = RadioField(
        "Form",
        choices=[
            SelectChoice("on_site", "vor Ort"),
            SelectChoice("online", "online"),
            SelectChoice("phone", "telefonisch"),
        ],
    )
    people = SelectMultipleField(
        "Beratungspersonen",
        choices=[SelectChoice("a", "Beratung A"), SelectChoice("b", "Beratung B"), SelectChoice("c", "Beratung C")],
    )
    email = EmailField("E-Mail-Adresse", validators=[InputRequired("Bitte geben Sie Ihre E-Mail-Adresse an.")])
    title = StringField("Titel", validators=[InputRequired("Bitte geben Sie einen Titel an.")])
    note = TextAreaField("Notiz für den Nachweis", description="Keine Angaben zu Personen oder Vorfällen.")
    confidential = BooleanField("Vertraulich behandeln", description="Die Kommune sieht nur die Tage.")
    hidden = HiddenField(default="x")


def create_gallery(user: str = "Beratung A") -> Flask:
    """A small application that shows the templates without database or sign-in."""
    app = Flask("gallery", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "komma_tracker/static"))
    app.config.update(SECRET_KEY="gallery", TESTING=True)
    Babel(
        app,
        default_locale="de",
        locale_selector=current_locale,
        default_translation_directories=str(ROOT / "komma_tracker/translations"),
    )
    CSRFProtect(app)
    templating.init_app(app)
    headers.init_app(app)
    items = [
        NavItem(label, f"/{n}", n == 0)
        for n, label in enumerate(
            ("Heute", "Überblick", "Programm", "Kommunen", "Beratungstage", "Kalender", "Personen")
        )
    ]
    app.jinja_env.globals.update(nav_items=lambda: items, current_user_label=lambda: user)
    _stand_ins(app)
    app.register_blueprint(_pages())
    return app


def _stand_ins(app: Flask) -> None:
    """The endpoints that the frame of a page links to."""
    app.add_url_rule("/start", "web.home", lambda: "")
    app.add_url_rule("/language", "web.language", lambda: "", methods=["POST"])
    app.add_url_rule("/account", "accounts.account", lambda: "")
    app.add_url_rule("/logout", "accounts.logout", lambda: "", methods=["POST"])


def _pages() -> Blueprint:
    pages = Blueprint("gallery", __name__, template_folder="gallery_templates")
    pages.add_url_rule("/", "parts", lambda: render_template("gallery/parts.html", **PARTS))
    pages.add_url_rule(
        "/charts", "charts", lambda: render_template("gallery/diagrams.html", charts_data=CHARTS, **PARTS)
    )
    pages.add_url_rule("/form", "form", _form)
    pages.add_url_rule("/form/errors", "form_errors", lambda: _form(broken=True))
    pages.add_url_rule("/calendar", "calendar", lambda: render_template("gallery/calendar.html", **PARTS))
    pages.add_url_rule(
        "/error/<int:status>", "error", lambda status: render_template(f"errors/{status}.html", message=None)
    )
    pages.add_url_rule("/en", "english", _english)
    return pages


def _form(broken: bool = False) -> str:
    form = SampleForm(formdata=None)
    if broken:
        flash("Ihre Eingaben sind noch da.", "warning")
        for field in form:
            if field.name not in ("csrf_token", "request_key", "version", "hidden", "municipality"):
                field.errors = [f"Bitte prüfen Sie „{field.label.text}“."]
        form.form_errors.append("Ende und Beginn passen nicht zusammen.")
    return render_template("gallery/form.html", form=form)


def _english() -> str:
    session["locale"] = "en"
    flash("Tag gespeichert.", "success")
    return render_template("gallery/parts.html", **PARTS)


PARTS: dict[str, Any] = {
    "start": START,
    "end": END,
    "today": TODAY,
    "plan": PLAN,
    "agreed": AGREED,
    "budgets": [
        ("Bad Musterau", 20880, 2880, AGREED, 0.57, "green"),
        ("Landkreis Oberes Lindental", 34560, 1440, AGREED, 0.61, "yellow"),
        ("Kommune 07", 42240, 960, AGREED, 0.92, "red"),
        ("Beispielstadt", 1920, 0, AGREED, 0.45, "blue"),
        ("Neukirchlein", 0, 0, AGREED, 0.0, "green"),
    ],
    "packages": [
        ("AP0 Steuerung und Abstimmung", 3840, 3360),
        ("AP1 Bedarfsanalyse", 4800, 5280),
        ("AP2 Allianz aufbauen", 9600, 6000),
        ("AP3 Trainings", 12000, 4800),
        ("AP4 Coaching", 8160, 1440),
    ],
    "months": [
        (date(2026, month, 1), minutes)
        for month, minutes in enumerate((960, 1440, 2400, 1200, 1440, 2880, 720, 0, 3360, 1440, 2400), 1)
    ],
    "holidays": {date(2026, 11, 1): "holiday", date(2026, 11, 18): "gap"},
    "links": {date(2026, 11, 1) + timedelta(days=n): f"/entries/new?on=2026-11-{n + 1:02d}" for n in range(30)},
    "page_url": "/?page={}".format,
}


if __name__ == "__main__":
    create_gallery().run(port=int(sys.argv[1]) if len(sys.argv) > 1 else 8110)
