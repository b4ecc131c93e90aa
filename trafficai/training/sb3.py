"""Our batched environment as stable-baselines3 wants it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv
from stable_baselines3.common.vec_env.base_vec_env import VecEnvIndices, VecEnvStepReturn

from trafficai.datatypes import InputError, RunError
from trafficai.envs import SignalVectorEnv


class GymVecToSB3(VecEnv):
    """Hands a batch of worlds to stable-baselines3 without processes; refuses numbers that are not finite.

    The rows' seeds are drawn from 2^31: the small ones people evaluate with are practically never trained on.

    Args:
        env: many worlds.
        reward_scale: what rewards are multiplied by.

    Attributes:
        first_episode: episode of each row's sequence of seeds that the next reset begins with.
    """

    def __init__(self, env: SignalVectorEnv, reward_scale: float = 1.0) -> None:
        if env.reward_space.shape != (1,):
            raise InputError("stable-baselines3 learns from one number; give one reward, such as 'delay+0.2*co2'")
        self.env = env
        self.first_episode = 0
        self._reward_scale = reward_scale
        self._row_seeds: Sequence[int | None] | None = None
        self._actions: NDArray[np.int64] = np.empty(0, dtype=np.int64)
        super().__init__(env.num_envs, env.single_observation_space, env.single_action_space)

    def seed(self, seed: int | None = None) -> Sequence[int | None]:
        """Seed every world at the next reset; returns the worlds' seeds."""
        states = np.random.SeedSequence(seed).generate_state(self.env.num_worlds, np.uint32)
        self._row_seeds = [int(state) // 2 for state in states]  # SUMO takes 31 bits
        return self._row_seeds

    def reset(self) -> NDArray[np.float32]:
        """Start an episode in every world and return the observations, (num_envs, n)."""
        observation, _ = self.env.reset(seed=self._row_seeds, options={"episode": self.first_episode})
        self._row_seeds, self.first_episode = None, 0
        return observation

    def step_async(self, actions: NDArray[np.int64]) -> None:
        """Note the actions, (num_envs,) or (num_envs, num_controlled)."""
        self._actions = actions

    def step_wait(self) -> VecEnvStepReturn:
        """Simulate one decision interval in every world.

        Raises:
            RunError: where an observation or reward is not finite.
        """
        observation, reward, terminated, truncated, info = self.env.step(self._actions)
        if not (np.isfinite(observation).all() and np.isfinite(reward).all()):
            raise RunError("the simulation gave numbers that are not finite; the training was stopped")
        done = terminated | truncated
        infos = [self._final(info, row) if done[row] else {} for row in range(self.num_envs)]
        return observation, (self._reward_scale * reward).astype(np.float32), done, infos

    def _final(self, info: dict[str, Any], row: int) -> dict[str, Any]:
        """Return what stable-baselines3 wants to know of an episode's end, and the sums of the episode."""
        final = {key: value[row] for key, value in info["final_info"].items()}
        return final | {"terminal_observation": info["final_obs"][row], "TimeLimit.truncated": True}

    def close(self) -> None:
        """Free the worlds."""
        self.env.close()

    def get_attr(self, attr_name: str, indices: VecEnvIndices = None) -> list[Any]:
        """Return an attribute of the worlds, the same for each."""
        return [getattr(self.env, attr_name)] * len(self._rows(indices))

    def set_attr(self, attr_name: str, value: Any, indices: VecEnvIndices = None) -> None:
        """Refuse: rows are not objects of their own."""
        raise NotImplementedError("the rows of a batch cannot be changed one by one")

    def env_method(self, method_name: str, *args: Any, indices: VecEnvIndices = None, **kwargs: Any) -> list[Any]:
        """Return what each row may choose (``action_masks``, for sb3-contrib); rows have no other methods."""
        if method_name != "action_masks":
            raise NotImplementedError("the rows of a batch have no methods of their own")
        masks = self.env.action_masks()
        return [masks[row] for row in self._rows(indices)]

    def env_is_wrapped(self, wrapper_class: type[gymnasium.Wrapper], indices: VecEnvIndices = None) -> list[bool]:
        """Return that no row is wrapped."""
        return [False] * len(self._rows(indices))

    def _rows(self, indices: VecEnvIndices) -> Sequence[int]:
        if indices is None:
            return range(self.num_envs)
        return list(indices) if isinstance(indices, Iterable) else [indices]
