"""One traffic rule at a time: the core drives what SUMO drives, second by second, where nothing is left to chance.

Drivers have no imperfection and no speed factor of their own here. Where the core is known to deviate the test says by
how much, so that it tells when that changes.
"""

from __future__ import annotations

import random

import pytest

from tests.backends.micro import EXACT, assert_same_ways, program, vehicle, ways_in_core, ways_in_sumo
from tests.backends.nets import CHAIN

RED = "r" * 12
EAST_WEST = "rrrGGgrrrGGg"  # links of the crossing "light": from north, east, south, west; each right, straight, left
EAST_WEST_YELLOW = "rrryyyrrryyy"
NORTH_SOUTH = "GGgrrrGGgrrr"


def stream(prefix, route, first, gap, num=8, kind="car"):
    """Return vehicles that follow each other ``gap`` seconds apart."""
    return "".join(vehicle(f"{prefix}{k}", first + k * gap, route, kind) for k in range(num))


@pytest.mark.parametrize("kind", ["car", "bus"])
def test_free_driving_over_a_lower_limit(micro_scenario, tmp_path, kind):
    assert_same_ways(micro_scenario("road", vehicle("x", 0, "ab bc cd", kind, speed="0")), tmp_path)


def test_following_a_slower_one(micro_scenario, tmp_path):
    pair = vehicle("bus", 0, "ab bc cd", "bus", speed="0") + vehicle("car", 3, "ab bc cd")
    assert_same_ways(micro_scenario("road", pair), tmp_path)


def test_platoon_at_a_lower_limit(micro_scenario, tmp_path):
    assert_same_ways(micro_scenario("road", stream("x", "ab bc cd", 0, 1, num=12), 150), tmp_path)


def test_a_signal_that_is_never_green_lets_nobody_pass(micro_scenario, tmp_path):
    halted = micro_scenario("light", vehicle("x", 0, "ab bc"), 100, program("b", (50, RED), (50, RED)))
    assert not halted.signals
    assert_same_ways(halted, tmp_path)


@pytest.mark.parametrize("kind", ["car", "bus"])
def test_stopping_at_red_and_leaving_at_green(micro_scenario, tmp_path, kind):
    lights = program("b", (50, RED), (60, EAST_WEST))
    assert_same_ways(micro_scenario("light", vehicle("x", 0, "ab bc", kind, speed="0"), 110, lights), tmp_path)


def test_queue_of_eight_discharging(micro_scenario, tmp_path):
    lights = program("b", (60, RED), (60, EAST_WEST))
    assert_same_ways(micro_scenario("light", stream("x", "ab bc", 0, 2), 150, lights), tmp_path)


def test_queue_with_buses_discharging(micro_scenario, tmp_path):
    lights = program("b", (60, RED), (60, EAST_WEST))
    kinds = ("car", "bus", "car", "car", "bus", "bus", "car", "car")
    queue = "".join(vehicle(k, 3 * k, "ab bc", kind, speed="0") for k, kind in enumerate(kinds))
    assert_same_ways(micro_scenario("light", queue, 150, lights), tmp_path)


def test_queue_that_one_green_does_not_clear(micro_scenario, tmp_path):
    lights = program("b", (40, RED), (12, EAST_WEST), (3, EAST_WEST_YELLOW), (20, RED))
    assert_same_ways(micro_scenario("light", stream("x", "ab bc", 0, 2, num=14), 240, lights), tmp_path)


@pytest.mark.parametrize("pos", range(20, 120, 7))
def test_deciding_at_yellow(micro_scenario, tmp_path, pos):
    """From 20 m to 116 m the driver has between 45 and 141 m left when yellow comes: some stop, some drive on."""
    lights = program("b", (9, EAST_WEST), (3, EAST_WEST_YELLOW), (20, RED), (20, EAST_WEST))
    assert_same_ways(micro_scenario("light", vehicle("x", 0, "ab bc", pos=str(pos)), 60, lights), tmp_path)


@pytest.mark.parametrize("gap", [2, 4, 5, 8])
@pytest.mark.parametrize("target", ["bc", "bn", "ba"])
def test_minor_road_waiting_for_a_gap(micro_scenario, tmp_path, gap, target):
    """A right turn, a crossing and a left turn, with traffic on the main road every few seconds."""
    demand = stream("m", "ab bc", 0, gap) + vehicle("x", 2, f"sb {target}")
    assert_same_ways(micro_scenario("priority", demand), tmp_path)


@pytest.mark.parametrize("gap", [3, 5, 8])
def test_minor_left_turn_against_both_directions(micro_scenario, tmp_path, gap):
    """It takes long enough to get impatient."""
    demand = stream("m", "ab bc", 0, gap) + stream("o", "cb ba", 1, gap) + vehicle("x", 2, "sb ba")
    assert_same_ways(micro_scenario("priority", demand, 150), tmp_path)


