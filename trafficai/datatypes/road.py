"""What happened at the stop lines of a run, and between bumpers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SECONDS_PER_HOUR = 3600.0


class Discharge(NamedTuple):
    """Saturation headways on each lane of ``scenario.network.normal_lanes``; zeros where none was seen."""

    headways: NDArray[np.float64]  # (num_lanes,) [s], sum
    counted: NDArray[np.int64]  # (num_lanes,) number of headways in the sum

    @property
    def saturation_flow(self) -> float | None:
        """Mean over all headways [veh/h] per lane; None where there is none."""
        total = float(self.headways.sum())
        return SECONDS_PER_HOUR * int(self.counted.sum()) / total if total > 0.0 else None


class Safety(NamedTuple):
    """Events as SUMO's statistic output defines and counts them."""

    collisions: int  # a follower came closer to its leader than its minimum gap; once per encounter
    emergency_stops: int  # stood at once because the lane ended or the light was red
    emergency_braking: int  # braked with all that the vehicle can, once per manoeuvre
