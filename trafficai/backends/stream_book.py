"""Watches the streams under signals second by second, in the same way for both engines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.backends.discharge_book import QUEUED_SPEED
from trafficai.backends.sighting import Sighting
from trafficai.core.records import NONE, RecordArray
from trafficai.core.signals import MAJOR_GREEN, MINOR_GREEN
from trafficai.datatypes.streams import StreamCounts
from trafficai.scenario.model import Scenario, Vehicle
from trafficai.scenario.streams import Stream, find_streams

SPED_UP: Final = 0.1
"""Behind a stop line a driver has sped up where less than this share of a second is lost."""

SPEEDING_UP_M: Final = 100.0
"""What is lost further behind a stop line belongs to the next stream [m]."""

SETTLING_S: Final = 3
"""So long after its departure a vehicle stands in no queue: it may only be starting [s]."""

PROJECTION_M: Final = 100.0
"""So far before a stop line it is asked when a vehicle would reach it at the limit [m]."""


class _Ways(NamedTuple):
    """The routes of all vehicles one after the other, one row per edge."""

    first: NDArray[np.int64]  # (num_vehicles,) row of the first edge
    movement: NDArray[np.int64]  # (num_rows,) stream that leads from the edge to the next, or NONE
    ahead: NDArray[np.int64]  # (num_rows,) that of the edge or of the next one further on that has one, or NONE
    distance: NDArray[np.float64]  # (num_rows,) [m], from the edge's start to the stop line of ``ahead``


class StreamBook:
    """Watches the streams of one run; hand it to ``make_backend`` as one of the ``watchers``."""

    def __init__(self, scenario: Scenario) -> None:
        network = scenario.network
        self.streams = find_streams(scenario)
        self._edges = np.array([network.edge_index[lane.edge] for lane in network.lanes], dtype=np.int64)
        self._is_normal = np.array([edge.function != "internal" for edge in network.edges], dtype=np.bool_)
        self._limits = np.array([lane.speed for lane in network.lanes])
        self._lengths = np.array([scenario.vehicle_types[vehicle.type].length for vehicle in scenario.vehicles])
        self._routes = [[network.edge_index[edge] for edge in vehicle.route] for vehicle in scenario.vehicles]
        self._ways = _ways(scenario, self.streams)
        self._lasts = np.array([len(route) - 1 for route in self._routes], dtype=np.int64)
        self._lights = _Lights(self.streams)
        self.clear()

    def clear(self) -> None:
        """Begin anew."""
        num, num_vehicles = len(self.streams), len(self._routes)
        self._seconds = 0
        self._entered, self._crossed, self._projected, self._on_green = np.zeros((4, num), dtype=np.int64)
        self._time_loss, self._queued, self._queue_max = np.zeros((3, num))
        self._position = np.full(num_vehicles, NONE)  # on its route, of the last edge a vehicle came onto
        self._edge = np.full(num_vehicles, NONE)  # that edge
        self._stream = np.full(num_vehicles, NONE)  # that a vehicle belongs to
        self._is_over = np.zeros(num_vehicles, dtype=np.bool_)  # has left that edge over its stop line
        self._behind = np.full(num_vehicles, NONE)  # stream whose stop line it is speeding up from
        self._since = np.zeros(num_vehicles)  # [m], driven since that stop line
        self._due = np.full(num_vehicles, NONE)  # [s], when it would reach its stop line; NONE before that is asked
        self._waits = np.full(num_vehicles, NONE)  # stream in whose queue it stood when green began
        self._began = np.full(num_vehicles, NONE)  # [s], begin of the first second a vehicle was seen in
        self._standing = np.zeros(0, dtype=np.int64)  # vehicles in queue in the last second
        self._reach = np.zeros(num)  # [m], of each queue in the last second
        self._lights.clear()

    def book(self, now: int, sighting: Sighting, moves: RecordArray) -> None:
        """Watch the second that ends at ``now`` [s]."""
        self._seconds += 1
        self._watch_lights(sighting.colours)
        vehicles = sighting.vehicles.astype(np.int64)
        edges = self._edges[sighting.lanes]
        self._follow(vehicles, edges)
        for vehicle in sighting.arrived.tolist():
            self._cross(vehicle, len(self._routes[vehicle]) - 1)
            self._stream[vehicle] = self._behind[vehicle] = NONE
        self._lose(moves)
        distances = self._distances(vehicles, edges, sighting.positions)
        self._project(now, vehicles, distances, sighting)
        self._queue(now, vehicles, distances, sighting.speeds)

    def counts(self) -> StreamCounts:
        """Return what was counted so far."""
        lights = self._lights
        return StreamCounts(
            *(self._seconds, self._entered.copy(), self._crossed.copy(), self._time_loss.copy(), self._queued.copy()),
            self._queue_max.copy(),
            tuple(np.array(each) for each in lights.reaches),
            *(lights.green.copy(), lights.lane_green(), self._projected.copy(), self._on_green.copy()),
            *(lights.greens.copy(), lights.failures.copy()),
        )

    def _watch_lights(self, colours: NDArray[np.uint8]) -> None:
        """Note the greens that begin and end with this second, and who waits before them."""
        begins, ends = self._lights.book(colours, self._reach)
        standing = self._standing
        starts = begins[self._stream[standing]]
        self._waits[standing[starts]] = self._stream[standing[starts]]
        kept = self._waits[self._waits != NONE]
        failed = ends & (np.bincount(kept, minlength=len(ends)) > 0)
        self._lights.failures += failed
        self._waits[(self._waits != NONE) & ends[self._waits]] = NONE

    def _follow(self, vehicles: NDArray[np.int64], edges: NDArray[np.int64]) -> None:
        """Let vehicles come onto edges of their routes, and over stop lines."""
        normal = self._is_normal[edges]
        comes = normal & (self._edge[vehicles] != edges)
        for vehicle, edge in zip(vehicles[comes].tolist(), edges[comes].tolist(), strict=True):
            self._come_onto(vehicle, edge)
        inside = vehicles[~normal & ~self._is_over[vehicles] & (self._position[vehicles] != NONE)]
        rows = self._ways.first[inside] + self._position[inside]
        for vehicle in inside[self._ways.movement[rows] != NONE].tolist():
            self._cross(vehicle, int(self._position[vehicle]) + 1)
            self._is_over[vehicle] = True

    def _come_onto(self, vehicle: int, edge: int) -> None:
        """Let a vehicle come onto an edge of its route, over all stop lines that lie before it."""
        position = int(self._position[vehicle])
        self._edge[vehicle] = edge
        ahead = self._routes[vehicle][position + 1 :]
        if edge in ahead:
            reached = position + 1 + ahead.index(edge)
            if position == NONE:
                self._join(vehicle, reached)
            else:
                self._cross(vehicle, reached)
            self._position[vehicle] = reached
        self._is_over[vehicle] = False

    def _cross(self, vehicle: int, reached: int) -> None:
        """Let a vehicle cross the stop lines between its place and that place on its route."""
        first = int(self._ways.first[vehicle])
        position = int(self._position[vehicle])
        if position == NONE:
            return
        for place in range(position + int(self._is_over[vehicle]), reached):
            stream = int(self._ways.movement[first + place])
            if stream != NONE:
                self._crossed[stream] += 1
                self._behind[vehicle], self._since[vehicle] = stream, 0.0
                self._waits[vehicle] = NONE
                self._join(vehicle, place + 1)

    def _join(self, vehicle: int, place: int) -> None:
        """Let a vehicle belong to the stream ahead of a place on its route."""
        stream = self._ways.ahead[self._ways.first[vehicle] + place]
        self._stream[vehicle], self._due[vehicle] = stream, NONE
        if stream != NONE:
            self._entered[stream] += 1

    def _lose(self, moves: RecordArray) -> None:
        """Book the time lost: with the stream behind while a vehicle speeds up, else with the one ahead."""
        is_front = moves["is_front"] == 1
        vehicles, losses, speeds, has_moved = (moves[name][is_front] for name in ("vehicle", "loss", "speed", "moves"))
        behind = self._behind[vehicles]
        streams = np.where(behind != NONE, behind, self._stream[vehicles])
        counted = streams != NONE
        self._time_loss += np.bincount(streams[counted], losses[counted], len(self._time_loss))
        self._since[vehicles] += speeds
        is_done = (losses < SPED_UP) | (self._since[vehicles] > SPEEDING_UP_M)
        self._behind[vehicles[is_done & (has_moved == 1)]] = NONE

    def _distances(
        self, vehicles: NDArray[np.int64], edges: NDArray[np.int64], positions: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return how far each vehicle is from its stop line, (num,) [m]; on a junction, from behind it."""
        is_normal = self._is_normal[edges]
        places = np.minimum(self._position[vehicles] + ~is_normal, self._lasts[vehicles])
        ahead: NDArray[np.float64] = self._ways.distance[self._ways.first[vehicles] + places]
        return ahead - np.where(is_normal, positions, 0.0)

    def _project(
        self, now: int, vehicles: NDArray[np.int64], distances: NDArray[np.float64], sighting: Sighting
    ) -> None:
        """Ask who would reach a stop line in this second, had nobody been in the way, and whether it is green."""
        due = vehicles[self._due[vehicles] == now]
        streams = self._stream[due]
        self._projected += np.bincount(streams, minlength=len(self.streams))
        green = streams[self._lights.is_green[streams]]
        self._on_green += np.bincount(green, minlength=len(self.streams))
        asked = (self._stream[vehicles] != NONE) & (self._due[vehicles] == NONE) & (distances <= PROJECTION_M)
        seconds = np.ceil(np.maximum(distances[asked], 1e-9) / self._limits[sighting.lanes[asked]])
        self._due[vehicles[asked]] = now + seconds.astype(np.int64)

    def _queue(
        self, now: int, vehicles: NDArray[np.int64], distances: NDArray[np.float64], speeds: NDArray[np.float64]
    ) -> None:
        """Note who stands in which queue, and how far the queues reach."""
        self._began[vehicles[self._began[vehicles] == NONE]] = now - 1
        is_settled = now - self._began[vehicles] > SETTLING_S
        stands = is_settled & (speeds <= QUEUED_SPEED) & (self._stream[vehicles] != NONE)
        self._standing = vehicles[stands]
        streams = self._stream[self._standing]
        self._queued += np.bincount(streams, minlength=len(self.streams))
        self._reach = np.zeros(len(self.streams))
        np.maximum.at(self._reach, streams, distances[stands] + self._lengths[self._standing])
        np.maximum(self._queue_max, self._reach, out=self._queue_max)


