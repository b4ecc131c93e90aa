"""Which signal the time lost on an edge is put down to."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Final

import numpy as np
from numpy.typing import NDArray

from trafficai.scenario.model import Scenario

NOBODY: Final = -1
"""Owner of edges from which most vehicles come to no signal any more."""


def edge_owners(scenario: Scenario) -> dict[str, int]:
    """Return for each edge that somebody drives on the signal that most of its vehicles come to next.

    It is the index of the signal at the edge's end; where there is none, that of the edge that most go on to, and so
    on; NOBODY where they come to none.
    """
    following: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for vehicle in scenario.vehicles:
        for edge, after in zip(vehicle.route, vehicle.route[1:], strict=False):
            following[edge][after] += 1
    index = {signal.id: i for i, signal in enumerate(scenario.signals)}
    at_end = {c.from_edge: index[c.signal] for c in scenario.network.connections if c.signal in index}
    used = {edge for vehicle in scenario.vehicles for edge in vehicle.route}
    return {edge: _follow(edge, at_end, following) for edge in used}


def _follow(edge: str, at_end: dict[str, int], following: dict[str, Counter[str]]) -> int:
    seen = set()
    while edge not in at_end and edge not in seen and edge in following:
        seen.add(edge)
        edge = min(following[edge].items(), key=lambda pair: (-pair[1], pair[0]))[0]
    return at_end.get(edge, NOBODY)


class Owners:
    """Puts what happened on lanes, and before the network, down to signals."""

    def __init__(self, scenario: Scenario) -> None:
        owners = edge_owners(scenario)
        lanes = scenario.network.normal_lanes
        edge_of = {lane.id: edge.id for edge in scenario.network.edges for lane in edge.lanes}
        self._size = len(scenario.signals) + 1  # the last one is nobody's
        self._lanes = np.array([owners.get(edge_of[lane.id], NOBODY) for lane in lanes], dtype=np.intp) % self._size
        firsts = [owners.get(vehicle.route[0], NOBODY) for vehicle in scenario.vehicles]
        self._firsts = np.array(firsts, dtype=np.intp) % self._size

    def of_lanes(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sum over each signal's lanes of values (num_lanes,), (num_signals,)."""
        return np.bincount(self._lanes, values, self._size)[:-1].astype(np.float64)

    def of_departures(self, values: NDArray[np.float64], vehicles: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the sum over the vehicles that head for each signal first, (num_signals,).

        Args:
            values: (n,), of each vehicle of a run.
            vehicles: (n,), whose route in the scenario each takes.
        """
        return np.bincount(self._firsts[vehicles], values, self._size)[:-1].astype(np.float64)
