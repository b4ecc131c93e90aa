"""Actions: which green phase each controlled signal shall show next."""

from __future__ import annotations

import difflib
from typing import NamedTuple

import numpy as np
from gymnasium import spaces
from numpy.typing import ArrayLike, NDArray

from trafficai.datatypes import FOLLOW_PLAN, FOLLOW_PROGRAM, InputError
from trafficai.scenario.model import Scenario


class ControlledSignals(NamedTuple):
    """The signals an agent sets, in order of the scenario; each offers at least two green phases."""

    signal_index: NDArray[np.intp]  # (num_controlled,) position in scenario.signals
    num_phases: NDArray[np.int64]  # (num_controlled,)
    num_signals: int  # of the scenario, controlled or not


def controlled_signals(scenario: Scenario, signal: str | None = None) -> ControlledSignals:
    """Return the signals that an agent sets: the one named, or all that leave a choice.

    A signal with fewer than two green phases leaves none; it keeps its own program.

    Raises:
        InputError: where the scenario has no such signal, or the one named leaves no choice.
    """
    if signal is not None:
        _check_named(scenario, signal)
    chosen = [i for i, s in enumerate(scenario.signals) if s.num_phases >= 2 and signal in (None, s.id)]
    if not chosen:
        problem = "has no signal" if not scenario.signals else "has no signal with two green phases to choose from"
        raise InputError(f"scenario {scenario.name!r} {problem}; there is nothing to control")
    num_phases = np.array([scenario.signals[i].num_phases for i in chosen], dtype=np.int64)
    return ControlledSignals(np.array(chosen, dtype=np.intp), num_phases, len(scenario.signals))


def _check_named(scenario: Scenario, signal: str) -> None:
    by_id = {s.id: s for s in scenario.signals}
    if signal not in by_id:
        near = ", ".join(difflib.get_close_matches(signal, by_id, n=3) or list(by_id)[:5]) or "none at all"
        raise InputError(f"scenario {scenario.name!r} has no signal {signal!r}; it has {near}")
    if by_id[signal].num_phases < 2:
        raise InputError(
            f"signal {signal!r} of scenario {scenario.name!r} has fewer than two green phases to choose from"
        )


def action_space(controlled: ControlledSignals) -> spaces.Discrete | spaces.MultiDiscrete:
    """Return Discrete for one controlled signal, MultiDiscrete for several: the number of a green phase for each."""
    if len(controlled.signal_index) == 1:
        return spaces.Discrete(int(controlled.num_phases[0]))
    return spaces.MultiDiscrete(controlled.num_phases)


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
    requested = np.full((*phases.shape[:-1], controlled.num_signals), FOLLOW_PROGRAM, dtype=np.int32)
    requested[..., controlled.signal_index] = phases
    return requested
