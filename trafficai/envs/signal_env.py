"""``trafficai/Signal-v0``: one agent that sets one signal, or all signals, of a scenario."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Unpack

import gymnasium
import numpy as np
from gymnasium.error import ResetNeeded
from numpy.typing import NDArray

from trafficai.envs.engines import BackendFactory
from trafficai.envs.pictures import Pictures
from trafficai.envs.task import Task, TaskOptions, draw_engine_seed, resolve_scenario
from trafficai.envs.world_batch import WorldBatch
from trafficai.scenario.model import Scenario


class SignalEnv(gymnasium.Env[Any, Any]):
    """One world of a scenario with one agent.

    Observation: Box, (n,) float32, what each number is stands in ``observation_names``. Action: as the option
    ``action`` says; unless given, the number of a green phase, Discrete for one signal, MultiDiscrete for several. An
    episode is the period of the scenario: it ends truncated, never terminated. ``info`` tells the delay, CO2 and stops
    of the interval and of the episode so far, and vehicle counts. With several rewards the reward is a vector, within
    ``reward_space`` (MO-Gymnasium's convention).

    Args:
        scenario: a name, a path, or a Scenario.
        backend: "numba", "sumo", or a function that makes an engine for a scenario.
        begin: start of the episode [s], the scenario's own unless given.
        end: end of the episode [s], the scenario's own unless given.
        render_mode: None, "rgb_array" for pictures from ``render()``, or "human" for a window; extra ``render``.
        **task: observation, reward, action, decision_interval, signal and more; see TaskOptions.

    Raises:
        InputError: where the scenario has no signal to control, a name is unknown, or the extra ``render`` is missing.
    """

    # Gymnasium declares it an instance variable.
    metadata = {"render_modes": ["rgb_array", "human"], "render_fps": 5}  # noqa: RUF012

    def __init__(
        self,
        scenario: Scenario | str | Path,
        *,
        backend: str | BackendFactory = "numba",
        begin: int | None = None,
        end: int | None = None,
        render_mode: str | None = None,
        **task: Unpack[TaskOptions],
    ) -> None:
        self.task = Task(resolve_scenario(scenario, begin, end), **task)
        self.render_mode = render_mode
        self.observation_space = self.task.readout.spaces[0]
        self.action_space = self.task.action_spaces[0]
        self.reward_space = self.task.reward_space
        self._is_vector = len(self.task.readout.rewards) > 1
        self._pictures = Pictures(self.task.scenario, render_mode)
        self.worlds = WorldBatch([self.task], backend)
        self._is_running = False

    @property
    def observation_names(self) -> tuple[str, ...]:
        """The name of each number of an observation."""
        return self.task.observation_names

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Start an episode; a seed given is the engine's seed, else the environment's generator draws one."""
        super().reset(seed=seed, options=options)
        self.worlds.reset([draw_engine_seed(self.np_random) if seed is None else seed])
        self._is_running = True
        self._pictures.begin(self.worlds)
        return self.worlds.observations[0], self.worlds.info_of(0)

    def step(self, action: Any) -> tuple[NDArray[np.float32], Any, bool, bool, dict[str, Any]]:
        """Carry out an action, simulate one decision interval, and return what came of it.

        Raises:
            ResetNeeded: before the first reset and after the end of an episode.
            ValueError: in a strict environment, where the action is none.
        """
        if not self._is_running:
            raise ResetNeeded("the episode is over or has not begun; call reset()")
        self.worlds.step(None if action is None else [action])
        truncated = bool(self.worlds.is_over[0])
        self._is_running = not truncated
        self._pictures.update()
        rewards = self.worlds.rewards[0]
        reward = rewards if self._is_vector else float(rewards[0])
        return self.worlds.observations[0], reward, False, truncated, self.worlds.info_of(0)

    def action_masks(self) -> NDArray[np.bool_]:
        """Return what may be chosen now, as the MaskablePPO of sb3-contrib takes it; see ``task.action.mask_names``.

        Raises:
            ResetNeeded: before the first reset and after the end of an episode.
        """
        if not self._is_running:
            raise ResetNeeded("the episode is over or has not begun; call reset()")
        return self.worlds.masks()[0]

    def render(self) -> NDArray[np.uint8] | None:
        """Return the picture of now, (height, width, 3), in mode "rgb_array"; a window is kept up to date anyway.

        Raises:
            ResetNeeded: before the first reset.
        """
        return self._pictures.render()

    def close(self) -> None:
        """Free the engine, and close the window."""
        self.worlds.close()
        self._pictures.close()


def make_env(scenario: Scenario | str | Path, *, backend: str = "numba", **options: Any) -> SignalEnv:
    """Return a new environment of a scenario by name, by path or as a Scenario; options as SignalEnv takes them.

    Raises:
        InputError: where the scenario cannot be read or has no signal to control, or a name is unknown.
    """
    return SignalEnv(scenario, backend=backend, **options)
