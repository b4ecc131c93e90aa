"""Runs every cell of a comparison, some at a time; the results do not depend on how many."""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from trafficai.backends.assumptions import notes_of
from trafficai.controllers.base import Controller, designed, engine_options
from trafficai.datatypes import InputError
from trafficai.evaluation.comparison import Cell, Comparison
from trafficai.evaluation.emission_basis import emission_basis
from trafficai.evaluation.engines import Engines
from trafficai.evaluation.episode import run_episode
from trafficai.evaluation.mapping import Stay, map_runs
from trafficai.evaluation.warm_up import warm_up_of
from trafficai.scenario.model import Scenario

PREFERRED_BASELINE = "fixed-time"
"""What the street has today: the others are held against it wherever it takes part."""


class CellPlan(NamedTuple):
    """A cell that is to be run."""

    agent: str
    seed: int
    backend: str


class EngineKind(NamedTuple):
    """What engines are told apart by."""

    backend: str
    scenario: str  # sha256; controllers may have scenarios of their own made


class Observer:
    """Told how a comparison goes; the methods do nothing until overridden.

    ``advanced`` is called from worker threads, ``finished`` from the caller's.
    """

    def advanced(self, plan: CellPlan, simulated_s: int) -> None:
        """Hear that a cell has now simulated so many seconds; a cell that is retried starts again."""

    def finished(self, so_far: Comparison) -> None:
        """Hear that a cell is done, with all that is known by now (``complete`` is False until the last)."""


def compare(
    scenario: Scenario,
    controllers: Sequence[Controller] | Mapping[str, Controller],
    seeds: Sequence[int],
    backend: str | Sequence[str] = "numba",
    jobs: int | None = None,
    observer: Observer | None = None,
    warm_up: int = 0,
    emission_model: str | None = None,
) -> Comparison:
    """Run every controller with every seed in every engine, and return the paired comparison; CO2 by several models.

    Args:
        scenario: what is simulated.
        controllers: the agents by name, or under their own names; the first is the baseline unless fixed-time is there.
        seeds: each is used by every controller, so that differences are paired.
        backend: one engine, several, or "both".
        jobs: cells run at the same time, by default one per processor.
        observer: told of progress, and of every cell as soon as it is done.
        warm_up: vehicles scheduled in the first so many seconds are simulated, but in no metric [s].
        emission_model: PHEMlight or PHEMlight5, where SUMO's own figures of cars are to follow it.

    Raises:
        InputError: nothing to compare, a name twice, a controller that cannot serve the scenario, or a warm-up that
            leaves nothing to count.
        RunError: a cell failed twice; what was done before was told to the observer.
    """
    from trafficai.backends import make_backend

    named = _name(controllers)
    empty = _empty_comparison(scenario, tuple(named), engines_of(backend), tuple(seeds))
    basis = emission_basis(scenario, emission_model)
    empty = replace(empty, warm_up=warm_up_of(scenario, warm_up), emission_classes=basis)
    scenarios = {name: designed(controller, scenario) for name, controller in named.items()}
    for name, controller in named.items():
        copy.deepcopy(controller).reset(scenarios[name], empty.seeds[0])
    plans = [CellPlan(agent, seed, engine) for seed in empty.seeds for engine in empty.backends for agent in named]
    marks = {name: each.sha256 for name, each in scenarios.items()}
    by_mark = {each.sha256: each for each in scenarios.values()}
    options = {**engine_options(*named.values()), "opinions": True, "emission_model": emission_model}
    with Engines[EngineKind](lambda kind: make_backend(by_mark[kind.scenario], kind.backend, **options)) as engines:
        runner = _Runner(engines, named, marks, empty, observer or Observer())
        return runner.run(plans, jobs or os.cpu_count() or 1)


def engines_of(backend: str | Sequence[str]) -> tuple[str, ...]:
    """Return the engines that ``backend`` stands for; "both" is the core and SUMO."""
    if backend == "both":
        return ("numba", "sumo")
    return (backend,) if isinstance(backend, str) else tuple(backend)


class _Runner:
    """The state of one running comparison."""

    def __init__(
        self,
        engines: Engines[EngineKind],
        controllers: Mapping[str, Controller],
        marks: Mapping[str, str],
        empty: Comparison,
        observer: Observer,
    ) -> None:
        self._engines, self._controllers, self._marks = engines, controllers, marks
        self._empty, self._observer = empty, observer

    def run(self, plans: Sequence[CellPlan], jobs: int) -> Comparison:
        """Run the plans, ``jobs`` at a time; on any failure stop the others and pass on what is done."""

        def finished(done: Mapping[CellPlan, Cell]) -> None:
            self._observer.finished(self._so_far(done, len(plans)))

        def name(plan: CellPlan) -> str:
            return f"{plan.agent}, seed {plan.seed}, {plan.backend}"

        return self._so_far(map_runs(plans, self._run_cell, jobs, finished, name), len(plans))

    def _run_cell(self, plan: CellPlan, stay: Stay) -> Cell:
        """Run one cell."""

        def tell(simulated_s: int) -> None:
            stay()
            self._observer.advanced(plan, simulated_s)

        controller = copy.deepcopy(self._controllers[plan.agent])
        with self._engines.lend(EngineKind(plan.backend, self._marks[plan.agent])) as engine:
            result = run_episode(engine, controller, plan.seed, tell, warm_up=self._empty.warm_up.seconds)
        return Cell(plan.agent, plan.seed, plan.backend, result.metrics.as_dict(), result.signals)

    def _so_far(self, done: Mapping[CellPlan, Cell], planned: int) -> Comparison:
        """Return the comparison of the cells done by now, in an order that does not depend on who finished first."""
        cells = sorted(done.values(), key=self._position)
        return replace(self._empty, cells=tuple(cells), complete=len(cells) == planned)

    def _position(self, cell: Cell) -> tuple[int, int, int]:
        plan = self._empty
        return plan.backends.index(cell.backend), plan.agents.index(cell.agent), plan.seeds.index(cell.seed)


def _empty_comparison(
    scenario: Scenario, agents: tuple[str, ...], backends: tuple[str, ...], seeds: tuple[int, ...]
) -> Comparison:
    """Return the comparison before anything is run, its plan checked."""
    _require_distinct("agent", agents)
    _require_distinct("seed", seeds)
    _require_distinct("engine", backends)
    return Comparison(
        scenario=scenario.name,
        scenario_sha256=scenario.sha256,
        begin=scenario.begin,
        end=scenario.end,
        agents=agents,
        backends=backends,
        seeds=seeds,
        baseline=PREFERRED_BASELINE if PREFERRED_BASELINE in agents else agents[0],
        cells=(),
        notes=notes_of(scenario),
        complete=False,
    )


def _name(controllers: Sequence[Controller] | Mapping[str, Controller]) -> dict[str, Controller]:
    """Return the controllers by name."""
    if isinstance(controllers, Mapping):
        return dict(controllers)
    _require_distinct("agent", [controller.name for controller in controllers])
    return {controller.name: controller for controller in controllers}


def _require_distinct(what: str, values: Sequence[object]) -> None:
    if not values:
        raise InputError(f"a comparison needs at least one {what}")
    twice = next((value for i, value in enumerate(values) if value in values[:i]), None)
    if twice is not None:
        raise InputError(f"{what} {twice!r} is named twice; name it once")
