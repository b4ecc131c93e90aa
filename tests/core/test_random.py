"""Random numbers: uniform, independent, the same in any order, and those of the published generator."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trafficai.core.random import DAWDLE, YIELD, mix, truncated_normal, uniform

SEED = np.uint64(7)
MASK = 2**64 - 1


def splitmix(state):
    """Slow twin in Python's integers (Steele, Lea and Flood 2014)."""
    z = (state + 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def test_first_numbers_are_the_published_ones():
    """The first output for seed 0, and for seed 1234567, of the reference implementation."""
    assert int(mix(np.uint64(0))) == 0xE220A8397B1DCDAF
    assert int(mix(np.uint64(1234567))) == 6457827717110365317


@given(state=st.integers(0, MASK))
def test_mix_is_one_step_of_splitmix(state):
    assert int(mix(np.uint64(state))) == splitmix(state)


@given(seed=st.integers(0, MASK), vehicle=st.integers(0, 10**7), step=st.integers(0, 10**6), purpose=st.integers(0, 5))
def test_uniform_lies_in_its_interval_and_needs_no_memory(seed, vehicle, step, purpose):
    first = uniform(np.uint64(seed), vehicle, step, purpose)
    uniform(np.uint64(seed), vehicle + 1, step, purpose)
    assert 0.0 <= first < 1.0
    assert uniform(np.uint64(seed), vehicle, step, purpose) == first


def draws(vehicles=200, steps=200, purpose=DAWDLE, seed=SEED):
    return np.array([[uniform(seed, v, t, purpose) for t in range(steps)] for v in range(vehicles)])


def test_draws_are_uniform():
    """40 000 draws: mean and variance within four standard errors, every tenth of [0, 1) a tenth of them."""
    values = draws().ravel()
    assert abs(values.mean() - 0.5) < 4 * np.sqrt(1 / 12 / len(values))
    assert values.var() == pytest.approx(1 / 12, rel=0.03)
    counts = np.histogram(values, bins=10, range=(0.0, 1.0))[0]
    assert ((counts - 4000) ** 2 / 4000).sum() < 27.9  # chi squared with 9 degrees of freedom, 0.1 %
    assert len(np.unique(values)) == len(values)


def test_neighbours_in_vehicle_time_purpose_and_seed_are_independent():
    values = draws()
    others = {
        "vehicle": (values[1:], values[:-1]),
        "step": (values[:, 1:], values[:, :-1]),
        "purpose": (values, draws(purpose=YIELD)),
        "seed": (values, draws(seed=np.uint64(8))),
    }
    for name, (a, b) in others.items():
        assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < 0.02, name


def test_truncated_normal_keeps_its_bounds_and_its_moments():
    wide = np.array([truncated_normal(SEED, v, 1.0, 0.1, 0.2, 2.0) for v in range(20000)])
    assert wide.mean() == pytest.approx(1.0, abs=0.003)
    assert wide.std() == pytest.approx(0.1, rel=0.03)
    narrow = np.array([truncated_normal(SEED, v, 1.0, 0.5, 0.9, 1.2) for v in range(2000)])
    assert narrow.min() >= 0.9
    assert narrow.max() <= 1.2
    assert len(np.unique(narrow)) == len(narrow)  # drawn again, not cut off


def test_truncated_normal_without_spread_is_its_mean_within_the_bounds():
    assert truncated_normal(SEED, 0, 1.0, 0.0, 0.2, 2.0) == 1.0
    assert truncated_normal(SEED, 0, 3.0, 0.0, 0.2, 2.0) == 2.0
