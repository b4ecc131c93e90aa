"""What was counted of every stream under a signal."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class StreamCounts(NamedTuple):
    """Counts of one run; streams are in the order of ``find_streams``.

    A vehicle belongs to the stream over the next stop line on its route, from the one before, or its departure, on.
    """

    seconds: int  # [s] watched
    entered: NDArray[np.int64]  # (num_streams,) vehicles that came to belong to the stream
    crossed: NDArray[np.int64]  # (num_streams,) of these, past the stop line
    time_loss: NDArray[np.float64]  # (num_streams,) [s], up to the stop line and until they have sped up behind it
    queued: NDArray[np.float64]  # (num_streams,) [s], sum of the time spent in queue
    queue_max: NDArray[np.float64]  # (num_streams,) [m], furthest reach of the queue
    queue_at_green: tuple[NDArray[np.float64], ...]  # (num_greens,) [m] each, reach when green begins
    green: NDArray[np.int64]  # (num_streams,) [s] of green, yielding or not
    lane_green: NDArray[np.float64]  # (num_streams,) [s] of green summed over the lanes of the stream's lane group
    projected: NDArray[np.int64]  # (num_streams,) vehicles that would have reached the stop line unhindered
    projected_on_green: NDArray[np.int64]  # (num_streams,) of these, while it was green
    greens: NDArray[np.int64]  # (num_streams,) greens that began and ended
    failures: NDArray[np.int64]  # (num_streams,) of these, with somebody still waiting who had waited at their begin
