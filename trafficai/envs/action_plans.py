"""Actions that shape a fixed-time plan, carried out second by second: the splits of the next cycle, the offset."""

from __future__ import annotations

import math
from typing import Any, ClassVar, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.backends.signals import change_time
from trafficai.datatypes import FOLLOW_PLAN
from trafficai.envs.action_base import Action, ControlledSignals, SignalsNow, spread_requests
from trafficai.scenario.model import Scenario, Signal

OFFSET_RATE: Final = 0.2
"""Seconds that a plan is shifted per second: it runs a fifth faster or slower at most, and no phase is missed."""


class CycleTable(NamedTuple):
    """The frame into which splits are fitted: each phase in order, a change to it before its green."""

    cycle: NDArray[np.int64]  # (num_controlled,) [s]
    begin: NDArray[np.int64]  # (num_controlled,) [s], some time at which the change to the first phase begins
    least: NDArray[np.int64]  # (num_controlled, max_phases) [s], change and least green, 0 beyond a signal's phases
    is_offered: NDArray[np.bool_]  # (num_controlled, max_phases)

    @property
    def spare(self) -> NDArray[np.int64]:
        """What is there to share out, (num_controlled,) [s]."""
        return np.asarray(self.cycle - self.least.sum(axis=-1))


def cycle_table(signals: tuple[Signal, ...]) -> CycleTable:
    """Return the frame of the signals' own programs; a cycle too short for every least green is lengthened to it."""
    most = max(signal.num_phases for signal in signals)
    least = np.zeros((len(signals), most), dtype=np.int64)
    for row, signal in enumerate(signals):
        least[row, : signal.num_phases] = [_least_slot(signal, phase) for phase in range(signal.num_phases)]
    own = np.array([round(signal.program.cycle) for signal in signals], dtype=np.int64)
    is_offered = np.arange(most) < np.array([signal.num_phases for signal in signals])[:, None]
    begin = np.array([_cycle_begin(signal) for signal in signals], dtype=np.int64)
    return CycleTable(np.maximum(own, least.sum(axis=-1)), begin, least, is_offered)


def _least_slot(signal: Signal, phase: int) -> int:
    """Return what the change to a phase and its least green take [s]."""
    return round(change_time(signal, phase - 1, phase)) + math.ceil(signal.min_green)


def _cycle_begin(signal: Signal) -> int:
    """Return when the program begins the change to its first green phase [s]."""
    before = sum(phase.duration for phase in signal.program.phases[: signal.green_phases[0]])
    return round(signal.program.offset + before - change_time(signal, -1, 0))


def split_ends(shares: NDArray[np.float64], table: CycleTable) -> NDArray[np.int64]:
    """Return when each phase's part of the cycle ends, (..., num_controlled, max_phases) [s], for shares of that shape.

    Each phase has its change and its least green, and of what is left a part by its share; equal parts where every
    share is 0. Times are rounded to whole seconds, so that they fill the cycle.
    """
    sums = np.where(table.is_offered, np.maximum(shares, 0.0), 0.0).cumsum(axis=-1)
    total = sums[..., -1:]
    count = table.is_offered.cumsum(axis=-1)
    part = np.where(total > 0.0, sums / np.where(total > 0.0, total, 1.0), count / count[:, -1:])
    extra = np.rint(part * table.spare[:, None]).astype(np.int64)
    return np.asarray(table.least.cumsum(axis=-1) + extra)


class Splits(NamedTuple):
    """The splits in force."""

    ends: NDArray[np.int64]  # (..., num_controlled, max_phases) [s], from the begin of the cycle
    is_set: NDArray[np.bool_]  # (..., num_controlled) false before the first cycle


class SplitsAction(Action[Splits]):
    """A share in [0, 1] for each phase: how the cycle is divided among all phases, in the order of the program.

    A signal's splits change as its cycle begins, to what the decision that this second belongs to says; what decisions
    between say is not used. Until its first cycle begins a signal follows its plan. Cycles and offsets differ within a
    network, so no decision interval could be the cycle of all; where it is the cycle, every decision counts.
    """

    name: ClassVar[str] = "splits"
    is_whole: ClassVar[bool] = False

    def __init__(self, scenario: Scenario, controlled: ControlledSignals, decision_interval: int) -> None:
        super().__init__(scenario, controlled, decision_interval)
        self._table = cycle_table(self._signals)

    def _choices(self, num_phases: int) -> tuple[int, ...]:
        return (1,) * num_phases

    def _new_memory(self, worlds: tuple[int, ...]) -> Splits:
        shape = (*worlds, len(self.widths), int(self.widths.max()))
        return Splits(np.zeros(shape, dtype=np.int64), np.zeros(shape[:-1], dtype=np.bool_))

    def requests(
        self, values: NDArray[Any], time: NDArray[np.float64], signal_phase: NDArray[np.int32]
    ) -> NDArray[np.int32]:
        """Return the phase whose part of the cycle it is, (..., seconds, num_signals)."""
        is_plan = values[..., 0] == FOLLOW_PLAN
        ends = split_ends(values, self._table)
        seconds = np.arange(self.decision_interval)[:, None]
        position = (time.astype(np.int64)[..., None, None] + seconds - self._table.begin) % self._table.cycle
        is_new = np.logical_or.accumulate(position == 0, axis=-2) & ~is_plan[..., None, :]
        kept = np.where(self._memory.is_set[..., None, :], _part(position, self._memory.ends), FOLLOW_PLAN)
        phases = np.where(is_new, _part(position, ends), kept)
        self._adopt(is_new[..., -1, :], ends)
        return spread_requests(np.where(is_plan[..., None, :], FOLLOW_PLAN, phases), self.controlled)

    def _adopt(self, is_new: NDArray[np.bool_], ends: NDArray[np.int64]) -> None:
        """Remember the splits of the signals whose cycle began, (..., num_controlled)."""
        self._memory.ends[is_new] = ends[is_new]
        self._memory.is_set[is_new] = True

    def mask(self, now: SignalsNow) -> NDArray[np.bool_]:
        """Return nothing, (..., 0): there is no choice that could be forbidden."""
        return np.zeros((*np.shape(now.time), 0), dtype=np.bool_)

    @property
    def labels(self) -> tuple[tuple[str, ...], ...]:
        """No choice has a name."""
        return ((),) * len(self.choices)


