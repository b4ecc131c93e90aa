"""The plain ``sumo`` binary of the wheel, with its emission device on every vehicle: speed, start, memory."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from trafficai.benchmarking.children import cpu_seconds_of, peak_memory_of
from trafficai.benchmarking.model import Unavailable
from trafficai.datatypes import RunError
from trafficai.scenario.model import Scenario

SEED = 1
"""Of every run of a benchmark, ours and theirs."""

LEAST_CPU_S = 1e-3
"""A run of SUMO takes longer on any map; keeps a rate finite [s]."""


def sumo_folder() -> Path:
    """Return the folder of the installed SUMO wheel; Unavailable where there is none."""
    from trafficai.backends._sumo_process import sumo_home

    try:
        return sumo_home()
    except RunError as error:
        raise Unavailable(str(error)) from error


def sumo_environment() -> dict[str, str]:
    """Return the variables for programs of the wheel."""
    return {**os.environ, "SUMO_HOME": str(sumo_folder())}


class PlainSumo:
    """SUMO on the frozen files of a scenario, for what it costs to start and to hold.

    It reads all vehicles at its start, as the core does, and writes no results.
    """

    def __init__(self, scenario: Scenario, folder: Path) -> None:
        """Write the files."""
        from trafficai.backends.sumo_alone import SumoAlone

        self._scenario, self._environment = scenario, sumo_environment()
        self._alone = SumoAlone(scenario, SEED, folder)

    def start_seconds(self) -> float:
        """Return the CPU time from the process's start to its first simulated second [s]."""
        return cpu_seconds_of(self._alone.command(self._scenario.begin + 1), self._environment)

    def peak_memory(self) -> float:
        """Return the most memory that a run holds [bytes]."""
        return peak_memory_of(self._alone.command(self._scenario.end), self._environment)


def sumo_speed(scenario: Scenario, folder: Path) -> Callable[[], float]:
    """Return a function that gives SUMO's vehicle updates per CPU second of a whole run, loading left out.

    Raises:
        Unavailable: SUMO is not installed.
    """
    from trafficai.backends.sumo_alone import SumoAlone

    sumo_folder()
    alone = SumoAlone(scenario, SEED, folder)
    updates = alone.vehicle_updates()
    return lambda: updates / max(LEAST_CPU_S, alone.cpu_seconds())
