"""Max wave (RESCO's greedy rule; Ault and Sharon 2021): serve the phase with most vehicles near its stop lines."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trafficai.controllers.base import DECISION_INTERVAL_S
from trafficai.controllers.phases import GreedyChoice, GreedyRule, PhaseLanes
from trafficai.datatypes import Snapshot
from trafficai.scenario.model import Scenario


class MaxWave(GreedyRule):
    """Asks for the green phase with most vehicles, queued or approaching, within 50 m of the stop lines it opens.

    Each incoming lane counts once per phase; ties keep the phase that is shown. Ault and Sharon (2021), "Reinforcement
    learning benchmarks for traffic signal control", NeurIPS Datasets and Benchmarks, call it the greedy rule and let it
    choose among hand-made pairs of movements; here the choice is among the green phases of the net's own program.

    RESCO's ``argmax`` gives ties to the first phase, so that an empty junction goes back to it; ``first_at_ties`` does
    so here.

    Args:
        decision_interval: time between two decisions [s].
        first_at_ties: whether ties go to the first phase of the program instead of the one that is shown.
    """

    name = "max-wave"

    def __init__(self, decision_interval: int = DECISION_INTERVAL_S, first_at_ties: bool = False) -> None:
        super().__init__(decision_interval)
        self._first_at_ties = first_at_ties

    def weigh(self, scenario: Scenario, table: PhaseLanes) -> NDArray[np.float64]:
        """Return the weight of each lane in each phase, (num_signals, max_phases, num_used)."""
        del scenario
        return table.incoming

    def observe(self, snapshot: Snapshot) -> NDArray[np.int32]:
        """Return the vehicles near the end of each normal lane, (..., num_lanes)."""
        return snapshot.lane_near

    def choice(self, scenario: Scenario, table: PhaseLanes) -> GreedyChoice:
        """Return how it chooses in this scenario."""
        return GreedyChoice(table, self.weigh(scenario, table), first_at_ties=self._first_at_ties)
