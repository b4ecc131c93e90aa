"""``trafficai compare``: several agents, the same seeds, paired differences."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from trafficai.cli.options import EmissionModel, Flag, NumSeeds, Percent, Positive, Seconds, Share
from trafficai.datatypes import InputError


def compare(
    scenario: str,
    /,
    *agents: Annotated[str, Parameter(name="AGENT")],
    ladder: Flag = False,
    seeds: NumSeeds = 10,
    backend: Literal["numba", "sumo", "both"] = "numba",
    begin: int | None = None,
    end: int | None = None,
    drop_unreachable: Flag = False,
    plan: Path | None = None,
    warm_up: Seconds = 0,
    precision: Percent | None = None,
    fleet: str | None = None,
    ev_share: Share | None = None,
    emission_model: EmissionModel | None = None,
    jobs: Positive | None = None,
    json: Path | None = None,
    report: Path | None = None,
) -> None:
    """Run several agents with the same seeds and compare them, paired by seed.

    They are held against fixed-time where it is named, else against the first.

    Args:
        scenario: a name, a folder or a .sumocfg.
        agents: rules of `trafficai list agents`, or folders of trained policies; at least one unless --ladder is given.
        ladder: every rule there is, and the agents named besides; a rule that cannot serve the scenario is left out.
        seeds: how many; the seeds are 1 to N.
        backend: the engine, or both.
        begin: start of the period [s], instead of the scenario's own.
        end: end of the period [s], instead of the scenario's own.
        drop_unreachable: leave out vehicles that have no way to their destination, and count them.
        plan: fixed-time plan that takes the place of the network's programs.
        warm_up: vehicles scheduled in the first so many seconds are simulated, but in no figure [s].
        precision: say how many seeds would show the change of delay within so many per cent of the baseline's.
        fleet: emission classes of passenger cars, drawn by share: DE-2022, DE-2026, or a TOML file.
        ev_share: share of electric cars (0 to 1), instead of the fleet's own.
        emission_model: what SUMO's own figures of cars follow, instead of their emission class; only with SUMO.
        jobs: runs at the same time, by default one per processor; the results do not depend on it.
        json: file for the results as JSON; it holds what is done even when a later run fails.
        report: folder for the HTML report.
    """
    from trafficai.cli.comparing import Order, print_comparison, require_served, run_comparison
    from trafficai.cli.console import say
    from trafficai.cli.options import open_scenario, require_outputs, require_sumo, seeds_of
    from trafficai.evaluation import engines_of, make_ladder
    from trafficai.training import make_agents

    if not agents and not ladder:
        raise InputError("name at least one AGENT, or ask for every rule with --ladder")
    require_outputs(json, report)
    require_sumo(emission_model, backend)
    named, rungs = make_agents(agents), make_ladder() if ladder else {}
    opened = open_scenario(scenario, begin, end, drop_unreachable, plan, fleet, ev_share)
    able, left_out = require_served(opened, {**rungs, **named}, optional=rungs.keys() - named.keys())
    order = Order(seeds_of(seeds), engines_of(backend), jobs, json, warm_up, precision, emission_model, left_out)
    comparison = run_comparison(opened, able, order)
    print_comparison(comparison)
    if json is not None:
        say(f"written {json}")
    if report is not None:
        from trafficai.reports import write_report

        say(f"written {write_report(comparison, report)}")
