"""Max pressure (Varaiya 2013): serve the phase whose upstream is fullest compared with its downstream."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trafficai.controllers.base import DECISION_INTERVAL_S
from trafficai.controllers.phases import GreedyChoice, GreedyRule, PhaseLanes, phase_pressures
from trafficai.datatypes import Snapshot
from trafficai.scenario.changes import phase_change_length
from trafficai.scenario.model import Scenario


class MaxPressure(GreedyRule):
    """Asks for the green phase of greatest pressure; ties keep the phase that is shown.

    The pressure of a green movement is the number of vehicles on its incoming lane less that on its outgoing lane,
    weighted by the share of the lane's vehicles that take it; the pressure of a phase is the sum over its movements
    (Varaiya 2013, "Max pressure control of a network of signalized intersections", Transportation Research Part C 36).
    No detector knows turning ratios, so the vehicles of a lane are taken to split evenly over its movements, and all
    saturation flows to be equal. There is no longest red.

    Varaiya's switching costs nothing. With ``switching_loss``, the seconds of the change to another phase are taken off
    its pressure, as a share of the decision interval: it is asked for only where it serves more in the rest of the
    interval than the phase on show in the whole. That max pressure has to count this loss: Wang, Yin, Feng and Liu
    (2022), "Learning the max pressure control for urban traffic networks considering the phase switching loss",
    Transportation Research Part C 140, whose threshold is learned; this one is arithmetic.

    With ``queued``, only vehicles count that stand within 200 m of the end of their lane, before and behind, about as
    in RESCO (Ault and Sharon 2021, NeurIPS Datasets and Benchmarks); else all on the lanes, moving or not.

    Args:
        decision_interval: time between two decisions [s].
        switching_loss: whether the seconds of a change count.
        queued: whether only vehicles that stand within 200 m count.
    """

    name = "max-pressure"

    def __init__(
        self, decision_interval: int = DECISION_INTERVAL_S, switching_loss: bool = False, queued: bool = False
    ) -> None:
        super().__init__(decision_interval)
        self._switching_loss, self._queued = switching_loss, queued

    def weigh(self, scenario: Scenario, table: PhaseLanes) -> NDArray[np.float64]:
        """Return the weight of each lane in each phase, (num_signals, max_phases, num_used)."""
        return phase_pressures(scenario, table)

    def observe(self, snapshot: Snapshot) -> NDArray[np.int32]:
        """Return the vehicles that count on each normal lane, (..., num_lanes)."""
        return snapshot.lane_seen_queue if self._queued else snapshot.lane_count

    def choice(self, scenario: Scenario, table: PhaseLanes) -> GreedyChoice:
        """Return how it chooses in this scenario."""
        losses = _switching_losses(scenario, table, self.decision_interval) if self._switching_loss else None
        return GreedyChoice(table, self.weigh(scenario, table), losses)


def _switching_losses(scenario: Scenario, table: PhaseLanes, interval: int) -> NDArray[np.float64]:
    """Return the share of an interval that each change takes, (num_signals, max_phases, max_phases), at most 1."""
    count = table.is_offered.shape[1]
    losses = np.zeros((*table.is_offered.shape, count))
    for row, signal in enumerate(scenario.signals):
        for before in range(signal.num_phases):
            for after in range(signal.num_phases):
                losses[row, before, after] = min(1.0, phase_change_length(signal, before, after) / interval)
    return losses
