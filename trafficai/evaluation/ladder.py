"""The ladder of classical control: every rule a learned controller has to beat, and which of them a scenario takes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from trafficai import controllers
from trafficai.controllers import Controller, designed, list_controllers
from trafficai.datatypes import InputError
from trafficai.scenario.model import Scenario

VARIANTS: dict[str, tuple[str, dict[str, bool]]] = {
    "max-pressure-switching-loss": ("max-pressure", {"switching_loss": True}),
}
"""Rungs that are a rule with other settings than its own: by name, the rule and its settings."""


class Served(NamedTuple):
    """Controllers sorted by whether they can serve a scenario."""

    able: dict[str, Controller]
    unable: dict[str, str]  # why, by name


def make_ladder() -> dict[str, Controller]:
    """Return a new controller for every rung, by name: all rules with their own settings, then the variants."""
    rungs = {name: controllers.make_controller(name) for name in list_controllers()}
    return rungs | {name: controllers.make_controller(*variant) for name, variant in VARIANTS.items()}


def served(scenario: Scenario, agents: Mapping[str, Controller], seed: int, optional: Collection[str] = ()) -> Served:
    """Return which agents can serve the scenario.

    Raises:
        InputError: one that is not optional cannot.
    """
    found = Served({}, {})
    for name, controller in agents.items():
        try:
            controller.reset(designed(controller, scenario), seed)
        except InputError as error:
            if name not in optional:
                raise
            found.unable[name] = str(error)
        else:
            found.able[name] = controller
    return found
