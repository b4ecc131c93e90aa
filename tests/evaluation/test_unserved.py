"""Vehicles that were not served are said, and runs that gridlocked are named."""

from __future__ import annotations

from dataclasses import replace

from tests.reports.samples import make_comparison
from trafficai.evaluation import Comparison
from trafficai.evaluation.unserved import arrived_share, gridlocked, unserved_lines


def arriving(arrived: dict[tuple[str, int], int]) -> Comparison:
    """Return a comparison in the core with so many of 2,015 vehicles arrived by agent and seed; five never got in."""
    comparison = make_comparison({"fixed-time": 40.0, "max-wave": 20.0}, seeds=(1, 2), backends=("numba",))
    cells = []
    for cell in comparison.cells:
        count = arrived[cell.agent, cell.seed]
        cells.append(replace(cell, metrics={**cell.metrics, "arrived": count, "running": 2010 - count}))
    return replace(comparison, cells=tuple(cells))


def test_a_run_is_held_against_the_best_run_of_its_own_seed() -> None:
    # 899 of 1,000 is gridlock, 900 is not; seed 2, where nobody gets through, is no measure for seed 1.
    comparison = arriving({("fixed-time", 1): 1000, ("max-wave", 1): 899, ("fixed-time", 2): 100, ("max-wave", 2): 90})
    assert [(cell.agent, cell.seed) for cell in gridlocked(comparison)] == [("max-wave", 1)]


def test_a_line_says_who_was_not_served() -> None:
    comparison = arriving(
        {("fixed-time", 1): 2010, ("max-wave", 1): 1000, ("fixed-time", 2): 2010, ("max-wave", 2): 2000}
    )
    assert list(unserved_lines(comparison)) == [
        "Vehicles that had not arrived by the end; delay counts what they had lost until then:",
        "  fixed-time, numba: 99.8 % arrived; per run 5.0 never got in and 0.0 were still on their way",
        "  max-wave, numba: 74.4 % arrived; per run 5.0 never got in and 510.0 were still on their way; "
        "gridlocked with seed 1",
        "  (gridlocked: fewer than 90 % of the arrivals of the best agent with that seed)",
    ]


def test_there_is_no_share_of_nothing() -> None:
    comparison = replace(arriving({(a, s): 1 for a in ("fixed-time", "max-wave") for s in (1, 2)}), cells=())
    assert arrived_share(comparison, "max-wave", "numba") is None
    assert list(unserved_lines(comparison)) == []
