"""Validates the core on the maps of RESCO and writes what was found into docs/validation.md.

Run by ``make validate``. Results lie in a folder per commit and agent, so that the command can be stopped and started
again, or be run for some maps and agents at a time: what is there is not run anew. The page is made from all that is
there. With ``--table-only`` nothing is simulated.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
from collections.abc import Iterable, Sequence
from itertools import combinations, product
from pathlib import Path
from typing import Any

from trafficai.evaluation import mean_interval

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "validation.md"
MAPS = ("cologne1", "cologne3", "cologne8", "ingolstadt1", "ingolstadt7", "ingolstadt21", "grid4x4", "arterial4x4")
AGENTS = ("fixed-time", "max-pressure", "max-wave", "actuated", "random")
SEEDS = 10
MEASURED = ("trafficai", "scenarios", "agents", "pyproject.toml", "constraints.txt")
"""What results depend on; a commit that changes nothing of it leaves them valid."""

COSTS = "cpu_seconds.json"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
ENGINES = ("core", "sumo")
ERRORS = {
    "arrived": "arrived",
    "duration_s": "duration",
    "time_loss_s": "time loss",
    "waiting_time_s": "waiting",
    "delay_s": "delay",
    "stops": "stops",
    "speed_m_s": "speed",
    "co2_kg": "CO2",
    "nox_kg": "NOx",
    "saturation_flow_veh_h": "saturation flow",
}
LEVELS = {
    "arrived": ("arrived", 1),
    "duration_s": ("duration [s]", 1),
    "time_loss_s": ("time loss [s]", 1),
    "waiting_time_s": ("waiting [s]", 1),
    "depart_delay_s": ("depart delay [s]", 1),
    "co2_kg": ("CO2 [kg]", 1),
}
STREET = {
    "saturation_flow_veh_h": ("saturation flow [veh/h]", 0),
    "collisions": ("collisions", 1),
    "emergency_braking": ("emergency braking", 1),
    "emergency_stops": ("emergency stops", 1),
    "teleports": ("teleports", 1),
}

Document = dict[str, Any]


def main() -> int:
    """Validate every map and write the page; 1 where a validation failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--maps", nargs="+", choices=MAPS, default=MAPS)
    parser.add_argument("--agents", nargs="+", default=AGENTS)
    parser.add_argument("--jobs", type=int, help="runs at the same time, by default one per processor")
    parser.add_argument("--results", type=Path, default=ROOT / "runs" / "validation", help="folder of the JSON files")
    parser.add_argument("--table-only", action="store_true", help="simulate nothing")
    options = parser.parse_args()
    revision = commit()
    folder = options.results / revision
    wanted = [] if options.table_only else product(options.agents, options.maps)
    failed = [f"{agent} on {name}" for agent, name in wanted if not validate(name, agent, options, folder)]
    write_page(page(read_all(folder, options.seeds), costs(folder), revision))
    for each in failed:
        sys.stderr.write(f"failed: {each}\n")
    return 1 if failed else 0


def validate(name: str, agent: str, options: argparse.Namespace, folder: Path) -> bool:
    """Run ``trafficai validate`` on one map, unless its result is there; return whether it is now."""
    file = folder / agent / f"{name}.json"
    if not folder.name.endswith("-dirty") and is_done(file, options.seeds):
        sys.stderr.write(f"{agent} on {name}: there already\n")
        return True
    arguments = ["--agent", agent, "--seeds", str(options.seeds), "--no-speed", "--json", str(file)]
    arguments += ["--jobs", str(options.jobs)] if options.jobs else []
    before = children_seconds()
    done = subprocess.run([sys.executable, "-m", "trafficai", "validate", name, *arguments], cwd=ROOT, check=False)
    spent = children_seconds() - before
    sys.stderr.write(f"{agent} on {name}: {spent / 60.0:.1f} CPU minutes\n")
    if done.returncode == 0:
        text = json.dumps(costs(folder) | {f"{agent}/{name}": round(spent, 1)}, indent=1)
        (folder / COSTS).write_text(text + "\n", encoding="utf-8")
    return done.returncode == 0


