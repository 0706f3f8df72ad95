"""The check of translations finds what is missing, doubtful, different or not compiled."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from tools import translations


@pytest.fixture(autouse=True)
def project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A project with four messages in Python and in a template."""
    (tmp_path / "komma_tracker").mkdir()
    (tmp_path / "komma_tracker" / "views.py").write_text(
        'raise Invalid(N_("Bis %(date)s"))\n_("Tag")\n_("Zu %(share)s %%")\n'
    )
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text('{{ ngettext("%(num)s Tag", "%(num)s Tage", days) }}')
    monkeypatch.setattr(translations, "ROOT", tmp_path)
    monkeypatch.setattr(translations, "PO", tmp_path / "messages.po")
    monkeypatch.setattr(translations, "MO", tmp_path / "messages.mo")
    return tmp_path


def write(**changes: str) -> None:
    """A complete catalogue, but for these changes."""
    words = {"Tag": "Day", "Bis %(date)s": "Until %(date)s", "Zu %(share)s %%": "At %(share)s%%"}
    catalog = Catalog(locale="en")
    for german, english in words.items():
        catalog.add(german, changes.get(german.split()[0], english))
    catalog.add(("%(num)s Tag", "%(num)s Tage"), ("%(num)s day", changes.get("plural", "%(num)s days")))
    with translations.PO.open("wb") as file:
        write_po(file, catalog)
    translations.main(["update"])


def test_complete_words_pass() -> None:
    write()
    assert list(translations.faults()) == []
    assert translations.main(["check"]) == 0


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"Tag": ""}, "komma_tracker/views.py:2: no English for 'Tag'"),
        ({"Bis": "Until %(day)s"}, "komma_tracker/views.py:1: the English for 'Bis %(date)s' has other gaps"),
        ({"Zu": "At %(share)s%"}, "komma_tracker/views.py:3: the English for 'Zu %(share)s %%' has other gaps"),
        ({"plural": ""}, "templates/page.html:1: no English for ('%(num)s Tag', '%(num)s Tage')"),
    ],
)
def test_a_fault_is_named_with_its_place(changes: dict[str, str], fault: str) -> None:
    write(**changes)
    assert list(translations.faults()) == [fault]
    assert translations.main(["check"]) == 1


def test_a_doubtful_translation_is_a_fault() -> None:
    write()
    text = translations.PO.read_text().replace('msgid "Tag"', '#, fuzzy\nmsgid "Tag"')
    translations.PO.write_text(text)
    assert "the English for 'Tag' is marked as doubtful" in "\n".join(translations.faults())


def test_updating_again_changes_no_byte() -> None:
    write()
    before = translations.PO.read_bytes(), translations.MO.read_bytes()
    translations.main(["update"])
    assert (translations.PO.read_bytes(), translations.MO.read_bytes()) == before


def test_the_file_names_no_day_person_or_tool() -> None:
    write()
    head = translations.PO.read_text().split("\n\n")[0].casefold()
    assert [word for word in ("date", "translator", "team", "generated", "babel") if word in head] == []


def test_words_that_are_not_compiled_are_a_fault() -> None:
    write()
    translations.PO.write_text(translations.PO.read_text().replace('"Day"', '"Working day"'))
    assert list(translations.faults()) == [
        "messages.mo: not compiled from messages.po; run `python tools/translations.py update`"
    ]


def test_update_brings_in_what_is_new_and_drops_what_is_gone(project: Path) -> None:
    write()
    (project / "komma_tracker" / "views.py").write_text('_("Tag")\n_("Monat")\n')
    translations.main(["update"])
    catalog = translations.read()
    assert {message.id: message.string for message in catalog if message.id} == {
        "Tag": "Day",
        "Monat": "",
        ("%(num)s Tag", "%(num)s Tage"): ("%(num)s day", "%(num)s days"),
    }
