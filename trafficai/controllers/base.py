"""What sets signals: rules and policies alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from trafficai.datatypes import InputError, Snapshot
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


@runtime_checkable
class Designer(Protocol):
    """A controller that works with programs or phases of its own, which both engines then have to know."""

    def design(self, scenario: Scenario) -> Scenario:
        """Return the scenario as it is to be simulated under the controller; twice gives the same as once."""
        ...


def designed(controller: Controller, scenario: Scenario) -> Scenario:
    """Return the scenario as it is to be simulated under the controller."""
    return controller.design(scenario) if isinstance(controller, Designer) else scenario


@runtime_checkable
class Sensing(Protocol):
    """A controller that looks at more of a Snapshot than engines fill unless they are asked to."""

    @property
    def engine_options(self) -> Mapping[str, bool]:
        """Options of ``make_backend`` that the controller needs: ``cells``, ``detectors``."""
        ...


def engine_options(*controllers: Controller) -> dict[str, Any]:
    """Return what engines have to be asked for, so that they can serve all of some controllers."""
    return {name: True for c in controllers if isinstance(c, Sensing) for name, on in c.engine_options.items() if on}


class Designed:
    """Remembers what a controller designed, so that it is neither designed twice nor forgotten."""

    def __init__(self) -> None:
        self._mark = ""

    def once(self, scenario: Scenario, design: Callable[[Scenario], Scenario]) -> Scenario:
        """Return the scenario if it is the designed one, else the design for it."""
        if scenario.sha256 == self._mark:
            return scenario
        made = design(scenario)
        self._mark = made.sha256
        return made

    def require(self, scenario: Scenario, agent: str) -> None:
        """Raise InputError for a scenario that is not as it was designed."""
        if scenario.sha256 != self._mark:
            raise InputError(f"{agent} sets signals as it designs them; simulate what its design() returns")
