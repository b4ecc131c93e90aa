"""The intergreen that two conflicting movements need, by the geometry of their ways."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from trafficai.plans import standards
from trafficai.plans.groups import BICYCLES, PEDESTRIANS
from trafficai.plans.paths import Way, conflict_points
from trafficai.plans.standards import RILSA, Movement, Standard
from trafficai.scenario.programs import LEAST_YELLOW, YELLOW_BY_SPEED


def needed_yellow(way: Way, standard: Standard) -> float:
    """Return the yellow of a movement of vehicles [s]."""
    if standard.name != RILSA.name:
        return standards.ite_yellow(way.speed)
    if way.direction != "s":
        return LEAST_YELLOW
    limit = round(way.speed * 3.6)
    return next((seconds for least, seconds in YELLOW_BY_SPEED if limit > least), LEAST_YELLOW)


def needed_intergreen(ending: Way, starting: Way, standard: Standard) -> float | None:
    """Return the time from the end of green of one movement to the begin of green of another [s].

    The worst of all places at which their ways are too close counts; None where there is none.
    """
    at, other_at = conflict_points(ending, starting)
    if at.size == 0:
        return None
    if standard.name == RILSA.name:
        return _rilsa(ending, at, starting, other_at)
    return _ite(ending, at)


def _rilsa(ending: Way, at: NDArray[np.float64], starting: Way, other_at: NDArray[np.float64]) -> float:
    """Return crossing time + clearing time - entering time, in whole seconds rounded up and not below 0 (RiLSA)."""
    clears, enters = _movement(ending), _movement(starting)
    clearing, entering = at, other_at
    if ending.kind == PEDESTRIANS:  # who comes from either side
        clearing = np.maximum(at, ending.length - at)
    if starting.kind == PEDESTRIANS:
        entering = np.minimum(other_at, starting.length - other_at)
    times = (clearing + clears.length) / clears.clearing_speed - entering / enters.entering_speed
    return max(0.0, float(math.ceil(clears.crossing_time + float(times.max()) - 1e-9)))


def _movement(way: Way) -> Movement:
    """Return RiLSA's times and speeds of a movement."""
    if way.kind == PEDESTRIANS:
        return standards.RILSA_PEDESTRIAN
    if way.kind == BICYCLES:
        return standards.RILSA_BICYCLE
    if way.direction == "s":
        return standards.RILSA_STRAIGHT
    return standards.RILSA_SHORT_TURN if way.radius < standards.SHORT_RADIUS else standards.RILSA_TURN


def _ite(ending: Way, at: NDArray[np.float64]) -> float:
    """Return yellow + (W + L)/v, or the time that a crossing takes, rounded up to a tenth of a second (ITE)."""
    if ending.kind == PEDESTRIANS:
        seconds = ending.length / standards.MUTCD.pedestrian_speed
    else:
        seconds = standards.ite_yellow(ending.speed) + (float(at.max()) + standards.ITE_LENGTH) / ending.speed
    return math.ceil(seconds * 10.0 - 1e-6) / 10.0
