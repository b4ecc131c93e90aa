"""The routes of a scenario as tables, with what each lane along them leads to."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.backends.lane_options import LEG, PROSPECT, Lookahead, fill_options
from trafficai.backends.links import LinkIndex, class_bit
from trafficai.core._struct import reference
from trafficai.core.car_following import brake_gap
from trafficai.core.records import NONE, OPTION, ROUTE, ROUTE_EDGE, RecordArray
from trafficai.datatypes import InputError
from trafficai.scenario.model import Scenario, Vehicle

PASSABLE: Final = 60.0
"""Edges that are passed within a second are shorter [m]."""


class _Leg(NamedTuple):
    """A route with a class of vehicles and their next stop on it; those who share all this share its tables."""

    route: tuple[str, ...]
    classes: int
    goal: int = NONE  # position of the edge of the stop
    goal_lane: int = NONE
    goal_start: float = 0.0  # [m]
    brakes_in: float = 0.0  # [m], from the highest speed


class RouteTables(NamedTuple):
    """Every route, and which of them each vehicle takes."""

    routes: RecordArray  # ROUTE
    edges: RecordArray  # ROUTE_EDGE
    options: RecordArray  # OPTION
    of_vehicles: list[list[int]]  # route row by vehicle: up to its first stop, up to the next, ... to its destination


def route_tables(
    scenario: Scenario, index: LinkIndex, edges: RecordArray, lanes: RecordArray, links: RecordArray
) -> RouteTables:
    """Return the ROUTE, ROUTE_EDGE and OPTION tables and each vehicle's route rows.

    Args:
        scenario: its vehicles' routes.
        index: the links by number.
        edges: EDGE.
        lanes: LANE.
        links: LINK.

    Raises:
        InputError: where two edges of a route are not connected for the vehicle's class.
    """
    rows: dict[_Leg, int] = {}
    of_vehicles = [
        [rows.setdefault(leg, len(rows)) for leg in _legs(vehicle, scenario)] for vehicle in scenario.vehicles
    ]
    legs, ends = list(rows), np.cumsum([0, *(len(leg.route) for leg in rows)])
    route_edges, num_options = _route_edge_table(legs, edges, scenario)
    ahead = Lookahead(
        edges=edges,
        lanes=lanes,
        links=links,
        priorities=np.array([c.signal is not None or c.state.isupper() for c in index.connections], dtype=np.int64),
        legs=_leg_table(legs, ends),
        route_edges=route_edges,
        options=np.zeros(num_options, dtype=OPTION).view(np.recarray),
        prospects=np.zeros((2, int(edges.num_lanes.max())), PROSPECT).view(np.recarray),
    )
    row, position = fill_options(reference(ahead))
    if row != NONE:
        vehicle = next(v for v, taken in zip(scenario.vehicles, of_vehicles, strict=True) if row in taken)
        source, target = legs[row].route[position : position + 2]
        message = f"no lane leads from edge {source!r} to edge {target!r} for its class"
        raise InputError(message, element=f"vehicle {vehicle.id!r}")
    routes = np.array(list(zip(ends[:-1], np.diff(ends), strict=True)), dtype=ROUTE).view(np.recarray)
    return RouteTables(routes, route_edges, ahead.options, of_vehicles)


def _legs(vehicle: Vehicle, scenario: Scenario) -> list[_Leg]:
    """Return what the vehicle looks ahead to: its stops one after the other, and at last none."""
    lanes, kind = scenario.network.lane_index, scenario.vehicle_types[vehicle.type]
    brakes_in = brake_gap(kind.max_speed, kind.decel, kind.tau) + kind.max_speed * kind.tau + kind.min_gap
    last = _Leg(vehicle.route, class_bit(kind.vehicle_class), brakes_in=brakes_in)
    stops = vehicle.stops
    return [*(last._replace(goal=s.position, goal_lane=lanes[s.lane], goal_start=s.start) for s in stops), last]


def _leg_table(legs: list[_Leg], ends: NDArray[np.int64]) -> RecordArray:
    """Return one LEG row per leg; ``ends`` (num_legs + 1,) are where their rows of route edges begin."""
    rows = [(first, len(e.route), *e[1:]) for first, e in zip(ends[:-1], legs, strict=True)]
    return np.array(rows, dtype=LEG).view(np.recarray)


def _route_edge_table(legs: list[_Leg], edges: RecordArray, scenario: Scenario) -> tuple[RecordArray, int]:
    """Return one ROUTE_EDGE row per position of every route, and how many options they have in all."""
    index = scenario.network.edge_index
    driven = np.fromiter((index[edge] for leg in legs for edge in leg.route), dtype=np.int64)
    table = np.zeros(len(driven), dtype=ROUTE_EDGE).view(np.recarray)
    table.edge[:] = driven
    is_short = np.array([edge.length < PASSABLE for edge in scenario.network.edges])[driven]
    is_behind_short = np.concatenate([[False], is_short[:-1]])
    counts = edges.num_lanes[driven]
    starts = np.cumsum([0, *counts, *counts, *counts[is_behind_short]])
    table.first_option[:] = starts[: len(driven)]
    table.first_inside[:] = table.first_passed[:] = starts[len(driven) : 2 * len(driven)]
    table.first_passed[is_behind_short] = starts[2 * len(driven) : -1]
    return table, int(starts[-1])
