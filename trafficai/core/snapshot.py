"""What detectors and cameras would see on each lane, counted in one pass over the running vehicles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trafficai.core._compile import entry
from trafficai.core.parameters import HALTING_SPEED
from trafficai.core.records import NONE, Network, World

NUM_LANE_VIEWS = 5
"""Columns of ``view_lanes``: count, near the stop line, halting, sum of speeds [m/s], sum of waits [s]."""

NEAR_RANGE = 50.0
"""Distance to the stop line within which a vehicle counts as near [m]."""


@entry
def view_lanes(net: Network, world: World, views: NDArray[np.float64]) -> None:
    """Fill ``views`` (num_normal_lanes, NUM_LANE_VIEWS) from the running vehicles."""
    views[:, :] = 0.0
    for k in range(world.clock[0].num_running):
        vehicle = world.vehicles[world.running[k]]
        row = net.lanes[vehicle.lane].normal
        if row == NONE:
            continue
        views[row, 0] += 1.0
        if net.lanes[vehicle.lane].length - vehicle.pos <= NEAR_RANGE:
            views[row, 1] += 1.0
        if vehicle.speed <= HALTING_SPEED:
            views[row, 2] += 1.0
        views[row, 3] += vehicle.speed
        views[row, 4] += vehicle.waiting
