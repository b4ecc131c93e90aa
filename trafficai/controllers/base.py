"""What sets signals: rules and policies alike."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from trafficai.datatypes import Snapshot
from trafficai.scenario.model import Scenario

DECISION_INTERVAL_S = 10
"""Time between two decisions unless a controller says otherwise [s] (RESCO; Ault and Sharon 2021)."""


class Controller(Protocol):
    """Chooses a green phase for every signal at every decision."""

    name: str
    decision_interval: int  # [s]

    def reset(self, scenario: Scenario, seed: int) -> None:
        """Prepare for a run of the scenario; raises InputError where the controller cannot serve it."""
        ...

    def decide(self, snapshot: Snapshot) -> NDArray[np.int32]:
        """Return the requested green phase of each signal, (num_signals,).

        FOLLOW_PROGRAM and FOLLOW_PLAN are requests too. What is none makes the signal follow its fixed plan
        (``trafficai.controllers.fallback``).
        """
        ...
