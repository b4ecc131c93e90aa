"""Max pressure (Varaiya 2013): serve the phase whose upstream is fullest compared with its downstream."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trafficai.controllers.base import DECISION_INTERVAL_S
from trafficai.controllers.phases import GreedyChoice, phase_lanes, phase_pressures, require_signals
from trafficai.datatypes import Snapshot
from trafficai.scenario.model import Scenario


class MaxPressure:
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

    def __init__(self, decision_interval: int = DECISION_INTERVAL_S) -> None:
        self.decision_interval = decision_interval
        self._choose: GreedyChoice | None = None

    def reset(self, scenario: Scenario, seed: int) -> None:
        """Prepare for a run of the scenario.

        Raises:
            InputError: where the scenario has no signal.
        """
        require_signals(scenario, self.name)
        del seed
        table = phase_lanes(scenario)
        self._choose = GreedyChoice(table, phase_pressures(scenario, table))

    def decide(self, snapshot: Snapshot) -> NDArray[np.int32]:
        """Return the requested green phase of each signal, (num_signals,)."""
        assert self._choose is not None, "reset() comes first"
        return self._choose(snapshot.lane_count, snapshot.signal_phase)
