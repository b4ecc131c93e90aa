"""Observations: hand-computed values, names, and bounds whatever the traffic."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.envs import oracle
from tests.envs.states import empty, snapshots, view_of
from tests.fakes import cut_approach, toy_scenario
from trafficai.datatypes import InputError
from trafficai.envs.observations import FEATURES, OBSERVATIONS, parse_observation
from trafficai.envs.readout import Readout
from trafficai.scenario import load_scenario
from trafficai.scenario.model import Detectors, InductionLoop
from trafficai.scenario.place_detectors import with_standard_detectors

SCENARIO = with_standard_detectors(toy_scenario("AB"))
EMPTY = empty(SCENARIO)
GRID = with_standard_detectors(load_scenario("grid3x3"))


WATCHED = ("loops", "areas")
"""Features for which detectors must be kept."""


def readout(name="queues", scenario=SCENARIO, signal=None):
    """Return what one agent is shown."""
    return Readout(scenario, [view_of(scenario, signal)], name, "delay")


def named(snapshot, name="queues"):
    shown = readout(name)
    return dict(zip(shown.names[0], shown.observations(snapshot)[0].tolist(), strict=True))


def test_numbers_stand_for_what_their_names_say():
    lane = {"An_0": 0, "Aw_0": 1, "As_0": 2}
    count, queue, near = np.zeros((3, 8), dtype=np.int32)
    count[[lane["An_0"], lane["As_0"]]] = 5
    queue[lane["An_0"]], near[lane["An_0"]] = 2, 3
    speed, waiting = np.zeros(8), np.zeros(8)
    speed[lane["An_0"]], waiting[lane["An_0"]] = 13.9, 60.0
    snapshot = EMPTY._replace(
        lane_count=count,
        lane_queue=queue,
        lane_near=near,
        lane_speed_sum=speed,
        lane_waiting=waiting,
        signal_phase=np.array([1, 0], dtype=np.int32),
        signal_elapsed=np.array([15.0, 0.0]),
    )
    seen = named(snapshot)
    assert seen["An_0.queue"] == pytest.approx(2 / 20)  # 150 m hold 20 cars
    assert seen["An_0.approaching"] == pytest.approx(3 / 20)
    assert seen["An_0.near"] == pytest.approx(3 / (50 / 7.5))
    assert seen["An_0.waiting"] == pytest.approx(30 / 120)
    assert seen["An_0.speed"] == pytest.approx(1 / 5)
    assert seen["Aw_0.speed"] == 1.0  # empty
    assert seen["As_0.downstream"] == pytest.approx(5 / 20)
    assert [seen["A.phase0"], seen["A.phase1"], seen["B.phase0"], seen["B.phase1"]] == [0, 1, 1, 0]
    assert [seen["A.elapsed"], seen["B.elapsed"]] == [0.25, 0.0]
    assert [seen["A.clearing"], seen["B.clearing"]] == [0.0, 1.0]


def test_a_movement_tells_the_same_whatever_the_phases():
    snapshot = EMPTY._replace(
        lane_queue=np.array([4, 0, 1, 0, 0, 0, 0, 0], dtype=np.int32),
        signal_phase=np.array([0, 0], dtype=np.int32),
        signal_elapsed=np.array([9.0, 9.0]),
    )
    seen = named(snapshot, "movements+pressure")
    assert seen["A.An>As.green"] == 1.0
    assert seen["A.Aw>Ae.green"] == 0.0
    assert seen["A.An>As.pressure"] == pytest.approx((4 - 1) / 20)


def test_who_stands_before_a_lane_without_room_for_a_car_is_shown_with_it():
    """By hand: lanes n, w, s, e, b, c; c of 200 m leads over b into w, which are shorter than a metre."""
    cut = cut_approach()
    snapshot = empty(cut)._replace(
        lane_count=np.array([0, 0, 0, 0, 1, 6], dtype=np.int32),
        lane_queue=np.array([0, 0, 0, 0, 1, 3], dtype=np.int32),
        lane_near=np.array([0, 0, 0, 0, 1, 4], dtype=np.int32),
        lane_speed_sum=np.array([0.0, 0.0, 0.0, 0.0, 0.0, 27.8]),
        lane_waiting=np.array([0.0, 0.0, 0.0, 0.0, 12.0, 36.0]),
        lane_longest_wait=np.array([0.0, 0.0, 0.0, 0.0, 12.0, 30.0]),
        lane_left_in_interval=np.array([0, 1, 0, 0, 2, 4], dtype=np.int32),
    )
    shown = readout("queues+longest-wait+departures+pressure+movements+density", cut)
    seen = dict(zip(shown.names[0], shown.observations(snapshot)[0].tolist(), strict=True))
    room = 1 + 1 + 200 / 7.5
    assert seen["Aw_0.queue"] == pytest.approx(4 / room)
    assert seen["Aw_0.approaching"] == pytest.approx(3 / room)
    assert seen["Aw_0.near"] == pytest.approx(5 / (1 + 1 + 50 / 7.5))
    assert seen["Aw_0.waiting"] == pytest.approx(48 / 4 / 120)
    assert seen["Aw_0.longest_wait"] == pytest.approx(30 / 120)
    assert seen["Aw_0.speed"] == pytest.approx(27.8 / 7 / 13.9)
    assert seen["Aw_0.departures"] == pytest.approx(4 / 5)  # those that left c; w and b see the same ones, or none
    assert seen["A.Aw>Ae.pressure"] == pytest.approx(4 / room)
    assert seen["A.Aw>Ae.queue"] == pytest.approx(4 / room)
    assert seen["Aw_0.density"] == 0.0  # sumo-rl's, which looks at the lane alone
    assert seen["An_0.queue"] == 0.0


def test_sumo_rl_shows_lanes_in_the_order_of_the_links():
    count, queue = np.array([[4, 0, 1, 1, 1, 0, 1, 1], [1, 0, 1, 1, 1, 0, 1, 1]], dtype=np.int32)
    snapshot = EMPTY._replace(
        lane_count=count,
        lane_queue=queue,
        lane_length_sum=count * 7.5,
        signal_phase=np.array([1, 0], dtype=np.int32),
        signal_elapsed=np.array([5.0, 4.0]),
    )
    seen = named(snapshot, "sumo-rl")
    lanes = ("An_0", "Aw_0", "Bn_0", "Bw_0")
    assert [seen[f"{lane}.density"] for lane in lanes] == pytest.approx([4 * 10 / 150, 0, 10 / 150, 0])
    assert [seen[f"{lane}.queue_density"] for lane in lanes] == pytest.approx([10 / 150, 0, 10 / 150, 0])
    assert [seen["A.min_green_over"], seen["B.min_green_over"]] == [1.0, 0.0]  # 5 s
    shown = readout("sumo-rl", GRID, "B1").names[0]
    signal = next(signal for signal in GRID.signals if signal.id == "B1")
    links = dict.fromkeys(source for link in signal.links for source, _ in link)
    assert [name.removesuffix(".density") for name in shown if name.endswith(".density")] == list(links)


def test_resco_counts_within_its_range_and_knows_which_lanes_have_green():
    seen, queue = np.zeros((2, 8), dtype=np.int32)
    seen[0], queue[0] = 14, 7
    sums = np.zeros(8)
    sums[0] = 280.0
    snapshot = EMPTY._replace(lane_seen=seen, lane_seen_queue=queue, lane_seen_waiting=sums, lane_seen_speed_sum=sums)
    values = named(snapshot, "resco")
    assert [values["An_0.green"], values["Aw_0.green"]] == [1.0, 0.0]
    numbers = [values[f"An_0.seen_{name}"] for name in ("approaching", "waiting", "queue", "speed")]
    assert numbers == [0.25, 10.0, 0.25, 0.5]


def test_detectors_show_what_they_see_and_nothing_else():
    blank = empty(SCENARIO, detectors=True)
    count, left, occupied, speeds = np.zeros((4, 8))
    count[0], left[0], occupied[0], speeds[0] = 3, 2, 4.0, 13.9
    standing = np.array([4, 0, 0, 0], dtype=np.int32)
    snapshot = blank._replace(
        seconds_in_interval=np.array(10, dtype=np.int32),
        loop_count_in_interval=count.astype(np.int32),
        loop_left_in_interval=left.astype(np.int32),
        loop_occupied_in_interval=occupied,
        loop_speed_sum_in_interval=speeds,
        area_count=2 * standing,
        area_halted=standing,
        area_jam_length=np.array([30.0, 0.0, 0.0, 0.0]),
    )
    seen = named(snapshot, "detectors")
    assert seen["advance_An_0.flow"] == pytest.approx(3 / 5)  # half a vehicle per second is saturation
    assert seen["advance_An_0.occupancy"] == pytest.approx(4 / 10)
    assert seen["advance_An_0.speed"] == pytest.approx(1 / 2)
    assert [seen["stop_An_0.flow"], seen["stop_An_0.speed"]] == [0.0, 1.0]
    assert seen["area_An_0.count"] == pytest.approx(8 / (100 / 7.5))
    assert seen["area_An_0.halted"] == pytest.approx(4 / (100 / 7.5))
    assert seen["area_An_0.jam"] == pytest.approx(0.3)
    others = blank._replace(lane_count=np.full(8, 9, dtype=np.int32), lane_speed_sum=np.full(8, 9.0))
    assert named(others, "detectors") == named(blank, "detectors")


def test_detectors_that_see_no_stop_line_are_an_input_error():
    far = replace(SCENARIO, detectors=Detectors(e1=(InductionLoop("far", "As_0", 10.0, 60),)))
    with pytest.raises(InputError, match="no detector of scenario 'toyAB' lies on a lane"):
        readout("detectors", far)


@pytest.mark.parametrize("name", [*OBSERVATIONS, *FEATURES])
def test_names_are_unique_and_as_many_as_numbers(name):
    shown = readout(name, GRID, "B1")
    assert len(set(shown.names[0])) == len(shown.names[0]) == shown.spaces[0].shape[0]
    assert shown.spaces[0].dtype == np.float32
    assert shown.spaces[0].is_bounded()


def test_an_agent_of_one_signal_sees_its_own_lanes_only():
    assert {name[0] for name in readout(signal="B").names[0]} == {"B"}


def test_what_has_nothing_to_show_is_an_input_error():
    with pytest.raises(InputError, match="'neighbours' shows nothing of scenario 'toyAB'"):
        readout("neighbours")


def test_parts_are_joined_and_named_once():
    assert parse_observation("queues + phase+neighbours")[-1] is FEATURES["neighbours"]
    assert len(parse_observation("queues+queues")) == len(OBSERVATIONS["queues"])


@given(st.data(), st.sampled_from(sorted(FEATURES)), st.sampled_from([(SCENARIO, None), (GRID, "B1")]))
def test_features_are_what_their_slow_twins_say_and_within_bounds(data, name, case):
    scenario, signal = case
    shown = {"cells": name == "cells", "detectors": name in WATCHED}
    snapshot, view = data.draw(snapshots(scenario, **shown)), view_of(scenario, signal)
    told = Readout(scenario, [view], f"phase+{name}", "delay")
    seen = told.observations(snapshot)[0]
    assert told.spaces[0].contains(seen)
    expected = [*oracle.phase(snapshot, view), *([] if name == "phase" else oracle.FEATURES[name](snapshot, view))]
    assert seen == pytest.approx(np.array(expected, dtype=np.float32), rel=1e-6)


@given(st.data())
def test_a_world_axis_changes_nothing(data):
    snapshot = data.draw(snapshots(SCENARIO))
    batched = type(snapshot)(*(np.stack([field, field]) for field in snapshot))
    shown = readout()
    assert np.array_equal(shown.observations(batched), np.stack([shown.observations(snapshot)] * 2))
