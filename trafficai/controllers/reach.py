"""Approaches whose last piece is too short to see anybody on: what stands on the lanes before counts for it."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from trafficai.datatypes.snapshot import CELL_M
from trafficai.scenario.model import Network, Scenario

Number = TypeVar("Number", np.int32, np.float64)


class Reach:
    """Adds to every too short lane before a stop line what is on the lanes that lead into it.

    Networks made from maps cut edges at every node; on a lane of a metre before the stop line nobody's front ever
    stands, for drivers stop a metre before the line, and a rule that looks at that lane alone never serves its stream.
    A lane is too short where it has no room for one standing car (CELL_M). Lanes are followed upstream, over
    connections without a signal, until one has that room.

    Args:
        scenario: its signals say which lanes end at a stop line.
    """

    def __init__(self, scenario: Scenario) -> None:
        index, before = scenario.network.normal_lane_index, _lanes_before(scenario.network)
        ending = {source for signal in scenario.signals for link in signal.links for source, _ in link}
        ends = sorted(ending & index.keys())
        self._pairs = [(index[lane], index[other]) for lane in ends for other in _seen(lane, before, scenario)]

    def __call__(self, values: NDArray[Number]) -> NDArray[Number]:
        """Return values per normal lane, (..., num_lanes), with those of the lanes before added."""
        if not self._pairs:
            return values
        reached = values.copy()
        for short, before in self._pairs:
            reached[..., short] += values[..., before]
        return reached


def _lanes_before(network: Network) -> dict[str, list[str]]:
    """Return which normal lanes lead into each normal lane without a signal."""
    before: dict[str, list[str]] = {}
    for connection in network.connections:
        source = f"{connection.from_edge}_{connection.from_lane}"
        target = f"{connection.to_edge}_{connection.to_lane}"
        if connection.signal is None and {source, target} <= network.normal_lane_index.keys():
            before.setdefault(target, []).append(source)
    return before


def _seen(lane: str, before: dict[str, list[str]], scenario: Scenario) -> list[str]:
    """Return the lanes that count for a lane besides itself, none where it has room for a car."""
    lanes, index = scenario.network.normal_lanes, scenario.network.normal_lane_index
    found: dict[str, None] = {}
    short = [lane]
    while short:
        current = short.pop()
        if lanes[index[current]].length < CELL_M:
            new = [source for source in before.get(current, ()) if source not in found and source != lane]
            found |= dict.fromkeys(new)
            short += new
    return list(found)
