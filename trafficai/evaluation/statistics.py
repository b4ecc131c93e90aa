"""Student's t intervals, nothing else."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import NamedTuple

CONFIDENCE = 0.95
"""Coverage of every interval we print."""


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


def _t_quantile(degrees_of_freedom: int) -> float:
    """Return the two-sided quantile of Student's t distribution at CONFIDENCE."""
    from scipy.special import stdtrit  # half the import time of scipy.stats, same function

    return float(stdtrit(degrees_of_freedom, 0.5 + CONFIDENCE / 2.0))
