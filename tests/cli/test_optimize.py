"""``trafficai optimize`` as a user types it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.backends.sumo_tools import states_in_sumo
from tests.cli.conftest import Run
from trafficai.scenario import load_scenario
from trafficai.scenario.model import Scenario

SEARCH = ("optimize", "junction", "--end", "240", "--trials", "60", "--checks", "2", "--demands", "1")


@pytest.fixture
def searched(run: Run) -> Run:
    """Return the command line after a search."""
    outcome = run(*SEARCH)
    assert outcome.code == 0, outcome.err
    assert outcome.out.count("written runs/optimised-junction/") == 5
    for word in ("fixed-time", "webster", "coordinated", "front, delay / CO2", "prove it:  trafficai compare junction"):
        assert word in outcome.out
    return run


def test_the_plan_is_an_agent_and_a_plan(searched: Run, tmp_path: Path) -> None:
    folder = Path("runs/optimised-junction")
    document = json.loads((folder / "optimization.json").read_text())
    assert (document["schema"], document["objective"], document["demands"]) == (1, "delay", [1.0])
    (period,) = document["periods"]
    assert period["plans"][0]["plan"] == "fixed-time"
    assert period["plans"][0]["results"][0]["delay_s"]["n"] == 2
    best = min(plan["cost"] for plan in period["plans"])
    assert {plan["cost"] for plan in period["plans"] if plan["plan"] == period["best"]} == {best}
    period_of = ("--end", "240", "--json")
    ways = {
        "a.json": ("--agent", "optimised"),
        "b.json": ("--agent", str(folder)),
        "c.json": ("--plan", str(folder)),
        "d.json": ("--plan", str(folder / "plan.add.xml")),
    }
    delays = set()
    for name, options in ways.items():
        assert searched("simulate", "junction", *options, *period_of, name).code == 0
        delays.add(json.loads((tmp_path / name).read_text())["metrics"]["delay_s"])
    assert len(delays) == 1
    assert searched("list", "agents").out.count("optimised") == 1


def test_a_search_is_not_overwritten(searched: Run) -> None:
    outcome = searched(*SEARCH)
    assert outcome.code == 2
    assert outcome.last_error == (
        "error: runs/optimised-junction: holds a search already; name another folder, or go on with --resume"
    )
    before = Path("runs/optimised-junction/plan.csv").read_text()
    assert searched(*SEARCH, "--resume").code == 0
    assert Path("runs/optimised-junction/plan.csv").read_text() == before


def test_times_of_day_have_their_own_plans(run: Run, tmp_path: Path) -> None:
    outcome = run(*SEARCH, "--switch-at", "120", "--out", "day")
    assert outcome.code == 0, outcome.err
    agent = (tmp_path / "day" / "agent.toml").read_text()
    assert [line for line in agent.splitlines() if "=" in line][4:] == [
        *("begin = 0", 'path = "plan-1"', "begin = 120", 'path = "plan-2"')
    ]
    assert run("simulate", "junction", "--end", "240", "--agent", "day").code == 0


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--trials", "10"), "trials must be at least 60"),
        (("--vary", "speed"), "nothing of a plan is called 'speed'"),
        (("--demands", "a"), "--demands must be numbers with commas between"),
        (("--objective", "priced"), "objective 'priced' needs two prices"),
        (("--switch-at", "9999"), "plans must switch at rising times"),
        (("--resume",), "holds no search to go on with"),
        (("--min-cycle", "90", "--max-cycle", "60"), "the shortest cycle must not exceed the longest"),
    ],
)
def test_bad_options_leave_nothing_behind(run: Run, tmp_path: Path, options: tuple[str, ...], problem: str) -> None:
    outcome = run("optimize", "junction", "--out", "x", *options)
    assert outcome.code == 2
    assert problem in outcome.last_error
    assert not (tmp_path / "x").exists()


def test_a_scenario_without_a_choice_leaves_nothing_behind(
    run: Run, toy: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signals = tuple(replace(signal, green_phases=signal.green_phases[:1]) for signal in toy.signals)
    monkeypatch.setattr("trafficai.scenario.load_scenario", lambda *_: replace(toy, signals=signals))
    outcome = run("optimize", "toy", "--out", "x")
    assert outcome.code == 2
    assert outcome.last_error.endswith("no signal has two green phases, so there is nothing to optimise")
    assert not (tmp_path / "x").exists()


def test_plain_sumo_switches_the_programs(run: Run, tmp_path: Path) -> None:
    """What SUMO alone says it shows: the first plan's program until 120 s, then the second's."""
    assert run(*SEARCH, "--switch-at", "120", "--out", "day").code == 0
    network = load_scenario("junction").network_file
    files = ",".join(f"day/{name}" for name in ("plan-1/plan.add.xml", "plan-2/plan.add.xml", "schedule.add.xml"))
    seen = states_in_sumo(tmp_path / "seen.json", 240, "-n", str(network), "-a", files)["A1"]
    for part, seconds in ((1, slice(0, 119)), (2, slice(121, 240))):
        alone = f"day/plan-{part}/plan.add.xml"
        shown = states_in_sumo(tmp_path / "alone.json", 240, "-n", str(network), "-a", alone)["A1"]
        assert seen[seconds] == shown[seconds]
