"""Delay-actuated control (Oertel and Wagner 2011): green lasts until everybody who lost time has gone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trafficai.controllers.actuated import MAX_GREEN_S, Actuated
from trafficai.controllers.transit import DETECTION_M, EXTENSION_S
from trafficai.datatypes import Snapshot
from trafficai.scenario.model import Scenario


class DelayActuated(Actuated):
    """Keeps green until the vehicles that had to stop have crossed; who arrives undelayed does not extend it.

    Oertel and Wagner (2011), "Delay-time actuated traffic signal control for an isolated intersection", 90th Annual
    Meeting of the Transportation Research Board: green ends when the delay of its vehicles is served, so it is not held
    by a thin stream as a gap-out is. They read each vehicle's delay from its messages; here a lane counts who stops on
    it and who leaves it, and holds back as many as stopped and have not left. Other phases are called, in the order of
    the program, by vehicles that stopped or are within 50 m of a closed stop line.

    Buses and trams can have ``priority`` as with ``actuated``.

    Args:
        max_green: longest green while another phase is called [s].
        priority: whether buses and trams have priority.
        detection: distance from the stop line at which they are seen [m].
        extension: by how much they may lengthen the longest green [s].
    """

    name = "delay-actuated"

    def __init__(
        self,
        max_green: float = MAX_GREEN_S,
        priority: bool = False,
        detection: float = DETECTION_M,
        extension: float = EXTENSION_S,
    ) -> None:
        super().__init__(max_green, 0.0, priority, detection, extension)
        self._delayed = np.zeros(0, dtype=np.int64)

    def reset(self, scenario: Scenario, seed: int) -> None:
        """Prepare for a run of the scenario.

        Raises:
            InputError: where the scenario has no signal.
        """
        super().reset(scenario, seed)
        self._delayed = np.zeros(len(scenario.network.normal_lanes), dtype=np.int64)

    def detect(self, snapshot: Snapshot) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return which lanes hold vehicles that stopped, and which those or some near the line, both (num_lanes,)."""
        reach = self.table.reach
        still_here = self._delayed - snapshot.lane_left_in_interval + reach(snapshot.lane_stops_in_interval)
        at_least = np.maximum(still_here, reach(snapshot.lane_queue))
        self._delayed = np.minimum(at_least, reach(snapshot.lane_count)).astype(np.int64)
        is_delayed = self._delayed > 0
        return is_delayed, is_delayed | self.is_occupied(snapshot)
