"""Actions that name a green phase: any one, the next one, one for a time, one of the dual rings."""

from __future__ import annotations

from typing import Any, ClassVar, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.datatypes import FOLLOW_PLAN
from trafficai.envs.action_base import Action, ControlledSignals, SignalsNow, spread_requests
from trafficai.scenario.model import Scenario
from trafficai.scenario.ring_barrier import ring_pairs, with_ring_barrier

LONGEST_DURATION_S: Final = 60
"""Longest time that a phase can be asked for at once [s]: half of the longest cycle that RiLSA recommends, 120 s."""


class PhaseRows(NamedTuple):
    """The green phases of the controlled signals, signal after signal."""

    row: NDArray[np.intp]  # (num_rows,) position in Snapshot.phase_wait
    signal: NDArray[np.intp]  # (num_rows,) position in scenario.signals
    number: NDArray[np.int32]  # (num_rows,) of the phase within its signal
    first: NDArray[np.intp]  # (num_controlled,) where each signal's rows begin
    controlled: NDArray[np.intp]  # (num_rows,) position among the controlled signals


def phase_rows(scenario: Scenario, controlled: ControlledSignals) -> PhaseRows:
    """Return the green phases of the controlled signals."""
    before = np.cumsum([0, *(signal.num_phases for signal in scenario.signals)])
    counts = controlled.num_phases
    number = np.concatenate([np.arange(n, dtype=np.int32) for n in counts])
    signal = np.repeat(controlled.signal_index, counts)
    first = np.cumsum([0, *counts[:-1]])
    return PhaseRows(before[signal] + number, signal, number, first, np.repeat(np.arange(len(counts)), counts))


class Nothing(NamedTuple):
    """What is remembered by an action that looks at the present only."""


class _PhaseChoice(Action[Nothing]):
    """An action that names a phase and remembers nothing."""

    def __init__(self, scenario: Scenario, controlled: ControlledSignals, decision_interval: int) -> None:
        super().__init__(scenario, controlled, decision_interval)
        self._rows = phase_rows(scenario, controlled)

    def _choices(self, num_phases: int) -> tuple[int, ...]:
        return (num_phases,)

    def _new_memory(self, worlds: tuple[int, ...]) -> Nothing:
        return Nothing()

    def requests(
        self, values: NDArray[Any], time: NDArray[np.float64], signal_phase: NDArray[np.int32]
    ) -> NDArray[np.int32]:
        """Return the phases that were named, (..., num_signals)."""
        return spread_requests(values[..., 0], self.controlled)

    def mask(self, now: SignalsNow) -> NDArray[np.bool_]:
        """Return which phases a request would begin before the next decision, (..., len(mask_names))."""
        return begun_phases(now, self._rows, self.decision_interval)

    @property
    def labels(self) -> tuple[tuple[str, ...], ...]:
        """The phases by number."""
        return tuple(tuple(f"phase{k}" for k in range(n)) for n in self.controlled.num_phases)


def begun_phases(now: SignalsNow, rows: PhaseRows, seconds: int) -> NDArray[np.bool_]:
    """Return which phases a request would begin within so many seconds, (..., num_rows); the one on show if none."""
    is_begun = now.phase_wait[..., rows.row] < seconds
    is_stuck = ~np.logical_or.reduceat(is_begun, rows.first, axis=-1)
    is_shown = now.signal_phase[..., rows.signal] == rows.number
    return np.asarray(is_begun | (is_stuck[..., rows.controlled] & is_shown))


class PhaseAction(_PhaseChoice):
    """Any green phase, at every decision."""

    name: ClassVar[str] = "phase"


class RingBarrierAction(_PhaseChoice):
    """Any pair of movements of the two rings; the pairs that the program lacks are built."""

    name: ClassVar[str] = "ring-barrier"

    def __init__(self, scenario: Scenario, controlled: ControlledSignals, decision_interval: int) -> None:
        super().__init__(scenario, controlled, decision_interval)
        pairs = ring_pairs(scenario)
        self._pair_names = [{pair.state: pair.name for pair in pairs[i]} for i in controlled.signal_index]

    @staticmethod
    def prepare(scenario: Scenario) -> Scenario:
        """Return the scenario with every pair of movements as a green phase."""
        return with_ring_barrier(scenario)

    @property
    def labels(self) -> tuple[tuple[str, ...], ...]:
        """The pairs by their movements; a phase of the program that is none by its number."""
        signals = zip(self._signals, self._pair_names, strict=True)
        return tuple(
            tuple(names.get(signal.green_state(k), f"phase{k}") for k in range(signal.num_phases))
            for signal, names in signals
        )


