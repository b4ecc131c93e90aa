"""The commands on a real junction, in both real engines, for a few minutes of traffic."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.cli.conftest import Run

pytestmark = pytest.mark.skipif(find_spec("sumo_rl") is None, reason="cologne1 lies in the package sumo-rl")
WINDOW = ("--begin", "25200", "--end", "25320")


@pytest.mark.parametrize("backend", ["numba", "sumo"])
def test_simulate_loses_no_vehicle_and_repeats_itself(run: Run, tmp_path: Path, backend: str) -> None:
    documents = []
    for name in ("a.json", "b.json"):
        outcome = run("simulate", "cologne1", "--agent", "max-wave", "--backend", backend, *WINDOW, "--json", name)
        assert outcome.code == 0, outcome.err
        documents.append(json.loads((tmp_path / name).read_text()))
    metrics, again = (document["metrics"] for document in documents)
    assert metrics == again
    assert metrics["loaded"] == metrics["arrived"] + metrics["running"] + metrics["waiting_to_enter"] > 50
    assert metrics["delay_s"] > 0.0
    assert ("engine_co2_kg" in metrics) is (backend == "sumo")
    performance = documents[0]["performance"]
    assert performance["simulated_s"] == 120
    assert performance["vehicle_updates"] > 100
    assert performance["cpu_s"] > 0.0


@pytest.mark.parametrize("backend", ["numba", "sumo"])
def test_simulate_logs_a_run(run: Run, tmp_path: Path, backend: str) -> None:
    outcome = run("simulate", "cologne1", "--backend", backend, *WINDOW, "--log", "log", "--json", "a.json")
    assert outcome.code == 0, outcome.err
    plain = run("simulate", "cologne1", "--backend", backend, *WINDOW, "--json", "b.json")
    assert plain.code == 0, plain.err
    metrics = [json.loads((tmp_path / name).read_text())["metrics"] for name in ("a.json", "b.json")]
    assert metrics[0] == metrics[1]
    names = {path.name for path in (tmp_path / "log").iterdir()}
    assert names == {
        *("events.csv", "devices.csv", "phases.csv", "detector_config.csv"),
        *("tripinfo.xml", "edgedata.xml"),
    }
    assert (tmp_path / "log" / "tripinfo.xml").read_text().count("<tripinfo id=") == metrics[0]["inserted"]


def test_compare_gives_the_same_for_any_number_of_jobs(run: Run, tmp_path: Path) -> None:
    cells = []
    for jobs in ("1", "2"):
        outcome = run(
            *("compare", "cologne1", "fixed-time", "max-wave", "--seeds", "2", "--backend", "both", *WINDOW),
            *("--jobs", jobs, "--json", f"{jobs}.json", "--report", "."),
        )
        assert outcome.code == 0, outcome.err
        cells.append(json.loads((tmp_path / f"{jobs}.json").read_text())["cells"])
    assert cells[0] == cells[1]
    assert len(cells[0]) == 8
    assert (tmp_path / "report.html").stat().st_size > 10_000
