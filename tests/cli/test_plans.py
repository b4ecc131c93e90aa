"""Plans on the command line."""

import json
from pathlib import Path

from tests.cli.conftest import Run


def test_one_format_becomes_another(run: Run, tmp_path: Path) -> None:
    assert run("export-plan", "cologne1", "--out", "tables", "--style", "tables").out == (
        "written tables/plan.csv\nwritten tables/signalgroups.csv\n"
    )
    plan = tmp_path / "tables" / "plan.csv"
    plan.write_text(plan.read_text().replace(",90,0,", ",90,12.5,"))
    outcome = run("export-plan", "cologne1", "--plan", "tables", "--out", "p.add.xml", "--name", "ours")
    assert (outcome.code, outcome.out) == (0, "written p.add.xml\n")
    assert 'programID="ours" offset="12.5"' in (tmp_path / "p.add.xml").read_text()


def test_a_plan_is_simulated(run: Run, tmp_path: Path) -> None:
    run("export-plan", "cologne1", "--out", "tables", "--style", "tables")
    plan = tmp_path / "tables" / "plan.csv"
    plan.write_text(plan.read_text().replace(",90,0,", ",90,40,"))
    period = ("simulate", "cologne1", "--begin", "25200", "--end", "25500")
    own, shifted = (
        json.loads((tmp_path / name).read_text())
        for name, options in (("a.json", ()), ("b.json", ("--plan", "tables")))
        if run(*period, *options, "--json", name).code == 0
    )
    assert own["scenario_sha256"] != shifted["scenario_sha256"]
    assert own["metrics"]["delay_s"] != shifted["metrics"]["delay_s"]


def test_a_bad_plan_is_bad_input(run: Run, tmp_path: Path) -> None:
    outcome = run("simulate", "cologne1", "--plan", "no.add.xml")
    assert (outcome.code, outcome.last_error) == (2, "error: no.add.xml: no such plan; name a file or a folder")
    (tmp_path / "p.add.xml").write_text(
        '<additional><tlLogic id="x"><phase duration="5" state="G"/></tlLogic></additional>'
    )
    outcome = run("simulate", "cologne1", "--plan", "p.add.xml")
    assert outcome.code == 2
    assert outcome.last_error.startswith("error: p.add.xml: signal 'x': the network has no such signal")


def test_a_plan_that_breaks_a_rule_ends_with_1(run: Run, tmp_path: Path) -> None:
    outcome = run("check-plan", "cologne1", "--json", "found.json")
    assert (outcome.code, outcome.last_error) == (1, "error: the plan breaks 7 of 83 checks")
    document = json.loads((tmp_path / "found.json").read_text())
    assert (document["schema"], document["passed"], document["plan"]) == (1, False, None)
    assert document["counts"] == {"pass": 68, "advice": 8, "fail": 7}
    failed = [finding for finding in document["findings"] if finding["result"] == "fail"]
    assert {(finding["rule"], len(finding["groups"])) for finding in failed} == {("intergreen", 2)}
    assert all(finding["value_s"] < finding["limit_s"] for finding in failed)
    lines = [line for line in outcome.out.splitlines() if line.startswith("fail: ")]
    assert len(lines) == 7
    assert all("RiLSA 2015" in line for line in lines)


def test_a_good_plan_ends_with_0(run: Run) -> None:
    outcome = run("check-plan", "junction", "--everything")
    assert outcome.code == 0
    assert outcome.out.splitlines()[-1] == "junction: 83 checks by rilsa, 0 fail, 8 advice"
    assert outcome.out.count("\npass: ") + outcome.out.startswith("pass: ") == 75


def test_the_plan_is_checked_instead_of_the_networks(run: Run, tmp_path: Path) -> None:
    run("export-plan", "junction", "--out", "tables", "--style", "tables")
    plan = tmp_path / "tables" / "plan.csv"
    plan.write_text(plan.read_text().replace(",90,0,", ",130,0,"))
    outcome = run("check-plan", "junction", "tables")
    assert outcome.code == 1
    assert "fail: A1: cycle 130 s, 120 s at most [max-cycle; RiLSA 2015, cycle times]" in outcome.out
    assert run("check-plan", "junction", "none").code == 2
    assert run("check-plan", "junction", "--standard", "tidy").code == 2


def test_what_an_agent_designs_is_exported_and_runs_as_it_did(run: Run, tmp_path: Path) -> None:
    assert run("export-plan", "cologne1", "--agent", "webster", "--out", "w.add.xml").code == 0
    designed, imported = (
        json.loads((tmp_path / name).read_text())["metrics"]
        for name, options in (("a.json", ("--agent", "webster")), ("b.json", ("--plan", "w.add.xml")))
        if run("simulate", "cologne1", *options, "--json", name).code == 0
    )
    assert designed == imported
    assert "cologne1: " in run("check-plan", "cologne1", "--agent", "webster").out