@pytest.mark.parametrize("gap", [4, 6])
@pytest.mark.parametrize("behind", [0, 1, 2])
def test_opposing_left_turns_that_wait_inside(micro_scenario, tmp_path, gap, behind):
    """One of the two yields to the other where it waits inside the junction, not only before it."""
    demand = stream("x", "ab bn", 0, gap, 4) + stream("y", "cb bs", behind, gap, 4)
    assert_same_ways(micro_scenario("priority", demand), tmp_path)


@pytest.mark.parametrize("gap", [2, 4, 6])
def test_two_minor_right_turns(micro_scenario, tmp_path, gap):
    demand = stream("m", "ab bc", 0, gap) + vehicle("x", 2, "sb bc") + vehicle("y", 4, "sb bc")
    assert_same_ways(micro_scenario("priority", demand), tmp_path)


@pytest.mark.parametrize("gap", [3, 4, 5, 8])
def test_permissive_left_turns_against_opposing_traffic(micro_scenario, tmp_path, gap):
    lights = program("b", (30, RED), (60, EAST_WEST), (3, EAST_WEST_YELLOW), (20, NORTH_SOUTH))
    demand = stream("m", "ab bc", 0, gap) + stream("x", "cb bs", 0, 2, num=3)
    assert_same_ways(micro_scenario("light", demand, 150, lights), tmp_path)


@pytest.mark.parametrize("kind", ["right_before_left", "priority_stop"])
def test_three_arriving_at_once(micro_scenario, tmp_path, kind):
    demand = vehicle("x", 0, "ab bc") + vehicle("y", 0, "sb bn", pos="7") + vehicle("z", 0, "nb bs", pos="9")
    assert_same_ways(micro_scenario(kind, demand), tmp_path)


@pytest.mark.parametrize("kind", ["right_before_left", "priority_stop"])
def test_two_streams_crossing(micro_scenario, tmp_path, kind):
    assert_same_ways(micro_scenario(kind, stream("x", "ab bc", 0, 3, 6) + stream("y", "sb bn", 5, 3, 6)), tmp_path)


def test_all_way_stop_is_left_in_order_of_arrival(micro_scenario, tmp_path):
    demand = vehicle("x", 0, "ab bc") + vehicle("y", 1, "sb bn") + vehicle("z", 6, "nb bs", pos="9")
    assert_same_ways(micro_scenario("allway_stop", demand), tmp_path)


@pytest.mark.parametrize(("gap", "behind"), [(6, 1), (4, 0), (3, 1), (2, 1)])
def test_taking_turns_at_a_zipper(micro_scenario, tmp_path, gap, behind):
    demand = stream("x", "ab bc", 0, gap, 8) + stream("y", "sb bc", behind, gap, 8)
    assert_same_ways(micro_scenario("zipper", demand, 150), tmp_path)


@pytest.mark.parametrize("kinds", [("bus", "car"), ("car", "bus")])
def test_taking_turns_with_buses_at_a_zipper(micro_scenario, tmp_path, kinds):
    demand = stream("x", "ab bc", 0, 4, 6, kinds[0]) + stream("y", "sb bc", 1, 4, 6, kinds[1])
    assert_same_ways(micro_scenario("zipper", demand, 150), tmp_path)


@pytest.mark.parametrize("gap", [3, 5])
@pytest.mark.parametrize("routes", [("ab bc", "sb bn"), ("ab bn", "cb bs"), ("sb bc", "nb bc")])
def test_streams_crossing_and_merging_at_a_zipper(micro_scenario, tmp_path, routes, gap):
    demand = stream("x", routes[0], 0, gap, 5) + stream("y", routes[1], 1, gap, 5)
    assert_same_ways(micro_scenario("zipper_cross", demand, 150), tmp_path)


@pytest.mark.parametrize("gap", [4, 6, 12])
@pytest.mark.parametrize("routes", [("ab bc", "sb bn"), ("ab bs", "nb bs"), ("ab bn", "sb bn")])
def test_streams_meeting_at_an_all_way_stop(micro_scenario, tmp_path, routes, gap):
    """Who has waited longer goes first, and nobody hesitates."""
    demand = stream("x", routes[0], 0, gap, 4) + stream("y", routes[1], 2, gap, 4)
    assert_same_ways(micro_scenario("allway_stop", demand, 160), tmp_path)


def entered(way):
    """Return when a vehicle is first seen inside the junction."""
    return next(time for time, lane in zip(way.times, way.lanes, strict=True) if lane.startswith(":"))


