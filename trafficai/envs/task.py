"""What an agent is asked to do in a scenario: the parts that one world and many worlds share."""

from __future__ import annotations

import hashlib
import time
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, TypedDict

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trafficai.backends.monitor import require_safe
from trafficai.backends.signals import with_max_red
from trafficai.controllers.fallback import Fallback
from trafficai.datatypes import InputError, Snapshot
from trafficai.envs.actions import controlled_signals, make_action, prepare_scenario
from trafficai.envs.observations import Observation
from trafficai.envs.rewards import Interval, Reward
from trafficai.scenario.load import load_scenario
from trafficai.scenario.model import Scenario

ENGINE_SEEDS = (2**16, 2**31 - 1)
"""Environments draw engine seeds from this half-open range: SUMO takes them, and small ones are left for judging."""


MAX_RED_S = 300.0
"""Longest red in environments unless asked for otherwise [s]: no sensible policy comes near it, a starving one does."""


class TaskOptions(TypedDict, total=False):
    """What may be chosen about a task; the same for one world and many.

    observation: name of an observation, "queues" unless given.
    reward: sum of reward terms such as "delay+0.2*co2", "delay+co2" unless given.
    decision_interval: time between two decisions [s], 10 unless given.
    signal: id of the one signal to control; all signals under one agent unless given.
    max_red: longest red that actions can cause [s], MAX_RED_S unless given, 0 for the scenario's own; a signal that
        can't keep it gets the least that it can.
    strict: whether an action that is none raises ValueError; unless given, its signals follow their fixed plan, which
        ``info`` counts by kind as ``fallback_*``.
    time_budget: time between an observation and its action, above which the fixed plan is followed [s]; None for any.
    action: name of an action, "phase" unless given.
    """

    observation: str
    reward: str
    decision_interval: int
    signal: str | None
    max_red: float
    strict: bool
    time_budget: float | None
    action: str


class Tally(NamedTuple):
    """Sums since the start of the episode, each (...) with a leading world axis where there are many."""

    delay: NDArray[np.float64]  # (...) [s]
    co2: NDArray[np.float64]  # (...) [g]
    stops: NDArray[np.int64]  # (...)
    arrived: NDArray[np.int32]  # (...) at the last decision


