"""One run: when the controller decides, and what is counted."""

from __future__ import annotations

import subprocess
import sys
import time

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.evaluation.fakes import FakeBackend, FakeController, PickyController, make_scenario
from trafficai.datatypes import FOLLOW_PLAN, InputError, Snapshot
from trafficai.evaluation import run_episode, simulate
from trafficai.evaluation.processor_time import cpu_seconds


def test_the_last_interval_is_cut_at_the_end() -> None:
    backend = FakeBackend(make_scenario(begin=50, end=150), "numba")
    told: list[int] = []
    result = run_episode(backend, FakeController("a", 3.0), seed=1, progress=told.append)
    assert backend.calls == [30, 30, 30, 10]
    assert told == [30, 60, 90, 100]
    assert result.performance.simulated_s == 100
    assert result.performance.vehicle_updates == 100
    assert result.metrics.delay_s == 13.0


def test_the_wall_clock_covers_the_decisions() -> None:
    backend = FakeBackend(make_scenario(), "numba", pause=0.02)
    performance = run_episode(backend, FakeController("a", 3.0), seed=1).performance
    assert 0.08 <= performance.wall_s < 5.0
    assert 0.0 <= performance.cpu_s < performance.wall_s


@pytest.mark.skipif(sys.platform != "linux", reason="descendants are found on Linux only")
def test_what_a_child_process_works_is_counted() -> None:
    busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        before, started = cpu_seconds(), time.monotonic()
        while cpu_seconds() - before < 0.2:
            assert time.monotonic() - started < 20.0
            time.sleep(0.02)
    finally:
        busy.kill()
        busy.wait()


def test_a_controller_that_cannot_serve_the_scenario_is_bad_input() -> None:
    with pytest.raises(InputError, match="another scenario"):
        run_episode(FakeBackend(make_scenario(), "numba"), PickyController("ppo", 0.0), seed=1)


def test_a_controller_that_never_lets_time_pass_is_refused() -> None:
    with pytest.raises(InputError, match="decides every 0 s"):
        run_episode(FakeBackend(make_scenario(), "numba"), FakeController("a", 0.0, decision_interval=0), seed=1)


def test_simulate_closes_the_engine_even_when_the_run_fails(fake_engines: list[FakeBackend]) -> None:
    simulate(make_scenario(), FakeController("a", 1.0), "numba", seed=2)
    with pytest.raises(InputError):
        simulate(make_scenario(), PickyController("a", 1.0), "sumo", seed=2)
    assert [engine.is_closed for engine in fake_engines] == [True, True]


def test_simulate_compiles_before_the_clock_starts_and_starts_anew(fake_engines: list[FakeBackend]) -> None:
    result = simulate(make_scenario(), FakeController("a", 1.0), "numba", seed=2)
    assert fake_engines[0].calls == [30, 30, 30, 10]
    assert result.performance.vehicle_updates == 100


class Answering(FakeController):
    """Gives the same answer whatever it sees, after a while."""

    def __init__(self, answer: object, pause: float = 0.0) -> None:
        super().__init__("a", 0.0)
        self._answer, self._pause = answer, pause

    def decide(self, snapshot: Snapshot) -> NDArray[np.int32]:
        del snapshot
        time.sleep(self._pause)
        return self._answer  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("missing", None),
        ("wrong_shape", [1, 2]),
        ("not_a_number", [float("nan")]),
        ("not_a_number", ["green"]),
        ("out_of_range", [10_000]),
        ("out_of_range", [-3]),
        ("out_of_range", [0.5]),
    ],
)
def test_a_decision_that_is_none_gives_way_to_the_fixed_plan_and_is_counted(kind: str, answer: object) -> None:
    backend = FakeBackend(make_scenario(), "numba")
    result = run_episode(backend, Answering(answer), seed=1)
    assert backend.requested == FOLLOW_PLAN
    assert {name for name, count in result.signals.fallbacks.items() if count} == {kind}
    assert result.signals.fallbacks[kind] == 4


def test_a_late_decision_gives_way_only_where_there_is_a_time_budget() -> None:
    late = Answering([3], pause=0.02)
    backend = FakeBackend(make_scenario(), "numba")
    assert run_episode(backend, late, seed=1, time_budget=0.01).signals.fallbacks["late"] == 4
    assert backend.requested == FOLLOW_PLAN
    assert run_episode(backend, late, seed=1).signals.fallbacks["late"] == 0
    assert backend.requested == 3


def test_a_run_in_which_a_signal_is_at_fault_is_not_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeBackend, "faulty", [2])
    results = [run_episode(FakeBackend(make_scenario(), "numba"), FakeController("a", 3.0), seed) for seed in (1, 2)]
    assert [result.signals.is_valid for result in results] == [True, False]
    assert str(results[1].signals.watch) == (
        "Signal monitor: 100 signal-seconds, 1 fault; the first: signal 'toy', position 1, at 9 s: yellow skipped"
    )
