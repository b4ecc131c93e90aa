"""Fastest routes on the empty network, as SUMO's router finds them.

The cost of a route is the time at the speed limit on its edges and on the internal lanes between them, plus SUMO's
penalties for turns that have to give way and for turning round (``--weights.minor-penalty``,
``--weights.turnaround-penalty``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.scenario.model import Connection, Edge, Lane, Network

if TYPE_CHECKING:
    from scipy.sparse import csr_array

MINOR_PENALTY: Final = 1.5  # [s], SUMO 1.28's default
TURNAROUND_PENALTY: Final = 5.0  # [s], SUMO 1.28's default
MINOR_STATES: Final = frozenset("m=sw")  # links that give way, unless a signal controls them

NO_ARC: Final = 0
MEMORY: Final = 2**30
"""What kept routes may take [bytes]: those from every edge of a network of 30,000."""


class Turn(NamedTuple):
    """A way from one edge to the next."""

    target: int  # index of the edge it leads to
    legs: tuple[tuple[float, float], ...]  # length [m] and limit [m/s] of each internal lane
    penalty: float  # [s]
    allow: tuple[frozenset[str] | None, ...]  # what the connection and the lanes it touches let in

    def permits(self, vehicle_class: str) -> bool:
        """Return whether the class may take the turn."""
        return all(allow is None or vehicle_class in allow for allow in self.allow)

    def seconds(self, max_speed: float) -> float:
        """Return the time the turn takes on an empty road [s]."""
        return self.penalty + sum(length / min(limit, max_speed) for length, limit in self.legs)


@dataclass(frozen=True, slots=True)
class _Graph:
    """What it costs one kind of vehicle to go from the start of an edge to the start of the next one.

    Arcs are sorted by the edge they lead to; of several turns between two edges the cheapest counts.
    """

    costs: csr_array  # (num_edges, num_edges) [s]
    tails: NDArray[np.int64]  # (num_arcs,) edge an arc comes from
    heads: NDArray[np.int64]  # (num_arcs,) edge it leads to
    seconds: NDArray[np.float64]  # (num_arcs,)
    first: NDArray[np.int64]  # (num_edges + 1,) first arc into each edge
    choice: np.dtype[Any]  # counts the arcs into an edge, and one more


class Router:
    """Finds fastest routes; results are kept, so that equal questions cost nothing.

    Args:
        network: where to drive.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._turns = _collect_turns(network)
        self._graph = cache(self._make_graph)
        self._tree = lru_cache(max(1, MEMORY // max(1, len(network.edges))))(self._find_tree)

    def connects(self, source: str, target: str, vehicle_class: str) -> bool:
        """Return whether a vehicle of the class can turn from one edge straight into the other."""
        index = self._network.edge_index
        turns = self._turns.get(index[source], ())
        return any(turn.target == index[target] and turn.permits(vehicle_class) for turn in turns)

    def route(self, source: str, target: str, vehicle_class: str, max_speed: float) -> tuple[str, ...] | None:
        """Return the edges from source to target, both included, or None if there is no way.

        Args:
            source: id of the first edge.
            target: id of the last edge.
            vehicle_class: whose permissions count.
            max_speed: what the vehicle can reach [m/s].
        """
        edges, index = self._network.edges, self._network.edge_index
        start, goal = index[source], index[target]
        if not (edges[start].permits(vehicle_class) and edges[goal].permits(vehicle_class)):
            return None
        graph, tree = self._graph(vehicle_class, max_speed), self._tree(start, vehicle_class, max_speed)
        path = [goal]
        while path[-1] != start:
            arc = tree[path[-1]]
            if arc == NO_ARC:
                return None
            path.append(int(graph.tails[graph.first[path[-1]] + arc - 1]))
        return tuple(edges[i].id for i in reversed(path))

    def _make_graph(self, vehicle_class: str, max_speed: float) -> _Graph:
        """Return the network as vehicles of a class and a greatest speed [m/s] meet it."""
        from scipy.sparse import csr_array  # half a second, which only those pay who seek routes

        cheapest: dict[tuple[int, int], float] = {}
        for index, turns in self._turns.items():
            edge = self._network.edges[index]
            own = edge.length / min(edge.speed, max_speed)
            for turn in turns:
                if turn.permits(vehicle_class):
                    arc, cost = (turn.target, index), own + turn.seconds(max_speed)
                    cheapest[arc] = min(cost, cheapest.get(arc, math.inf))
        size, arcs = len(self._network.edges), sorted(cheapest)
        heads, tails = np.array(arcs, np.int64).reshape(-1, 2).T
        seconds = np.array([cheapest[arc] for arc in arcs], np.float64)
        first = np.searchsorted(heads, np.arange(size + 1))
        most = int(np.diff(first).max(initial=0)) + 1
        costs = csr_array((seconds, (tails, heads)), shape=(size, size))
        return _Graph(costs, tails, heads, seconds, first, np.min_scalar_type(most))

    def _find_tree(self, start: int, vehicle_class: str, max_speed: float) -> NDArray[np.unsignedinteger[Any]]:
        """Return by which arc the fastest routes from an edge come to every other one.

        Of routes of the same cost, the one counts whose last edge but one is reached first; if they are reached at the
        same time, the one whose edge stands first in the network.

        Returns:
            (num_edges,) one more than the arc's place among those into the edge; ``NO_ARC`` where no way leads.
        """
        from scipy.sparse.csgraph import dijkstra

        graph = self._graph(vehicle_class, max_speed)
        reached = dijkstra(graph.costs, indices=start)
        fits = np.flatnonzero(reached[graph.tails] + graph.seconds == reached[graph.heads])
        fits = fits[np.isfinite(reached[graph.heads[fits]])]
        order = fits[np.lexsort((graph.tails[fits], reached[graph.tails[fits]]))[::-1]]
        tree = np.zeros(len(reached), graph.choice)
        tree[graph.heads[order]] = order - graph.first[graph.heads[order]] + 1  # the last of equals stays
        return tree


def _collect_turns(network: Network) -> dict[int, list[Turn]]:
    """Return the turns out of each road edge, by its index."""
    lanes = {lane.id: lane for lane in network.lanes}
    onward = {_lane_id(network, connection): connection for connection in network.connections if connection.via}
    turns: dict[int, list[Turn]] = {}
    for connection in network.connections:
        source, target = (network.edge_index[name] for name in (connection.from_edge, connection.to_edge))
        if all(network.edges[i].function in ("normal", "connector") for i in (source, target)):
            turns.setdefault(source, []).append(_turn(connection, network, lanes, onward))
    return turns


def _lane_id(network: Network, connection: Connection) -> str:
    """Return the id of the lane that a connection starts from."""
    edge: Edge = network.edges[network.edge_index[connection.from_edge]]
    return edge.lanes[connection.from_lane].id


def _turn(connection: Connection, network: Network, lanes: dict[str, Lane], onward: dict[str, Connection]) -> Turn:
    source = network.edges[network.edge_index[connection.from_edge]].lanes[connection.from_lane]
    target = network.edges[network.edge_index[connection.to_edge]].lanes[connection.to_lane]
    links = _links(connection, onward)
    inside = [lanes[link.via] for link in links if link.via is not None]
    return Turn(
        target=network.edge_index[connection.to_edge],
        legs=tuple((lane.length, lane.speed) for lane in inside),
        penalty=sum(_penalty(link) for link in links),
        allow=(connection.allow, source.allow, target.allow, *(lane.allow for lane in inside)),
    )


def _penalty(link: Connection) -> float:
    """Return what SUMO's router adds for a link that turns round or gives way [s]."""
    if link.direction == "t":
        return TURNAROUND_PENALTY
    return MINOR_PENALTY if link.signal is None and link.state in MINOR_STATES else 0.0


def _links(connection: Connection, onward: dict[str, Connection]) -> list[Connection]:
    """Return a connection and, where it stops half-way inside the junction, the one that leads on from there."""
    links = [connection]
    while (via := links[-1].via) in onward and onward[via] not in links:
        links.append(onward[via])
    return links
