"""What the commands print and write, with fake engines."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.evaluation.fakes import FakeBackend, FakeController, PickyController
from tests.reports.samples import make_comparison
from trafficai.cli.demo import verdict
from trafficai.cli.options import seeds_of
from trafficai.controllers import list_controllers
from trafficai.evaluation import compare
from trafficai.scenario.model import Scenario


@pytest.fixture(autouse=True)
def levels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each rule a delay of its own."""
    level = {"fixed-time": 40.0, "max-wave": 10.0, "max-pressure": 20.0}

    def make_controller(name: str, settings: object = None) -> FakeController:
        return FakeController(name, level.get(name, 30.0) - (5.0 if settings else 0.0))

    monkeypatch.setattr("trafficai.controllers.make_controller", make_controller)


def make_picky(unable: str) -> Callable[..., FakeController]:
    """Return a maker of rules of which one serves no scenario."""

    def make_controller(name: str, settings: object = None) -> FakeController:
        del settings
        return (PickyController if name == unable else FakeController)(name, 30.0)

    return make_controller


@pytest.mark.usefixtures("toy")
def test_simulate_prints_a_table_and_warns_of_what_is_left_out(run: Run) -> None:
    outcome = run("simulate", "toy")
    assert outcome.code == 0
    assert "warning: 3 trams were left out\n" in outcome.err
    delay = next(line for line in outcome.out.splitlines() if line.strip().startswith("delay"))
    assert delay.split()[:3] == ["delay", "110.0", "s"]  # 40 + 10 * seed 7


@pytest.mark.usefixtures("toy")
def test_simulate_writes_the_contract(run: Run, tmp_path: Path) -> None:
    outcome = run("simulate", "toy", "--agent", "max-wave", "--backend", "sumo", "--seed", "3", "--json", "a/b.json")
    assert outcome.code == 0
    document = json.loads((tmp_path / "a" / "b.json").read_text())
    assert (document["schema"], document["agent"], document["backend"], document["seed"]) == (1, "max-wave", "sumo", 3)
    assert document["metrics"]["delay_s"] == 140.0
    assert document["performance"]["simulated_s"] == 100


@pytest.mark.usefixtures("toy")
def test_models_that_only_sumo_has_are_refused_without_it(run: Run) -> None:
    for command in (("simulate", "toy"), ("compare", "toy", "max-wave", "fixed-time")):
        outcome = run(*command, "--emission-model", "PHEMlight5")
        assert outcome.code == 2
        assert "only SUMO has the emission model PHEMlight5; add --backend sumo" in outcome.err


@pytest.mark.usefixtures("toy")
def test_a_fleet_that_does_not_exist_is_bad_input(run: Run) -> None:
    outcome = run("simulate", "toy", "--fleet", "DE-1999")
    assert outcome.code == 2
    assert "DE-2022 DE-2026" in outcome.err


@pytest.mark.usefixtures("toy")
def test_compare_prints_writes_and_reports(run: Run, tmp_path: Path) -> None:
    outcome = run(
        *("compare", "toy", "max-wave", "fixed-time", "--seeds", "3", "--backend", "both"),
        *("--json", "c.json", "--report", "page"),
    )
    assert outcome.code == 0
    assert "toy, sumo, 3 seeds (1 to 3)" in outcome.out
    assert "-50 ± 0 % *" in outcome.out
    document = json.loads((tmp_path / "c.json").read_text())
    assert document["complete"] is True
    assert document["baseline"] == "fixed-time"
    assert document["seeds"] == [1, 2, 3]
    assert len(document["cells"]) == 12
    assert document["command"].startswith("trafficai compare toy max-wave fixed-time --seeds 3")
    assert "Max wave lowers mean delay by" in (tmp_path / "page" / "report.html").read_text()


