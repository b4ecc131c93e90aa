"""Which lanes each green phase serves, and the greedy choice among the phases that rules share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.controllers.base import DECISION_INTERVAL_S
from trafficai.controllers.reach import Reach
from trafficai.datatypes import FOLLOW_PROGRAM, InputError, Snapshot
from trafficai.scenario.model import Scenario, Signal


class PhaseLanes(NamedTuple):
    """The lanes of every green phase, each lane counted once per phase however many of its movements are green.

    ``lanes`` are the normal lanes that any signal controls or feeds. The phase axis is padded to the most phases that a
    signal offers; ``is_offered`` tells which are real.
    """

    lanes: NDArray[np.intp]  # (num_used,) index into network.normal_lanes
    incoming: NDArray[np.float64]  # (num_signals, max_phases, num_used) 1 where the lane has a green movement
    outgoing: NDArray[np.float64]  # (num_signals, max_phases, num_used) 1 where a green movement leads into the lane
    is_offered: NDArray[np.bool_]  # (num_signals, max_phases)
    reach: Reach  # sees past lanes that are too short


def require_signals(scenario: Scenario, agent: str) -> None:
    """Raise InputError where the scenario has no signal that the agent could control."""
    if not scenario.signals:
        problem = f"the network has no signal, so {agent} has nothing to control; use fixed-time"
        raise InputError(problem, file=scenario.network_file)


def green_movements(signal: Signal, phase: int) -> tuple[tuple[str, str], ...]:
    """Return the (from lane, to lane) pairs that green phase ``phase`` lets go, permissive ones included."""
    state = signal.green_state(phase)
    return tuple(pair for colour, pairs in zip(state, signal.links, strict=False) if colour in "Gg" for pair in pairs)


def linked_lanes(scenario: Scenario, signals: Iterable[Signal], side: int) -> NDArray[np.intp]:
    """Return the normal lanes, (n,), that lead to (side 0) or out of (side 1) the signals, in order of the network."""
    index = scenario.network.normal_lane_index
    ids = {pair[side] for signal in signals for link in signal.links for pair in link}
    return np.array(sorted(index[lane] for lane in ids if lane in index), dtype=np.intp)


def phase_lanes(scenario: Scenario) -> PhaseLanes:
    """Return the lanes of every green phase of every signal of the scenario."""
    index = scenario.network.normal_lane_index
    used = np.union1d(*(linked_lanes(scenario, scenario.signals, side) for side in (0, 1)))
    column = {lane: i for i, lane in enumerate(used.tolist())}
    num_phases = np.array([signal.num_phases for signal in scenario.signals], dtype=np.intp)
    offered = np.arange(num_phases.max(initial=0)) < num_phases[:, None]
    incoming, outgoing = np.zeros((2, *offered.shape, len(used)))
    for row, phase in np.argwhere(offered).tolist():
        for source, target in green_movements(scenario.signals[row], phase):
            if source in index and target in index:
                incoming[row, phase, column[index[source]]] = 1.0
                outgoing[row, phase, column[index[target]]] = 1.0
    return PhaseLanes(used, incoming, outgoing, offered, Reach(scenario))


def phase_pressures(scenario: Scenario, table: PhaseLanes) -> NDArray[np.float64]:
    """Return the weight of each lane in each phase's pressure, shaped like ``table.incoming``.

    A green movement counts its incoming lane less its outgoing lane. A lane's vehicles are taken to split evenly over
    its movements, so a phase that serves one of a lane's three movements counts a third of the lane.
    """
    index = scenario.network.normal_lane_index
    column = {lane: i for i, lane in enumerate(table.lanes.tolist())}
    weights = np.zeros_like(table.incoming)
    for row, phase in np.argwhere(table.is_offered).tolist():
        signal = scenario.signals[row]
        sources = Counter(source for link in signal.links for source, _ in link)
        for source, target in green_movements(signal, phase):
            if source in index and target in index:
                weights[row, phase, column[index[source]]] += 1.0 / sources[source]
                weights[row, phase, column[index[target]]] -= 1.0 / sources[source]
    return weights


class GreedyChoice:
    """Chooses the phase with the largest weighted sum of a lane quantity; ties keep the phase that is shown.

    A signal that offers fewer than two green phases leaves no choice and keeps its own program.

    Args:
        table: the lanes of every phase.
        weights: (num_signals, max_phases, num_used), weight of each lane in each phase.
        losses: (num_signals, max_phases, max_phases), share of a positive score that the change from the phase on show
            (first) to another takes away; None is nothing.
        first_at_ties: whether ties go to the first phase of the program instead.
    """

    def __init__(
        self,
        table: PhaseLanes,
        weights: NDArray[np.float64],
        losses: NDArray[np.float64] | None = None,
        first_at_ties: bool = False,
    ) -> None:
        self._losses, self._first_at_ties = losses, first_at_ties
        self._lanes, self._reach = table.lanes, table.reach
        self._shape = table.is_offered.shape
        self._weights = np.ascontiguousarray(weights.reshape(table.is_offered.size, len(table.lanes)).T)
        self._penalty = np.where(table.is_offered, 0.0, -np.inf)
        self._has_choice = table.is_offered.sum(axis=1) >= 2

    def scores(self, lane_values: NDArray[np.int32]) -> NDArray[np.float64]:
        """Return each phase's score, (..., num_signals, max_phases), for values per normal lane, (..., num_lanes)."""
        values: NDArray[np.float64] = self._reach(lane_values)[..., self._lanes] @ self._weights
        return values.reshape(*values.shape[:-1], *self._shape) + self._penalty

    def __call__(self, lane_values: NDArray[np.int32], shown: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the requested phase of each signal, (..., num_signals); ``shown`` are the phases they show."""
        if not self._has_choice.any():
            return np.full(shown.shape, FOLLOW_PROGRAM, dtype=np.int32)
        scores = self.scores(lane_values)
        if self._losses is not None:
            scores -= self._losses[np.arange(shown.shape[-1]), shown] * np.maximum(scores, 0.0)
        best = scores.argmax(axis=-1)
        if not self._first_at_ties:
            kept = np.take_along_axis(scores, shown[..., None], axis=-1)[..., 0] >= scores.max(axis=-1)
            best = np.where(kept, shown, best)
        return np.where(self._has_choice, best, FOLLOW_PROGRAM).astype(np.int32)


class GreedyRule(ABC):
    """A controller that asks for the phase with the largest weighted sum of a lane quantity; ties keep the one shown.

    A rule names itself and says what it sums: ``weigh`` gives the weights, ``observe`` the quantity per normal lane.

    Args:
        decision_interval: time between two decisions [s].
    """

    name: str

    def __init__(self, decision_interval: int = DECISION_INTERVAL_S) -> None:
        self.decision_interval = decision_interval
        self._choose: GreedyChoice | None = None

    @abstractmethod
    def weigh(self, scenario: Scenario, table: PhaseLanes) -> NDArray[np.float64]:
        """Return the weight of each lane in each phase, (num_signals, max_phases, num_used)."""

    @abstractmethod
    def observe(self, snapshot: Snapshot) -> NDArray[np.int32]:
        """Return the quantity that is summed, (..., num_lanes)."""

    def choice(self, scenario: Scenario, table: PhaseLanes) -> GreedyChoice:
        """Return how it chooses in this scenario."""
        return GreedyChoice(table, self.weigh(scenario, table))

    def reset(self, scenario: Scenario, seed: int) -> None:
        """Prepare for a run of the scenario.

        Raises:
            InputError: where the scenario has no signal.
        """
        require_signals(scenario, self.name)
        del seed
        self._choose = self.choice(scenario, phase_lanes(scenario))

    def decide(self, snapshot: Snapshot) -> NDArray[np.int32]:
        """Return the requested green phase of each signal, (num_signals,)."""
        assert self._choose is not None, "reset() comes first"
        return self._choose(self.observe(snapshot), snapshot.signal_phase)
