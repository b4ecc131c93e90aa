"""Where the numbers that describe a scenario's state lie: the layout of a Snapshot, cells and shares of its lanes."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from trafficai.datatypes.features import Layout
from trafficai.datatypes.snapshot import CELL_M, MAX_CELLS
from trafficai.scenario.model import Scenario
from trafficai.scenario.vehicle_classes import TRANSIT_CLASSES


def cell_table(scenario: Scenario, *, cells: bool) -> NDArray[np.int64]:
    """Return the first cell and the number of cells of each normal lane, (num_normal_lanes, 2).

    Lanes that lead to a signal have cells, the last one cut short where the lane is; without ``cells`` no lane has any.
    """
    lanes = scenario.network.normal_lanes
    signalled = {origin for signal in scenario.signals for links in signal.links for origin, _ in links}
    counts = [
        min(MAX_CELLS, math.ceil(lane.length / CELL_M)) if cells and lane.id in signalled else 0 for lane in lanes
    ]
    table = np.zeros((len(lanes), 2), dtype=np.int64)
    table[:, 1] = counts
    table[1:, 0] = np.cumsum(counts)[:-1]
    return table


def transit_types(scenario: Scenario, *, transit: bool) -> NDArray[np.int64]:
    """Return which vehicle types are told apart as buses and trams, (num_vehicle_types,); none without ``transit``."""
    return np.array([transit and kind.vehicle_class in TRANSIT_CLASSES for kind in scenario.vehicle_types], np.int64)


def lanes_before_signals(scenario: Scenario) -> frozenset[tuple[str, int]]:
    """Return edge and position of the lanes from which a movement is under one of the scenario's signals."""
    signals = {signal.id for signal in scenario.signals}
    connections = scenario.network.connections
    return frozenset((c.from_edge, c.from_lane) for c in connections if c.signal in signals and c.link_index >= 0)


def num_shares(scenario: Scenario) -> int:
    """Return over how many lanes the wait of a vehicle may have to be shared out (``trafficai.core.sights``).

    Those of the present edge are enough, unless a route comes back to an edge before a signal: then all on the route.
    """
    edges = scenario.network.edge_index
    num_lanes = {edge: len(scenario.network.edges[edges[edge]].lanes) for edge, _ in lanes_before_signals(scenario)}
    most = max(num_lanes.values(), default=0)
    for route in {vehicle.route for vehicle in scenario.vehicles}:
        before = [edge for edge in route if edge in num_lanes]
        if len(set(before)) < len(before):
            most = max(most, sum(num_lanes[edge] for edge in set(before)))
    return most


def layout_of(scenario: Scenario, *, cells: bool = False, detectors: bool = False, transit: bool = False) -> Layout:
    """Return where each field of the scenario's snapshots lies among its features."""
    return Layout(
        lane=len(scenario.network.normal_lanes),
        signal=len(scenario.signals),
        edge=len(scenario.network.edges),
        phase=sum(signal.num_phases for signal in scenario.signals),
        loop=len(scenario.detectors.e1) if detectors else 0,
        area=len(scenario.detectors.e2) if detectors else 0,
        cell=int(cell_table(scenario, cells=cells)[:, 1].sum()),
        transit=len(scenario.network.normal_lanes) if transit else 0,
    )
