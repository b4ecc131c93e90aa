"""Fastest routes on the empty network, as SUMO's router finds them.

The cost of a route is the time at the speed limit on its edges and on the internal lanes between them, plus SUMO's
penalties for turns that have to give way and for turning round (``--weights.minor-penalty``,
``--weights.turnaround-penalty``).
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import Final, NamedTuple

from trafficai.scenario.model import Connection, Edge, Lane, Network

MINOR_PENALTY: Final = 1.5  # [s], SUMO 1.28's default
TURNAROUND_PENALTY: Final = 5.0  # [s], SUMO 1.28's default
MINOR_STATES: Final = frozenset("m=sw")  # links that give way, unless a signal controls them


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


@dataclass(slots=True)
class _Search:
    """Dijkstra's algorithm from one edge, carried on as far as the targets asked for need it."""

    best: dict[int, float]  # cost from the start of the source edge to the start of an edge [s]
    previous: dict[int, int]
    settled: set[int]
    queue: list[tuple[float, int]]


class Router:
    """Finds fastest routes; results are kept, so that equal questions cost nothing.

    Args:
        network: where to drive.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._turns = _collect_turns(network)
        self._graphs: dict[tuple[str, float], dict[int, list[tuple[int, float]]]] = {}
        self._searches: dict[tuple[int, str, float], _Search] = {}

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
        search = self._search(start, vehicle_class, max_speed)
        if not _settle(search, goal, self._graphs[vehicle_class, max_speed]):
            return None
        path = [goal]
        while path[-1] != start:
            path.append(search.previous[path[-1]])
        return tuple(edges[i].id for i in reversed(path))

    def _search(self, start: int, vehicle_class: str, max_speed: float) -> _Search:
        key = (start, vehicle_class, max_speed)
        if key not in self._searches:
            self._searches[key] = _Search({start: 0.0}, {}, set(), [(0.0, start)])
            if (vehicle_class, max_speed) not in self._graphs:
                self._graphs[vehicle_class, max_speed] = self._graph(vehicle_class, max_speed)
        return self._searches[key]

    def _graph(self, vehicle_class: str, max_speed: float) -> dict[int, list[tuple[int, float]]]:
        """Return the cost of going from the start of each edge to the start of each next one [s]."""
        graph = {}
        for index, turns in self._turns.items():
            edge = self._network.edges[index]
            own = edge.length / min(edge.speed, max_speed)
            graph[index] = [
                (turn.target, own + turn.seconds(max_speed)) for turn in turns if turn.permits(vehicle_class)
            ]
        return graph


def _settle(search: _Search, goal: int, graph: dict[int, list[tuple[int, float]]]) -> bool:
    """Carry the search on until the goal's cost is final; return whether it can be reached."""
    while goal not in search.settled:
        if not search.queue:
            return False
        cost, edge = heapq.heappop(search.queue)
        if edge in search.settled:
            continue
        search.settled.add(edge)
        for target, seconds in graph.get(edge, ()):
            if cost + seconds < search.best.get(target, float("inf")):
                search.best[target] = cost + seconds
                search.previous[target] = edge
                heapq.heappush(search.queue, (cost + seconds, target))
    return True


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
