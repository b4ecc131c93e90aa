"""Rules see past a lane that is too short to see anybody on: what stands on the lanes before counts for it."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from trafficai.scenario.model import Scenario
from trafficai.scenario.short_lanes import lanes_that_count

Number = TypeVar("Number", np.int32, np.float64)


class Reach:
    """Adds to every too short lane before a stop line what is on the lanes that lead into it.

    A rule that looks at such a lane alone never serves its stream (``trafficai.scenario.short_lanes``).

    Args:
        scenario: its signals say which lanes end at a stop line.
    """

    def __init__(self, scenario: Scenario) -> None:
        self._pairs = [(row, other) for row, others in lanes_that_count(scenario).items() for other in others]

    def __call__(self, values: NDArray[Number]) -> NDArray[Number]:
        """Return values per normal lane, (..., num_lanes), with those of the lanes before added."""
        if not self._pairs:
            return values
        reached = values.copy()
        for short, before in self._pairs:
            reached[..., short] += values[..., before]
        return reached
