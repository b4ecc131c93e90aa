"""Crowds through junctions of real maps, in the core and in SUMO: everybody drives the same in every second."""

from __future__ import annotations

import pytest

from benchmarks.crowds import crowd, drive_both, own_demand
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
