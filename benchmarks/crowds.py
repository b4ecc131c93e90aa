"""Drives crowds through single junctions of a map in the core and in SUMO, and counts the vehicles that drive the same.

    python benchmarks/crowds.py cologne3                            # each junction with a signal, one crowd each
    python benchmarks/crowds.py grid4x4 --junctions A1 B2 --seeds 1 2 3
    python benchmarks/crowds.py cologne8 --own-demand --seconds 900 # the map's own vehicles, without anything random

Means over a run hide what is wrong; single vehicles show it. Cars and buses whose drivers have no imperfection and keep
to the limit depart every 1.2 s on average and pass the junction under its own signals, by all routes that lead over it.
A vehicle drives the same where lane, position and speed agree in every second, to a micrometre. For others the first
second is printed in which the two engines part.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from trafficai.backends._sumo_process import sumo_home
from trafficai.backends.numba import NumbaBackend
from trafficai.core.records import PARKED
from trafficai.scenario import load_scenario, write_sumo_inputs
from trafficai.scenario.model import Edge, Scenario, Vehicle, VehicleType
from trafficai.scenario.xml import read_elements

APPROACH, EXIT = 120.0, 60.0  # [m] before and behind the junction
LAST_DEPARTURE = 20  # [s] before the end
SAME = 1e-6  # [m], [m/s]
EXACT = {"sigma": 0.0, "speed_factor": (1.0, 0.0, 1.0, 1.0)}
TYPES = (
    VehicleType("car", length=4.3, min_gap=1.5, **EXACT),  # type: ignore[arg-type]
    VehicleType("bus", vehicle_class="bus", length=12.0, accel=1.2, decel=4.0, **EXACT),  # type: ignore[arg-type]
)
KINDS = (*(0,) * 9, 1)  # a bus after nine cars, by chance
FACTORS = (0.8, 0.9, 1.0, 1.1, 1.2)  # speed factors where drivers differ
U_TURNS = 0.3  # share of the ways back that are driven

State = tuple[str, float, float]
"""Lane, position [m] and speed [m/s]."""
Ways = dict[str, dict[int, State]]
"""By vehicle and second."""


class Parting(NamedTuple):
    """The first second in which a vehicle drives differently."""

    second: int
    vehicle: str
    core: State | None
    sumo: State | None


def signalled_junctions(scenario: Scenario) -> list[str]:
    """Return the junctions with a signal."""
    return [junction.id for junction in scenario.network.junctions if junction.type.startswith("traffic_light")]


class _Streets:
    """The edges that cars may use, and which leads to which."""

    def __init__(self, scenario: Scenario) -> None:
        edges = {edge.id: edge for edge in scenario.network.edges if edge.function == "normal"}
        self.edges = {name: edge for name, edge in edges.items() if edge.permits("passenger")}
        self.after: dict[str, list[str]] = {name: [] for name in self.edges}
        self.before: dict[str, list[str]] = {name: [] for name in self.edges}
        for link in scenario.network.connections:
            first, second = link.from_edge, link.to_edge
            if first in self.edges and second in self.edges and second not in self.after[first]:
                self.after[first].append(second)
                self.before[second].append(first)

    def back(self, way: tuple[str, ...], rest: float) -> Iterator[tuple[str, ...]]:
        """Yield the ways that lead onto ``way`` from ``rest`` metres before it."""
        found = [e for e in self.before[way[0]] if rest > 0.0 and e not in way and not self._turns_back(e, way[0])]
        if not found:
            yield way
        for edge in found:
            yield from self.back((edge, *way), rest - self.edges[edge].length)

    def on(self, way: tuple[str, ...], rest: float) -> Iterator[tuple[str, ...]]:
        """Yield the ways that lead on from ``way`` for ``rest`` metres."""
        found = [e for e in self.after[way[-1]] if rest > 0.0 and e not in way and not self._turns_back(way[-1], e)]
        if not found:
            yield way
        for edge in found:
            yield from self.on((*way, edge), rest - self.edges[edge].length)

    def _turns_back(self, first: str, second: str) -> bool:
        return turns_back(self.edges[first], self.edges[second])


def turns_back(first: Edge, second: Edge) -> bool:
    """Return whether the second edge leads back to where the first one came from."""
    return first.from_junction == second.to_junction


def routes_over(scenario: Scenario, junction: str, draws: random.Random) -> list[tuple[str, ...]]:
    """Return the routes over a junction, of all but some of those that turn back there."""
    streets = _Streets(scenario)
    routes = []
    for name, edge in streets.edges.items():
        for target in streets.after[name] if edge.to_junction == junction else []:
            if turns_back(edge, streets.edges[target]) and draws.random() >= U_TURNS:
                continue
            before = list(streets.back((name,), APPROACH - edge.length))
            after = list(streets.on((target,), EXIT - streets.edges[target].length))
            routes += [b + a for b in before for a in after if not {*b} & {*a}]
    return routes


def crowd(scenario: Scenario, junction: str, seed: int, every: float, seconds: int) -> Scenario:
    """Return the scenario with a crowd through one junction in place of its demand."""
    draws = random.Random(seed)
    routes = routes_over(scenario, junction, draws)
    vehicles: list[Vehicle] = []
    time = draws.expovariate(1.0 / every)
    while routes and time < seconds - LAST_DEPARTURE:
        route, kind = draws.choice(routes), draws.choice(KINDS)
        name, depart = str(len(vehicles)), float(scenario.begin + round(time))
        vehicles.append(Vehicle(name, kind, depart, route, depart_lane="best", depart_speed="max"))
        time += draws.expovariate(1.0 / every)
    end = scenario.begin + seconds
    return replace(scenario, vehicle_types=TYPES, vehicles=tuple(vehicles), end=end, stopping_places=())


def own_demand(scenario: Scenario, seconds: int) -> Scenario:
    """Return the scenario's first seconds without anything random in drivers and departures."""
    end = scenario.begin + seconds
    types = tuple(replace(kind, **EXACT) for kind in scenario.vehicle_types)  # type: ignore[arg-type]
    vehicles = tuple(
        replace(vehicle, depart_lane="best", depart_pos="base", depart_speed="max", arrival_pos="max")
        for vehicle in scenario.vehicles
        if vehicle.depart < end
    )
    return replace(scenario, vehicle_types=types, vehicles=vehicles, end=end)


