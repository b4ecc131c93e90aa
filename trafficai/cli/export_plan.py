"""``trafficai export-plan``: the fixed-time programs of a scenario as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Literal


def export_plan(
    scenario: str,
    /,
    *,
    out: Path,
    plan: Path | None = None,
    agent: str = "fixed-time",
    style: Literal["sumo", "tables", "sumo-groups"] = "sumo",
    name: str | None = None,
) -> None:
    """Write the fixed-time program of every signal to files that SUMO or a planner reads.

    Args:
        scenario: a name, a folder or a .sumocfg.
        out: file for `--style sumo`, folder for the others.
        plan: plan that takes the place of the network's programs, to turn one format into another.
        agent: whose plan: `webster`, `coordinated` and `hbs` design one, `fixed-time` keeps the one there is.
        style: `sumo` is an additional file of tlLogic elements; `tables` are plan.csv, signalgroups.csv and, where
            there are matrices, intergreen.csv; `sumo-groups` are CSV files for SUMO's tls_csvSignalGroups.py.
        name: id of the programs; their own unless given. SUMO wants another than those in the network.
    """
    from trafficai.cli.console import say
    from trafficai.cli.options import open_planned, require_outputs
    from trafficai.plans import export_plan as write

    require_outputs(*((out, None) if style == "sumo" else (None, out)))
    for path in write(open_planned(scenario, plan, agent), out, style, name):
        say(f"written {path}")
