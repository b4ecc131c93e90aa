"""Comparisons: pairing, baselines, failures, and that the number of jobs changes nothing."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from tests.evaluation.fakes import DesigningController, FakeBackend, FakeController, PickyController, make_scenario
from trafficai.datatypes import InputError, RunError
from trafficai.evaluation import CellPlan, Comparison, Observer, compare, read_comparison
from trafficai.reports.html import render_html

pytestmark = pytest.mark.usefixtures("fake_engines")


class Recorder(Observer):
    """Keeps what it hears."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.seen: list[Comparison] = []
        self.advances: list[tuple[CellPlan, int]] = []
        self.stop_after = stop_after

    def advanced(self, plan: CellPlan, simulated_s: int) -> None:
        self.advances.append((plan, simulated_s))

    def finished(self, so_far: Comparison) -> None:
        self.seen.append(so_far)
        if self.stop_after == len(self.seen):
            raise KeyboardInterrupt


def agents() -> list[FakeController]:
    return [FakeController("max-wave", 10.0), FakeController("fixed-time", 40.0), FakeController("ppo", 5.0)]


def test_differences_are_paired_by_seed_against_fixed_time() -> None:
    comparison = compare(make_scenario(), agents(), seeds=[1, 2, 3])
    difference = comparison.difference("ppo", "numba", "delay_s")
    assert comparison.baseline == "fixed-time"
    assert difference is not None
    # Delay is level + 10 * seed: seeds spread the means widely, but each pair differs by exactly 35 s.
    assert difference.interval == (-35.0, -35.0, -35.0, 3)
    assert difference.percent is not None
    assert difference.percent.mean == pytest.approx(-100.0 * 35.0 / 60.0)
    mean = comparison.mean("ppo", "numba", "delay_s")
    assert mean is not None
    assert mean.half_width == pytest.approx(4.302653 * 10.0 / math.sqrt(3.0), rel=1e-6)


def test_a_controller_that_designs_gets_engines_of_its_own(fake_engines: list[FakeBackend]) -> None:
    comparison = compare(make_scenario(), [*agents(), DesigningController("webster", 1.0)], seeds=[1, 2], jobs=1)
    assert sorted(engine.scenario.name for engine in fake_engines) == ["toy", "toy for webster"]
    assert comparison.scenario == "toy"
    assert comparison.mean("webster", "numba", "delay_s") is not None


def test_without_fixed_time_the_first_named_is_the_baseline() -> None:
    comparison = compare(make_scenario(), [FakeController("b", 1.0), FakeController("a", 2.0)], seeds=[1, 2])
    assert comparison.baseline == "b"
    assert {difference.agent for difference in comparison.differences} == {"a"}


def test_cells_come_in_the_order_of_the_plan_however_many_run_at_once() -> None:
    one = compare(make_scenario(), agents(), [3, 1], ["numba", "sumo"], jobs=1)
    four = compare(make_scenario(), agents(), [3, 1], ["numba", "sumo"], jobs=4)
    assert one.to_json() == four.to_json()
    keys = [(cell.backend, cell.agent, cell.seed) for cell in one.cells]
    expected = [(b, a, s) for b in ("numba", "sumo") for a in ("max-wave", "fixed-time", "ppo") for s in (3, 1)]
    assert keys == expected


def test_engines_are_never_mixed_in_a_difference() -> None:
    comparison = compare(make_scenario(), agents(), [1, 2], ["numba", "sumo"])
    means = [comparison.mean("ppo", backend, "delay_s") for backend in comparison.backends]
    assert [mean.mean for mean in means if mean] == [20.0, 120.0]
    differences = [comparison.difference("ppo", backend, "delay_s") for backend in comparison.backends]
    assert [difference.interval.mean for difference in differences if difference] == [-35.0, -35.0]


def test_one_seed_gives_no_interval() -> None:
    difference = compare(make_scenario(), agents(), [1]).difference("ppo", "numba", "delay_s")
    assert difference is not None
    assert difference.interval == (-35.0, None, None, 1)


def test_a_difference_from_nothing_has_no_percentage() -> None:
    difference = compare(make_scenario(), agents(), [1, 2]).difference("ppo", "numba", "teleports")
    assert difference is not None
    assert difference.percent is None


