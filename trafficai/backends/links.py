"""The connections of a network as numbered links, sorted by the lane they start from."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from trafficai.core.records import NONE
from trafficai.scenario.model import Connection, Lane, Network, Scenario
from trafficai.scenario.vehicle_classes import ALL_CLASSES

CLASS_BITS = {name: bit for bit, name in enumerate(sorted(ALL_CLASSES))}
"""Bit of each vehicle class in a lane's permissions."""


def class_bit(name: str) -> int:
    """Return a vehicle class as one bit."""
    return 1 << CLASS_BITS[name]


def class_mask(lane: Lane) -> int:
    """Return the vehicle classes that may use the lane, one bit each."""
    return 2**64 - 1 if lane.allow is None else sum(class_bit(name) for name in lane.allow)


def connected_lanes(network: Network) -> Iterator[tuple[int, int]]:
    """Yield the lanes before and behind each connection, internal ones included, in the order of the file."""
    edges, index = network.edges, network.lane_index
    for each in network.connections:
        before = index[edges[network.edge_index[each.from_edge]].lanes[each.from_lane].id]
        after = index[edges[network.edge_index[each.to_edge]].lanes[each.to_lane].id]
        yield before, after if each.via is None else index[each.via]


class LinkIndex:
    """Links by number, and what lies around each.

    ``connections[i]`` is link ``i``; links of one lane are neighbours and keep the order of the file, which is the
    order of SUMO's right-of-way matrix.
    """

    def __init__(self, scenario: Scenario) -> None:
        """Number the connections of a scenario's network."""
        self.scenario = scenario
        network = scenario.network
        lanes = network.lanes
        self.lane_of = {(lane.edge, k): row for row, lane, k in _positions(scenario)}
        self.allowed = np.array([class_mask(lane) for lane in lanes], dtype=np.uint64)
        self.is_internal = np.array([edge.function == "internal" for edge in network.edges for _ in edge.lanes])
        order = sorted(network.connections, key=lambda c: self.lane_of[c.from_edge, c.from_lane])
        self.connections: list[Connection] = order
        self.from_lane = self._rows([self.lane_of[c.from_edge, c.from_lane] for c in order])
        self.to_lane = self._rows([self.lane_of[c.to_edge, c.to_lane] for c in order])
        self.via_lane = self._rows([NONE if c.via is None else network.lane_index[c.via] for c in order])
        self.next_lane = np.where(self.via_lane == NONE, self.to_lane, self.via_lane).astype(np.int64)
        self.first_link, self.num_links = _runs(self.from_lane, len(lanes))
        self.incoming = np.argsort(self.next_lane, kind="stable").astype(np.int64)
        self.first_incoming, self.num_incoming = _runs(self.next_lane[self.incoming], len(lanes))
        self.previous_link, self.entry_link = self._entries()
        self.junction = self._junctions()

    @staticmethod
    def _rows(values: list[int]) -> NDArray[np.int64]:
        return np.array(values, dtype=np.int64)

    def links_of(self, lane: int) -> range:
        """Return the links that start at a lane."""
        return range(int(self.first_link[lane]), int(self.first_link[lane] + self.num_links[lane]))

    def exit_of(self, lane: int) -> int:
        """Return the one link behind an internal lane, NONE where the network has none."""
        links = self.links_of(lane)
        return links[0] if links else NONE

    def _entries(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return for each link the link before it inside the junction, and the one that entered the junction."""
        previous = np.full(len(self.connections), NONE, dtype=np.int64)
        entry = np.arange(len(self.connections), dtype=np.int64)
        for link, lane in enumerate(self.from_lane):
            if self.is_internal[lane] and self.num_incoming[lane]:
                previous[link] = self.incoming[self.first_incoming[lane]]
        for link in range(len(entry)):
            for _ in range(4):
                if previous[entry[link]] == NONE:
                    break
                entry[link] = previous[entry[link]]
        return previous, entry

    def _junctions(self) -> NDArray[np.int64]:
        """Return the junction each link leads through: where the edge it is entered from ends."""
        network = self.scenario.network
        rows = {junction.id: row for row, junction in enumerate(network.junctions)}
        edges = network.edges
        result = []
        for link in range(len(self.connections)):
            lane = network.lanes[self.from_lane[self.entry_link[link]]]
            result.append(rows.get(edges[network.edge_index[lane.edge]].to_junction or "", NONE))
        return self._rows(result)


def _positions(scenario: Scenario) -> list[tuple[int, Lane, int]]:
    """Return every lane with its row and its position on the edge."""
    rows = [(lane, k) for edge in scenario.network.edges for k, lane in enumerate(edge.lanes)]
    return [(row, lane, k) for row, (lane, k) in enumerate(rows)]


def _runs(sorted_rows: NDArray[np.int64], size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where the run of each row starts in a sorted array, and how long it is."""
    first = np.searchsorted(sorted_rows, np.arange(size)).astype(np.int64)
    last = np.searchsorted(sorted_rows, np.arange(size), side="right").astype(np.int64)
    return first, (last - first).astype(np.int64)
