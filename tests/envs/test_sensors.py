"""Noise and dead detectors: as much as asked for, on what is measured only, and the same in whatever batch."""

from __future__ import annotations

import numpy as np
import pytest

from trafficai.envs.sensors import Place, Sensors
from trafficai.scenario.randomise import Randomisation

LANES = [{7}, {7}, {7}, {3}, {3}, {5}, {9}, {9}, set(), set(), {3, 5, 7, 9}]
NUM_SINGLE = 8  # numbers that are measured on one lane
KNOWN, MIXED = slice(8, 10), 10
WORLDS = 3000
HALF = 0.5


def sensors(num_worlds=WORLDS, low=0.0, high=1.0, seeds=None, **ranges):
    places = [Place(frozenset(lanes), key, low, high) for key, lanes in enumerate(LANES)]
    made = Sensors(places, num_worlds, Randomisation(**ranges))
    made.start(np.arange(num_worlds), np.arange(num_worlds) if seeds is None else seeds)
    return made


def see(made, value=HALF, times=0.0):
    num_worlds = len(made.num_dead)
    shown = np.full((num_worlds, len(LANES)), value, dtype=np.float32)
    return made.apply(shown, np.broadcast_to(np.asarray(times, dtype=np.float64), num_worlds))


def test_noise_is_relative_and_unbiased_on_what_is_measured_only():
    seen = see(sensors(sensor_noise=0.1))
    assert (seen[:, KNOWN] == HALF).all()
    measured = np.delete(seen, KNOWN, axis=1).astype(np.float64)
    assert measured.mean(axis=0) == pytest.approx(0.5, abs=0.005)
    assert measured.std(axis=0) == pytest.approx(0.05, abs=0.003)
    correlations = np.corrcoef(measured.T)[~np.eye(measured.shape[1], dtype=bool)]
    assert np.abs(correlations).max() < 0.08
    assert seen.dtype == np.float32


def test_noise_stays_within_the_bounds():
    seen = see(sensors(sensor_noise=1.0), 1.0)
    assert (seen.min(), seen.max()) == (0.0, 1.0)
    assert see(sensors(low=-3.0, high=3.0, sensor_noise=1.0), 1.0).max() > 1.5


def test_noise_is_another_at_every_time_and_in_every_episode():
    noisy = sensors(3, seeds=[1, 1, 2], sensor_noise=0.1)
    seen = see(noisy, times=[0.0, 10.0, 0.0])
    assert not np.isclose(seen[0, :8], seen[1, :8]).any()
    assert not np.isclose(seen[0, :8], seen[2, :8]).any()
    assert np.array_equal(seen, see(noisy, times=[0.0, 10.0, 0.0]))


def test_a_dead_detector_is_silent_for_the_whole_episode_with_all_its_numbers():
    mortal = sensors(detector_dropout=0.3)
    seen = see(mortal)
    assert np.array_equal(seen, see(mortal, times=170.0))
    is_dead = seen == 0.0
    assert not is_dead[:, KNOWN].any()
    for numbers in (slice(0, 3), slice(3, 5), slice(5, 6), slice(6, 8)):
        assert (is_dead[:, numbers] == is_dead[:, numbers][:, :1]).all()
        assert is_dead[:, numbers].mean() == pytest.approx(0.3, abs=0.03)
    assert np.array_equal(mortal.num_dead, is_dead[:, [0, 3, 5, 6]].sum(axis=1))


def test_a_number_from_several_lanes_lacks_the_share_of_those_that_are_dead():
    mortal = sensors(detector_dropout=0.5)
    assert set(mortal.num_dead) == {0, 1, 2, 3, 4}
    assert np.array_equal(see(mortal)[:, MIXED], HALF * (1.0 - mortal.num_dead / 4))


def test_all_or_no_detectors_are_dead_at_the_ends_of_the_range():
    mortal = sensors(detector_dropout=1.0)
    assert (see(mortal) == [0.0] * 8 + [HALF] * 2 + [0.0]).all()
    assert (mortal.num_dead == 4).all()
    assert (see(sensors()) == HALF).all()


def test_where_nothing_is_measured_all_is_as_it_was():
    places = [Place(frozenset(), key, 0.0, 1.0) for key in range(3)]
    blind = Sensors(places, 2, Randomisation(sensor_noise=0.5, detector_dropout=0.5))
    blind.start(np.arange(2), [1, 2])
    shown = np.full((2, 3), HALF, dtype=np.float32)
    assert np.array_equal(blind.apply(shown, np.zeros(2)), shown)
    assert not blind.num_dead.any()


def test_a_world_sees_the_same_alone_and_among_others_that_began_at_other_times():
    ranges = {"sensor_noise": 0.2, "detector_dropout": 0.3}
    among = sensors(10, **ranges)
    before = among.num_dead.copy()
    among.start(np.arange(5), np.arange(20, 25))
    assert not np.array_equal(among.num_dead, before)
    times = np.repeat([0.0, 50.0], 5)
    seen = see(among, times=times)
    for row, (seed, time) in enumerate(zip([*range(20, 25), *range(5, 10)], times, strict=True)):
        alone = sensors(1, seeds=[seed], **ranges)
        assert np.array_equal(see(alone, times=time)[0], seen[row])
        assert alone.num_dead[0] == among.num_dead[row]
