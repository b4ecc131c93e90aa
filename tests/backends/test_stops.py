"""Planned stops: the core halts, waits, parks and queues where SUMO does, and counts what SUMO counts."""

from __future__ import annotations

import numpy as np
import pytest

from tests.backends.micro import assert_same_ways, program, vehicle, ways_in_core
from trafficai.backends import make_backend
from trafficai.backends.assumptions import notes_of

ROAD = "ab bc cd"
PLACE = '<busStop id="s" lane="bc_0" startPos="100" endPos="130"/>'
RED, EAST_WEST, NORTH_SOUTH = "r" * 12, "rrrGGgrrrGGg", "GGgrrrGGgrrr"


def stopping(name, depart, route, stops, kind="bus", **place):
    """Return a vehicle with stops."""
    return vehicle(name, depart, route, kind, **place).replace("</vehicle>", f"{stops}</vehicle>")


def at_place(duration, *extra):
    return f'<stop busStop="s" duration="{duration}" {" ".join(extra)}/>'


def cars(route, first, gap, num, lane="0"):
    return "".join(vehicle(f"c{k}", first + k * gap, route, lane=lane) for k in range(num))


def buses(*durations, gap=4, extra=()):
    return "".join(stopping(f"b{k}", gap * k, ROAD, at_place(d, *extra)) for k, d in enumerate(durations))


ON_ROADS = {
    "a bus alone at a bus stop": ("road", buses(10), PLACE),
    "a stop on a lane": ("road", stopping("b", 0, ROAD, '<stop lane="bc_0" endPos="90" duration="10"/>'), ""),
    "just behind a junction": ("road", stopping("b", 0, ROAD, '<stop lane="bc_0" endPos="3" duration="10"/>'), ""),
    "two stops on one edge": (
        "road",
        stopping(
            "b", 0, ROAD, '<stop lane="ab_0" endPos="99" duration="9"/><stop lane="ab_0" endPos="140" until="80"/>'
        ),
        "",
    ),
    "until is later than the duration": (
        "road",
        stopping("b", 0, ROAD, '<stop busStop="s" until="70"/><stop lane="cd_0" endPos="99" duration="5" until="80"/>'),
        PLACE,
    ),
    "followers queue behind": ("road", buses(20) + cars(ROAD, 3, 2, 4), PLACE),
    "two buses at one stop": ("road", buses(20, 15), PLACE),
    "more buses than the stop has room for": ("road", buses(20, 20, 20, 20), PLACE),
    "the one behind stays longer": ("road", buses(8, 40, 8), PLACE),
    "parked beside the lane": ("road", buses(20, extra=['parking="true"']), PLACE),
    "a parked bus waits for a gap": ("road", buses(20, extra=['parking="true"']) + cars(ROAD, 3, 2, 12), PLACE),
    "two parked and one on the lane": (
        "road",
        buses(20, 15, extra=['parking="true"']) + stopping("e", 8, ROAD, at_place(15)),
        PLACE,
    ),
    "at the end of the route": ("road", stopping("b", 0, "ab bc", '<stop lane="bc_0" duration="10"/>'), ""),
    "departing at the stop": (
        "road",
        stopping("b", 0, ROAD, '<stop lane="ab_0" endPos="100" duration="10"/>', pos="stop", speed="0"),
        "",
    ),
    "a stop too near to depart at full speed": (
        "road",
        stopping("b", 0, ROAD, '<stop lane="ab_0" endPos="40" duration="10"/>'),
        "",
    ),
    "a stop behind the usual place of departure": (
        "road",
        stopping("b", 0, ROAD, '<stop lane="ab_0" endPos="8" duration="10"/>'),
        "",
    ),
    "changing to the stop's lane": (
        "wide",
        stopping("b", 0, "ab", '<stop lane="ab_1" endPos="400" duration="20"/>', "car"),
        "",
    ),
    "overtaking a bus at its stop": (
        "wide",
        stopping("b", 0, "ab", '<stop lane="ab_0" endPos="300" duration="30"/>') + cars("ab", 3, 3, 5),
        "",
    ),
    "a stop on the lane that ends": (
        "drop",
        stopping("b", 0, "ab bc", '<stop lane="ab_0" endPos="200" duration="20"/>', "car")
        + cars("ab bc", 3, 3, 8, "1"),
        "",
    ),
}

