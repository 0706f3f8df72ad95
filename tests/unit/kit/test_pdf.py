"""Documents as PDF: tagged, in their language, equal for equal data; what people typed stays text."""

from __future__ import annotations

import io
from datetime import date
from itertools import chain

import pypdf
import pytest

from komma_tracker.kit.pdf import SUBSTITUTE, DocumentError, Sheet, render

HOSTILE = '#panic() *fett* _kursiv_ $x^2$ ] #[ ` \\ @ref <label> // /* = - + #include "/etc/passwd" "}'


def sheet(**more: object) -> Sheet:
    """The smallest sheet there can be, and more."""
    return {"lang": "de", "title": "Leistungsnachweis", "date": date(2026, 11, 2), **more}  # type: ignore[return-value]


def read(document: bytes) -> pypdf.PdfReader:
    """What a reader's program makes of it."""
    return pypdf.PdfReader(io.BytesIO(document))


def text_of(document: bytes) -> str:
    """Everything that it says, in one line."""
    return " ".join(chain.from_iterable(page.extract_text().split() for page in read(document).pages))


def test_tagged_with_language_title_and_date() -> None:
    document = read(render("sheet", sheet(lang="en")))
    root = document.root_object
    assert (root["/MarkInfo"], root["/Lang"]) == ({"/Marked": True, "/Suspects": False}, "en")
    assert document.metadata is not None
    assert document.metadata.title == "Leistungsnachweis"
    assert document.metadata.creation_date_raw == "D:20261102000000Z"


def test_pages_are_numbered_and_the_head_of_a_table_comes_again() -> None:
    rows = [(f"Zeile {number}", "0,25") for number in range(80)]
    columns = [{"label": "Tätigkeit", "width": 1}, {"label": "Tage", "align": "right"}]
    section = {"title": "Leistungen", "columns": columns, "rows": rows, "foot": ("Summe", "20,00")}
    document = render(
        "sheet", sheet(header="Kommune 07", footer="Prüfnummer 1", sections=[section], signatures=["IMAP"])
    )
    pages = [page.extract_text() for page in read(document).pages]
    assert [f"Seite {number} von {len(pages)}" in page for number, page in enumerate(pages, 1)] == [True] * len(pages)
    assert ["Tätigkeit" in page for page in pages[:2]] == [True, True]
    assert "Summe" in pages[-1]
    assert "Page 1 of 1" in text_of(render("sheet", sheet(lang="en")))


def test_equal_data_make_equal_bytes() -> None:
    assert render("sheet", sheet()) == render("sheet", sheet())
    assert render("sheet", sheet()) != render("sheet", sheet(date=date(2026, 11, 3)))


def test_what_people_typed_stays_text() -> None:
    everywhere = sheet(
        title=HOSTILE, subtitle=HOSTILE, header=HOSTILE, footer=HOSTILE, facts=[(HOSTILE, HOSTILE)], notes=[HOSTILE],
        sections=[{"title": HOSTILE, "text": HOSTILE, "columns": [{"label": HOSTILE}], "rows": [[HOSTILE]]}],
        signatures=[HOSTILE],
    )  # fmt: skip
    document = render("sheet", everywhere)
    assert text_of(document).replace(" ", "").count(HOSTILE.replace(" ", "")) >= 10
    metadata = read(document).metadata
    assert metadata is not None
    assert metadata.title == HOSTILE


@pytest.mark.parametrize(
    ("typed", "drawn"),
    [
        ("Gespräch 😀 漢字", f"Gespräch {SUBSTITUTE} {SUBSTITUTE * 2}"),
        ("Şükrü Łódź Ελληνικά Київ", "Şükrü Łódź Ελληνικά Київ"),
        ("Ko\u0308ln", "Köln"),
        ("ab\u202etxt\u200b", "abtxt"),
        ("\x00\x07", SUBSTITUTE * 2),
        ("5 − 3 ≥ 2 → „ja“ … ½ €", "5 − 3 ≥ 2 → „ja“ … ½ €"),
    ],
)
def test_characters_without_a_picture_become_a_box(typed: str, drawn: str) -> None:
    assert drawn in text_of(render("sheet", sheet(notes=[typed])))


def test_every_character_that_is_let_through_can_be_drawn() -> None:
    document = render("sheet", sheet(notes=["".join(f"x{chr(code)}x " for code in range(start, start + 64))
                                            for start in range(0x20, 0x2700, 64)]))  # fmt: skip
    assert document.startswith(b"%PDF-")


@pytest.mark.parametrize("data", [{}, {"lang": "de", "title": "T", "date": "2026"}, {**sheet(), "notes": [object()]}])
def test_wrong_data_are_refused(data: dict[str, object]) -> None:
    with pytest.raises(DocumentError):
        render("sheet", data)


def test_unknown_template() -> None:
    with pytest.raises(DocumentError):
        render("nothing", sheet())