@pytest.mark.usefixtures("toy")
def test_the_ladder_is_every_rule_and_a_rung_that_cannot_serve_is_left_out(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trafficai.controllers.make_controller", make_picky("nema"))
    outcome = run("compare", "toy", "--ladder", "--seeds", "2", "--json", "c.json")
    assert outcome.code == 0
    assert "warning: nema is left out: agent 'nema' was trained for another scenario" in outcome.err
    agents = json.loads((tmp_path / "c.json").read_text())["agents"]
    assert agents == [*(name for name in list_controllers() if name != "nema"), "max-pressure-switching-loss"]


@pytest.mark.usefixtures("toy")
def test_an_agent_named_beside_the_ladder_has_to_serve(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trafficai.controllers.make_controller", make_picky("nema"))
    outcome = run("compare", "toy", "nema", "--ladder", "--seeds", "2")
    assert (outcome.code, outcome.out) == (2, "")
    assert "was trained for another scenario" in outcome.last_error


@pytest.mark.usefixtures("toy")
def test_compare_says_how_many_seeds_are_needed_and_who_is_not_counted(run: Run, tmp_path: Path) -> None:
    options = ("--seeds", "3", "--precision", "2", "--warm-up", "60", "--json", "c.json")
    outcome = run("compare", "toy", "fixed-time", "max-wave", *options)
    assert outcome.code == 0
    assert "warm-up: 0 vehicles, scheduled in the first 60 s, are in no figure" in outcome.out
    assert "seeds needed in numba to know the change of delay within ± 2 % of fixed-time's" in outcome.out
    document = json.loads((tmp_path / "c.json").read_text())
    assert (document["warm_up_s"], document["precision"]["percent"]) == (60, 2.0)
    assert {cell["metrics"]["loaded"] for cell in document["cells"]} == {0}  # the toy's one vehicle departs at 0 s


@pytest.mark.usefixtures("toy")
def test_simulate_says_who_is_not_counted(run: Run) -> None:
    assert "warm-up: 0 vehicles, scheduled in the first 60 s" in run("simulate", "toy", "--warm-up", "60").out


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize(
    ("options", "words"),
    [(["--warm-up", "100"], "leaves nothing to count"), (["--precision", "0"], "--precision")],
)
def test_a_comparison_that_would_say_nothing_is_bad_input(run: Run, options: list[str], words: str) -> None:
    outcome = run("compare", "toy", "fixed-time", "max-wave", *options)
    assert outcome.code == 2
    assert words in outcome.last_error


@pytest.mark.usefixtures("toy")
def test_compare_keeps_what_was_done_when_a_run_fails(run: Run, tmp_path: Path) -> None:
    FakeBackend.crashes.extend([2, 2])
    outcome = run("compare", "toy", "max-wave", "fixed-time", "--seeds", "3", "--jobs", "1", "--json", "c.json")
    assert outcome.code == 1
    assert "failed twice" in outcome.last_error
    document = json.loads((tmp_path / "c.json").read_text())
    assert document["complete"] is False
    assert [cell["seed"] for cell in document["cells"]] == [1, 1]
    assert [path.name for path in tmp_path.iterdir()] == ["c.json"]


@pytest.mark.usefixtures("toy")
def test_report_is_made_from_the_json(run: Run, tmp_path: Path) -> None:
    run("compare", "toy", "max-wave", "fixed-time", "--seeds", "2", "--json", "c.json")
    outcome = run("report", "c.json", "--out", "page", "--lang", "de")
    assert (outcome.code, outcome.out) == (0, "written page/report.html\n")
    assert '<html lang="de">' in (tmp_path / "page" / "report.html").read_text()
    assert run("report", "c.json").out == "written report.html\n"


@pytest.mark.usefixtures("toy")
def test_progress_is_plain_lines_where_there_is_no_terminal(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trafficai.cli.console.LINE_INTERVAL_S", 0.0)
    lines = run("compare", "toy", "max-wave", "fixed-time", "--seeds", "5").err.splitlines()
    assert lines[-1].startswith("comparing 2 agents on toy: 100 %")
    assert len(lines) == 1 + 1 + 10  # the scenario's warning, the start, and a line per tenth


def test_a_trailing_slash_does_not_make_another_agent(run: Run) -> None:
    assert "unknown agent 'runs/x'" in run("compare", "cologne1", "runs/x/").last_error


def test_lists_name_what_can_be_named(run: Run) -> None:
    agents, scenarios = run("list", "agents"), run("list", "scenarios")
    assert agents.code == scenarios.code == 0
    assert {"fixed-time", "max-wave", "max-pressure", "ppo"} <= set(agents.out.split())
    assert {"cologne1", "ingolstadt21", "grid4x4"} <= set(scenarios.out.split())
    assert "The net's own fixed-time program." in agents.out


def test_help_says_what_the_docstrings_say(run: Run) -> None:
    overview, page = run("--help").out, run("compare", "--help").out
    assert "paired" in overview.partition("compare  ")[2].partition("demo")[0]
    assert "at least one unless --ladder is given" in " ".join(page.replace("│", " ").split())
    assert "held against fixed-time where it is named, else against the first" in page


def test_a_terminal_that_knows_ascii_only_is_no_reason_to_fail(typed: Run, tmp_path: Path) -> None:
    make_comparison().write_json(tmp_path / "c.json")
    outcome = typed("report", "c.json", "--out", "K\u00f6ln", PYTHONIOENCODING="ascii")
    assert (outcome.code, outcome.err) == (0, "")
    assert (tmp_path / "K\u00f6ln" / "report.html").exists()


def test_seeds_count_from_one() -> None:
    assert list(seeds_of(3)) == [1, 2, 3]


@pytest.mark.parametrize(
    ("level", "words"),
    [
        (10.0, "ppo beats fixed-time in delay and CO2 in both engines"),
        (50.0, "ppo does NOT beat fixed-time everywhere: delay in numba +10.0 s (+10.0 to +10.0); CO2 in numba"),
    ],
)
def test_the_verdict_is_plain(toy: Scenario, level: float, words: str) -> None:
    agents = [FakeController("fixed-time", 40.0), FakeController("ppo", level)]
    assert verdict(compare(toy, agents, [1, 2], ["numba", "sumo"])).startswith(words)


def test_one_seed_gives_no_verdict(toy: Scenario) -> None:
    agents = [FakeController("fixed-time", 40.0), FakeController("ppo", 10.0)]
    assert "does NOT beat" in verdict(compare(toy, agents, [1], ["numba"]))
