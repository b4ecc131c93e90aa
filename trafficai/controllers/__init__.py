"""Rules that set signals: one file each, all behind the Controller protocol."""

from __future__ import annotations

import difflib
import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any

from trafficai.controllers.actuated import Actuated
from trafficai.controllers.base import DECISION_INTERVAL_S, Controller, Designer, designed
from trafficai.controllers.coordinated import Coordinated
from trafficai.controllers.cyclic_max_pressure import CyclicMaxPressure
from trafficai.controllers.delay_actuated import DelayActuated
from trafficai.controllers.fixed_time import FixedTime
from trafficai.controllers.hbs import Hbs
from trafficai.controllers.max_pressure import MaxPressure
from trafficai.controllers.max_wave import MaxWave
from trafficai.controllers.nema import Nema
from trafficai.controllers.random import RandomPhase
from trafficai.controllers.sotl import Sotl
from trafficai.controllers.split_adapter import SplitAdapter
from trafficai.controllers.webster import Webster
from trafficai.datatypes import InputError

__all__ = [
    "DECISION_INTERVAL_S",
    "Actuated",
    "Controller",
    "Coordinated",
    "CyclicMaxPressure",
    "DelayActuated",
    "Designer",
    "FixedTime",
    "Hbs",
    "MaxPressure",
    "MaxWave",
    "Nema",
    "RandomPhase",
    "Sotl",
    "SplitAdapter",
    "Webster",
    "designed",
    "list_controllers",
    "make_controller",
]

_CONTROLLERS: dict[str, Callable[..., Controller]] = {
    FixedTime.name: FixedTime,
    RandomPhase.name: RandomPhase,
    Webster.name: Webster,
    Coordinated.name: Coordinated,
    Hbs.name: Hbs,
    Actuated.name: Actuated,
    DelayActuated.name: DelayActuated,
    SplitAdapter.name: SplitAdapter,
    Nema.name: Nema,
    Sotl.name: Sotl,
    MaxWave.name: MaxWave,
    MaxPressure.name: MaxPressure,
    CyclicMaxPressure.name: CyclicMaxPressure,
}


def list_controllers() -> tuple[str, ...]:
    """Return the names that make_controller knows, simplest rule first."""
    return tuple(_CONTROLLERS)


def make_controller(name: str, settings: Mapping[str, Any] | None = None) -> Controller:
    """Return a new controller of that name, with its published settings where none are given.

    Raises:
        InputError: where no controller has the name, the message offers the nearest; or it has no such setting.
    """
    if name not in _CONTROLLERS:
        near = difflib.get_close_matches(name, _CONTROLLERS, n=2)
        hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(_CONTROLLERS)}"
        raise InputError(f"no controller is called {name!r}; {hint}")
    _check_settings(name, settings or {})
    return _CONTROLLERS[name](**(settings or {}))


def _check_settings(name: str, settings: Mapping[str, Any]) -> None:
    """Refuse settings that the controller has not, or of another kind than its own."""
    known = inspect.signature(_CONTROLLERS[name]).parameters
    for key, value in settings.items():
        if key not in known:
            raise InputError(f"{name} has no setting {key!r}; there are {', '.join(known) or 'none'}")
        kind = known[key].annotation
        is_number = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf
        is_right = {"bool": isinstance(value, bool), "int": is_number and isinstance(value, int)}.get(kind, is_number)
        if not is_right:
            needed = {"bool": "true or false", "int": "a whole number, 0 or more"}.get(kind, "a number, 0 or more")
            raise InputError(f"setting {key!r} of {name}: {value!r} is not {needed}")