def _part(position: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return in which part of the cycle positions lie, (..., seconds, n), for the parts' ends (..., n, max_parts)."""
    return np.asarray((position[..., None] >= ends[..., None, :, :]).sum(axis=-1))


class PlanTable(NamedTuple):
    """The fixed plans of the controlled signals: which green phase is asked for when."""

    cycle: NDArray[np.int64]  # (num_controlled,) [ms]
    offset: NDArray[np.int64]  # (num_controlled,) [ms]
    ends: NDArray[np.int64]  # (num_controlled, max_parts) [ms], of each phase of the program; the cycle beyond
    greens: NDArray[np.int64]  # (num_controlled, max_parts) the green phase shown, or the next one


def plan_table(signals: tuple[Signal, ...]) -> PlanTable:
    """Return the fixed plans of the signals, as the clearance function reads them for FOLLOW_PLAN."""
    most = max(len(signal.program.phases) for signal in signals)
    ends, greens = np.zeros((2, len(signals), most), dtype=np.int64)
    for row, signal in enumerate(signals):
        own = np.cumsum([round(phase.duration * 1000.0) for phase in signal.program.phases])
        ends[row] = np.pad(own, (0, most - len(own)), mode="edge")
        greens[row, : len(own)] = [_next_green(signal, position) for position in range(len(own))]
    offset = np.array([round(signal.program.offset * 1000.0) for signal in signals], dtype=np.int64)
    return PlanTable(ends[:, -1].copy(), offset, ends, greens)


def _next_green(signal: Signal, position: int) -> int:
    """Return the number of the green phase at a position of the program, or of the first one that follows it."""
    phases = signal.program.phases
    for _ in phases:
        if position in signal.green_phases:
            return signal.green_phases.index(position)
        following = phases[position].next
        position = following[0] if following else (position + 1) % len(phases)
    return FOLLOW_PLAN


class Shift(NamedTuple):
    """How far each plan has been shifted."""

    milliseconds: NDArray[np.int64]  # (..., num_controlled) within one cycle; a positive one delays the plan


class OffsetAction(Action[Shift]):
    """0 shifts the fixed plan forward, 1 leaves it where it is, 2 delays it: by a fifth of the decision interval.

    The shift is spread over the decision, so that the plan runs a fifth faster or slower and no phase is left out.
    """

    name: ClassVar[str] = "offset"

    def __init__(self, scenario: Scenario, controlled: ControlledSignals, decision_interval: int) -> None:
        super().__init__(scenario, controlled, decision_interval)
        self._table = plan_table(self._signals)

    def _choices(self, num_phases: int) -> tuple[int, ...]:
        return (3,)

    def _new_memory(self, worlds: tuple[int, ...]) -> Shift:
        return Shift(np.zeros((*worlds, len(self.widths)), dtype=np.int64))

    def requests(
        self, values: NDArray[Any], time: NDArray[np.float64], signal_phase: NDArray[np.int32]
    ) -> NDArray[np.int32]:
        """Return the phase that the shifted plan shows, (..., seconds, num_signals); an unshifted one is followed."""
        is_plan = values[..., 0] == FOLLOW_PLAN
        per_second = np.where(is_plan, 0, values[..., 0] - 1) * round(OFFSET_RATE * 1000.0)
        seconds = np.arange(self.decision_interval)[:, None]
        shift = (self._memory.milliseconds[..., None, :] + per_second[..., None, :] * (seconds + 1)) % self._table.cycle
        now = np.rint(time[..., None, None] * 1000.0).astype(np.int64) + seconds * 1000
        position = np.asarray((now + 999 - self._table.offset - shift) % self._table.cycle, dtype=np.int64)
        greens = np.take_along_axis(
            np.broadcast_to(self._table.greens, (*position.shape, self._table.greens.shape[-1])),
            _part(position, self._table.ends)[..., None],
            axis=-1,
        )[..., 0]
        self._memory.milliseconds[...] = shift[..., -1, :]
        return spread_requests(np.where(is_plan[..., None, :] | (shift == 0), FOLLOW_PLAN, greens), self.controlled)

    def mask(self, now: SignalsNow) -> NDArray[np.bool_]:
        """Return that every shift is allowed, (..., 3 * num_controlled)."""
        return np.ones((*np.shape(now.time), 3 * len(self.choices)), dtype=np.bool_)

    @property
    def labels(self) -> tuple[tuple[str, ...], ...]:
        """The three shifts by name."""
        return (("earlier", "same", "later"),) * len(self.choices)
