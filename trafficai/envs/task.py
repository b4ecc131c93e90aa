"""What agents are asked to do in a scenario: the parts that one world and many worlds share."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypedDict, Unpack

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from trafficai.backends.signals import with_clearance, with_max_red
from trafficai.controllers.fallback import Fallback
from trafficai.datatypes import InputError, Snapshot
from trafficai.envs.actions import controlled_signals, make_action, prepare_scenario
from trafficai.envs.observations import needs_detectors
from trafficai.envs.readout import Readout
from trafficai.envs.views import View
from trafficai.scenario.load import load_scenario
from trafficai.scenario.model import Scenario
from trafficai.scenario.place_detectors import with_standard_detectors
from trafficai.scenario.randomise import Randomisation, read_randomisation

ENGINE_SEEDS = (2**16, 2**31 - 1)
"""Environments draw engine seeds from this half-open range: SUMO takes them, and small ones are left for judging."""


MAX_RED_S = 300.0
"""Longest red in environments unless asked for otherwise [s]: no sensible policy comes near it, a starving one does."""


class TaskOptions(TypedDict, total=False):
    """What may be chosen about a task; the same for one world and many.

    observation: names of observations joined by ``+``, "queues" unless given.
    reward: sum of reward terms such as "delay+0.2*co2", "delay+co2" unless given; several give a vector of rewards.
    action: name of an action, "phase" unless given.
    decision_interval: time between two decisions [s], 10 unless given.
    signal: id of the one signal to control; all signals unless given.
    max_red: longest red that actions can cause [s], MAX_RED_S unless given, 0 for the scenario's own; a signal that
        can't keep it gets the least that it can.
    yellow: yellow of every signal [s], the scenario's own unless given.
    all_red: time between yellow and green [s], in the place of the scenario's all-red, red-amber and intergreens.
    min_green: least green of every signal [s], the scenario's own unless given.
    always_yellow: whether a change takes yellow and all-red also where nobody loses green, as sumo-rl's and RESCO's do.
    strict: whether an action that is none raises ValueError; unless given, its signals follow their fixed plan, which
        ``info`` counts by kind as ``fallback_*``.
    time_budget: time between an observation and its action, above which the fixed plan is followed [s]; None for any.
    randomise: what varies from episode to episode, as a Randomisation or by the names of its fields; nothing unless
        given.
    """

    observation: str
    reward: str | Sequence[str]
    action: str
    decision_interval: int
    signal: str | None
    max_red: float
    yellow: float | None
    all_red: float | None
    min_green: float | None
    always_yellow: bool
    strict: bool
    time_budget: float | None
    randomise: Randomisation | Mapping[str, Any] | None


class Task:
    """Agents, spaces, observations and rewards in one scenario.

    Args:
        scenario: what is simulated.
        per_signal: whether each signal has an agent of its own, which answers for its own lanes; else one has all.
        **options: see TaskOptions.

    Attributes:
        scenario: what is simulated, with all that the options ask of it, detectors too.
        agents: what each agent is called: the id of its signal, or the name of the scenario.
        members: positions of each agent's signals among the controlled ones.
        randomisation: what varies from episode to episode.

    Raises:
        InputError: where there is nothing to control, or a name is unknown.
    """

    def __init__(self, scenario: Scenario, *, per_signal: bool = False, **options: Unpack[TaskOptions]) -> None:
        self.decision_interval = options.get("decision_interval", 10)
        if self.decision_interval < 1:
            raise InputError(f"decision_interval must be at least 1 s, not {self.decision_interval}")
        kind, observation = options.get("action", "phase"), options.get("observation", "queues")
        placed = with_standard_detectors(scenario) if needs_detectors(observation) else scenario
        times = (options.get("yellow"), options.get("all_red"), options.get("min_green"))
        cleared = with_clearance(placed, *times, always_yellow=options.get("always_yellow", False))
        self.scenario = with_max_red(prepare_scenario(kind, cleared), options.get("max_red", MAX_RED_S))
        self.controlled = controlled_signals(self.scenario, options.get("signal"))
        self._options = options
        self.randomisation = read_randomisation(options.get("randomise"))
        num = len(self.controlled.signal_index)
        single = tuple((c,) for c in range(num))
        self.members: tuple[tuple[int, ...], ...] = single if per_signal else (tuple(range(num)),)
        own = [tuple(int(self.controlled.signal_index[c]) for c in members) for members in self.members]
        self.agents = tuple(self.scenario.signals[i].id for (i, *_) in own) if per_signal else (scenario.name,)
        views = [View(self.scenario, signals, self.decision_interval, is_local=per_signal) for signals in own]
        self.readout = Readout(self.scenario, views, observation, options.get("reward", "delay+co2"))
        self.action = make_action(kind, self.scenario, self.controlled, self.decision_interval)
        self.action_spaces: tuple[spaces.Space[Any], ...] = tuple(map(self.action.space, self.members))

    @property
    def num_decisions(self) -> int:
        """Number of decisions in an episode."""
        return -(-self.scenario.duration // self.decision_interval)

    @property
    def observation_names(self) -> tuple[str, ...]:
        """The name of each number of the first agent's observation."""
        return self.readout.names[0]

    @property
    def reward_space(self) -> spaces.Box:
        """The bounds of a vector of rewards, (num_rewards,), as MO-Gymnasium has them."""
        return spaces.Box(-np.inf, np.inf, (len(self.readout.rewards),), np.float64)

    def observe(self, snapshot: Snapshot) -> NDArray[np.float32]:
        """Return the first agent's observation of a snapshot, (..., n)."""
        return self.readout.observations(snapshot)[..., 0, : len(self.observation_names)]

    def new_fallback(self) -> Fallback:
        """Return what replaces answers that are none."""
        is_strict, budget = self._options.get("strict", False), self._options.get("time_budget")
        return Fallback(self.action.entries, is_strict=is_strict, time_budget=budget)


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
