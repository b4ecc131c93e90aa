"""The routes of a scenario as tables, with what each lane along them leads to."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.backends.lane_options import ERRAND, LANE_ROW, LINK_ROW, PROSPECT, Sheet, fill_options
from trafficai.backends.links import LinkIndex, class_bit
from trafficai.core._struct import reference
from trafficai.core.records import NONE, OPTION, ROUTE, ROUTE_EDGE, RecordArray
from trafficai.datatypes import InputError
from trafficai.scenario.model import Scenario, Vehicle


class _Errand(NamedTuple):
    """A route with a class of vehicles and their next stop on it; those who share all this share its tables."""

    route: tuple[str, ...]
    classes: int
    goal: int = NONE  # position of the edge of the stop
    goal_lane: int = NONE
    goal_start: float = 0.0  # [m]


class RouteTables(NamedTuple):
    """Every route, and which of them each vehicle takes."""

    routes: RecordArray  # ROUTE
    edges: RecordArray  # ROUTE_EDGE
    options: RecordArray  # OPTION
    of_vehicles: list[list[int]]  # route row by vehicle: up to its first stop, up to the next, ... to its destination


def route_tables(scenario: Scenario, index: LinkIndex) -> RouteTables:
    """Return the ROUTE, ROUTE_EDGE and OPTION tables and each vehicle's route rows.

    Raises:
        InputError: where two edges of a route are not connected for the vehicle's class.
    """
    rows: dict[_Errand, int] = {}
    of_vehicles = [
        [rows.setdefault(errand, len(rows)) for errand in _errands(vehicle, scenario)] for vehicle in scenario.vehicles
    ]
    errands, ends = list(rows), np.cumsum([0, *(len(errand.route) for errand in rows)])
    first_lane = np.cumsum([0, *(len(edge.lanes) for edge in scenario.network.edges)])
    edges = _edge_table(errands, first_lane, scenario)
    num_options = int(np.diff(first_lane)[edges.edge].sum())
    sheet = Sheet(
        first_lane=first_lane,
        lanes=_lane_table(scenario, index),
        links=_link_table(index),
        errands=_errand_table(errands, ends),
        route_edges=edges,
        options=np.zeros(num_options, dtype=OPTION).view(np.recarray),
        prospects=np.zeros((2, int(np.diff(first_lane).max())), PROSPECT).view(np.recarray),
    )
    row, position = fill_options(reference(sheet))
    if row != NONE:
        vehicle = next(v for v, taken in zip(scenario.vehicles, of_vehicles, strict=True) if row in taken)
        source, target = errands[row].route[position : position + 2]
        message = f"no lane leads from edge {source!r} to edge {target!r} for its class"
        raise InputError(message, element=f"vehicle {vehicle.id!r}")
    routes = np.array(list(zip(ends[:-1], np.diff(ends), strict=True)), dtype=ROUTE).view(np.recarray)
    return RouteTables(routes, edges, sheet.options, of_vehicles)


def _errands(vehicle: Vehicle, scenario: Scenario) -> list[_Errand]:
    """Return what the vehicle looks ahead to: its stops one after the other, and at last none."""
    lanes = scenario.network.lane_index
    route, classes = vehicle.route, class_bit(scenario.vehicle_types[vehicle.type].vehicle_class)
    stops = [_Errand(route, classes, stop.position, lanes[stop.lane], stop.start) for stop in vehicle.stops]
    return [*stops, _Errand(route, classes)]


def _errand_table(errands: list[_Errand], ends: NDArray[np.int64]) -> RecordArray:
    """Return one ERRAND row per errand; ``ends`` (num_errands + 1,) are where their rows of route edges begin."""
    rows = [(first, len(e.route), *e[1:]) for first, e in zip(ends[:-1], errands, strict=True)]
    return np.array(rows, dtype=ERRAND).view(np.recarray)


def _edge_table(errands: list[_Errand], first_lane: NDArray[np.int64], scenario: Scenario) -> RecordArray:
    """Return one ROUTE_EDGE row per position of every route."""
    index = scenario.network.edge_index
    edges = np.fromiter((index[edge] for errand in errands for edge in errand.route), dtype=np.int64)
    table = np.zeros(len(edges), dtype=ROUTE_EDGE).view(np.recarray)
    table.edge[:] = edges
    table.first_option[1:] = np.cumsum(np.diff(first_lane)[edges])[:-1]
    return table


def _lane_table(scenario: Scenario, index: LinkIndex) -> RecordArray:
    """Return one LANE_ROW per lane."""
    table = np.zeros(len(scenario.network.lanes), dtype=LANE_ROW).view(np.recarray)
    table.length[:] = [lane.length for lane in scenario.network.lanes]
    table.allowed[:] = index.allowed
    table.first_link[:], table.num_links[:] = index.first_link, index.num_links
    return table


def _link_table(index: LinkIndex) -> RecordArray:
    """Return one LINK_ROW per link."""
    table = np.zeros(len(index.connections), dtype=LINK_ROW).view(np.recarray)
    table.to_lane[:] = index.to_lane
    table.allowed[:] = index.allowed[index.to_lane] & index.allowed[index.next_lane]
    table.priority[:] = [c.signal is not None or c.state.isupper() for c in index.connections]
    return table
