"""Plans that agents design keep the rules of signal timing, as the network's programs do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from trafficai.controllers import Hbs, designed
from trafficai.plans import check_plan, export_plan, limits_of, load_plan
from trafficai.scenario import load_scenario
from trafficai.scenario.model import Scenario


def findings_of(scenario: Scenario, folder: Path, **settings: bool) -> dict[str, int]:
    """Return how many checks of the German plan pass, are advice or fail, given nothing but the exported file."""
    file = folder / "plan.add.xml"
    export_plan(designed(Hbs(**settings), scenario), file)
    results = [finding.result for finding in check_plan(load_plan(scenario, file), limits_of())]
    return {result: results.count(result) for result in ("pass", "advice", "fail")}


@pytest.mark.parametrize("name", ["junction", "cologne1", "cologne8", "ingolstadt7", "ingolstadt21"])
def test_a_german_plan_breaks_no_german_rule(name, tmp_path):
    found = findings_of(load_scenario(name), tmp_path)
    assert found["fail"] == 0 < found["pass"]


def test_the_program_that_it_replaces_breaks_some():
    assert any(finding.result == "fail" for finding in check_plan(load_scenario("cologne1"), limits_of()))


def test_nor_does_a_coordinated_one(tmp_path):
    assert findings_of(load_scenario("arterial5"), tmp_path, coordinated=True)["fail"] == 0


def test_tables_of_a_german_plan_hold_its_intergreens(tmp_path):
    scenario = load_scenario("cologne8")
    made = designed(Hbs(), scenario)
    export_plan(made, tmp_path, "tables")
    read = load_plan(scenario, tmp_path)
    assert [signal.intergreen for signal in read.signals] == [signal.intergreen for signal in made.signals]
    assert not any(finding.result == "fail" for finding in check_plan(read, limits_of()))


def test_pedestrians_get_over_most_of_their_crossings(with_crossings, tmp_path):
    scenario = with_crossings
    assert findings_of(scenario, tmp_path)["fail"] == 0
    export_plan(designed(Hbs(), scenario), tmp_path / "p.add.xml")
    found = check_plan(load_plan(scenario, tmp_path / "p.add.xml"), limits_of())
    walking = [finding.result for finding in found if finding.rule == "pedestrian-green"]
    assert set(walking) == {"pass"}
