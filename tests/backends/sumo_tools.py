"""What the tests of the SUMO backend share: SUMO itself, apart from our backend, as the reference."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from trafficai.backends._sumo_process import sumo_home

STATES_SCRIPT = """
import json, sys, libsumo
_, out, seconds, *options = sys.argv
libsumo.start(["sumo", "--no-step-log", "true", "--no-warnings", "true", *options])
signals = libsumo.trafficlight.getIDList()
states = {signal: [] for signal in signals}
for _ in range(int(seconds)):
    libsumo.simulationStep()
    for signal in signals:
        states[signal].append(libsumo.trafficlight.getRedYellowGreenState(signal))
libsumo.close()
open(out, "w").write(json.dumps(states))
"""


def run_tool(name: str, *arguments: str) -> None:
    """Run one of SUMO's command line tools from the wheel."""
    environment = {**os.environ, "SUMO_HOME": str(sumo_home())}
    command = [str(sumo_home() / "bin" / name), *arguments]
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL, timeout=60)


def states_in_sumo(out: Path, seconds: int, *options: str) -> dict[str, list[str]]:
    """Return the state string of every signal in every second, as SUMO alone shows them."""
    command = [sys.executable, "-c", STATES_SCRIPT, str(out), str(seconds), *options]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=60)
    return json.loads(out.read_text())


def emissions_map(out: Path, emission_class: str) -> np.ndarray:
    """Return speed [m/s], acceleration [m/s^2], CO2, NOx and fuel [mg/s], (5, num), by SUMO's emissionsMap."""
    grid = {"v-min": 0, "v-max": 36, "v-step": 1.8, "a-min": -3, "a-max": 2.6, "a-step": 0.14}
    flat = {"s-min": 0, "s-max": 0, "s-step": 1, "precision": 6}
    options = [part for name, value in {**grid, **flat}.items() for part in (f"--{name}", str(value))]
    run_tool("emissionsMap", "--emission-class", emission_class, "--output", str(out), *options)
    lines = [line.split(";") for line in out.read_text().splitlines()]
    rates = {kind: [float(line[4]) for line in lines if line[3] == kind] for kind in ("CO2", "NOx", "fuel")}
    grid_points = [(float(line[0]), float(line[1])) for line in lines if line[3] == "CO2"]
    return np.vstack([np.array(grid_points).T, *rates.values()])
