"""The net's own fixed-time program."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trafficai.controllers.base import DECISION_INTERVAL_S
from trafficai.datatypes import FOLLOW_PROGRAM, Snapshot
from trafficai.scenario.model import Scenario


class FixedTime:
    """Lets every signal run the program that came with the net."""

    name = "fixed-time"

    def __init__(self) -> None:
        self.decision_interval = DECISION_INTERVAL_S
        self._requested = np.empty(0, dtype=np.int32)

    def reset(self, scenario: Scenario, seed: int) -> None:
        """Prepare for a run of the scenario; any scenario will do."""
        del seed
        self._requested = np.full(len(scenario.signals), FOLLOW_PROGRAM, dtype=np.int32)

    def decide(self, snapshot: Snapshot) -> NDArray[np.int32]:
        """Return FOLLOW_PROGRAM for each signal, (num_signals,)."""
        del snapshot
        return self._requested.copy()
