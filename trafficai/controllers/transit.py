"""Priority of buses and trams at actuated signals: greens that they hold, and greens that they end early."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from trafficai.datatypes import Snapshot
from trafficai.scenario.model import Scenario

DETECTION_M: Final = 150.0
"""Distance from the stop line at which a bus or tram is seen [m]; our choice: some 11 s at 50 km/h."""

EXTENSION_S: Final = 15.0
"""By how much a bus or tram may lengthen the longest green [s]; our choice."""


class TransitDetectors:
    """Tells when the next bus or tram on each lane would be at its stop line.

    Args:
        scenario: whose lanes they are.
        detection: distance from the stop line at which one is seen [m].
    """

    def __init__(self, scenario: Scenario, detection: float) -> None:
        self._detection = detection
        self._limits = np.array([lane.speed for lane in scenario.network.normal_lanes])

    def times(self, snapshot: Snapshot) -> NDArray[np.float64]:
        """Return the time to the stop line at the speed limit, (num_lanes,) [s]; infinite where none is seen."""
        distance = snapshot.transit_distance
        return np.where(distance <= self._detection, distance / self._limits, np.inf)


class CutGreens:
    """Remembers which greens were last ended early, so that none is cut twice in a row.

    Args:
        shape: number of signals, and the most phases of any.
    """

    def __init__(self, shape: tuple[int, int]) -> None:
        self._was_cut = np.zeros(shape, dtype=np.bool_)
        self._rows = np.arange(shape[0])
        self._shown = np.zeros(shape[0], dtype=np.intp)
        self._cuts = np.zeros(shape[0], dtype=np.bool_)

    def may_cut(self, shown: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Return whether the green on show may be cut at each signal, (num_signals,)."""
        is_new = shown != self._shown
        self._was_cut[self._rows[is_new], self._shown[is_new]] = self._cuts[is_new]
        self._shown = np.where(is_new, shown, self._shown)
        self._cuts &= ~is_new
        return ~self._was_cut[self._rows, shown]

    def remember(self, cuts: NDArray[np.bool_]) -> None:
        """Note which greens on show are being cut, (num_signals,)."""
        self._cuts = cuts
