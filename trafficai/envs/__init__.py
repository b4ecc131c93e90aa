"""Gymnasium environments: a scenario as a task for one agent, one world or many at once.

Names are loaded when they are used, so that ``import trafficai`` can register the environments quickly.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trafficai.envs.batched_env import SignalVectorEnv, vector_env
    from trafficai.envs.network_env import ParallelSignalEnv, aec_env, parallel_env
    from trafficai.envs.registration import SIGNAL_ENV, register_envs
    from trafficai.envs.rewards import priced_reward
    from trafficai.envs.signal_env import SignalEnv, make_env

__all__ = [
    "SIGNAL_ENV",
    "ParallelSignalEnv",
    "SignalEnv",
    "SignalVectorEnv",
    "aec_env",
    "make_env",
    "parallel_env",
    "priced_reward",
    "register_envs",
    "vector_env",
]

_HOMES = {
    "SIGNAL_ENV": "registration",
    "ParallelSignalEnv": "network_env",
    "SignalEnv": "signal_env",
    "SignalVectorEnv": "batched_env",
    "aec_env": "network_env",
    "make_env": "signal_env",
    "parallel_env": "network_env",
    "priced_reward": "rewards",
    "register_envs": "registration",
    "vector_env": "batched_env",
}


def __getattr__(name: str) -> Any:
    """Load a public name from its module."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
