"""The command line as a user meets it, on a toy scenario with fake engines unless a test wants the real ones."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.evaluation.fakes import FakeBackend, make_scenario
from trafficai.cli.main import main
from trafficai.scenario.model import Scenario

ROOT = Path(__file__).parents[2]


class Outcome(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def last_error(self) -> str:
        """The last line on stderr."""
        return self.err.splitlines()[-1]


Run = Callable[..., Outcome]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs a command in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRAFFICAI_DEBUG", raising=False)

    def run_command(*arguments: str) -> Outcome:
        code = main(arguments)
        captured = capfd.readouterr()
        return Outcome(code, captured.out, captured.err)

    return run_command


@pytest.fixture
def typed(tmp_path: Path) -> Run:
    """Return a function that runs a command in a process of its own, in an empty folder."""

    def type_command(*arguments: str, **variables: str) -> Outcome:
        environment = {name: value for name, value in os.environ.items() if name != "TRAFFICAI_DEBUG"} | variables
        environment["PYTHONPATH"] = str(ROOT)
        command = [sys.executable, "-m", "trafficai", *arguments]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    return type_command


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Scenario:
    """Let every scenario be the toy and every engine a fake."""
    scenario = make_scenario(notes=("3 trams were left out",))
    monkeypatch.setattr("trafficai.scenario.load_scenario", lambda *_: scenario)
    monkeypatch.setattr("trafficai.backends.make_backend", FakeBackend, raising=False)
    monkeypatch.setattr(FakeBackend, "crashes", [])
    return scenario
