"""Lanes before a stop line on which no car has room: which lanes before them count for them.

Networks made from maps cut edges at every node; on a lane of a metre before the stop line nobody's front ever stands,
for drivers stop a metre before the line, and whoever looks at that lane alone sees nothing of its stream. A lane is too
short where it has no room for one standing car (CELL_M). Lanes are followed upstream, over connections without a
signal, until one has that room.
"""

from __future__ import annotations

from trafficai.datatypes.snapshot import CELL_M
from trafficai.scenario.model import Network, Scenario


def lanes_that_count(scenario: Scenario) -> dict[int, tuple[int, ...]]:
    """Return which lanes count for a lane before a stop line besides itself.

    Returns:
        rows of normal lanes, for those lanes only that are too short; nearest first.
    """
    index, before = scenario.network.normal_lane_index, _lanes_before(scenario.network)
    ending = {source for signal in scenario.signals for link in signal.links for source, _ in link}
    found = {lane: _seen(lane, before, scenario) for lane in sorted(ending & index.keys())}
    return {index[lane]: tuple(index[other] for other in others) for lane, others in found.items() if others}


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
