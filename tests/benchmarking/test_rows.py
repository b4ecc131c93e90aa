"""What the rows are called, that the committed baseline is one, and that real measurements make sense."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from trafficai.benchmarking import Unavailable, read_baseline, select
from trafficai.benchmarking.catalogue import catalogue
from trafficai.benchmarking.children import cpu_seconds_of, peak_memory_of, run_child
from trafficai.benchmarking.grids import grid_side, make_grid
from trafficai.benchmarking.measure import pinned
from trafficai.benchmarking.plain_sumo import PlainSumo, sumo_speed
from trafficai.datatypes import InputError, RunError
from trafficai.scenario import load_scenario
from trafficai.scenario.catalogue import RESCO

ROOT = Path(__file__).parents[2]


def names(*patterns: str) -> list[str]:
    return [benchmark.name for benchmark in select(patterns)]


def test_every_kind_of_row_is_there():
    kinds = {benchmark.name.split("/")[0] for benchmark in select()}
    assert kinds == {"core", "grid", "scale", "batch", "env", "single", "python", "start", "memory"}
    assert names("core/*") == [f"core/{name}" for name in RESCO]


def test_rows_are_chosen_by_pattern():
    assert names("start/*", "batch/64") == ["batch/64", "start/warm", "start/cold"]


def test_the_largest_is_measured_only_by_name():
    assert "scale/100000" not in names()
    assert names("scale/100000") == ["scale/100000"]


def test_an_unknown_row_is_refused():
    with pytest.raises(InputError, match=r"no row is called 'core/atlantis'; there are core/"):
        select(["core/atlantis"])


def test_baseline_has_known_rows_only():
    known = {benchmark.name for benchmark in catalogue()}
    assert set(read_baseline(ROOT / "benchmarks" / "baseline.json")) <= known


@pytest.mark.parametrize(("vehicles", "side"), [(100, 2), (1_000, 6), (10_000, 20), (100_000, 63)])
def test_grids_have_one_density(vehicles, side):
    assert grid_side(vehicles) == side


def test_a_grid_keeps_its_vehicles():
    scenario = make_grid(100)
    assert len(scenario.vehicles) in (99, 100, 101)
    assert len(scenario.signals) == 4
    assert make_grid(100) is scenario


def test_sumo_is_timed_over_the_whole_period(tmp_path):
    scenario = load_scenario("cologne1", end=25_800)
    assert sumo_speed(scenario, tmp_path)() > 10_000.0


def test_sumo_is_timed_at_its_start_and_weighed(tmp_path):
    sumo = PlainSumo(load_scenario("cologne1", end=25_500), tmp_path)
    assert 0.0 < sumo.start_seconds() < 10.0
    assert 2**20 < sumo.peak_memory() < 2**30


def test_a_child_is_charged_for_what_it_uses():
    busy = [sys.executable, "-I", "-S", "-c", "import time\nwhile time.process_time() < 0.3: pass"]
    assert 0.3 <= cpu_seconds_of(busy, os.environ) < 1.0


def test_a_child_is_weighed_without_its_parent():
    large = bytearray(200 * 2**20)  # all written, so that it counts as ours
    assert peak_memory_of([sys.executable, "-I", "-S", "-c", ""], os.environ) < len(large) / 2


def test_a_child_that_fails_is_an_error():
    with pytest.raises(RunError, match="exit code 3: no luck"):
        run_child([sys.executable, "-c", "import sys; print('no luck', file=sys.stderr); sys.exit(3)"], os.environ)


def test_pinning_is_undone():
    before = os.sched_getaffinity(0)
    with pinned(1):
        assert len(os.sched_getaffinity(0)) == 1
    assert os.sched_getaffinity(0) == before


def test_too_few_cores_are_no_failure():
    with pytest.raises(Unavailable, match="needs 100000 cores"), pinned(100_000):
        pass
