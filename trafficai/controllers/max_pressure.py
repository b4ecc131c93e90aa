"""Max pressure (Varaiya 2013): serve the phase whose upstream is fullest compared with its downstream."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trafficai.controllers.phases import GreedyRule, PhaseLanes, phase_pressures
from trafficai.datatypes import Snapshot
from trafficai.scenario.model import Scenario


class MaxPressure(GreedyRule):
    """Asks for the green phase of greatest pressure; ties keep the phase that is shown.

    The pressure of a green movement is the number of vehicles on its incoming lane less that on its outgoing lane,
    weighted by the share of the lane's vehicles that take it; the pressure of a phase is the sum over its movements
    (Varaiya 2013, "Max pressure control of a network of signalized intersections", Transportation Research Part C 36).
    No detector knows turning ratios, so the vehicles of a lane are taken to split evenly over its movements, and all
    saturation flows to be equal. There is no switching cost and no longest red.

    Args:
        decision_interval: time between two decisions [s].
    """

    name = "max-pressure"

    def weigh(self, scenario: Scenario, table: PhaseLanes) -> NDArray[np.float64]:
        """Return the weight of each lane in each phase, (num_signals, max_phases, num_used)."""
        return phase_pressures(scenario, table)

    def observe(self, snapshot: Snapshot) -> NDArray[np.int32]:
        """Return the vehicles on each normal lane, (..., num_lanes)."""
        return snapshot.lane_count
