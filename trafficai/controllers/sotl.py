"""Self-organising traffic lights (Gershenson 2005): red collects who waits, and asks for green when it has enough."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trafficai.controllers.actuated import Actuation, actuation
from trafficai.controllers.phases import require_signals
from trafficai.datatypes import FOLLOW_PROGRAM, Snapshot
from trafficai.scenario.model import Scenario

THRESHOLD_VEH_S = 150.0
"""Vehicle-seconds before red at which a phase asks for green (theta); our choice: less suits light traffic, more a full
junction of many phases."""

MIN_PHASE_S = 10.0
"""Green that is not cut however many ask (phi_min) [s]; our choice."""

PLATOON_VEHICLES = 3
"""Up to so many vehicles near a green stop line are let through first (mu of the paper's simulation)."""


class Sotl:
    """Gives green to the phase that has collected most, once it has collected enough: sotl-platoon.

    Each phase collects, in every second, the vehicles at most 200 m before a stop line that it would open and that is
    closed now; green empties it. A phase with ``threshold`` vehicle-seconds is due, and gets green unless the present
    one has lasted less than ``min_phase``, or is being used by 1 to ``platoon`` vehicles within 50 m of their stop
    lines: what is left of a platoon passes, a longer one may be cut. Gershenson (2005), "Self-organizing traffic
    lights", Complex Systems 16, has two directions and so two phases; here the choice among several that are due is
    the fullest. Nothing is known of what is downstream, and no longest red is promised.

    Args:
        threshold: vehicle-seconds at which a phase is due.
        min_phase: least green [s].
        platoon: most vehicles that hold the green once others are due.
    """

    name = "sotl"

    def __init__(
        self,
        threshold: float = THRESHOLD_VEH_S,
        min_phase: float = MIN_PHASE_S,
        platoon: int = PLATOON_VEHICLES,
    ) -> None:
        self.decision_interval = 1
        self._threshold, self._min_phase, self._platoon = threshold, min_phase, platoon
        self._table: Actuation | None = None
        self._has_choice = np.zeros(0, dtype=np.bool_)
        self._collected = np.zeros((0, 0))

    def reset(self, scenario: Scenario, seed: int) -> None:
        """Prepare for a run of the scenario.

        Raises:
            InputError: where the scenario has no signal.
        """
        require_signals(scenario, self.name)
        del seed
        self._table = actuation(scenario)
        self._has_choice = np.array([signal.num_phases >= 2 for signal in scenario.signals])
        self._collected = np.zeros(self._table.extends.shape[:2])

    def decide(self, snapshot: Snapshot) -> NDArray[np.int32]:
        """Return the requested green phase of each signal, (num_signals,)."""
        assert self._table is not None, "reset() comes first"
        rows, shown = np.arange(len(self._has_choice)), np.maximum(snapshot.signal_phase, 0)
        seen, near = (self._table.reach(lanes)[self._table.lanes] for lanes in (snapshot.lane_seen, snapshot.lane_near))
        held_back = self._table.calls[rows, shown] * seen[:, None, :]
        self._collected += held_back.sum(axis=-1)
        self._collected[rows, shown] = 0.0
        passing = (self._table.extends[rows, shown] * near).sum(axis=-1)
        is_held = (passing > 0) & (passing <= self._platoon)
        fullest = self._collected.argmax(axis=1)
        is_due = self._collected[rows, fullest] >= self._threshold
        changes = is_due & ~is_held & (snapshot.signal_elapsed >= self._min_phase)
        requested = np.where(changes, fullest, shown)
        return np.where(self._has_choice, requested, FOLLOW_PROGRAM).astype(np.int32)
