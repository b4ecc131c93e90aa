"""Training: a recipe and a scenario go in, a policy comes out."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from trafficai.datatypes import InputError
from trafficai.datatypes.files import require_writable_folder
from trafficai.envs.engines import BackendFactory
from trafficai.envs.task import resolve_scenario
from trafficai.scenario.model import Scenario
from trafficai.training.bundle import CHECKPOINT_FILE, MANIFEST_FILE
from trafficai.training.extras import require
from trafficai.training.policies import PolicyController
from trafficai.training.recipes import Recipe, load_recipe

RUNS = Path("runs")
"""Where trainings go that are not told a folder."""


class Progress(Protocol):
    """Told how a training goes, after every update."""

    def __call__(self, done: int, total: int, delay: float | None) -> None:
        """Hear how many decisions are done, of how many, and the mean delay of the last episodes [s/vehicle]."""
        ...


def train(
    recipe: Recipe | str | Path,
    scenario: Scenario | str | Path,
    seed: int = 7,
    out: str | Path | None = None,
    *,
    steps: int | None = None,
    resume: bool = False,
    progress: Progress | None = None,
    backend: str | BackendFactory = "numba",
) -> PolicyController:
    """Train an agent for a scenario and return it; its folder holds the policy, a checkpoint and the logs.

    The same recipe, scenario and seed give the same weights on the same machine and versions. A training that was cut
    between two episodes and resumed does so too.

    Args:
        recipe: a name, a folder, or a Recipe.
        scenario: a name, a path, or a Scenario.
        seed: of the networks, the exploration and the worlds.
        out: the folder; ``runs/<recipe>-<scenario>-seed<seed>`` unless given.
        steps: decisions of all worlds together, the recipe's unless given; whole rollouts are trained.
        resume: go on from the checkpoint in the folder.
        progress: told after every update.
        backend: the engine to train in.

    Raises:
        InputError: where something named cannot be used, or the folder holds another training.
        RunError: where numbers stop being finite, or the folder cannot be written.
    """
    whole = resolve_scenario(scenario)
    recipe, folder = check_training(recipe, whole, seed, out, resume)
    from trafficai.training.learner import Job, Learner  # PyTorch takes seconds to import

    job = Job(recipe, whole, seed, folder, recipe.decisions if steps is None else steps)
    with Learner(job, backend) as learner:
        if resume:
            learner.resume()
        return learner.run(progress)


def check_training(
    recipe: Recipe | str | Path, scenario: Scenario, seed: int, out: str | Path | None, resume: bool
) -> tuple[Recipe, Path]:
    """Return recipe and folder of a training that can begin, found out without importing PyTorch.

    Raises:
        InputError: a library is missing, the recipe is none, or the folder cannot be used.
    """
    require("torch", "stable_baselines3", "tensorboard", "safetensors")
    recipe = recipe if isinstance(recipe, Recipe) else load_recipe(recipe)
    folder = RUNS / f"{recipe.name}-{scenario.name}-seed{seed}" if out is None else Path(out)
    require_writable_folder(folder)
    if not resume and holds_training(folder):
        raise InputError("already holds a training; choose another folder, or resume it with --resume", file=folder)
    if resume and not (folder / CHECKPOINT_FILE).exists():
        raise InputError(f"nothing to resume ({CHECKPOINT_FILE} is missing); leave out --resume", file=folder)
    return recipe, folder


def holds_training(folder: Path) -> bool:
    """Return whether a training, finished or not, lies in the folder."""
    return any((folder / name).exists() for name in (MANIFEST_FILE, CHECKPOINT_FILE))
