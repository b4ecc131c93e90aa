"""Crowds through junctions of real maps, in the core and in SUMO: everybody drives the same in every second."""

from __future__ import annotations

import pytest

from benchmarks.crowds import crowd, drive_both, own_demand, spread
from benchmarks.other_networks import cases, make
from trafficai.backends import make_backend
from trafficai.benchmarking.core_rows import own_programs
from trafficai.scenario import load_scenario


@pytest.mark.parametrize(
    ("name", "junction", "seed"),
    [
        ("grid4x4", "B2", 1),  # left turns that wait inside, right turns on an arrow
        ("arterial4x4", "nt10", 1),
        ("cologne3", "cluster_2415878664_254486231_359566_359576", 2),  # short edges, lanes changed inside
        ("cologne8", "247379907", 1),
        ("ingolstadt7", "32564122", 2),
        ("ingolstadt21", "89173763", 1),
    ],
)
def test_crowd_drives_the_same_to_a_micrometre(name, junction, seed):
    vehicles, partings = drive_both(crowd(load_scenario(name), junction, seed, every=1.2, seconds=150))
    assert vehicles > 90
    assert partings == []


@pytest.mark.parametrize(("name", "least"), [("ingolstadt1", 200), ("grid4x4", 140), ("arterial4x4", 300)])
def test_ten_minutes_of_a_map_without_anything_random_are_the_same(name, least):
    vehicles, partings = drive_both(own_demand(load_scenario(name), 600))
    assert vehicles > least
    assert partings == []


@pytest.mark.parametrize(("name", "least"), [("ingolstadt1", 200), ("grid4x4", 140), ("arterial4x4", 300)])
def test_ten_minutes_of_a_map_are_the_same_where_drivers_want_different_speeds(name, least):
    """From 0.8 to 1.2 of the limit: they overtake, keep right, and wish for both."""
    vehicles, partings = drive_both(spread(own_demand(load_scenario(name), 600), 1))
    assert vehicles > least
    assert partings == []


@pytest.mark.parametrize(
    ("name", "seconds"),
    [
        ("cars-only", 600),  # left turners wait inside, beside lanes they reach and lanes they don't
        ("grid-priority_stop", 600),
        ("rand-priority", 600),
        ("grid1-traffic_light", 600),
        ("grid-zipper", 150),  # lane changes that would meet others at a zipper
    ],
)
def test_mixed_traffic_on_generated_networks_without_anything_random_is_the_same(tmp_path, name, seconds):
    """Bicycles, mopeds, vans, lorries and buses among cars, who depart beside followers with many kinds of brakes."""
    scenario = load_scenario(make(tmp_path, cases()[name], seconds))
    vehicles, partings = drive_both(own_demand(scenario, seconds))
    assert vehicles > 90
    assert partings == []


def test_nobody_brakes_as_in_an_emergency_because_of_a_leader_overlooked_inside_a_junction():
    """Nor does anybody in SUMO; before lane changers looked a second time there, it was two an hour."""
    backend = make_backend(load_scenario("cologne3"), "numba", edge_data=True)
    for seed in (1, 2):
        backend.reset(seed)
        backend.advance(own_programs(backend.scenario), backend.scenario.duration)
        assert backend.safety().emergency_braking == 0
