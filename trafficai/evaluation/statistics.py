"""What can be told from a few runs: Student's t intervals and tests, Holm's correction, how many runs are needed."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import NamedTuple

CONFIDENCE = 0.95
"""Coverage of every interval we print."""

SIGNIFICANCE = 0.05
"""Chance of a false finding that we accept, 1 - CONFIDENCE."""


class Interval(NamedTuple):
    """A mean with its two-sided t interval; the bounds are None where one value says nothing about spread."""

    mean: float
    low: float | None
    high: float | None
    n: int

    @property
    def half_width(self) -> float | None:
        """Half the width of the interval, None without one."""
        return None if self.high is None else self.high - self.mean

    @property
    def excludes_zero(self) -> bool:
        """Return whether the interval is known and zero lies outside."""
        return self.low is not None and self.high is not None and (self.low > 0.0 or self.high < 0.0)

    def scaled(self, factor: float) -> Interval:
        """Return the interval of every value times ``factor``, which must not be negative."""
        low = None if self.low is None else self.low * factor
        high = None if self.high is None else self.high * factor
        return Interval(self.mean * factor, low, high, self.n)


def mean_interval(values: Sequence[float]) -> Interval:
    """Return mean and 95 % interval of at least one value: mean +- t(n - 1) * s / sqrt(n).

    Raises:
        ValueError: there is no value.
    """
    if not values:
        raise ValueError("the mean of no values is undefined")
    mean = math.fsum(values) / len(values)
    if len(values) == 1:
        return Interval(mean, None, None, 1)
    half_width = _t_quantile(len(values) - 1) * statistics.stdev(values) / math.sqrt(len(values))
    return Interval(mean, mean - half_width, mean + half_width, len(values))


def run_interval(values: Sequence[float]) -> Interval:
    """Return mean and the 95 % interval in which one more run would lie: mean +- t(n - 1) * s * sqrt(1 + 1 / n).

    Raises:
        ValueError: there is no value.
    """
    interval = mean_interval(values)
    if interval.half_width is None:
        return interval
    half_width = interval.half_width * math.sqrt(len(values) + 1)
    return Interval(interval.mean, interval.mean - half_width, interval.mean + half_width, len(values))


def paired_p(differences: Sequence[float]) -> float | None:
    """Return the chance of a mean this far from zero where there is no difference, None with fewer than two values.

    It is the two-sided p-value of Student's t test for paired samples.
    """
    from scipy.special import stdtr

    if len(differences) < 2:
        return None
    mean, deviation = math.fsum(differences) / len(differences), statistics.stdev(differences)
    if deviation == 0.0:
        return 1.0 if mean == 0.0 else 0.0
    return 2.0 * float(stdtr(len(differences) - 1, -abs(mean) * math.sqrt(len(differences)) / deviation))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return the p-values adjusted for there being so many, in the given order (Holm 1979, Scand. J. Statist. 6).

    The smallest is multiplied by their number m, the next by m - 1, and so on; none becomes smaller than one before it,
    nor larger than 1. Finding those below 0.05 keeps the chance of any false finding among all of them below 0.05.
    """
    adjusted, highest = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = highest
    return adjusted


def runs_needed(values: Sequence[float], half_width: float) -> int | None:
    """Return how many runs would put the 95 % interval of the mean within +- ``half_width``; None with fewer than two.

    It is the least N >= 2 with N >= (t(N - 1) * s / half_width)^2, s being the standard deviation of ``values``, an
    estimate (FHWA Traffic Analysis Toolbox, volume III, 2004, FHWA-HRT-04-040, appendix B, with the full width).
    """
    from scipy.special import ndtri

    if len(values) < 2:
        return None
    ratio = statistics.stdev(values) / half_width
    fewest = (float(ndtri(0.5 + CONFIDENCE / 2.0)) * ratio) ** 2  # t is larger than the normal quantile
    needed = max(2, math.ceil(fewest))
    while needed < (_t_quantile(needed - 1) * ratio) ** 2:
        needed += 1
    return needed


def _t_quantile(degrees_of_freedom: int) -> float:
    """Return the two-sided quantile of Student's t distribution at CONFIDENCE."""
    from scipy.special import stdtrit  # half the import time of scipy.stats, same function

    return float(stdtrit(degrees_of_freedom, 0.5 + CONFIDENCE / 2.0))
