"""The movements of a signal as its rings know them: through and left, approach by approach."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from trafficai.scenario.model import Connection, Network, Signal

LEFT: Final = frozenset("lLt")
GO: Final = frozenset("Gg")


class Movement(NamedTuple):
    """What is given green together from one approach."""

    name: str
    keys: frozenset[int]  # positions that no other movement of the same phase may conflict with
    riders: frozenset[int]  # positions that go along where nobody else has to yield to them


class Approach(NamedTuple):
    """The movements from one edge."""

    edge: str
    num_lanes: int
    heading: float  # [rad] direction of travel at the stop line, counterclockwise from east
    through: Movement  # right turns go along, and left turns that yield
    left: Movement | None  # left turns that have a lane or a green of their own
    whole: Movement | None  # where left turns have neither: all from the edge, as they can't go without the others


def approaches_of(signal: Signal, connections: list[Connection], network: Network) -> list[Approach]:
    """Return the approaches of a signal in the order of its positions.

    Args:
        signal: the signal.
        connections: those that the signal controls.
        network: the network they belong to.
    """
    by_edge: dict[str, list[Connection]] = {}
    for connection in sorted(connections, key=lambda c: c.link_index):
        if signal.links[connection.link_index]:
            by_edge.setdefault(connection.from_edge, []).append(connection)
    return [_approach(edge, own, signal, network) for edge, own in by_edge.items()]


def _approach(name: str, own: list[Connection], signal: Signal, network: Network) -> Approach:
    """Return the movements from an edge; one without a way straight on has a single one."""
    lane = network.edges[network.edge_index[name]].lanes[own[0].from_lane]
    num_lanes, heading = len({connection.from_lane for connection in own}), _heading(lane.shape)
    every = frozenset(connection.link_index for connection in own)
    straight = frozenset(connection.link_index for connection in own if connection.direction == "s")
    turning = every - frozenset(connection.link_index for connection in own if connection.direction not in LEFT)
    has_left = any(c.link_index in turning and c.direction in ("l", "L") for c in own)
    if not straight or not has_left:
        keys = straight or frozenset(c.link_index for c in own if c.direction != "t") or every
        return Approach(name, num_lanes, heading, Movement(f"{name}:through", keys, every - keys), None, None)
    if not _is_separate(own, straight, turning, signal):
        through = Movement(f"{name}:through", straight, every - straight)
        whole = Movement(f"{name}:all", straight | turning, every - straight - turning)
        return Approach(name, num_lanes, heading, through, None, whole)
    yielding = frozenset(p for p in turning if any(phase.state[p] == "g" for phase in signal.program.phases))
    through = Movement(f"{name}:through", straight, every - straight - turning | yielding)
    left = Movement(f"{name}:left", turning, frozenset())
    return Approach(name, num_lanes, heading, through, left, None)


def _is_separate(own: list[Connection], straight: frozenset[int], turning: frozenset[int], signal: Signal) -> bool:
    """Return whether left turns have a lane of their own, or the program gives them a green of their own."""
    lanes = {c.from_lane for c in own if c.link_index in turning}
    if not lanes & {c.from_lane for c in own if c.link_index not in turning}:
        return True
    return any(
        all(phase.state[p] not in GO for p in straight) and any(phase.state[p] == "G" for p in turning)
        for phase in signal.program.phases
    )


def _heading(shape: tuple[tuple[float, float], ...]) -> float:
    """Return the direction of a lane's last stretch [rad]."""
    (x, y), (end_x, end_y) = shape[-2:]
    return math.atan2(end_y - y, end_x - x)
