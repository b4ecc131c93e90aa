"""Warm-up: the first vehicles are simulated, and counted nowhere."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from tests.evaluation.fakes import FakeBackend, FakeController, make_scenario, make_trips
from trafficai.datatypes import InputError
from trafficai.evaluation import compare, read_comparison, run_document, run_episode
from trafficai.evaluation.warm_up import NO_WARM_UP, WarmUp, counted, warm_up_of
from trafficai.metrics import compute_metrics
from trafficai.scenario.model import Scenario, Vehicle, VehicleType


def scenario_of(*departs: float) -> Scenario:
    """Return a scenario from 50 to 150 s in which vehicles depart at these times."""
    vehicles = tuple(Vehicle(f"v{i}", 0, depart, ()) for i, depart in enumerate(departs))
    return replace(make_scenario(begin=50, end=150), vehicles=vehicles)


def test_only_vehicles_scheduled_after_the_warm_up_are_counted() -> None:
    scenario = scenario_of(50.0, 59.9, 60.0, 90.0)
    warm_up = warm_up_of(scenario, 10)
    assert warm_up == (10, 2)
    losses, departs = [100.0, 100.0, 10.0, 20.0], [50.0, 59.9, 60.0, 90.0]
    trips = make_trips(departs, teleports=3, time_loss=losses, co2=[9e3, 9e3, 1e3, 2e3], inserted=departs)
    metrics = compute_metrics(counted(trips, scenario, warm_up), scenario)
    assert (metrics.loaded, metrics.delay_s, metrics.co2_kg, metrics.teleports) == (2, 15.0, 3.0, 3)


def test_without_a_warm_up_everything_is_counted() -> None:
    trips = make_trips([50.0, 60.0])
    assert counted(trips, scenario_of(50.0, 60.0), NO_WARM_UP) is trips


@pytest.mark.parametrize("seconds", [-1, 100, 5000])
def test_a_warm_up_has_to_leave_something(seconds: int) -> None:
    with pytest.raises(InputError, match="leaves nothing to count"):
        warm_up_of(scenario_of(50.0), seconds)


def test_a_run_says_how_many_it_left_out() -> None:
    scenario = replace(make_scenario(), vehicle_types=(VehicleType("car"),), vehicles=(Vehicle("v", 0, 0.0, ()),))
    controller = FakeController("fixed-time", 40.0)
    result = run_episode(FakeBackend(scenario, "numba"), controller, seed=1, warm_up=10)
    assert result.metrics.loaded == 0
    document = run_document(scenario, "fixed-time", "numba", 1, result)
    assert (document["warm_up_s"], document["warm_up_vehicles"]) == (10, 1)


@pytest.mark.usefixtures("fake_engines")
def test_a_comparison_says_how_many_it_left_out(tmp_path) -> None:
    scenario = replace(make_scenario(), vehicle_types=(VehicleType("car"),), vehicles=(Vehicle("v", 0, 0.0, ()),))
    comparison = compare(scenario, [FakeController("fixed-time", 40.0)], [1, 2], warm_up=10)
    assert comparison.warm_up == WarmUp(10, 1)
    assert "warm-up: 1 vehicles, scheduled in the first 10 s, are in no figure" in comparison.table()
    path = comparison.write_json(tmp_path / "results.json")
    assert read_comparison(path) == comparison
    document = json.loads(path.read_text())
    del document["warm_up_s"]  # as before there was one
    path.write_text(json.dumps(document))
    assert read_comparison(path).warm_up == NO_WARM_UP


def test_every_column_of_trips_is_cut() -> None:
    trips = counted(make_trips([50.0, 70.0]), scenario_of(50.0, 70.0), WarmUp(10, 1))
    assert {len(column) for column in trips if isinstance(column, np.ndarray)} == {1}
