"""Who drives where at a signal: flows of its movements from the scenario's demand, and the lanes they use."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.scenario.model import Connection, Network, Scenario, Signal, Vehicle

ANALYSIS_PERIOD_S = 900
"""Period whose flow is planned for, the busiest of each signal [s] (HCM 2000, chapter 16: 15 min)."""

QUANTA = 60
"""Parts into which a flow is cut to spread it over its lanes."""

Turn = tuple[str, str]
"""Edges that a movement joins: from, to."""


class Stream(NamedTuple):
    """What of one lane's traffic takes one place of the signal's state string."""

    lane: str  # id
    position: int  # of the state string
    flow: float  # [veh/h]
    direction: str  # as SUMO says it: s straight, l and L left, r and R right, t turn round


def turning_counts(scenario: Scenario, weights: Mapping[str, float] | None = None) -> dict[Turn, NDArray[np.float64]]:
    """Return how many vehicles take each turn in each quarter of an hour, as they would on empty roads.

    A last quarter that is not whole is left out, unless it is the only one.

    Args:
        scenario: whose demand is counted.
        weights: what a vehicle counts for by its class; 1 where none is given.
    """
    times, known = edge_times(scenario.network), weights or {}
    worth = [known.get(each.vehicle_class, 1.0) for each in scenario.vehicle_types]
    num_bins = max(1, scenario.duration // ANALYSIS_PERIOD_S)
    counts: defaultdict[Turn, NDArray[np.float64]] = defaultdict(lambda: np.zeros(num_bins))
    for vehicle in scenario.vehicles:
        for turn, time in _turns(vehicle, times):
            period = int((time - scenario.begin) // ANALYSIS_PERIOD_S)
            if period < num_bins:
                counts[turn][period] += worth[vehicle.type]
    return dict(counts)


def edge_times(network: Network) -> dict[str, float]:
    """Return how long each edge takes at its speed limit [s]."""
    return {edge.id: edge.length / edge.speed for edge in network.edges if edge.function in ("normal", "connector")}


def _turns(vehicle: Vehicle, times: Mapping[str, float]) -> list[tuple[Turn, float]]:
    """Return the turns of a vehicle's route, and when it would take each [s]."""
    ends = vehicle.depart + np.cumsum([times[edge] for edge in vehicle.route])
    pairs = zip(vehicle.route, vehicle.route[1:], strict=False)
    return list(zip(pairs, ends.tolist(), strict=False))


def signal_streams(scenario: Scenario, signal: Signal, counts: Mapping[Turn, NDArray[np.float64]]) -> list[Stream]:
    """Return the streams of a signal in its busiest quarter of an hour, every lane and position that has a movement."""
    names = {edge.id: [lane.id for lane in edge.lanes] for edge in scenario.network.edges}
    connections = _road_connections(scenario.network, signal, names)
    turns = {(each.from_edge, each.to_edge) for each in connections}
    none = np.zeros(1)
    total = sum((counts.get(turn, none) for turn in sorted(turns)), none)
    busiest = int(np.argmax(total))
    hours = min(ANALYSIS_PERIOD_S, scenario.duration) / 3600.0
    flows = {turn: float(counts[turn][busiest]) / hours if turn in counts else 0.0 for turn in turns}
    taken = _spread(connections, flows)
    return [
        Stream(names[c.from_edge][c.from_lane], c.link_index, flow, c.direction)
        for c, flow in zip(connections, taken, strict=True)
    ]


def _road_connections(network: Network, signal: Signal, names: Mapping[str, list[str]]) -> list[Connection]:
    """Return the connections of road vehicles that a signal controls, in order of the network."""
    pairs = {pair for place in signal.links for pair in place}
    return [
        each
        for each in network.connections
        if each.signal == signal.id
        and (names[each.from_edge][each.from_lane], names[each.to_edge][each.to_lane]) in pairs
    ]


def _spread(connections: list[Connection], flows: Mapping[Turn, float]) -> list[float]:
    """Return the flow of each connection [veh/h].

    A turn's flow goes where its lanes are emptiest, turns with fewest lanes first.
    """
    by_turn: defaultdict[Turn, list[int]] = defaultdict(list)
    for i, each in enumerate(connections):
        by_turn[each.from_edge, each.to_edge].append(i)
    load: defaultdict[tuple[str, int], float] = defaultdict(float)
    taken = [0.0] * len(connections)
    for turn in sorted(by_turn, key=lambda turn: (len(by_turn[turn]), turn)):
        for _ in range(QUANTA):
            lanes = by_turn[turn]
            i = min(lanes, key=lambda i: load[connections[i].from_edge, connections[i].from_lane])
            load[connections[i].from_edge, connections[i].from_lane] += flows[turn] / QUANTA
            taken[i] += flows[turn] / QUANTA
    return taken
