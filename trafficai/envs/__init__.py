"""Gymnasium environments: a scenario as a task for one agent, one world or many at once."""

from trafficai.envs.registration import SIGNAL_ENV, register_envs
from trafficai.envs.signal_env import SignalEnv, make_env
from trafficai.envs.vector_env import SignalVectorEnv, vector_env

__all__ = ["SIGNAL_ENV", "SignalEnv", "SignalVectorEnv", "make_env", "register_envs", "vector_env"]
