"""Documents as tagged PDF (PDF/UA-1): templates in templates/documents/, filled with data, never with source."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Any, NotRequired, TypedDict

import typst

from config import ROOT

DOCUMENTS = ROOT / "templates" / "documents"
SUBSTITUTE = "□"

_UNWANTED = re.compile(r"[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
"""Invisible, or able to turn text around: nobody has typed these on purpose."""
_UNDRAWN = re.compile(
    "[^\n -~\u00a0-\u0377\u0384-\u038a\u038c\u038e-\u03a1\u03a3-\u0481\u048a-\u04ff"
    "\u05d0-\u05ea\u0621-\u063a\u0641-\u064a\u1e00-\u1eff\u2010-\u2027\u2030-\u203e"
    "\u20a0-\u20bf\u2100-\u211e\u2122\u2190-\u21ff\u2200-\u23ff\u25a0-\u25ff]"
)
"""What our fonts have no picture of. PDF/UA wants every character drawn: the rest becomes an empty box."""


class DocumentError(Exception):
    """A document could not be made: its template or its data is wrong."""


class Column(TypedDict):
    """A column of a table: its head; a share of the width, such as 2, or "auto"; "left" or "right"."""

    label: str
    width: NotRequired[int | str]
    align: NotRequired[str]


class Section(TypedDict):
    """A part of a sheet: its heading, a text, a table with sums at its foot."""

    title: str
    text: NotRequired[str]
    columns: NotRequired[Sequence[Column]]
    rows: NotRequired[Sequence[Sequence[str]]]
    foot: NotRequired[Sequence[str]]


class Sheet(TypedDict):
    """The data of `sheet`, the template of documents made of facts and tables; all texts as they will be read."""

    lang: str
    title: str
    date: date
    """Also the date in the metadata: equal data make equal bytes."""
    subtitle: NotRequired[str]
    header: NotRequired[str]
    footer: NotRequired[str]
    landscape: NotRequired[bool]
    facts: NotRequired[Sequence[tuple[str, str]]]
    sections: NotRequired[Sequence[Section]]
    notes: NotRequired[Sequence[str]]
    signatures: NotRequired[Sequence[str]]
    """What stands below each line to sign on."""


def render(template: str, data: Mapping[str, Any] | Sheet) -> bytes:
    """The document of that template and these data, which name at least `lang`, `title` and `date`.

    Texts stay texts, whatever they hold. Equal data make equal bytes. Raises DocumentError.
    """
    try:
        dated = datetime.combine(data["date"], time(), tzinfo=UTC)
        return typst.compile(
            DOCUMENTS / f"{template}.typ",
            root=DOCUMENTS,
            font_paths=_fonts(),
            sys_inputs={"data": json.dumps(_drawable(data), ensure_ascii=False)},
            format="pdf",
            pdf_standards=["ua-1"],
            timestamp=dated,
        )
    except (KeyError, TypeError, RuntimeError) as error:
        raise DocumentError(f"{template}: {error}") from error


@cache
def _fonts() -> typst.Fonts:
    """Ours and those within typst, read once: a machine's own would make its documents differ from another's."""
    return typst.Fonts(include_system_fonts=False, font_paths=[DOCUMENTS / "fonts"])


def _drawable(value: Any) -> Any:
    """The data with texts that our fonts can draw, and dates as text. Raises TypeError for what JSON does not know."""
    match value:
        case str():
            text = unicodedata.normalize("NFC", _UNWANTED.sub("", value)).replace("\t", " ").replace("\r\n", "\n")
            return _UNDRAWN.sub(SUBSTITUTE, text)
        case date():
            return value.isoformat()
        case Mapping():
            return {name: _drawable(item) for name, item in value.items()}
        case list() | tuple():
            return [_drawable(item) for item in value]
        case _:
            return value
