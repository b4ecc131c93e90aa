"""Splits, cycle and offsets from degrees of saturation and flows, in small steps: what SCATS does."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from trafficai.controllers.actuated import Actuation, actuation
from trafficai.controllers.capacity import SATURATION_FLOW
from trafficai.controllers.coordinated import green_window
from trafficai.controllers.cyclic import CyclicRule, share_out
from trafficai.controllers.streets import streets_of
from trafficai.controllers.subsystems import OFFSET_STEP, Place, Subsystems, Window, lag_of
from trafficai.controllers.webster import formula_cycle, lay_out
from trafficai.datatypes import Snapshot
from trafficai.scenario.model import Scenario, Signal

SPLIT_STEP = 0.04
"""Most of the cycle by which a green changes from one cycle to the next (Lowrie 1982: 4 %)."""

CYCLE_STEP_S = 6.0
"""By how much the cycle changes [s] (Lowrie 1982: up to 6 s)."""

MIN_CYCLE_S, MAX_CYCLE_S = 40.0, 120.0
"""Shortest and longest cycle [s]; our choice."""

TARGET = 0.75
"""Degree of saturation that the cycle aims at; our choice. SCATS aims near 0.9; short greens overflow there."""

DEAD_BAND = 0.1
"""Distance from the target within which the cycle is left alone; our choice."""

MEMORY = 0.75
"""Weight of the cycles before in what a phase is taken to need; our choice."""


class SplitAdapter(CyclicRule):
    """Shares the cycle out so that all phases are equally saturated, and lengthens it where that is too much.

    A detector at the stop line counts who leaves each lane in each phase. The degree of saturation of a phase is the
    green that its fullest lane needs, over the green it had: vehicles that left, and those that still stand within
    200 m when it ends, at 1,900 veh/h. At the begin of each cycle, greens move towards equal degrees of saturation, by
    4 % of the cycle at most, and the cycle by 6 s: longer above a degree of 0.85, shorter below 0.65. Sims and Dobinson
    (1980), "The Sydney coordinated adaptive traffic (SCAT) system: philosophy and benefits", IEEE Transactions on
    Vehicular Technology 29; Lowrie (1982), "The Sydney coordinated adaptive traffic system: principles, methodology,
    algorithms", IEE Conference on Road Traffic Signalling. SCATS measures how much of the green is used by the gaps
    between vehicles.

    Signals that send each other traffic are joined every five minutes where their cycles are alike, the busiest street
    first. They have the longest of their cycles, and each an offset to the neighbour by which it is joined: greens
    follow each other at the driving time in one of the two directions. Both directions vote for either offset with the
    part of their measured flow that would come in green. It is reached by cycles that are longer or shorter by a tenth
    at most. SCATS chooses among offsets that an engineer has set, and marries whole subsystems.

    Args:
        min_cycle: shortest cycle [s].
        max_cycle: longest cycle [s].
        offsets: whether signals share cycles, and have offsets.
    """

    name = "split-adapter"

    def __init__(self, min_cycle: float = MIN_CYCLE_S, max_cycle: float = MAX_CYCLE_S, offsets: bool = True) -> None:
        super().__init__()
        self._min_cycle, self._max_cycle, self._has_offsets = min_cycle, max_cycle, offsets
        self._signals: tuple[Signal, ...] = ()
        self._subsystems: Subsystems | None = None
        self._own_cycles = np.zeros(0)  # [s], without what an offset needs
        self._wanted = np.zeros(0)  # [s], cycle that each signal would have by itself
        self._table: Actuation | None = None
        self._needed = np.zeros((0, 0))
        self._served = np.zeros((0, 0, 0))
        self._serving = np.zeros(0, dtype=np.intp)

    def reset(self, scenario: Scenario, seed: int) -> None:
        """Prepare for a run of the scenario: the first cycle is that of the net's own program.

        Raises:
            InputError: where the scenario has no signal.
        """
        super().reset(scenario, seed)
        self._table = actuation(scenario)
        self._needed = np.zeros(self.greens.shape)  # [s] of green that each phase needs in a cycle
        for row, signal in enumerate(scenario.signals):
            own = [signal.program.phases[phase].duration for phase in signal.green_phases]
            self._needed[row, : len(own)] = own
        self._served = np.zeros(self._table.extends.shape)  # vehicles of each phase's lanes since the cycle's begin
        self._serving = np.zeros(len(scenario.signals), dtype=np.intp)  # the phase on show, or the last one
        self._signals = scenario.signals
        self._own_cycles, self._wanted = self.cycles.copy(), self.cycles.copy()
        self._subsystems = Subsystems(streets_of(scenario)) if self._has_offsets else None

    def decide(self, snapshot: Snapshot) -> NDArray[np.int32]:
        """Return the requested green phase of each signal, (num_signals,)."""
        self._count(snapshot)
        if self._subsystems is not None:
            self._subsystems.count(snapshot)
            if self._subsystems.is_due(float(snapshot.time)):
                self._subsystems.vote(float(snapshot.time), self._wanted, self._window)
        return super().decide(snapshot)

    def _count(self, snapshot: Snapshot) -> None:
        """Count who left in each phase, yellow included, and who is left when it ends."""
        assert self._table is not None, "reset() comes first"
        rows, shown = np.arange(len(self._serving)), np.maximum(snapshot.signal_phase, 0)
        left = snapshot.lane_left_in_interval[self._table.lanes]
        queue = self._table.reach(snapshot.lane_seen_queue)[self._table.lanes]
        queued = np.where((shown != self._serving)[:, None], queue, 0)
        self._served[rows, self._serving] += self._table.extends[rows, self._serving] * (left + queued)
        self._serving = shown.astype(np.intp)

    def split(self, snapshot: Snapshot, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return the greens of the cycle that begins now at some signals, (num_rows, max_phases) [s]."""
        return np.array([self._adapt(row, float(snapshot.time)) for row in rows.tolist()])

    def _adapt(self, row: int, now: float) -> NDArray[np.float64]:
        """Return the greens of one signal's next cycle, (max_phases,) [s], and set its cycle."""
        count = self.rings[row].num_phases
        greens = self.greens[row, :count].copy()
        wanted: NDArray[np.float64] = self._needed[row].copy()
        if not greens.any():  # nothing was counted yet
            return wanted
        used = self._served[row, :count].max(axis=-1) * 3600.0 / SATURATION_FLOW
        self._served[row] = 0.0
        self._needed[row, :count] += (1.0 - MEMORY) * (used - self._needed[row, :count])
        self._set_cycle(row, float((self._needed[row, :count] / greens).max()), now)
        wanted[:count] = self._step(row, greens)
        return wanted

    def _set_cycle(self, row: int, saturation: float, now: float) -> None:
        """Lengthen or shorten a signal's cycle towards the target of its saturation, or towards its subsystem's."""
        place = self._subsystems.places.get(row) if self._subsystems is not None else None
        if self._subsystems is None or place is None:
            step = CYCLE_STEP_S * (float(saturation > TARGET + DEAD_BAND) - float(saturation < TARGET - DEAD_BAND))
            self.cycles[row] = self._own_cycles[row] = self._wanted[row] = self._bounded(
                row, self._own_cycles[row] + step
            )
            return
        self._wanted[row] = _towards(self._unsaturated_cycle(row), self._wanted[row])
        common = self._subsystems.common_cycle(place, self._wanted)
        self._own_cycles[row] = self._bounded(row, _towards(common, self._own_cycles[row]))
        self.cycles[row] = self._own_cycles[row] + self._shift(row, place, now)

    def _bounded(self, row: int, cycle: float) -> float:
        """Return a signal's cycle within the bounds [s]."""
        least = self.rings[row].least_cycle
        return min(max(cycle, self._min_cycle, least), max(self._max_cycle, least))

    def _unsaturated_cycle(self, row: int) -> float:
        """Return the shortest cycle that gives no phase of a signal more than the target degree of saturation [s]."""
        ring = self.rings[row]
        shares = self._needed[row, : ring.num_phases] / self.cycles[row] / TARGET
        return self._bounded(row, formula_cycle(ring, shares, _least_cycle, self._max_cycle))

    def _window(self, row: int, positions: Sequence[int]) -> Window:
        """Return the green of some positions of a signal in its present cycle."""
        ring = self.rings[row]
        plan = lay_out(ring, self.greens[row, : ring.num_phases], 0.0)
        return green_window(self._signals[row], plan, positions)

    def _shift(self, row: int, place: Place, now: float) -> float:
        """Return how much longer a signal's cycle that begins now is made, so that its offset is reached [s]."""
        if place.street is None or self._own_cycles[row] != self._own_cycles[place.neighbour]:
            return 0.0
        lag = lag_of(place.street, self._window)
        begin = self.begins[place.neighbour] + (lag if place.street.end == row else -lag)
        cycle = float(self._own_cycles[row])
        missing = (begin - now + cycle / 2.0) % cycle - cycle / 2.0
        shift = float(round(min(max(missing, -OFFSET_STEP * cycle), OFFSET_STEP * cycle)))
        return max(shift, self.rings[row].least_cycle - cycle)

    def _step(self, row: int, greens: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return greens of one step from the present ones towards equal degrees of saturation, (num_phases,) [s]."""
        ring, count = self.rings[row], len(greens)
        total = self.cycles[row] - ring.lost
        equal = share_out(self._needed[row, :count], total, ring.least)
        present = greens * total / greens.sum()
        step = SPLIT_STEP * self.cycles[row]
        stepped: NDArray[np.float64] = np.clip(equal, present - step, present + step)
        return stepped


def _towards(goal: float, present: float) -> float:
    """Return a cycle one step from the present one towards another [s]."""
    return present + min(max(goal - present, -CYCLE_STEP_S), CYCLE_STEP_S)


def _least_cycle(lost: float, ratio: float) -> float:
    """Return the cycle [s] that has room for the lost time [s] and a sum of shares of the cycle."""
    return lost / (1.0 - ratio) if ratio < 1.0 else math.inf
