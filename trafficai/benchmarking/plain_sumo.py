"""The plain ``sumo`` binary of the wheel, with its emission device on every vehicle: speed, start, memory."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from trafficai.backends.sumo import sumo_options
from trafficai.benchmarking.children import cpu_seconds_of, peak_memory_of
from trafficai.benchmarking.model import Unavailable
from trafficai.datatypes import RunError
from trafficai.scenario import write_sumo_inputs
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
        self._scenario, self._environment = scenario, sumo_environment()
        files = write_sumo_inputs(scenario, folder)
        options = sumo_options(scenario, SEED, engine_emissions=True)
        kept = {name: value for name, value in options.items() if not name.startswith("tripinfo")}
        kept |= {"net-file": str(files.net), "route-files": str(files.routes), "route-steps": "0"}
        binary = str(sumo_folder() / "bin" / "sumo")
        self._command = [binary, *(part for name, value in kept.items() for part in (f"--{name}", value))]

    def start_seconds(self) -> float:
        """Return the CPU time from the process's start to its first simulated second [s]."""
        return cpu_seconds_of(self._until(self._scenario.begin + 1), self._environment)

    def peak_memory(self) -> float:
        """Return the most memory that a run holds [bytes]."""
        return peak_memory_of(self._until(self._scenario.end), self._environment)

    def _until(self, end: int) -> list[str]:
        return [*self._command, "--end", str(end)]


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
