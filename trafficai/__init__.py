"""Traffic-signal optimisation: train in a fast microscopic core, prove it in SUMO, report what a city can trust.

``import trafficai`` registers the Gymnasium environments and nothing else; what a name needs is loaded when it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from trafficai.envs.registration import register_envs

if TYPE_CHECKING:
    from trafficai.api import compare, load_policy, train, write_report
    from trafficai.backends import make_backend
    from trafficai.datatypes import InputError, RunError, Snapshot, Trips
    from trafficai.envs.batched_env import vector_env
    from trafficai.envs.network_env import parallel_env
    from trafficai.envs.signal_env import make_env
    from trafficai.scenario import list_scenarios, load_scenario
    from trafficai.scenario.model import Scenario

__version__ = "0.1.0"

__all__ = [
    "InputError",
    "RunError",
    "Scenario",
    "Snapshot",
    "Trips",
    "compare",
    "list_scenarios",
    "load_policy",
    "load_scenario",
    "make_backend",
    "make_env",
    "parallel_env",
    "train",
    "vector_env",
    "write_report",
]

_HOMES = {
    "InputError": "trafficai.datatypes",
    "RunError": "trafficai.datatypes",
    "Scenario": "trafficai.scenario.model",
    "Snapshot": "trafficai.datatypes",
    "Trips": "trafficai.datatypes",
    "compare": "trafficai.api",
    "list_scenarios": "trafficai.scenario",
    "load_policy": "trafficai.api",
    "load_scenario": "trafficai.scenario",
    "make_backend": "trafficai.backends",
    "make_env": "trafficai.envs",
    "parallel_env": "trafficai.envs",
    "train": "trafficai.api",
    "vector_env": "trafficai.envs",
    "write_report": "trafficai.api",
}

register_envs()


def __getattr__(name: str) -> Any:
    """Load a public name from its home."""
    if name not in _HOMES:
        raise AttributeError(f"module 'trafficai' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
