"""The JSON contract, there and back, and files that are not what they claim."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.evaluation.fakes import FakeBackend, FakeController, make_scenario
from trafficai.datatypes import InputError
from trafficai.evaluation import Comparison, compare, read_comparison, run_document, run_episode

METRIC_KEYS = [
    "loaded",
    "inserted",
    "arrived",
    "running",
    "waiting_to_enter",
    "duration_s",
    "time_loss_s",
    "waiting_time_s",
    "depart_delay_s",
    "delay_s",
    "stops",
    "speed_m_s",
    "route_length_m",
    "co2_kg",
    "fuel_kg",
    "nox_kg",
    "pmx_g",
    "electricity_kwh",
    "teleports",
]


@pytest.fixture
def comparison(fake_engines: list[FakeBackend]) -> Comparison:
    controllers = [FakeController("fixed-time", 40.0), FakeController("max-wave", 10.0)]
    return compare(make_scenario(notes=("3 trams left out",)), controllers, [1, 2, 3], ["numba", "sumo"])


@pytest.fixture
def document(comparison: Comparison) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(comparison.to_json())
    return parsed


def test_a_run_has_the_keys_of_the_contract() -> None:
    scenario = make_scenario()
    result = run_episode(FakeBackend(scenario, "numba"), FakeController("fixed-time", 40.0), seed=7)
    document = run_document(scenario, "fixed-time", "numba", 7, result)
    assert {"schema", "trafficai", "sumo", "scenario", "scenario_sha256", "backend", "agent", "seed"} <= set(document)
    assert (document["schema"], document["begin_s"], document["end_s"]) == (1, 0, 100)
    assert list(document["metrics"]) == METRIC_KEYS
    assert list(document["performance"]) == ["simulated_s", "vehicle_updates", "wall_s", "cpu_s"]


def test_a_comparison_has_the_keys_of_the_contract(document: dict[str, Any]) -> None:
    assert (document["schema"], document["complete"], document["backend"]) == (1, True, "both")
    assert set(document["cells"][0]) == {"agent", "seed", "backend", "metrics", "valid", "signal_monitor", "fallbacks"}
    assert set(METRIC_KEYS) <= set(document["cells"][0]["metrics"])
    delay = next(row for row in document["differences"] if row["metric"] == "delay_s" and row["backend"] == "sumo")
    assert (delay["agent"], delay["against"], delay["n"]) == ("max-wave", "fixed-time", 3)
    assert delay["mean"] == delay["low"] == delay["high"] == -30.0
    assert document["notes"] == ["3 trams left out"]


def test_what_was_written_reads_back_the_same(comparison: Comparison, tmp_path: Path) -> None:
    path = comparison.write_json(tmp_path / "out" / "results.json")
    again = read_comparison(path)
    assert again == comparison
    assert again.to_json() == path.read_text(encoding="utf-8")


def test_one_seed_is_said_to_prove_nothing(fake_engines: list[FakeBackend]) -> None:
    controllers = [FakeController("fixed-time", 40.0), FakeController("max-wave", 10.0)]
    document = json.loads(compare(make_scenario(), controllers, [1]).to_json())
    assert "one seed" in document["note"]
    assert {row["low"] for row in document["differences"]} == {None}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("\xff\xfe", "is not JSON"),
        ("[]", "should be an object"),
        ('{"schema": 2}', "schema is 2"),
        ('{"schema": 1}', "has no cells"),
        ('{"schema": 1, "cells": 5}', "cells should be a list"),
    ],
)
def test_a_file_that_is_no_comparison_is_bad_input(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(InputError, match=message) as caught:
        read_comparison(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_comparison(tmp_path / "nowhere.json")


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["scenario"], 5, "scenario should be text"),
        (["baseline"], "nobody", "baseline 'nobody' is not among the agents"),
        (["seeds"], ["1"], "should be a whole number"),
        (["cells", 0, "seed"], True, "seed should be a whole number"),
        (["cells", 0, "seed"], 99, "not among"),
        (["cells", 0, "agent"], "max-wave", "is there twice"),
        (["cells", 0, "metrics"], None, "should be an object"),
        (["cells", 0, "metrics", "delay_s"], float("nan"), "delay_s should be a number"),
        (["cells", 0, "metrics", "delay_s"], "1", "delay_s should be a number"),
        (["cells", 0, "metrics", "delay_s"], 10**400, "delay_s should be a number"),
        (["begin_s"], 10**400, "begin_s should be a whole number"),
    ],
)
def test_a_field_that_is_wrong_is_named(
    document: dict[str, Any], path: list[Any], value: object, message: str, tmp_path: Path
) -> None:
    *parents, last = path
    place: Any = document
    for key in parents:
        place = place[key]
    place[last] = value
    file = tmp_path / "results.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_comparison(file)


def test_a_cell_without_a_metric_is_named(document: dict[str, Any], tmp_path: Path) -> None:
    del document["cells"][0]["metrics"]["co2_kg"]
    file = tmp_path / "results.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(InputError, match=r"cell \(fixed-time, 1, numba\) has no co2_kg"):
        read_comparison(file)
