"""What happens at stop lines and between bumpers: right by hand, and in real traffic as SUMO itself counts it."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import numpy as np
import pytest

from tests.fakes import toy_scenario
from trafficai.backends import BACKENDS, make_backend
from trafficai.backends.discharge_book import DischargeBook
from trafficai.backends.safety_book import SafetyBook, min_gap_factor
from trafficai.backends.sighting import Sighting
from trafficai.core.signals import MAJOR_GREEN, RED
from trafficai.datatypes import RunError
from trafficai.scenario import load_scenario
from trafficai.scenario.model import VehicleType

IN, OUT = "An_0", "As_0"  # the lane before the stop line, 150 m long, and the one behind it
EDGE_LENGTH = 150.0


def scenario_of(num_vehicles):
    scenario = toy_scenario("A")
    vehicle = scenario.vehicles[0]
    return replace(scenario, vehicles=tuple(replace(vehicle, id=f"v{i}") for i in range(num_vehicles)))


def sighting(scenario, rows, colour=RED):
    """Return what ``rows`` of vehicle, lane, position and speed show under one colour of the lane's light."""
    vehicles, lanes, positions, speeds = zip(*rows, strict=True)
    index = scenario.network.lane_index
    colours = np.array([[colour, RED]], np.uint8)
    columns = np.array(vehicles), np.array([index[lane] for lane in lanes]), np.array(positions), np.array(speeds)
    return Sighting(*columns, np.ones(len(rows)), arrived=np.zeros(0, np.int64), colours=colours)


def safety_of(*seconds):
    scenario = scenario_of(2)
    book = SafetyBook(scenario)
    for now, rows in enumerate(seconds, start=1):
        book.book(now, sighting(scenario, rows))
    return book


def test_a_gap_below_the_minimum_is_a_collision_once():
    apart = [(0, IN, 110.0, 0.0), (1, IN, 102.5, 0.0)]
    close = [(0, IN, 110.0, 0.0), (1, IN, 102.6, 0.0)]  # 5 m of car and 2.4 m of gap
    assert safety_of(apart, apart).collisions == 0
    assert safety_of(apart, close, close).collisions == 1
    assert safety_of(close, apart, close).collisions == 2


def test_the_back_of_a_vehicle_stays_on_its_lane_for_a_while():
    before = [(0, IN, 148.0, 4.0), (1, IN, 140.0, 0.0)]
    assert safety_of(before, [(0, OUT, 2.0, 4.0), (1, IN, 144.6, 4.6)]).collisions == 1  # back at 147
    assert safety_of(before, [(0, OUT, 2.0, 4.0), (1, IN, 144.4, 4.4)]).collisions == 0
    assert safety_of(before, [(0, OUT, 6.0, 8.0), (1, IN, 149.9, 9.9)]).collisions == 0  # its back is off


@pytest.mark.parametrize(
    ("speeds", "counted"),
    [((20.0, 11.0, 2.0), 1), ((20.0, 11.1, 2.2), 0), ((20.0, 11.0, 11.0, 2.0), 2), ((9.0, 0.0, 0.0), 1)],
)
def test_braking_with_all_one_can_is_counted_once_per_manoeuvre(speeds, counted):
    seconds = [[(0, IN, 100.0, speed)] for speed in speeds]
    assert safety_of(*seconds).emergency_braking == counted


def test_a_vehicle_that_comes_back_from_nowhere_has_not_braked():
    rows = [(1, IN, 50.0, 5.0)]
    assert safety_of([(0, IN, 100.0, 20.0), *rows], rows, [(0, IN, 100.0, 0.0), *rows]).emergency_braking == 0


def test_the_gap_that_must_be_kept_depends_on_the_model():
    assert min_gap_factor(VehicleType("a")) == 1.0
    assert min_gap_factor(VehicleType("b", car_follow_model="IDM")) == 0.5
    assert min_gap_factor(VehicleType("c", extra=(("collisionMinGapFactor", "0.2"),))) == 0.2


def discharge_of(num_queued, leaves, blocked_from=999, red_from=999):
    """Let a queue wait for two seconds and then cross, vehicle ``i`` in the second after ``leaves(i)`` of green."""
    scenario = scenario_of(num_queued)
    book = DischargeBook(scenario)
    for now in range(1, 60):
        green_s = now - 2
        rows = []
        for i in range(num_queued):
            if green_s > leaves(i):
                rows.append((i, OUT, 50.0, 10.0))
            else:
                is_going = 0 < green_s < blocked_from
                rows.append((i, IN, EDGE_LENGTH - 1.0 - 7.5 * i, 5.0 if is_going else 0.0))
        colour = MAJOR_GREEN if 0 < green_s < red_from else RED
        book.book(now, sighting(scenario, rows, colour))
    return book.discharge()


def test_headways_count_from_the_fifth_vehicle_of_the_queue():
    measured = discharge_of(7, lambda i: 3 + 2 * i if i < 4 else 9 + 3 * (i - 3))
    assert measured.counted.sum() == 3
    assert measured.headways.sum() == pytest.approx(9.0, abs=0.4)  # interpolated within the second
    assert measured.saturation_flow == pytest.approx(1200.0, rel=0.05)


def test_what_is_no_saturated_queue_is_not_counted():
    every_other = lambda i: 2 * i  # noqa: E731
    assert discharge_of(4, every_other).counted.sum() == 0
    assert discharge_of(4, every_other).saturation_flow is None
    assert discharge_of(8, every_other).counted.sum() == 4
    assert discharge_of(8, every_other, red_from=12).counted.sum() == 2  # the seventh goes at red
    assert discharge_of(8, every_other, blocked_from=12).counted.sum() == 2  # it stands again


@pytest.mark.parametrize("name", BACKENDS)
def test_books_must_be_asked_for(name):
    with contextlib.closing(make_backend(toy_real(), name)) as backend:
        for count in (backend.discharge, backend.safety):
            with pytest.raises(ValueError, match="edge_data"):
                count()


def toy_real(name="cologne1", seconds=900):
    scenario = load_scenario(name)
    return load_scenario(name, end=scenario.begin + seconds)


def run(scenario, name, seed=1):
    backend = make_backend(scenario, name, edge_data=True)
    backend.reset(seed)
    request = np.full(len(scenario.signals), -1, np.int32)
    for _ in range(scenario.duration // 10):
        backend.advance(request, 10)
    return backend


def test_saturation_flow_is_the_same_in_both_engines():
    flows = []
    for name in BACKENDS:
        with contextlib.closing(run(toy_real(), name)) as backend:
            measured = backend.discharge()
            assert measured.counted.sum() > 80
            flows.append(measured.saturation_flow)
    assert 1700.0 < flows[1] < 2100.0
    assert flows[0] == pytest.approx(flows[1], rel=0.03)


def test_nobody_in_the_core_comes_closer_than_its_minimum_gap():
    with contextlib.closing(run(toy_real("ingolstadt1", 3600), "numba")) as backend:
        assert backend.safety().collisions == 0


def test_events_are_those_that_sumo_counts_itself():
    with contextlib.closing(run(toy_real("ingolstadt7", 3600), "sumo")) as backend:
        with pytest.raises(RunError, match="trips"):
            backend.safety()
        backend.trips()
        counted, ours = backend.safety(), backend._books.require_traffic().safety
        assert counted.emergency_braking > 0
        assert (ours.collisions, ours.emergency_braking) == (counted.collisions, counted.emergency_braking)
