"""Runs the same scenario in the core and in SUMO, some runs at a time; the results do not depend on how many."""

from __future__ import annotations

import copy
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.backends.assumptions import notes_of
from trafficai.backends.base import Backend
from trafficai.controllers.base import Controller, designed, engine_options
from trafficai.datatypes import InputError, Snapshot
from trafficai.evaluation.emission_basis import basis_lines, emission_basis
from trafficai.evaluation.engines import Engines
from trafficai.evaluation.episode import run_episode
from trafficai.evaluation.mapping import Stay, map_runs
from trafficai.evaluation.speed import measure_speed
from trafficai.evaluation.validation import CORE, SUMO, EngineRun, TimeSeries, Validation
from trafficai.scenario.model import Scenario

BACKENDS: Final = {CORE: "numba", SUMO: "sumo"}

Told = Callable[[float], None]
"""Called from worker threads with the share of the runs that is done (0 to 1)."""

Finished = Callable[[Validation], None]
"""Called from the caller's thread after every run with what all runs so far tell."""


class RunPlan(NamedTuple):
    """A run that is to be made."""

    engine: str
    seed: int


def validate(
    scenario: Scenario,
    controller: Controller,
    seeds: Sequence[int],
    jobs: int | None = None,
    told: Told | None = None,
    finished: Finished | None = None,
    *,
    speed: bool = True,
) -> Validation:
    """Run the scenario under the controller with every seed in both engines, then measure how fast each is.

    Args:
        scenario: what is simulated.
        controller: what sets the signals.
        seeds: each is used in both engines.
        jobs: runs at the same time, by default one per processor.
        told: told of progress.
        finished: told of every run as soon as it is done.
        speed: whether speed is measured.

    Raises:
        InputError: no seed, one named twice, or a controller that cannot serve the scenario.
        RunError: a run failed twice; what was done before was told to ``finished``.
    """
    from trafficai.backends import make_backend

    if not seeds or len(set(seeds)) < len(seeds):
        raise InputError("a validation needs at least one seed, and each only once")
    scenario = designed(controller, scenario)
    copy.deepcopy(controller).reset(scenario, seeds[0])
    plans = [RunPlan(engine, seed) for seed in seeds for engine in BACKENDS]

    def so_far(runs: Mapping[RunPlan, EngineRun]) -> Validation:
        return _validation(scenario, controller.name, tuple(seeds), runs)

    def keep(runs: Mapping[RunPlan, EngineRun]) -> None:
        if finished is not None and runs:
            finished(so_far(runs))

    options = engine_options(controller)
    with Engines[str](lambda name: make_backend(scenario, name, edge_data=True, **options)) as engines:
        runs = _Runs(engines, scenario, controller, len(plans), told)
        made = so_far(map_runs(plans, runs.make, jobs or os.cpu_count() or 1, keep, _name))
    return replace(made, speed=measure_speed(scenario, seeds[0])) if speed else made


def _validation(
    scenario: Scenario, agent: str, seeds: tuple[int, ...], runs: Mapping[RunPlan, EngineRun]
) -> Validation:
    """Return what the runs made by now tell."""
    network = scenario.network
    plans = {engine: [RunPlan(engine, seed) for seed in seeds] for engine in BACKENDS}
    return Validation(
        scenario=scenario.name,
        scenario_sha256=scenario.sha256,
        begin=scenario.begin,
        end=scenario.end,
        agent=agent,
        seeds=seeds,
        runs={engine: tuple(runs[plan] for plan in plans[engine] if plan in runs) for engine in BACKENDS},
        edge_ids=tuple(edge.id for edge in network.edges),
        is_normal=np.array([edge.function in ("normal", "connector") for edge in network.edges], dtype=np.bool_),
        notes=(*notes_of(scenario), *basis_lines(emission_basis(scenario), ("co2_kg", "engine_co2_kg"))),
        complete=len(runs) == len(seeds) * len(BACKENDS),
    )


def _name(plan: RunPlan) -> str:
    return f"seed {plan.seed}, {plan.engine}"


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

    def __init__(
        self, engines: Engines[str], scenario: Scenario, controller: Controller, num_runs: int, told: Told | None
    ) -> None:
        self._engines, self._controller = engines, controller
        self._total, self._told = num_runs * scenario.duration, told
        self._simulated: dict[RunPlan, int] = {}
        self._lock = threading.Lock()

    def make(self, plan: RunPlan, stay: Stay) -> EngineRun:
        """Make one run."""

        def tell(simulated_s: int) -> None:
            stay()
            self._tell(plan, simulated_s)

        watcher = Watcher(copy.deepcopy(self._controller))
        with self._engines.lend(BACKENDS[plan.engine]) as engine:
            metrics = run_episode(engine, watcher, plan.seed, tell).metrics.as_dict()
            return EngineRun(plan.seed, metrics | _watched(engine), engine.edges(), watcher.series())

    def _tell(self, plan: RunPlan, simulated_s: int) -> None:
        """Pass progress on."""
        with self._lock:
            self._simulated[plan] = simulated_s
            if self._told is not None:
                self._told(sum(self._simulated.values()) / self._total)


def _watched(engine: Backend) -> dict[str, int | float]:
    """Return what the books of a finished run say of stop lines and safety."""
    safety, flow = engine.safety(), engine.discharge().saturation_flow
    return safety._asdict() | ({} if flow is None else {"saturation_flow_veh_h": flow})
