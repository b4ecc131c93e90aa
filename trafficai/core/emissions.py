"""CO2, fuel and NOx: the one emission function of both engines, HBEFA's polynomial as SUMO evaluates it.

The model is described in https://sumo.dlr.de/docs/Models/Emissions/HBEFA4-based.html. The coefficients were obtained by
weighted least squares from the output of SUMO 1.28.0's own ``emissionsMap`` tool (speeds 0-40 m/s, accelerations -4 to
3 m/s^2, 11 421 points a class); over all of them the function below gives what the tool prints, to its sixth digit. The
two straight lines of the coasting deceleration, the same for every class, were obtained likewise. All this holds for
CO2 and for NOx, each with a polynomial of its own; ``tests/backends/test_sumo_reference.py`` repeats the comparison.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trafficai.core._compile import entry, kernel

DEFAULT_EMISSION_CLASS = "HBEFA4/PC_petrol_Euro-4"
"""SUMO's class of a passenger car; stands in for a class we have no coefficients of."""

EMISSION_CLASSES: dict[str, tuple[float, ...]] = {
    # [g/h] f0; v; a; v^2; v^3; a v; a v^2, with v in m/s and a in m/s^2; then grams of fuel per gram of CO2.
    "HBEFA4/PC_petrol_Euro-4": (5475.6, 56.124, 2502.36, 0.0, 0.43164, 477.0, 12.3624, 0.324179),
    "HBEFA4/PC_petrol_Euro-5": (5007.6, 62.4599, 2508.48, 0.0, 0.38412, 428.76, 11.5524, 0.324215),
    "HBEFA4/PC_petrol_Euro-6ab": (5094.0, 70.74, 3125.88, 0.0, 0.347976, 366.48, 12.4272, 0.324147),
    "HBEFA4/PC_diesel_Euro-4": (4759.2, 168.768, 3704.4, 0.0, 0.36612, 453.96, 20.538, 0.321368),
    "HBEFA4/PC_diesel_Euro-5": (4485.6, 163.476, 3246.84, 0.0, 0.341856, 462.6, 18.1764, 0.321382),
    "HBEFA4/PC_diesel_Euro-6ab": (4536.0, 173.412, 3006.0, 0.0, 0.327564, 517.68, 16.3836, 0.321391),
    "HBEFA4/LCV_diesel_N1-III_Euro-6ab": (7016.4, 122.652, 2374.56, 0.0, 0.83952, 830.16, 29.6784, 0.321353),
    "HBEFA4/UBus_Std_gt15-18t_Euro-VI_A-C": (9990.0, 2343.6, 9514.8, 0.0, 0.0, 5857.2, 0.0, 0.321378),
    "HBEFA4/Coach_3-Axes_gt18t_Euro-VI_A-C": (8571.6, 3020.76, 15598.8, 0.0, 0.0, 7401.6, 0.0, 0.321408),
    "HBEFA4/RT_le7.5t_Euro-VI_A-C": (6969.6, 0.0, 0.0, 58.356, 0.0230508, 1983.96, 43.308, 0.321387),
    "HBEFA4/TT_AT_gt34-40t_Euro-VI_A-C": (27842.4, 2589.84, 65988.0, 0.0, 0.0, 6303.6, 0.0, 0.321404),
    "HBEFA4/MC_4S_gt250cc_preEuro": (5058.0, 0.0, 2679.12, 8.46, 0.105984, 0.0, 2.22444, 0.324241),
    "HBEFA4/Moped_le50cc_Euro-2": (0.0, 0.0, 0.0, 0.0, 3.02148, 0.0, 0.0, 0.315382),
    "HBEFA3/PC_G_EU4": (9449.0, -467.1, 0.0, 28.26, 0.0, 938.4, 0.0, 0.318952),
    "HBEFA3/PC_D_EU4": (6824.0, -195.3, 0.0, 16.46, 0.0, 742.3, 0.0, 0.314571),
    "HBEFA3/LDV_G_EU6": (4423.0, 279.0, 0.0, 0.0, 0.2844, 927.9, 0.0, 0.318989),
    "HBEFA3/Bus": (19030.0, 2073.0, 0.0, 0.0, 0.0, 6475.0, 0.0, 0.316474),
    "HBEFA3/HDV": (26570.0, 1753.0, 0.0, 0.0, 0.0, 7076.0, 0.0, 0.314577),
    "HBEFA3/HDV_D_EU0": (32510.0, 1631.0, 0.0, 0.0, 0.0, 7256.0, 0.0, 0.314635),
    "HBEFA3/HDV_D_EU4": (24290.0, 1835.0, 0.0, 0.0, 0.0, 7180.0, 0.0, 0.314593),
}
"""Coefficients of CO2 of each class; the classes SUMO gives a vehicle class by default, and some common others."""

