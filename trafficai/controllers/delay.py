"""Control delay by formula, and the cycle that makes it least."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from trafficai.controllers.capacity import SATURATION_FLOW, Need
from trafficai.controllers.cyclic import Ring
from trafficai.scenario.control_delay import hcm_delay_s

PERIOD_H: Final = 0.25
"""Period for which a demand lasts [h] (HCM 2000, chapter 16)."""


def control_delay(cycle: float, share: float, saturation: float, flow: float) -> float:
    """Return the mean control delay [s] of a lane at an isolated fixed-time signal: d1 + d2 of HCM 2000, chapter 16.

    Args:
        cycle: its length [s].
        share: green over cycle.
        saturation: saturation flow [veh/h].
        flow: demand [veh/h].
    """
    capacity = saturation * share
    return float(hcm_delay_s(share, cycle, flow / capacity, capacity, PERIOD_H))


def least_delay_cycle(
    ring: Ring, needs: Sequence[Need], shares: NDArray[np.float64], bounds: tuple[float, float]
) -> float:
    """Return the whole-second cycle within the bounds that gives all vehicles together the least control delay.

    Green is shared out by ``shares``, (num_phases,). Bounds that leave no room for least greens give the least cycle.
    """
    shortest = math.ceil(max(bounds[0], ring.least_cycle))
    candidates = [float(cycle) for cycle in range(shortest, max(shortest, math.floor(bounds[1])) + 1)]
    return min(candidates, key=lambda cycle: _total_delay(ring.greens(shares, cycle) / cycle, cycle, needs))


def _total_delay(shares: NDArray[np.float64], cycle: float, needs: Sequence[Need]) -> float:
    """Return the delay of all streams together, weighted by their flow ratios [s]."""
    total = 0.0
    for need in needs:
        share = min(float(shares @ np.array(need.worth)), 0.999)
        total += need.ratio * control_delay(cycle, share, SATURATION_FLOW, need.ratio * SATURATION_FLOW)
    return total
