"""Makes the environments known to Gymnasium."""

from __future__ import annotations

import gymnasium

SIGNAL_ENV = "trafficai/Signal-v0"
"""One agent, one signal or all signals of a scenario."""


def register_envs() -> None:
    """Register the environments, single and batched; a second call does nothing."""
    if SIGNAL_ENV not in gymnasium.registry:
        gymnasium.register(
            id=SIGNAL_ENV,
            entry_point="trafficai.envs.signal_env:SignalEnv",
            vector_entry_point="trafficai.envs.batched_env:SignalVectorEnv",
        )