def spread(scenario: Scenario, seed: int) -> Scenario:
    """Return the scenario with speed factors that differ from vehicle to vehicle, each given beforehand."""
    draws = random.Random(seed)
    types = tuple(
        replace(kind, id=f"{kind.id}-{factor}", speed_factor=(factor, 0.0, factor, factor))
        for kind in scenario.vehicle_types
        for factor in FACTORS
    )
    vehicles = tuple(
        replace(vehicle, type=vehicle.type * len(FACTORS) + draws.randrange(len(FACTORS)))
        for vehicle in scenario.vehicles
    )
    return replace(scenario, vehicle_types=types, vehicles=vehicles)


def ways_in_core(scenario: Scenario, seed: int = 1) -> Ways:
    """Drive the scenario in the core."""
    backend = NumbaBackend(scenario)
    backend.reset(seed)
    world = backend._simulation.world
    follow = np.full(len(scenario.signals), -1, np.int32)
    ways: Ways = {vehicle.id: {} for vehicle in scenario.vehicles}
    for second in range(scenario.begin, scenario.end):
        backend.advance(follow, 1)
        transfers = world.transfers.vehicle[: world.clock[0].num_transfers]
        parked = transfers[world.vehicles.status[transfers] == PARKED]
        for v in (*world.running[: world.clock[0].num_running], *parked):
            vehicle = world.vehicles[v]
            state = (scenario.network.lanes[vehicle.lane].id, float(vehicle.pos), float(vehicle.speed))
            ways[scenario.vehicles[v].id][second] = state
    return ways


