"""CO2 of one vehicle: HBEFA's polynomial, the fuel cut when coasting, and what happens to classes unknown."""

from __future__ import annotations

import math

import numpy as np
import pytest

from trafficai.backends.emission_classes import DEFAULT_EMISSION_CLASS, emission_classes, emission_coefficients
from trafficai.core.emissions import coasting_deceleration, electricity_rate, exhaust, exhaust_rates

PETROL = emission_coefficients(DEFAULT_EMISSION_CLASS)[0][np.newaxis]
ELECTRIC = emission_coefficients("HBEFA4/PC_BEV")[0][np.newaxis]


def co2_rate(speed, acceleration, coefficients, row):
    return exhaust(speed, acceleration, coefficients, row)[0]


def nox_rate(speed, acceleration, coefficients, row):
    return exhaust(speed, acceleration, coefficients, row)[1]


def test_standing_car_burns_its_idle_rate():
    assert co2_rate(0.0, 0.0, PETROL, 0) == pytest.approx(5475.6 / 3.6)


@pytest.mark.parametrize(
    ("speed", "acceleration", "expected"),
    # [m/s], [m/s^2], [mg/s]: lines of SUMO 1.28.0's `emissionsMap -e HBEFA4/PC_petrol_Euro-4`, six digits.
    [
        (15.0, 2.35, 10279.3),
        (17.0, 1.95, 10058.1),
        (37.5, 0.3, 11576.4),
        (2.0, -0.103, 1452.83),
        (19.5, -0.36, 1063.58),
    ],
)
def test_rate_is_what_sumo_prints(speed, acceleration, expected):
    assert co2_rate(speed, acceleration, PETROL, 0) == pytest.approx(expected, rel=6e-6)


@pytest.mark.parametrize(
    ("speed", "acceleration", "expected"),
    # [m/s], [m/s^2], [mg/s]: likewise, of NOx.
    [
        (15.0, 2.35, 3.76769),
        (17.0, 1.95, 3.85579),
        (37.5, 0.3, 5.14235),
        (2.0, -0.1, 0.60237),
        (19.5, -0.35, 0.359473),
        (0.0, 0.0, 0.6117),
    ],
)
def test_nox_is_what_sumo_prints(speed, acceleration, expected):
    assert nox_rate(speed, acceleration, PETROL, 0) == pytest.approx(expected, rel=6e-6)


def test_coasting_car_burns_nothing():
    for speed in (0.51, 1.0, 2.7, 5.0, 13.9, 30.0):
        limit = coasting_deceleration(speed)
        assert co2_rate(speed, -limit - 1e-4, PETROL, 0) == nox_rate(speed, -limit - 1e-4, PETROL, 0) == 0.0
        assert co2_rate(speed, -limit + 1e-4, PETROL, 0) > 0.0


def test_crawling_car_never_coasts():
    assert co2_rate(0.5, -0.4, PETROL, 0) > 0.0


def test_coasting_deceleration_has_no_jump_at_its_knee():
    knee = 10.0 / 3.6
    assert coasting_deceleration(math.nextafter(knee, 0.0)) == pytest.approx(coasting_deceleration(knee))


def test_rate_is_never_negative():
    states = [(v, a) for v in (0.0, 0.3, 1.0, 9.0, 40.0) for a in (-9.0, -4.5, -0.1, 0.0)]
    for name in emission_classes():
        table = emission_coefficients(name)[0][np.newaxis]
        assert min(min(exhaust(*state, table, 0)) for state in states) >= 0.0


def test_array_entry_equals_the_scalar_kernel():
    table = np.array([emission_coefficients(name)[0] for name in emission_classes()])
    generator = np.random.default_rng(7)
    speeds, accelerations = generator.uniform(0, 30, 500), generator.uniform(-3, 2, 500)
    rows = generator.integers(0, len(table), 500).astype(np.int32)
    points = list(zip(speeds, accelerations, rows, strict=True))
    expected = [
        (*exhaust(*point[:2], table, point[2]), electricity_rate(*point[:2], table, point[2])) for point in points
    ]
    assert exhaust_rates(speeds, accelerations, table, rows).T.tolist() == [list(rates) for rates in expected]


@pytest.mark.parametrize(
    ("speed", "acceleration", "expected"),
    # [m/s], [m/s^2], [mg/s]: likewise, of PMx.
    [(5.0, 3.0, 0.160386), (10.0, 0.0, 0.276894), (10.0, 3.0, 0.385494), (5.0, -1.0, 0.0), (0.0, 3.0, 0.0)],
)
def test_pmx_is_what_sumo_prints(speed, acceleration, expected):
    assert exhaust(speed, acceleration, PETROL, 0)[2] == pytest.approx(expected, rel=6e-6)


@pytest.mark.parametrize(
    ("speed", "acceleration", "expected"),
    # [m/s], [m/s^2], [Wh/s]: lines of SUMO 1.28.0's `emissionsMap -e HBEFA4/PC_BEV`.
    [(0.0, 0.0, 0.8055), (0.0, -4.0, -2.2369), (5.0, -4.0, -7.12332), (0.0, 3.0, 3.0873)],
)
def test_electricity_is_what_sumo_prints(speed, acceleration, expected):
    assert electricity_rate(speed, acceleration, ELECTRIC, 0) == pytest.approx(1000.0 * expected, rel=6e-6)


def test_coasting_cuts_neither_wear_nor_recuperation_of_an_electric_car():
    assert exhaust(5.0, -4.0, ELECTRIC, 0) == (0.0, 0.0, pytest.approx(0.132682, rel=6e-6))
    assert electricity_rate(5.0, -4.0, ELECTRIC, 0) < 0.0


def test_unknown_class_falls_back_and_says_so():
    row, is_known = emission_coefficients("PHEMlight/PC_G_EU4")
    assert not is_known
    assert row.tolist() == emission_coefficients(DEFAULT_EMISSION_CLASS)[0].tolist()


@pytest.mark.parametrize("name", ["Zero/default", "zero", "Energy/unknown", "MMPEVEM"])
def test_vehicle_without_exhaust_emits_nothing(name):
    row, is_known = emission_coefficients(name)
    assert is_known
    assert exhaust(10.0, 1.0, row[np.newaxis], 0) == (0.0, 0.0, 0.0)
