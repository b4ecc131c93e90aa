"""Generates small networks of many kinds with mixed traffic, and validates the core on them.

    python benchmarks/other_networks.py --out runs/other                   # make them and validate each with 3 seeds
    python benchmarks/other_networks.py --out runs/other --make-only       # only make them
    trafficai validate runs/other/grid-priority/own.sumocfg --seeds 3      # one of them

Networks come from SUMO's ``netgenerate``, demand from its ``randomTrips.py``, both with fixed seeds.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from trafficai.backends._sumo_process import sumo_home

SECONDS = 1200
JUNCTIONS = ("traffic_light", "right_before_left", "priority", "allway_stop", "zipper", "priority_stop")
MEASURES = ("arrived", "duration_s", "time_loss_s", "waiting_time_s", "co2_kg")

CLASSES = {  # vehicle class: share
    "passenger": 0.70,
    "delivery": 0.06,
    "truck": 0.05,
    "trailer": 0.03,
    "bus": 0.04,
    "motorcycle": 0.04,
    "moped": 0.02,
    "bicycle": 0.06,
}


class Case(NamedTuple):
    """A network and its demand."""

    network: tuple[str, ...]  # options of netgenerate
    period: float  # [s] between departures
    mixed: bool = True  # all classes, else passenger cars


def cases() -> dict[str, Case]:
    """Return every case by name."""
    found = {}
    for kind in JUNCTIONS:
        junction = ("--default-junction-type", kind)
        grid = ("--grid", "--grid.number", "4", "--grid.length", "150", "--grid.attach-length", "100", *junction)
        found[f"grid-{kind}"] = Case((*grid, "--default.lanenumber", "2"), 1.5)
        found[f"grid1-{kind}"] = Case(grid, 3.0)
        spider = ("--spider", "--spider.arm-number", "6", "--spider.circle-number", "3", *junction)
        found[f"spider-{kind}"] = Case((*spider, "--default.lanenumber", "2"), 2.0)
        rand = ("--rand", "--rand.iterations", "60", "--seed", "7", *junction)
        found[f"rand-{kind}"] = Case((*rand, "--rand.random-lanenumber", "--default.lanenumber", "3"), 3.0)
    grid = ("--grid", "--grid.number", "4", "--grid.attach-length", "150", "--default.lanenumber", "2")
    turns = ("--turn-lanes", "1", "--turn-lanes.length", "40")
    found["turn-lanes"] = Case((*grid, "--grid.length", "200", *turns, "--tls.guess"), 1.2)
    found["short-edges"] = Case(
        ("--grid", "--grid.number", "7", "--grid.length", "22", "--default-junction-type", "priority"), 6.0
    )
    found["cars-only"] = Case((*grid, "--grid.length", "200", "--default-junction-type", "priority"), 1.5, mixed=False)
    return found


def make(folder: Path, case: Case, seconds: int = SECONDS) -> Path:
    """Write the network, demand and configuration of a case into a folder; return the configuration."""
    folder.mkdir(parents=True, exist_ok=True)
    folder = folder.resolve()  # the tools work inside it: they leave files behind
    binaries, tools = sumo_home() / "bin", sumo_home() / "tools"
    environment = {**os.environ, "SUMO_HOME": str(sumo_home())}
    net, trips = folder / "own.net.xml", folder / "own.trips.xml"

    def call(*command: str | Path) -> None:
        subprocess.run(
            [str(part) for part in command], check=True, env=environment, capture_output=True, timeout=300, cwd=folder
        )

    call(binaries / "netgenerate", *case.network, "--no-turnarounds.except-deadend", "true", "-o", net)
    call(
        *(sys.executable, tools / "randomTrips.py", "-n", net, "-o", trips, "-e", seconds, "-p", case.period),
        *("--seed", "42", "--fringe-factor", "3"),
    )
    lines = [line for line in trips.read_text(encoding="utf-8").splitlines() if line.lstrip().startswith("<trip")]
    body = "\n".join(line.replace("<trip ", '<trip type="mixed" ') for line in lines)
    shares = CLASSES if case.mixed else {"passenger": 1.0}
    types = "".join(f'<vType id="{name}" vClass="{name}" probability="{share}"/>' for name, share in shares.items())
    trips.write_text(
        f'<routes>\n<vTypeDistribution id="mixed">{types}</vTypeDistribution>\n{body}\n</routes>\n', encoding="utf-8"
    )
    config = folder / "own.sumocfg"
    config.write_text(
        '<configuration><input><net-file value="own.net.xml"/><route-files value="own.trips.xml"/></input>'
        f'<time><begin value="0"/><end value="{seconds}"/></time></configuration>\n',
        encoding="utf-8",
    )
    return config


def validate(config: Path, seeds: int) -> dict[str, float]:
    """Validate one case; return the measures' relative errors, and the correlation of vehicle-seconds per edge."""
    file = config.with_name("validation.json")
    command = [sys.executable, "-m", "trafficai", "validate", str(config), "--seeds", str(seeds), "--json", str(file)]
    done = subprocess.run([*command, "--drop-unreachable"], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
        return {}
    document = json.loads(file.read_text(encoding="utf-8"))
    rows = {row["metric"]: row for row in document["rows"]}
    found = {name: rows[name]["relative_error"] for name in MEASURES}
    return {**found, "r": document["edges"]["vehicle_seconds_correlation"], "jams": document["gridlocked"]}


def main() -> None:
    """Make the cases and print a table of what they show."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder for the networks")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", nargs="+", help="names of cases")
    parser.add_argument("--make-only", action="store_true")
    options = parser.parse_args()
    for name, case in cases().items():
        if options.only and name not in options.only:
            continue
        config = make(options.out / name, case)
        if not options.make_only:
            sys.stdout.write(f"{name} {validate(config, options.seeds)}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
