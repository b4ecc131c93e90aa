"""The plan that ``trafficai optimize`` found, as an agent that is named without its folder."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trafficai.controllers.base import DECISION_INTERVAL_S
from trafficai.datatypes import InputError, Snapshot
from trafficai.plans import SEARCHED, PlannedTimes, read_plan_agent, searched_folder
from trafficai.scenario.model import Scenario
from trafficai.training.recipes import FILE_NAME, read_agent_file


class SearchedPlan:
    """Runs the plan that a search found for the scenario at hand, from where searches put it unless told otherwise."""

    name = SEARCHED

    def __init__(self) -> None:
        self._plans: PlannedTimes | None = None
        self.decision_interval = DECISION_INTERVAL_S

    def design(self, scenario: Scenario) -> Scenario:
        """Return the scenario with the plan in force.

        Raises:
            InputError: there is none yet, or it does not fit the network.
        """
        if self._plans is None:
            folder = searched_folder(scenario.name)
            if not (folder / FILE_NAME).is_file():
                hint = f"search for one with `trafficai optimize {scenario.name}`"
                raise InputError(f"there is no plan for {scenario.name} yet; {hint}", file=folder)
            self._plans = read_plan_agent(folder, read_agent_file(folder / FILE_NAME))
            self.decision_interval = self._plans.decision_interval
        return self._plans.design(scenario)

    def reset(self, scenario: Scenario, seed: int) -> None:
        """Prepare for a run of the scenario that ``design`` returned.

        Raises:
            InputError: where it is another.
        """
        if self._plans is None:
            raise InputError(f"{SEARCHED} sets signals by its plan; simulate what its design() returns")
        self._plans.reset(scenario, seed)

    def decide(self, snapshot: Snapshot) -> NDArray[np.int32]:
        """Return the requested green phase of each signal, (num_signals,)."""
        assert self._plans is not None, "reset comes first"
        return self._plans.decide(snapshot)
