"""Observations: what an agent sees of a snapshot, as numbers in [0, 1]; the same functions serve one world and many.

Every feature is a pure function of a Snapshot and a View. Where the snapshot's arrays have a leading world axis, so
has the result, written ``...`` below.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from trafficai.controllers.phases import linked_lanes
from trafficai.datatypes import InputError, Snapshot
from trafficai.datatypes.snapshot import DETECTION_RANGE_M, NEAR_RANGE_M
from trafficai.envs.actions import ControlledSignals
from trafficai.scenario.model import Lane, Scenario

VEHICLE_SPACE_M = 7.5
"""Length of lane one standing car takes up [m]: SUMO's default length 5 m and gap 2.5 m."""

WAITING_SCALE_S = 120.0
"""A mean wait that counts as 1 [s]: the longest cycle that RiLSA recommends."""

ELAPSED_SCALE_S = 60.0
"""A green that counts as 1 [s]; longer ones look the same."""


class View(NamedTuple):
    """The lanes and signals that an agent sees; incoming lanes lead to its signals, outgoing ones away from them."""

    incoming: NDArray[np.intp]  # (num_incoming,) index into network.normal_lanes
    incoming_capacity: NDArray[np.float64]  # (num_incoming,) [veh], over at most DETECTION_RANGE_M
    near_capacity: NDArray[np.float64]  # (num_incoming,) [veh], over at most NEAR_RANGE_M
    incoming_limit: NDArray[np.float64]  # (num_incoming,) [m/s]
    outgoing: NDArray[np.intp]  # (num_outgoing,) index into network.normal_lanes
    outgoing_capacity: NDArray[np.float64]  # (num_outgoing,) [veh]
    signals: NDArray[np.intp]  # (num_controlled,) index into scenario.signals
    phase_signal: NDArray[np.intp]  # (num_phases,) index into scenario.signals of each green phase of each signal
    phase_number: NDArray[np.int32]  # (num_phases,) its number within its signal


def make_view(scenario: Scenario, controlled: ControlledSignals) -> View:
    """Return what an agent sees that sets these signals."""
    signals = [scenario.signals[i] for i in controlled.signal_index]
    incoming, outgoing = (linked_lanes(scenario, signals, side) for side in (0, 1))
    lanes = [scenario.network.normal_lanes[i] for i in incoming]
    return View(
        incoming=incoming,
        incoming_capacity=_capacity(lanes, DETECTION_RANGE_M),
        near_capacity=_capacity(lanes, NEAR_RANGE_M),
        incoming_limit=np.array([lane.speed for lane in lanes]),
        outgoing=outgoing,
        outgoing_capacity=_capacity([scenario.network.normal_lanes[i] for i in outgoing], DETECTION_RANGE_M),
        signals=controlled.signal_index,
        phase_signal=np.repeat(controlled.signal_index, controlled.num_phases),
        phase_number=np.concatenate([np.arange(n, dtype=np.int32) for n in controlled.num_phases]),
    )


def _capacity(lanes: list[Lane], at_most: float) -> NDArray[np.float64]:
    """Return how many standing cars the lanes hold, (n,), at least one, over at most ``at_most`` metres.

    Longer lanes are still counted whole; without the bound a kilometre of lane would squeeze every queue to near zero.
    """
    length = np.array([lane.length for lane in lanes], dtype=np.float64)
    return np.maximum(np.minimum(length, at_most) / VEHICLE_SPACE_M, 1.0)


def queue(snapshot: Snapshot, view: View) -> NDArray[np.float64]:
    """Return the halted vehicles of each incoming lane over its capacity, (..., num_incoming)."""
    return np.asarray(snapshot.lane_queue[..., view.incoming] / view.incoming_capacity)


def approaching(snapshot: Snapshot, view: View) -> NDArray[np.float64]:
    """Return the moving vehicles of each incoming lane over its capacity, (..., num_incoming)."""
    count, halted = snapshot.lane_count[..., view.incoming], snapshot.lane_queue[..., view.incoming]
    return np.asarray((count - halted) / view.incoming_capacity)


def near(snapshot: Snapshot, view: View) -> NDArray[np.float64]:
    """Return the vehicles within 50 m of each stop line over what fits there, (..., num_incoming)."""
    return np.asarray(snapshot.lane_near[..., view.incoming] / view.near_capacity)


def waiting(snapshot: Snapshot, view: View) -> NDArray[np.float64]:
    """Return the mean wait of the halted vehicles of each incoming lane over WAITING_SCALE_S, (..., num_incoming)."""
    halted = np.maximum(snapshot.lane_queue[..., view.incoming], 1)
    return snapshot.lane_waiting[..., view.incoming] / halted / WAITING_SCALE_S


