"""Many worlds as stable-baselines3 takes them, loaded only where they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trafficai.envs import SignalVectorEnv
from trafficai.training.extras import require

if TYPE_CHECKING:
    from trafficai.training.sb3 import GymVecToSB3


def as_vec_env(env: SignalVectorEnv, reward_scale: float = 1.0) -> GymVecToSB3:
    """Return a batch of worlds as a ``VecEnv`` of stable-baselines3, for any of its learners.

    Args:
        env: what ``trafficai.vector_env`` returns; it goes on being stepped in one call.
        reward_scale: what rewards are multiplied by.

    Raises:
        InputError: stable-baselines3 is not installed, or the environment gives vectors of rewards.
    """
    require("torch", "stable_baselines3")
    from trafficai.training.sb3 import GymVecToSB3

    return GymVecToSB3(env, reward_scale)
