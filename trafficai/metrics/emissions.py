"""What all vehicles of a run emitted, burned and drew from their batteries together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trafficai.datatypes import Trips
from trafficai.metrics.counts import is_inserted

GRAMS_PER_KILOGRAM = WATT_HOURS_PER_KILOWATT_HOUR = 1000.0


def co2_kg(trips: Trips) -> float:
    """Return the CO2 of all vehicles by our emission function, the same in both engines [kg]."""
    return float(trips.co2[is_inserted(trips)].sum()) / GRAMS_PER_KILOGRAM


def fuel_kg(trips: Trips) -> float:
    """Return the fuel of all vehicles by our emission function [kg]."""
    return float(trips.fuel[is_inserted(trips)].sum()) / GRAMS_PER_KILOGRAM


def nox_kg(trips: Trips) -> float:
    """Return the nitrogen oxides of all vehicles by our emission function [kg]."""
    return float(trips.nox[is_inserted(trips)].sum()) / GRAMS_PER_KILOGRAM


def pmx_g(trips: Trips) -> float:
    """Return the particles of all vehicles by our emission function, worn-off ones included [g]."""
    return float(trips.pmx[is_inserted(trips)].sum())


def electricity_kwh(trips: Trips) -> float:
    """Return the electricity of all vehicles' batteries by our emission function, less what came back [kWh]."""
    return float(trips.electricity[is_inserted(trips)].sum()) / WATT_HOURS_PER_KILOWATT_HOUR


def kilos_if_known(trips: Trips, figures: NDArray[np.float64]) -> float | None:
    """Return a thousandth of the sum of ``figures``, None where any vehicle that drove has none."""
    total = sum_if_known(trips, figures)
    return None if total is None else total / GRAMS_PER_KILOGRAM


def sum_if_known(trips: Trips, figures: NDArray[np.float64]) -> float | None:
    """Return the sum of ``figures``, None where any vehicle that drove has none."""
    own = figures[is_inserted(trips)]
    if own.size == 0 or not np.isfinite(own).all():
        return None
    return float(own.sum())
