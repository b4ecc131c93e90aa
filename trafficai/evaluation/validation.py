"""A finished validation: the runs of both engines, and everything that follows from them."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.datatypes import EdgeUse
from trafficai.evaluation.statistics import Interval, mean_interval, run_interval
from trafficai.evaluation.versions import Versions, installed_versions
from trafficai.metrics import GEH_LIMIT, correlation, geh

CORE: Final = "core"
SUMO: Final = "sumo"

VALIDATED: Final = (
    *("loaded", "inserted", "arrived", "waiting_to_enter", "duration_s", "time_loss_s", "waiting_time_s"),
    *("depart_delay_s", "delay_s", "stops", "route_length_m", "speed_m_s", "co2_kg", "fuel_kg", "nox_kg"),
    *("saturation_flow_veh_h", "teleports", "collisions", "emergency_stops", "emergency_braking"),
)
"""The measures that are compared; one that a run lacks is left out."""

OWN: Final = {"co2_kg": "engine_co2_kg", "fuel_kg": "engine_fuel_kg", "nox_kg": "engine_nox_kg"}
"""Measures of which SUMO's side is what its own emission device says, not our function over its trajectories."""

GRIDLOCK_SHARE: Final = 0.9
"""A run with fewer arrivals than this share of the engine's best run has gridlocked."""

SECONDS_PER_HOUR: Final = 3600.0


class TimeSeries(NamedTuple):
    """What was on the road at each decision."""

    time: NDArray[np.float64]  # (num_decisions,) [s]
    running: NDArray[np.float64]  # (num_decisions,) vehicles
    speed: NDArray[np.float64]  # (num_decisions,) [m/s], mean over vehicles on normal lanes; 0 where there is none


class EngineRun(NamedTuple):
    """One run in one engine."""

    seed: int
    metrics: Mapping[str, int | float]
    edges: EdgeUse
    series: TimeSeries


class Speed(NamedTuple):
    """How fast each engine is on its own; None where it was too quick to tell."""

    core: float | None  # vehicle updates per CPU second
    sumo: float | None  # vehicle updates per CPU second

    @property
    def ratio(self) -> float | None:
        """The core's speed over SUMO's."""
        return None if self.core is None or self.sumo is None else self.core / self.sumo


UNKNOWN_SPEED: Final = Speed(None, None)


class Row(NamedTuple):
    """One measure in both engines."""

    metric: str
    core: float
    core_sd: float | None  # between seeds; None with one seed
    sumo: float
    sumo_sd: float | None
    relative_error: float | None  # of the core's mean, as a share of SUMO's; None where only SUMO's is 0
    sumo_run: Interval  # in which one more run of SUMO's would lie
    sumo_mean: Interval  # of SUMO's mean

    @property
    def inside_interval(self) -> bool | None:
        """Whether the core's mean is what one more run of SUMO's could give; None with one seed."""
        return _is_inside(self.core, self.sumo_run)

    @property
    def inside_mean_interval(self) -> bool | None:
        """Whether the core's mean lies in the narrower interval of SUMO's mean; None with one seed."""
        return _is_inside(self.core, self.sumo_mean)


class EdgeComparison(NamedTuple):
    """Means over seeds on the normal edges that any vehicle used, in the order of the network."""

    ids: tuple[str, ...]
    core_flow: NDArray[np.float64]  # (num_parts, num_used) [veh/h]
    sumo_flow: NDArray[np.float64]  # (num_parts, num_used) [veh/h]
    core_seconds: NDArray[np.float64]  # (num_used,) [s], vehicle-seconds
    sumo_seconds: NDArray[np.float64]  # (num_used,) [s]
    core_speed: NDArray[np.float64]  # (num_used,) [m/s], distance over vehicle-seconds; 0 where there are none
    sumo_speed: NDArray[np.float64]  # (num_used,) [m/s]

    @property
    def geh(self) -> NDArray[np.float64]:
        """GEH per part of the period and edge, (num_parts, num_used)."""
        return geh(self.core_flow, self.sumo_flow)

    @property
    def geh_below_5(self) -> float | None:
        """Share of edges and hours on which the flows agree; None where nobody drove."""
        return float((self.geh < GEH_LIMIT).mean()) if self.ids else None

    @property
    def seconds_correlation(self) -> float | None:
        """Correlation of vehicle-seconds per edge; None where they do not vary."""
        return correlation(self.core_seconds, self.sumo_seconds) if self.ids else None

    @property
    def speed_error(self) -> float | None:
        """Mean distance between the engines' speeds per edge, weighed by SUMO's vehicle-seconds [m/s]."""
        total = float(self.sumo_seconds.sum())
        if total == 0.0:
            return None
        return float((np.abs(self.core_speed - self.sumo_speed) * self.sumo_seconds).sum()) / total

    def worst(self, num: int) -> list[int]:
        """Return the positions of the edges whose vehicle-seconds differ most, the worst first."""
        difference = np.abs(self.core_seconds - self.sumo_seconds)
        return [int(i) for i in np.argsort(-difference, kind="stable")[:num]]


