"""Priority of buses: which greens they hold and end, by counting, and what it is worth to them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.controllers.test_rules import ready, state
from trafficai.backends import make_backend
from trafficai.controllers import Actuated, DelayActuated, Nema, designed
from trafficai.controllers.base import engine_options
from trafficai.datatypes.snapshot import NO_TRANSIT_M
from trafficai.scenario import load_scenario
from trafficai.scenario.model import VehicleType

FAR = NO_TRANSIT_M


def asked(rule, near, buses, elapsed=10.0, phase=0):
    """Return what is asked for; lanes are n and w, and 13.9 m/s is the limit."""
    seen = state(near=(*near, 0, 0), buses=(*buses, FAR, FAR), elapsed=elapsed, phase=(phase,))
    return rule.decide(seen).tolist()[0]


@pytest.mark.parametrize(
    ("near", "buses", "elapsed", "phase"),
    [
        ((0, 1), (100.0, FAR), 20.0, 0),  # nobody else is near, but the bus comes
        ((1, 1), (100.0, FAR), 57.0, 0),  # 7.2 s to the stop line, and 50 + 15 - 57 are left
        ((1, 1), (100.0, FAR), 58.0, 1),  # too late
        ((1, 1), (151.0, FAR), 57.0, 1),  # not seen yet
        ((1, 0), (FAR, 140.0), 10.0, 1),  # early green
        ((1, 0), (FAR, 151.0), 10.0, 0),
        ((1, 0), (100.0, 140.0), 10.0, 0),  # who has green keeps it
    ],
)
def test_a_bus_holds_its_green_and_ends_that_of_others(near, buses, elapsed, phase):
    assert asked(ready(Actuated(priority=True)), near, buses, elapsed) == phase


def test_distance_and_extension_are_settings():
    rule = ready(Actuated(priority=True, detection=200.0, extension=30.0))
    assert asked(rule, (1, 1), (190.0, FAR), 66.0) == 0
    assert asked(rule, (1, 1), (190.0, FAR), 67.0) == 1  # 13.7 s are more than 13


def test_a_green_that_was_cut_is_not_cut_the_next_time():
    rule, bus_from_w = ready(Actuated(priority=True)), (FAR, 100.0)
    cuts = []
    for _ in range(4):
        cuts.append(asked(rule, (1, 1), bus_from_w) == 1)
        assert asked(rule, (1, 1), (FAR, FAR), phase=1) == 1
    assert cuts == [True, False, True, False]


def test_a_green_that_nobody_used_was_not_cut():
    rule, bus_from_w = ready(Actuated(priority=True)), (FAR, 100.0)
    for _ in range(3):
        assert asked(rule, (0, 1), bus_from_w) == 1
        assert asked(rule, (1, 1), (FAR, FAR), phase=1) == 1


def test_vehicles_that_stopped_hold_no_green_against_a_bus():
    rule = ready(DelayActuated(priority=True))
    stopped = state(count=(3, 0, 0, 0), buses=(FAR, 100.0, FAR, FAR))
    assert rule.decide(stopped).tolist() == [1]


def test_engines_are_asked_for_buses_only_where_they_have_priority():
    assert engine_options(Actuated(), DelayActuated(), Nema()) == {}
    assert engine_options(Actuated(), Nema(priority=True)) == {"transit": True}


@pytest.fixture(scope="module")
def bus_line():
    """The junction for half an hour, where every 24th vehicle is a bus."""
    scenario = load_scenario("junction", end=1800)
    bus = VehicleType("line", "bus", length=12.0, accel=1.2, decel=4.0, emergency_decel=7.0)
    vehicles = tuple(
        replace(vehicle, type=len(scenario.vehicle_types)) if i % 24 == 0 else vehicle
        for i, vehicle in enumerate(scenario.vehicles)
    )
    return replace(scenario, vehicle_types=(*scenario.vehicle_types, bus), vehicles=vehicles, sha256="b" * 64)


def driven(scenario, rule):
    """Return the mean time losses of buses and of others [s], and the longest wait of all [s]."""
    scenario = designed(rule, scenario)
    backend = make_backend(scenario, "numba", **engine_options(rule))
    snapshot, longest = backend.reset(1), 0.0
    rule.reset(scenario, 1)
    for _ in range(scenario.duration):
        snapshot = backend.advance(rule.decide(snapshot), 1)
        longest = max(longest, float(snapshot.lane_longest_wait.max()))
    assert snapshot.signal_fault[0] == 0
    trips = backend.trips()
    backend.close()
    is_bus = np.array([scenario.vehicle_types[vehicle.type].vehicle_class == "bus" for vehicle in scenario.vehicles])
    return trips.time_loss[is_bus].mean(), trips.time_loss[~is_bus].mean(), longest


@pytest.mark.parametrize("kind", [Actuated, DelayActuated, Nema])
def test_buses_lose_less_time_and_nobody_waits_beyond_all_other_greens(bus_line, kind):
    """Nobody waits longer than three other greens of 30 + 10 s with changes of 5 s, and one of 5 s, take."""
    buses, others, _ = driven(bus_line, kind(max_green=30.0))
    faster, others_then, longest = driven(bus_line, kind(max_green=30.0, priority=True, extension=10.0))
    assert faster < 0.7 * buses
    assert others_then < 1.2 * others
    assert longest <= 3 * (30.0 + 10.0 + 5.0) + 5.0
