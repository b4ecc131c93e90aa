"""What all vehicles of a run emitted and burned together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trafficai.datatypes import Trips
from trafficai.metrics.counts import is_inserted

GRAMS_PER_KILOGRAM = 1000.0


def co2_kg(trips: Trips) -> float:
    """Return the CO2 of all vehicles by our emission function, the same in both engines [kg]."""
    return float(trips.co2[is_inserted(trips)].sum()) / GRAMS_PER_KILOGRAM


def fuel_kg(trips: Trips) -> float:
    """Return the fuel of all vehicles by our emission function [kg]."""
    return float(trips.fuel[is_inserted(trips)].sum()) / GRAMS_PER_KILOGRAM


def nox_kg(trips: Trips) -> float:
    """Return the nitrogen oxides of all vehicles by our emission function [kg]."""
    return float(trips.nox[is_inserted(trips)].sum()) / GRAMS_PER_KILOGRAM


def engine_kg(trips: Trips, figures: NDArray[np.float64]) -> float | None:
    """Return the sum [kg] of the engine's own ``figures`` [g], None where any vehicle that drove has none."""
    own = figures[is_inserted(trips)]
    if own.size == 0 or not np.isfinite(own).all():
        return None
    return float(own.sum()) / GRAMS_PER_KILOGRAM
