"""How fast each engine is on its own: vehicle updates per CPU second, CO2 on in both, the net's own programs."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path
from typing import Final

from trafficai.controllers import FixedTime
from trafficai.evaluation.episode import simulate
from trafficai.evaluation.validation import Speed
from trafficai.scenario.model import Scenario

REPEATS: Final = 3
"""Measurements per engine, taken in turn; the median counts."""

LEAST_CPU_S: Final = 0.02
"""A run that takes less cannot be told from what surrounds it [s]."""


def measure_speed(scenario: Scenario, seed: int) -> Speed:
    """Return vehicle updates per CPU second of the core and of the plain ``sumo`` program, loading left out.

    Raises:
        RunError: SUMO broke.
    """
    from trafficai.backends.sumo_alone import SumoAlone

    core, sumo = [], []
    with tempfile.TemporaryDirectory(prefix="trafficai-sumo-") as folder:
        alone = SumoAlone(scenario, seed, Path(folder))
        updates = alone.vehicle_updates()
        for _ in range(REPEATS):
            performance = simulate(scenario, FixedTime(), "numba", seed).performance
            core.append(_rate(performance.vehicle_updates, performance.cpu_s))
            sumo.append(_rate(updates, alone.cpu_seconds()))
    return Speed(_median(core), _median(sumo))


def _rate(updates: int, cpu_s: float) -> float | None:
    return updates / cpu_s if cpu_s >= LEAST_CPU_S and updates > 0 else None


def _median(rates: list[float | None]) -> float | None:
    known = [rate for rate in rates if rate is not None]
    return statistics.median(known) if len(known) == len(rates) else None
