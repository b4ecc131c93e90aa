"""Observations: hand-computed values, names, and bounds whatever the traffic."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.fakes import ToyBackend, toy_scenario
from trafficai.envs.actions import controlled_signals
from trafficai.envs.observations import OBSERVATIONS, Observation
from trafficai.envs.rewards import REWARDS, Interval

SCENARIO = toy_scenario("AB")
CONTROLLED = controlled_signals(SCENARIO)
EMPTY = ToyBackend(SCENARIO).reset(0)


def observe(name="queues", scenario=SCENARIO, signal=None):
    return Observation(name, scenario, controlled_signals(scenario, signal))


def named(snapshot, name="queues"):
    observation = observe(name)
    return dict(zip(observation.names, observation(snapshot).tolist(), strict=True))


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


@pytest.mark.parametrize("name", OBSERVATIONS)
def test_names_are_unique_and_as_many_as_numbers(name):
    observation = observe(name)
    assert len(set(observation.names)) == len(observation.names) == observation.space.shape[0]
    assert observation(EMPTY).dtype == np.float32


def test_an_agent_of_one_signal_sees_its_own_lanes_only():
    assert {name[0] for name in observe(signal="B").names} == {"B"}


snapshots = st.builds(
    lambda count, near, queue, speed, waiting, phase, elapsed: EMPTY._replace(
        lane_count=count,
        lane_near=near,
        lane_queue=queue,
        lane_speed_sum=speed,
        lane_waiting=waiting,
        signal_phase=phase,
        signal_elapsed=elapsed,
    ),
    *(arrays(np.int32, 8, elements=st.integers(0, 10_000)) for _ in range(3)),
    *(arrays(np.float64, 8, elements=st.floats(0, 1e6)) for _ in range(2)),
    arrays(np.int32, 2, elements=st.integers(0, 1)),
    arrays(np.float64, 2, elements=st.floats(0, 1e5)),
)


@given(snapshots, st.sampled_from(sorted(OBSERVATIONS)))
def test_observations_stay_in_their_space(snapshot, name):
    observation = observe(name)
    assert observation.space.contains(observation(snapshot))


@given(snapshots)
def test_a_world_axis_changes_nothing(snapshot):
    batched = type(snapshot)(*(np.stack([field, field]) for field in snapshot))
    observation = observe()
    assert np.array_equal(observation(batched), np.stack([observation(snapshot)] * 2))
    view = observation.view
    for term in REWARDS.values():
        alone = term(Interval(snapshot, view, snapshot.total_arrived, 10))
        assert np.array_equal(term(Interval(batched, view, batched.total_arrived, 10)), [alone, alone])
