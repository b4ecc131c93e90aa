"""CO2 of one vehicle: HBEFA's polynomial, the fuel cut when coasting, and what happens to classes unknown."""

from __future__ import annotations

import math

import numpy as np
import pytest

from trafficai.core.emissions import (
    DEFAULT_EMISSION_CLASS,
    EMISSION_CLASSES,
    FUEL_RATIO,
    NOX_COEFFICIENTS,
    NUM_COEFFICIENTS,
    co2_rate,
    coasting_deceleration,
    emission_coefficients,
    exhaust_rates,
    nox_rate,
)

PETROL = emission_coefficients(DEFAULT_EMISSION_CLASS)[0][np.newaxis]


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
    for name in EMISSION_CLASSES:
        table = emission_coefficients(name)[0][np.newaxis]
        assert min(rate(*state, table, 0) for state in states for rate in (co2_rate, nox_rate)) >= 0.0


def test_array_entry_equals_the_scalar_kernel():
    table = np.array([emission_coefficients(name)[0] for name in EMISSION_CLASSES])
    generator = np.random.default_rng(7)
    speeds, accelerations = generator.uniform(0, 30, 500), generator.uniform(-3, 2, 500)
    rows = generator.integers(0, len(table), 500).astype(np.int32)
    points = list(zip(speeds, accelerations, rows, strict=True))
    expected = [[rate(v, a, table, row) for v, a, row in points] for rate in (co2_rate, nox_rate)]
    assert exhaust_rates(speeds, accelerations, table, rows).tolist() == expected


def test_unknown_class_falls_back_and_says_so():
    row, is_known = emission_coefficients("PHEMlight/PC_G_EU4")
    assert not is_known
    assert row.tolist() == emission_coefficients(DEFAULT_EMISSION_CLASS)[0].tolist()


@pytest.mark.parametrize("name", ["Zero/default", "zero", "HBEFA4/PC_BEV", "Energy/unknown", "MMPEVEM"])
def test_vehicle_without_exhaust_emits_nothing(name):
    row, is_known = emission_coefficients(name)
    assert is_known
    assert co2_rate(10.0, 1.0, row[np.newaxis], 0) == nox_rate(10.0, 1.0, row[np.newaxis], 0) == 0.0


def test_names_are_those_of_sumo_in_any_case():
    assert emission_coefficients("hbefa4/pc_petrol_euro-4")[1]


def test_every_row_is_complete_and_its_fuel_plausible():
    assert EMISSION_CLASSES.keys() == NOX_COEFFICIENTS.keys()
    for name, row in EMISSION_CLASSES.items():
        assert len(emission_coefficients(name)[0]) == len(row) + len(NOX_COEFFICIENTS[name]) == NUM_COEFFICIENTS
        assert 0.31 < row[FUEL_RATIO] < 0.33  # carbon content of petrol and diesel: 3.08 to 3.18 g CO2 per g fuel