AT_SIGNALS = {
    "just before a red light": ('<stop lane="ab_0" endPos="285" duration="20"/>', [(30, RED), (60, EAST_WEST)]),
    "at the stop line": ('<stop lane="ab_0" duration="20"/>', [(30, RED), (60, EAST_WEST)]),
    "behind the junction, which is kept clear": (
        '<stop lane="bc_0" endPos="14" duration="20"/>',
        [(30, EAST_WEST), (30, NORTH_SOUTH), (30, EAST_WEST)],
    ),
}


@pytest.mark.parametrize("case", ON_ROADS)
def test_stopping_as_in_sumo(micro_scenario, tmp_path, case):
    net, demand, place = ON_ROADS[case]
    scenario = micro_scenario(net, demand, 180, place)
    assert any(vehicle.stops for vehicle in scenario.vehicles)
    assert_same_ways(scenario, tmp_path)


@pytest.mark.parametrize("speed", ["13.89", "9", "desired", "speedLimit", "avg", "max"])
def test_the_speed_of_departure_before_a_near_stop(micro_scenario, tmp_path, speed):
    """A number that is too high to stop from keeps the vehicle out; a word stands for a speed that may be lowered."""
    demand = stopping("b", 0, ROAD, '<stop lane="ab_0" endPos="40" duration="10"/>', speed=speed)
    other = vehicle("c", 30, "cd")
    assert_same_ways(micro_scenario("road", demand + other, 60), tmp_path)


@pytest.mark.parametrize("case", AT_SIGNALS)
def test_stopping_near_a_signal_as_in_sumo(micro_scenario, tmp_path, case):
    stop, phases = AT_SIGNALS[case]
    demand = stopping("b", 0, "ab bc", stop) + cars("ab bc", 3, 3, 4) + vehicle("n", 20, "nb bs")
    assert_same_ways(micro_scenario("light", demand, 180, program("b", *phases)), tmp_path)


@pytest.mark.parametrize("case", ["followers queue behind", "a parked bus waits for a gap", "two buses at one stop"])
def test_trips_with_stops_as_in_sumo(micro_scenario, case):
    net, demand, place = ON_ROADS[case]
    scenario = micro_scenario(net, demand, 180, place)
    core, sumo = (trips_of(name, scenario) for name in ("numba", "sumo"))
    for name in ("duration", "time_loss", "waiting_time", "stops", "route_length"):
        assert np.allclose(getattr(core, name), getattr(sumo, name), atol=0.05), name


def trips_of(name, scenario):
    backend = make_backend(scenario, name)
    backend.reset(1)
    backend.advance(np.full(len(scenario.signals), -1, np.int32), scenario.duration)
    trips = backend.trips()
    backend.close()
    return trips


def test_standing_at_a_stop_is_neither_waiting_nor_loss_nor_a_stop(micro_scenario):
    trips = trips_of(
        "numba", micro_scenario("wide", stopping("b", 0, "ab", '<stop lane="ab_0" endPos="300" duration="50"/>'))
    )
    assert trips.duration[0] > 110.0
    assert (trips.waiting_time[0], trips.stops[0]) == (0.0, 0)
    assert trips.time_loss[0] < 0.1


def test_who_parks_is_still_on_its_way(micro_scenario):
    scenario = micro_scenario("road", buses(1000, extra=['parking="true"']) + cars(ROAD, 3, 2, 3), 200, PLACE)
    backend = make_backend(scenario, "numba")
    backend.reset(1)
    last = backend.advance(np.zeros(0, np.int32), 200)
    assert (int(last.total_running), int(last.total_arrived), int(last.lane_count.sum())) == (1, 3, 0)


def test_the_same_world_again_after_a_reset(micro_scenario):
    scenario = micro_scenario("road", buses(20, 15, 30, extra=['parking="true"']) + cars(ROAD, 3, 2, 12), 180, PLACE)
    backend = make_backend(scenario, "numba")
    results = []
    for seconds in (60, 180, 180):
        backend.reset(3)
        backend.advance(np.zeros(0, np.int32), seconds)
        results.append(backend.trips())
    assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(results[1], results[2], strict=True))


def test_a_stopped_bus_blocks_its_lane(micro_scenario):
    """Without its stop the followers would be 50 s earlier."""
    demand = buses(60) + cars(ROAD, 3, 2, 2)
    halted = ways_in_core(micro_scenario("road", demand, 200, PLACE))
    assert halted["c0"].times[-1] > halted["c0"].times[0] + 120


def test_nothing_is_said_of_stops_that_are_modelled(micro_scenario):
    assert notes_of(micro_scenario("road", buses(20), 100, PLACE)) == ()
