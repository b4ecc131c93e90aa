"""Many worlds of ``trafficai/Signal-v0`` that advance together: row by row the same as single environments."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Unpack

import numpy as np
from gymnasium.error import ResetNeeded
from gymnasium.utils.seeding import np_random
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from trafficai.datatypes import Snapshot
from trafficai.envs.engines import BackendFactory, open_batch
from trafficai.envs.task import Tally, Task, TaskOptions, draw_engine_seed, resolve_scenario
from trafficai.scenario.model import Scenario

Rows = NDArray[Any]


class SignalVectorEnv(VectorEnv[NDArray[np.float32], Any, Rows]):
    """Worlds that differ by their seed only; all end at the same decision and restart within that step (SAME_STEP).

    With ``reset(seed=s)`` row i is seeded s + i and equals ``SignalEnv`` reset with that seed, decision by decision,
    over restarts too. ``reset(options={"episode": n})`` begins with the n-th episode of each row, so that a training
    that was cut between two episodes goes on as if it had not been.

    Args:
        scenario: a name, a path, or a Scenario.
        num_envs: number of worlds.
        backend: "numba", "sumo" (one process per world), or a function that makes an engine for a scenario.
        threads: threads that carry worlds of the core; the results do not depend on how many.
        begin: start of the episode [s], the scenario's own unless given.
        end: end of the episode [s], the scenario's own unless given.
        **task: observation, reward, action, decision_interval, signal; see TaskOptions.

    Raises:
        InputError: where the scenario has no signal to control, or a name is unknown.
    """

    # Gymnasium declares it an instance variable.
    metadata = {"render_modes": [], "autoreset_mode": AutoresetMode.SAME_STEP}  # noqa: RUF012

    def __init__(
        self,
        scenario: Scenario | str | Path,
        num_envs: int = 1,
        *,
        backend: str | BackendFactory = "numba",
        threads: int = 1,
        begin: int | None = None,
        end: int | None = None,
        **task: Unpack[TaskOptions],
    ) -> None:
        self.closed = True  # Gymnasium 1.2 closes whatever is deleted, also what was never made
        self.render_mode = None
        self.num_envs = num_envs
        self.task = Task(resolve_scenario(scenario, begin, end), **task)
        self.single_observation_space = self.task.observation_space
        self.single_action_space = self.task.action_space
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.batch = open_batch(self.task.scenario, num_envs, backend, threads)
        self._generators = [np_random()[0] for _ in range(num_envs)]
        self._tally: Tally | None = None
        self.closed = False

    @property
    def observation_names(self) -> tuple[str, ...]:
        """The name of each number of a row's observation."""
        return self.task.observe.names

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Start an episode in every world; ``options={"episode": n}`` skips the first n of each row."""
        engine_seeds = self._seed_rows(seed)
        for _ in range((options or {}).get("episode", 0)):
            engine_seeds = self._draw_seeds()
        snapshot = self._restart(engine_seeds)
        return self.task.observe(snapshot), self._info(snapshot)

    def step(self, actions: Any) -> tuple[NDArray[np.float32], Rows, Rows, Rows, dict[str, Any]]:
        """Ask for green phases in every world, simulate one decision interval, and restart the worlds at their end.

        Raises:
            ResetNeeded: before the first reset.
            ValueError: where the task is strict and something is wrong with an action.
        """
        if self._tally is None:
            raise ResetNeeded("the episode has not begun; call reset()")
        snapshot = self.batch.advance(self.task.requests(actions), self.task.decision_interval)
        reward, self._tally = self.task.score(self._tally, snapshot)
        observation, info = self.task.observe(snapshot), self._info(snapshot)
        truncated = self.task.is_over(snapshot)
        if truncated.all():
            final = {"final_obs": _rows(observation), "final_info": info}
            snapshot = self._restart(self._draw_seeds())
            observation, info = self.task.observe(snapshot), self._with_masks(final) | self._info(snapshot)
        return observation, reward, np.zeros(self.num_envs, dtype=np.bool_), truncated, info

    def action_masks(self) -> NDArray[np.bool_]:
        """Return what may be chosen now, (num_envs, n), in the layout that MaskablePPO takes.

        Raises:
            ResetNeeded: before the first reset.
        """
        if self._tally is None:
            raise ResetNeeded("the episode has not begun; call reset()")
        return self.task.action_mask()

    def close_extras(self, **kwargs: Any) -> None:
        """Free the engines."""
        del kwargs
        self.batch.close()

    def _seed_rows(self, seed: int | Sequence[int | None] | None) -> list[int]:
        """Seed the rows that are given a seed and return the engine seed of each row's first episode."""
        seeds = (
            [seed + i for i in range(self.num_envs)] if isinstance(seed, int) else list(seed or [None] * self.num_envs)
        )
        if len(seeds) != self.num_envs:
            raise ValueError(f"{len(seeds)} seeds for {self.num_envs} worlds")
        for row, own in enumerate(seeds):
            if own is not None:
                self._generators[row] = np_random(own)[0]
        drawn = (draw_engine_seed(g) if own is None else own for g, own in zip(self._generators, seeds, strict=True))
        return list(drawn)

    def _draw_seeds(self) -> list[int]:
        return [draw_engine_seed(generator) for generator in self._generators]

    def _restart(self, engine_seeds: Sequence[int]) -> Snapshot:
        snapshot = self.batch.reset(engine_seeds)
        self._tally = self.task.start(snapshot)
        return snapshot

    def _info(self, snapshot: Snapshot) -> dict[str, Any]:
        assert self._tally is not None
        return self._with_masks(self.task.info(snapshot, self._tally))

    def _with_masks(self, info: dict[str, Any]) -> dict[str, Any]:
        """Return the information with a mask ``_key`` beside each key, as Gymnasium's vector environments give it."""
        return info | {f"_{key}": np.ones(self.num_envs, dtype=np.bool_) for key in info}


def _rows(observation: NDArray[np.float32]) -> NDArray[np.object_]:
    """Return the observation, (num_envs, n), as an array of one observation per row, (num_envs,)."""
    rows = np.empty(len(observation), dtype=np.object_)
    rows[:] = list(observation)
    return rows


def vector_env(scenario: Scenario | str | Path, num_envs: int, **options: Any) -> SignalVectorEnv:
    """Return many worlds of a scenario by name, by path or as a Scenario; options as SignalVectorEnv takes them.

    Raises:
        InputError: where the scenario cannot be read or has no signal to control, or a name is unknown.
    """
    return SignalVectorEnv(scenario, num_envs, **options)
