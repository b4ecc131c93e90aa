"""CO2 by further models: VT-Micro by its formula, HBEFA3 by its class."""

from __future__ import annotations

import math

import numpy as np
import pytest

from trafficai.backends.emission_classes import DEFAULT_EMISSION_CLASS, emission_coefficients
from trafficai.core.emissions import exhaust
from trafficai.core.second_opinions import MAX_POWER, opinion_rates, second_opinions, vt_micro_co2

CLASSES = (DEFAULT_EMISSION_CLASS, "HBEFA4/UBus_Std_gt15-18t_Euro-VI_A-C", "HBEFA4/PC_BEV", "HBEFA3/PC_G_EU4")
TABLE = np.array([emission_coefficients(name)[0] for name in CLASSES])
CAR, BUS, ELECTRIC, OLD_CAR = range(4)


def test_vt_micro_is_the_exponential_of_its_polynomial():
    # s = 36 km/h and a = 3.6 km/h/s, term by term with the coefficients of the paper for positive accelerations.
    of_speed = [1.0, 36.0, 36.0**2, 36.0**3]
    of_acceleration = [1.0, 3.6, 3.6**2, 3.6**3]
    table = [
        [6.914935279, 0.2173, 2.3538e-4, -3.6388e-4],
        [0.02754, 0.00968, -0.00175, 8.35e-5],
        [-2.0699e-4, -1.0138e-4, 1.966e-5, -1.02e-6],
        [9.80e-7, 3.66e-7, -1.08e-7, 8.50e-9],
    ]
    exponent = sum(table[i][j] * of_speed[i] * of_acceleration[j] for i in range(4) for j in range(4))
    assert vt_micro_co2(10.0, 1.0) == pytest.approx(math.exp(exponent))


def test_a_standing_car_has_the_idle_rate_of_the_paper():
    assert vt_micro_co2(0.0, 0.0) == pytest.approx(math.exp(6.914935279))


def test_outside_its_data_vt_micro_stays_where_they_end():
    assert vt_micro_co2(10.0, -6.0) == vt_micro_co2(10.0, -1.5)
    assert vt_micro_co2(50.0, 0.0) == vt_micro_co2(120.0 / 3.6, 0.0)
    assert vt_micro_co2(30.0, 2.6) == vt_micro_co2(30.0, MAX_POWER / 30.0)
    assert vt_micro_co2(13.0, 2.6) > vt_micro_co2(13.0, 2.5)


def test_vt_micro_stays_within_what_engines_can_do():
    rates = [vt_micro_co2(v, a) for v in np.arange(0.0, 45.0, 0.5) for a in np.arange(-9.0, 4.0, 0.1)]
    assert min(rates) > 500.0
    assert max(rates) < 27_000.0  # some 12 ml of petrol a second


def test_a_car_is_reckoned_by_its_hbefa3_class_and_by_vt_micro():
    own = exhaust(10.0, 1.0, TABLE, CAR)[0]
    hbefa3, vt_micro = second_opinions(10.0, 1.0, TABLE, CAR, own)
    assert hbefa3 == exhaust(10.0, 1.0, TABLE, OLD_CAR)[0] == pytest.approx(4718.889)
    assert vt_micro == vt_micro_co2(10.0, 1.0)


def test_a_bus_keeps_its_own_figure_in_vt_micro():
    own = exhaust(10.0, 1.0, TABLE, BUS)[0]
    assert second_opinions(10.0, 1.0, TABLE, BUS, own) == (pytest.approx(29030.556), own)


def test_an_electric_car_has_no_co2_by_any_model():
    assert second_opinions(10.0, 1.0, TABLE, ELECTRIC, 0.0) == (0.0, 0.0)


def test_coasting_cuts_hbefa3_and_not_vt_micro():
    hbefa3, vt_micro = second_opinions(10.0, -1.0, TABLE, CAR, 0.0)
    assert hbefa3 == 0.0
    assert vt_micro > 1000.0


def test_array_entry_equals_the_scalar_kernel():
    generator = np.random.default_rng(7)
    speeds, accelerations = generator.uniform(0, 30, 200), generator.uniform(-3, 2, 200)
    rows, own = generator.integers(0, len(TABLE), 200).astype(np.int32), generator.uniform(0, 9, 200)
    points = zip(speeds, accelerations, rows, own, strict=True)
    expected = [list(second_opinions(v, a, TABLE, row, mine)) for v, a, row, mine in points]
    assert opinion_rates(speeds, accelerations, TABLE, rows, own).tolist() == expected
