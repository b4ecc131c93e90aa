"""Takes the samples: ours and theirs in turns, on one core, so that what slows the machine slows both."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from trafficai.benchmarking.model import Benchmark, Row, Unavailable

REPEATS = 3
"""Samples of each side unless said otherwise; a median needs three."""

Observer = Callable[[float, str], None]
"""Called with the share done (0 to 1) and a few words."""


class Results(NamedTuple):
    """Rows in the order asked for, and why others are missing."""

    rows: tuple[Row, ...]
    skipped: dict[str, str]


def measure_all(benchmarks: Sequence[Benchmark], repeats: int = REPEATS, observe: Observer | None = None) -> Results:
    """Measure one benchmark after the other; one that cannot be taken here is skipped.

    Raises:
        RunError: an engine broke.
    """
    rows: list[Row] = []
    skipped: dict[str, str] = {}
    for done, benchmark in enumerate(benchmarks):
        try:
            rows.append(measure(benchmark, repeats))
            note = f"{benchmark.name}: {rows[-1].ratio:.2f}"
        except Unavailable as reason:
            skipped[benchmark.name] = str(reason)
            note = f"{benchmark.name}: skipped"
        if observe is not None:
            observe((done + 1) / len(benchmarks), note)
    return Results(tuple(rows), skipped)


def measure(benchmark: Benchmark, repeats: int) -> Row:
    """Return the row of a benchmark; raises Unavailable where it cannot be taken here."""
    with tempfile.TemporaryDirectory(prefix="trafficai-bench-") as folder, pinned(benchmark.cores):
        contest = benchmark.prepare(Path(folder))
        pairs = [(contest.ours(), contest.theirs()) for _ in range(repeats)]
    ours, theirs = zip(*pairs, strict=True)
    return Row(benchmark.name, benchmark.against, benchmark.unit, ours, theirs)


@contextlib.contextmanager
def pinned(num_cores: int) -> Iterator[None]:
    """Keep this thread, and the processes it starts, on some cores, where the system can; Unavailable if too few."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    if len(allowed) < num_cores:
        raise Unavailable(f"needs {num_cores} cores; this process may use {len(allowed)}")
    os.sched_setaffinity(0, sorted(allowed)[-num_cores:])
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)