NOX_COEFFICIENTS: dict[str, tuple[float, ...]] = {
    # [g/h] f0; v; a; v^2; v^3; a v; a v^2, as above.
    "HBEFA4/PC_petrol_Euro-4": (2.20212, 0.0, 0.0, 0.0, 0.00019746, 0.156204, 0.0098136),
    "HBEFA4/PC_petrol_Euro-5": (1.16388, 0.0, 0.39492, 0.0, 2.19888e-05, 0.0, 0.00205668),
    "HBEFA4/PC_petrol_Euro-6ab": (1.56744, 0.0253908, 2.02932, 0.0, 3.37212e-05, 0.0, 0.00286272),
    "HBEFA4/PC_diesel_Euro-4": (18.9396, 0.0, 0.0, 0.0, 0.0042552, 0.0, 0.293256),
    "HBEFA4/PC_diesel_Euro-5": (36.18, 0.0695527, 5.46119, 0.0, 0.00405, 0.713521, 0.28548),
    "HBEFA4/PC_diesel_Euro-6ab": (12.8196, 0.0, 0.0, 0.0, 0.00199584, 0.0, 0.157356),
    "HBEFA4/LCV_diesel_N1-III_Euro-6ab": (12.0672, 0.0, 0.0, 0.0, 0.00244728, 0.9504, 0.130068),
    "HBEFA4/UBus_Std_gt15-18t_Euro-VI_A-C": (15.606, 0.0, 0.0, 0.0, 0.00236952, 0.0, 0.058536),
    "HBEFA4/Coach_3-Axes_gt18t_Euro-VI_A-C": (22.3848, 0.0, 1.01376, 0.0, 0.000155592, 0.0, 0.0164844),
    "HBEFA4/RT_le7.5t_Euro-VI_A-C": (0.41688, 0.83556, 0.0, 0.0, 0.0, 0.0, 0.03618),
    "HBEFA4/TT_AT_gt34-40t_Euro-VI_A-C": (23.526, 0.0, 0.49068, 0.0, 0.0, 0.0, 0.0131472),
    "HBEFA4/MC_4S_gt250cc_preEuro": (1.88712, 0.0, 0.0, 0.036144, 2.46636e-05, 0.48132, 0.0065556),
    "HBEFA4/Moped_le50cc_Euro-2": (0.0, 0.0, 0.0, 0.0, 0.0030564, 0.0, 0.0),
    "HBEFA3/PC_G_EU4": (4.336, -0.3204, 0.0, 0.01371, 0.0, 0.4428, 0.0),
    "HBEFA3/PC_D_EU4": (47.45, -4.061, 0.0, 0.1619, 0.0, 4.011, 0.0),
    "HBEFA3/LDV_G_EU6": (1.109, 0.08319, 0.0, 0.0, 0.0, 0.1806, 0.0),
    "HBEFA3/Bus": (218.7, 11.27, 0.0, 0.0, 0.0, 46.17, 0.0),
    "HBEFA3/HDV": (305.6, 9.505, 0.0, 0.0, 0.0, 55.28, 0.0),
    "HBEFA3/HDV_D_EU0": (428.6, 24.18, 0.0, 0.0, 0.0, 104.2, 0.0),
    "HBEFA3/HDV_D_EU4": (202.2, 8.858, 0.0, 0.0, 0.0, 42.34, 0.0),
}
"""Coefficients of the nitrogen oxides of the same classes."""

FUEL_RATIO = 7
"""Column of the fuel-to-CO2 ratio [g/g]; HBEFA's fuel is proportional to its CO2 within 0.2 %."""

