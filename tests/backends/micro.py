"""Tiny scenarios of one traffic rule each, and every vehicle's way through them second by second, in both engines."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks import crowds
from tests.backends.sumo_tools import run_tool
from trafficai.scenario import load_scenario
from trafficai.scenario.model import Scenario

EXACT = 'sigma="0" speedFactor="1" speedDev="0"'
"""A driver without imperfection, who drives at the limit."""

CAR = f'<vType id="car" {EXACT}/>'
BUS = f'<vType id="bus" vClass="bus" length="12" accel="1.2" decel="4" {EXACT}/>'


class Way(NamedTuple):
    """One vehicle's way, a row per second in which it is on the road."""

    times: np.ndarray  # [s]
    lanes: list[str]
    positions: np.ndarray  # [m] on the lane
    speeds: np.ndarray  # [m/s]


def make_net(folder: Path, nodes: str, edges: str, connections: str = "", *options: str) -> Path:
    """Let SUMO's netconvert make a network of plain nodes, edges and connections."""
    arguments = []
    for kind, root, content in (
        ("node", "nodes", nodes),
        ("edge", "edges", edges),
        ("connection", "connections", connections),
    ):
        path = folder / f"{kind}.xml"
        path.write_text(f"<{root}>{content}</{root}>")
        arguments += [f"--{kind}-files", str(path)]
    net = folder / "net.net.xml"
    run_tool("netconvert", *arguments, "--no-turnarounds", "true", *options, "--output-file", str(net))
    return net


def vehicle(
    name: object, depart: float, route: str, kind: str = "car", lane: str = "0", speed: str = "max", pos="base"
) -> str:
    """Return a vehicle as SUMO reads it."""
    return (
        f'<vehicle id="{name}" type="{kind}" depart="{depart}" departLane="{lane}" departSpeed="{speed}"'
        f' departPos="{pos}"><route edges="{route}"/></vehicle>'
    )


def make_scenario(folder: Path, net: Path, routes: str, end: int = 120, additional: str = "") -> Scenario:
    """Return a scenario of a network, a demand and signal programs."""
    (folder / "demand.rou.xml").write_text(f"<routes>{CAR}{BUS}{routes}</routes>")
    (folder / "own.add.xml").write_text(f"<additional>{additional}</additional>")
    config = folder / "own.sumocfg"
    config.write_text(
        f'<configuration><input><net-file value="{net}"/><route-files value="demand.rou.xml"/>'
        f'<additional-files value="own.add.xml"/></input><time><begin value="0"/><end value="{end}"/></time>'
        "</configuration>"
    )
    return load_scenario(config)


def program(signal: str, *phases: tuple[float, str]) -> str:
    """Return a signal program as SUMO reads it."""
    rows = "".join(f'<phase duration="{duration}" state="{state}"/>' for duration, state in phases)
    return f'<tlLogic id="{signal}" type="static" programID="own" offset="0">{rows}</tlLogic>'


def ways_in_core(scenario: Scenario, seed: int = 1) -> dict[str, Way]:
    """Drive the scenario in the core."""
    return {name: _way(seen) for name, seen in crowds.ways_in_core(scenario, seed).items()}


def ways_in_sumo(scenario: Scenario, folder: Path) -> dict[str, Way]:
    """Drive the scenario in SUMO itself."""
    return {name: _way(seen) for name, seen in crowds.ways_in_sumo(scenario, folder, 60.0).items()}


def _way(seen: dict[int, crowds.State]) -> Way:
    lanes, positions, speeds = zip(*seen.values(), strict=True) if seen else ((), (), ())
    return Way(np.array([*seen], dtype=float), list(lanes), np.array(positions), np.array(speeds))


def driven(way: Way) -> np.ndarray:
    """Return the distance covered since insertion [m]; a vehicle moves by its new speed."""
    return np.cumsum(way.speeds) - way.speeds[:1].sum()


class Difference(NamedTuple):
    """How one vehicle's way in the core differs from that in SUMO."""

    distance: float  # greatest distance between the two [m]
    inserted: float  # [s]
    arrived: float  # [s]
    same_lanes: bool


def difference(core: Way, sumo: Way) -> Difference:
    """Compare two ways step by step, up to where the first of them ends."""
    if not len(core.times) or not len(sumo.times):
        return Difference(0.0 if len(core.times) == len(sumo.times) else np.inf, 0.0, 0.0, True)
    common = min(len(core.times), len(sumo.times))
    apart = np.abs(driven(core)[:common] - driven(sumo)[:common]).max() + abs(core.positions[0] - sumo.positions[0])
    ends = core.times[[0, -1]] - sumo.times[[0, -1]]
    return Difference(float(apart), float(ends[0]), float(ends[1]), core.lanes == sumo.lanes)


def differences(scenario: Scenario, folder: Path) -> dict[str, Difference]:
    """Drive the scenario in both engines and compare every vehicle's way."""
    core, sumo = ways_in_core(scenario), ways_in_sumo(scenario, folder)
    assert any(len(way.times) for way in core.values())
    return {name: difference(core[name], sumo[name]) for name in core}


def assert_same_ways(scenario: Scenario, folder: Path, within: float = 0.05) -> None:
    """Check that both engines drive every vehicle alike: to ``within`` metres, on the same lanes, at the same time."""
    found = differences(scenario, folder)
    wrong = {name: d for name, d in found.items() if d.distance > within or d[1:] != (0.0, 0.0, True)}
    assert not wrong
