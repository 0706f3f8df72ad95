"""Draw the states of things out of the tables that the program goes by: `python tools/diagrams.py update` or `check`.

`update` writes docs/states.md; `check` fails where it is not what the tables say now.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from komma_tracker.access.rules import Role
from komma_tracker.alliances.rules import ALLIANCE_MOVES, MEMBER_MOVES
from komma_tracker.budget.rules import MONTH_MOVES
from komma_tracker.contracts.rules import REALLOCATION_MOVES, TRANSFER_MOVES, TRANSITIONS
from komma_tracker.deliverables.rules import MOVES as DELIVERABLE_MOVES
from komma_tracker.events.lateness import LATE_MOVES
from komma_tracker.events.rules import TRANSITIONS as SESSION_MOVES

PAGE = Path(__file__).resolve().parent.parent / "docs" / "states.md"
HEAD = """\
# States, and who moves what

Drawn from the tables in the program by `tools/diagrams.py`; `python3 start check` tells when this page is out of date.
Names are those of the pages, in German; an arrow says who may go along it.
"""
NOTES = """
An amendment has no state of its own to move: it follows from its signatures and its date. A draft becomes
"einseitig gezeichnet" with the first signature, "gezeichnet" with the second, "wirksam" on its day. Of a pair that
moves days between two municipalities, neither half has an effect before all four signatures are there. While one is
under way, a contract in force is shown as "Nachtrag in Abstimmung".
"""

Moves = Mapping[Any, Mapping[Any, Iterable[Role]]]
DIAGRAMS: tuple[tuple[str, str, Moves], ...] = (
    ("Contract", "contracts/rules/states.py", TRANSITIONS),
    ("Reallocation between work packages", "contracts/rules/packages.py", REALLOCATION_MOVES),
    ("Days on their way through the programme pool", "contracts/rules/pool.py", TRANSFER_MOVES),
    ("Month of a contract", "budget/rules/months.py", MONTH_MOVES),
    ("Session", "events/rules/states.py", SESSION_MOVES),
    ("Late cancellation", "events/lateness.py", LATE_MOVES),
    ("Alliance", "alliances/rules/states.py", ALLIANCE_MOVES),
    ("Member of an alliance", "alliances/rules/states.py", MEMBER_MOVES),
    ("Strategy paper", "deliverables/rules.py", DELIVERABLE_MOVES),
)
"""Title, where the table stands, and the table."""


def page() -> str:
    """The whole page."""
    parts = [f"\n## {title}\n\n`komma_tracker/{file}`\n\n{diagram(moves)}" for title, file, moves in DIAGRAMS]
    return HEAD + "".join(parts[:1]) + NOTES + "".join(parts[1:])


def diagram(moves: Moves) -> str:
    """One table as a Mermaid state diagram."""
    return "\n".join(["```mermaid", "stateDiagram-v2", *_lines(moves), "```", ""])


def _lines(moves: Moves) -> Iterator[str]:
    for state in moves:
        yield f'    state "{state.label}" as {state.value}'
    for state in _beginnings(moves):
        yield f"    [*] --> {state.value}"
    for state, targets in moves.items():
        for target, roles in targets.items():
            yield f"    {state.value} --> {target.value}: {', '.join(sorted(role.label for role in roles))}"
        if not targets:
            yield f"    {state.value} --> [*]"


def _beginnings(moves: Moves) -> list[StrEnum]:
    """The first state of a table, and those to which no other leads."""
    reached = {target for targets in moves.values() for target in targets}
    return [state for number, state in enumerate(moves) if number == 0 or state not in reached]


def main(arguments: list[str]) -> int:
    """Do what the argument says; returns the exit status."""
    if arguments == ["update"]:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    if arguments == ["check"]:
        if PAGE.exists() and PAGE.read_text(encoding="utf-8") == page():
            return 0
        print(f"{PAGE.name}: not what the tables say; run `python tools/diagrams.py update`")
        return 1
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
