"""`start`: sets up only what has changed, and tells what is wrong in one line."""

from __future__ import annotations

import importlib.util
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest

from config import ROOT


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """The script as a module, in a project folder of its own, with nothing to install."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    loader = SourceFileLoader("start", str(ROOT / "start"))
    spec = importlib.util.spec_from_loader("start", loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "run.txt").write_text("flask==3.1.3")
    monkeypatch.setattr(module, "ROOT", tmp_path)
    return module


@pytest.fixture
def made(start: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The environments that were made, in order."""
    names: list[str] = []

    def make(environment: object, lock: Path) -> None:
        del lock
        python = Path(environment.python)  # type: ignore[attr-defined]
        python.parent.mkdir(parents=True, exist_ok=True)
        python.touch()
        names.append(python.parents[1].name)

    monkeypatch.setattr(start, "make", make)
    return names


def test_a_second_start_makes_nothing(start: ModuleType, made: list[str]) -> None:
    assert start.environment("run") == start.environment("run")
    assert made == ["run"]


def test_another_lock_makes_it_anew(start: ModuleType, made: list[str]) -> None:
    start.environment("run")
    (start.ROOT / "requirements" / "run.txt").write_text("flask==3.1.4")
    start.environment("run")
    assert made == ["run", "run"]


def test_another_python_makes_it_anew(start: ModuleType, made: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    start.environment("run")
    monkeypatch.setattr(sys, "version", "3.99.0")
    start.environment("run")
    assert made == ["run", "run"]


def test_a_folder_that_has_moved_makes_it_anew(
    start: ModuleType, made: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    start.environment("run")
    moved = tmp_path.with_name(f"{tmp_path.name} moved")
    tmp_path.rename(moved)
    monkeypatch.setattr(start, "ROOT", moved)
    start.environment("run")
    assert made == ["run", "run"]


def test_a_python_that_is_gone_makes_it_anew(start: ModuleType, made: list[str]) -> None:
    Path(start.environment("run").python).unlink()
    start.environment("run")
    assert made == ["run", "run"]


def test_an_interrupted_set_up_is_made_anew(
    start: ModuleType, made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(environment: object, lock: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(start, "make", interrupted)
        with pytest.raises(KeyboardInterrupt):
            start.environment("run")
    start.environment("run")
    assert made == ["run"]


def test_a_failing_command_is_told_in_its_own_words(start: ModuleType) -> None:
    with pytest.raises(start.SetupError, match=r"^no luck$"):
        start.output([sys.executable, "-c", "import sys; sys.exit('no luck')"])


def test_a_check_that_passes_is_one_line(start: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert start.passes("style", [sys.executable, "-c", "print('fine')"])
    (line,) = capsys.readouterr().out.splitlines()
    assert line.split()[:2] == ["style", "ok"]


def test_a_check_that_fails_tells_what_it_found(start: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert not start.passes("style", [sys.executable, "-c", "import sys; sys.exit('a fault')"])
    line, *found = capsys.readouterr().out.splitlines()
    assert line.split()[:2] == ["style", "FAILED"]
    assert found[0] == "a fault"


def test_an_unknown_command_is_bad_usage(
    start: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["start", "dance"])
    with pytest.raises(SystemExit) as ended:
        start.main()
    assert ended.value.code == 2
    assert capsys.readouterr().err == "start: there is no command 'dance'; there are run, test, check, komma\n"


def test_no_command_tells_which_there_are(
    start: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["start"])
    start.main()
    told = capsys.readouterr().out
    assert [line.split()[2] for line in told.splitlines() if line.startswith("    python3")] == [
        "run",
        "test",
        "check",
        "komma",
    ]
