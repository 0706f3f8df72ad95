"""The page of states says what the tables say, and its check tells when it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from komma_tracker.access.rules import Role
from komma_tracker.contracts.rules import TRANSITIONS, ContractState
from tools import diagrams


def test_the_page_is_what_the_tables_say() -> None:
    assert diagrams.main(["check"]) == 0, "run: python tools/diagrams.py update"


def test_a_stale_page_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(diagrams, "PAGE", tmp_path / "states.md")
    assert diagrams.main(["check"]) == 1
    assert diagrams.main(["update"]) == 0
    assert diagrams.main(["check"]) == 0
    moved = {**TRANSITIONS, ContractState.ENDED: {ContractState.IN_FORCE: frozenset({Role.HEAD})}}
    monkeypatch.setattr(diagrams, "DIAGRAMS", (("Contract", "states.py", moved), *diagrams.DIAGRAMS[1:]))
    assert diagrams.main(["check"]) == 1
    assert "states.md: not what the tables say" in capsys.readouterr().out
    assert diagrams.main([]) == 2


def test_every_move_is_drawn_with_who_may_make_it() -> None:
    for _, _, moves in diagrams.DIAGRAMS:
        drawn = diagrams.diagram(moves)
        for state, targets in moves.items():
            assert f'state "{state.label}" as {state.value}' in drawn
            for target, roles in targets.items():
                people = ", ".join(sorted(role.label for role in roles))
                assert f"{state.value} --> {target.value}: {people}" in drawn
