"""The streets from one signal to the next, as the network has them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final, NamedTuple

from trafficai.controllers.turning import edge_times
from trafficai.scenario.model import Connection, Scenario

FURTHEST_S: Final = 60.0
"""Driving time beyond which platoons have dispersed [s]; our choice."""


class Street(NamedTuple):
    """The way from one signal to the next."""

    start: int  # index into scenario.signals
    end: int  # index into scenario.signals
    time: float  # [s], at the speed limit
    entering: tuple[int, ...]  # positions of the first signal that let vehicles in, those straight on if there are any
    leaving: tuple[int, ...]  # positions of the second signal that let them go on, straight on if any do
    lanes: tuple[int, ...]  # before the second signal, index into network.normal_lanes


def streets_of(scenario: Scenario) -> list[Street]:
    """Return the streets between signals that have a choice, the shortest of each pair of signals and direction.

    They go straight on over junctions without a signal.
    """
    index = {signal.id: i for i, signal in enumerate(scenario.signals) if signal.num_phases >= 2}
    onward: defaultdict[str, list[Connection]] = defaultdict(list)
    into: defaultdict[tuple[int, str], list[Connection]] = defaultdict(list)
    times = edge_times(scenario.network)
    for each in scenario.network.connections:
        if each.from_edge in times and each.to_edge in times:
            onward[each.from_edge].append(each)
            if each.signal in index:
                into[index[each.signal], each.to_edge].append(each)
    found: dict[tuple[int, int], Street] = {}
    for (start, edge), entering in into.items():
        last, time = _follow(edge, onward, times)
        leaving = [each for each in onward[last] if each.signal in index]
        if leaving and time <= FURTHEST_S:
            end = index[str(leaving[0].signal)]
            street = Street(start, end, time, _straight(entering), _straight(leaving), _lanes(scenario, last))
            if end != start and time < found.get((start, end), street._replace(time=FURTHEST_S + 1.0)).time:
                found[start, end] = street
    return [found[pair] for pair in sorted(found)]


def _follow(edge: str, onward: dict[str, list[Connection]], times: dict[str, float]) -> tuple[str, float]:
    """Return the last edge before a signal, going straight on from an edge, and the driving time to its end [s]."""
    time = times[edge]
    while time <= FURTHEST_S:
        if any(each.signal is not None for each in onward[edge]):
            return edge, time
        ahead = {each.to_edge for each in onward[edge] if each.direction == "s"}
        if len(ahead) != 1:
            return edge, time
        edge = ahead.pop()
        time += times[edge]
    return edge, time


def _straight(links: Sequence[Connection]) -> tuple[int, ...]:
    """Return the positions of those that go straight on, or of all where none does."""
    straight = {link.link_index for link in links if link.direction == "s"}
    return tuple(sorted(straight or {link.link_index for link in links}))


def _lanes(scenario: Scenario, edge: str) -> tuple[int, ...]:
    lanes = scenario.network.edges[scenario.network.edge_index[edge]].lanes
    return tuple(scenario.network.normal_lane_index[lane.id] for lane in lanes)