class Task:
    """Spaces, observation, reward and information of one agent in one scenario.

    Args:
        scenario: what is simulated.
        observation: name of an observation.
        reward: sum of reward terms.
        decision_interval: time between two decisions [s].
        signal: id of the one signal to control, None for all.
        max_red: longest red that actions can cause [s]; 0 is the scenario's own.
        strict: whether an action that is none raises ValueError.
        time_budget: time between an observation and its action, above which the plan is followed [s]; None for any.
        action: name of an action.

    Raises:
        InputError: where there is nothing to control, or a name is unknown.
    """

    def __init__(
        self,
        scenario: Scenario,
        observation: str = "queues",
        reward: str = "delay+co2",
        decision_interval: int = 10,
        signal: str | None = None,
        max_red: float = MAX_RED_S,
        strict: bool = False,
        time_budget: float | None = None,
        action: str = "phase",
    ) -> None:
        if decision_interval < 1:
            raise InputError(f"decision_interval must be at least 1 s, not {decision_interval}")
        self.scenario = with_max_red(prepare_scenario(action, scenario), max_red)
        self.controlled = controlled_signals(self.scenario, signal)
        self.observe = Observation(observation, self.scenario, self.controlled)
        self.reward = Reward(reward)
        self.decision_interval = decision_interval
        self.action = make_action(action, self.scenario, self.controlled, decision_interval)
        self.action_space = self.action.space(range(len(self.controlled.signal_index)))
        self._fallback = Fallback(self.action.entries, is_strict=strict, time_budget=time_budget)
        self._told_at = time.monotonic()
        self.observation_space = self.observe.space

    @property
    def num_decisions(self) -> int:
        """Number of decisions in an episode."""
        return -(-self.scenario.duration // self.decision_interval)

    def requests(self, action: ArrayLike | None) -> NDArray[np.int32]:
        """Return the request to a backend for an action, to be called once per decision; the plan for what is none.

        It is (..., num_signals), or (..., seconds, num_signals).

        Raises:
            ValueError: where the task is strict and something is wrong with the action.
        """
        entries = self._fallback.mend(action, time.monotonic() - self._told_at)
        return self.action.requests(self.action.pad(entries), self._seen.time, self._seen.signal_phase)

    def action_mask(self) -> NDArray[np.bool_]:
        """Return what may be chosen now, (..., len(action.mask_names))."""
        return self.action.mask(self._seen)

    def start(self, snapshot: Snapshot) -> Tally:
        """Return the sums at the start of an episode."""
        self._fallback.start(snapshot.time.shape)
        self.action.start(snapshot.time.shape)
        self._seen = snapshot
        zero = np.zeros(snapshot.time.shape)
        return Tally(zero, zero, zero.astype(np.int64), snapshot.total_arrived.copy())

    def score(self, tally: Tally, snapshot: Snapshot) -> tuple[NDArray[np.float64], Tally]:
        """Return the reward of the interval that led to the snapshot, (...), and the sums with it added.

        Raises:
            SignalSafetyFault: the signal monitor saw what no signal may show.
        """
        require_safe(snapshot.signal_fault, self.scenario)
        self._seen = snapshot
        arrived = snapshot.total_arrived - tally.arrived
        reward = self.reward(Interval(snapshot, self.observe.view, arrived, self.decision_interval))
        delay, co2 = tally.delay + snapshot.delay_in_interval, tally.co2 + snapshot.co2_in_interval
        return reward, Tally(delay, co2, tally.stops + snapshot.stops_in_interval, snapshot.total_arrived.copy())

    def is_over(self, snapshot: Snapshot) -> NDArray[np.bool_]:
        """Return whether the scenario has ended, (...)."""
        return np.asarray(snapshot.time >= self.scenario.end)

    def info(self, snapshot: Snapshot, tally: Tally) -> dict[str, NDArray[np.float64] | NDArray[np.int64]]:
        """Return what is told besides the observation, each (...): interval, episode so far, vehicle counts."""
        self._told_at = time.monotonic()
        return {
            **{f"fallback_{kind}": count for kind, count in self._fallback.by_kind().items()},
            "time_s": np.asarray(snapshot.time, dtype=np.float64),
            "delay_s": np.asarray(snapshot.delay_in_interval, dtype=np.float64),
            "co2_g": np.asarray(snapshot.co2_in_interval, dtype=np.float64),
            "stops": np.asarray(snapshot.stops_in_interval, dtype=np.int64),
            "total_delay_s": tally.delay,
            "total_co2_g": tally.co2,
            "total_stops": tally.stops,
            "inserted": snapshot.total_inserted.astype(np.int64),
            "arrived": snapshot.total_arrived.astype(np.int64),
            "running": snapshot.total_running.astype(np.int64),
            "waiting_to_enter": snapshot.total_waiting_to_enter.astype(np.int64),
        }


def resolve_scenario(scenario: Scenario | str | Path, begin: int | None = None, end: int | None = None) -> Scenario:
    """Return the scenario, loaded where a name or path is given, cut to the period where one is given.

    Raises:
        InputError: where it cannot be read, or the period is empty, outside that of a Scenario, or without vehicles.
    """
    if not isinstance(scenario, Scenario):
        return load_scenario(scenario, begin, end)
    first, last = (scenario.begin if begin is None else begin), (scenario.end if end is None else end)
    if (first, last) == (scenario.begin, scenario.end):
        return scenario
    if not scenario.begin <= first < last <= scenario.end:
        own = f"{scenario.begin}-{scenario.end} s"
        raise InputError(f"period {first}-{last} s of scenario {scenario.name!r} must lie in {own}")
    vehicles = tuple(vehicle for vehicle in scenario.vehicles if first <= vehicle.depart < last)
    if not vehicles:
        raise InputError(f"no vehicle of scenario {scenario.name!r} departs in the period {first}-{last} s")
    digest = hashlib.sha256(f"{scenario.sha256} {first} {last}".encode()).hexdigest()
    return replace(scenario, vehicles=vehicles, begin=first, end=last, sha256=digest)


def draw_engine_seed(generator: np.random.Generator) -> int:
    """Return the engine seed of the next episode."""
    return int(generator.integers(*ENGINE_SEEDS))
