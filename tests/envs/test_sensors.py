"""Noise and dead detectors: as much as asked for, on what is measured only, and the same in whatever batch."""

from __future__ import annotations

import numpy as np
import pytest
from gymnasium import spaces

from tests.fakes import toy_scenario
from trafficai.envs.actions import controlled_signals
from trafficai.envs.observations import Observation
from trafficai.envs.sensors import NOT_MEASURED, Sensors
from trafficai.scenario.randomise import Randomisation

LANES = np.array([7, 7, 7, 3, 3, 5, 9, 9, NOT_MEASURED, NOT_MEASURED])
HALF = np.full(len(LANES), 0.5, dtype=np.float32)
WORLDS = 3000


def sensors(lanes=LANES, low=0.0, high=1.0, **ranges):
    return Sensors(lanes, spaces.Box(low, high, (len(lanes),), np.float32), Randomisation(**ranges))


def test_noise_is_relative_and_unbiased_on_what_is_measured_only():
    noisy = sensors(sensor_noise=0.1)
    noisy.start(np.arange(WORLDS))
    seen = noisy.apply(np.tile(HALF, (WORLDS, 1)), np.zeros(WORLDS))
    assert np.array_equal(seen[:, 8:], np.tile(HALF[8:], (WORLDS, 1)))
    measured = seen[:, :8].astype(np.float64)
    assert measured.mean(axis=0) == pytest.approx(0.5, abs=0.005)
    assert measured.std(axis=0) == pytest.approx(0.05, abs=0.003)
    correlations = np.corrcoef(measured.T)[~np.eye(8, dtype=bool)]
    assert np.abs(correlations).max() < 0.08
    assert seen.dtype == np.float32


def test_noise_stays_within_the_bounds():
    noisy = sensors(sensor_noise=1.0)
    noisy.start(np.arange(WORLDS))
    seen = noisy.apply(np.tile(2 * HALF, (WORLDS, 1)), np.zeros(WORLDS))
    assert (seen.min(), seen.max()) == (0.0, 1.0)
    wide = sensors(low=-3.0, high=3.0, sensor_noise=1.0)
    wide.start(np.arange(WORLDS))
    assert wide.apply(np.tile(2 * HALF, (WORLDS, 1)), np.zeros(WORLDS)).max() > 1.5


def test_noise_is_another_at_every_time_and_in_every_episode():
    noisy = sensors(sensor_noise=0.1)
    noisy.start([1, 1, 2])
    seen = noisy.apply(np.tile(HALF, (3, 1)), [0, 1, 0])
    assert not np.isclose(seen[0, :8], seen[1, :8]).any()
    assert not np.isclose(seen[0, :8], seen[2, :8]).any()
    assert np.array_equal(seen, noisy.apply(np.tile(HALF, (3, 1)), [0, 1, 0]))


def test_a_dead_detector_is_silent_for_the_whole_episode_with_all_its_numbers():
    mortal = sensors(detector_dropout=0.3)
    mortal.start(np.arange(WORLDS))
    seen = mortal.apply(np.tile(HALF, (WORLDS, 1)), np.zeros(WORLDS))
    assert np.array_equal(seen, mortal.apply(np.tile(HALF, (WORLDS, 1)), np.full(WORLDS, 17)))
    is_dead = seen == 0.0
    assert not is_dead[:, 8:].any()
    for numbers in (slice(0, 3), slice(3, 5), slice(5, 6), slice(6, 8)):
        assert (is_dead[:, numbers] == is_dead[:, numbers][:, :1]).all()
        assert is_dead[:, numbers].mean() == pytest.approx(0.3, abs=0.03)
    assert np.array_equal(mortal.num_dead, is_dead[:, [0, 3, 5, 6]].sum(axis=1))


def test_all_or_no_detectors_are_dead_at_the_ends_of_the_range():
    mortal = sensors(detector_dropout=1.0)
    mortal.start(4)
    assert mortal.apply(HALF, 0).tolist() == [0.0] * 8 + [0.5] * 2
    assert mortal.num_dead == 4
    assert np.array_equal(sensors().apply(HALF, 0), HALF)


def test_a_world_sees_the_same_alone_and_among_others_that_began_at_other_times():
    among, alone = (sensors(sensor_noise=0.2, detector_dropout=0.3) for _ in range(2))
    among.start(np.arange(10))
    before = among.num_dead
    among.start(np.arange(20, 25), rows=np.arange(5))
    assert not np.array_equal(among.num_dead, before)
    times = np.repeat([0, 50], 5)
    seen = among.apply(np.tile(HALF, (10, 1)), times)
    for row, (seed, time) in enumerate(zip([*range(20, 25), *range(5, 10)], times, strict=True)):
        alone.start(seed)
        assert np.array_equal(alone.apply(HALF, time), seen[row])
        assert alone.num_dead == among.num_dead[row]


def test_lanes_are_measured_and_phases_are_known():
    scenario = toy_scenario("AB")
    observe = Observation("queues", scenario, controlled_signals(scenario))
    lanes = [lane.id for lane in scenario.network.normal_lanes]
    for name, lane in zip(observe.names, observe.lanes, strict=True):
        stem = name.split(".")[0]
        assert lane == (lanes.index(stem) if stem in lanes else NOT_MEASURED)
    assert (observe.lanes == NOT_MEASURED).sum() == 2 * (2 + 1 + 1)
