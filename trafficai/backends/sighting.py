"""What the books of both engines are kept from: everything on the road in one second."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Sighting(NamedTuple):
    """The road at the end of one second."""

    vehicles: NDArray[np.integer]  # (num,) on the road, by position in the scenario
    lanes: NDArray[np.integer]  # (num,) lane of each front, by position in the network
    positions: NDArray[np.float64]  # (num,) [m], of the front on the lane
    speeds: NDArray[np.float64]  # (num,) [m/s]
    factors: NDArray[np.float64]  # (num,) [-], speed factor of each driver
    arrived: NDArray[np.integer]  # (num_arrived,) vehicles that arrived in this second
    colours: NDArray[np.uint8]  # (num_signals, max_links) colour codes during this second


def no_sighting(colours: NDArray[np.uint8]) -> Sighting:
    """Return an empty road under the signals' colours, (num_signals, max_links)."""
    nobody, nothing = np.zeros(0, dtype=np.int32), np.zeros(0)
    return Sighting(nobody, nobody, nothing, nothing, nothing, nobody, colours.copy())
