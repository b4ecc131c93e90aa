"""Small scenarios drawn at random: networks of SUMO's netgenerate, and vehicles of mixed types."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

from tests.backends.sumo_tools import run_tool
from trafficai.scenario import load_scenario
from trafficai.scenario.model import Scenario
from trafficai.scenario.network import read_network
from trafficai.scenario.notes import Notes
from trafficai.scenario.routing import Router

SHAPES = {
    "grid": "--grid --grid.number 3 --grid.length 120 --grid.attach-length 80".split(),
    "spider": "--spider --spider.arm-number 4 --spider.circle-number 2 --spider.space-radius 90".split(),
    "rand": "--rand --rand.iterations 14 --rand.min-distance 60 --rand.max-distance 150".split(),
}
WITHOUT_CENTRE = ("--spider.omit-center", "true")
JUNCTIONS = ("traffic_light", "priority", "right_before_left", "allway_stop", "priority_stop")
CLASSES = {  # vClass: length [m], accel, decel [m/s^2], emission class
    "passenger": (5.0, 2.6, 4.5, "HBEFA4/PC_petrol_Euro-4"),
    "delivery": (6.5, 2.6, 4.5, "HBEFA4/PC_petrol_Euro-4"),
    "truck": (7.1, 1.3, 4.0, "HBEFA4/RT_le7.5t_Euro-VI_A-C"),
    "bus": (12.0, 1.2, 4.0, "HBEFA4/RT_le7.5t_Euro-VI_A-C"),
    "motorcycle": (2.2, 6.0, 10.0, "HBEFA4/PC_petrol_Euro-4"),
}


class Recipe(NamedTuple):
    """What a scenario is made of."""

    shape: str
    junction: str
    lanes: int
    net_seed: int
    num_vehicles: int
    demand_seed: int
    seconds: int


def recipes(seconds: int, most_vehicles: int) -> st.SearchStrategy[Recipe]:
    """Return every recipe of a length; half of them have signals."""
    return st.builds(
        Recipe,
        shape=st.sampled_from(sorted(SHAPES)),
        junction=st.one_of(st.just("traffic_light"), st.sampled_from(JUNCTIONS)),
        lanes=st.integers(1, 3),
        net_seed=st.integers(0, 3),
        num_vehicles=st.integers(20, most_vehicles),
        demand_seed=st.integers(0, 2**32 - 1),
        seconds=st.just(seconds),
    )


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """Return a folder that goes when the interpreter does."""
    return tempfile.TemporaryDirectory(prefix="trafficai-random-")


@cache
def _network(shape: str, junction: str, lanes: int, seed: int) -> Path:
    path = Path(_folder().name) / f"{shape}-{junction}-{lanes}-{seed}.net.xml"
    options = ("--default.lanenumber", str(lanes), "--default-junction-type", junction, "--seed", str(seed))
    run_tool(
        "netgenerate", *SHAPES[shape], *WITHOUT_CENTRE, *options, "--no-turnarounds", "true", "--output-file", str(path)
    )
    return path


def make(recipe: Recipe) -> Scenario:
    """Return the scenario of a recipe."""
    net = _network(*recipe[:4])
    (net.parent / "demand.rou.xml").write_text(_demand(recipe, net))
    config = net.parent / "random.sumocfg"
    config.write_text(
        f'<configuration><input><net-file value="{net.name}"/><route-files value="demand.rou.xml"/></input>'
        f'<time><begin value="0"/><end value="{recipe.seconds}"/></time></configuration>'
    )
    return load_scenario(config)


def _demand(recipe: Recipe, net: Path) -> str:
    """Return vehicle types with drawn parameters, and vehicles with drawn departures and routes."""
    draws = np.random.default_rng(recipe.demand_seed)
    network = read_network(net, Notes()).network
    edges, router = [edge.id for edge in network.edges if edge.function == "normal"], Router(network)
    lines = [_type(name, draws) for name in CLASSES]
    for i, depart in enumerate(np.sort(draws.uniform(0, recipe.seconds * 0.7, recipe.num_vehicles))):
        kind, (first, last) = draws.choice(list(CLASSES)), draws.choice(edges, 2, replace=False)
        route = router.route(str(first), str(last), str(kind), 50.0)
        lane, speed = draws.choice(["best", "free", "random", "0"]), draws.choice(["max", "0", "avg", "desired"])
        if route is not None:
            place = draws.choice(["base", "random_free", "last"])
            lines.append(
                f'<vehicle id="{i}" type="{kind}" depart="{depart:.1f}" departLane="{lane}" departSpeed="{speed}"'
                f' departPos="{place}"><route edges="{" ".join(route)}"/></vehicle>'
            )
    return "\n".join(("<routes>", *lines, "</routes>"))


def _type(name: str, draws: np.random.Generator) -> str:
    length, accel, decel, emissions = CLASSES[name]
    accel, decel = accel * draws.uniform(0.6, 1.4), decel * draws.uniform(0.7, 1.3)
    deviation = draws.choice([0.0, 0.1, 0.3])
    return (
        f'<vType id="{name}" vClass="{name}" length="{length}" minGap="{draws.uniform(0.5, 3.5):.2f}"'
        f' accel="{accel:.2f}" decel="{decel:.2f}" emergencyDecel="{decel + 3:.2f}" sigma="{draws.uniform():.2f}"'
        f' tau="{draws.uniform(1.0, 2.0):.2f}" speedFactor="normc(1,{deviation},0.2,2)" emissionClass="{emissions}"/>'
    )
