"""What detectors make of a simulation: noise on every measured number, and detectors that are dead for an episode.

Every random number is a hash of the episode's seed, the time, and what it is for (SplitMix64: Steele, Lea and Flood
2014, "Fast splittable pseudorandom number generators"). So what one world sees depends neither on how many run beside
it nor on when they began.
"""

from __future__ import annotations

from functools import cache
from statistics import NormalDist
from typing import Final

import numpy as np
from gymnasium import spaces
from numpy.typing import ArrayLike, NDArray

from trafficai.scenario.randomise import Randomisation

NOT_MEASURED: Final = -1
"""In the place of a lane: a number that the controller knows by itself, such as the phase it shows."""

NUM_QUANTILES: Final = 4096
"""Noise is one of so many equally likely quantiles of the normal distribution: a table is the same on every machine."""

_NOISE, _DROPOUT = np.uint64(1), np.uint64(2)
_GAMMA, _MIX_1, _MIX_2 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_SHIFT_30, _SHIFT_27, _SHIFT_31 = np.uint64(30), np.uint64(27), np.uint64(31)
_TO_QUANTILE = np.uint64(64 - NUM_QUANTILES.bit_length() + 1)
_TO_UNIT: Final = 1.0 / 2.0**64

Words = NDArray[np.uint64]


class Sensors:
    """Stands between what an engine shows and what an agent sees, for one world or many.

    Args:
        lanes: (n,) lane on which each number of an observation is measured, NOT_MEASURED for the others.
        space: bounds of the observation.
        randomisation: how noisy detectors are, and how often dead.
    """

    def __init__(self, lanes: NDArray[np.intp], space: spaces.Box, randomisation: Randomisation) -> None:
        self._is_measured = np.asarray(lanes != NOT_MEASURED)
        self._lanes = np.where(self._is_measured, lanes, 0).astype(np.uint64)
        self._low, self._high = space.low, space.high
        self._noise, self._dropout = randomisation.sensor_noise, randomisation.detector_dropout
        self._first_of_lane = np.zeros(len(lanes), dtype=np.bool_)
        self._first_of_lane[np.unique(lanes, return_index=True)[1]] = True
        self.start(np.zeros((), dtype=np.uint64))

    def start(self, seeds: ArrayLike, rows: NDArray[np.intp] | None = None) -> None:
        """Begin episodes with these seeds: of all worlds, (...), or of the rows named."""
        new = np.asarray(seeds, dtype=np.uint64)
        dead = self._draw_dead(new)
        if rows is None:
            self._seeds, self._is_dead = new, dead
        else:
            self._seeds[rows], self._is_dead[rows] = new, dead

    @property
    def num_dead(self) -> NDArray[np.int64]:
        """How many lanes have dead detectors in this episode, (...)."""
        return np.asarray((self._is_dead & self._first_of_lane).sum(axis=-1), dtype=np.int64)

    def apply(self, observation: NDArray[np.float32], time: ArrayLike) -> NDArray[np.float32]:
        """Return what is seen of an observation, (..., n), made at a time, (...) [s]."""
        seen = observation.astype(np.float64)
        if self._noise > 0.0:
            seen = np.where(self._is_measured, seen * (1.0 + self._noise * self._normal(time)), seen)
        return np.clip(np.where(self._is_dead, 0.0, seen), self._low, self._high).astype(np.float32)

    def _draw_dead(self, seeds: Words) -> NDArray[np.bool_]:
        """Return whether each number is of a dead detector, (..., n); those of one lane are so together."""
        words = _mix(_mix(seeds ^ _DROPOUT)[..., None] ^ self._lanes)
        return self._is_measured & (words * _TO_UNIT < self._dropout)

    def _normal(self, time: ArrayLike) -> NDArray[np.float64]:
        """Return a standard normal number for each number of the observation, (..., n)."""
        of_time = _mix(_mix(self._seeds ^ _NOISE) ^ np.asarray(time).astype(np.uint64))
        words = _mix(of_time[..., None] ^ np.arange(len(self._lanes), dtype=np.uint64))
        return _quantiles()[(words >> _TO_QUANTILE).astype(np.intp)]


def _mix(words: Words) -> Words:
    """Return each word scrambled (one SplitMix64 step)."""
    with np.errstate(over="ignore"):  # arrays wrap in silence, single numbers would warn
        z = np.asarray(words + _GAMMA)
        z = np.asarray((z ^ (z >> _SHIFT_30)) * _MIX_1)
        z = np.asarray((z ^ (z >> _SHIFT_27)) * _MIX_2)
        return np.asarray(z ^ (z >> _SHIFT_31))


@cache
def _quantiles() -> NDArray[np.float64]:
    """Return the middle of each of NUM_QUANTILES equally likely stretches of the standard normal distribution."""
    normal = NormalDist()
    return np.array([normal.inv_cdf((i + 0.5) / NUM_QUANTILES) for i in range(NUM_QUANTILES)])