@dataclass(frozen=True)
class Validation:
    """The core held against SUMO: one scenario, one agent, the same seeds and frozen routes in both."""

    scenario: str
    scenario_sha256: str
    begin: int  # [s]
    end: int  # [s]
    agent: str
    seeds: tuple[int, ...]
    runs: Mapping[str, tuple[EngineRun, ...]]  # by CORE and SUMO, in the order of the seeds
    edge_ids: tuple[str, ...]  # of every edge of the network
    is_normal: NDArray[np.bool_]  # (num_edges,)
    speed: Speed = UNKNOWN_SPEED
    notes: tuple[str, ...] = ()
    complete: bool = True  # false while runs are missing; then seeds that one engine lacks are not compared
    versions: Versions = field(default_factory=installed_versions)
    command: str | None = None  # what was typed
    created: str | None = None  # when, ISO 8601

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """Every measure in both engines."""
        values = ((name, self._values(CORE, name), self._values(SUMO, name)) for name in VALIDATED)
        return tuple(_row(name, core, sumo) for name, core, sumo in values if core and sumo)

    @cached_property
    def edges(self) -> EdgeComparison:
        """The edges side by side."""
        is_used = self.is_normal & (self._entered(CORE) + self._entered(SUMO) > 0).any(axis=0)
        (core_seconds, core_speed), (sumo_seconds, sumo_speed) = self._driven(CORE), self._driven(SUMO)
        return EdgeComparison(
            ids=tuple(self.edge_ids[i] for i in np.flatnonzero(is_used)),
            core_flow=self._flow(CORE)[:, is_used],
            sumo_flow=self._flow(SUMO)[:, is_used],
            core_seconds=core_seconds[is_used],
            sumo_seconds=sumo_seconds[is_used],
            core_speed=core_speed[is_used],
            sumo_speed=sumo_speed[is_used],
        )

    def gridlocked(self, engine: str) -> int:
        """Return how many of an engine's runs fell behind its best by more than a tenth of the arrivals."""
        arrived = self._values(engine, "arrived")
        return sum(value < GRIDLOCK_SHARE * max(arrived) for value in arrived)

    def compared(self, engine: str) -> tuple[EngineRun, ...]:
        """Return an engine's runs with the seeds that both engines have run."""
        other = {run.seed for run in self.runs[SUMO if engine == CORE else CORE]}
        return tuple(run for run in self.runs[engine] if run.seed in other)

    def series(self, engine: str) -> TimeSeries:
        """Return the mean over an engine's runs; empty where there is none."""
        runs = self.compared(engine)
        if not runs:
            return TimeSeries(np.zeros(0), np.zeros(0), np.zeros(0))
        parts = zip(*(run.series for run in runs), strict=True)
        return TimeSeries(*(np.mean(part, axis=0) for part in parts))

    def _values(self, engine: str, metric: str) -> list[float]:
        """Return a measure of each run that is compared; none at all where any run lacks it."""
        own = OWN.get(metric, metric) if engine == SUMO else metric
        values = [run.metrics.get(own, run.metrics.get(metric)) for run in self.compared(engine)]
        return [float(value) for value in values if value is not None] if None not in values else []

    def _entered(self, engine: str) -> NDArray[np.float64]:
        """Return vehicles per part and edge, mean over seeds, (num_parts, num_edges)."""
        runs = self.compared(engine)
        return np.asarray(np.mean([run.edges.entered for run in runs], axis=0)) if runs else self._nothing[np.newaxis]

    @property
    def _nothing(self) -> NDArray[np.float64]:
        return np.zeros(len(self.edge_ids))

    def _flow(self, engine: str) -> NDArray[np.float64]:
        entered = self._entered(engine)
        return entered * (SECONDS_PER_HOUR * len(entered) / (self.end - self.begin))

    def _driven(self, engine: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return vehicle-seconds and speed per edge over all seeds, the first as mean per run."""
        uses = [run.edges for run in self.compared(engine)]
        if not uses:
            return self._nothing, self._nothing
        seconds = np.mean([use.vehicle_seconds for use in uses], axis=0)
        distance = np.mean([use.distance for use in uses], axis=0)
        return seconds, np.divide(distance, seconds, out=np.zeros_like(seconds), where=seconds > 0.0)


def _row(metric: str, core: list[float], sumo: list[float]) -> Row:
    core_mean, sumo_mean = math.fsum(core) / len(core), mean_interval(sumo)
    return Row(
        metric=metric,
        core=core_mean,
        core_sd=_deviation(core),
        sumo=sumo_mean.mean,
        sumo_sd=_deviation(sumo),
        relative_error=_relative_error(core_mean, sumo_mean.mean),
        sumo_run=run_interval(sumo),
        sumo_mean=sumo_mean,
    )


def _deviation(values: list[float]) -> float | None:
    return statistics.stdev(values) if len(values) > 1 else None


def _relative_error(core: float, sumo: float) -> float | None:
    if core == sumo:
        return 0.0
    return (core - sumo) / sumo if sumo != 0.0 else None


def _is_inside(value: float, interval: Interval) -> bool | None:
    if interval.low is None or interval.high is None:
        return None
    return interval.low <= value <= interval.high
