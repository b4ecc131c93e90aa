"""A finished comparison: the cells that were run, and everything that follows from them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import NamedTuple

from trafficai.datatypes import SignalWatch
from trafficai.datatypes.files import write_text_atomically
from trafficai.evaluation.emission_basis import CO2_METRICS, Basis
from trafficai.evaluation.episode import SignalReport
from trafficai.evaluation.statistics import SIGNIFICANCE, Interval, holm, mean_interval, paired_p, runs_needed
from trafficai.evaluation.versions import Versions, installed_versions
from trafficai.evaluation.warm_up import NO_WARM_UP, WarmUp
from trafficai.metrics import METRICS

FAMILY = ("delay_s", "waiting_time_s", "stops", "co2_kg", "arrived")
"""The metrics that tables and reports call different or not. With every agent in every engine they are the comparisons
that a reader looks at together, and among which one would seem a finding by chance."""

PRECISION_METRIC = "delay_s"
"""What a stated precision is of."""


@dataclass(frozen=True)
class Cell:
    """One run: agent x seed x engine, and its metrics by name."""

    agent: str
    seed: int
    backend: str
    metrics: Mapping[str, int | float]
    signals: SignalReport | None = None  # None where nobody wrote it down, as before there was a signal monitor

    @property
    def is_valid(self) -> bool:
        """Whether the run counts: no signal showed what it must not."""
        return self.signals is None or self.signals.is_valid


class Difference(NamedTuple):
    """How an agent differs from the baseline in one metric, paired by seed; negative is less."""

    agent: str
    against: str
    backend: str
    metric: str
    interval: Interval  # in the metric's unit
    percent: Interval | None  # of the baseline's mean; None where that is 0
    p: float | None = None  # of this comparison alone; None with one seed
    p_adjusted: float | None = None  # by Holm, over every agent, engine and metric of FAMILY; None for other metrics

    @property
    def is_beyond_chance(self) -> bool:
        """Whether the agents differ, all comparisons of the family considered."""
        return self.p_adjusted is not None and self.p_adjusted < SIGNIFICANCE


@dataclass(frozen=True)
class Comparison:
    """Agents on one scenario, run with the same seeds in one or two engines.

    ``baseline`` is the agent the others are held against. ``complete`` is False where not every cell has been run.
    """

    scenario: str
    scenario_sha256: str
    begin: int  # [s]
    end: int  # [s]
    agents: tuple[str, ...]
    backends: tuple[str, ...]
    seeds: tuple[int, ...]
    baseline: str
    cells: tuple[Cell, ...]
    notes: tuple[str, ...] = ()  # the scenario's own: what was left out or assumed
    emission_classes: Basis = field(default_factory=dict)  # behind each metric of CO2; empty where nobody wrote it down
    complete: bool = True
    versions: Versions = field(default_factory=installed_versions)
    command: str | None = None  # what was typed
    created: str | None = None  # when, ISO 8601
    warm_up: WarmUp = NO_WARM_UP  # what the metrics leave out
    precision: float | None = None  # [%] of the baseline's mean delay, to which seeds_needed refers

    def values(self, agent: str, backend: str, metric: str) -> dict[int, float]:
        """Return the metric by seed; seeds not run, not valid or without the metric are left out."""
        found = (self._by_key.get((agent, backend, seed)) for seed in self.seeds)
        cells = (cell for cell in found if cell is not None and cell.is_valid)
        return {cell.seed: float(cell.metrics[metric]) for cell in cells if metric in cell.metrics}

    def mean(self, agent: str, backend: str, metric: str) -> Interval | None:
        """Return mean and 95 % interval over seeds, None where there is no run."""
        values = self.values(agent, backend, metric)
        return mean_interval(list(values.values())) if values else None

    def difference(self, agent: str, backend: str, metric: str) -> Difference | None:
        """Return the agent's paired difference from the baseline, None where they share no seed."""
        pairs = self._pairs(agent, backend, metric)
        if not pairs:
            return None
        differences = [own - base for own, base in pairs]
        interval = mean_interval(differences)
        level = math.fsum(base for _, base in pairs) / len(pairs)
        percent = interval.scaled(100.0 / level) if level > 0.0 else None
        p, p_adjusted = paired_p(differences), self._adjusted.get((agent, backend, metric))
        return Difference(agent, self.baseline, backend, metric, interval, percent, p, p_adjusted)

    def seeds_needed(self, agent: str, backend: str) -> int | None:
        """Return how many seeds would show the agent's change of delay within +- ``precision``.

        None where no precision is asked for, or fewer than two seeds or no delay of the baseline tell nothing.
        """
        pairs = self._pairs(agent, backend, PRECISION_METRIC)
        level = math.fsum(base for _, base in pairs) / max(1, len(pairs))
        if self.precision is None or level <= 0.0:
            return None
        return runs_needed([own - base for own, base in pairs], self.precision / 100.0 * level)

    @property
    def invalid(self) -> tuple[Cell, ...]:
        """The runs that count for nothing, since some signal showed what it must not."""
        return tuple(cell for cell in self.cells if not cell.is_valid)

    @property
    def signal_watch(self) -> SignalWatch | None:
        """What the signal monitor saw in all runs together, None where it is not known of every one."""
        watches = [cell.signals.watch for cell in self.cells if cell.signals is not None]
        if len(watches) < len(self.cells) or not watches:
            return None
        first = next((watch.first for watch in watches if watch.first is not None), None)
        return SignalWatch(sum(w.signal_seconds for w in watches), sum(w.faults for w in watches), first)

    @property
    def num_tests(self) -> int:
        """How many comparisons were made, for which p-values are adjusted."""
        return len(self._adjusted)

    @property
    def co2_metrics(self) -> tuple[str, ...]:
        """The metrics of CO2 that some run has, one per model."""
        return tuple(name for name in CO2_METRICS if any(name in cell.metrics for cell in self.cells))

    @property
    def challengers(self) -> tuple[str, ...]:
        """The agents other than the baseline."""
        return tuple(agent for agent in self.agents if agent != self.baseline)

    @cached_property
    def differences(self) -> tuple[Difference, ...]:
        """Every challenger's difference in every engine and metric."""
        return tuple(self._differences())

    def table(self, metrics: Sequence[str] = ("delay", "stops", "co2")) -> str:
        """Return means and paired differences as aligned text; metrics are named with or without unit."""
        from trafficai.evaluation.table import text_table

        return text_table(self, metrics)

    def to_json(self) -> str:
        """Return the document of the JSON contract (schema 1)."""
        from trafficai.evaluation.document import comparison_document

        return json.dumps(comparison_document(self), indent=1, allow_nan=False, ensure_ascii=False) + "\n"

    def write_json(self, path: Path | str) -> Path:
        """Write the document atomically; raises RunError where that fails."""
        return write_text_atomically(path, self.to_json())

    def _pairs(self, agent: str, backend: str, metric: str) -> list[tuple[float, float]]:
        """Return the metric of the agent and of the baseline for every seed that both have."""
        own, base = self.values(agent, backend, metric), self.values(self.baseline, backend, metric)
        return [(own[seed], base[seed]) for seed in own if seed in base]

    @cached_property
    def _adjusted(self) -> dict[tuple[str, str, str], float]:
        """The p-values of the family, adjusted for their number, by agent, engine and metric."""
        p_values = {}
        for key in product(self.challengers, self.backends, FAMILY):
            p = paired_p([own - base for own, base in self._pairs(*key)])
            if p is not None:
                p_values[key] = p
        return dict(zip(p_values, holm(list(p_values.values())), strict=True))

    def _differences(self) -> Iterator[Difference]:
        for backend in self.backends:
            for agent in self.challengers:
                candidates = (self.difference(agent, backend, info.name) for info in METRICS)
                yield from (difference for difference in candidates if difference is not None)

    @cached_property
    def _by_key(self) -> dict[tuple[str, str, int], Cell]:
        return {(cell.agent, cell.backend, cell.seed): cell for cell in self.cells}
