"""Cyclic max pressure (Le, Kovács et al. 2015): phases in their order, the split by pressure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trafficai.controllers.cyclic import CyclicRule
from trafficai.controllers.phases import GreedyChoice, phase_lanes, phase_pressures
from trafficai.datatypes import Snapshot
from trafficai.scenario.model import Scenario

SENSITIVITY_PER_VEH = 0.1
"""How sharply pressure decides the split (eta) [1/veh]; our choice: ten vehicles more weigh 2.7 times as much."""


class CyclicMaxPressure(CyclicRule):
    """Shares the green of each cycle out among the phases by the exponential of their pressure.

    Cycle and order of phases are fixed; at its begin, each phase gets a share in proportion to
    exp(sensitivity * pressure), and no less than its least green. Le, Kovács, Walton, Vu, Andrew and Hoogendoorn
    (2015), "Decentralized signal control for urban road networks", Transportation Research Part C 58: the rule
    stabilises the network for any demand that some split can serve. Pressure is that of ``max-pressure``; here the
    cycle is that of the net's own program, and seconds of yellow and all-red are taken off before sharing.

    Args:
        sensitivity: how sharply pressure decides [1/veh]; 0 gives equal greens.
        cycle: length of the cycle [s]; None is that of the signal's own program.
    """

    name = "cyclic-max-pressure"

    def __init__(self, sensitivity: float = SENSITIVITY_PER_VEH, cycle: float | None = None) -> None:
        super().__init__(cycle)
        self._sensitivity = sensitivity
        self._pressures: GreedyChoice | None = None

    def reset(self, scenario: Scenario, seed: int) -> None:
        """Prepare for a run of the scenario.

        Raises:
            InputError: where the scenario has no signal.
        """
        super().reset(scenario, seed)
        table = phase_lanes(scenario)
        self._pressures = GreedyChoice(table, phase_pressures(scenario, table))

    def split(self, snapshot: Snapshot, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return the weight of each phase in the cycle that begins now at some signals, (num_rows, max_phases)."""
        assert self._pressures is not None, "reset() comes first"
        pressures = self._pressures.scores(snapshot.lane_count)[rows]
        weights: NDArray[np.float64] = np.exp(self._sensitivity * (pressures - pressures.max(axis=1, keepdims=True)))
        return weights
