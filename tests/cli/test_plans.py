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