def speed(snapshot: Snapshot, view: View) -> NDArray[np.float64]:
    """Return the mean speed on each incoming lane over its limit, 1 where it is empty, (..., num_incoming)."""
    count = snapshot.lane_count[..., view.incoming]
    mean = snapshot.lane_speed_sum[..., view.incoming] / np.maximum(count, 1) / view.incoming_limit
    return np.where(count > 0, mean, 1.0)


def downstream(snapshot: Snapshot, view: View) -> NDArray[np.float64]:
    """Return the vehicles on each outgoing lane over its capacity, (..., num_outgoing)."""
    return np.asarray(snapshot.lane_count[..., view.outgoing] / view.outgoing_capacity)


def phase(snapshot: Snapshot, view: View) -> NDArray[np.float64]:
    """Return 1 for the green phase each controlled signal shows or clears towards, else 0, (..., num_phases)."""
    return np.equal(snapshot.signal_phase[..., view.phase_signal], view.phase_number).astype(np.float64)


def elapsed(snapshot: Snapshot, view: View) -> NDArray[np.float64]:
    """Return how long each controlled signal has shown its green over ELAPSED_SCALE_S, (..., num_controlled)."""
    return snapshot.signal_elapsed[..., view.signals] / ELAPSED_SCALE_S


def clearing(snapshot: Snapshot, view: View) -> NDArray[np.float64]:
    """Return 1 for each controlled signal that is clearing, else 0, (..., num_controlled)."""
    return (snapshot.signal_elapsed[..., view.signals] <= 0.0).astype(np.float64)


class Feature(NamedTuple):
    """One block of an observation: what it is called, what it has one number for, how it is computed."""

    label: str
    per: Literal["incoming", "outgoing", "phase", "signal"]
    compute: Callable[[Snapshot, View], NDArray[np.float64]]


_QUEUE = Feature("queue", "incoming", queue)
_APPROACHING = Feature("approaching", "incoming", approaching)
_NEAR = Feature("near", "incoming", near)
_WAITING = Feature("waiting", "incoming", waiting)
_SPEED = Feature("speed", "incoming", speed)
_DOWNSTREAM = Feature("downstream", "outgoing", downstream)
_PHASE = Feature("phase", "phase", phase)
_ELAPSED = Feature("elapsed", "signal", elapsed)
_CLEARING = Feature("clearing", "signal", clearing)

OBSERVATIONS: dict[str, tuple[Feature, ...]] = {
    "queues": (_QUEUE, _APPROACHING, _NEAR, _WAITING, _SPEED, _DOWNSTREAM, _PHASE, _ELAPSED, _CLEARING),
    "max-wave": (_NEAR, _PHASE),
}
"""The features of each observation, by name."""


class Observation:
    """A named observation of a scenario: a function of a snapshot, and the name of each of its numbers.

    Args:
        name: one of OBSERVATIONS.
        scenario: what is observed.
        controlled: the signals whose lanes are seen.

    Raises:
        InputError: where no observation has the name.
    """

    def __init__(self, name: str, scenario: Scenario, controlled: ControlledSignals) -> None:
        if name not in OBSERVATIONS:
            near = difflib.get_close_matches(name, OBSERVATIONS, n=1) or list(OBSERVATIONS)
            raise InputError(f"no observation is called {name!r}; try {' or '.join(near)}")
        self.name = name
        self.view = make_view(scenario, controlled)
        self._features = OBSERVATIONS[name]
        self.names: tuple[str, ...] = _names(self._features, scenario, self.view)

    @property
    def space(self) -> spaces.Box:
        """The bounds: each number lies in [0, 1]."""
        return spaces.Box(0.0, 1.0, (len(self.names),), np.float32)

    def __call__(self, snapshot: Snapshot) -> NDArray[np.float32]:
        """Return the observation, (..., len(names)), clipped to [0, 1]."""
        parts = [feature.compute(snapshot, self.view) for feature in self._features]
        return np.clip(np.concatenate(parts, axis=-1), 0.0, 1.0).astype(np.float32)


def _names(features: tuple[Feature, ...], scenario: Scenario, view: View) -> tuple[str, ...]:
    """Return one name per number, such as ``lane_0.queue`` or ``signal.phase2``."""
    lanes, signals = scenario.network.normal_lanes, scenario.signals
    stems = {
        "incoming": [f"{lanes[i].id}." for i in view.incoming],
        "outgoing": [f"{lanes[i].id}." for i in view.outgoing],
        "signal": [f"{signals[i].id}." for i in view.signals],
        "phase": [f"{signals[i].id}." for i in view.phase_signal],
    }
    numbers = {"phase": [str(number) for number in view.phase_number]}
    return tuple(
        f"{stem}{feature.label}{number}"
        for feature in features
        for stem, number in zip(
            stems[feature.per], numbers.get(feature.per, [""] * len(stems[feature.per])), strict=True
        )
    )
