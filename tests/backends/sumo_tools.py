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


def emissions_maps(folder: Path) -> dict[str, np.ndarray]:
    """Return, of every HBEFA class, what SUMO's emissionsMap prints, (7, num).

    Rows are speed [m/s], acceleration [m/s^2], CO2, NOx, PMx [mg/s], electricity [Wh/s] and fuel [mg/s].
    """
    for model in ("HBEFA2", "HBEFA3", "HBEFA4", "PHEMlight", "PHEMlight5", "Energy", "MMPEVEM", "Zero"):
        (folder / model).mkdir()
    grid = {"v-min": 0, "v-max": 36, "v-step": 3.6, "a-min": -3, "a-max": 2.6, "a-step": 0.4}
    flat = {"s-min": 0, "s-max": 0, "s-step": 1, "precision": 9}
    options = [part for name, value in {**grid, **flat}.items() for part in (f"--{name}", str(value))]
    run_tool("emissionsMap", "--iterate", "--output", f"{folder}/", *options)
    files = [*(folder / "HBEFA3").glob("*.csv"), *(folder / "HBEFA4").glob("*.csv")]
    return {f"{file.parent.name}/{file.stem}": _emissions_map(file) for file in files}


def _emissions_map(file: Path) -> np.ndarray:
    lines = [line.split(";") for line in file.read_text().splitlines()]
    kinds = ("CO2", "NOx", "PMx", "electricity", "fuel")
    rates = [[float(line[4]) for line in lines if line[3] == kind] for kind in kinds]
    grid_points = [(float(line[0]), float(line[1])) for line in lines if line[3] == "CO2"]
    return np.vstack([np.array(grid_points).T, *rates])
