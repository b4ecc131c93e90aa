"""Writes the programs in force of a scenario as a plan in one of the formats."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final, Literal, get_args

from trafficai.datatypes.errors import InputError
from trafficai.plans.apply import programs_in_force, require_name
from trafficai.plans.sumo_file import write_sumo_plan
from trafficai.plans.sumo_groups import write_sumo_groups
from trafficai.plans.tables import write_tables
from trafficai.scenario.model import Scenario

Format = Literal["sumo", "tables", "sumo-groups"]
FORMATS: Final[tuple[str, ...]] = get_args(Format)


def export_plan(
    scenario: Scenario, out: Path | str, style: Format = "sumo", name: str | None = None
) -> tuple[Path, ...]:
    """Write the programs in force of every signal, and return the files.

    Args:
        scenario: whose programs.
        out: a file for ``sumo``, else a folder.
        style: ``sumo`` is an additional file of tlLogic elements, ``tables`` are plan.csv, signalgroups.csv and, where
            the scenario has matrices, intergreen.csv; ``sumo-groups`` is one file per signal for SUMO's
            tls_csvSignalGroups.py.
        name: id of the programs; their own where None. SUMO wants another than those in the network.

    Raises:
        InputError: the format can't hold what a program shows.
        RunError: the place can't be written.
    """
    out = Path(out)
    programs = programs_in_force(scenario)
    if name is not None:
        require_name(name)
        programs = tuple(replace(program, program=name) for program in programs)
    if not programs:
        raise InputError("the network has no signal, so there is no plan", file=scenario.network_file)
    if style == "sumo":
        return (write_sumo_plan(out, programs),)
    if style == "tables":
        return write_tables(out, programs, scenario.signals, scenario.network)
    return write_sumo_groups(out, programs, scenario.network)
