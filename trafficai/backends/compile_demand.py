"""Vehicle types and departures as tables."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from trafficai.backends.emission_classes import emission_coefficients
from trafficai.backends.links import class_bit
from trafficai.core import records
from trafficai.core.records import DEMAND, NONE, PLACE, STOP, VEHICLE_TYPE, RecordArray
from trafficai.datatypes import InputError
from trafficai.scenario.model import Scenario, Vehicle, VehicleType

_LANE_MODES = {
    "random": records.LANE_RANDOM,
    "free": records.LANE_FREE,
    "allowed": records.LANE_ALLOWED,
    "best": records.LANE_BEST,
    "best_prob": records.LANE_BEST_PROB,
    "first": records.LANE_FIRST,
}
_POS_MODES = {
    "random": records.POS_RANDOM,
    "free": records.POS_FREE,
    "random_free": records.POS_RANDOM_FREE,
    "base": records.POS_BASE,
    "last": records.POS_LAST,
    "stop": records.POS_STOP,
}
_SPEED_MODES = {
    "random": records.SPEED_RANDOM,
    "max": records.SPEED_MAX,
    "desired": records.SPEED_DESIRED,
    "speedLimit": records.SPEED_LIMIT,
    "last": records.SPEED_LAST,
    "avg": records.SPEED_AVG,
}


def type_table(scenario: Scenario) -> tuple[RecordArray, NDArray[np.float64]]:
    """Return the VEHICLE_TYPE table and the emission coefficients its rows point at."""
    names = sorted({kind.emission_class for kind in scenario.vehicle_types})
    coefficients = [emission_coefficients(name)[0] for name in names]
    rows = [_type_row(kind, names.index(kind.emission_class)) for kind in scenario.vehicle_types]
    table = np.array(rows, dtype=VEHICLE_TYPE).view(np.recarray)
    return table, np.array(coefficients).reshape(len(names), -1)


def _type_row(kind: VehicleType, emission: int) -> tuple[float, ...]:
    """Return the VEHICLE_TYPE row of a type."""
    numbers = (kind.length, kind.min_gap, kind.accel, kind.decel, max(kind.emergency_decel, kind.decel))
    is_idm = kind.car_follow_model == "IDM"
    model = (
        records.IDM if is_idm else records.KRAUSS,
        kind.idm_delta,
        2.0 * math.sqrt(kind.accel * kind.decel),
        max(1, int(1.0 / kind.idm_stepping + 0.5)),
    )
    sigma = 0.0 if is_idm else kind.sigma
    bit = class_bit(kind.vehicle_class)
    return (*numbers, sigma, kind.tau, kind.max_speed, *kind.speed_factor, bit, emission, *model)


def demand_table(scenario: Scenario, vehicle_routes: list[list[int]]) -> RecordArray:
    """Return one DEMAND row per vehicle; InputError for a departure attribute the core does not know."""
    lengths = {edge.id: edge.length for edge in scenario.network.edges}
    rows, first_stop = [], 0
    ranks = ranks_of([vehicle.id for vehicle in scenario.vehicles]).tolist()
    for vehicle, routes, rank in zip(scenario.vehicles, vehicle_routes, ranks, strict=True):
        rows.append((*_demand_row(vehicle, routes[0], lengths), first_stop, len(vehicle.stops), rank))
        first_stop += len(vehicle.stops)
    return np.array(rows, dtype=DEMAND).view(np.recarray)


def in_order(ids: list[str]) -> list[int]:
    """Return the rows of ids in the order of their bytes (UTF-8 keeps that of the characters)."""
    return sorted(range(len(ids)), key=ids.__getitem__)


def ranks_of(ids: list[str]) -> NDArray[np.int64]:
    """Return the place of each id among all, in the order of their bytes."""
    ranks = np.empty(len(ids), dtype=np.int64)
    ranks[in_order(ids)] = np.arange(len(ids))
    return ranks


def stop_tables(scenario: Scenario, vehicle_routes: list[list[int]]) -> tuple[RecordArray, RecordArray]:
    """Return the STOP rows of all vehicles, one vehicle after the other, and the PLACE table."""
    lanes = scenario.network.lane_index
    places = {place.id: row for row, place in enumerate(scenario.stopping_places)}
    rows = []
    for vehicle, routes in zip(scenario.vehicles, vehicle_routes, strict=True):
        for stop, next_route in zip(vehicle.stops, routes[1:], strict=True):
            place = places[stop.place] if stop.place else NONE
            where = (lanes[stop.lane], stop.position, place, int(stop.is_parking))
            rows.append((stop.start, stop.end, stop.duration, stop.until, *where, next_route))
    stretches = [(place.start, place.end) for place in scenario.stopping_places]
    return np.array(rows, dtype=STOP).view(np.recarray), np.array(stretches, dtype=PLACE).view(np.recarray)


def _demand_row(vehicle: Vehicle, route: int, lengths: dict[str, float]) -> tuple[float, ...]:
    """Return the DEMAND row of a vehicle, up to its stops."""
    lane, lane_mode = _choice(vehicle, "departLane", vehicle.depart_lane, _LANE_MODES, records.LANE_GIVEN)
    pos, pos_mode = _choice(vehicle, "departPos", vehicle.depart_pos, _POS_MODES, records.POS_GIVEN)
    speed, speed_mode = _choice(vehicle, "departSpeed", vehicle.depart_speed, _SPEED_MODES, records.SPEED_GIVEN)
    arrival = _arrival(vehicle, lengths[vehicle.route[-1]])
    return (vehicle.depart, pos, speed, arrival, vehicle.type, route, int(lane), lane_mode, pos_mode, speed_mode)


def _choice(vehicle: Vehicle, name: str, text: str, modes: dict[str, int], given: int) -> tuple[float, int]:
    """Return the number of a departure attribute and its mode."""
    if text in modes:
        return 0.0, modes[text]
    try:
        return float(text), given
    except ValueError:
        choices = " ".join(modes)
        message = f"{name} {text!r} is not known; give a number or one of: {choices}"
        raise InputError(message, element=f"vehicle {vehicle.id!r}") from None


def _arrival(vehicle: Vehicle, length: float) -> float:
    """Return the arrival position on the last edge [m]."""
    try:
        position = float(vehicle.arrival_pos)
    except ValueError:
        return length
    return min(length, max(0.1, position if position >= 0.0 else position + length))