def test_a_run_that_died_once_is_repeated_with_the_same_seed(fake_engines: list[FakeBackend]) -> None:
    whole = compare(make_scenario(), agents(), [1, 2], "sumo")
    fake_engines.clear()
    FakeBackend.crashes.append(2)
    assert compare(make_scenario(), agents(), [1, 2], "sumo", jobs=1).cells == whole.cells
    assert len(fake_engines) == 2  # used again and again, until one broke
    assert all(engine.is_closed for engine in fake_engines)


def test_a_run_that_dies_twice_ends_the_comparison_and_keeps_what_was_done() -> None:
    FakeBackend.crashes.extend([2, 2])
    recorder = Recorder()
    with pytest.raises(RunError, match="max-wave, seed 2, sumo: failed twice: SUMO ended with signal 11"):
        compare(make_scenario(), agents(), [1, 2, 3], "sumo", jobs=1, observer=recorder)
    last = recorder.seen[-1]
    assert not last.complete
    assert {cell.seed for cell in last.cells} == {1}
    assert len(last.cells) == 3


def test_an_interrupt_stops_the_others_and_keeps_what_was_done() -> None:
    recorder = Recorder(stop_after=2)
    with pytest.raises(KeyboardInterrupt):
        compare(make_scenario(), agents(), list(range(1, 20)), jobs=2, observer=recorder)
    assert 2 <= len(recorder.seen[-1].cells) < 57
    assert not recorder.seen[-1].complete


def test_the_observer_hears_of_every_decision_and_every_cell() -> None:
    recorder = Recorder()
    comparison = compare(make_scenario(), agents(), [1, 2], observer=recorder)
    assert [len(seen.cells) for seen in recorder.seen] == sorted(len(seen.cells) for seen in recorder.seen)
    assert recorder.seen[-1] == comparison
    assert comparison.complete
    assert sum(simulated == 100 for _, simulated in recorder.advances) == 6


def test_controllers_are_not_shared_between_cells() -> None:
    controllers = agents()
    compare(make_scenario(), controllers, [1, 2], jobs=4)
    assert [controller.num_resets for controller in controllers] == [0, 0, 0]


@pytest.mark.parametrize(
    ("controllers", "seeds", "message"),
    [
        ([], [1], "at least one agent"),
        (agents(), [], "at least one seed"),
        (agents(), [1, 1], "seed 1 is named twice"),
        (agents() + agents(), [1], "agent 'max-wave' is named twice"),
    ],
)
def test_a_plan_that_makes_no_sense_is_bad_input(
    controllers: list[FakeController], seeds: list[int], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        compare(make_scenario(), controllers, seeds)


def test_a_policy_for_another_scenario_is_refused_before_anything_is_run(fake_engines: list[FakeBackend]) -> None:
    with pytest.raises(InputError, match="trained for another scenario"):
        compare(make_scenario(), {"fixed-time": FakeController("x", 1.0), "ppo": PickyController("ppo", 1.0)}, [1])
    assert not fake_engines


def test_the_table_is_aligned_and_marks_what_is_beyond_chance() -> None:
    table = compare(make_scenario(), agents(), [1, 2, 3]).table(["delay", "stops"])
    header, _, wave, fixed, _, watched = table.splitlines()
    assert watched == "Signal monitor: 900 signal-seconds, 0 faults"
    assert "delay [s]" in header
    assert "35.0 ± " not in fixed
    assert "60.0 ± 24.8" in fixed
    assert "-30.0 [-30.0, -30.0] -50 % *" in wave
    assert header.index("vs fixed-time") == wave.index("-30.0")


def test_a_run_that_is_not_valid_counts_in_no_mean_and_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(FakeBackend, "faulty", [2])
    comparison = compare(make_scenario(), agents(), [1, 2, 3])
    assert set(comparison.values("ppo", "numba", "delay_s")) == {1, 3}
    assert "invalid and left out of all means: ppo, seed 2, numba" in comparison.table()
    assert comparison.signal_watch is not None
    assert (comparison.signal_watch.signal_seconds, comparison.signal_watch.faults) == (900, 3)
    again = read_comparison(comparison.write_json(tmp_path / "results.json"))
    assert again.cells == comparison.cells
    assert "ppo, 2, numba" in render_html(comparison)
