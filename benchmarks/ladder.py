"""Runs every rung of the ladder on the maps of RESCO and the examples of RiLSA, and writes docs/ladder.md's tables.

Run by ``make ladder``. Results lie in a folder per commit, engine, scenario and agent, so that the command can be
stopped and started again, or be run for some of them at a time: what is there is not run anew. The page is made from
all that is there. With ``--table-only`` nothing is simulated; ``--revision`` takes the results of an earlier commit.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks.ladder_page import PAGE, Costs, page, read_results
from benchmarks.validate import ROOT, commit, write_page
from trafficai.backends._sumo_process import sumo_home
from trafficai.controllers import Controller
from trafficai.evaluation import compare, make_ladder, read_comparison, served
from trafficai.scenario import load_scenario
from trafficai.scenario.model import Scenario

RILSA = ("rilsa1", "rilsa2", "rilsa3", "rilsa4")
RESCO = ("cologne1", "cologne3", "cologne8", "ingolstadt1", "ingolstadt7", "grid4x4", "ingolstadt21", "arterial4x4")
MAPS = (*RILSA, *RESCO)
ENGINES = ("numba", "sumo")
SEEDS = 10
MEASURED = (
    *(f"trafficai/{package}" for package in ("backends", "controllers", "core", "datatypes", "metrics", "scenario")),
    "constraints.txt",
)
"""What results depend on; a commit that changes nothing of it leaves them valid."""

COSTS, LEFT_OUT = "cpu_seconds.json", "left_out.json"


def main() -> int:
    """Run what is missing and write the page; 1 where a run failed."""
    options = _arguments()
    folder = options.results / (options.revision or commit(MEASURED))
    failed = [] if options.table_only else measure_all(options, folder)
    results = read_results(folder, ENGINES, MAPS, tuple(make_ladder()), options.seeds)
    write_page(page(results, Costs(read(folder / COSTS), folder.name)), PAGE)
    for each in failed:
        sys.stderr.write(f"failed: {each}\n")
    return 1 if failed else 0


def measure_all(options: argparse.Namespace, folder: Path) -> list[str]:
    """Run what is missing, engine by engine and map by map; return what failed."""
    failed = []
    for backend in options.backends:
        for name in options.maps:
            target = folder / backend / name
            missing = [agent for agent in options.agents if not is_done(target / f"{agent}.json", options.seeds)]
            if missing:
                scenario = load_scenario(source_of(name, options.results))
                lost = [agent for agent in missing if not measure(scenario, agent, target, options)]
                failed += [f"{agent} on {name}, {backend}" for agent in lost]
    return failed


def measure(scenario: Scenario, agent: str, folder: Path, options: argparse.Namespace) -> bool:
    """Run one agent with every seed in the engine that the folder is in; return whether it went well."""
    label = f"{folder.parent.name}/{scenario.name}/{agent}"
    able, unable = served(scenario, {agent: make_ladder()[agent]}, seed=1, optional=(agent,))
    note(folder / LEFT_OUT, unable)
    try:
        spent = compare_one(scenario, able, folder, options) if able else 0.0
    except Exception as error:  # a rung that breaks does not keep the others from being run
        sys.stderr.write(f"{label}: {type(error).__name__}: {error}\n")
        return False
    note(folder.parents[1] / COSTS, {label: round(spent, 1)})
    sys.stderr.write(f"{label}: {spent:.1f} CPU s\n")
    return True


def compare_one(scenario: Scenario, able: Mapping[str, Controller], folder: Path, options: argparse.Namespace) -> float:
    """Run one agent, write its results, and return the CPU time it took [s].

    Raises:
        RunError: a run failed twice.
    """
    before = sum(os.times()[:4])
    done = compare(scenario, able, range(1, options.seeds + 1), folder.parent.name, options.jobs)
    done.write_json(folder / f"{next(iter(able))}.json")
    return sum(os.times()[:4]) - before


def is_done(file: Path, seeds: int) -> bool:
    """Return whether the file is of a commit, not a changed tree, and holds a complete comparison of so many seeds."""
    if file.parents[2].name.endswith("-dirty") or not file.exists():
        return False
    found = read_comparison(file)
    return found.complete and len(found.seeds) == seeds


def source_of(name: str, folder: Path) -> str:
    """Return what a scenario is loaded by; RiLSA's examples are put together in a folder."""
    if name not in RILSA:
        return name
    config = folder / "rilsa" / name / f"{name}.sumocfg"
    if not config.exists():
        make_rilsa(name, config.parent)
    return str(config)


def make_rilsa(name: str, folder: Path) -> None:
    """Put one of the examples of RiLSA that come with SUMO into a folder, its demand written by its own script."""
    scenarios = sumo_home() / "tools" / "sumolib" / "scenario" / "scenarios" / "RealWorld"
    shutil.copytree(scenarios / f"RiLSA_example{name[-1]}", folder, dirs_exist_ok=True)
    subprocess.run([sys.executable, "makeRoutes.py"], cwd=folder, check=True)
    additional = f"vtypes.add.xml,{name}_tls.add.xml"
    (folder / f"{name}.sumocfg").write_text(
        f'<configuration><input><net-file value="{name}.net.xml"/><route-files value="flows.rou.xml"/>'
        f'<additional-files value="{additional}"/></input>'
        '<time><begin value="0"/><end value="3600"/></time></configuration>\n',
        encoding="utf-8",
    )


def note(file: Path, entries: Mapping[str, str | float]) -> None:
    """Add entries to a JSON file."""
    if entries:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(read(file) | dict(entries), indent=1) + "\n", encoding="utf-8")


def read(file: Path) -> dict[str, float]:
    """Return what a JSON file holds, nothing where there is none."""
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def _arguments() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--maps", nargs="+", choices=MAPS, default=MAPS)
    parser.add_argument("--backends", nargs="+", choices=ENGINES, default=ENGINES)
    parser.add_argument("--agents", nargs="+", choices=tuple(make_ladder()), default=tuple(make_ladder()))
    parser.add_argument("--jobs", type=int, help="runs at the same time, by default one per processor")
    parser.add_argument("--results", type=Path, default=ROOT / "runs" / "ladder", help="folder of the JSON files")
    parser.add_argument("--revision", help="the commit whose results are taken, by default the one checked out")
    parser.add_argument("--table-only", action="store_true", help="simulate nothing")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
