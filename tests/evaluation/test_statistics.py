"""Intervals against a case worked out by hand and against SciPy's own."""

from __future__ import annotations

import math

import pytest
from scipy import stats

from trafficai.evaluation import mean_interval
from trafficai.evaluation.statistics import holm, paired_p, runs_needed


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


def test_p_value_of_a_case_worked_out_by_hand() -> None:
    # Mean -3, s 1, t = -3 * sqrt(3); with two degrees of freedom p = 1 - t / sqrt(t^2 + 2) = 1 - sqrt(27 / 29).
    assert paired_p([-2.0, -3.0, -4.0]) == pytest.approx(1.0 - math.sqrt(27.0 / 29.0), rel=1e-12)


def test_p_value_agrees_with_scipy_stats() -> None:
    own, base = [19.4, 20.1, 18.7, 22.0, 19.9], [20.0, 20.6, 18.5, 23.1, 20.9]
    differences = [a - b for a, b in zip(own, base, strict=True)]
    assert paired_p(differences) == pytest.approx(stats.ttest_rel(own, base).pvalue, rel=1e-9)


@pytest.mark.parametrize(("differences", "p"), [([2.0, 2.0], 0.0), ([0.0, 0.0], 1.0), ([5.0], None), ([], None)])
def test_p_value_where_nothing_scatters(differences: list[float], p: float | None) -> None:
    assert paired_p(differences) == p


def test_holm_multiplies_by_how_many_are_left_and_keeps_the_order() -> None:
    # 0.005 * 4, 0.01 * 3, 0.03 * 2, and 0.04 * 1, which may not be less than the one before.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


def test_runs_needed_are_the_fewest_that_do() -> None:
    # s 2: with half width 2 seven runs, since t(6)^2 = 5.99 <= 7 but t(5)^2 = 6.61 > 6.
    assert runs_needed([-2.0, -4.0, -6.0], 2.0) == 7
    assert runs_needed([-2.0, -4.0, -6.0], 1000.0) == 2
    assert runs_needed([3.0, 3.0], 0.1) == 2
    assert runs_needed([3.0], 0.1) is None


@pytest.mark.parametrize("half_width", [0.02, 0.1, 0.5, 1.3])
def test_one_run_less_would_not_do(half_width: float) -> None:
    values = [19.4, 20.1, 18.7, 22.0, 19.9]
    needed = runs_needed(values, half_width)
    assert needed is not None

    def width(runs: int) -> float:
        return float(stats.t.ppf(0.975, runs - 1) * stats.tstd(values) / math.sqrt(runs))

    assert width(needed) <= half_width < width(needed - 1)
