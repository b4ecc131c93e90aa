"""The search as a whole, on a street of five signals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from trafficai.controllers import designed, make_controller
from trafficai.datatypes import InputError
from trafficai.evaluation import compare
from trafficai.optimization import Objective, Settings, optimize, write_optimised
from trafficai.optimization.trials import Journal, Run, Trials
from trafficai.plans import SEARCHED
from trafficai.scenario import load_scenario
from trafficai.training import make_agent

SETTINGS = Settings(trials=80, checks=2)


@pytest.fixture(scope="module")
def street():
    scenario = load_scenario("arterial5", end=300)
    return replace(scenario, sha256="the street")


@pytest.fixture(scope="module")
def searched(street, tmp_path_factory):
    journal = tmp_path_factory.mktemp("search") / "trials.jsonl"
    shares = []
    found = optimize(street, SETTINGS, journal=journal, jobs=2, progress=lambda share, _: shares.append(share))
    return found, journal, shares


def test_no_design_is_better_than_the_best_plan(searched):
    found = searched[0].periods[0].found
    assert found.names[:3] == ("fixed-time", "webster", "coordinated")
    assert found.scores[found.best] == found.scores.min()
    assert found.scores[0] == 1.0


def test_the_search_itself_finds_plans_far_better_than_the_program(searched):
    found = searched[0].periods[0].found
    assert {*found.names[3:]} == {SEARCHED}
    assert found.scores[3:].min() < 0.9


def test_the_front_is_in_order_and_holds_the_least_of_both(searched):
    found = searched[0].periods[0].found
    means = found.outcomes.mean(axis=2)
    changes = (means / means[0]).mean(axis=1)
    shown = changes[list(found.front)]
    assert (np.diff(shown[:, 0]) > 0.0).all()
    assert (np.diff(shown[:, 1]) < 0.0).all()
    assert shown[0, 0] == changes[:, 0].min()
    assert shown[-1, 1] == changes[:, 1].min()


def test_progress_rises_to_about_all(searched):
    shares = searched[2]
    assert shares == sorted(shares)
    assert 0.9 <= shares[-1] <= 1.0


def test_trials_are_spent_as_told(searched):
    assert 0.8 * SETTINGS.trials <= searched[0].periods[0].found.num_trials <= 1.25 * SETTINGS.trials


def test_a_search_that_was_cut_comes_to_the_same_plan(street, searched, tmp_path):
    """Half of what was tried is known, the last line half written; one thread instead of two."""
    lines = searched[1].read_text().splitlines(keepends=True)
    cut = tmp_path / "trials.jsonl"
    cut.write_text("".join(lines[: len(lines) // 2]) + lines[-1][:40])
    again = optimize(street, SETTINGS, journal=cut, jobs=1)
    one, other = searched[0].periods[0].found, again.periods[0].found
    assert one.plans[one.best].signals == other.plans[other.best].signals
    assert (one.outcomes == other.outcomes).all()


def test_what_is_known_is_not_simulated_again(street, searched, monkeypatch):
    monkeypatch.setattr(Trials, "_simulate", lambda *_: pytest.fail("it was simulated"))
    again = optimize(street, SETTINGS, journal=searched[1])
    assert again.periods[0].found.scores.tolist() == searched[0].periods[0].found.scores.tolist()


def test_another_goal_is_followed(street):
    """Prices that make CO2 count for nothing give what delay gives."""
    delay = optimize(street, Settings(trials=60, checks=2, demands=(1.0,)))
    priced = optimize(street, Settings(Objective("priced", 1e6, 1e-6), 60, (1.0,), checks=2))
    first, second = (each.best().signals for each in (delay, priced))
    assert first == second


def test_outcomes_are_those_of_a_run_by_itself(street):
    """A plan tried among others, with and without a drawn demand, comes out as compare has it."""
    planned = designed(make_controller("webster"), street)
    trials = Trials(street, Journal(None), 2)
    outcomes = trials.outcomes([street, planned], [Run(3), Run(4, 1.2), Run(4)])
    cells = {
        (c.agent, c.seed): c.metrics
        for c in compare(street, [make_controller("fixed-time"), make_controller("webster")], [3, 4]).cells
    }
    for row, agent in enumerate(("fixed-time", "webster")):
        for column, seed in ((0, 3), (2, 4)):
            expected = cells[agent, seed]["delay_s"], cells[agent, seed]["co2_kg"]
            assert outcomes.all[row, column].tolist() == pytest.approx(expected)
    assert trials.num_vehicles(1.2) == round(1.2 * len(street.vehicles))
    most = outcomes.all[..., 0] * [len(street.vehicles), trials.num_vehicles(1.2), len(street.vehicles)]
    own = outcomes.own[..., 0].sum(axis=-1)
    assert (own <= most + 1e-6).all()
    assert (own > 0.6 * most).all()


def test_the_folder_is_an_agent_that_runs_the_plan(street, searched, tmp_path):
    files = write_optimised(searched[0], tmp_path, "trafficai optimize arterial5", None)
    assert {path.name for path in files} == {
        *("plan.add.xml", "plan.csv", "signalgroups.csv", "optimization.json", "agent.toml")
    }
    agent = make_agent(tmp_path)
    shown, best = designed(agent, street).signals, searched[0].best().signals
    assert [signal.program.cycle for signal in shown] == [signal.program.cycle for signal in best]
    (cell,) = compare(street, {"plan": agent}, [2**18], backend="numba").cells
    found = searched[0].periods[0].found
    k = SETTINGS.demands.index(1.0)
    ((again,),) = Trials(street, Journal(None), 1).outcomes([searched[0].best()], [Run(2**18)]).all.tolist()
    assert cell.metrics["delay_s"] == pytest.approx(again[0])
    assert found.outcomes[found.best, k].shape == (2, 2)


def test_a_scenario_without_a_choice_is_refused(street):
    one = replace(street, signals=tuple(replace(s, green_phases=s.green_phases[:1]) for s in street.signals))
    with pytest.raises(InputError, match="no signal has two green phases"):
        optimize(one, SETTINGS)
