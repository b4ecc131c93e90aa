"""The yellow of a movement, and the intergreen that two conflicting ones need, by the standard asked for."""

from __future__ import annotations

import math

from trafficai.plans import standards
from trafficai.plans.standards import RILSA, Standard
from trafficai.scenario.kinds import PEDESTRIANS
from trafficai.scenario.rilsa import rilsa_intergreen, rilsa_yellow
from trafficai.scenario.ways import Way, conflict_points


def needed_yellow(way: Way, standard: Standard) -> float:
    """Return the yellow of a movement of vehicles [s]."""
    return rilsa_yellow(way) if standard.name == RILSA.name else standards.ite_yellow(way.speed)


def needed_intergreen(ending: Way, starting: Way, standard: Standard) -> float | None:
    """Return the time from the end of green of one movement to the begin of green of another [s].

    The worst of all places at which their ways are too close counts; None where there is none.
    """
    if standard.name == RILSA.name:
        return rilsa_intergreen(ending, starting)
    return _ite_intergreen(ending, starting)


def _ite_intergreen(ending: Way, starting: Way) -> float | None:
    """Return yellow + (W + L)/v, or the time that a crossing takes, rounded up to a tenth of a second (ITE)."""
    at, _ = conflict_points(ending, starting)
    if at.size == 0:
        return None
    if ending.kind == PEDESTRIANS:
        seconds = ending.length / standards.MUTCD.pedestrian_speed
    else:
        seconds = standards.ite_yellow(ending.speed) + (float(at.max()) + standards.ITE_LENGTH) / ending.speed
    return math.ceil(seconds * 10.0 - 1e-6) / 10.0
