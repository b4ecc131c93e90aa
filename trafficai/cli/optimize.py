"""``trafficai optimize``: the best fixed-time plan for a scenario's demand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from trafficai.cli.options import Flag, Positive, Seed, Share

if TYPE_CHECKING:
    from trafficai.optimization import Found, Optimised


def optimize(
    scenario: str,
    /,
    *,
    out: Path | None = None,
    objective: Literal["delay", "co2", "priced"] = "delay",
    time_price: float | None = None,
    co2_price: float | None = None,
    trials: Positive = 600,
    demands: str = "0.8,1,1.2",
    vary: str = "cycle,splits,offsets,order",
    min_cycle: float = 30.0,
    max_cycle: float = 120.0,
    switch_at: str = "",
    checks: Positive = 4,
    seed: Seed = 7,
    begin: int | None = None,
    end: int | None = None,
    drop_unreachable: Flag = False,
    plan: Path | None = None,
    fleet: str | None = None,
    ev_share: Share | None = None,
    jobs: Positive | None = None,
    resume: Flag = False,
    json: Path | None = None,
) -> None:
    """Search for the fixed-time plan of least delay or CO2 by runs of the core, and write it for SUMO and as tables.

    The folder may be named wherever an agent is: `trafficai compare SCENARIO fixed-time webster FOLDER --backend sumo`.

    Args:
        scenario: a name, a folder or a .sumocfg.
        out: folder for the plan, by default runs/optimised-SCENARIO, where the agent `optimised` finds it: plan.add.xml
            for SUMO, plan.csv and signalgroups.csv, agent.toml, optimization.json, and trials.jsonl, from which a
            search that was cut goes on.
        objective: `delay` per vehicle, `co2` of all, or `priced`: what both cost.
        time_price: what an hour of delay of one vehicle costs [EUR/h], for `priced`.
        co2_price: what a tonne of CO2 costs [EUR/t], for `priced`.
        trials: plans that are tried, each with every demand.
        demands: factors on the number of vehicles, with commas between; each counts the same.
        vary: what of a plan is varied: some of cycle, splits, offsets, order.
        min_cycle: shortest cycle [s].
        max_cycle: longest cycle [s].
        switch_at: times at which another plan takes over [s], with commas between; each time of day gets its own plan.
        checks: runs of every demand in which the best plans and the designed ones are compared at the end.
        seed: of everything that is drawn.
        begin: start of the period [s], instead of the scenario's own.
        end: end of the period [s], instead of the scenario's own.
        drop_unreachable: leave out vehicles that have no way to their destination, and count them.
        plan: fixed-time plan that takes the place of the network's programs, to begin with and to be held against.
        fleet: emission classes of passenger cars, drawn by share: DE-2022, DE-2026, or a TOML file.
        ev_share: share of electric cars (0 to 1), instead of the fleet's own.
        jobs: runs at the same time, by default one per processor; the results do not depend on it.
        resume: go on with the search in the folder.
        json: file for the figures as JSON, beside optimization.json in the folder.
    """
    from datetime import UTC, datetime

    from trafficai.cli import console
    from trafficai.cli.options import numbers_of, open_scenario, require_outputs, typed_command
    from trafficai.datatypes.files import write_text_atomically
    from trafficai.optimization import (
        DOCUMENT,
        JOURNAL,
        Objective,
        Settings,
        prepare_folder,
        read_vary,
        write_optimised,
    )
    from trafficai.optimization import optimize as search
    from trafficai.optimization.frame import Bounds
    from trafficai.optimization.optimize import periods_of
    from trafficai.plans import searched_folder

    settings = Settings(
        objective=Objective(objective, time_price, co2_price),
        trials=trials,
        demands=tuple(numbers_of(demands, "--demands")),
        vary=read_vary(vary),
        cycle=Bounds(min_cycle, max_cycle),
        checks=checks,
        seed=seed,
    )
    switches = [int(time) for time in numbers_of(switch_at, "--switch-at")] if switch_at else []
    require_outputs(json)
    opened = open_scenario(scenario, begin, end, drop_unreachable, plan, fleet, ev_share)
    periods_of(opened, switches)  # refuses before a folder is made
    folder = prepare_folder(out or searched_folder(opened.name), resume)
    created = datetime.now(UTC).isoformat(timespec="seconds")
    with console.progress(f"optimising {opened.name}") as bar:
        found = search(opened, settings, switches, folder / JOURNAL, jobs, bar.advance_to)
    written = write_optimised(found, folder, typed_command.get(), created)
    _print(found)
    for path in written:
        console.say(f"written {path}")
    if json is not None:
        console.say(f"written {write_text_atomically(json, (folder / DOCUMENT).read_text(encoding='utf-8'))}")
    console.say(f"prove it:  trafficai compare {scenario} fixed-time webster {folder} --seeds 10 --backend sumo")


def _print(optimised: Optimised) -> None:
    """Print for each time of day the designs beside the best plan, and the front."""
    from trafficai.cli import console

    demands = optimised.settings.demands
    header = (
        "plan",
        "cycles\n[s]",
        *(f"delay, demand x {demand:g}\n[s]" for demand in demands),
        "CO2, demand x 1\n[kg]" if 1.0 in demands else f"CO2, demand x {demands[0]:g}\n[kg]",
        "cost",
    )
    for period in optimised.periods:
        title = f"{optimised.scenario.name}, {period.begin} to {period.end} s, in the core"
        rows = _rows(period.found, demands)
        console.print_table(title, header, rows, numbers=range(1, len(header)))
        _say_front(period.found)
    checks = optimised.settings.checks
    console.say(
        f"Means of {checks} runs of each demand, in which nothing was chosen, ± half the 95 % interval. "
        "Cost is the objective over that of the network's program, mean over demands."
    )


def _rows(found: Found, demands: tuple[float, ...]) -> list[tuple[str, ...]]:
    from trafficai.plans import SEARCHED

    shown = [row for row, name in enumerate(found.names) if name != SEARCHED]
    shown += [found.best] if found.best not in shown else []
    co2_at = demands.index(1.0) if 1.0 in demands else 0
    return [
        (
            found.names[row],
            _cycles(found, row),
            *(_figure(found.outcomes[row, k, :, 0].tolist(), 1) for k in range(len(demands))),
            _figure(found.outcomes[row, co2_at, :, 1].tolist(), 0),
            f"{100.0 * (found.scores[row] - 1.0):+.1f} %",
        )
        for row in shown
    ]


def _figure(values: list[float], digits: int) -> str:
    from trafficai.evaluation.statistics import mean_interval
    from trafficai.evaluation.table import format_interval

    return format_interval(mean_interval(values), digits)


def _cycles(found: Found, row: int) -> str:
    cycles = sorted({signal.program.cycle for signal in found.plans[row].signals})
    return f"{cycles[0]:g}" if len(cycles) == 1 else f"{cycles[0]:g}-{cycles[-1]:g}"


def _say_front(found: Found) -> None:
    """Say what delay against CO2 can be had, in parts of the network's program."""
    from trafficai.cli import console

    means = found.outcomes.mean(axis=2)
    change = 100.0 * ((means / means[0]).mean(axis=1) - 1.0)
    pairs = (f"{change[row, 0]:+.1f} % / {change[row, 1]:+.1f} %" for row in found.front)
    console.say(f"front, delay / CO2 against the network's program: {'; '.join(pairs)}")
