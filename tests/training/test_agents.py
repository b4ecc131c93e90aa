"""The folders under agents/: every rule and every recipe has one, and each says what it is."""

from __future__ import annotations

import tomllib

import pytest

from trafficai import assets
from trafficai.controllers import list_controllers
from trafficai.training import list_recipes


def test_every_rule_and_recipe_has_a_folder():
    names = {path.parent.name for path in assets.folder("agents").glob("*/agent.toml")}
    assert names == {*list_controllers(), *list_recipes()}


@pytest.mark.parametrize("name", list_controllers())
def test_every_rule_names_its_source(name):
    folder = assets.folder("agents") / name
    rule = tomllib.loads((folder / "agent.toml").read_text(encoding="utf-8"))
    assert rule.keys() == {"name", "kind", "description", "source"}
    assert (rule["name"], rule["kind"]) == (name, "rule")
    assert (folder / "card.md").read_text(encoding="utf-8").startswith(f"# {name}\n")
