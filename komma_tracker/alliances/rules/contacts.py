"""How contacts are named: by their function (domain 1.2k)."""

from __future__ import annotations

import re

from komma_tracker.access.rules import N_, Invalid

_PERSON = re.compile(r"\b(?:herr|herrn|frau|hr|fr|mr|mrs|ms)\b\.?\s+\w|@|\d[\d\s/()-]{5,}\d", re.IGNORECASE)
"""How a person's name is announced, a mail address, a number to call."""


def check_function(text: str) -> None:
    """Raise Invalid where a contact is more than a function: it is named by its task, and never by its name.

    >>> check_function("Kontaktbeamt:in für interkulturelle Angelegenheiten")
    """
    if _PERSON.search(text):
        raise Invalid(
            "contact_function",
            N_("Bitte nur die Funktion angeben, zum Beispiel „Leitung Staatsschutz“: keine Namen, Adressen, Nummern."),
        )
