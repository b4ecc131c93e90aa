"""Recipes: those shipped can be read, and what cannot be a recipe is refused by name."""

from __future__ import annotations

import pytest

from trafficai import assets
from trafficai.datatypes import InputError
from trafficai.envs.rewards import parse_reward
from trafficai.training import list_recipes, load_recipe


@pytest.mark.parametrize("name", list_recipes())
def test_shipped_recipes_are_valid_and_have_a_card(name):
    recipe = load_recipe(name)
    assert recipe.name == name
    assert parse_reward(recipe.task.reward)
    assert (assets.folder("agents") / name / "card.md").read_text(encoding="utf-8").startswith(f"# {name}")


def test_a_recipe_can_be_named_by_folder_or_file():
    folder = assets.folder("agents") / "ppo"
    assert load_recipe(folder) == load_recipe(folder / "agent.toml") == load_recipe("ppo")


def test_an_unknown_recipe_is_an_input_error_with_a_suggestion():
    with pytest.raises(InputError, match="no recipe is called 'pppo'; try ppo"):
        load_recipe("pppo")


@pytest.mark.parametrize("name", ["max-wave", assets.folder("agents") / "max-wave"])
def test_a_rule_needs_no_training(name):
    with pytest.raises(InputError, match="^max-wave is a rule and needs no training"):
        load_recipe(name)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("worlds = 16", "worlds = 0", "key 'worlds'"),
        ("worlds = 16", "world = 16", "key 'worlds'"),
        ("epochs = 6", "epochs = 6\nspeed = 9", "key 'settings.speed'"),
        ('algorithm = "ppo"', 'algorithm = "os.system"', "key 'algorithm'"),
        ("worlds = 16", "worlds = ", "is not TOML"),
    ],
)
def test_what_is_not_a_recipe_is_an_input_error(tmp_path, old, new, message):
    text = (assets.folder("agents") / "ppo" / "agent.toml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "agent.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        load_recipe(tmp_path)
