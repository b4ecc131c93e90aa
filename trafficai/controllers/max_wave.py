"""Max wave (RESCO's greedy rule; Ault and Sharon 2021): serve the phase with most vehicles near its stop lines."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trafficai.controllers.base import DECISION_INTERVAL_S
from trafficai.controllers.phases import GreedyChoice, phase_lanes, require_signals
from trafficai.datatypes import Snapshot
from trafficai.scenario.model import Scenario


class MaxWave:
    """Asks for the green phase with most vehicles, queued or approaching, within 50 m of the stop lines it opens.

    Each incoming lane counts once per phase; ties keep the phase that is shown. Ault and Sharon (2021), "Reinforcement
    learning benchmarks for traffic signal control", NeurIPS Datasets and Benchmarks, call it the greedy rule and let it
    choose among hand-made pairs of movements; here the choice is among the green phases of the net's own program.

    Args:
        decision_interval: time between two decisions [s].
    """

    name = "max-wave"

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
        self._choose = GreedyChoice(table, table.incoming)

    def decide(self, snapshot: Snapshot) -> NDArray[np.int32]:
        """Return the requested green phase of each signal, (num_signals,)."""
        assert self._choose is not None, "reset() comes first"
        return self._choose(snapshot.lane_near, snapshot.signal_phase)
