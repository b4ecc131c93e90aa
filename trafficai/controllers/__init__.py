"""Rules that set signals: one file each, all behind the Controller protocol."""

from __future__ import annotations

import difflib
from collections.abc import Callable

from trafficai.controllers.actuated import Actuated
from trafficai.controllers.base import DECISION_INTERVAL_S, Controller
from trafficai.controllers.fixed_time import FixedTime
from trafficai.controllers.max_pressure import MaxPressure
from trafficai.controllers.max_wave import MaxWave
from trafficai.controllers.random import RandomPhase
from trafficai.datatypes import InputError

__all__ = [
    "DECISION_INTERVAL_S",
    "Actuated",
    "Controller",
    "FixedTime",
    "MaxPressure",
    "MaxWave",
    "RandomPhase",
    "list_controllers",
    "make_controller",
]

_CONTROLLERS: dict[str, Callable[[], Controller]] = {
    FixedTime.name: FixedTime,
    RandomPhase.name: RandomPhase,
    Actuated.name: Actuated,
    MaxWave.name: MaxWave,
    MaxPressure.name: MaxPressure,
}


def list_controllers() -> tuple[str, ...]:
    """Return the names that make_controller knows, simplest rule first."""
    return tuple(_CONTROLLERS)


def make_controller(name: str) -> Controller:
    """Return a new controller of that name with its published settings.

    Raises:
        InputError: where no controller has the name; the message offers the nearest.
    """
    if name not in _CONTROLLERS:
        near = difflib.get_close_matches(name, _CONTROLLERS, n=2)
        hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(_CONTROLLERS)}"
        raise InputError(f"no controller is called {name!r}; {hint}")
    return _CONTROLLERS[name]()
