"""Running a comparison with progress, keeping what is done, and printing it: for ``compare`` and ``demo``."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from trafficai.cli import console
from trafficai.cli.options import typed_command
from trafficai.controllers import designed
from trafficai.evaluation import CellPlan, Comparison, Observer, basis_lines, compare
from trafficai.evaluation.table import format_interval, signal_lines
from trafficai.metrics import metric_info

if TYPE_CHECKING:
    from trafficai.controllers import Controller
    from trafficai.evaluation import Difference
    from trafficai.scenario.model import Scenario

TABLE_METRICS = ("delay_s", "waiting_time_s", "stops", "co2_kg", "arrived")


def run_comparison(
    scenario: Scenario,
    agents: Mapping[str, Controller],
    seeds: Sequence[int],
    backends: Sequence[str],
    jobs: int | None,
    json: Path | None,
    emission_model: str | None = None,
) -> Comparison:
    """Return the comparison; with a JSON file, whatever is done is in it at any time, marked incomplete until the end.

    Raises:
        InputError: an agent cannot serve the scenario.
        RunError: a run failed twice.
    """
    for controller in agents.values():
        controller.reset(
            designed(controller, scenario), seeds[0]
        )  # refuses a scenario it cannot serve before anything is shown
    with console.progress(f"comparing {len(agents)} agents on {scenario.name}") as bar:
        keeper = _Keeper(bar, len(agents) * len(seeds) * len(backends), scenario.duration, json)
        comparison = compare(scenario, agents, seeds, backends, jobs, keeper, emission_model)
    return keeper.stamp(comparison)


def print_comparison(comparison: Comparison) -> None:
    """Print one table per engine: means, and below each the paired difference in per cent of the baseline."""
    header = ("agent", *(_title(name) for name in TABLE_METRICS))
    for backend in comparison.backends:
        title = f"{comparison.scenario}, {backend}, {_seed_words(comparison)}"
        rows = [
            (agent, *(_cell(comparison, agent, backend, name) for name in TABLE_METRICS)) for agent in comparison.agents
        ]
        console.print_table(title, header, rows, numbers=range(1, len(header)))
    console.say(_legend(comparison))
    print_co2_models(comparison)
    for line in signal_lines(comparison):
        console.say(line)


def print_co2_models(comparison: Comparison) -> None:
    """Print what every model says of the CO2, side by side: the baseline's sum, and the others' change in per cent."""
    for backend in comparison.backends:
        metrics = [m for m in comparison.co2_metrics if comparison.mean(comparison.baseline, backend, m) is not None]
        header = ("agent", *(_title(name) for name in metrics))
        rows = [(agent, *(_co2_cell(comparison, agent, backend, m) for m in metrics)) for agent in comparison.agents]
        console.print_table(f"CO2 by model, {backend}", header, rows, numbers=range(1, len(header)))
    for line in basis_lines(comparison.emission_classes, comparison.co2_metrics):
        console.say(line)


def _co2_cell(comparison: Comparison, agent: str, backend: str, metric: str) -> str:
    """Return the baseline's mean, or how another agent differs from it."""
    mean, difference = comparison.mean(agent, backend, metric), comparison.difference(agent, backend, metric)
    if mean is None or difference is None:
        return "-"
    return format_interval(mean, metric_info(metric).digits) if agent == comparison.baseline else _percent(difference)


class _Keeper(Observer):
    """Shows progress, and keeps the file up to date."""

    def __init__(self, bar: console.Progress, num_cells: int, duration: int, json: Path | None) -> None:
        self._bar, self._num_cells, self._duration, self._json = bar, num_cells, duration, json
        self._simulated: dict[CellPlan, int] = {}
        self._num_done = 0
        self._lock = threading.Lock()
        self._created = datetime.now(UTC).isoformat(timespec="seconds")

    def advanced(self, plan: CellPlan, simulated_s: int) -> None:
        """Move the bar."""
        with self._lock:
            self._simulated[plan] = simulated_s
            self._show()

    def finished(self, so_far: Comparison) -> None:
        """Write what is done."""
        with self._lock:
            self._num_done = len(so_far.cells)
            self._show()
        if self._json is not None and so_far.cells:
            self.stamp(so_far).write_json(self._json)

    def stamp(self, comparison: Comparison) -> Comparison:
        """Return the comparison with command and date."""
        return replace(comparison, command=typed_command.get(), created=self._created)

    def _show(self) -> None:
        share = sum(self._simulated.values()) / (self._num_cells * self._duration)
        self._bar.advance_to(share, f"{self._num_done} of {self._num_cells} runs")


def _title(name: str) -> str:
    info = metric_info(name)
    return f"{info.label}\n[{info.unit}]" if info.unit else info.label


def _cell(comparison: Comparison, agent: str, backend: str, metric: str) -> str:
    """Return mean and interval, and on a second line the difference from the baseline."""
    mean = comparison.mean(agent, backend, metric)
    if mean is None:
        return "-"
    text = format_interval(mean, metric_info(metric).digits)
    difference = comparison.difference(agent, backend, metric)
    if difference is None or agent == comparison.baseline:
        return text
    return f"{text}\n{_percent(difference)}"


def _percent(difference: Difference) -> str:
    """Return ``-43 ± 2 % *``; the star where the interval excludes zero."""
    percent = difference.percent
    if percent is None:
        return ""
    digits = 1 if abs(percent.mean) < 10.0 else 0
    spread = "" if percent.half_width is None else f" ± {percent.half_width:.{digits}f}"
    return f"{percent.mean:+.{digits}f}{spread} %{' *' if percent.excludes_zero else ''}"


def _seed_words(comparison: Comparison) -> str:
    seeds = comparison.seeds
    return f"seed {seeds[0]}" if len(seeds) == 1 else f"{len(seeds)} seeds ({seeds[0]} to {seeds[-1]})"


def _legend(comparison: Comparison) -> str:
    """Return how to read the tables."""
    if len(comparison.seeds) == 1:
        return "One seed only: there is no interval, and no difference can be told from chance."
    return (
        f"Mean ± half the 95 % interval; below it the change against {comparison.baseline}, paired by seed, likewise. "
        "* where the interval excludes zero."
    )