def ways_in_sumo(scenario: Scenario, folder: Path, limit: float = 600.0) -> Ways:
    """Drive the scenario in SUMO itself, which may take ``limit`` seconds."""
    files, out = write_sumo_inputs(scenario, folder), folder / "fcd.xml"
    options = {
        "net-file": files.net,
        "route-files": files.routes,
        "begin": scenario.begin,
        "end": scenario.end,
        "time-to-teleport": scenario.time_to_teleport,
        "fcd-output": out,
        "precision": 9,
        "no-step-log": "true",
        "no-warnings": "true",
    }
    command = [str(sumo_home() / "bin" / "sumo")]
    command += [part for name, value in options.items() for part in (f"--{name}", str(value))]
    environment = {**os.environ, "SUMO_HOME": str(sumo_home())}
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL, timeout=limit)
    ways: Ways = {vehicle.id: {} for vehicle in scenario.vehicles}
    seconds = read_elements(out)
    next(seconds)
    for second in seconds:
        for seen in second.children:
            values = seen.attributes
            state = (values["lane"], float(values["pos"]), float(values["speed"]))
            ways[values["id"]][int(float(second.attributes["time"]))] = state
    return ways


def differs(core: State | None, sumo: State | None) -> bool:
    """Return whether a vehicle is elsewhere in one engine, or drives at another speed."""
    if core is None or sumo is None:
        return True
    return core[0] != sumo[0] or abs(core[1] - sumo[1]) > SAME or abs(core[2] - sumo[2]) > SAME


def partings(core: Ways, sumo: Ways) -> list[Parting]:
    """Return the vehicles that do not drive the same, by when they part."""
    found = []
    for name, way in core.items():
        for second in sorted({*way, *sumo[name]}):
            if differs(way.get(second), sumo[name].get(second)):
                found.append(Parting(second, name, way.get(second), sumo[name].get(second)))
                break
    return sorted(found, key=lambda parting: (parting.second, parting.vehicle))


def drive_both(scenario: Scenario) -> tuple[int, list[Parting]]:
    """Drive a scenario in both engines; return how many vehicles it has and which of them do not drive the same."""
    with tempfile.TemporaryDirectory() as folder:
        return len(scenario.vehicles), partings(ways_in_core(scenario), ways_in_sumo(scenario, Path(folder)))


def told(state: State | None) -> str:
    """Return a state as text."""
    return "not there" if state is None else f"{state[0]} at {state[1]:.3f} m, {state[2]:.3f} m/s"


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare crowds as the command line asks."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("scenario", help="a map of RESCO or a .sumocfg")
    parser.add_argument("--junctions", nargs="+", help="by default all with a signal")
    parser.add_argument("--seeds", nargs="+", type=int, default=[1])
    parser.add_argument("--every", type=float, default=1.2, help="mean time between departures [s]")
    parser.add_argument("--seconds", type=int, default=150)
    parser.add_argument("--own-demand", action="store_true", help="the map's own vehicles in place of crowds")
    parser.add_argument("--spread", action="store_true", help="drivers with speed factors from 0.8 to 1.2")
    options = parser.parse_args(arguments)
    scenario = load_scenario(options.scenario)
    total = same = 0
    for name, case in cases(scenario, options):
        case = spread(case, options.seeds[0]) if options.spread else case
        number, found = drive_both(case)
        total, same = total + number, same + number - len(found)
        say(f"{name}: {number - len(found)} of {number} the same")
        for first in found[:1]:
            say(f"  {first.second} s, vehicle {first.vehicle}: core {told(first.core)}; SUMO {told(first.sumo)}")
    say(f"{same} of {total} vehicles drive the same in every second")
    return 0


def cases(scenario: Scenario, options: argparse.Namespace) -> Iterator[tuple[str, Scenario]]:
    """Yield what the command line asks for: a name, and a scenario to be driven in both engines."""
    if options.own_demand:
        yield scenario.name, own_demand(scenario, options.seconds)
        return
    for junction in options.junctions or signalled_junctions(scenario):
        for seed in options.seeds:
            yield f"{junction}, seed {seed}", crowd(scenario, junction, seed, options.every, options.seconds)


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
