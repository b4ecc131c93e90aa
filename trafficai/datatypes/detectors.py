"""What detectors measured."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class DetectorStates(NamedTuple):
    """What detectors show of the last second; rows are those of ``scenario.detectors``, zeros before the first second.

    Columns of ``e1``: fronts that came onto the loop in the second; how long of it the loop was occupied [s], 0 to 1;
    mean speed of the vehicles on it [m/s], -1 without one. Columns of ``e2``, at the end of the second: vehicles with
    any part on the area; of these, slower than the detector's ``speedThreshold``; share of the area that is covered.
    """

    e1: NDArray[np.float64]  # (num_e1, 3) passed, occupied [s], speed [m/s]
    e2: NDArray[np.float64]  # (num_e2, 3) count, halted, occupancy


class DetectorResults(NamedTuple):
    """The complete intervals of every detector, in the order of ``scenario.detectors``.

    Each table has one row per interval, with fields named, defined and measured as in SUMO's output files.
    """

    e1: tuple[NDArray[Any], ...]  # per loop: begin, end, nVehContrib, flow ...
    e2: tuple[NDArray[Any], ...]  # per area: begin, end, sampledSeconds ...
    e3: tuple[NDArray[Any], ...]  # per zone: begin, end, meanTravelTime ...
