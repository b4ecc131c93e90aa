"""One small training that many tests look at."""

from __future__ import annotations

from functools import partial

import pytest

from tests.fakes import ToyBackend, toy_scenario
from trafficai.training import Recipe, load_recipe, train

DECISIONS = 3 * 2 * 60  # three episodes in two worlds


def small_recipe(**changes) -> Recipe:
    """The recipe ppo with two worlds, rollouts of half an episode, and little to learn."""
    recipe = load_recipe("ppo")
    settings = recipe.settings.model_copy(update={"rollout": 30, "batch_size": 30, "epochs": 2, "hidden": (8, 8)})
    return recipe.model_copy(update={"worlds": 2, "decisions": DECISIONS, "settings": settings} | changes)


train_small = partial(train, backend=ToyBackend)


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """The folder of a finished training on the toy with two signals."""
    folder = tmp_path_factory.mktemp("runs") / "trained"
    train_small(small_recipe(), toy_scenario("AB"), out=folder)
    return folder
