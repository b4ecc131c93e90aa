"""A phase at random: the floor that every controller has to beat."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trafficai.controllers.base import DECISION_INTERVAL_S
from trafficai.controllers.phases import require_signals
from trafficai.datatypes import FOLLOW_PROGRAM, Snapshot
from trafficai.scenario.model import Scenario


class RandomPhase:
    """Asks every signal for one of its green phases with equal chance, anew at each decision.

    A signal that offers fewer than two green phases keeps its own program.

    Args:
        decision_interval: time between two decisions [s].
    """

    name = "random"

    def __init__(self, decision_interval: int = DECISION_INTERVAL_S) -> None:
        self.decision_interval = decision_interval
        self._generator = np.random.default_rng(0)
        self._num_phases = np.empty(0, dtype=np.int32)

    def reset(self, scenario: Scenario, seed: int) -> None:
        """Prepare for a run of the scenario; the choices depend on the seed only.

        Raises:
            InputError: where the scenario has no signal.
        """
        require_signals(scenario, self.name)
        self._generator = np.random.default_rng(seed)
        self._num_phases = np.array([signal.num_phases for signal in scenario.signals], dtype=np.int32)

    def decide(self, snapshot: Snapshot) -> NDArray[np.int32]:
        """Return the requested green phase of each signal, (num_signals,)."""
        del snapshot
        drawn = self._generator.integers(0, np.maximum(self._num_phases, 1), dtype=np.int32)
        return np.where(self._num_phases >= 2, drawn, FOLLOW_PROGRAM).astype(np.int32)
