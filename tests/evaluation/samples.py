"""A validation made up of four edges: two used, one internal, one empty."""

from __future__ import annotations

import numpy as np

from trafficai.datatypes import EdgeUse
from trafficai.evaluation import Versions
from trafficai.evaluation.validation import CORE, SUMO, VALIDATED, EngineRun, Speed, TimeSeries, Validation

CORE_EDGES = EdgeUse(np.array([[100, 200, 5, 0]]), np.array([10.0, 20.0, 1.0, 0.0]), np.array([80.0, 200.0, 5.0, 0.0]))
SUMO_EDGES = EdgeUse(np.array([[100, 500, 5, 0]]), np.array([10.0, 50.0, 1.0, 0.0]), np.array([100.0, 500.0, 5.0, 0.0]))


def make_run(seed: int, arrived: float, edges: EdgeUse = CORE_EDGES) -> EngineRun:
    """Return a run in which every measure is the number of arrivals."""
    series = TimeSeries(np.array([0.0, 10.0]), np.array([1.0, 2.0]), np.array([5.0, 6.0]))
    return EngineRun(seed, dict.fromkeys(VALIDATED, arrived), edges, series)


def make_validation(
    core: tuple[float, ...] = (100.0, 101.0, 102.0),
    sumo: tuple[float, ...] = (100.0, 101.0, 102.0),
    runs: tuple[EngineRun, ...] | None = None,
) -> Validation:
    """Return a validation over half an hour; ``runs`` stand for both engines."""
    core_runs = runs or tuple(make_run(i, arrived) for i, arrived in enumerate(core, start=1))
    sumo_runs = runs or tuple(make_run(i, arrived, SUMO_EDGES) for i, arrived in enumerate(sumo, start=1))
    return Validation(
        scenario="toy",
        scenario_sha256="ab" * 32,
        begin=0,
        end=1800,
        agent="fixed-time",
        seeds=tuple(run.seed for run in core_runs),
        runs={CORE: core_runs, SUMO: sumo_runs},
        edge_ids=("a", "b", "c", "d"),
        is_normal=np.array([True, True, False, True]),
        speed=Speed(3000.0, 500.0),
        versions=Versions("0.1.0", "1.28.0", "3.11.7", "2.4.6", "0.68.1"),
    )
