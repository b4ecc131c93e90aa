"""How evenly delay is shared."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trafficai.datatypes import Trips
from trafficai.metrics.travel import delays


def gini(values: NDArray[np.float64]) -> float:
    """Return Gini's coefficient of what each has: 0 where all have the same, towards 1 where one has it all.

    C. Gini, Variabilità e mutabilità, 1912; 0 of nothing. Values below 0 count as 0.
    """
    ordered = np.sort(np.maximum(values, 0.0))
    total = float(ordered.sum())
    if total == 0.0:
        return 0.0
    ranks = np.arange(1, len(ordered) + 1)
    return float(((2 * ranks - len(ordered) - 1) * ordered).sum()) / (len(ordered) * total)


def delay_gini(trips: Trips, end: float) -> float:
    """Return Gini's coefficient of delay over all scheduled vehicles."""
    return gini(delays(trips, end))


def worst_stream(control_delay: NDArray[np.float64]) -> int | None:
    """Return the stream with the longest mean control delay; None where no stream has any."""
    return None if np.isnan(control_delay).all() else int(np.nanargmax(control_delay))
