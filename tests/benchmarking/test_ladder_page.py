"""``make ladder``: the tables it writes, which results it takes, and the examples of RiLSA."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec

import pytest

from benchmarks import ladder, ladder_page
from benchmarks.ladder_page import Costs, Results, joined, read_results
from tests.reports.samples import make_comparison
from trafficai.scenario import load_scenario

LEVELS = {"fixed-time": 40.0, "max-wave": 20.0}


def part(agent, **changes):
    """Return the comparison of one agent in the core."""
    return replace(make_comparison({agent: LEVELS[agent]}, backends=("numba",)), **changes)


@pytest.fixture
def whole():
    return joined([part("fixed-time"), part("max-wave")])


def test_agents_run_one_by_one_are_paired(whole):
    assert (whole.agents, whole.baseline) == (("fixed-time", "max-wave"), "fixed-time")
    assert whole.difference("max-wave", "numba", "delay_s").interval == (-20.0, -20.0, -20.0, 3)


@pytest.mark.parametrize("changes", [{"scenario_sha256": "cd" * 32}, {"seeds": (1, 2, 3, 4)}])
def test_results_of_another_scenario_are_not_mixed_in(changes):
    with pytest.raises(ValueError, match="cologne1"):
        joined([part("fixed-time"), part("max-wave", **changes)])


def test_the_least_is_bold_and_changes_have_a_star(whole):
    assert ladder_page.level(whole, "fixed-time", "delay_s") == "42.0 ± 2.5"
    assert ladder_page.level(whole, "max-wave", "delay_s") == "**22.0 ± 2.5**"
    assert ladder_page.change(whole, "max-wave", "delay_s") == "-48 ± 0 *"
    assert ladder_page.change(whole, "fixed-time", "delay_s") == "–"


def test_runs_that_gridlocked_are_counted(whole):
    stuck = [
        replace(cell, metrics={**cell.metrics, "arrived": 1000}) if (cell.agent, cell.seed) == ("max-wave", 2) else cell
        for cell in whole.cells
    ]
    comparison = replace(whole, cells=tuple(stuck))
    assert ladder_page.service(comparison, "max-wave") == "81.5 (1)"
    assert ladder_page.service(comparison, "fixed-time") == "97.4"


def test_only_complete_results_of_a_commit_are_taken(tmp_path):
    file = part("fixed-time").write_json(tmp_path / "abc" / "numba" / "cologne1" / "fixed-time.json")
    assert ladder.is_done(file, 3)
    assert not ladder.is_done(file, 2)
    part("fixed-time", complete=False).write_json(file)
    assert not ladder.is_done(file, 3)
    changed = part("fixed-time").write_json(tmp_path / "abc-dirty" / "numba" / "cologne1" / "fixed-time.json")
    assert not ladder.is_done(changed, 3)


def test_the_page_says_what_is_missing_and_what_was_left_out(tmp_path):
    folder = tmp_path / "numba" / "cologne1"
    for agent in LEVELS:
        part(agent).write_json(folder / f"{agent}.json")
    part("max-wave").write_json(tmp_path / "numba" / "cologne3" / "max-wave.json")  # without the baseline
    ladder.note(folder / ladder.LEFT_OUT, {"nema": "it has three legs"})
    results = read_results(tmp_path, ladder.ENGINES, ladder.MAPS, [*LEVELS, "nema"], 3)
    page = ladder_page.page(results, Costs({"numba/cologne1/max-wave": 120.0}, "abc"))
    assert "Made at commit abc with SUMO 1.28.0" in page
    assert "in 2 CPU minutes. Seeds 1 to 3." in page
    assert "| agent | cologne1 |\n| --- | --- |\n| `fixed-time` | 42.0 ± 2.5 |" in page
    assert "### In SUMO\n\nNot measured yet." in page
    assert page.endswith("- cologne1: `nema` (it has three legs)")


def test_our_delays_in_sumo_stand_beside_those_of_resco():
    ours = replace(joined([part("fixed-time"), part("max-wave")]), backends=("sumo",))
    ours = replace(ours, cells=tuple(replace(cell, backend="sumo") for cell in ours.cells))
    table = ladder_page.beside_resco(Results({("sumo", "cologne1"): ours}, {}))[1]
    assert table.endswith("| cologne1 | 42.0 ± 2.5 | 56.6 (56.9) | 22.0 ± 2.5 | 27.8 (27.9) | – | 65.9 (31.1) |")
    assert ladder_page.beside_resco(Results({}, {})) == []


@pytest.mark.skipif(find_spec("sumo") is None, reason="the examples come with SUMO")
def test_an_example_of_rilsa_is_put_together(tmp_path):
    scenario = load_scenario(ladder.source_of("rilsa1", tmp_path))
    assert (scenario.name, scenario.begin, scenario.end) == ("rilsa1", 0, 3600)
    assert len(scenario.vehicles) == 2170
    assert scenario.signals[0].program.program == "own"
