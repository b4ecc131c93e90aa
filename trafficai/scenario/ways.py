"""The ways of movements over a junction, and how far along them two movements get into each other's way."""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.scenario.kinds import PEDESTRIANS, kind_of
from trafficai.scenario.model import Connection, Network

SPACING: Final = 0.5
"""Between two points of a way that are looked at [m]."""

VEHICLE_WIDTH: Final = 2.55
"""Of the widest vehicle (§ 32 StVZO) [m]: closer than that, two ways conflict."""

PEDESTRIAN_WIDTH: Final = 1.0
"""[m]"""


class Way(NamedTuple):
    """The way of one movement from its stop line, or kerb, over the junction."""

    kind: str  # of KINDS in kinds
    direction: str  # r, R, s, l, L, t, as SUMO has it
    points: NDArray[np.float64]  # (num, 2) [m]
    along: NDArray[np.float64]  # (num,) [m], from the stop line
    width: float  # [m]
    speed: float  # [m/s], limit before the stop line

    @property
    def length(self) -> float:
        """Length of the way [m]."""
        return float(self.along[-1])

    @property
    def radius(self) -> float:
        """Mean radius of the way [m]; inf where it is straight."""
        steps = np.diff(self.points, axis=0)
        turn = abs(float(np.unwrap(np.arctan2(steps[:, 1], steps[:, 0]))[[0, -1]] @ np.array([-1.0, 1.0])))
        return self.length / turn if turn > 1e-3 else float("inf")


class Ways:
    """The ways of a network's movements."""

    def __init__(self, network: Network) -> None:
        self._network = network

    @cached_property
    def _inside(self) -> dict[str, Connection]:
        """The connection that leads on from each internal lane."""
        internal = {edge.id: edge for edge in self._network.edges if edge.function == "internal"}
        return {
            internal[link.from_edge].lanes[link.from_lane].id: link
            for link in self._network.connections
            if link.from_edge in internal
        }

    def of(self, link: Connection) -> Way | None:
        """Return the way of a connection under a signal, None where it has none."""
        network = self._network
        kind = kind_of(network, (link,))
        shape = self._crossing(link) if kind == PEDESTRIANS else self._over(link)
        if len(shape) < 2:
            return None
        points, along = _sampled(shape)
        source = network.edges[network.edge_index[link.from_edge]].lanes[link.from_lane]
        width = PEDESTRIAN_WIDTH if kind == PEDESTRIANS else VEHICLE_WIDTH
        return Way(kind, link.direction, points, along, width, source.speed)

    def _crossing(self, link: Connection) -> list[tuple[float, float]]:
        """Return the way over a pedestrian crossing."""
        edges = (self._network.edges[self._network.edge_index[name]] for name in (link.from_edge, link.to_edge))
        return next((list(edge.lanes[0].shape) for edge in edges if edge.function == "crossing"), [])

    def _over(self, link: Connection) -> list[tuple[float, float]]:
        """Return the way of a vehicle over the internal lanes of a connection."""
        lanes = self._network.lanes
        shape: list[tuple[float, float]] = []
        via = link.via
        while via is not None:
            shape += lanes[self._network.lane_index[via]].shape
            following = self._inside.get(via)
            via = None if following is None else following.via
        return shape


def _sampled(shape: list[tuple[float, float]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return points along a polyline, and how far along they are."""
    corners = np.array([shape[0], *(b for a, b in pairwise(shape) if a != b)], dtype=np.float64)
    lengths = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(corners, axis=0).T))])
    along = np.linspace(0.0, lengths[-1], max(2, int(lengths[-1] / SPACING) + 1))
    points = np.column_stack([np.interp(along, lengths, corners[:, axis]) for axis in (0, 1)])
    return points, along


def conflict_points(way: Way, other: Way) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how far along each of two ways the places are at which they are too close, (num,) [m] each."""
    gaps = np.hypot(*(way.points[:, None, :] - other.points[None, :, :]).transpose(2, 0, 1))
    at, other_at = np.nonzero(gaps < 0.5 * (way.width + other.width))
    return way.along[at], other.along[other_at]