def is_done(file: Path, seeds: int) -> bool:
    """Return whether the file holds a complete validation with that many seeds."""
    document = read(file)
    return document is not None and document["complete"] is True and len(document["seeds"]) == seeds


def read(file: Path) -> Document | None:
    """Return what the file holds, None where there is none."""
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else None


def read_all(folder: Path, seeds: int) -> dict[str, list[Document]]:
    """Return the complete results by agent, each agent's in the order of the maps."""
    files = {path.parent.name for path in folder.glob("*/*.json")}
    agents = [*(agent for agent in AGENTS if agent in files), *sorted(files - set(AGENTS))]
    results = {}
    for agent in agents:
        done = [file for name in MAPS if is_done(file := folder / agent / f"{name}.json", seeds)]
        results[agent] = [document for file in done if (document := read(file)) is not None]
    return {agent: documents for agent, documents in results.items() if documents}


def costs(folder: Path) -> dict[str, float]:
    """Return the CPU time that each validation took [s], by agent and map."""
    return read(folder / COSTS) or {}


def children_seconds() -> float:
    """Return the CPU time of all child processes that have ended [s]."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def write_page(tables: str, file: Path = PAGE) -> None:
    """Put the tables between the marks of the page."""
    page = file.read_text(encoding="utf-8")
    before, after = page.partition(BEGIN)[0], page.partition(END)[2]
    file.write_text(f"{before}{BEGIN}\n\n{tables}\n\n{END}{after}", encoding="utf-8")


def page(results: dict[str, list[Document]], spent: dict[str, float], revision: str) -> str:
    """Return everything that was measured."""
    machine = f"{processor()}, {os.cpu_count()} processors, shared with other work"
    minutes = sum(spent.values()) / 60.0
    head = f"Made at commit {revision} on {machine}, in {minutes:.0f} CPU minutes."
    parts = [ranking_section(results), gridlock_section(results)] if len(results) > 1 else []
    return "\n\n".join([head, *parts, *(section(documents) for documents in results.values())])


def ranking_section(results: dict[str, list[Document]]) -> str:
    """Return the agents in order of mean delay per map, for maps that all of them have run."""
    header = ("map", "in the core, delay [s]", "in SUMO, delay [s]", "same order")
    lines = [_line(header), _line("---" for _ in header)]
    for name in MAPS:
        documents = [document for each in results.values() for document in each if document["scenario"] == name]
        if len(documents) == len(results):
            orders = [ranking(documents, engine) for engine in ENGINES]
            told = (" < ".join(f"{agent} {delay:.1f}" for agent, delay in order) for order in orders)
            lines.append(_line((name, *told, agreement(documents, orders))))
    return "\n".join(["### Ranking of the agents by mean delay", "", *lines])


def ranking(documents: Sequence[Document], engine: str) -> list[tuple[str, float]]:
    """Return the agents with their mean delay in one engine [s], the least first."""
    delays = ((document["agent"], row_of(document, "delay_s")[engine]) for document in documents)
    return sorted(delays, key=lambda pair: (pair[1], pair[0]))


def agreement(documents: Sequence[Document], orders: Sequence[Sequence[tuple[str, float]]]) -> str:
    """Return whether both engines rank alike, else which pairs change places, and whether SUMO tells them apart."""
    places = [{agent: place for place, (agent, _) in enumerate(order)} for order in orders]
    by_agent = {document["agent"]: document for document in documents}
    swapped = []
    for a, b in combinations(by_agent, 2):
        if (places[0][a] < places[0][b]) != (places[1][a] < places[1][b]):
            known = mean_interval(differences(by_agent[a], by_agent[b])).excludes_zero
            swapped.append(f"{a} and {b} ({'SUMO tells them apart' if known else 'a tie in SUMO'})")
    return f"no: {'; '.join(swapped)}" if swapped else "yes"


def differences(document: Document, other: Document) -> list[float]:
    """Return the differences of delay between two agents in SUMO, paired by seed [s]."""
    delays = [
        {run["seed"]: run["metrics"]["delay_s"] for run in each["runs"] if run["engine"] == "sumo"}
        for each in (document, other)
    ]
    return [delays[0][seed] - delays[1][seed] for seed in sorted(delays[0].keys() & delays[1].keys())]


def gridlock_section(results: dict[str, list[Document]]) -> str:
    """Return how many runs gridlocked per map and agent."""
    header = ("map: core / SUMO", *results)
    lines = [_line(header), _line("---" for _ in header)]
    num = len(next(iter(results.values()))[0]["seeds"])
    for name in MAPS:
        cells = []
        for documents in results.values():
            locked = [document["gridlocked"] for document in documents if document["scenario"] == name]
            cells.append(f"{locked[0]['core']} / {locked[0]['sumo']}" if locked else "–")
        lines.append(_line((name, *cells)))
    return "\n".join([f"### Runs of {num} that gridlocked", "", *lines])


def section(documents: list[Document]) -> str:
    """Return the tables of one agent."""
    document = documents[0]
    versions, seeds = document["versions"], document["seeds"]
    command = f"trafficai validate MAP --agent {document['agent']} --seeds {len(seeds)} --no-speed"
    software = ", ".join(f"{label} {versions[label.lower()]}" for label in ("Python", "NumPy", "Numba"))
    lines = [
        f"### {document['agent']}\n\nEach line is one `{command}`, with",
        f"seeds {seeds[0]} to {seeds[-1]}; {document['created'][:10]}, SUMO {document['sumo']}, {software}.",
    ]
    tables = (
        error_table(documents),
        edge_table(documents),
        *(level_table(documents, kind) for kind in (LEVELS, STREET)),
    )
    return "\n\n".join(["\n".join(lines), *tables])


def error_table(documents: list[Document]) -> str:
    """Return the core's errors per map."""
    header = ("map", *ERRORS.values(), "inside")
    lines = [_line(header), _line("---" for _ in header)]
    for document in documents:
        inside = sum(row["inside_interval"] is True for row in document["rows"])
        errors = (_percent(row_of(document, name).get("relative_error")) for name in ERRORS)
        lines.append(_line((document["scenario"], *errors, f"{inside} of {len(document['rows'])}")))
    return "\n".join(lines)


