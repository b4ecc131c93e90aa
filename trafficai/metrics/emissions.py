"""What all vehicles of a run emitted and burned together."""

from __future__ import annotations

import numpy as np

from trafficai.datatypes import Trips
from trafficai.metrics.counts import is_inserted

GRAMS_PER_KILOGRAM = 1000.0


def co2_kg(trips: Trips) -> float:
    """Return the CO2 of all vehicles by our emission function, the same in both engines [kg]."""
    return float(trips.co2[is_inserted(trips)].sum()) / GRAMS_PER_KILOGRAM


def fuel_kg(trips: Trips) -> float:
    """Return the fuel of all vehicles by our emission function [kg]."""
    return float(trips.fuel[is_inserted(trips)].sum()) / GRAMS_PER_KILOGRAM


def engine_co2_kg(trips: Trips) -> float | None:
    """Return the CO2 by the engine's own figure [kg], None where any vehicle that drove has none."""
    own = trips.engine_co2[is_inserted(trips)]
    if own.size == 0 or not np.isfinite(own).all():
        return None
    return float(own.sum()) / GRAMS_PER_KILOGRAM
