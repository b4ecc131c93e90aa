"""Max wave (RESCO's greedy rule; Ault and Sharon 2021): serve the phase with most vehicles near its stop lines."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trafficai.controllers.phases import GreedyRule, PhaseLanes
from trafficai.datatypes import Snapshot
from trafficai.scenario.model import Scenario


class MaxWave(GreedyRule):
    """Asks for the green phase with most vehicles, queued or approaching, within 50 m of the stop lines it opens.

    Each incoming lane counts once per phase; ties keep the phase that is shown. Ault and Sharon (2021), "Reinforcement
    learning benchmarks for traffic signal control", NeurIPS Datasets and Benchmarks, call it the greedy rule and let it
    choose among hand-made pairs of movements; here the choice is among the green phases of the net's own program.

    Args:
        decision_interval: time between two decisions [s].
    """

    name = "max-wave"

    def weigh(self, scenario: Scenario, table: PhaseLanes) -> NDArray[np.float64]:
        """Return the weight of each lane in each phase, (num_signals, max_phases, num_used)."""
        del scenario
        return table.incoming

    def observe(self, snapshot: Snapshot) -> NDArray[np.int32]:
        """Return the vehicles near the end of each normal lane, (..., num_lanes)."""
        return snapshot.lane_near
