"""Recipes: how an agent is trained, as ``agents/<name>/agent.toml`` says."""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from trafficai import assets
from trafficai.controllers import list_controllers
from trafficai.datatypes import InputError
from trafficai.training.files import read_bounded

MAX_RECIPE_BYTES = 100_000
FILE_NAME = "agent.toml"


class Frozen(BaseModel):
    """A record that refuses unknown keys and is never changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class TaskRecipe(Frozen):
    """What the agent is asked to do."""

    observation: str = "queues"
    reward: str = "delay+co2"
    decision_interval: int = Field(default=10, ge=1, le=3600)  # [s]
    signal: str | None = None  # id of the one signal to control, None for all


class Settings(Frozen):
    """Settings of PPO (Schulman et al. 2017) and the size of its two networks."""

    learning_rate: float = Field(gt=0.0, le=1.0)  # at the start
    final_learning_rate: float = Field(ge=0.0, le=1.0)  # at the end, linear in between
    rollout: int = Field(ge=1, le=100_000)  # decisions of each world between two updates, at most
    batch_size: int = Field(ge=2, le=1_000_000)  # decisions per gradient step, at most
    epochs: int = Field(ge=1, le=100)  # passes over a rollout
    reward_scale: float = Field(gt=0.0)  # multiplies rewards, so that discounted sums of them are of order one
    discount: float = Field(gt=0.0, le=1.0)  # of the reward of the next decision
    gae_lambda: float = Field(ge=0.0, le=1.0)
    clip_range: float = Field(gt=0.0, le=1.0)
    entropy_weight: float = Field(ge=0.0, le=1.0)
    value_weight: float = Field(ge=0.0, le=10.0)
    max_gradient_norm: float = Field(gt=0.0)
    hidden: tuple[int, ...] = Field(
        min_length=1, max_length=4
    )  # units per layer, for the policy and again for its critic
    activation: Literal["tanh", "relu"] = "tanh"


class Recipe(Frozen):
    """How to train an agent."""

    name: str = Field(pattern=r"^[A-Za-z0-9_-]+$")
    kind: Literal["recipe"]
    description: str
    algorithm: Literal["ppo"]
    worlds: int = Field(ge=1, le=4096)  # simulated side by side
    decisions: int = Field(ge=1)  # of all worlds together
    task: TaskRecipe
    settings: Settings


def load_recipe(name_or_path: str | Path) -> Recipe:
    """Return the recipe of that name, or the one in that folder or file.

    Raises:
        InputError: where there is none, or it says something a recipe cannot say.
    """
    path = _find(name_or_path)
    content = read_agent_file(path)
    if content.get("kind") == "rule":
        raise InputError(f"{content.get('name')} is a rule and needs no training; name it in simulate and compare")
    try:
        return Recipe.model_validate(content)
    except ValidationError as error:
        raise InputError(first_error(error), file=path) from error


def read_agent_file(path: Path) -> dict[str, Any]:
    """Return what an agent.toml says, unchecked but for its form.

    Raises:
        InputError: where it cannot be read or is not TOML.
    """
    try:
        return tomllib.loads(read_bounded(path, MAX_RECIPE_BYTES).decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"is not TOML ({error})", file=path) from error


def list_recipes() -> tuple[str, ...]:
    """Return the names of the recipes that come with trafficai, in alphabetical order."""
    paths = sorted(assets.folder("agents").glob(f"*/{FILE_NAME}"))
    return tuple(path.parent.name for path in paths if read_agent_file(path).get("kind") == "recipe")


def first_error(error: ValidationError) -> str:
    """Return the first thing pydantic found wrong, on one line, with the key it stands at."""
    first = error.errors()[0]
    return f"key {'.'.join(str(part) for part in first['loc'])!r}: {first['msg']}"


def _find(name_or_path: str | Path) -> Path:
    path = Path(name_or_path)
    if path.is_file():
        return path
    if (path / FILE_NAME).is_file():
        return path / FILE_NAME
    known = list_recipes()
    if str(name_or_path) in (*known, *list_controllers()):
        return assets.folder("agents") / path / FILE_NAME
    near = difflib.get_close_matches(str(name_or_path), known, n=1) or known
    raise InputError(f"no recipe is called {str(name_or_path)!r}; try {' or '.join(near)}")
