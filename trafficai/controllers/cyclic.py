"""Cyclic control: every phase in its order, the split chosen anew for each cycle; what such rules share."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from trafficai.controllers.phases import require_signals
from trafficai.datatypes import FOLLOW_PROGRAM, Snapshot
from trafficai.scenario.changes import GO, change_length, whole_seconds
from trafficai.scenario.model import Scenario, Signal


class Ring:
    """Green phases of one signal, one after the other.

    Args:
        signal: whose they are.
        phases: which of its green phases, in order; by default all.
        least: shortest green of each of its green phases [s], those not among ``phases`` too; by default the signal's.
    """

    def __init__(
        self, signal: Signal, phases: Sequence[int] | None = None, least: Sequence[float] | None = None
    ) -> None:
        self.signal = signal.id
        self.phases = tuple(range(signal.num_phases)) if phases is None else tuple(phases)
        self.num_phases = len(self.phases)
        shortest = [signal.min_green] * signal.num_phases if least is None else least
        # (num_phases,) [s], least green of each phase
        self.least = np.array([whole_seconds(shortest[phase]) for phase in self.phases])
        # (num_phases,) [s], change from each phase to the next
        self.changes = np.array(_changes(signal, [signal.green_state(phase) for phase in self.phases], self.least))

    @property
    def lost(self) -> float:
        """Seconds of a cycle in which no phase is green; also the sum of all changes."""
        return float(self.changes.sum())

    @property
    def least_cycle(self) -> float:
        """Shortest cycle that can be shown [s]: every phase for its least green."""
        return self.lost + float(self.least.sum())

    def greens(self, weights: NDArray[np.float64], cycle: float) -> NDArray[np.float64]:
        """Return whole-second greens, (num_phases,) [s], by weight: least greens first, the rest shared out.

        A phase whose share is less than its least green gets that, and the others share what is left.
        """
        available = round(cycle - self.lost)
        shares = share_out(weights, float(available), self.least)
        return largest_remainders(shares, available)


def _changes(signal: Signal, states: Sequence[str], least: NDArray[np.float64]) -> list[float]:
    """Return how long the change from each state to the next takes [s], even if every green is its least."""
    following = [*states[1:], states[0]]
    shortest = [change_length(signal, *pair) for pair in zip(states, following, strict=True)]
    if not signal.intergreen:
        return shortest
    reds = [_red_for(states, shortest, least, k) for k in range(len(states))]
    return [change_length(signal, *each) for each in zip(states, following, reds, strict=True)]


def _red_for(states: Sequence[str], changes: Sequence[float], least: NDArray[np.float64], k: int) -> list[float]:
    """Return how long each position has at least been without green when the ``k``-th green ends [s]."""
    since, age = [math.inf] * len(states[0]), 0.0
    for number in range(k, k - len(states), -1):
        since = [min(s, age) if letter in GO else s for s, letter in zip(since, states[number], strict=True)]
        age += float(least[number]) + changes[number - 1]
    return since


def share_out(weights: NDArray[np.float64], total: float, least: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return shares of ``total`` by weight, none below its ``least``, (num_phases,); evenly if all weigh nothing."""
    weights = weights if weights.sum() > 0.0 else np.ones_like(weights)
    is_least = np.zeros(len(weights), dtype=np.bool_)
    while True:
        left, heavy = total - least[is_least].sum(), np.where(is_least, 0.0, weights)
        shares = np.where(is_least, least, left * heavy / heavy.sum() if heavy.sum() > 0.0 else left / len(weights))
        below = ~is_least & (shares < least - 1e-9)
        if not below.any():
            return shares
        is_least |= below


def largest_remainders(shares: NDArray[np.float64], total: int) -> NDArray[np.float64]:
    """Return the shares as whole numbers with that sum: those with the largest fractions are rounded up."""
    whole = np.floor(shares + 1e-9)
    order = np.argsort(-(shares - whole), kind="stable")
    whole[order[: max(0, total - int(whole.sum()))]] += 1.0
    return whole


class CyclicRule(ABC):
    """A controller that shows the phases of each signal in their order and chooses the greens at each cycle's begin.

    A rule names itself and gives ``split``: the weights by which the green time of a cycle is shared out. Requests go
    out every second, so greens last as chosen; a change that takes its time comes out of nobody's green.

    Args:
        cycle: length of the cycle [s]; None is that of the signal's own program.
    """

    name: str

    def __init__(self, cycle: float | None = None) -> None:
        self.decision_interval = 1
        self._cycle = cycle
        self.rings: list[Ring] = []
        self._num_phases = np.zeros(0, dtype=np.intp)
        self.cycles = np.zeros(0)
        self.begins = np.zeros(0)
        self._ends = np.zeros((0, 0))
        self.greens = np.zeros((0, 0))

    @abstractmethod
    def split(self, snapshot: Snapshot, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return the weight of each phase in the cycle that begins now at some signals, (num_rows, max_phases)."""

    def reset(self, scenario: Scenario, seed: int) -> None:
        """Prepare for a run of the scenario.

        Raises:
            InputError: where the scenario has no signal.
        """
        require_signals(scenario, self.name)
        del seed
        self.rings = [Ring(signal) for signal in scenario.signals]
        self._num_phases = np.array([ring.num_phases for ring in self.rings])
        self.cycles = np.array(
            [
                max(float(round(self._cycle or signal.program.cycle)), ring.least_cycle)
                for ring, signal in zip(self.rings, scenario.signals, strict=True)
            ]
        )
        self.begins = np.full(len(self.rings), -np.inf)
        self._ends = np.zeros((len(self.rings), self._num_phases.max()))
        self.greens = np.zeros(self._ends.shape)

    def decide(self, snapshot: Snapshot) -> NDArray[np.int32]:
        """Return the requested green phase of each signal, (num_signals,)."""
        now = float(snapshot.time)
        is_over = now >= self.begins + self.cycles
        if is_over.any():
            rows = np.flatnonzero(is_over)
            self._begin_cycles(rows, self.split(snapshot, rows), now)
        num_over = ((now - self.begins)[:, None] >= self._ends).sum(axis=1)
        requested = num_over % self._num_phases  # after the last green, the change back to the first
        return np.where(self._num_phases >= 2, requested, FOLLOW_PROGRAM).astype(np.int32)

    def _begin_cycles(self, rows: NDArray[np.intp], weights: NDArray[np.float64], now: float) -> None:
        """Choose the greens of the signals whose cycle begins."""
        for row, weight in zip(rows.tolist(), weights, strict=True):
            ring, count = self.rings[row], self.rings[row].num_phases
            self.greens[row, :count] = ring.greens(weight[:count], self.cycles[row])
            self.begins[row] = now
            self._ends[row] = np.inf
            self._ends[row, :count] = np.cumsum(self.greens[row, :count] + ring.changes) - ring.changes
