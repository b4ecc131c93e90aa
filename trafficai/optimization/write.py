"""What a search leaves in its folder: plans for SUMO and as tables, the agent that runs them, the figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from trafficai.datatypes.files import write_text_atomically
from trafficai.evaluation.document import document_head
from trafficai.evaluation.statistics import Interval, mean_interval
from trafficai.evaluation.versions import installed_versions
from trafficai.optimization.optimize import Optimised, Period
from trafficai.optimization.search import Found
from trafficai.plans import SEARCHED, export_plan, programs_in_force, write_plan_agent, write_sumo_schedule

DOCUMENT: Final = "optimization.json"
SUMO_PLAN: Final = "plan.add.xml"
SCHEDULE: Final = "schedule.add.xml"
"""Switches the programs of several plans."""


def write_optimised(optimised: Optimised, folder: Path, command: str | None, created: str | None) -> tuple[Path, ...]:
    """Write everything, the agent last; return the files.

    Raises:
        RunError: the place can't be written.
    """
    several = len(optimised.periods) > 1
    written: list[Path] = []
    places = []
    for number, period in enumerate(optimised.periods):
        name = f"{SEARCHED}-{number + 1}" if several else SEARCHED
        place = folder / f"plan-{number + 1}" if several else folder
        best = optimised.best(number)
        written += [*export_plan(best, place / SUMO_PLAN, "sumo", name), *export_plan(best, place, "tables", name)]
        places.append((period.begin, place))
    if several:
        signals = [program.signal for program in programs_in_force(optimised.scenario)]
        names = [(period.begin, f"{SEARCHED}-{k + 1}") for k, period in enumerate(optimised.periods)]
        written.append(write_sumo_schedule(folder / SCHEDULE, signals, names))
    document = optimization_document(optimised, command, created)
    written.append(write_text_atomically(folder / DOCUMENT, json.dumps(document, indent=1, ensure_ascii=False) + "\n"))
    goal = optimised.settings.objective.goal
    description = f"The best fixed-time plan that a search in the core found for {optimised.scenario.name} ({goal})."
    written.append(write_plan_agent(folder, SEARCHED, description, command or "trafficai optimize", places))
    return tuple(written)


def optimization_document(optimised: Optimised, command: str | None, created: str | None) -> dict[str, Any]:
    """Return the JSON document of a search (docs/command-line.md)."""
    versions, scenario, settings = installed_versions(), optimised.scenario, optimised.settings
    return {
        **document_head(versions),
        "versions": versions.libraries,
        "scenario": scenario.name,
        "scenario_sha256": scenario.sha256,
        "begin_s": scenario.begin,
        "end_s": scenario.end,
        "backend": "numba",
        "objective": settings.objective.goal,
        "time_eur_per_h": settings.objective.time_eur_per_h,
        "co2_eur_per_t": settings.objective.co2_eur_per_t,
        "trials": settings.trials,
        "demands": list(settings.demands),
        "vary": settings.vary._asdict(),
        "min_cycle_s": settings.cycle.least,
        "max_cycle_s": settings.cycle.most,
        "seed": settings.seed,
        "command": command,
        "created": created,
        "periods": [_period(period, settings.demands) for period in optimised.periods],
    }


def _period(period: Period, demands: tuple[float, ...]) -> dict[str, Any]:
    found = period.found
    shown = [*range(_num_designs(found)), found.best]
    return {
        "begin_s": period.begin,
        "end_s": period.end,
        "trials": found.num_trials,
        "best": found.names[found.best],
        "plans": [_plan(found, row, demands) for row in dict.fromkeys(shown)],
        "front": [_plan(found, row, demands) for row in found.front],
        "history": list(found.history),
    }


def _plan(found: Found, row: int, demands: tuple[float, ...]) -> dict[str, Any]:
    return {
        "plan": found.names[row],
        "cost": float(found.scores[row]),
        "cycles_s": {signal.id: signal.program.cycle for signal in found.plans[row].signals},
        "results": [
            {"demand": demand, "vehicles": int(found.num_vehicles[k])}
            | _figure("delay_s", found.outcomes[row, k, :, 0], found.outcomes[0, k, :, 0])
            | _figure("co2_kg", found.outcomes[row, k, :, 1], found.outcomes[0, k, :, 1])
            for k, demand in enumerate(demands)
        ],
    }


def _figure(name: str, values: NDArray[np.float64], base: NDArray[np.float64]) -> dict[str, Any]:
    """Return mean and interval of a figure, and of its paired difference from the network's program."""
    own, difference = mean_interval(values.tolist()), mean_interval((values - base).tolist())
    return {name: own._asdict(), f"{name.rsplit('_', 1)[0]}_change_percent": _percent(difference, float(base.mean()))}


def _percent(difference: Interval, level: float) -> dict[str, Any] | None:
    return difference.scaled(100.0 / level)._asdict() if level > 0.0 else None


def _num_designs(found: Found) -> int:
    """Return how many of the plans are designs; they come first."""
    return sum(name != SEARCHED for name in found.names)
