"""Splits and cycle from degrees of saturation, cycle by cycle, in small steps: what SCATS does at each signal."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trafficai.controllers.actuated import Actuation, actuation
from trafficai.controllers.capacity import SATURATION_FLOW
from trafficai.controllers.cyclic import CyclicRule, share_out
from trafficai.datatypes import Snapshot
from trafficai.scenario.model import Scenario

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
    between vehicles, and chooses offsets; here every signal is by itself.

    Args:
        min_cycle: shortest cycle [s].
        max_cycle: longest cycle [s].
    """

    name = "split-adapter"

    def __init__(self, min_cycle: float = MIN_CYCLE_S, max_cycle: float = MAX_CYCLE_S) -> None:
        super().__init__()
        self._min_cycle, self._max_cycle = min_cycle, max_cycle
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

    def decide(self, snapshot: Snapshot) -> NDArray[np.int32]:
        """Return the requested green phase of each signal, (num_signals,)."""
        self._count(snapshot)
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
        del snapshot
        return np.array([self._adapt(row) for row in rows.tolist()])

    def _adapt(self, row: int) -> NDArray[np.float64]:
        """Return the greens of one signal's next cycle, (max_phases,) [s], and set its cycle."""
        count = self.rings[row].num_phases
        greens = self.greens[row, :count].copy()
        wanted: NDArray[np.float64] = self._needed[row].copy()
        if not greens.any():  # nothing was counted yet
            return wanted
        used = self._served[row, :count].max(axis=-1) * 3600.0 / SATURATION_FLOW
        self._served[row] = 0.0
        self._needed[row, :count] += (1.0 - MEMORY) * (used - self._needed[row, :count])
        self._set_cycle(row, float((self._needed[row, :count] / greens).max()))
        wanted[:count] = self._step(row, greens)
        return wanted

    def _set_cycle(self, row: int, saturation: float) -> None:
        """Lengthen or shorten a signal's cycle towards the target of its greatest degree of saturation."""
        step = CYCLE_STEP_S * (float(saturation > TARGET + DEAD_BAND) - float(saturation < TARGET - DEAD_BAND))
        longest = max(self._max_cycle, self.rings[row].least_cycle)
        shortest = max(self._min_cycle, self.rings[row].least_cycle)
        self.cycles[row] = min(max(self.cycles[row] + step, shortest), longest)

    def _step(self, row: int, greens: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return greens of one step from the present ones towards equal degrees of saturation, (num_phases,) [s]."""
        ring, count = self.rings[row], len(greens)
        total = self.cycles[row] - ring.lost
        equal = share_out(self._needed[row, :count], total, ring.min_green)
        present = greens * total / greens.sum()
        step = SPLIT_STEP * self.cycles[row]
        stepped: NDArray[np.float64] = np.clip(equal, present - step, present + step)
        return stepped
