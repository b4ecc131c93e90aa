"""Runs the same scenario in the core and in SUMO, some runs at a time; the results do not depend on how many."""

from __future__ import annotations

import contextlib
import copy
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.backends.assumptions import notes_of
from trafficai.controllers.base import Controller
from trafficai.datatypes import InputError, Snapshot
from trafficai.evaluation.episode import run_episode
from trafficai.evaluation.speed import measure_speed
from trafficai.evaluation.validation import CORE, SUMO, EngineRun, TimeSeries, Validation
from trafficai.scenario.model import Scenario

BACKENDS: Final = {CORE: "numba", SUMO: "sumo"}

Told = Callable[[float], None]
"""Called from worker threads with the share of the runs that is done (0 to 1)."""


class RunPlan(NamedTuple):
    """A run that is to be made."""

    engine: str
    seed: int


class _StoppedError(Exception):
    """Another run failed, or the user had enough."""


def validate(
    scenario: Scenario,
    controller: Controller,
    seeds: Sequence[int],
    jobs: int | None = None,
    told: Told | None = None,
) -> Validation:
    """Run the scenario under the controller with every seed in both engines, then measure how fast each is.

    Raises:
        InputError: no seed, one named twice, or a controller that cannot serve the scenario.
        RunError: a run failed.
    """
    if not seeds or len(set(seeds)) < len(seeds):
        raise InputError("a validation needs at least one seed, and each only once")
    copy.deepcopy(controller).reset(scenario, seeds[0])
    plans = [RunPlan(engine, seed) for seed in seeds for engine in BACKENDS]
    runs = _Runs(scenario, controller, len(plans), told).make(plans, jobs or os.cpu_count() or 1)
    network = scenario.network
    return Validation(
        scenario=scenario.name,
        scenario_sha256=scenario.sha256,
        begin=scenario.begin,
        end=scenario.end,
        agent=controller.name,
        seeds=tuple(seeds),
        runs={engine: tuple(runs[RunPlan(engine, seed)] for seed in seeds) for engine in BACKENDS},
        edge_ids=tuple(edge.id for edge in network.edges),
        is_normal=np.array([edge.function in ("normal", "connector") for edge in network.edges], dtype=np.bool_),
        speed=measure_speed(scenario, seeds[0]),
        notes=notes_of(scenario),
    )


class Watcher:
    """A controller that notes what it sees and leaves the decision to another."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller
        self.name, self.decision_interval = controller.name, controller.decision_interval
        self._seen: list[tuple[float, float, float]] = []

    def reset(self, scenario: Scenario, seed: int) -> None:
        """Prepare for a run."""
        self._seen.clear()
        self._controller.reset(scenario, seed)
        self.decision_interval = self._controller.decision_interval

    def decide(self, snapshot: Snapshot) -> NDArray[np.int32]:
        """Note time, vehicles on the road and their speed; return the other's decision."""
        on_lanes = float(snapshot.lane_count.sum())
        speed = float(snapshot.lane_speed_sum.sum()) / on_lanes if on_lanes > 0.0 else 0.0
        self._seen.append((float(snapshot.time), float(snapshot.total_running), speed))
        return self._controller.decide(snapshot)

    def series(self) -> TimeSeries:
        """Return what was seen since the reset."""
        return TimeSeries(*np.array(self._seen).reshape(-1, 3).T)


class _Runs:
    """The runs under way."""

    def __init__(self, scenario: Scenario, controller: Controller, num_runs: int, told: Told | None) -> None:
        self._scenario, self._controller = scenario, controller
        self._total, self._told = num_runs * scenario.duration, told
        self._simulated: dict[RunPlan, int] = {}
        self._lock, self._stop = threading.Lock(), threading.Event()

    def make(self, plans: Sequence[RunPlan], jobs: int) -> dict[RunPlan, EngineRun]:
        """Make the runs, ``jobs`` at a time; on any failure stop the others and raise the first."""
        with ThreadPoolExecutor(max(1, jobs), thread_name_prefix="run") as pool:
            futures = [pool.submit(self._run, plan) for plan in plans]
            try:
                results = [future.result() for future in futures]
            except BaseException as error:
                self._stop.set()
                pool.shutdown(cancel_futures=True)
                errors = (future.exception() for future in futures if future.done() and not future.cancelled())
                cause = next((each for each in errors if each and not isinstance(each, _StoppedError)), error)
                raise (cause if isinstance(error, Exception) else error) from None
        return dict(zip(plans, results, strict=True))

    def _run(self, plan: RunPlan) -> EngineRun:
        from trafficai.backends import make_backend

        watcher = Watcher(copy.deepcopy(self._controller))
        try:
            with contextlib.closing(make_backend(self._scenario, BACKENDS[plan.engine], edge_data=True)) as engine:
                result = run_episode(engine, watcher, plan.seed, lambda simulated: self._tell(plan, simulated))
                return EngineRun(plan.seed, result.metrics.as_dict(), engine.edges(), watcher.series())
        except BaseException:
            self._stop.set()
            raise

    def _tell(self, plan: RunPlan, simulated_s: int) -> None:
        """Pass progress on; leave a run that is no longer wanted."""
        if self._stop.is_set():
            raise _StoppedError
        with self._lock:
            self._simulated[plan] = simulated_s
            if self._told is not None:
                self._told(sum(self._simulated.values()) / self._total)
