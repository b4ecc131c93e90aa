"""How crowds through a junction are made, and what counts as driving the same."""

from __future__ import annotations

import random

import pytest

from benchmarks.crowds import Parting, crowd, partings, routes_over, signalled_junctions, spread
from trafficai.scenario import load_scenario


@pytest.fixture(scope="module")
def grid():
    return load_scenario("grid4x4")


def test_every_signal_of_the_map_is_a_junction(grid):
    assert sorted(signalled_junctions(grid)) == sorted(f"{column}{row}" for column in "ABCD" for row in range(4))


def test_routes_lead_over_the_junction_from_all_sides_to_all_others(grid):
    """300 m edges: one before, one behind; A1 has four of each, and no way back."""
    routes = routes_over(grid, "A1", random.Random(1))
    edges = {edge.id: edge for edge in grid.network.edges}
    assert len(routes) == len(set(routes)) == 12
    for first, second in routes:
        assert edges[first].to_junction == edges[second].from_junction == "A1"


def test_crowd_of_a_seed_is_always_the_same(grid):
    one, again, other = (crowd(grid, "A1", seed, 1.2, 60) for seed in (1, 1, 2))
    assert one.vehicles == again.vehicles
    assert one.vehicles != other.vehicles
    assert {vehicle.type for vehicle in one.vehicles} == {0, 1}
    assert max(vehicle.depart for vehicle in one.vehicles) < grid.begin + 60 - 20 + 1
    assert one.end == grid.begin + 60


def test_partings_are_the_first_seconds_that_differ():
    stays, moves = ("e_0", 1.0, 0.0), ("e_0", 2.0, 1.0)
    core = {"same": {0: stays}, "lane": {0: stays, 1: stays}, "late": {1: stays}, "near": {0: ("e_0", 1.0 + 1e-9, 0.0)}}
    sumo = {
        "same": {0: stays},
        "lane": {0: stays, 1: ("e_1", 1.0, 0.0)},
        "late": {0: moves, 1: stays},
        "near": {0: stays},
    }
    assert partings(core, sumo) == [
        Parting(0, "late", None, moves),
        Parting(1, "lane", stays, ("e_1", 1.0, 0.0)),
    ]


def test_spread_gives_each_vehicle_a_speed_factor_of_its_own_and_nothing_to_chance(grid):
    case = spread(crowd(grid, "A1", 1, every=1.2, seconds=60), 1)
    factors = [case.vehicle_types[vehicle.type].speed_factor for vehicle in case.vehicles]
    assert {mean for mean, *_ in factors} == {0.8, 0.9, 1.0, 1.1, 1.2}
    assert all((deviation, low, high) == (0.0, mean, mean) for mean, deviation, low, high in factors)
    kinds = [vehicle.type for vehicle in crowd(grid, "A1", 1, every=1.2, seconds=60).vehicles]
    assert [case.vehicle_types[vehicle.type].length for vehicle in case.vehicles] == [(4.3, 12.0)[k] for k in kinds]
