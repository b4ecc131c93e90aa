"""Many worlds of one scenario or of several that advance together: row by row the same as single environments."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Unpack

import numpy as np
from gymnasium import spaces
from gymnasium.error import ResetNeeded
from gymnasium.utils.seeding import np_random
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from trafficai.datatypes import InputError
from trafficai.envs.engines import BackendFactory
from trafficai.envs.task import Task, TaskOptions, draw_engine_seed, resolve_scenario
from trafficai.envs.world_batch import WorldBatch
from trafficai.scenario.model import Scenario

Rows = NDArray[Any]
Scenarios = Scenario | str | Path | Sequence[Scenario | str | Path]


class SignalVectorEnv(VectorEnv[NDArray[np.float32], Any, Rows]):
    """Worlds that advance in one call and restart within the step in which they end (SAME_STEP).

    A row is a world with one agent for all its signals; with ``per_signal`` it is one signal of a world with an agent
    of its own, as for parameter sharing. Rows follow each other world by world, and where they differ in size their
    observations are filled up with zeros (``observation_mask``) and their actions are those of the largest row
    (``action_masks``).

    With ``reset(seed=s)`` world i is seeded s + i and equals ``SignalEnv`` reset with that seed, decision by decision,
    over restarts too. ``reset(options={"episode": n})`` begins with the n-th episode of each world, so that a training
    that was cut between two episodes goes on as if it had not been.

    Args:
        scenario: a name, a path, or a Scenario; or several, of which world i gets the one at i modulo their number.
        num_envs: number of worlds.
        backend: "numba", "sumo" (one process per world), or a function that makes an engine for a scenario.
        threads: threads that carry worlds of the core; the results do not depend on how many.
        begin: start of the episode [s], the scenario's own unless given.
        end: end of the episode [s], the scenario's own unless given.
        per_signal: whether each signal of each world is a row.
        **task: observation, reward, action, decision_interval, signal and more; see TaskOptions.

    Attributes:
        num_envs: number of rows.
        num_worlds: number of worlds.
        row_world: (num_envs,) the world of each row.
        row_agents: what the agent of each row is called.
        observation_mask: (num_envs, n) which numbers of an observation are a row's own.

    Raises:
        InputError: where a scenario has no signal to control, a name is unknown, or actions of rows don't fit together.
    """

    # Gymnasium declares it an instance variable.
    metadata = {"render_modes": [], "autoreset_mode": AutoresetMode.SAME_STEP}  # noqa: RUF012

    def __init__(
        self,
        scenario: Scenarios,
        num_envs: int = 1,
        *,
        backend: str | BackendFactory = "numba",
        threads: int = 1,
        begin: int | None = None,
        end: int | None = None,
        per_signal: bool = False,
        **task: Unpack[TaskOptions],
    ) -> None:
        self.closed = True  # Gymnasium 1.2 closes whatever is deleted, also what was never made
        self.render_mode = None
        several = [scenario] if isinstance(scenario, Scenario | str | Path) else list(scenario)
        tasks = [Task(resolve_scenario(each, begin, end), per_signal=per_signal, **task) for each in several]
        self.num_worlds = num_envs
        self.worlds = WorldBatch([tasks[w % len(tasks)] for w in range(num_envs)], backend, threads)
        self.task = self.worlds.tasks[0]
        self.row_world = self.worlds.agent_world
        self.num_envs = len(self.row_world)
        self.row_agents = tuple(agent for each in self.worlds.tasks for agent in each.agents)
        self._set_spaces()
        self._is_vector = len(self.task.readout.rewards) > 1
        self._generators = [np_random()[0] for _ in range(num_envs)]
        self._is_begun = False
        self.closed = False

    @property
    def observation_names(self) -> tuple[str, ...]:
        """The name of each number of the first row's observation."""
        return self.task.observation_names

    def names_of(self, row: int) -> tuple[str, ...]:
        """Return the name of each number of a row's observation."""
        task = self.worlds.tasks[int(self.row_world[row])]
        names: tuple[str, ...] = task.readout.names[int(self.worlds.agent_index[row])]
        return names

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Start an episode in every world; ``options={"episode": n}`` skips the first n of each."""
        engine_seeds = self._seed_worlds(seed)
        for _ in range((options or {}).get("episode", 0)):
            engine_seeds = [draw_engine_seed(generator) for generator in self._generators]
        self.worlds.reset(engine_seeds)
        self._is_begun = True
        return self.worlds.observations, self._info()

    def step(self, actions: Any) -> tuple[NDArray[np.float32], Rows, Rows, Rows, dict[str, Any]]:
        """Carry out the actions, simulate one decision interval in every world, and restart those at their end.

        Raises:
            ResetNeeded: before the first reset.
            ValueError: in a strict environment, where an action is none.
        """
        if not self._is_begun:
            raise ResetNeeded("the episode has not begun; call reset()")
        self.worlds.step(actions)
        observation, rewards, info = self.worlds.observations, self.worlds.rewards, self._info()
        is_over = self.worlds.is_over
        truncated = is_over[self.row_world]
        if is_over.any():
            final = _final(observation, info, truncated)
            self._restart(np.flatnonzero(is_over))
            observation, info = self.worlds.observations, final | self._info()
        reward = rewards if self._is_vector else rewards[:, 0]
        return observation, reward, np.zeros(self.num_envs, dtype=np.bool_), truncated, info

    def action_masks(self) -> NDArray[np.bool_]:
        """Return what each row may choose now, (num_envs, most choices), as the MaskablePPO of sb3-contrib takes it.

        Raises:
            ResetNeeded: before the first reset.
        """
        if not self._is_begun:
            raise ResetNeeded("nothing can be chosen yet; call reset()")
        masks = self.worlds.masks()
        table = np.zeros((self.num_envs, max(map(len, masks))), dtype=np.bool_)
        for row, mask in zip(table, masks, strict=True):
            row[: len(mask)] = mask
        return table

    def close_extras(self, **kwargs: Any) -> None:
        """Free the engines."""
        del kwargs
        self.worlds.close()

    def _set_spaces(self) -> None:
        """Make the spaces of a row, which hold those of every row."""
        tasks = list({id(task): task for task in self.worlds.tasks}.values())
        boxes = [box for task in tasks for box in task.readout.spaces]
        self.single_observation_space = _widest_box(boxes)
        self.single_action_space = _widest_action([space for task in tasks for space in task.action_spaces])
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self.reward_space = self.task.reward_space
        sizes = [len(names) for task in self.worlds.tasks for names in task.readout.names]
        self.observation_mask = np.arange(self.worlds.num_inputs) < np.array(sizes)[:, None]

    def _seed_worlds(self, seed: int | Sequence[int | None] | None) -> list[int]:
        """Seed the worlds that are given a seed and return the engine seed of each one's first episode."""
        num = self.num_worlds
        seeds = [seed + i for i in range(num)] if isinstance(seed, int) else list(seed or [None] * num)
        if len(seeds) != num:
            raise ValueError(f"{len(seeds)} seeds for {num} worlds")
        for world, own in enumerate(seeds):
            if own is not None:
                self._generators[world] = np_random(own)[0]
        drawn = (draw_engine_seed(g) if own is None else own for g, own in zip(self._generators, seeds, strict=True))
        return list(drawn)

    def _restart(self, worlds: NDArray[np.intp]) -> None:
        self.worlds.reset([draw_engine_seed(self._generators[w]) for w in worlds], worlds)

    def _info(self) -> dict[str, Any]:
        """Return what is told of each row's world, with a mask ``_key`` beside each key as Gymnasium has it."""
        everywhere = np.ones(self.num_envs, dtype=np.bool_)
        told = self.worlds.info()
        if self.num_envs != self.num_worlds:
            told = {key: value[self.row_world] for key, value in told.items()}
        return told | {f"_{key}": everywhere for key in told}


