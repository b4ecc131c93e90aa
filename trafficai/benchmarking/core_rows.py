"""The core's speed: against SUMO on a map and on a grid, at many sizes, and in many worlds at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from trafficai.benchmarking.grids import make_grid
from trafficai.benchmarking.model import Contest
from trafficai.benchmarking.plain_sumo import SEED, sumo_speed
from trafficai.datatypes.requests import FOLLOW_PROGRAM
from trafficai.scenario import load_scenario
from trafficai.scenario.model import Scenario

if TYPE_CHECKING:
    from trafficai.backends.numba import NumbaBackend

LEAST_CPU_S = 0.3
"""A sample of ours repeats the run until it took this long, for a run of a small map is over in 50 ms [s]."""

SMALLEST = 100
"""Vehicles of the grid that larger ones are held against."""

BATCH_THREADS = 2
BATCH_SECONDS = 900
BATCH_INTERVAL_S = 10


def core_contest(scenario: str, folder: Path) -> Contest:
    """Let the core and SUMO run a scenario of the catalogue."""
    loaded = load_scenario(scenario)
    return Contest(_core_speed(_ready_engine(loaded)), sumo_speed(loaded, folder))


def grid_contest(num_vehicles: int, folder: Path) -> Contest:
    """Let the core and SUMO run a signalised grid on which about so many vehicles drive."""
    sumo = sumo_speed(make_grid(num_vehicles), folder)
    return Contest(_core_speed(_grid_engine(num_vehicles)), sumo)


def scale_contest(num_vehicles: int, folder: Path) -> Contest:
    """Let the core run a large grid and a small one of the same density."""
    del folder
    return Contest(_core_speed(_grid_engine(num_vehicles)), _core_speed(_grid_engine(SMALLEST)))


def batch_contest(num_worlds: int, folder: Path) -> Contest:
    """Let many worlds of grid4x4 run on two threads, and one on one."""
    del folder
    scenario = load_scenario("grid4x4")
    return Contest(_batch_speed(scenario, num_worlds, BATCH_THREADS), _batch_speed(scenario, 1, 1))


def _ready_engine(scenario: Scenario) -> NumbaBackend:
    """Return the core with the scenario laid out, compiled and warmed up."""
    from trafficai.backends.numba import NumbaBackend

    engine = NumbaBackend(scenario)
    engine.reset(SEED)
    engine.advance(own_programs(scenario), 1)
    return engine


@cache
def _grid_engine(num_vehicles: int) -> NumbaBackend:
    """Return the core on a grid; kept, for a large one takes minutes to lay out."""
    return _ready_engine(make_grid(num_vehicles))


def _core_speed(engine: NumbaBackend) -> Callable[[], float]:
    """Return a function that gives the core's vehicle updates per CPU second."""
    requests = own_programs(engine.scenario)
    return lambda: _sample_core(engine, requests)


def _sample_core(engine: NumbaBackend, requests: NDArray[np.int32]) -> float:
    updates, seconds = 0, 0.0
    while seconds < LEAST_CPU_S:
        engine.reset(SEED)
        begin = time.thread_time()
        engine.advance(requests, engine.scenario.duration)
        seconds += time.thread_time() - begin
        updates += engine.vehicle_updates()
    return updates / seconds


def own_programs(scenario: Scenario) -> NDArray[np.int32]:
    """Return the requests that let every signal run its own program, as SUMO's do."""
    return np.full(len(scenario.signals), FOLLOW_PROGRAM, dtype=np.int32)


def _batch_speed(scenario: Scenario, num_worlds: int, threads: int) -> Callable[[], float]:
    """Return a function that gives the vehicle updates per second of a batch that decides every ten seconds."""
    from trafficai.backends.numba import NumbaBatch

    batch = NumbaBatch(scenario, num_worlds, threads)
    requests = np.tile(own_programs(scenario), (num_worlds, 1))
    batch.reset(range(num_worlds))
    batch.advance(requests, 1)

    def sample() -> float:
        updates, seconds = 0, 0.0
        while seconds < LEAST_CPU_S:
            batch.reset(range(num_worlds))
            begin = time.perf_counter()
            for _ in range(BATCH_SECONDS // BATCH_INTERVAL_S):
                batch.advance(requests, BATCH_INTERVAL_S)
            seconds += time.perf_counter() - begin
            updates += batch.vehicle_updates()
        return updates / seconds

    return sample
