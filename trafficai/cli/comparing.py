"""Running a comparison with progress, keeping what is done, and printing it: for ``compare`` and ``demo``."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from trafficai.cli import console
from trafficai.cli.options import typed_command
from trafficai.evaluation import CellPlan, Comparison, Observer, basis_lines, compare, served
from trafficai.evaluation.comparison import FAMILY
from trafficai.evaluation.table import footer_lines, format_interval
from trafficai.metrics import metric_info

if TYPE_CHECKING:
    from trafficai.controllers import Controller
    from trafficai.evaluation import Difference
    from trafficai.scenario.model import Scenario

TABLE_METRICS = FAMILY


class Order(NamedTuple):
    """How a comparison is to be made."""

    seeds: Sequence[int]
    backends: Sequence[str]
    jobs: int | None = None  # one per processor
    json: Path | None = None  # holds whatever is done, at any time
    warm_up: int = 0  # [s]
    precision: float | None = None  # [%] of the baseline's mean delay
    emission_model: str | None = None  # what SUMO's own figures of cars follow
    left_out: tuple[str, ...] = ()  # which agents that were asked for do not take part, and why


def require_served(
    scenario: Scenario, agents: Mapping[str, Controller], optional: Collection[str] = ()
) -> tuple[dict[str, Controller], tuple[str, ...]]:
    """Return the agents that can serve the scenario, and why optional ones cannot, which is said on stderr, too.

    Raises:
        InputError: one that is not optional cannot.
    """
    able, unable = served(scenario, agents, seed=1, optional=optional)
    left_out = tuple(f"{name} is left out: {why}" for name, why in unable.items())
    console.report_warnings(left_out)
    return able, left_out


def run_comparison(scenario: Scenario, agents: Mapping[str, Controller], order: Order) -> Comparison:
    """Return the comparison; with a JSON file, whatever is done is in it at any time, marked incomplete until the end.

    Raises:
        InputError: an agent cannot serve the scenario, or the warm-up leaves nothing to count.
        RunError: a run failed twice.
    """
    num_cells = len(agents) * len(order.seeds) * len(order.backends)
    with console.progress(f"comparing {len(agents)} agents on {scenario.name}") as bar:
        keeper = _Keeper(bar, num_cells, scenario.duration, order)
        comparison = compare(
            scenario, agents, order.seeds, order.backends, order.jobs, keeper, order.warm_up, order.emission_model
        )
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
    for line in footer_lines(comparison):
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

    def __init__(self, bar: console.Progress, num_cells: int, duration: int, order: Order) -> None:
        self._bar, self._num_cells, self._duration, self._order = bar, num_cells, duration, order
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
        if self._order.json is not None and so_far.cells:
            self.stamp(so_far).write_json(self._order.json)

    def stamp(self, comparison: Comparison) -> Comparison:
        """Return the comparison with command, date, and what was asked of it."""
        return replace(
            comparison,
            command=typed_command.get(),
            created=self._created,
            precision=self._order.precision,
            notes=(*comparison.notes, *self._order.left_out),
        )

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
    """Return ``-43 ± 2 % *``; the star where that is beyond chance."""
    percent = difference.percent
    if percent is None:
        return ""
    digits = 1 if abs(percent.mean) < 10.0 else 0
    spread = "" if percent.half_width is None else f" ± {percent.half_width:.{digits}f}"
    return f"{percent.mean:+.{digits}f}{spread} %{' *' if difference.is_beyond_chance else ''}"


def _seed_words(comparison: Comparison) -> str:
    seeds = comparison.seeds
    return f"seed {seeds[0]}" if len(seeds) == 1 else f"{len(seeds)} seeds ({seeds[0]} to {seeds[-1]})"


def _legend(comparison: Comparison) -> str:
    """Return how to read the tables."""
    if len(comparison.seeds) == 1:
        return "One seed only: there is no interval, and no difference can be told from chance."
    return (
        f"Mean ± half the 95 % interval; below it the change against {comparison.baseline}, paired by seed, likewise. "
        f"* beyond chance (p < 0.05 by Holm's correction for the {comparison.num_tests} comparisons shown here; "
        "each interval is for one comparison alone)."
    )
