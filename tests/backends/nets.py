"""Plain nodes, edges and connections of the tiny networks that rules are tested on; netconvert makes the rest.

Edges are named after the nodes at their ends: ``ab`` leads from a to b.
"""

from __future__ import annotations

from itertools import pairwise

CROSS = ("ab", "bc", "cb", "ba", "sb", "bs", "nb", "bn")  # a is west of b, c east, n north, s south
MAJOR = ("ab", "bc", "cb", "ba")
CHAIN_NODES = "abcdefghijklmnopqrstuv"
CHAIN = " ".join(one + other for one, other in pairwise(CHAIN_NODES))
"""The route along the net ``chain``."""


def node(name: str, x: float, y: float, kind: str = "") -> str:
    return f'<node id="{name}" x="{x}" y="{y}"' + (f' type="{kind}"' if kind else "") + "/>"


def edge(name: str, lanes: int = 1, speed: float = 13.89, priority: int = 1) -> str:
    ends = f'from="{name[0]}" to="{name[1]}"'
    return f'<edge id="{name}" {ends} numLanes="{lanes}" speed="{speed}" priority="{priority}"/>'


def cross(kind: str, lanes: int = 1, minor_lanes: int | None = None) -> tuple[str, str]:
    """Return nodes and edges of a crossing; the street from west to east is the major one where there is one."""
    ends = (("a", -300, 0), ("c", 300, 0), ("n", 0, 300), ("s", 0, -300))
    nodes = node("b", 0, 0, kind) + "".join(node(*end) for end in ends)
    num_lanes = {name: lanes if name in MAJOR else minor_lanes or lanes for name in CROSS}
    return nodes, "".join(edge(name, num_lanes[name], priority=10 if name in MAJOR else 1) for name in CROSS)


def connection(source: str, lane: int, target: str, target_lane: int = 0) -> str:
    return f'<connection from="{source}" to="{target}" fromLane="{lane}" toLane="{target_lane}"/>'


def side_road(name: str, way: str) -> tuple[str, str, str]:
    """Return a road of two lanes, of which the left one leads on, and a side road that leaves or joins it."""
    ends = (("a", -300, 0), ("c", 120, 0), ("d", 300, 0), ("n", 0, 300))
    nodes = node("b", 0, 0, "priority") + "".join(node(*end) for end in ends)
    edges = edge("ab", 2, priority=10) + edge("bc", 2, priority=10) + edge("cd", priority=10) + edge(name)
    ways = connection("ab", 0, "bc", 0) + connection("ab", 1, "bc", 1) + connection("bc", 1, "cd")
    return nodes, edges, ways + way


def chain() -> tuple[str, str, str]:
    """Return a street of short edges: one lane, then two, of which only the left one leads out in the end."""
    nodes = "".join(node(name, 36 * k, 0) for k, name in enumerate(CHAIN_NODES))
    first, *between, last = CHAIN.split()
    edges = edge(first) + "".join(edge(step, 2) for step in between) + edge(last)
    ways = connection(first, 0, between[0], 0) + connection(first, 0, between[0], 1) + connection(between[-1], 1, last)
    return nodes, edges, ways


NETS = {
    # 400 m, 300 m at a lower limit, 300 m
    "road": (
        node("a", 0, 0) + node("b", 400, 0) + node("c", 700, 0) + node("d", 1000, 0),
        edge("ab") + edge("bc", speed=8.33) + edge("cd"),
    ),
    # two lanes, 1000 m
    "wide": (node("a", 0, 0) + node("b", 1000, 0), edge("ab", 2)),
    # three lanes, 1000 m
    "wide3": (node("a", 0, 0) + node("b", 1000, 0), edge("ab", 3)),
    # two lanes, of which the left one goes on
    "drop": (node("a", 0, 0) + node("b", 500, 0) + node("c", 900, 0), edge("ab", 2) + edge("bc")),
    # two roads that become one
    "zipper": (
        node("a", -400, 0) + node("s", -400, -150) + node("b", 0, 0, "zipper") + node("c", 400, 0),
        edge("ab") + edge("sb") + edge("bc"),
    ),
    # three lanes: right turn, straight on, left turn
    "turn": (
        node("a", -400, 0) + node("b", 0, 0, "priority") + node("c", 400, 0) + node("n", 0, 300) + node("s", 0, -300),
        edge("ab", 3) + edge("bc") + edge("bn") + edge("bs"),
        connection("ab", 0, "bs") + connection("ab", 1, "bc") + connection("ab", 2, "bn"),
    ),
    # the same under a signal, 150 m before it
    "turn_light": (
        node("a", -150, 0)
        + node("b", 0, 0, "traffic_light")
        + node("c", 400, 0)
        + node("n", 0, 300)
        + node("s", 0, -300),
        edge("ab", 3) + edge("bc") + edge("bn") + edge("bs"),
        connection("ab", 0, "bs") + connection("ab", 1, "bc") + connection("ab", 2, "bn"),
    ),
    # a crossing 18 m, a car's length without its junctions, before the last edge
    "short": (
        node("a", -200, 0)
        + node("b", 0, 0, "priority")
        + node("c", 18.3, 0, "priority")
        + node("d", 300, 0)
        + node("s", 0, -300)
        + node("n", 0, 300),
        edge("ab", priority=10)
        + edge("bc", priority=10)
        + edge("cd", speed=6.5, priority=10)
        + edge("sb")
        + edge("bn"),
    ),
    # 21 edges of 36 m
    "chain": chain(),
    "light": cross("traffic_light"),
    "priority": cross("priority"),
    # the same, where one may also turn back; and across a wider street, where turns part sooner than they wait
    "priority_back": (*cross("priority"), "".join(connection("ab", 0, target) for target in ("bs", "bc", "bn", "ba"))),
    "priority_wide": (
        *cross("priority", minor_lanes=3),
        "".join(connection("ab", 0, target, 2 * (target == "bn")) for target in ("bs", "bc", "bn", "ba")),
    ),
    # a way off a road; a way onto one; and a road of a short edge between two others
    "way_off": side_road("bn", connection("ab", 1, "bn")),
    "way_on": side_road("nb", connection("nb", 0, "bc", 1)),
    "short_between": (
        node("a", -300, 0) + node("b", 0, 0) + node("c", 8, 0) + node("d", 300, 0),
        edge("ab") + edge("bc") + edge("cd"),
    ),
    # a queue of two lanes before a red light, whose street ends in two lanes
    "queue": (
        node("a", 0, 0) + node("b", 400, 0, "traffic_light") + node("c", 1100, 0) + node("n", 400, 300),
        edge("ab", 2) + edge("bc", 2) + edge("nb"),
    ),
    "light_wide": (
        *cross("traffic_light", lanes=2),
        "".join(
            connection(source, 0, right)
            + connection(source, 0, on)
            + connection(source, 1, on, 1)
            + connection(source, 1, left, 1)
            for source, right, on, left in (
                ("ab", "bs", "bc", "bn"),
                ("cb", "bn", "ba", "bs"),
                ("sb", "bc", "bn", "ba"),
                ("nb", "ba", "bs", "bc"),
            )
        ),
    ),
    "zipper_cross": cross("zipper"),
    "right_before_left": cross("right_before_left"),
    "allway_stop": cross("allway_stop"),
    "priority_stop": cross("priority_stop"),
}
