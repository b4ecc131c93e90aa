"""The gate fires on a real slow-down, says which row, and keeps still on noise."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from trafficai.benchmarking import (
    Baseline,
    Benchmark,
    Contest,
    Row,
    Seen,
    Unavailable,
    Unit,
    find_falls,
    read_baseline,
    run_gated,
)
from trafficai.benchmarking.document import bench_document
from trafficai.benchmarking.measure import Results, measure_all
from trafficai.datatypes import InputError

SPEED = Unit("updates per CPU second", True)
COST = Unit("CPU seconds", False)


def row(name: str, ratio: float) -> Row:
    return Row(name, "SUMO", SPEED, (ratio * 2.0,) * 3, (2.0,) * 3)


def was(ratios: dict[str, float]) -> Baseline:
    return Baseline(Seen(name, ratio) for name, ratio in ratios.items())


def benchmark(name: str, draw: Callable[[], float]) -> Benchmark:
    return Benchmark(name, "SUMO", SPEED, lambda _: Contest(draw, lambda: 1.0))


def test_ratio_is_that_of_the_medians():
    assert Row("core/x", "SUMO", SPEED, (1.0, 8.0, 9.0), (2.0, 4.0, 100.0)).ratio == 2.0


def test_ratio_is_larger_where_ours_costs_less():
    assert Row("start/x", "SUMO", COST, (0.5, 0.5, 9.0), (2.0, 2.0, 2.0)).ratio == 4.0


@pytest.mark.parametrize(("now", "fires"), [(8.6, False), (8.5001, False), (8.49, True), (20.0, False)])
def test_fires_more_than_15_percent_below(now, fires):
    assert bool(find_falls([row("core/x", now)], was({"core/x": 10.0}))) == fires


def test_says_which_row_fell_and_how_far():
    (fall,) = find_falls([row("core/x", 5.0), row("core/y", 5.0)], was({"core/x": 10.0, "core/y": 5.0}))
    assert str(fall) == "core/x fell by 50 %: its ratio is 5, the baseline's 10"


def test_new_rows_pass():
    assert not find_falls([row("core/new", 0.1)], was({"core/x": 10.0}))


def test_absolute_speed_does_not_matter():
    slow_machine = Row("core/x", "SUMO", SPEED, (1.0,) * 3, (0.1,) * 3)
    assert not find_falls([slow_machine], was({"core/x": 10.0}))


@pytest.mark.parametrize(
    ("theirs", "expected"), [(50.0, 16.0), (100.0, 16.0), (200.0, 8.0 * 2.0**0.5), (400.0, 8.0), (9e9, 8.0)]
)
def test_what_is_expected_goes_by_the_other_sides_speed(theirs, expected):
    two_machines = Baseline([Seen("core/x", 8.0, 400.0), Seen("core/y", 1.0, 1.0), Seen("core/x", 16.0, 100.0)])
    here = Row("core/x", "SUMO", SPEED, (1.0,) * 3, (theirs, theirs, theirs * 3.0))
    assert two_machines.expect(here) == pytest.approx(expected)


def test_of_several_that_cannot_be_told_apart_the_lowest_is_expected():
    two = Baseline([Seen("core/x", 8.0), Seen("core/x", 16.0, 100.0)])
    assert two.expect(row("core/x", 1.0)) == 8.0
    assert two.expect(row("core/new", 1.0)) is None


def test_a_disturbed_round_is_measured_again():
    rounds = iter([5.0, 5.0, 5.0, 10.0, 10.0, 10.0])
    results = run_gated([benchmark("core/x", lambda: next(rounds))], was({"core/x": 10.0}), repeats=3)
    assert [one.ratio for one in results.rows] == [10.0]


def test_a_real_slow_down_is_there_in_both_rounds():
    results = run_gated([benchmark("core/x", lambda: 8.0)], was({"core/x": 10.0}), repeats=3)
    assert find_falls(results.rows, was({"core/x": 10.0}))


def test_what_did_not_fall_is_measured_once():
    calls: list[str] = []
    slow = benchmark("core/slow", lambda: calls.append("slow") or 1.0)
    fine = benchmark("core/fine", lambda: calls.append("fine") or 10.0)
    run_gated([slow, fine], was({"core/slow": 10.0, "core/fine": 10.0}), repeats=3)
    assert (calls.count("slow"), calls.count("fine")) == (6, 3)


def noisy(speed: float, seed: int) -> Benchmark:
    """Return a benchmark whose samples scatter by 6 %, more than those of CPU time taken in turns do."""
    generator = np.random.default_rng(seed)
    return benchmark("core/x", lambda: speed * float(generator.normal(1.0, 0.06)))


def test_keeps_still_on_noise_and_fires_on_a_slow_down():
    baseline = was({"core/x": 10.0})
    alarms = sum(bool(find_falls(run_gated([noisy(10.0, i)], baseline, 3).rows, baseline)) for i in range(200))
    caught = sum(bool(find_falls(run_gated([noisy(7.5, i)], baseline, 3).rows, baseline)) for i in range(200))
    assert alarms == 0
    assert caught > 190


def test_samples_are_taken_in_turns():
    order: list[str] = []
    contest = Contest(lambda: order.append("ours") or 1.0, lambda: order.append("theirs") or 1.0)
    measure_all([Benchmark("core/x", "SUMO", SPEED, lambda _: contest)], repeats=3)
    assert order == ["ours", "theirs"] * 3


def test_what_cannot_be_measured_is_skipped_with_its_reason():
    def missing(folder: Path) -> Contest:
        raise Unavailable(f"no engine in {folder.name[:3]}")

    results = measure_all([Benchmark("env/x", "sumo-rl", SPEED, missing), benchmark("core/x", lambda: 2.0)])
    assert [one.name for one in results.rows] == ["core/x"]
    assert results.skipped == {"env/x": "no engine in tra"}


def test_document_holds_every_sample_and_is_read_back(tmp_path):
    given = Row("core/x", "SUMO", SPEED, (1.0, 2.0, 3.0), (1.0, 1.0, 1.0))
    document = bench_document(Results((given,), {"env/x": "no sumo-rl"}), "trafficai bench")
    assert document["schema"] == 1
    assert {"sumo", "versions", "machine"} <= document.keys()
    assert {"processor", "cores", "memory_bytes"} <= document["machine"].keys()
    (written,) = document["rows"]
    expected = {"name": "core/x", "ratio": 2.0, "ours": [1.0, 2.0, 3.0], "theirs": [1.0] * 3}
    assert expected.items() <= written.items()
    assert written["unit"] == "updates per CPU second"
    assert document["skipped"] == [{"name": "env/x", "why": "no sumo-rl"}]
    path = tmp_path / "bench.json"
    path.write_text(json.dumps(document))
    baseline = read_baseline(path)
    assert list(baseline) == ["core/x"]
    assert baseline.expect(given) == 2.0


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "[]",
        '{"schema": 2, "rows": [{"name": "a", "ratio": 1}]}',
        '{"schema": 1}',
        '{"schema": 1, "rows": []}',
        '{"schema": 1, "rows": [{"name": "a", "ratio": "1"}]}',
        '{"schema": 1, "rows": [{"name": "a", "ratio": true}]}',
        '{"schema": 1, "rows": [{"name": "a", "ratio": 0}]}',
        '{"schema": 1, "rows": [{"name": "a", "ratio": NaN}]}',
        '{"schema": 1, "rows": [7]}',
        '{"schema": 1, "rows": [{"name": "a", "ratio": 1, "theirs": []}]}',
        '{"schema": 1, "rows": [{"name": "a", "ratio": 1, "theirs": [0]}]}',
        '{"schema": 1, "rows": [{"name": "a", "ratio": 1, "theirs": 3}]}',
    ],
)
def test_a_file_that_is_no_baseline_is_refused(tmp_path, text):
    path = tmp_path / "b.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"b\.json"):
        read_baseline(path)


def test_a_missing_baseline_is_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_baseline(tmp_path / "none.json")
