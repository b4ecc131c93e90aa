"""Agents: every rule and recipe has a folder that says what it is, and each is found by name or folder."""

from __future__ import annotations

import inspect
import shutil
import tomllib

import pytest

from tests.fakes import toy_scenario
from tests.training.conftest import DECISIONS
from trafficai import assets
from trafficai.controllers import FixedTime, MaxWave, list_controllers, make_controller
from trafficai.datatypes import InputError
from trafficai.training import PolicyController, list_agents, list_recipes, make_agent, make_agents


def test_every_rule_and_recipe_has_a_folder():
    names = {path.parent.name for path in assets.folder("agents").glob("*/agent.toml")}
    assert names == {*list_controllers(), *list_recipes()}


@pytest.mark.parametrize("name", list_controllers())
def test_every_rule_stands_on_the_ladder_with_its_settings(name):
    page = (assets.folder("agents").parent / "docs" / "ladder.md").read_text(encoding="utf-8")
    settings = inspect.signature(type(make_controller(name)).__init__).parameters.keys() - {"self"}
    assert f"| `{name}` |" in page
    assert not [setting for setting in settings if f"`{setting}`" not in page]


@pytest.mark.parametrize("name", list_controllers())
def test_every_rule_names_its_source(name):
    folder = assets.folder("agents") / name
    rule = tomllib.loads((folder / "agent.toml").read_text(encoding="utf-8"))
    assert rule.keys() == {"name", "kind", "description", "source"}
    assert (rule["name"], rule["kind"]) == (name, "rule")
    assert (folder / "card.md").read_text(encoding="utf-8").startswith(f"# {name}\n")


def test_a_rule_goes_before_a_folder_of_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "max-wave").mkdir()
    assert isinstance(make_agent("max-wave"), MaxWave)


def test_an_agent_is_found_by_its_folder(trained):
    assert isinstance(make_agent(trained), PolicyController)
    assert isinstance(make_agent(assets.folder("agents") / "max-wave"), MaxWave)


def test_a_folder_may_give_a_rule_other_settings(tmp_path):
    text = 'kind = "rule"\nname = "max-pressure"\n[settings]\ndecision_interval = 5\nswitching_loss = true\n'
    (tmp_path / "agent.toml").write_text(text, encoding="utf-8")
    assert make_agent(tmp_path).decision_interval == 5


def test_a_recipe_is_no_agent_and_says_what_makes_it_one():
    for name in ("ppo", assets.folder("agents") / "ppo"):
        with pytest.raises(InputError, match=f"it is a recipe: train it first with `trafficai train {name} "):
            make_agent(name)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('kind = "model"', "key 'kind': must be 'rule', 'plan' or 'recipe'"),
        ('kind = "rule"\nname = "max-waves"', "did you mean max-wave"),
        ('kind = "rule"', "no controller is called"),
        ("kind = ", "is not TOML"),
        ('kind = "rule"\nname = "sotl"\nsettings = 3', "must be a table"),
        ('kind = "rule"\nname = "sotl"\n[settings]\ntheta = 3', "agent.toml: sotl has no setting 'theta'"),
    ],
)
def test_a_folder_that_names_no_rule_is_an_input_error(tmp_path, text, message):
    (tmp_path / "agent.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        make_agent(tmp_path)


def test_agents_are_called_as_they_are_given(trained):
    assert list(make_agents(["fixed-time", f"{trained}/", MaxWave()])) == ["fixed-time", str(trained), "max-wave"]
    assert list(make_agents({"old": FixedTime(), "new": trained})) == ["old", "new"]
    with pytest.raises(InputError, match="is named twice"):
        make_agents([str(trained), trained])


def test_the_list_says_what_each_agent_is(trained, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs" / "bad").mkdir(parents=True)
    shutil.copytree(trained, tmp_path / "runs" / "good")
    (tmp_path / "runs" / "bad" / "manifest.json").touch()
    entries = {entry.name: entry for entry in list_agents()}
    assert all(entry.description for entry in entries.values())
    assert entries["ppo"].kind == "recipe"
    assert entries["runs/good"].description == f"ppo for {toy_scenario('AB').name}, {DECISIONS} decisions, seed 7"
    assert entries["runs/bad"].description.startswith("cannot be used")
