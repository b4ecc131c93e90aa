"""An agent for each signal: PettingZoo's ParallelEnv, and its AEC form by PettingZoo's own converter."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Unpack

import numpy as np
from gymnasium import spaces
from gymnasium.error import ResetNeeded
from gymnasium.utils.seeding import np_random
from numpy.typing import NDArray
from pettingzoo import AECEnv, ParallelEnv
from pettingzoo.utils.conversions import parallel_to_aec

from trafficai.envs.engines import BackendFactory
from trafficai.envs.pictures import Pictures
from trafficai.envs.task import Task, TaskOptions, draw_engine_seed, resolve_scenario
from trafficai.envs.world_batch import WorldBatch
from trafficai.scenario.model import Scenario

Observations = dict[str, NDArray[np.float32]]


class ParallelSignalEnv(ParallelEnv[str, Any, Any]):  # type: ignore[misc]  # PettingZoo has no types
    """One world of a scenario in which each signal has an agent, called by the signal's id.

    Every agent sees and answers for its own lanes; what ``SignalEnv`` says of observations, actions and rewards holds
    for each. All agents live until the scenario ends, which truncates them. ``infos`` hold what ``SignalEnv`` tells,
    and ``action_mask`` (int8) for the next action; ``state()`` are all observations side by side.

    Args:
        scenario: a name, a path, or a Scenario.
        backend: "numba", "sumo", or a function that makes an engine for a scenario.
        begin: start of the episode [s], the scenario's own unless given.
        end: end of the episode [s], the scenario's own unless given.
        render_mode: None, "rgb_array" for pictures from ``render()``, or "human" for a window; extra ``render``.
        **task: observation, reward, action, decision_interval and more; see TaskOptions.

    Raises:
        InputError: where the scenario has no signal to control, a name is unknown, or the extra ``render`` is missing.
    """

    metadata: ClassVar[dict[str, Any]] = {
        "name": "trafficai_signals_v0",
        "render_modes": ["rgb_array", "human"],
        "render_fps": 5,
        "is_parallelizable": True,
    }

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
        self.task = Task(resolve_scenario(scenario, begin, end), per_signal=True, **task)
        self.render_mode = render_mode
        self.possible_agents = list(self.task.agents)
        self.agents: list[str] = []
        self.observation_spaces = dict(zip(self.task.agents, self.task.readout.spaces, strict=True))
        self.action_spaces = dict(zip(self.task.agents, self.task.action_spaces, strict=True))
        self._pictures = Pictures(self.task.scenario, render_mode)
        self.worlds = WorldBatch([self.task], backend)
        self._is_vector = len(self.task.readout.rewards) > 1
        self._widths = [len(names) for names in self.task.readout.names]
        self._generator = np_random()[0]

    def observation_space(self, agent: str) -> spaces.Box:
        """Return the observation space of an agent, the same object each time."""
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> spaces.Space[Any]:
        """Return the action space of an agent, the same object each time."""
        return self.action_spaces[agent]

    @property
    def reward_space(self) -> spaces.Box:
        """The bounds of an agent's vector of rewards, (num_rewards,), as MO-Gymnasium has them."""
        return self.task.reward_space

    @functools.cached_property
    def observation_names(self) -> dict[str, tuple[str, ...]]:
        """The name of each number of each agent's observation."""
        return dict(zip(self.task.agents, self.task.readout.names, strict=True))

    @functools.cached_property
    def state_space(self) -> spaces.Box:
        """The bounds of ``state()``."""
        own = self.task.readout.spaces
        low, high = np.concatenate([box.low for box in own]), np.concatenate([box.high for box in own])
        return spaces.Box(low, high, dtype=np.float32)

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observations, dict[str, dict[str, Any]]]:
        """Start an episode; a seed given is the engine's seed, else the environment's generator draws one."""
        del options
        if seed is not None:
            self._generator = np_random(seed)[0]
        self.worlds.reset([draw_engine_seed(self._generator) if seed is None else seed])
        self.agents = list(self.possible_agents)
        self._pictures.begin(self.worlds)
        return self._observations(), self._infos()

    def step(
        self, actions: Mapping[str, Any]
    ) -> tuple[Observations, dict[str, Any], dict[str, bool], dict[str, bool], dict[str, dict[str, Any]]]:
        """Carry out the agents' actions, simulate one decision interval, and return what came of it.

        An agent that says nothing, or what is no action, has its signal follow the fixed plan.

        Raises:
            ResetNeeded: before the first reset and after the end of an episode.
            ValueError: in a strict environment, where an action is none.
        """
        if not self.agents:
            raise ResetNeeded("the episode is over or has not begun; call reset()")
        self.worlds.step(self._answers(actions))
        told = self.worlds.rewards
        rewards: dict[str, Any] = {
            agent: own if self._is_vector else float(own[0]) for agent, own in zip(self.agents, told, strict=True)
        }
        is_over = bool(self.worlds.is_over[0])
        ends, truncations = dict.fromkeys(self.agents, False), dict.fromkeys(self.agents, is_over)
        observations, infos = self._observations(), self._infos()
        if is_over:
            self.agents = []
        self._pictures.update()
        return observations, rewards, ends, truncations, infos

    def state(self) -> NDArray[np.float32]:
        """Return every agent's observation, one behind the other."""
        return np.concatenate([own[:n] for own, n in zip(self.worlds.observations, self._widths, strict=True)])

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

    def _answers(self, actions: Mapping[str, Any]) -> NDArray[np.float64]:
        """Return the entries of every agent, (num_agents, most entries); NaN where it said none."""
        widths = self.task.action.widths
        answers = np.full((len(self.agents), int(widths.max())), np.nan)
        for row, (agent, width) in enumerate(zip(self.agents, widths, strict=True)):
            try:
                own = np.asarray(actions.get(agent, np.nan), dtype=np.float64).reshape(-1)
            except (TypeError, ValueError):
                continue
            if own.size == width:
                answers[row, :width] = own
        return answers

    def _observations(self) -> Observations:
        rows = zip(self.possible_agents, self.worlds.observations, self._widths, strict=True)
        return {agent: own[:width] for agent, own, width in rows}

    def _infos(self) -> dict[str, dict[str, Any]]:
        told = self.worlds.info_of(0)
        masks = zip(self.possible_agents, self.worlds.masks(), strict=True)
        return {agent: told | {"action_mask": mask.astype(np.int8)} for agent, mask in masks}


def parallel_env(scenario: Scenario | str | Path, **options: Any) -> ParallelSignalEnv:
    """Return a world with an agent for each signal; options as ParallelSignalEnv takes them.

    Raises:
        InputError: where the scenario cannot be read or has no signal to control, or a name is unknown.
    """
    return ParallelSignalEnv(scenario, **options)


def aec_env(scenario: Scenario | str | Path, **options: Any) -> AECEnv[str, Any, Any]:
    """Return the same with agents that act one after the other, all within one decision.

    Raises:
        InputError: where the scenario cannot be read or has no signal to control, or a name is unknown.
    """
    return parallel_to_aec(ParallelSignalEnv(scenario, **options))