FIRST_CO2, FIRST_NOX = 0, 8
"""Columns in which the polynomials begin."""

NUM_COEFFICIENTS = 15

_EMISSION_FREE = ("zero", "energy", "mmpevem")  # models that know no exhaust; BEV is HBEFA's battery-electric vehicle
_BY_LOWER_NAME = {name.lower(): name for name in EMISSION_CLASSES}

COASTING_FROM = 0.5
"""Above this speed the fuel is cut when coasting [m/s]."""

COASTING_KNEE = 10.0 / 3.6
"""Speed at which the coasting deceleration passes from its first straight line to its second [m/s]."""

COASTING_BASE = 0.107954
"""Second line: deceleration at standstill [m/s^2]."""

COASTING_SLOPE = 0.0129766
"""Second line: growth of the deceleration with speed [1/s]."""


def emission_coefficients(name: str) -> tuple[NDArray[np.float64], bool]:
    """Return the coefficients of an emission class, (15,), and whether the class is known.

    Names are those of SUMO, in any case. Classes without exhaust (``Zero/...``, ``Energy/...``, battery-electric) give
    zeros; an unknown class gives those of ``DEFAULT_EMISSION_CLASS`` and False.
    """
    lower = name.lower()
    if lower.startswith(_EMISSION_FREE) or "bev" in lower:
        return np.zeros(NUM_COEFFICIENTS), True
    known = _BY_LOWER_NAME.get(lower)
    name = known or DEFAULT_EMISSION_CLASS
    return np.array(EMISSION_CLASSES[name] + NOX_COEFFICIENTS[name]), known is not None


@kernel
def coasting_deceleration(speed: float) -> float:
    """Return the deceleration that needs no fuel [m/s^2, positive] (measured with SUMO's emissionsMap, within 1e-5)."""
    if speed < COASTING_KNEE:
        return speed / COASTING_KNEE * (COASTING_BASE + COASTING_SLOPE * COASTING_KNEE)
    return COASTING_BASE + COASTING_SLOPE * speed


@kernel
def exhaust_rate(speed: float, acceleration: float, coefficients: NDArray[np.float64], row: int, first: int) -> float:
    """Return what a vehicle emits [mg/s] at the end-of-step speed and the step's acceleration (HBEFA4, SUMO's form).

    ``coefficients`` is (num_classes, 15); ``row`` the vehicle's class in it, ``first`` the column of the substance.
    """
    if speed > COASTING_FROM and acceleration < -coasting_deceleration(speed):
        return 0.0
    constant = coefficients[row, first] + coefficients[row, first + 2] * acceleration
    linear = coefficients[row, first + 1] + coefficients[row, first + 5] * acceleration
    quadratic = coefficients[row, first + 3] + coefficients[row, first + 6] * acceleration
    grams_per_hour = constant + speed * (linear + speed * (quadratic + speed * coefficients[row, first + 4]))
    return float(max(0.0, grams_per_hour)) / 3.6


@kernel
def co2_rate(speed: float, acceleration: float, coefficients: NDArray[np.float64], row: int) -> float:
    """Return the CO2 of a vehicle [mg/s]."""
    return exhaust_rate(speed, acceleration, coefficients, row, FIRST_CO2)


@kernel
def nox_rate(speed: float, acceleration: float, coefficients: NDArray[np.float64], row: int) -> float:
    """Return the nitrogen oxides of a vehicle [mg/s]."""
    return exhaust_rate(speed, acceleration, coefficients, row, FIRST_NOX)


@entry
def exhaust_rates(
    speeds: NDArray[np.float64],
    accelerations: NDArray[np.float64],
    coefficients: NDArray[np.float64],
    rows: NDArray[np.int32],
) -> NDArray[np.float64]:
    """Return CO2 and NOx [mg/s], (2, num), of many vehicles; ``rows`` are their classes in ``coefficients``."""
    rates = np.empty((2, len(speeds)))
    for i in range(len(speeds)):
        rates[0, i] = co2_rate(speeds[i], accelerations[i], coefficients, rows[i])
        rates[1, i] = nox_rate(speeds[i], accelerations[i], coefficients, rows[i])
    return rates