def edge_table(documents: list[Document]) -> str:
    """Return the edges per map."""
    header = ("map", "GEH < 5", "edge-hours", "vehicle-seconds, r", "speed differs by")
    lines = [_line(header), _line("---" for _ in header)]
    for document in documents:
        edges = document["edges"]
        flows = f"{document['geh_below_5']:.1%}", str(edges["used"] * edges["hours"])
        seconds = f"{edges['vehicle_seconds_correlation']:.4f}", f"{edges['speed_error_m_s']:.2f} m/s"
        lines.append(_line((document["scenario"], *flows, *seconds)))
    return "\n".join(lines)


def level_table(documents: list[Document], levels: dict[str, tuple[str, int]]) -> str:
    """Return means and spread over seeds per map, the core before SUMO."""
    header = ("map: core / SUMO, ± sd", *(label for label, _ in levels.values()))
    lines = [_line(header), _line("---" for _ in header)]
    for document in documents:
        cells = (_levels(row_of(document, name), digits) for name, (_, digits) in levels.items())
        lines.append(_line((document["scenario"], *cells)))
    return "\n".join(lines)


def row_of(document: Document, metric: str) -> Document:
    """Return the row of a measure, empty where the runs lack it."""
    return next((row for row in document["rows"] if row["metric"] == metric), {})


def commit(paths: Sequence[str] = MEASURED) -> str:
    """Return the short name of the last commit that changed what is measured, marked where it is changed since."""
    name = _git("log", "-1", "--format=%h", "--", *paths)
    is_changed = _git("status", "--porcelain", "--", *paths)
    return (name or "unknown") + ("-dirty" if is_changed or not name else "")


def processor() -> str:
    """Return what the processor calls itself."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _levels(row: Document, digits: int) -> str:
    if not row:
        return "–"
    return " / ".join(_level(row[name], row[f"{name}_sd"], digits) for name in ENGINES)


def _level(mean: float, deviation: float | None, digits: int) -> str:
    return f"{mean:.{digits}f}" if deviation is None else f"{mean:.{digits}f} ± {deviation:.{digits}f}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{round(100.0 * share, 1) + 0.0:+.1f} %"  # + 0.0: no negative zero


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
