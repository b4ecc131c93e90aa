"""Vehicles that stand at the head of a lane for too long are put back further on, as in SUMO."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.backends.micro import assert_same_ways, program, vehicle, ways_in_core
from trafficai.backends import make_backend

RED = "r" * 12
NEVER_GREEN = program("b", (50, RED), (50, RED))


def run(scenario, name):
    backend = make_backend(scenario, name)
    backend.reset(1)
    last = backend.advance(np.full(len(scenario.signals), -1, np.int32), scenario.duration)
    trips = backend.trips()
    backend.close()
    return last, trips


def queue(num, gap=3):
    return "".join(vehicle(f"x{k}", gap * k, "ab bc") for k in range(num))


def impatient(scenario, seconds=40.0):
    return replace(scenario, time_to_teleport=seconds)


@pytest.mark.parametrize("num", [1, 4])
def test_a_queue_before_a_signal_that_stays_red(micro_scenario, tmp_path, num):
    """One after the other teleports; each next one has stood for as long, and moving up begins its wait anew."""
    scenario = impatient(micro_scenario("light", queue(num), 300, NEVER_GREEN))
    assert_same_ways(scenario, tmp_path)
    assert run(scenario, "numba")[1].teleports == run(scenario, "sumo")[1].teleports == num


def test_traffic_on_the_road_it_comes_back_to(micro_scenario, tmp_path):
    crossing = "".join(vehicle(f"n{k}", 2 * k, "nb bc") for k in range(60))
    lights = program("b", (90, "GGgrrrrrrrrr"), (90, "GGgrrrrrrrrr"))
    scenario = impatient(micro_scenario("light", queue(3) + crossing, 300, lights))
    assert run(scenario, "numba")[1].teleports == run(scenario, "sumo")[1].teleports == 3
    assert_same_ways(scenario, tmp_path)


def test_beyond_the_end_of_its_route_it_arrives(micro_scenario):
    """It stands on the last edge because of the one ahead, which stands there for good."""
    stopped = vehicle("b", 0, "ab bc").replace(
        "</vehicle>", '<stop lane="bc_0" endPos="200" duration="900"/></vehicle>'
    )
    scenario = impatient(
        micro_scenario("light", stopped + vehicle("x", 5, "ab bc"), 200, program("b", (90, "GGg" * 4), (90, "GGg" * 4)))
    )
    core, sumo = run(scenario, "numba"), run(scenario, "sumo")
    assert core[1].teleports == sumo[1].teleports == 1
    for trips in (core[1], sumo[1]):
        assert np.isnan(trips.arrived).tolist() == [True, False]
    assert core[1].arrived[1] == sumo[1].arrived[1]


def test_trips_count_the_way_and_not_the_time_of_a_teleport(micro_scenario):
    scenario = impatient(micro_scenario("light", queue(3), 300, NEVER_GREEN))
    (_, core), (_, sumo) = run(scenario, "numba"), run(scenario, "sumo")
    for name in ("arrived", "duration", "waiting_time", "time_loss", "route_length"):
        assert np.allclose(getattr(core, name), getattr(sumo, name), atol=0.05), name


def test_nobody_teleports_unless_the_scenario_says_so(micro_scenario):
    scenario = micro_scenario("light", queue(2), 300, NEVER_GREEN)
    last, trips = run(scenario, "numba")
    assert (trips.teleports, int(last.total_running)) == (0, 2)


def test_a_vehicle_at_a_planned_stop_does_not_teleport(micro_scenario, tmp_path):
    stop = '<stop lane="ab_0" endPos="200" duration="100"/>'
    scenario = impatient(
        micro_scenario("road", vehicle("x", 0, "ab bc").replace("</vehicle>", f"{stop}</vehicle>"), 250)
    )
    assert run(scenario, "numba")[1].teleports == 0
    assert_same_ways(scenario, tmp_path)


def test_who_teleports_passes_its_stops_by(micro_scenario, tmp_path):
    """The stop on the edge where it comes back is halted at, the one on the edge it left is not."""
    stops = '<stop lane="ab_0" endPos="100" duration="5"/><stop lane="bc_0" endPos="200" duration="15"/>'
    scenario = impatient(
        micro_scenario("light", vehicle("x", 0, "ab bc").replace("</vehicle>", f"{stops}</vehicle>"), 250, NEVER_GREEN)
    )
    assert_same_ways(scenario, tmp_path)
    assert (ways_in_core(scenario)["x"].speeds == 0.0).sum() > 55
