"""Yellow and intergreens by RiLSA 2015, from the ways of movements over the junction.

The printed norm was not at hand; the figures are those that info-lsa.de and VwV-StVO on § 37 repeat. Who signs a plan
checks them against the norm in force.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from trafficai.scenario.kinds import BICYCLES, PEDESTRIANS
from trafficai.scenario.programs import LEAST_YELLOW, YELLOW_BY_SPEED
from trafficai.scenario.ways import Way, conflict_points


class Clearing(NamedTuple):
    """How a stream clears a junction and enters it."""

    crossing_time: float  # [s], from the end of green until the last one crosses the stop line
    clearing_speed: float  # [m/s]
    entering_speed: float  # [m/s]
    length: float  # [m], that has to clear, too


SHORT_RADIUS: Final = 10.0
"""A turn of less is cleared at a lower speed [m] (RiLSA)."""

STRAIGHT: Final = Clearing(3.0, 10.0, 40.0 / 3.6, 6.0)
TURN: Final = Clearing(2.0, 7.0, 40.0 / 3.6, 6.0)
SHORT_TURN: Final = Clearing(2.0, 5.0, 40.0 / 3.6, 6.0)
BICYCLE: Final = Clearing(1.0, 4.0, 4.0, 0.0)
PEDESTRIAN: Final = Clearing(0.0, 1.2, 1.5, 0.0)
"""RiLSA's crossing times, clearing and entering speeds, and lengths."""


def rilsa_yellow(way: Way) -> float:
    """Return the yellow of a movement of vehicles [s]: by the speed limit, 3 s for turns."""
    if way.direction != "s":
        return LEAST_YELLOW
    limit = round(way.speed * 3.6)
    return next((seconds for least, seconds in YELLOW_BY_SPEED if limit > least), LEAST_YELLOW)


def rilsa_intergreen(ending: Way, starting: Way) -> float | None:
    """Return crossing time + clearing time - entering time, in whole seconds rounded up and not below 0.

    The worst of all places at which the ways are too close counts; None where there is none.
    """
    clearing, entering = conflict_points(ending, starting)
    if clearing.size == 0:
        return None
    clears, enters = _clearing(ending), _clearing(starting)
    if ending.kind == PEDESTRIANS:  # who comes from either side
        clearing = np.maximum(clearing, ending.length - clearing)
    if starting.kind == PEDESTRIANS:
        entering = np.minimum(entering, starting.length - entering)
    times = (clearing + clears.length) / clears.clearing_speed - entering / enters.entering_speed
    return max(0.0, float(math.ceil(clears.crossing_time + float(times.max()) - 1e-9)))


def _clearing(way: Way) -> Clearing:
    """Return RiLSA's times and speeds of a movement."""
    if way.kind == PEDESTRIANS:
        return PEDESTRIAN
    if way.kind == BICYCLES:
        return BICYCLE
    if way.direction == "s":
        return STRAIGHT
    return SHORT_TURN if way.radius < SHORT_RADIUS else TURN
