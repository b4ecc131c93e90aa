"""Holds ratios against those of a baseline: fires on a real slow-down, and not on noise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from trafficai.benchmarking.baseline import Baseline
from trafficai.benchmarking.measure import Observer, Results, measure_all
from trafficai.benchmarking.model import Benchmark, Row

TOLERANCE = 0.15
"""Share by which a ratio may lie below the baseline's."""


class Fall(NamedTuple):
    """A row that lies too far below the baseline."""

    name: str
    was: float
    now: float

    def __str__(self) -> str:
        """Say it in one line."""
        share = 100.0 * (1.0 - self.now / self.was)
        return f"{self.name} fell by {share:.0f} %: its ratio is {self.now:.3g}, the baseline's {self.was:.3g}"


def find_falls(rows: Iterable[Row], baseline: Baseline) -> list[Fall]:
    """Return the rows whose ratio lies more than the tolerance below the baseline's; rows it lacks pass."""
    pairs = ((row, baseline.expect(row)) for row in rows)
    return [
        Fall(row.name, was, row.ratio) for row, was in pairs if was is not None and row.ratio < (1.0 - TOLERANCE) * was
    ]


def run_gated(
    benchmarks: Sequence[Benchmark], baseline: Baseline, repeats: int, observe: Observer | None = None
) -> Results:
    """Measure, and measure once more what fell; of two rounds the better one counts.

    A real slow-down is there in both rounds, a busy neighbour seldom is.
    """
    first = measure_all(benchmarks, repeats, observe)
    fallen = {fall.name for fall in find_falls(first.rows, baseline)}
    second = measure_all([benchmark for benchmark in benchmarks if benchmark.name in fallen], repeats, observe)
    again = {row.name: row for row in second.rows}
    rows = tuple(max(row, again.get(row.name, row), key=lambda one: one.ratio) for row in first.rows)
    return Results(rows, first.skipped)
