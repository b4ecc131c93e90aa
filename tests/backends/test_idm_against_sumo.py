"""The Intelligent Driver Model in the core drives as in SUMO, second by second, alone and among Krauss drivers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.backends.micro import EXACT, assert_same_ways, program, vehicle, ways_in_core
from tests.backends.test_numba_against_sumo import EAST_WEST, EAST_WEST_YELLOW, RED, stream

TYPES = (
    f'<vType id="idm" carFollowModel="IDM" {EXACT}/>'
    f'<vType id="slow" carFollowModel="IDM" maxSpeed="8" {EXACT}/>'
    f'<vType id="long" vClass="bus" carFollowModel="IDM" {EXACT}/>'
    '<vType id="soft" carFollowModel="IDM" accel="1.8" decel="1.2" emergencyDecel="4" tau="1.4" minGap="1.5"'
    f' delta="2" stepping="0.5" {EXACT}/>'
)
ROAD = "ab bc cd"
LIGHTS = program("b", (60, RED), (60, EAST_WEST))
CLOSE = 1e-6
"""SUMO writes positions with nine digits."""


def column(kinds, route, first=0.0, gap=3.0, speed="0"):
    """Return vehicles of these types that follow each other."""
    return "".join(vehicle(k, first + gap * k, route, kind, speed=speed) for k, kind in enumerate(kinds))


@pytest.fixture
def same(micro_scenario, tmp_path):
    """Check that both engines drive a demand alike."""

    def check(name, demand, end=150, programs=""):
        assert_same_ways(micro_scenario(name, TYPES + demand, end, programs), tmp_path, CLOSE)

    return check


@pytest.mark.parametrize("kind", ["idm", "slow", "long", "soft"])
@pytest.mark.parametrize("speed", ["0", "max"])
def test_free_driving_over_a_lower_limit(same, kind, speed):
    same("road", vehicle("x", 0, ROAD, kind, speed=speed))


@pytest.mark.parametrize("kinds", [("bus", "idm"), ("slow", "soft", "idm"), ("idm", "car", "long", "bus", "soft")])
def test_following(same, kinds):
    same("road", column(kinds, ROAD))


@pytest.mark.parametrize("gap", [1, 2])
def test_platoon_at_a_lower_limit(same, gap):
    same("road", stream("x", ROAD, 0, gap, 12, "idm"))


@pytest.mark.parametrize("kind", ["idm", "long", "soft"])
def test_stopping_at_red_and_leaving_at_green(same, kind):
    same("light", vehicle("x", 0, "ab bc", kind, speed="0"), programs=LIGHTS)


@pytest.mark.parametrize("kind", ["idm", "soft"])
def test_queue_of_eight_discharging(same, kind):
    same("light", stream("x", "ab bc", 0, 3, 8, kind), programs=LIGHTS)


def test_mixed_queue_discharging(same):
    same("light", column(("idm", "car", "long", "idm", "bus", "car", "soft", "idm"), "ab bc"), programs=LIGHTS)


@pytest.mark.parametrize("pos", range(20, 120, 14))
def test_deciding_at_yellow(same, pos):
    lights = program("b", (9, EAST_WEST), (3, EAST_WEST_YELLOW), (20, RED), (20, EAST_WEST))
    same("light", vehicle("x", 0, "ab bc", "idm", pos=str(pos)), 60, lights)


@pytest.mark.parametrize("target", ["bc", "bn", "ba"])
def test_minor_road_waiting_for_a_gap(same, target):
    same("priority", stream("m", "ab bc", 0, 5, 8, "idm") + vehicle("x", 2, f"sb {target}", "idm"))


def test_overtaking(same):
    pairs = vehicle("s", 0, "ab", "slow") + vehicle("f", 6, "ab", "idm") + vehicle("h", 10, "ab", "car")
    same("wide", pairs)


def test_queues_on_turning_lanes(same, micro_scenario, tmp_path):
    routes = ("ab bc", "ab bn", "ab bs")
    demand = "".join(vehicle(k, 2 * k, routes[k % 3], ("idm", "long")[k % 2], lane=str(k % 3)) for k in range(9))
    assert_same_ways(micro_scenario("turn", TYPES + demand, 150), tmp_path)


def test_a_smaller_exponent_slows_the_approach_to_the_limit(micro_scenario):
    """The exponent and the substep are read from the type."""
    scenario = micro_scenario("wide", TYPES + vehicle("x", 0, "ab", "idm", speed="0"), 60)
    kinds = tuple(replace(kind, idm_delta=1.0) for kind in scenario.vehicle_types)
    normal, lazy = ways_in_core(scenario)["x"], ways_in_core(replace(scenario, vehicle_types=kinds))["x"]
    assert lazy.speeds[10] < normal.speeds[10] - 1.0
