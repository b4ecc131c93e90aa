"""Counts the use of edges second by second, in the same way for both engines."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.datatypes import EdgeUse
from trafficai.scenario.model import Scenario

PART_S = 3600.0
"""Length that the parts of the period come close to [s]."""


class EdgeBookState(NamedTuple):
    """What changes in the books of one run."""

    entered: NDArray[np.int64]  # (num_parts, num_edges) vehicles that came onto the edge
    vehicle_seconds: NDArray[np.float64]  # (num_edges,) [s]
    distance: NDArray[np.float64]  # (num_edges,) [m]
    positions: NDArray[np.int64]  # (num_vehicles,) on the route, of the last edge come onto
    edges: NDArray[np.int64]  # (num_vehicles,) the same edge


class EdgeBook:
    """The books of one run.

    A vehicle's place on its route tells which edges it came onto, those included that it crossed within one second.
    """

    def __init__(self, scenario: Scenario) -> None:
        network = scenario.network
        index = network.edge_index
        self._begin, self._end = scenario.begin, scenario.end
        self._lane_edges = np.array([index[lane.edge] for lane in network.lanes], dtype=np.int64)
        self._is_internal = np.array([edge.function == "internal" for edge in network.edges], dtype=np.bool_)
        self._routes = [[index[edge] for edge in vehicle.route] for vehicle in scenario.vehicles]
        self._num_parts = max(1, round(scenario.duration / PART_S))
        self.clear()

    def clear(self) -> None:
        """Begin anew."""
        num_edges = len(self._is_internal)
        self.state = EdgeBookState(
            entered=np.zeros((self._num_parts, num_edges), dtype=np.int64),
            vehicle_seconds=np.zeros(num_edges),
            distance=np.zeros(num_edges),
            positions=np.full(len(self._routes), -1, dtype=np.int64),
            edges=np.full(len(self._routes), -1, dtype=np.int64),
        )

    def book(
        self,
        now: int,
        vehicles: NDArray[np.integer],
        lanes: NDArray[np.integer],
        speeds: NDArray[np.float64],
        arrived: NDArray[np.integer],
    ) -> None:
        """Book the second that ends at ``now`` [s]: who is where and how fast, and who arrived in it."""
        edges = self._lane_edges[lanes]
        self.state.vehicle_seconds[:] += np.bincount(edges, minlength=len(self.state.vehicle_seconds))
        self.state.distance[:] += np.bincount(edges, weights=speeds, minlength=len(self.state.distance))
        part = self._part(now)
        has_moved_on = (self.state.edges[vehicles] != edges) & ~self._is_internal[edges]
        for vehicle, edge in zip(vehicles[has_moved_on].tolist(), edges[has_moved_on].tolist(), strict=True):
            self._move_on(part, vehicle, edge)
        for vehicle in arrived.tolist():
            self._enter_until(part, vehicle, len(self._routes[vehicle]) - 1)

    def use(self) -> EdgeUse:
        """Return what has been booked so far."""
        return EdgeUse(self.state.entered.copy(), self.state.vehicle_seconds.copy(), self.state.distance.copy())

    def _part(self, now: int) -> int:
        """Return the part of the period in which the second before ``now`` lies."""
        return (now - 1 - self._begin) * self._num_parts // (self._end - self._begin)

    def _move_on(self, part: int, vehicle: int, edge: int) -> None:
        """Let a vehicle come onto an edge of its route, and onto all that lie before it."""
        self.state.edges[vehicle] = edge
        ahead = self._routes[vehicle][self.state.positions[vehicle] + 1 :]
        if edge in ahead:
            self._enter_until(part, vehicle, self.state.positions[vehicle] + 1 + ahead.index(edge))

    def _enter_until(self, part: int, vehicle: int, position: int) -> None:
        """Count the edges from behind the vehicle's place on its route up to ``position``."""
        for edge in self._routes[vehicle][self.state.positions[vehicle] + 1 : position + 1]:
            self.state.entered[part, edge] += 1
        self.state.positions[vehicle] = position
