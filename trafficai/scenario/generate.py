"""Makes our own scenarios anew: ``python -m trafficai.scenario.generate [FOLDER]``.

Writes network (by the netconvert of the installed eclipse-sumo), demand and ``.sumocfg`` of each scenario; the same
versions write the same bytes.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from trafficai import assets
from trafficai.datatypes.errors import InputError, RunError
from trafficai.scenario.catalogue import package_folder
from trafficai.scenario.layouts import (
    HEADINGS,
    SPEED,
    Layout,
    plain_connections,
    plain_edges,
    plain_nodes,
    plain_signals,
)
from trafficai.scenario.network import read_network
from trafficai.scenario.notes import Notes
from trafficai.scenario.routing import Router

DURATION: Final = 3600  # [s]
PROFILE: Final = (0.7, 0.8, 0.9, 1.0, 1.15, 1.3, 1.3, 1.2, 1.1, 0.95, 0.85, 0.75)  # per twelfth of the hour: a peak
TIMEOUT: Final = 60.0  # [s] for netconvert


class Kind(NamedTuple):
    """A vehicle type of the generated demand: its share, and the vType as SUMO 1.28 resolves it."""

    share: float
    xml: str


KINDS: Final = {
    "car": Kind(
        0.94,
        '<vType id="car" vClass="passenger" length="5" minGap="2.5" accel="2.6" decel="4.5" emergencyDecel="9"'
        ' sigma="0.5" tau="1" maxSpeed="55.56" speedFactor="normc(1,0.1,0.2,2)"'
        ' emissionClass="HBEFA4/PC_petrol_Euro-4" carFollowModel="Krauss"/>',
    ),
    "truck": Kind(
        0.06,
        '<vType id="truck" vClass="truck" length="7.1" minGap="2.5" accel="1.3" decel="4" emergencyDecel="7"'
        ' sigma="0.5" tau="1" maxSpeed="36.11" speedFactor="normc(1,0.05,0.2,2)"'
        ' emissionClass="HBEFA4/RT_le7.5t_Euro-VI_A-C" carFollowModel="Krauss"/>',
    ),
}


@dataclass(frozen=True, slots=True)
class Recipe:
    """A layout and the traffic on it."""

    layout: Layout
    num_vehicles: int
    main_weight: float  # how much more traffic a main street's end sends and draws than a side street's
    straight_weight: float  # how much likelier the opposite end is than any other
    seed: int


RECIPES: Final = (
    Recipe(Layout("junction", (0.0,), (0.0,), (28, 12, 20, 10)), 1900, 1.8, 3.0, seed=1),
    Recipe(
        Layout("arterial5", (0.0, 320.0, 600.0, 980.0, 1270.0), (0.0,), (34, 11, 24, 0), wave_speed=SPEED),
        2600, 4.0, 4.0, seed=2,
    ),
    Recipe(
        Layout("grid3x3", (0.0, 250.0, 500.0), (0.0, 250.0, 500.0), (19, 9, 17, 9), main_lanes=2),
        2800, 1.2, 3.0, seed=3,
    ),
)  # fmt: skip


def main(folder: Path | None = None) -> None:
    """Write every scenario into its sub-folder of ``folder`` (our own ``scenarios/`` if None).

    Raises:
        InputError: eclipse-sumo is not installed.
        RunError: netconvert fails.
    """
    target = folder if folder is not None else assets.folder("scenarios")
    for recipe in RECIPES:
        generate(recipe, target / recipe.layout.name)


def generate(recipe: Recipe, folder: Path) -> None:
    """Write network, demand and configuration of one scenario into a folder, made if need be.

    Raises:
        InputError: eclipse-sumo is not installed.
        RunError: netconvert fails.
    """
    name = recipe.layout.name
    folder.mkdir(parents=True, exist_ok=True)
    network = folder / f"{name}.net.xml"
    network.write_text(make_network(recipe.layout), encoding="utf-8")
    (folder / f"{name}.rou.xml").write_text(make_demand(recipe, network), encoding="utf-8")
    (folder / f"{name}.sumocfg").write_text(_config(name), encoding="utf-8")


def make_network(layout: Layout) -> str:
    """Return the network file of a layout, without netconvert's dated comment.

    Raises:
        InputError: eclipse-sumo is not installed.
        RunError: netconvert fails.
    """
    plain = {
        "node": plain_nodes(layout),
        "edge": plain_edges(layout),
        "connection": plain_connections(layout),
        "tllogic": plain_signals(layout),
    }
    with tempfile.TemporaryDirectory(prefix="trafficai-net-") as place:
        options = []
        for kind, content in plain.items():
            path = Path(place) / f"{kind}.xml"
            path.write_text(content, encoding="utf-8")
            options += [f"--{kind}-files", str(path)]
        output = Path(place) / "net.xml"
        _netconvert([*options, "--no-turnarounds", "true", "--output-file", str(output)])
        return re.sub(r"<!--.*?-->\n*", "", output.read_text(encoding="utf-8"), flags=re.DOTALL)


def _netconvert(options: list[str]) -> None:
    package = package_folder("sumo")
    if package is None:
        raise InputError("netconvert is missing; run: pip install 'trafficai[sumo]'")
    try:
        subprocess.run(
            [str(package / "bin" / "netconvert"), *options],
            check=True, capture_output=True, timeout=TIMEOUT, env={"SUMO_HOME": str(package)},
        )  # fmt: skip
    except subprocess.CalledProcessError as error:
        raise RunError(f"netconvert failed: {error.stderr.decode(errors='replace').strip()}") from error
    except (subprocess.SubprocessError, OSError) as error:
        raise RunError(f"netconvert failed: {error}") from error


def make_demand(recipe: Recipe, network: Path) -> str:
    """Return the route file: vehicle types, a route from each end to each other, and vehicles in order of departure."""
    routes = _routes(recipe.layout, network)
    names = list(routes)
    weights = list(accumulate(_weight(recipe, *name.split("-")) for name in names))
    shares = list(accumulate(kind.share for kind in KINDS.values()))
    draws = np.random.default_rng(recipe.seed).random((recipe.num_vehicles, 3)).tolist()
    vehicles = sorted(
        (_departure(time), _pick(names, weights, way), _pick(list(KINDS), shares, kind)) for time, way, kind in draws
    )
    lines = [kind.xml for kind in KINDS.values()]
    lines += [f'<route id="{name}" edges="{" ".join(edges)}"/>' for name, edges in routes.items()]
    lines += [
        f'<vehicle id="{i}" type="{kind}" route="{way}" depart="{time:.1f}" departLane="best_prob" departSpeed="avg"/>'
        for i, (time, way, kind) in enumerate(vehicles)
    ]
    return "\n".join(("<routes>", *lines, "</routes>", ""))


def _routes(layout: Layout, network: Path) -> dict[str, tuple[str, ...]]:
    """Return the fastest route between any two ends of streets, by their names."""
    router = Router(read_network(network, Notes()).network)
    edges = {name.split("_")[0]: name for name in _border_edges(layout)}
    routes = {}
    for source, first in edges.items():
        for target, back in edges.items():
            last = "_".join(reversed(back.split("_")))
            route = router.route(first, last, "passenger", 55.56) if source != target else None
            if route is not None:
                routes[f"{source}-{target}"] = route
    return routes


def _border_edges(layout: Layout) -> list[str]:
    """Return the edges that lead into the network."""
    edges = []
    for name, cell in layout.junctions().items():
        ends = [layout.neighbour(*cell, heading) for heading in HEADINGS]
        edges += [f"{end}_{name}" for end in ends if end in layout.border_nodes()]
    return edges


def _weight(recipe: Recipe, source: str, target: str) -> float:
    """Return how much traffic goes from one end to another, relative to two side streets round a corner."""
    weight = recipe.straight_weight if _is_opposite(source, target) else 1.0
    for end in (source, target):
        weight *= recipe.main_weight if end.startswith(("e", "w")) else 1.0
    return weight


def _is_opposite(source: str, target: str) -> bool:
    return target == {"n": "s", "s": "n", "e": "w", "w": "e"}[source[0]] + source[1:]


def _pick(options: list[str], cumulative: list[float], draw: float) -> str:
    return options[min(bisect_right(cumulative, draw * cumulative[-1]), len(options) - 1)]


def _departure(draw: float) -> float:
    """Return the time of a departure [s], the share ``draw`` of all departures being earlier."""
    cumulative = [0.0, *accumulate(PROFILE)]
    target = draw * cumulative[-1]
    slot = min(bisect_right(cumulative, target), len(PROFILE)) - 1
    part = (target - cumulative[slot]) / PROFILE[slot]
    return int((slot + part) * DURATION / len(PROFILE) * 10) / 10


def _config(name: str) -> str:
    lines = (
        "<configuration>",
        f'<input><net-file value="{name}.net.xml"/><route-files value="{name}.rou.xml"/></input>',
        f'<time><begin value="0"/><end value="{DURATION}"/></time>',
        '<processing><time-to-teleport value="-1"/></processing>',
        "</configuration>",
    )
    return "\n".join((*lines, ""))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
