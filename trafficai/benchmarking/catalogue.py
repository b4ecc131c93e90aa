"""Every row that can be measured, by name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from functools import partial

from trafficai.benchmarking.core_rows import SMALLEST, batch_contest, core_contest, grid_contest, scale_contest
from trafficai.benchmarking.model import (
    BYTES,
    DECISIONS,
    DECISIONS_WALL,
    SECONDS,
    SECONDS_WALL,
    UPDATES,
    UPDATES_WALL,
    Benchmark,
)
from trafficai.benchmarking.world_rows import (
    cold_start_contest,
    env_contest,
    memory_contest,
    python_contest,
    single_contest,
    warm_start_contest,
)
from trafficai.datatypes import InputError
from trafficai.scenario.catalogue import RESCO

SUMO = "SUMO with its emission device"
SMALL_GRID = f"the core at {SMALLEST} vehicles"

GRIDS = {1_000: True, 10_000: True}
SCALES = {1_000: True, 10_000: True, 100_000: False}  # to lay out the largest takes minutes
BATCHES = (64,)
ENVIRONMENTS = ("cologne1", "cologne8", "grid4x4", "ingolstadt21")
SINGLE_ENVIRONMENTS = ("cologne1",)
SHARES_OF_PYTHON = ("grid4x4",)


def catalogue() -> Iterator[Benchmark]:
    """Yield every benchmark."""
    for name in RESCO:
        yield Benchmark(f"core/{name}", SUMO, UPDATES, partial(core_contest, name))
    for size, is_default in GRIDS.items():
        yield Benchmark(f"grid/{size}", SUMO, UPDATES, partial(grid_contest, size), is_default)
    for size, is_default in SCALES.items():
        yield Benchmark(f"scale/{size}", SMALL_GRID, UPDATES, partial(scale_contest, size), is_default)
    for size in BATCHES:
        against = "1 world on 1 thread"
        yield Benchmark(f"batch/{size}", against, UPDATES_WALL, partial(batch_contest, size), cores=2)
    for name in ENVIRONMENTS:
        yield Benchmark(f"env/{name}", "sumo-rl with libsumo", DECISIONS_WALL, partial(env_contest, name), cores=2)
    for name in SINGLE_ENVIRONMENTS:
        yield Benchmark(f"single/{name}", "sumo-rl with libsumo", DECISIONS, partial(single_contest, name))
    for name in SHARES_OF_PYTHON:
        against = "the compiled call within"
        yield Benchmark(f"python/{name}", against, SECONDS_WALL, partial(python_contest, name), cores=2)
    yield Benchmark("start/warm", "SUMO's start", SECONDS, warm_start_contest)
    yield Benchmark("start/cold", "SUMO's start", SECONDS, cold_start_contest)
    yield Benchmark("memory/world", "a process of SUMO", BYTES, memory_contest)


def select(patterns: Sequence[str] = ()) -> list[Benchmark]:
    """Return the benchmarks whose names match a pattern such as ``core/*``; the default ones where none is given.

    Raises:
        InputError: a pattern matches nothing.
    """
    every = list(catalogue())
    if not patterns:
        return [benchmark for benchmark in every if benchmark.is_default]
    for pattern in patterns:
        if not any(fnmatchcase(benchmark.name, pattern) for benchmark in every):
            names = ", ".join(benchmark.name for benchmark in every)
            raise InputError(f"no row is called {pattern!r}; there are {names}")
    return [benchmark for benchmark in every if any(fnmatchcase(benchmark.name, pattern) for pattern in patterns)]
