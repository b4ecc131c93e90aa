"""Signalised grids of any size at one density, made by SUMO's own tools: 25 vehicles per junction."""

from __future__ import annotations

import math
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Final

from trafficai.benchmarking.children import run_child
from trafficai.benchmarking.plain_sumo import sumo_environment, sumo_folder
from trafficai.scenario import load_scenario
from trafficai.scenario.model import Scenario

VEHICLES_PER_JUNCTION: Final = 25
SPACING_M: Final = 200
DEPART_WITHIN_S: Final = 30
DURATION_S: Final = 180
"""Nobody arrives in this time, for routes have several legs: all vehicles are on their way."""

DEMAND_SEED: Final = 42
ATTRIBUTES: Final = 'departLane="best" departPos="random_free" departSpeed="max"'

CONFIG: Final = """<configuration>
    <input><net-file value="net.net.xml"/><route-files value="demand.rou.xml"/></input>
    <time><begin value="0"/><end value="{end}"/></time>
</configuration>
"""


@cache
def make_grid(num_vehicles: int) -> Scenario:
    """Return a square grid with so many vehicles, its files made in a folder that lasts until the process ends.

    Raises:
        Unavailable: SUMO is not installed.
        RunError: one of its tools failed.
    """
    place = Path(_temporary_folder().name) / f"grid-{num_vehicles}"
    place.mkdir(exist_ok=True)
    side = grid_side(num_vehicles)
    _make_network(side, place / "net.net.xml")
    _make_demand(num_vehicles, side, place)
    config = place / f"grid-{num_vehicles}.sumocfg"
    config.write_text(CONFIG.format(end=DURATION_S), encoding="utf-8")
    return load_scenario(config)


@cache
def _temporary_folder() -> tempfile.TemporaryDirectory[str]:
    """Return the folder of all grids; it goes when the interpreter does."""
    return tempfile.TemporaryDirectory(prefix="trafficai-grids-")


def grid_side(num_vehicles: int) -> int:
    """Return how many junctions are in a row: 20 for 10,000 vehicles."""
    return max(2, round(math.sqrt(num_vehicles / VEHICLES_PER_JUNCTION)))


def num_stopovers(side: int) -> int:
    """Return through how many places a route leads, so that it outlasts the run: fewer on larger grids."""
    return math.ceil(24 / side)


def _make_network(side: int, path: Path) -> None:
    grid = {"number": side, "length": SPACING_M, "attach-length": SPACING_M}
    options = [part for name, value in grid.items() for part in (f"--grid.{name}", str(value))]
    options += ["--default.lanenumber", "2", "--default.speed", "13.89", "--no-turnarounds.except-deadend", "true"]
    options += [
        "--default-junction-type",
        "traffic_light",
        "--tls.discard-simple",
        "true",
        "--tls.cycle.time",
        "90",
        "--output-file",
        str(path),
    ]
    run_child([str(sumo_folder() / "bin" / "netgenerate"), "--grid", *options], sumo_environment())


def _make_demand(num_vehicles: int, side: int, place: Path) -> None:
    """Write trips between random places; routes are found when the scenario is loaded, at once even in a large grid."""
    shape = ["-b", "0", "-e", str(DEPART_WITHIN_S), "-p", repr(DEPART_WITHIN_S / num_vehicles)]
    shape += ["-i", str(num_stopovers(side)), "--seed", str(DEMAND_SEED), "--trip-attributes", ATTRIBUTES]
    tool = [sys.executable, str(sumo_folder() / "tools" / "randomTrips.py")]
    files = ["-n", str(place / "net.net.xml"), "-o", str(place / "demand.rou.xml")]
    run_child([*tool, *files, *shape, "--no-validate"], sumo_environment())
