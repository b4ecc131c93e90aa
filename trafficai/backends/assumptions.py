"""What a run takes for granted beyond what the scenario's files say."""

from __future__ import annotations

from trafficai.backends.emission_classes import DEFAULT_EMISSION_CLASS, emission_coefficients
from trafficai.scenario.model import Scenario


def notes_of(scenario: Scenario) -> tuple[str, ...]:
    """Return the scenario's own notes and what the engines assume about it, one line each."""
    return (*scenario.notes, *_emission_notes(scenario), *_core_notes(scenario))


def _emission_notes(scenario: Scenario) -> list[str]:
    classes = sorted({kind.emission_class for kind in scenario.vehicle_types})
    unknown = [name for name in classes if not emission_coefficients(name)[1]]
    return [f"emission class '{name}' is not known: counted as {DEFAULT_EMISSION_CLASS}" for name in unknown]


def _core_notes(scenario: Scenario) -> list[str]:
    models = sorted({kind.car_follow_model for kind in scenario.vehicle_types} - {"Krauss", "IDM"})
    return [f"car-following model '{name}' is driven as Krauss by the Numba core" for name in models]