class _Lights:
    """The greens of every stream, and of every lane under signals."""

    def __init__(self, streams: Sequence[Stream]) -> None:
        self._signals = np.array([stream.signal for stream in streams for _ in stream.positions], dtype=np.intp)
        self._places = np.array([place for stream in streams for place in stream.positions], dtype=np.intp)
        self._first = _starts([len(stream.positions) for stream in streams])
        of_lane: dict[str, list[int]] = {}
        for i, stream in enumerate(streams):
            for lane in stream.lanes:
                of_lane.setdefault(lane, []).append(i)
        self._of_lanes = np.array([i for own in of_lane.values() for i in own], dtype=np.intp)
        self._first_of_lane = _starts([len(own) for own in of_lane.values()])
        self._lane_groups = np.array([streams[own[0]].group for own in of_lane.values()], dtype=np.intp)
        self._groups = np.array([stream.group for stream in streams], dtype=np.intp)
        self.clear()

    def clear(self) -> None:
        """Begin anew."""
        num = len(self._first)
        self.is_green = np.ones(num, dtype=np.bool_)  # the first green began before the run
        self.green, self.greens, self.failures = np.zeros((3, num), dtype=np.int64)
        self.reaches: list[list[float]] = [[] for _ in range(num)]
        self._lane_green = np.zeros(len(self._first_of_lane))

    def book(
        self, colours: NDArray[np.uint8], reach: NDArray[np.float64]
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Watch a second; return which greens begin and which ended, (num_streams,) each."""
        shown = colours[self._signals, self._places]
        is_green = _any_of((shown == MAJOR_GREEN) | (shown == MINOR_GREEN), self._first)
        begins, ends = is_green & ~self.is_green, self.is_green & ~is_green
        for i in np.flatnonzero(begins).tolist():
            self.reaches[i].append(float(reach[i]))
        has_begun = np.array([bool(each) for each in self.reaches], dtype=np.bool_)
        self.greens += ends & has_begun
        self.green += is_green
        self._lane_green += _any_of(is_green[self._of_lanes], self._first_of_lane)
        self.is_green = is_green
        return begins, ends

    def lane_green(self) -> NDArray[np.float64]:
        """Return the green seconds of all lanes of each stream's lane group, (num_streams,)."""
        sums = np.bincount(self._lane_groups, self._lane_green, minlength=int(self._groups.max(initial=-1)) + 1)
        return np.asarray(sums[self._groups])


def _starts(sizes: list[int]) -> NDArray[np.intp]:
    """Return where each of several runs of these sizes starts."""
    return np.cumsum([0, *sizes[:-1]], dtype=np.intp)[: len(sizes)]


def _any_of(values: NDArray[np.bool_], starts: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return whether any of each run's values is true."""
    return np.logical_or.reduceat(values, starts) if starts.size else np.zeros(0, dtype=np.bool_)


def _ways(scenario: Scenario, streams: Sequence[Stream]) -> _Ways:
    """Return what lies ahead of every vehicle on every edge of its route."""
    network = scenario.network
    number = {(stream.source, stream.target): i for i, stream in enumerate(streams)}
    lengths = {edge.id: edge.length for edge in network.edges}
    rows = [_way(vehicle, number, lengths) for vehicle in scenario.vehicles]
    sizes = np.array([len(vehicle.route) for vehicle in scenario.vehicles], dtype=np.int64)
    movement, ahead, distance = (np.array([each[k] for row in rows for each in row]) for k in range(3))
    first = np.cumsum(sizes) - sizes
    return _Ways(first, movement.astype(np.int64), ahead.astype(np.int64), distance.astype(np.float64))


def _way(
    vehicle: Vehicle, number: dict[tuple[str, str], int], lengths: dict[str, float]
) -> list[tuple[int, int, float]]:
    """Return movement, stream ahead and distance to its stop line for every edge of a route."""
    found: list[tuple[int, int, float]] = []
    ahead, distance = NONE, 0.0
    targets = (*vehicle.route[1:], "")
    for edge, target in zip(reversed(vehicle.route), reversed(targets), strict=True):
        movement = number.get((edge, target), NONE)
        ahead, distance = (movement, 0.0) if movement != NONE else (ahead, distance)
        distance += lengths[edge]
        found.append((movement, ahead, distance))
    return found[::-1]
