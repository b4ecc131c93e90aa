"""How much every edge was used in a run."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class EdgeUse(NamedTuple):
    """What was counted on each edge of ``scenario.network.edges``; a vehicle is where its front is.

    ``entered`` is counted in equal parts of the period, each as close to an hour as the period allows.
    """

    entered: NDArray[np.int64]  # (num_parts, num_edges) vehicles that came onto the edge, departures included
    vehicle_seconds: NDArray[np.float64]  # (num_edges,) [s]
    distance: NDArray[np.float64]  # (num_edges,) [m], driven in these seconds
