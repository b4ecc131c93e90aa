"""Many comparisons at once, and how many seeds would do: what a comparison says of itself."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.reports.samples import make_cell, make_comparison
from trafficai.evaluation import Comparison, read_comparison

LESS = (2.0, 3.0, 4.0)
"""By how much the delay is less with each seed: mean 3, s 1, p 0.035."""


def noisy(challengers: int) -> Comparison:
    """Return a comparison in which each challenger's delay is less by LESS, and nobody differs in arrivals."""
    names = [f"rule-{i}" for i in range(challengers)]
    made = make_comparison({"fixed-time": 40.0, **dict.fromkeys(names, 40.0)}, backends=("numba",))
    cells = [make_cell("fixed-time", seed, "numba", 40.0) for seed in made.seeds]
    for name in names:
        cells += [make_cell(name, seed, "numba", 40.0 - less) for seed, less in zip(made.seeds, LESS, strict=True)]
    return replace(made, cells=tuple(cells))


def test_a_difference_has_to_stand_out_among_all_that_were_looked_at() -> None:
    difference = noisy(1).difference("rule-0", "numba", "delay_s")
    assert difference is not None
    assert difference.interval.excludes_zero
    assert difference.p == pytest.approx(0.0351, abs=1e-4)
    # Delay, waiting time, stops and CO2 all have this p, arrivals p = 1: the first of five is multiplied by 5.
    assert difference.p_adjusted == pytest.approx(5.0 * difference.p)
    assert not difference.is_beyond_chance


def test_the_more_agents_the_harder_it_is() -> None:
    adjusted = []
    for challengers in (1, 2):
        comparison = noisy(challengers)
        assert comparison.num_tests == 5 * challengers
        difference = comparison.difference("rule-0", "numba", "co2_kg")
        assert difference is not None
        assert difference.p is not None
        adjusted.append(difference.p_adjusted)
        assert difference.p_adjusted == pytest.approx(5 * challengers * difference.p)
    assert adjusted[1] > adjusted[0]


def test_a_star_goes_by_the_corrected_p() -> None:
    table = noisy(1).table(["delay"])
    assert "-3.0 [-5.5, -0.5] -7 %" in table
    assert "*" not in table
    assert "-30.0 [-30.0, -30.0] -71 % *" in make_comparison().table(["delay"])


def test_metrics_that_are_not_shown_together_have_no_corrected_p() -> None:
    difference = make_comparison().difference("max-wave", "sumo", "duration_s")
    assert difference is not None
    assert (difference.p, difference.p_adjusted, difference.is_beyond_chance) == (0.0, None, False)


def test_the_document_says_what_was_corrected_for() -> None:
    document = json.loads(noisy(2).to_json())
    assert document["correction"]["method"] == "holm"
    assert document["correction"]["tests"] == 10
    assert document["correction"]["metrics"] == ["delay_s", "waiting_time_s", "stops", "co2_kg", "arrived"]
    row = next(row for row in document["differences"] if row["metric"] == "delay_s")
    assert row["p_adjusted"] == pytest.approx(10.0 * row["p"])


def test_seeds_needed_for_a_stated_precision(tmp_path: Path) -> None:
    # s 1 and the baseline's mean delay 42: 2 % is 0.84 s, and t(7)^2 / 0.84^2 = 7.92 <= 8, but t(6)^2 / 0.84^2 > 7.
    comparison = replace(noisy(1), precision=2.0)
    assert comparison.seeds_needed("rule-0", "numba") == 8
    line = "seeds needed in numba to know the change of delay within ± 2 % of fixed-time's, estimated from 3: rule-0 8"
    assert line in comparison.table()
    document = json.loads(comparison.to_json())["precision"]
    assert document == {
        "percent": 2.0,
        "metric": "delay_s",
        "needed": [{"agent": "rule-0", "backend": "numba", "seeds": 8}],
    }
    assert read_comparison(comparison.write_json(tmp_path / "results.json")) == comparison


def test_without_a_stated_precision_nothing_is_said() -> None:
    comparison = noisy(1)
    assert comparison.seeds_needed("rule-0", "numba") is None
    assert "seeds needed" not in comparison.table()
    assert json.loads(comparison.to_json())["precision"] is None


def test_one_seed_tells_nothing_of_how_many_are_needed() -> None:
    comparison = replace(make_comparison(seeds=(1,)), precision=2.0)
    assert comparison.seeds_needed("max-wave", "sumo") is None
    assert "max-wave unknown" in comparison.table()
