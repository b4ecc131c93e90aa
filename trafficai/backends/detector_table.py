"""What the books of all kinds of detectors share: which lie on which lane, and room for their results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from trafficai.core.records import RecordArray
from trafficai.scenario.model import Scenario


class HasPeriod(Protocol):
    """Anything that reports once per period."""

    @property
    def period(self) -> int:
        """Length of an interval [s], 0 for the whole run."""
        ...


class OnLanes(NamedTuple):
    """Which elements lie on which lane."""

    elements: NDArray[np.int64]  # (num,) lane after lane
    first: NDArray[np.int64]  # (num_lanes + 1,) row in ``elements``


class Results(NamedTuple):
    """Room for one row per detector and interval."""

    table: RecordArray  # (num_rows,) detector after detector
    first: NDArray[np.int64]  # (num_detectors,) row of each detector's first interval


def lane_table(scenario: Scenario, elements: Sequence[tuple[str, int]]) -> OnLanes:
    """Return the elements, given with their lanes, in order of the lanes."""
    index = scenario.network.lane_index
    lanes = np.array([index[lane] for lane, _ in elements], dtype=np.int64)
    order = np.argsort(lanes, kind="stable")
    counts = np.bincount(lanes, minlength=len(index)) if len(lanes) else np.zeros(len(index), dtype=np.int64)
    numbers = np.array([number for _, number in elements], dtype=np.int64)
    return OnLanes(numbers[order], np.concatenate([[0], np.cumsum(counts)]).astype(np.int64))


def new_results(detectors: Sequence[HasPeriod], dtype: np.dtype[np.void], scenario: Scenario) -> Results:
    """Return room for all intervals of the detectors in the period of the scenario."""
    periods = np.array([detector.period or scenario.duration for detector in detectors], dtype=np.int64)
    counts = -(-scenario.duration // periods)
    table = np.zeros(int(counts.sum()), dtype=dtype).view(np.recarray)
    return Results(table, np.cumsum(counts) - counts)


def rows_of_each(table: RecordArray, first: NDArray[np.int64], ends: NDArray[np.int64]) -> tuple[RecordArray, ...]:
    """Return the rows of each detector from its ``first`` up to where its next one goes."""
    pairs = zip(first.tolist(), ends.tolist(), strict=True)
    return tuple(table[start:end].copy().view(np.recarray) for start, end in pairs)