def test_who_arrive_together_at_an_all_way_stop_draw_who_goes_first(micro_scenario):
    """Both engines draw each second until one gives way; SUMO's seeds 0 to 7 let the first go after 24 to 28 s."""
    scenario = micro_scenario("allway_stop", vehicle("x", 0, "ab bc") + vehicle("y", 0, "sb bn", pos="7"))
    ways = [ways_in_core(scenario, seed) for seed in range(12)]
    times = [(entered(way["x"]), entered(way["y"])) for way in ways]
    assert all(24 <= min(pair) <= 36 and 1 <= abs(pair[0] - pair[1]) <= 2 for pair in times)
    assert {x < y for x, y in times} == {True, False}


@pytest.mark.parametrize("kinds", [("car", "car"), ("car", "bus"), ("bus", "car")])
def test_departing_at_a_free_position(micro_scenario, tmp_path, kinds):
    """At the lane's start the speed is that behind the front-most vehicle of the lane, then lowered for the last."""
    crowd = "".join(vehicle(k, k, "ab bc cd", kinds[k % 2], pos="free") for k in range(20))
    assert_same_ways(micro_scenario("road", vehicle("slow", 0, "ab bc cd", "bus", speed="5") + crowd), tmp_path)


@pytest.mark.parametrize("lane", ["0", "1", "2"])
@pytest.mark.parametrize("target", ["bs", "bc", "bn"])
def test_changing_lanes_for_a_turn(micro_scenario, tmp_path, lane, target):
    assert_same_ways(micro_scenario("turn", vehicle("x", 0, f"ab {target}", lane=lane)), tmp_path)


def test_twelve_changing_lanes_among_each_other(micro_scenario, tmp_path):
    targets = ("bs", "bn", "bc")
    demand = "".join(vehicle(k, 2 * k, f"ab {targets[k % 3]}", lane=str((2 * k + 1) % 3)) for k in range(12))
    assert_same_ways(micro_scenario("turn", demand), tmp_path)


@pytest.mark.parametrize(("net", "seed"), [("turn", 0), ("turn", 5), ("turn", 8), ("turn_light", 1), ("turn_light", 4)])
def test_a_crowd_of_cars_and_buses_that_depart_on_any_lane_sorts_itself(micro_scenario, tmp_path, net, seed):
    """One vehicle a second, so that many brake for one another while others cut in.

    Of the first ten draws on each net, 12 of the 20 crowds drive as in SUMO to the last vehicle; five of them are here.
    """
    draws = random.Random(seed)
    kinds, targets = ("car", "car", "bus"), ("bs", "bn", "bc")
    demand = "".join(
        vehicle(k, k, f"ab {draws.choice(targets)}", draws.choice(kinds), lane=str(draws.randrange(3)))
        for k in range(34)
    )
    assert_same_ways(micro_scenario(net, demand, 200), tmp_path)


def test_choosing_a_lane_before_the_end_of_the_route_is_in_sight(micro_scenario, tmp_path):
    """The only lane leads to the right one as well as the left one, which alone leads out of the street's end."""
    assert_same_ways(micro_scenario("chain", vehicle("x", 0, CHAIN) + vehicle("y", 8, CHAIN, "bus")), tmp_path)


@pytest.mark.parametrize("lane", ["0", "1"])
def test_lane_that_ends(micro_scenario, tmp_path, lane):
    assert_same_ways(micro_scenario("drop", vehicle("x", 0, "ab bc", lane=lane)), tmp_path)


def test_eight_merging_where_a_lane_ends(micro_scenario, tmp_path):
    demand = "".join(vehicle(k, 2 * k, "ab bc", lane=str(k % 2)) for k in range(8))
    assert_same_ways(micro_scenario("drop", demand), tmp_path)


@pytest.mark.parametrize("kind", ["car", "bus"])
def test_keeping_right(micro_scenario, tmp_path, kind):
    assert_same_ways(micro_scenario("wide", vehicle("x", 0, "ab", kind, lane="1", speed="0")), tmp_path)


def test_overtaking_a_bus(micro_scenario, tmp_path):
    pair = vehicle("bus", 0, "ab", "bus", speed="8") + vehicle("car", 4, "ab")
    assert_same_ways(micro_scenario("wide", pair), tmp_path)


@pytest.mark.parametrize("gap", [3, 5, 8])
def test_straight_on_behind_a_left_turn_off_the_same_lane(micro_scenario, tmp_path, gap):
    """It is followed until it has left the junction, also beyond the place where it waits inside."""
    targets = ("bn", "bc", "bs", "bc", "bn")
    demand = stream("o", "cb ba", 0, gap) + "".join(vehicle(k, 2 * k, f"ab {targets[k % 5]}") for k in range(10))
    assert_same_ways(micro_scenario("priority", demand, 200), tmp_path)


