"""CO2 of the same driving by further models: the HBEFA3 class beside the vehicle's own, and VT-Micro."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from trafficai.core._compile import entry, kernel
from trafficai.core.emissions import HBEFA3_CO2, IS_LIGHT_DUTY, emitted, is_coasting

NUM_OPINIONS = 2
"""CO2 by the HBEFA3 class and by VT-Micro."""

# Ahn, Rakha, Trani, Van Aerde (2002), J. Transportation Engineering 128(2), 182-190: logarithm of the CO2 [mg/s] of the
# paper's composite light-duty vehicle; rows are powers of speed [km/h], columns of acceleration [km/h/s].
_SPEEDING_UP = np.array(
    [
        [6.914935279, 0.2173, 2.3538e-4, -3.6388e-4],
        [0.02754, 0.00968, -0.00175, 8.35e-5],
        [-2.0699e-4, -1.0138e-4, 1.966e-5, -1.02e-6],
        [9.80e-7, 3.66e-7, -1.08e-7, 8.50e-9],
    ]
)
_SLOWING_DOWN = np.array(
    [
        [6.914935279, -0.03203, -0.00917, -2.886e-4],
        [0.02843, 0.00853, 0.00115, -3.06e-6],
        [-2.2659e-4, -6.594e-5, -1.289e-5, -2.68e-7],
        [1.11e-6, 3.20e-7, 7.56e-8, 2.95e-9],
    ]
)

MAX_SPEED = 120.0 / 3.6
"""End of the data that VT-Micro was fitted to [m/s]; beyond it and the two below the polynomials run away."""

MIN_ACCELERATION, MAX_ACCELERATION = -1.5, 3.7
"""Ends of the data in acceleration [m/s^2]."""

MAX_POWER = 36.0
"""Speed times acceleration that a car is trusted with [W/kg], 2.6 m/s^2 at 50 km/h; an assumption of ours."""


@kernel
def within_data(speed: float, acceleration: float) -> float:
    """Return the acceleration [m/s^2], held within what VT-Micro knows of."""
    highest = min(MAX_ACCELERATION, MAX_POWER / max(speed, 1.0))
    return max(MIN_ACCELERATION, min(highest, acceleration))


@kernel
def vt_micro_co2(speed: float, acceleration: float) -> float:
    """Return the CO2 of a light-duty vehicle by VT-Micro [mg/s] (Ahn, Rakha, Trani, Van Aerde 2002)."""
    s = 3.6 * min(speed, MAX_SPEED)
    a = 3.6 * within_data(speed, acceleration)
    table = _SPEEDING_UP if a >= 0.0 else _SLOWING_DOWN
    exponent = 0.0
    for i in range(3, -1, -1):
        of_power = table[i, 0] + a * (table[i, 1] + a * (table[i, 2] + a * table[i, 3]))
        exponent = exponent * s + of_power
    return math.exp(exponent)


@kernel
def second_opinions(
    speed: float, acceleration: float, coefficients: NDArray[np.float64], row: int, own: float
) -> tuple[float, float]:
    """Return the CO2 of a vehicle by its HBEFA3 class and by VT-Micro [mg/s]; the latter is its ``own`` if no car."""
    hbefa3 = 0.0
    if not is_coasting(speed, acceleration):
        hbefa3 = emitted(speed, acceleration, coefficients, row, HBEFA3_CO2)
    if coefficients[row, IS_LIGHT_DUTY] == 0.0:
        return hbefa3, own
    return hbefa3, vt_micro_co2(speed, acceleration)


@entry
def opinion_rates(
    speeds: NDArray[np.float64],
    accelerations: NDArray[np.float64],
    coefficients: NDArray[np.float64],
    rows: NDArray[np.int32],
    own: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the CO2 of many vehicles by both further models [mg/s], (num, 2)."""
    rates = np.empty((len(speeds), NUM_OPINIONS))
    for i in range(len(speeds)):
        rates[i] = second_opinions(speeds[i], accelerations[i], coefficients, rows[i], own[i])
    return rates
