"""Forms of exchange: the file, and the confirmation of what it would do."""

from __future__ import annotations

from flask_babel import gettext
from flask_wtf.file import FileField, FileRequired
from wtforms import HiddenField, SelectField
from wtforms.validators import Optional

from komma_tracker.access.rules import Permission, Viewer, may
from komma_tracker.contracts.queries import municipalities_for_logging
from komma_tracker.db import Session
from komma_tracker.kit.forms import BaseForm
from komma_tracker.kit.messages import lazy as _l


class UploadForm(BaseForm):
    """A file with days, and for whom where the file itself does not say."""

    file = FileField(
        _l("Datei"),
        description=_l("CSV oder XLSX, höchstens 20 MB. Die erste Zeile nennt die Spalten."),
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
