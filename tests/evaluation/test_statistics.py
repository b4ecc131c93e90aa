"""Intervals against a case worked out by hand and against SciPy's own."""

from __future__ import annotations

import math

import pytest
from scipy import stats

from trafficai.evaluation import mean_interval


def test_interval_of_a_case_worked_out_by_hand() -> None:
    interval = mean_interval([-2.0, -4.0, -6.0])  # mean -4, s 2, t(2) 4.302653
    assert interval.mean == -4.0
    assert interval.half_width == pytest.approx(4.302653 * 2.0 / math.sqrt(3.0), rel=1e-6)
    assert not interval.excludes_zero


def test_interval_agrees_with_scipy_stats() -> None:
    values = [19.4, 20.1, 18.7, 22.0, 19.9]
    low, high = stats.t.interval(0.95, 4, loc=sum(values) / 5, scale=stats.sem(values))
    interval = mean_interval(values)
    assert (interval.low, interval.high) == pytest.approx((low, high), rel=1e-12)
    assert interval.excludes_zero


def test_one_value_has_no_interval_and_proves_nothing() -> None:
    interval = mean_interval([-5.0])
    assert interval == (-5.0, None, None, 1)
    assert interval.half_width is None
    assert not interval.excludes_zero


def test_equal_values_have_an_interval_of_no_width() -> None:
    interval = mean_interval([3.0, 3.0])
    assert (interval.low, interval.high) == (3.0, 3.0)


def test_no_value_has_no_mean() -> None:
    with pytest.raises(ValueError, match="no values"):
        mean_interval([])
