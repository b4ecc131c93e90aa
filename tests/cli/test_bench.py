"""``trafficai bench`` with a benchmark whose speed the test sets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from trafficai.benchmarking import Benchmark, Contest, Unit


@pytest.fixture
def speed(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return a list whose only entry is the speed of ``core/toy``, which SUMO runs at 1.0."""
    speed = [10.0]
    toy = Benchmark("core/toy", "SUMO", Unit("updates", True), lambda _: Contest(lambda: speed[0], lambda: 1.0))
    monkeypatch.setattr("trafficai.benchmarking.select", lambda _: [toy])
    return speed


def test_bench_prints_and_writes(run: Run, speed: list[float], tmp_path: Path) -> None:
    outcome = run("bench", "--json", "b.json", "--rows", "core/*", "start/*")
    assert (outcome.code, speed) == (0, [10.0])
    assert next(line for line in outcome.out.splitlines() if "core/toy" in line).split()[:2] == ["core/toy", "10"]
    document = json.loads((tmp_path / "b.json").read_text())
    assert document["rows"][0]["ours"] == [10.0] * 3
    assert document["command"] == "trafficai bench --json b.json --rows 'core/*' 'start/*'"


def test_gate_fires_on_a_slow_down_and_names_the_row(run: Run, speed: list[float], tmp_path: Path) -> None:
    assert run("bench", "--json", "base.json").code == 0
    assert run("bench", "--against", "base.json").code == 0
    speed[0] = 8.0
    outcome = run("bench", "--against", "base.json", "--json", "now.json")
    assert outcome.code == 1
    assert "core/toy fell by 20 %: its ratio is 8, the baseline's 10\n" in outcome.out
    assert outcome.last_error == "error: 1 of 1 rows fell more than 15 % below base.json"
    assert json.loads((tmp_path / "now.json").read_text())["rows"][0]["ratio"] == 8.0


def test_a_row_of_the_baseline_that_was_not_measured_is_told(run: Run, speed: list[float], tmp_path: Path) -> None:
    rows = [{"name": "core/toy", "ratio": speed[0]}, {"name": "core/gone", "ratio": 1.0}]
    (tmp_path / "base.json").write_text(json.dumps({"schema": 1, "rows": rows}))
    outcome = run("bench", "--against", "base.json")
    assert outcome.code == 0
    assert "warning: core/gone is in the baseline and was not measured\n" in outcome.err


def test_bad_input_is_refused_before_anything_runs(run: Run) -> None:
    for arguments in (["--against", "none.json"], ["--rows", "core/atlantis"], ["--repeats", "2"], ["--json", "."]):
        assert run("bench", *arguments).code == 2