def _final(observation: NDArray[np.float32], info: dict[str, Any], truncated: Rows) -> dict[str, Any]:
    """Return the last observation and information of the rows that end, as Gymnasium's vector environments do."""
    rows = np.empty(len(observation), dtype=np.object_)
    for row in np.flatnonzero(truncated):
        rows[row] = observation[row]
    told = {key: np.where(truncated, value, 0) for key, value in info.items() if not key.startswith("_")}
    own_info = told | {f"_{key}": truncated for key in told}
    return {"final_obs": rows, "_final_obs": truncated, "final_info": own_info, "_final_info": truncated}


def _widest_box(boxes: Sequence[spaces.Box]) -> spaces.Box:
    """Return the box that holds all of these, filled up with zeros."""
    if all(box == boxes[0] for box in boxes):
        return boxes[0]
    width = max(box.shape[0] for box in boxes)
    low = np.min([np.pad(box.low, (0, width - box.shape[0])) for box in boxes], axis=0)
    high = np.max([np.pad(box.high, (0, width - box.shape[0])) for box in boxes], axis=0)
    return spaces.Box(low, high, dtype=np.float32)


def _widest_action(own: Sequence[spaces.Space[Any]]) -> spaces.Space[Any]:
    """Return the space that holds the actions of every row; InputError where rows can't be stepped together."""
    if all(space == own[0] for space in own):
        return own[0]
    if all(isinstance(space, spaces.Discrete) for space in own):
        return spaces.Discrete(max(int(space.n) for space in own if isinstance(space, spaces.Discrete)))
    if all(isinstance(space, spaces.MultiDiscrete) for space in own):
        sizes = [space.nvec for space in own if isinstance(space, spaces.MultiDiscrete)]
        width = max(map(len, sizes))
        return spaces.MultiDiscrete(
            np.max([np.pad(each, (0, width - len(each)), constant_values=1) for each in sizes], 0)
        )
    if all(isinstance(space, spaces.Box) for space in own):
        return _widest_box([space for space in own if isinstance(space, spaces.Box)])
    raise InputError("the actions of these scenarios don't fit together: one has a single signal; use per_signal=True")


def vector_env(scenario: Scenarios, num_worlds: int, **options: Any) -> SignalVectorEnv:
    """Return many worlds of one scenario, or of several dealt out in turn; options as SignalVectorEnv takes them.

    Raises:
        InputError: where a scenario cannot be read or has no signal to control, or a name is unknown.
    """
    return SignalVectorEnv(scenario, num_worlds, **options)
