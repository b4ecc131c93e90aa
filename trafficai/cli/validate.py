"""``trafficai validate``: the core against SUMO on the same files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from trafficai.cli.options import Flag, NumSeeds, Positive, Share

if TYPE_CHECKING:
    from trafficai.evaluation.validation import Row, Validation


def validate(
    scenario: str,
    /,
    *,
    seeds: NumSeeds = 5,
    agent: str = "fixed-time",
    begin: int | None = None,
    end: int | None = None,
    drop_unreachable: Flag = False,
    plan: Path | None = None,
    fleet: str | None = None,
    ev_share: Share | None = None,
    jobs: Positive | None = None,
    no_speed: Flag = False,
    json: Path | None = None,
    report: Path | None = None,
) -> None:
    """Run a scenario in the core and in SUMO with the same routes and seeds, and print how far they are apart.

    Args:
        scenario: a name, a folder or a .sumocfg.
        seeds: how many; the seeds are 1 to N.
        agent: what sets the signals: a rule of `trafficai list agents`, or the folder of a trained policy.
        begin: start of the period [s], instead of the scenario's own.
        end: end of the period [s], instead of the scenario's own.
        drop_unreachable: leave out vehicles that have no way to their destination, and count them.
        plan: fixed-time plan that takes the place of the network's programs.
        fleet: emission classes of passenger cars, drawn by share: DE-2022, DE-2026, or a TOML file.
        ev_share: share of electric cars (0 to 1), instead of the fleet's own.
        jobs: runs at the same time, by default one per processor; the results do not depend on it.
        no_speed: leave out the measurement of speed at the end, which costs some four runs of SUMO.
        json: file for the results as JSON; it is written anew after every run, so that nothing is lost.
        report: folder for the HTML report.
    """
    from dataclasses import replace
    from datetime import UTC, datetime

    from trafficai.cli import console
    from trafficai.cli.options import open_scenario, require_outputs, seeds_of, typed_command
    from trafficai.evaluation import basis_lines, emission_basis
    from trafficai.evaluation.validate import validate as run
    from trafficai.evaluation.validation_document import write_validation
    from trafficai.training import make_agents

    require_outputs(json, report)
    ((name, controller),) = make_agents([agent]).items()
    opened = open_scenario(scenario, begin, end, drop_unreachable, plan, fleet, ev_share)
    created = datetime.now(UTC).isoformat(timespec="seconds")

    def stamp(made: Validation) -> Validation:
        return replace(made, agent=name, command=typed_command.get(), created=created)

    def keep(so_far: Validation) -> None:
        if json is not None:
            write_validation(stamp(so_far), json)

    with console.progress(f"validating {opened.name}") as bar:
        validation = stamp(run(opened, controller, seeds_of(seeds), jobs, bar.advance_to, keep, speed=not no_speed))
    print_validation(validation)
    for line in basis_lines(emission_basis(opened), ("co2_kg", "engine_co2_kg")):
        console.say(line)
    _write(validation, json, report)


def print_validation(validation: Validation) -> None:
    """Print a row per measure, and the edges, gridlocks and speed below."""
    from trafficai.cli import console

    seeds = validation.seeds
    words = f"seed {seeds[0]}" if len(seeds) == 1 else f"{len(seeds)} seeds ({seeds[0]} to {seeds[-1]})"
    title = f"{validation.scenario}, {validation.agent}, {words}, {validation.begin} to {validation.end} s"
    header = ("measure", "unit", "core", "sd", "SUMO", "sd", "error", "SUMO's own 95 %", "inside")
    console.print_table(title, header, [_cells(row) for row in validation.rows], numbers=range(2, 8))
    for line in _findings(validation):
        console.say(line)


def _cells(row: Row) -> tuple[str, ...]:
    """Return one measure's row."""
    from trafficai.metrics import metric_info

    info, own = metric_info(row.metric), row.sumo_run
    digits = info.digits or 1
    numbers = [_number(value, digits) for value in (row.core, row.core_sd, row.sumo, row.sumo_sd)]
    error = "-" if row.relative_error is None else f"{round(row.relative_error, 3) + 0.0:+.1%}"  # no negative zero
    interval = "-" if own.low is None else f"{_number(own.low, digits)} to {_number(own.high, digits)}"
    inside = {None: "-", True: "yes", False: "NO"}[row.inside_interval]
    return (info.label, info.unit, *numbers, error, interval, inside)


def _findings(validation: Validation) -> list[str]:
    """Return what is said below the table."""
    from trafficai.evaluation.validation import UNKNOWN_SPEED

    edges, speed, num = validation.edges, validation.speed, len(validation.seeds)
    core, sumo = validation.gridlocked("core"), validation.gridlocked("sumo")
    flows = f"GEH below 5 on {_share(edges.geh_below_5)} of {edges.geh.size} edge-hours"
    seconds = f"vehicle-seconds per edge correlate at {_number(edges.seconds_correlation, 4)}"
    lines = [
        f"Edges: {flows}; {seconds}; mean speeds differ by {_number(edges.speed_error, 2)} m/s.",
        f"Gridlocked runs: {core} of {num} in the core, {sumo} of {num} in SUMO.",
    ]
    if speed.core is None or speed.sumo is None:
        return lines if speed is UNKNOWN_SPEED else [*lines, "Speed: the period is too short to tell."]
    rates = f"{speed.core:,.0f} against {speed.sumo:,.0f} vehicle updates per CPU second"
    return [*lines, f"Speed: {speed.core / speed.sumo:.1f} times SUMO's, {rates} (own programs, CO2 on in both)."]


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _write(validation: Validation, json: Path | None, report: Path | None) -> None:
    """Write the files that were asked for."""
    from trafficai.cli.console import say

    if json is not None:
        from trafficai.evaluation.validation_document import write_validation

        say(f"written {write_validation(validation, json)}")
    if report is not None:
        from trafficai.reports import write_validation_report

        say(f"written {write_validation_report(validation, report)}")
