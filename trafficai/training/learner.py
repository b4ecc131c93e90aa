"""PPO of stable-baselines3 on many worlds at once, with our own checkpoints and our own policy files."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import Logger, make_output_format
from stable_baselines3.common.vec_env import VecMonitor

from trafficai.envs import SignalVectorEnv
from trafficai.envs.engines import BackendFactory
from trafficai.scenario.model import Scenario
from trafficai.training.bundle import CHECKPOINT_FILE, Manifest, Weights, library_versions, signal_shapes, write_bundle
from trafficai.training.checkpoints import load_checkpoint, save_checkpoint
from trafficai.training.policies import PolicyController, load_policy
from trafficai.training.recipes import Recipe, Settings
from trafficai.training.sb3 import GymVecToSB3

if TYPE_CHECKING:
    from trafficai.training.train import Progress

ACTIVATIONS: dict[str, type[torch.nn.Module]] = {"tanh": torch.nn.Tanh, "relu": torch.nn.ReLU}


class Job(NamedTuple):
    """What is to be trained."""

    recipe: Recipe
    scenario: Scenario
    seed: int
    folder: Path
    decisions: int  # of all worlds together

    @property
    def identity(self) -> dict[str, Any]:
        """What must be the same for a training to be resumed."""
        recipe = self.recipe.model_dump(mode="json", exclude={"decisions", "description"})
        return {"recipe": recipe, "scenario_sha256": self.scenario.sha256, "seed": self.seed}


def largest_divisor(number: int, limit: int) -> int:
    """Return the largest divisor of a number that is at most ``limit``."""
    return next(divisor for divisor in range(min(number, limit), 0, -1) if number % divisor == 0)


def rollout_length(num_decisions: int, at_most: int) -> int:
    """Return how many decisions of each world make a rollout: whole parts of an episode where that costs no half of it.

    Only between episodes can a training be cut and resumed to the same weights: a world cannot be stored half-way.
    """
    whole_parts = largest_divisor(num_decisions, at_most)
    return whole_parts if 2 * whole_parts > min(at_most, num_decisions) else at_most


class Learner:
    """A learner on its worlds.

    Args:
        job: what is to be trained.
        backend: the engine to train in.
    """

    def __init__(self, job: Job, backend: str | BackendFactory) -> None:
        torch.set_num_threads(1)  # more threads give other sums, and cost more than they bring on networks this small
        self.job = job
        task = job.recipe.task.model_dump()
        self.env = SignalVectorEnv(
            job.scenario, job.recipe.worlds, backend=backend, threads=os.cpu_count() or 1, **task
        )
        self.worlds = GymVecToSB3(self.env, job.recipe.settings.reward_scale)
        self.model = make_ppo(self.worlds, job.recipe.settings, job.seed)

    @property
    def checkpoint(self) -> Path:
        """The file that holds the state of the training."""
        return self.job.folder / CHECKPOINT_FILE

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.worlds.close()

    def run(self, progress: Progress | None) -> PolicyController:
        """Train what is left to train, write the policy and return it."""
        left = self.job.decisions - self.model.num_timesteps
        if left > 0:
            with contextlib.closing(self._open_log()) as log:
                self.model.set_logger(log)
                self.model.learn(left, _Watch(self, progress), log_interval=1, reset_num_timesteps=False)
            self.save()
        write_bundle(self.job.folder, policy_weights(self.model), self.manifest())
        return load_policy(self.job.folder)

    def resume(self) -> None:
        """Go on from the checkpoint in the job's folder: with the episode that comes next in each world."""
        done = load_checkpoint(self.checkpoint, self.model, self.job.identity)
        self.worlds.first_episode = -(-done // (self.worlds.num_envs * self.env.task.num_decisions))

    def _open_log(self) -> Logger:
        """Return a log for TensorBoard and in a table; a training that goes on starts a table of its own."""
        folder, done = str(self.job.folder / "log"), self.model.num_timesteps
        suffix = f"-from-{done}" if done else ""
        return Logger(folder, [make_output_format(kind, folder, suffix) for kind in ("csv", "tensorboard")])

    def save(self) -> None:
        """Write the state of the training."""
        save_checkpoint(self.checkpoint, self.model, self.job.identity)

    def manifest(self) -> Manifest:
        """Return what the policy's numbers mean."""
        task, job = self.env.task, self.job
        return Manifest(
            inputs=task.observation_names,
            signals=signal_shapes(job.scenario, task.controlled.signal_index),
            scenario=job.scenario.name,
            scenario_sha256=job.scenario.sha256,
            recipe=job.recipe,
            seed=job.seed,
            decisions=self.model.num_timesteps,
            versions=library_versions(),
            weights_sha256="",
        )


def make_ppo(worlds: GymVecToSB3, settings: Settings, seed: int) -> PPO:
    """Return an untrained PPO learner on the worlds."""
    rollout = rollout_length(worlds.env.task.num_decisions, settings.rollout)
    first, last = settings.learning_rate, settings.final_learning_rate
    return PPO(
        "MlpPolicy",
        VecMonitor(worlds),
        learning_rate=lambda remaining: last + (first - last) * remaining,
        n_steps=rollout,
        batch_size=largest_divisor(rollout * worlds.num_envs, settings.batch_size),
        n_epochs=settings.epochs,
        gamma=settings.discount,
        gae_lambda=settings.gae_lambda,
        clip_range=settings.clip_range,
        ent_coef=settings.entropy_weight,
        vf_coef=settings.value_weight,
        max_grad_norm=settings.max_gradient_norm,
        policy_kwargs={"net_arch": list(settings.hidden), "activation_fn": ACTIVATIONS[settings.activation]},
        seed=seed,
        device="cpu",
    )


def policy_weights(model: PPO) -> Weights:
    """Return the layers of the policy network, without its critic."""
    hidden = [layer for layer in model.policy.mlp_extractor.policy_net if isinstance(layer, torch.nn.Linear)]
    layers: list[Any] = [*hidden, model.policy.action_net]
    weights = {f"{i}.weight": layer.weight.detach().numpy().copy() for i, layer in enumerate(layers)}
    return weights | {f"{i}.bias": layer.bias.detach().numpy().copy() for i, layer in enumerate(layers)}


class _Watch(BaseCallback):
    """Saves a checkpoint between two episodes, logs what the episodes cost, and tells the progress."""

    def __init__(self, learner: Learner, progress: Progress | None) -> None:
        super().__init__()
        self._learner, self._tell = learner, progress
        self._num_vehicles = max(len(learner.job.scenario.vehicles), 1)
        self._delay: float | None = None
        self._is_between_episodes = False

    def _on_step(self) -> bool:
        self._is_between_episodes = bool(self.locals["dones"].all())
        if self._is_between_episodes:
            self._log_episode(self.locals["infos"])
        return True

    def _log_episode(self, infos: list[dict[str, Any]]) -> None:
        self._delay = float(np.mean([info["total_delay_s"] for info in infos])) / self._num_vehicles
        co2 = float(np.mean([info["total_co2_g"] for info in infos])) / self._num_vehicles
        self.logger.record("episode/delay_s", self._delay)
        self.logger.record("episode/co2_g", co2)

    def _on_rollout_start(self) -> None:
        if self._is_between_episodes:
            self._learner.save()

    def _on_rollout_end(self) -> None:
        if self._tell is not None:
            self._tell(min(self.num_timesteps, self._learner.job.decisions), self._learner.job.decisions, self._delay)
