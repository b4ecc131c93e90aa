"""Validates the core on the maps of RESCO and writes what was found into docs/validation.md.

Run by ``make validate``. With ``--table-only`` nothing is simulated: the table is made anew from the JSON files.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "validation.md"
MAPS = ("cologne1", "cologne3", "cologne8", "ingolstadt1", "ingolstadt7", "ingolstadt21", "grid4x4", "arterial4x4")
AGENTS = ("fixed-time", "max-pressure", "max-wave")
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
ERRORS = {
    "arrived": "arrived",
    "duration_s": "duration",
    "time_loss_s": "time loss",
    "waiting_time_s": "waiting",
    "delay_s": "delay",
    "stops": "stops",
    "speed_m_s": "speed",
    "co2_kg": "CO2",
}
LEVELS = {
    "arrived": "arrived",
    "duration_s": "duration [s]",
    "time_loss_s": "time loss [s]",
    "waiting_time_s": "waiting [s]",
    "depart_delay_s": "depart delay [s]",
    "co2_kg": "CO2 [kg]",
}


def main() -> None:
    """Validate every map and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--agents", nargs="+", default=AGENTS)
    parser.add_argument("--results", type=Path, default=ROOT / "runs" / "validation", help="folder of the JSON files")
    parser.add_argument("--table-only", action="store_true", help="simulate nothing")
    options = parser.parse_args()
    stamp, parts = options.results / "commit", []
    if not options.table_only:
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(commit(), encoding="utf-8")
    for agent in options.agents:
        files = {name: options.results / agent / f"{name}.json" for name in MAPS}
        if not options.table_only:
            for name, file in files.items():
                validate(name, agent, options.seeds, file)
        documents = [json.loads(file.read_text(encoding="utf-8")) for file in files.values() if file.exists()]
        if documents:
            parts.append(section(documents))
    write_page("\n\n".join([provenance(stamp.read_text(encoding="utf-8").strip()), *parts]))


def validate(name: str, agent: str, seeds: int, file: Path) -> None:
    """Run ``trafficai validate`` on one map."""
    options = ["--agent", agent, "--seeds", str(seeds), "--json", str(file)]
    subprocess.run([sys.executable, "-m", "trafficai", "validate", name, *options], cwd=ROOT, check=True)


def write_page(tables: str) -> None:
    """Put the tables between the marks of the page."""
    page = PAGE.read_text(encoding="utf-8")
    before, after = page.partition(BEGIN)[0], page.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n\n{tables}\n\n{END}{after}", encoding="utf-8")


def provenance(revision: str) -> str:
    """Return where the figures were made; each section says the rest."""
    machine = f"{processor()}, {os.cpu_count()} processors, shared with other work"
    return f"Made at commit {revision} on {machine}."


def section(documents: list[dict[str, Any]]) -> str:
    """Return the tables of one agent."""
    document = documents[0]
    versions, seeds = document["versions"], document["seeds"]
    command = f"trafficai validate MAP --agent {document['agent']} --seeds {len(seeds)}"
    software = ", ".join(f"{label} {versions[label.lower()]}" for label in ("Python", "NumPy", "Numba"))
    lines = [
        f"### {document['agent']}\n\nEach line is one `{command}`, with",
        f"seeds {seeds[0]} to {seeds[-1]}; {document['created'][:10]}, SUMO {document['sumo']}, {software}.",
    ]
    tables = (make(documents) for make in (error_table, edge_table, level_table))
    return "\n\n".join(["\n".join(lines), *tables])


def error_table(documents: list[dict[str, Any]]) -> str:
    """Return the core's errors per map."""
    header = ("map", *ERRORS.values(), "inside")
    lines = [_line(header), _line("---" for _ in header)]
    for document in documents:
        rows = {row["metric"]: row for row in document["rows"]}
        inside = sum(row["inside_interval"] is True for row in rows.values())
        errors = (_percent(rows[name]["relative_error"]) for name in ERRORS)
        lines.append(_line((document["scenario"], *errors, f"{inside} of {len(rows)}")))
    return "\n".join(lines)


def edge_table(documents: list[dict[str, Any]]) -> str:
    """Return edges and gridlocks per map."""
    header = (
        "map",
        "GEH < 5",
        "edge-hours",
        "vehicle-seconds, r",
        "speed differs by",
        "gridlocked, core",
        "SUMO",
    )
    lines = [_line(header), _line("---" for _ in header)]
    for document in documents:
        edges, locked, num = document["edges"], document["gridlocked"], len(document["seeds"])
        flows = f"{document['geh_below_5']:.1%}", str(edges["used"] * edges["hours"])
        seconds = f"{edges['vehicle_seconds_correlation']:.4f}", f"{edges['speed_error_m_s']:.2f} m/s"
        locks = f"{locked['core']} of {num}", f"{locked['sumo']} of {num}"
        lines.append(_line((document["scenario"], *flows, *seconds, *locks)))
    return "\n".join(lines)


def level_table(documents: list[dict[str, Any]]) -> str:
    """Return means and spread over seeds per map, the core before SUMO."""
    header = ("map: core / SUMO, ± sd", *LEVELS.values())
    lines = [_line(header), _line("---" for _ in header)]
    for document in documents:
        rows = {row["metric"]: row for row in document["rows"]}
        lines.append(_line((document["scenario"], *(_levels(rows[name]) for name in LEVELS))))
    return "\n".join(lines)


def commit() -> str:
    """Return the short name of the commit checked out, marked where tracked files were changed."""
    command = ["git", "describe", "--always", "--dirty", "--exclude", "*"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def processor() -> str:
    """Return what the processor calls itself."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())


def _levels(row: dict[str, Any]) -> str:
    return " / ".join(f"{row[name]:.1f} ± {row[f'{name}_sd']:.1f}" for name in ("core", "sumo"))


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{round(100.0 * share, 1) + 0.0:+.1f} %"  # + 0.0: no negative zero


def _line(cells: Any) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
