"""SUMO's emission classes by name, and their HBEFA3 counterparts."""

from __future__ import annotations

import json

import pytest

from trafficai.backends.emission_classes import (
    FILE,
    PHEMLIGHT,
    class_in_sumo,
    emission_classes,
    emission_coefficients,
    hbefa3_counterpart,
    is_light_duty,
)
from trafficai.core.emissions import CO2, FUEL_RATIO, IS_ELECTRIC, NOX, NUM_COLUMNS, PMX

OLD = {
    # [g/h] of CO2, then grams of fuel per gram of CO2, then NOx, as trafficai has had them since it reckons them.
    "HBEFA4/PC_petrol_Euro-4": (
        (5475.6, 56.124, 2502.36, 0.0, 0.43164, 477.0, 12.3624),
        0.324179,
        (2.20212, 0.0, 0.0, 0.0, 0.00019746, 0.156204, 0.0098136),
    ),
    "HBEFA4/LCV_diesel_N1-III_Euro-6ab": (
        (7016.4, 122.652, 2374.56, 0.0, 0.83952, 830.16, 29.6784),
        0.321353,
        (12.0672, 0.0, 0.0, 0.0, 0.00244728, 0.9504, 0.130068),
    ),
    "HBEFA4/UBus_Std_gt15-18t_Euro-VI_A-C": (
        (9990.0, 2343.6, 9514.8, 0.0, 0.0, 5857.2, 0.0),
        0.321378,
        (15.606, 0.0, 0.0, 0.0, 0.00236952, 0.0, 0.058536),
    ),
    "HBEFA3/PC_G_EU4": (
        (9449.0, -467.1, 0.0, 28.26, 0.0, 938.4, 0.0),
        0.318952,
        (4.336, -0.3204, 0.0, 0.01371, 0.0, 0.4428, 0.0),
    ),
}


@pytest.mark.parametrize("name", OLD)
def test_classes_of_old_have_kept_their_coefficients(name):
    row, (co2, fuel, nox) = emission_coefficients(name)[0], OLD[name]
    assert row[CO2 : CO2 + 8].tolist() == [*co2, 0.0]
    assert row[NOX : NOX + 8].tolist() == [*nox, 0.0]
    assert row[FUEL_RATIO] == fuel


def test_the_file_says_where_it_comes_from():
    head = json.loads(FILE.read_text(encoding="utf-8"))
    assert head["sumo"] == "1.28.0"
    assert "fit_emissions.py" in head["source"]
    assert head["largest_error"][1] == max(row["error"] for row in head["classes"].values()) < 1e-5


def test_names_are_those_of_sumo_in_any_case():
    assert emission_coefficients("hbefa4/pc_petrol_euro-4")[1]


def test_every_row_is_complete_and_its_fuel_plausible():
    for name, entry in emission_classes().items():
        row = emission_coefficients(name)[0]
        assert len(row) == NUM_COLUMNS
        assert (row[FUEL_RATIO] > 0.0) == row[CO2 : CO2 + 8].any() == ("co2" in entry)
        assert row[FUEL_RATIO] == 0.0 or 0.28 < row[FUEL_RATIO] < 0.56  # 0.32 for petrol and Diesel
        assert not (row[IS_ELECTRIC] and row[CO2 : CO2 + 8].any())
        assert row[PMX : PMX + 8].any() == ("pmx" in entry)


@pytest.mark.parametrize(
    ("name", "counterpart"),
    [
        ("HBEFA4/PC_petrol_Euro-4", "HBEFA3/PC_G_EU4"),
        ("HBEFA4/PC_petrol_Euro-6d-temp", "HBEFA3/PC_G_EU6"),
        ("HBEFA4/PC_petrol_ECE-15_04", "HBEFA3/PC_G_EU0"),
        ("HBEFA4/PC_diesel_Euro-5_EA189_after_software_update", "HBEFA3/PC_D_EU5"),
        ("HBEFA4/PC_LPG_petrol_Euro-3_(LPG)", "HBEFA3/PC_G_EU3"),
        ("HBEFA4/LCV_diesel_N1-III_Euro-6ab", "HBEFA3/LDV_D_EU6"),
        ("HBEFA4/RT_le7.5t_Euro-VI_A-C", "HBEFA3/HDV_D_EU6"),
        ("HBEFA4/TT_AT_gt34-40t_Euro-IV_EGR", "HBEFA3/HDV_D_EU4"),
        ("HBEFA4/UBus_Std_gt15-18t_Euro-VI_A-C", "HBEFA3/Bus"),
        ("HBEFA4/Coach_Std_le18t_Euro-V_SCR", "HBEFA3/Coach"),
        ("HBEFA4/MC_4S_gt250cc_preEuro", "HBEFA4/MC_4S_gt250cc_preEuro"),
        ("HBEFA4/PC_BEV", "HBEFA4/PC_BEV"),
        ("HBEFA3/HDV", "HBEFA3/HDV"),
    ],
)
def test_the_hbefa3_class_is_of_the_same_kind_fuel_and_norm(name, counterpart):
    assert hbefa3_counterpart(name) == counterpart


def test_every_class_has_a_counterpart_that_is_known():
    assert all(hbefa3_counterpart(name) in emission_classes() for name in emission_classes())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("HBEFA4/PC_petrol_Euro-6d", True),
        ("HBEFA3/LDV_D_EU4", True),
        ("HBEFA4/PC_BEV", False),
        ("HBEFA4/UBus_Std_gt15-18t_Euro-VI_A-C", False),
        ("HBEFA4/MC_4S_gt250cc_preEuro", False),
    ],
)
def test_cars_and_vans_with_an_engine_are_light_duty(name, expected):
    assert is_light_duty(name) == expected


@pytest.mark.parametrize("model", PHEMLIGHT)
def test_sumo_is_given_phemlights_two_cars_and_nothing_else(model):
    petrol, diesel = PHEMLIGHT[model]
    assert class_in_sumo("HBEFA4/PC_petrol_Euro-4", model) == petrol
    assert class_in_sumo("HBEFA4/PC_diesel_Euro-6ab", model) == diesel
    for other in ("HBEFA4/PC_BEV", "Zero/default", "HBEFA4/RT_le7.5t_Euro-VI_A-C"):
        assert class_in_sumo(other, model) == other
    assert class_in_sumo("HBEFA4/PC_petrol_Euro-4", None) == "HBEFA4/PC_petrol_Euro-4"
