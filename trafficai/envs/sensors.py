"""What detectors make of a simulation: noise on every measured number, and detectors that are dead for an episode.

Every random number is a hash of the episode's seed, the time, and what it is for (SplitMix64: Steele, Lea and Flood
2014, "Fast splittable pseudorandom number generators"). So what one world sees depends neither on how many run beside
it nor on when they began.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from statistics import NormalDist
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trafficai.scenario.randomise import Randomisation

NUM_QUANTILES: Final = 4096
"""Noise is one of so many equally likely quantiles of the normal distribution: a table is the same on every machine."""

_NOISE, _DROPOUT = np.uint64(1), np.uint64(2)
_GAMMA, _MIX_1, _MIX_2 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_SHIFT_30, _SHIFT_27, _SHIFT_31 = np.uint64(30), np.uint64(27), np.uint64(31)
_TO_QUANTILE = np.uint64(64 - NUM_QUANTILES.bit_length() + 1)
_TO_UNIT: Final = 1.0 / 2.0**64

Words = NDArray[np.uint64]


class Place(NamedTuple):
    """A number among those that a world shows."""

    lanes: frozenset[int]  # on which it is measured; none where the controller knows it by itself
    key: int  # what its noise is drawn by
    low: float
    high: float


class Sensors:
    """Stands between what an engine shows and what agents see.

    A number that is put together from several lanes is lowered by the share of them whose detectors are dead.

    Args:
        places: every number that a world shows.
        num_worlds: worlds side by side.
        randomisation: how noisy detectors are, and how often dead.
    """

    def __init__(self, places: Sequence[Place], num_worlds: int, randomisation: Randomisation) -> None:
        self._measured = np.array([i for i, place in enumerate(places) if place.lanes], dtype=np.intp)
        measured = [places[i] for i in self._measured]
        self._keys = np.array([place.key for place in measured], dtype=np.uint64)
        self._low = np.array([place.low for place in measured], dtype=np.float64)
        self._high = np.array([place.high for place in measured], dtype=np.float64)
        known = sorted(frozenset[int]().union(*(place.lanes for place in measured)))
        self._lanes = np.array(known, dtype=np.uint64)
        row_of = {lane: row for row, lane in enumerate(known)}
        self._parts = np.array([row_of[lane] for place in measured for lane in sorted(place.lanes)], dtype=np.intp)
        self._num_parts = np.array([len(place.lanes) for place in measured], dtype=np.int64)
        self._noise, self._dropout = randomisation.sensor_noise, randomisation.detector_dropout
        self._seeds = np.zeros(num_worlds, dtype=np.uint64)
        self._alive = np.ones((num_worlds, len(measured)))
        self.num_dead = np.zeros(num_worlds, dtype=np.int64)  # lanes whose detectors are dead in this episode

    def start(self, rows: NDArray[np.intp], seeds: ArrayLike) -> None:
        """Begin episodes with these seeds in the worlds named."""
        self._seeds[rows] = np.asarray(seeds, dtype=np.uint64)
        is_dead = _mix(_mix(self._seeds[rows] ^ _DROPOUT)[:, None] ^ self._lanes) * _TO_UNIT < self._dropout
        self.num_dead[rows] = is_dead.sum(axis=1)
        if len(self._measured):
            starts = np.cumsum(self._num_parts) - self._num_parts
            dead_parts = np.add.reduceat(is_dead[:, self._parts].astype(np.int64), starts, axis=1)
            self._alive[rows] = 1.0 - dead_parts / self._num_parts

    def apply(self, shown: NDArray[np.float32], times: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return what is seen of what the worlds show, (num_worlds, num_places), at their times, (num_worlds,) [s]."""
        numbers = shown[:, self._measured].astype(np.float64) * self._alive
        if self._noise > 0.0:
            numbers *= 1.0 + self._noise * self._normal(times)
        seen = shown.copy()
        seen[:, self._measured] = np.clip(numbers, self._low, self._high)
        return seen

    def _normal(self, times: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return a standard normal number for each measured number of each world."""
        of_time = _mix(_mix(self._seeds ^ _NOISE) ^ times.astype(np.uint64))
        return _quantiles()[(_mix(of_time[:, None] ^ self._keys) >> _TO_QUANTILE).astype(np.intp)]


def _mix(words: Words) -> Words:
    """Return each word scrambled (one SplitMix64 step)."""
    z = words + _GAMMA
    z = (z ^ (z >> _SHIFT_30)) * _MIX_1
    z = (z ^ (z >> _SHIFT_27)) * _MIX_2
    return z ^ (z >> _SHIFT_31)


@cache
def _quantiles() -> NDArray[np.float64]:
    """Return the middle of each of NUM_QUANTILES equally likely stretches of the standard normal distribution."""
    normal = NormalDist()
    return np.array([normal.inv_cdf((i + 0.5) / NUM_QUANTILES) for i in range(NUM_QUANTILES)])
