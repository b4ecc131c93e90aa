"""What snapshots tell of buses, in both engines, against the vehicles themselves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from trafficai.backends import BACKENDS, make_backend
from trafficai.datatypes import FOLLOW_PROGRAM
from trafficai.datatypes.snapshot import NO_TRANSIT_M
from trafficai.scenario import load_scenario
from trafficai.scenario.model import VehicleType


@pytest.fixture(scope="module")
def with_buses():
    scenario = load_scenario("junction", end=240)
    bus = VehicleType("line", "bus", length=12.0)
    vehicles = tuple(
        replace(vehicle, type=len(scenario.vehicle_types)) if i % 4 == 0 else vehicle
        for i, vehicle in enumerate(scenario.vehicles)
    )
    return replace(scenario, vehicle_types=(*scenario.vehicle_types, bus), vehicles=vehicles, sha256="b" * 64)


def nearest_buses(scenario, sighting):
    """Return the distance of the first bus on each normal lane to the lane's end [m]."""
    network = scenario.network
    found = np.full(len(network.normal_lanes), NO_TRANSIT_M)
    for vehicle, lane, position in zip(sighting.vehicles, sighting.lanes, sighting.positions, strict=True):
        row = network.normal_lane_index.get(network.lanes[lane].id)
        kind = scenario.vehicle_types[scenario.vehicles[vehicle].type]
        if row is not None and kind.vehicle_class == "bus":
            found[row] = min(found[row], network.lanes[lane].length - position)
    return found


@pytest.mark.parametrize("name", BACKENDS)
def test_the_first_bus_of_each_lane_is_seen(with_buses, name):
    backend = make_backend(with_buses, name, transit=True)
    backend.reset(1)
    num_seen = 0
    for _ in range(with_buses.duration // 5):
        snapshot = backend.advance(np.array([FOLLOW_PROGRAM], dtype=np.int32), 5)
        expected = nearest_buses(with_buses, backend.sighting())
        np.testing.assert_allclose(snapshot.transit_distance, expected)
        num_seen += int((expected < NO_TRANSIT_M).sum())
    backend.close()
    assert num_seen > 20


@pytest.mark.parametrize("name", BACKENDS)
def test_nothing_is_shown_unless_it_is_asked_for(with_buses, name):
    backend = make_backend(with_buses, name)
    assert backend.reset(1).transit_distance.shape == (0,)
    backend.close()