class KeepNextAction(Action[Nothing]):
    """0 keeps the phase on show, 1 asks for the next one in the order of the program."""

    name: ClassVar[str] = "keep-next"

    def __init__(self, scenario: Scenario, controlled: ControlledSignals, decision_interval: int) -> None:
        super().__init__(scenario, controlled, decision_interval)
        rows = phase_rows(scenario, controlled)
        self._first_row = rows.row[rows.first]  # (num_controlled,)

    def _choices(self, num_phases: int) -> tuple[int, ...]:
        return (2,)

    def _new_memory(self, worlds: tuple[int, ...]) -> Nothing:
        return Nothing()

    def requests(
        self, values: NDArray[Any], time: NDArray[np.float64], signal_phase: NDArray[np.int32]
    ) -> NDArray[np.int32]:
        """Return the phase on show or the next, (..., num_signals); one being cleared towards is on show."""
        chosen = values[..., 0]
        phases = (signal_phase[..., self.controlled.signal_index] + chosen) % self.controlled.num_phases
        return spread_requests(np.where(chosen == FOLLOW_PLAN, FOLLOW_PLAN, phases), self.controlled)

    def mask(self, now: SignalsNow) -> NDArray[np.bool_]:
        """Return whether the phase may be kept, and whether the next would begin, signal after signal."""
        shown = now.signal_phase[..., self.controlled.signal_index]
        goes_on = self._is_begun(now, (shown + 1) % self.controlled.num_phases)
        stays = self._is_begun(now, shown) | ~goes_on
        pairs = np.stack((stays, goes_on), axis=-1)
        return pairs.reshape(*pairs.shape[:-2], -1)

    def _is_begun(self, now: SignalsNow, phases: NDArray[Any]) -> NDArray[np.bool_]:
        """Return whether requests for these phases, (..., num_controlled), begin before the next decision."""
        waits = np.take_along_axis(now.phase_wait, self._first_row + phases, axis=-1)
        return np.asarray(waits < self.decision_interval)

    @property
    def labels(self) -> tuple[tuple[str, ...], ...]:
        """Both choices by name."""
        return (("keep", "next"),) * len(self.choices)


class Commitment(NamedTuple):
    """The phase that each controlled signal is held to."""

    phase: NDArray[np.int64]  # (..., num_controlled)
    until: NDArray[np.float64]  # (..., num_controlled) [s]; choices are free again from then on


class PhaseDurationAction(Action[Commitment]):
    """A green phase, and for how long it is asked for: 1, 2, 3 ... decision intervals, the change to it included.

    While a phase is held, what is chosen is ignored. An answer that is none ends it.
    """

    name: ClassVar[str] = "phase-duration"

    def __init__(self, scenario: Scenario, controlled: ControlledSignals, decision_interval: int) -> None:
        self.num_durations = max(1, LONGEST_DURATION_S // decision_interval)
        super().__init__(scenario, controlled, decision_interval)
        self._rows = phase_rows(scenario, controlled)
        sizes = controlled.num_phases + self.num_durations
        self._columns = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        self._owner = np.repeat(np.arange(len(sizes)), sizes)  # (mask size,) position among the controlled signals

    def _choices(self, num_phases: int) -> tuple[int, ...]:
        return num_phases, self.num_durations

    def _new_memory(self, worlds: tuple[int, ...]) -> Commitment:
        shape = (*worlds, len(self.widths))
        return Commitment(np.zeros(shape, dtype=np.int64), np.full(shape, -np.inf))

    def requests(
        self, values: NDArray[Any], time: NDArray[np.float64], signal_phase: NDArray[np.int32]
    ) -> NDArray[np.int32]:
        """Return the phases held, (..., num_signals), chosen anew where none is."""
        phase, until = self._memory
        is_plan = values[..., 0] == FOLLOW_PLAN
        is_free = is_plan | (time[..., None] >= until)
        phase[is_free] = values[..., 0][is_free]
        ends = time[..., None] + (values[..., 1] + 1) * self.decision_interval
        until[is_free] = np.where(is_plan, -np.inf, ends)[is_free]
        return spread_requests(phase, self.controlled)

    def mask(self, now: SignalsNow) -> NDArray[np.bool_]:
        """Return what may be chosen; of a signal that is held, only its phase and the shortest duration."""
        is_phase = self._columns < self.controlled.num_phases[self._owner]
        free = np.ones((*np.shape(now.time), len(self._owner)), dtype=np.bool_)
        free[..., is_phase] = begun_phases(now, self._rows, self.decision_interval)
        is_held = (now.time[..., None] < self._memory.until)[..., self._owner]
        column = np.where(is_phase, self._memory.phase[..., self._owner], self.controlled.num_phases[self._owner])
        return np.where(is_held, self._columns == column, free)

    @property
    def labels(self) -> tuple[tuple[str, ...], ...]:
        """The phases by number, and the durations in seconds."""
        durations = tuple(f"{k * self.decision_interval}s" for k in range(1, self.num_durations + 1))
        return tuple((*(f"phase{k}" for k in range(n)), *durations) for n in self.controlled.num_phases)
