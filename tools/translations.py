"""Keep the English words up to date: `python tools/translations.py update` or `check`.

Messages stand in the source in German. `update` collects them into the English catalogue and compiles it for the
program: run it, write what is missing into messages.po, and run it again. `check` fails unless every message has its
English, with the same gaps, compiled.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileParser, write_po

ROOT = Path(__file__).resolve().parent.parent
PO = ROOT / "komma_tracker" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
MO = PO.with_suffix(".mo")
SOURCES = {"komma_tracker": [("**.py", "python")], "templates": [("**.html", "jinja2")]}
LOUD = {"**.html": {"silent": "false"}}
"""A template that cannot be read stops the collecting, instead of losing its messages."""
KEYWORDS = {"_": None, "_l": None, "_n": (1, 2), "N_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
GAP = re.compile(r"%(?:\(\w+\))?[sd]|%%")


class English(Catalog):
    """The English words, under a head that names no day, person or tool: it changes only when words do."""

    def __init__(self) -> None:
        super().__init__(locale="en", header_comment="# English words of komma-tracker.", fuzzy=False)

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """The head: the same whenever and by whomever it is written, whatever a file says that is read."""
        return [
            ("Language", "en"),
            ("Plural-Forms", self.plural_forms),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit\n"),
        ]

    @mime_headers.setter
    def mime_headers(self, headers: Iterable[tuple[str, str]]) -> None:
        pass


def collect() -> Catalog:
    """All messages of the source."""
    found = Catalog()
    for folder, methods in SOURCES.items():
        for file, line, message, comments, context in extract_from_dir(ROOT / folder, methods, LOUD, KEYWORDS):
            found.add(message, locations=[(f"{folder}/{file}", line)], auto_comments=comments, context=context)
    return found


def read() -> Catalog:
    """The English catalogue as it lies in the repository; an empty one where there is none yet."""
    catalog = English()
    if PO.exists():
        with PO.open("rb") as file:
            PoFileParser(catalog).parse(file)
    return catalog


def update() -> None:
    """Bring new messages into the catalogue, drop those that the source no longer has, and compile it."""
    catalog = read()
    catalog.update(collect(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    PO.parent.mkdir(parents=True, exist_ok=True)
    with PO.open("wb") as file:
        write_po(file, catalog, width=120, include_lineno=False, sort_output=True)
    MO.write_bytes(compiled(catalog))


def compiled(catalog: Catalog) -> bytes:
    """What the program reads: the same bytes for the same words."""
    buffer = BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def faults() -> Iterator[str]:
    """What keeps the English from being complete, one line each."""
    catalog = read()
    for wanted in collect():
        if not wanted.id:
            continue
        there = catalog.get(wanted.id, wanted.context)
        where = "{}:{}".format(*wanted.locations[0])
        if there is None or not all(_texts(there)):
            yield f"{where}: no English for {wanted.id!r}"
        elif there.fuzzy:
            yield f"{where}: the English for {wanted.id!r} is marked as doubtful"
        elif _gaps((wanted.id,) if isinstance(wanted.id, str) else wanted.id) != _gaps(_texts(there)):
            yield f"{where}: the English for {wanted.id!r} has other gaps"
    if not MO.exists() or MO.read_bytes() != compiled(catalog):
        yield f"{MO.relative_to(ROOT)}: not compiled from messages.po; run `python tools/translations.py update`"


def _texts(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ("",))


def _gaps(texts: Iterable[str]) -> set[str]:
    return {gap for text in texts for gap in GAP.findall(text)}


def main(arguments: list[str]) -> int:
    """Do what the argument says; returns the exit status."""
    match arguments:
        case ["update"]:
            update()
        case ["check"]:
            found = sorted(faults())
            print(*found, sep="\n")
            return 1 if found else 0
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
