"""The page of ``make validate``: rankings, gridlocks, and which results are taken as done."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "validate.py"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("validate_script", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def document(agent, core, sumo, scenario="cologne1", locked=(0, 0)):
    """Return what matters of a validation whose delays are given per seed."""
    runs = [
        {"engine": engine, "seed": seed, "metrics": {"delay_s": delay}}
        for engine, delays in (("core", core), ("sumo", sumo))
        for seed, delay in enumerate(delays, start=1)
    ]
    row = {"metric": "delay_s", "core": sum(core) / len(core), "sumo": sum(sumo) / len(sumo)}
    return {
        "agent": agent,
        "scenario": scenario,
        "seeds": list(range(1, len(core) + 1)),
        "complete": True,
        "rows": [row],
        "runs": runs,
        "gridlocked": {"core": locked[0], "sumo": locked[1]},
    }


def test_agents_are_ranked_by_mean_delay_in_each_engine(script):
    results = {"a": [document("a", [9.0, 11.0], [8.0, 12.0])], "b": [document("b", [5.0, 5.0], [6.0, 6.0])]}
    assert "| cologne1 | b 5.0 < a 10.0 | b 6.0 < a 10.0 | yes |" in script.ranking_section(results)


@pytest.mark.parametrize(("theirs", "words"), [([6.0, 30.0], "a tie in SUMO"), ([20.0, 21.0], "SUMO tells them apart")])
def test_pairs_that_change_places_are_named(script, theirs, words):
    results = {"a": [document("a", [9.0, 9.0], [10.0, 10.5])], "b": [document("b", [5.0, 5.0], theirs)]}
    assert f"no: a and b ({words})" in script.ranking_section(results)


def test_a_map_that_an_agent_lacks_is_not_ranked(script):
    results = {"a": [document("a", [9.0], [9.0])], "b": [document("b", [9.0], [9.0], "cologne3")]}
    assert "cologne" not in script.ranking_section(results)


def test_gridlocks_are_counted_per_agent(script):
    results = {"a": [document("a", [1.0], [1.0], locked=(4, 3))], "b": [document("b", [1.0], [1.0], "cologne3")]}
    lines = script.gridlock_section(results).splitlines()
    assert "| cologne1 | 4 / 3 | – |" in lines
    assert "| cologne3 | – | 0 / 0 |" in lines


def test_only_complete_results_with_as_many_seeds_are_done(script, tmp_path):
    file = tmp_path / "cologne1.json"
    assert not script.is_done(file, 1)
    file.write_text(json.dumps(document("a", [1.0], [1.0])))
    assert script.is_done(file, 1)
    assert not script.is_done(file, 2)
    file.write_text(json.dumps(document("a", [1.0], [1.0]) | {"complete": False}))
    assert not script.is_done(file, 1)
