"""SUMO as the plain program, with nobody watching: what it costs where it is at its fastest."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import numpy as np

from trafficai.backends._sumo_process import sumo_home
from trafficai.backends.sumo import TRIPINFO, sumo_options
from trafficai.backends.sumo_results import read_tripinfo
from trafficai.datatypes import RunError
from trafficai.scenario import write_sumo_inputs
from trafficai.scenario.model import Scenario

RESULTS = ("tripinfo", "statistic")
"""What the options begin with that have results written."""


class SumoAlone:
    """A scenario under its own signal programs, ready to be timed in a folder that the caller provides.

    SUMO's emissions are on, it writes no results, and reads all vehicles at its start.

    Raises:
        RunError: SUMO is not installed. Later, from every method: it failed.
    """

    def __init__(self, scenario: Scenario, seed: int, folder: Path) -> None:
        self._scenario, self._folder = scenario, folder
        files = write_sumo_inputs(scenario, folder)
        inputs = {"net-file": str(files.net), "route-files": str(files.routes), "route-steps": "0"}
        self._options = {**inputs, **sumo_options(scenario, seed, engine_emissions=True)}
        self._quiet = {name: value for name, value in self._options.items() if not name.startswith(RESULTS)}

    def command(self, end: int) -> list[str]:
        """Return the command line of a run until ``end`` [s] that writes no results."""
        return _command({**self._quiet, "end": str(end)})

    def vehicle_updates(self) -> int:
        """Return how many vehicle-seconds a run simulates."""
        _cpu_seconds(self._folder, _command({**self._options, "end": str(self._scenario.end)}))
        return int(np.nansum(read_tripinfo(self._folder / TRIPINFO, self._scenario)["duration"]))

    def cpu_seconds(self) -> float:
        """Return the CPU time of a run; what loading takes is measured and subtracted [s]."""
        loading = _cpu_seconds(self._folder, self.command(self._scenario.begin))
        return max(0.0, _cpu_seconds(self._folder, self.command(self._scenario.end)) - loading)


def _command(options: dict[str, str]) -> list[str]:
    binary = str(sumo_home() / "bin" / "sumo")
    return [binary, *(part for name, value in options.items() for part in (f"--{name}", value))]


def _cpu_seconds(folder: Path, command: list[str]) -> float:
    """Return the CPU time of one call of SUMO [s]."""
    environment = {**os.environ, "SUMO_HOME": str(sumo_home())}
    with (folder / "sumo.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RunError(f"SUMO ended with exit code {process.returncode} when it was timed")
    return usage.ru_utime + usage.ru_stime
