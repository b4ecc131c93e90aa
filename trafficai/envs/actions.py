"""Actions by name: what an agent says of the signals it sets at each decision."""

from __future__ import annotations

import difflib
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trafficai.datatypes import FOLLOW_PLAN, InputError
from trafficai.envs.action_base import Action, ControlledSignals, controlled_signals, spread_requests
from trafficai.envs.action_phases import KeepNextAction, PhaseAction, PhaseDurationAction, RingBarrierAction
from trafficai.envs.action_plans import OffsetAction, SplitsAction
from trafficai.scenario.model import Scenario

__all__ = [
    "ACTIONS",
    "Action",
    "ControlledSignals",
    "controlled_signals",
    "make_action",
    "prepare_scenario",
    "to_requests",
]

_KINDS: Final[tuple[type[Action[Any]], ...]] = (
    PhaseAction,
    KeepNextAction,
    PhaseDurationAction,
    SplitsAction,
    OffsetAction,
    RingBarrierAction,
)

ACTIONS: Final = {kind.name: kind for kind in _KINDS}
"""The kinds of actions, by name."""


def prepare_scenario(name: str, scenario: Scenario) -> Scenario:
    """Return the scenario with the green phases that the named action needs.

    Raises:
        InputError: where no action has the name.
    """
    return _kind(name).prepare(scenario)


def make_action(name: str, scenario: Scenario, controlled: ControlledSignals, decision_interval: int) -> Action[Any]:
    """Return the named action for the controlled signals of a scenario that ``prepare_scenario`` returned.

    Raises:
        InputError: where no action has the name.
    """
    return _kind(name)(scenario, controlled, decision_interval)


def _kind(name: str) -> type[Action[Any]]:
    if name not in ACTIONS:
        near = difflib.get_close_matches(name, ACTIONS, n=1) or list(ACTIONS)
        raise InputError(f"no action is called {name!r}; try {' or '.join(near)}")
    return ACTIONS[name]


def to_requests(action: ArrayLike, controlled: ControlledSignals) -> NDArray[np.int32]:
    """Return the request to a backend, (..., num_signals), for an action: (...) for one signal, else (..., n).

    Signals that are not controlled are asked to follow their program; FOLLOW_PLAN may be asked of those that are.

    Raises:
        ValueError: where an action names a phase that its signal does not have.
    """
    phases = np.asarray(action, dtype=np.int64)
    if len(controlled.signal_index) == 1:
        phases = phases[..., None]
    if (((phases < 0) & (phases != FOLLOW_PLAN)) | (phases >= controlled.num_phases)).any():
        raise ValueError(f"action {phases.tolist()} is outside the phases on offer, {controlled.num_phases.tolist()}")
    return spread_requests(phases, controlled)
