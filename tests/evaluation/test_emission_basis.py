"""By which model and classes CO2 is reckoned, in words and in documents."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.evaluation.fakes import FakeBackend, FakeController, make_scenario
from trafficai.evaluation import basis_lines, compare, emission_basis, in_words, read_comparison
from trafficai.evaluation.emission_basis import VT_MICRO
from trafficai.scenario.model import Scenario, Vehicle, VehicleType

BUS = "HBEFA4/UBus_Std_gt15-18t_Euro-VI_A-C"


@pytest.fixture
def scenario() -> Scenario:
    """Three cars and a bus."""
    types = (VehicleType("car"), VehicleType("bus", vehicle_class="bus", emission_class=BUS))
    vehicles = tuple(Vehicle(str(i), kind, 0.0, ("edge",)) for i, kind in enumerate((0, 0, 1, 0)))
    return replace(make_scenario(), vehicle_types=types, vehicles=vehicles)


def test_every_metric_of_co2_has_its_classes(scenario: Scenario) -> None:
    assert emission_basis(scenario) == {
        "co2_kg": {"HBEFA4/PC_petrol_Euro-4": 0.75, BUS: 0.25},
        "co2_hbefa3_kg": {"HBEFA3/PC_G_EU4": 0.75, "HBEFA3/Bus": 0.25},
        "co2_vt_micro_kg": {VT_MICRO: 0.75, BUS: 0.25},
        "engine_co2_kg": {"HBEFA4/PC_petrol_Euro-4": 0.75, BUS: 0.25},
    }


def test_sumos_own_figure_names_the_model_that_it_was_given(scenario: Scenario) -> None:
    basis = emission_basis(scenario, "PHEMlight5")
    assert basis["engine_co2_kg"] == {"PHEMlight5/PC_EU4_G": 0.75, BUS: 0.25}
    assert basis["co2_kg"] == emission_basis(scenario)["co2_kg"]


def test_a_class_that_is_not_known_is_named_as_what_it_is_counted_as(scenario: Scenario) -> None:
    types = (replace(scenario.vehicle_types[0], emission_class="HBEFA2/P_7_7"), scenario.vehicle_types[1])
    basis = emission_basis(replace(scenario, vehicle_types=types))
    assert basis["co2_kg"]["HBEFA4/PC_petrol_Euro-4"] == 0.75
    assert basis["engine_co2_kg"]["HBEFA2/P_7_7"] == 0.75


def test_words_name_the_largest_shares_and_sum_up_the_rest() -> None:
    shares = {"a": 0.5, "b": 0.25, "c": 0.125, "d": 0.0625, "e": 0.05, "f": 0.0125}
    assert in_words(shares) == "a (50 %), b (25 %), c (12.5 %), d (6.25 %), 2 more (6.25 %)"
    assert in_words({}) == "no vehicle"


def test_lines_are_those_of_the_metrics_asked_for(scenario: Scenario) -> None:
    lines = list(basis_lines(emission_basis(scenario), {"co2_kg": 1.0, "co2_vt_micro_kg": 2.0}))
    assert lines == [
        f"CO2: HBEFA4/PC_petrol_Euro-4 (75 %), {BUS} (25 %) of the vehicles",
        f"CO2 by VT-Micro: {VT_MICRO} (75 %), {BUS} (25 %) of the vehicles",
    ]


def test_a_comparison_keeps_the_classes_in_its_document(
    scenario: Scenario, fake_engines: list[FakeBackend], tmp_path: Path
) -> None:
    done = compare(scenario, [FakeController("fixed-time", 40.0), FakeController("max-wave", 10.0)], [1, 2])
    assert len(fake_engines) > 0
    read = read_comparison(done.write_json(tmp_path / "results.json"))
    assert read.emission_classes == done.emission_classes == emission_basis(scenario)


def test_documents_of_old_have_no_classes(scenario: Scenario, fake_engines: list[FakeBackend], tmp_path: Path) -> None:
    del fake_engines
    done = compare(scenario, [FakeController("fixed-time", 40.0)], [1])
    document = json.loads(done.to_json())
    del document["emission_classes"]
    for cell in document["cells"]:
        del cell["metrics"]["pmx_g"], cell["metrics"]["electricity_kwh"]
    (tmp_path / "old.json").write_text(json.dumps(document))
    assert read_comparison(tmp_path / "old.json").emission_classes == {}
