"""Random numbers without state: each is a hash of (seed, vehicle, step, purpose).

So a draw depends neither on the order of vehicles nor on threads nor on the batch (SplitMix64: Steele, Lea and Flood
2014, "Fast splittable pseudorandom number generators").
"""

from __future__ import annotations

import math

import numpy as np

from trafficai.core._compile import kernel, wraps_around

DAWDLE, DEPART_LANE, DEPART_POS, DEPART_SPEED, SPEED_FACTOR, YIELD = range(6)
"""What a number is drawn for."""

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_SHIFT_30, _SHIFT_27, _SHIFT_31, _SHIFT_11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_TO_UNIT = 1.0 / 9007199254740992.0


@kernel
@wraps_around
def mix(state: np.uint64) -> np.uint64:
    """Return the state advanced and scrambled (one SplitMix64 step)."""
    z = state + _GAMMA
    z = (z ^ (z >> _SHIFT_30)) * _MIX_1
    z = (z ^ (z >> _SHIFT_27)) * _MIX_2
    return z ^ (z >> _SHIFT_31)


@kernel
def uniform(seed: np.uint64, vehicle: int, step: int, purpose: int) -> float:
    """Return a number in [0, 1)."""
    key = mix(seed ^ mix(np.uint64(vehicle)))
    key = mix(key ^ (np.uint64(step) * np.uint64(16) + np.uint64(purpose)))
    return float(key >> _SHIFT_11) * _TO_UNIT


@kernel
def truncated_normal(seed: np.uint64, vehicle: int, mean: float, deviation: float, low: float, high: float) -> float:
    """Return a draw from a normal distribution, repeated until it lies in [low, high] (SUMO's normc)."""
    if deviation <= 0.0:
        return min(max(mean, low), high)
    for attempt in range(1000):
        radius = math.sqrt(-2.0 * math.log(1.0 - uniform(seed, vehicle, 2 * attempt, SPEED_FACTOR)))
        angle = 2.0 * math.pi * uniform(seed, vehicle, 2 * attempt + 1, SPEED_FACTOR)
        value = mean + deviation * radius * math.cos(angle)
        if low <= value <= high:
            return value
    return mean
