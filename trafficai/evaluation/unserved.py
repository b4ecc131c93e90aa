"""Vehicles that a run did not serve: which runs gridlocked, and who had not arrived when it ended."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from trafficai.evaluation.comparison import Cell, Comparison
from trafficai.evaluation.validation import GRIDLOCK_SHARE


def gridlocked(comparison: Comparison) -> tuple[Cell, ...]:
    """Return the runs with fewer than 90 % of the arrivals of the best run of the same seed in the same engine."""
    best: defaultdict[tuple[str, int], float] = defaultdict(float)
    for cell in comparison.cells:
        key = cell.backend, cell.seed
        best[key] = max(best[key], cell.metrics["arrived"])
    return tuple(
        cell for cell in comparison.cells if cell.metrics["arrived"] < GRIDLOCK_SHARE * best[cell.backend, cell.seed]
    )


def arrived_share(comparison: Comparison, agent: str, backend: str) -> float | None:
    """Return the share of all scheduled vehicles of all runs that arrived, None where there is no run or no vehicle."""
    arrived, loaded = (sum(comparison.values(agent, backend, name).values()) for name in ("arrived", "loaded"))
    return arrived / loaded if loaded else None


def unserved_lines(comparison: Comparison) -> Iterator[str]:
    """Yield a line per agent and engine that left vehicles unserved, and which of its runs gridlocked."""
    lines = list(_lines(comparison))
    if lines:
        yield "Vehicles that had not arrived by the end; delay counts what they had lost until then:"
    yield from lines
    if any("gridlocked" in line for line in lines):
        yield "  (gridlocked: fewer than 90 % of the arrivals of the best agent with that seed)"


def _lines(comparison: Comparison) -> Iterator[str]:
    locked = gridlocked(comparison)
    for backend in comparison.backends:
        for agent in comparison.agents:
            share = arrived_share(comparison, agent, backend)
            if share is not None and share < 1.0:
                seeds = [cell.seed for cell in locked if (cell.agent, cell.backend) == (agent, backend)]
                yield f"  {agent}, {backend}: {_words(comparison, agent, backend, share)}{_gridlock_words(seeds)}"


def _words(comparison: Comparison, agent: str, backend: str, share: float) -> str:
    """Return ``97.2 % arrived; per run 3.0 never got in and 56.1 were still on their way``."""
    outside, running = (comparison.mean(agent, backend, name) for name in ("waiting_to_enter", "running"))
    assert outside is not None
    assert running is not None
    return (
        f"{100.0 * share:.1f} % arrived; per run {outside.mean:.1f} never got in and {running.mean:.1f} were still on "
        "their way"
    )


def _gridlock_words(seeds: list[int]) -> str:
    """Return which runs gridlocked, nothing where none did."""
    if not seeds:
        return ""
    named = ", ".join(map(str, seeds))
    return f"; gridlocked with seed{'s' if len(seeds) > 1 else ''} {named}"
