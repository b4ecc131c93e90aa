"""CO2, fuel, NOx, PMx and electricity: the one emission function of both engines, HBEFA's polynomials as SUMO has them.

The model is described in https://sumo.dlr.de/docs/Models/Emissions/HBEFA4-based.html. A vehicle's class is a row of
coefficients, (num_classes, 44); ``benchmarks/fit_emissions.py`` obtained them from the output of SUMO's own
``emissionsMap`` tool. The two straight lines of the coasting deceleration, the same for every class, were obtained
likewise. ``tests/backends/test_sumo_reference.py`` holds the function against the tool to its sixth digit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trafficai.core._compile import entry, kernel

NUM_TERMS = 8
"""Terms of a polynomial [g/h, electricity W]: 1; v; a; v^2; v^3; a v; a v^2; a^2 v, of v in m/s and a in m/s^2."""

CO2, FUEL_RATIO, NOX, PMX = 0, 8, 9, 17
"""Columns in which the polynomials begin, and that of the fuel per CO2 [g/g]; HBEFA's is constant within 0.2 %."""

IS_ELECTRIC, NEVER_COASTS, ELECTRICITY = 25, 26, 27
"""Columns of 1 for an electric vehicle, and for one of which coasting cuts nothing; where its polynomial begins."""

HBEFA3_CO2, IS_LIGHT_DUTY = 35, 43
"""Where the polynomial of the HBEFA3 class beside it begins; column of 1 for a car or van with a combustion engine."""

NUM_COLUMNS = 44

COASTING_FROM = 0.5
"""Above this speed the fuel is cut when coasting [m/s]."""

COASTING_KNEE = 10.0 / 3.6
"""Speed at which the coasting deceleration passes from its first straight line to its second [m/s]."""

COASTING_BASE = 0.107954
"""Second line: deceleration at standstill [m/s^2]."""

COASTING_SLOPE = 0.0129766
"""Second line: growth of the deceleration with speed [1/s]."""


@kernel
def coasting_deceleration(speed: float) -> float:
    """Return the deceleration that needs no fuel [m/s^2, positive] (measured with SUMO's emissionsMap, within 1e-5)."""
    if speed < COASTING_KNEE:
        return speed / COASTING_KNEE * (COASTING_BASE + COASTING_SLOPE * COASTING_KNEE)
    return COASTING_BASE + COASTING_SLOPE * speed


@kernel
def is_coasting(speed: float, acceleration: float) -> bool:
    """Return whether the fuel of a combustion engine is cut."""
    return speed > COASTING_FROM and acceleration < -coasting_deceleration(speed)


@kernel
def polynomial(speed: float, acceleration: float, coefficients: NDArray[np.float64], row: int, first: int) -> float:
    """Return the polynomial that begins in column ``first`` [g/h, electricity W] (HBEFA3 and HBEFA4, SUMO's forms)."""
    slope = coefficients[row, first + 5] + coefficients[row, first + 7] * acceleration
    constant = coefficients[row, first] + coefficients[row, first + 2] * acceleration
    linear = coefficients[row, first + 1] + slope * acceleration
    quadratic = coefficients[row, first + 3] + coefficients[row, first + 6] * acceleration
    return float(constant + speed * (linear + speed * (quadratic + speed * coefficients[row, first + 4])))


@kernel
def emitted(speed: float, acceleration: float, coefficients: NDArray[np.float64], row: int, first: int) -> float:
    """Return what a vehicle that does not coast emits of one substance [mg/s]."""
    return max(0.0, polynomial(speed, acceleration, coefficients, row, first)) / 3.6


@kernel
def exhaust(
    speed: float, acceleration: float, coefficients: NDArray[np.float64], row: int
) -> tuple[float, float, float]:
    """Return a vehicle's CO2, NOx and PMx [mg/s] at the end-of-step speed and the step's acceleration.

    ``row`` is the vehicle's class in ``coefficients``. PMx includes what tyres, brakes and the road lose; like SUMO's,
    that ends where fuel is cut, unless the vehicle never coasts.
    """
    if is_coasting(speed, acceleration) and coefficients[row, NEVER_COASTS] == 0.0:
        return 0.0, 0.0, 0.0
    return (
        emitted(speed, acceleration, coefficients, row, CO2),
        emitted(speed, acceleration, coefficients, row, NOX),
        emitted(speed, acceleration, coefficients, row, PMX),
    )


@kernel
def electricity_rate(speed: float, acceleration: float, coefficients: NDArray[np.float64], row: int) -> float:
    """Return the electricity that a vehicle takes from its battery [mWh/s], negative where it gives some back.

    As in SUMO, nothing comes back to those that coast: hybrids, and buses under overhead lines.
    """
    if is_coasting(speed, acceleration) and coefficients[row, NEVER_COASTS] == 0.0:
        return 0.0
    return polynomial(speed, acceleration, coefficients, row, ELECTRICITY) / 3.6


@entry
def exhaust_rates(
    speeds: NDArray[np.float64],
    accelerations: NDArray[np.float64],
    coefficients: NDArray[np.float64],
    rows: NDArray[np.int32],
) -> NDArray[np.float64]:
    """Return CO2, NOx and PMx [mg/s] and electricity [mWh/s], (4, num), of many vehicles of classes ``rows``."""
    rates = np.empty((4, len(speeds)))
    for i in range(len(speeds)):
        rates[0, i], rates[1, i], rates[2, i] = exhaust(speeds[i], accelerations[i], coefficients, rows[i])
        rates[3, i] = electricity_rate(speeds[i], accelerations[i], coefficients, rows[i])
    return rates
