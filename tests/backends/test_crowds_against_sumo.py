"""Crowds in the core and in SUMO: who gets in, who is shut in, and who makes room for whom, second by second."""

from __future__ import annotations

from tests.backends.micro import assert_same_ways, differences, program, vehicle


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


def test_who_is_shut_in_by_a_waiting_queue_stays_where_in_sumo_it_creeps_on(micro_scenario, tmp_path):
    """In SUMO it advances by a decimetre every few seconds, 1.2 m in a minute; the core lets it stand."""
    rows = "".join(
        vehicle(f"{lane}.{k}", 0, "ab bn", lane=str(lane), speed="0", pos=str(round(141.04 - 7.6 * k, 2)))
        for k in range(14)
        for lane in (1, 2)
    )
    found = differences(micro_scenario("turn_light", rows, 60, program("b", (90, "rrr"))), tmp_path)
    assert all(each.distance < 1.25 and each.same_lanes for each in found.values())
