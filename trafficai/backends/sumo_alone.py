"""SUMO as the plain program, with nobody watching: what it costs where it is at its fastest."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np

from trafficai.backends._sumo_process import sumo_home
from trafficai.backends.sumo import TRIPINFO, sumo_options
from trafficai.backends.sumo_results import read_tripinfo
from trafficai.datatypes import RunError
from trafficai.scenario import write_sumo_inputs
from trafficai.scenario.model import Scenario


class AloneRun(NamedTuple):
    """What a run took."""

    vehicle_updates: int  # vehicle-seconds
    cpu_s: float  # without loading


def run_alone(scenario: Scenario, seed: int) -> AloneRun:
    """Run the scenario under its own signal programs, SUMO's emissions on; what loading takes is subtracted.

    Raises:
        RunError: SUMO is not installed, or failed.
    """
    with tempfile.TemporaryDirectory(prefix="trafficai-sumo-") as name:
        folder = Path(name)
        files = write_sumo_inputs(scenario, folder)
        options = {"net-file": str(files.net), "route-files": str(files.routes), **sumo_options(scenario, seed, True)}
        loading = _cpu_seconds(folder, {**options, "end": str(scenario.begin)})
        whole = _cpu_seconds(folder, {**options, "end": str(scenario.end)})
        updates = int(np.nansum(read_tripinfo(folder / TRIPINFO, scenario)["duration"]))
    return AloneRun(updates, max(0.0, whole - loading))


def _cpu_seconds(folder: Path, options: dict[str, str]) -> float:
    """Return the CPU time of one call of SUMO [s]."""
    home = sumo_home()
    command = [str(home / "bin" / "sumo"), *(part for name, value in options.items() for part in (f"--{name}", value))]
    environment = {**os.environ, "SUMO_HOME": str(home)}
    with (folder / "sumo.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RunError(f"SUMO ended with exit code {process.returncode} when it was timed")
    return usage.ru_utime + usage.ru_stime