@pytest.mark.parametrize("net", ["priority_back", "priority_wide"])
@pytest.mark.parametrize("kind", ["slow", "slow_bus"])
@pytest.mark.parametrize(("first", "second"), [("bn", "bs"), ("bn", "bc"), ("bn", "ba"), ("ba", "bn"), ("ba", "bc")])
def test_behind_one_that_turns_slowly_off_the_same_lane(micro_scenario, tmp_path, net, kind, first, second):
    """Who has parted from it drives on; turns over two lanes part from others on the first or on the second."""
    types = "".join(
        f'<vType id="{name}" length="{length}" maxSpeed="2" {EXACT}/>'
        for name, length in (("slow", 5), ("slow_bus", 12))
    )
    turn = vehicle("first", 0, f"ab {first}", kind, speed="0", pos="278.3")
    demand = types + turn + vehicle("second", 0, f"ab {second}", speed="0", pos="261.3")
    assert_same_ways(micro_scenario(net, demand, 60), tmp_path)


def test_shared_lane_under_a_signal_against_opposing_traffic(micro_scenario, tmp_path):
    lights = program("b", (30, RED), (40, EAST_WEST), (3, EAST_WEST_YELLOW), (20, NORTH_SOUTH))
    targets = ("bc", "bs", "bn", "bc")
    demand = stream("o", "cb ba", 0, 6, 16) + "".join(vehicle(k, 2 * k, f"ab {targets[k % 4]}") for k in range(16))
    assert_same_ways(micro_scenario("light", demand, 300, lights), tmp_path)


def test_overtaking_a_starting_bus_before_a_turn(micro_scenario, tmp_path):
    pair = vehicle("bus", 0, "ab bc", "bus", lane="1", speed="0") + vehicle("car", 4, "ab bc", lane="1")
    assert_same_ways(micro_scenario("turn", pair), tmp_path)


@pytest.mark.parametrize(
    ("pos", "others"),
    [
        ("base", [(0, 50, "slow"), (1, 100, "fast"), (2, 200, "slow")]),
        ("base", [(0, 50, "fast"), (1, 100, "slow")]),
        ("base", [(0, 50, "slow"), (1, 100, "fast")]),
        ("base", [(0, 100, "slow"), (1, 50, "fast"), (2, 200, "slow")]),
        ("base", [(0, 100, "slow"), (1, 150, "slow"), (2, 200, "fast")]),
        ("base", [(0, 10, "fast"), (1, 150, "slow")]),
        ("base", [(0, 50, "held"), (1, 100, "slow")]),
        ("base", [(0, 50, "slow"), (1, 100, "held"), (2, 200, "slow")]),
        ("base", [(0, 50, "slow"), (1, 100, "slow"), (2, 200, "held")]),
        ("150", [(0, 100, "slow"), (1, 200, "slow"), (2, 250, "slow")]),
        ("150", [(0, 20, "slow"), (0, 50, "slow"), (1, 100, "slow"), (2, 120, "slow"), (2, 140, "slow")]),
        ("random_free", [(0, 900, "slow"), (1, 100, "slow"), (1, 200, "slow")]),
        ("random_free", [(0, 900, "slow"), (1, 100, "slow"), (2, 200, "slow"), (2, 300, "slow")]),
        ("base", []),
    ],
)
def test_best_prob_takes_the_most_room_right_of_whom_the_new_vehicle_would_hold_up(
    micro_scenario, tmp_path, pos, others
):
    kept = 'sigma="0" speedDev="0" lcKeepRight="0" lcSpeedGain="0"'
    kinds = (
        f'<vType id="slow" maxSpeed="5" speedFactor="1" {kept}/><vType id="fast" speedFactor="1.1" {kept}/>'
        f'<vType id="held" speedFactor="1.1" accel="0.1" {kept}/>'
    )
    ahead = "".join(
        vehicle(f"v{k}", 0, "ab", kind, lane=lane, pos=at, speed="0" if kind == "held" else "max")
        for k, (lane, at, kind) in enumerate(sorted(others, key=lambda other: -other[1]))
    )
    departing = vehicle("x", 1, "ab", lane="best_prob", speed="avg", pos=pos)
    crowd = micro_scenario("wide3", kinds + ahead + departing, 4)
    (tmp_path / "sumo").mkdir()
    sumo, core = ways_in_sumo(crowd, tmp_path / "sumo")["x"], ways_in_core(crowd)["x"]
    assert sumo.lanes[:1] == core.lanes[:1]
