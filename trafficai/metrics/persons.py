"""Delay of persons: a bus counts for those in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from trafficai.datatypes import Trips
from trafficai.metrics.travel import delays
from trafficai.scenario.model import Scenario

OCCUPANCY: Final[Mapping[str, float]] = {
    "passenger": 1.5,
    "private": 1.5,
    "evehicle": 1.5,
    "hov": 2.5,
    "taxi": 1.5,
    "bus": 20.0,
    "coach": 30.0,
    "tram": 50.0,
}
"""Persons in a vehicle by its class, 1 in any other. Cars: Mobilität in Deutschland 2017, 1.5 on average; the others
are assumptions of ours, to be replaced by counts where there are any."""


def occupancies(scenario: Scenario, persons: Mapping[str, float] = OCCUPANCY) -> NDArray[np.float64]:
    """Return the persons in each vehicle, (num_vehicles,)."""
    classes = [scenario.vehicle_types[vehicle.type].vehicle_class for vehicle in scenario.vehicles]
    return np.array([persons.get(name, 1.0) for name in classes])


def person_delay_s(trips: Trips, end: float, persons: NDArray[np.float64]) -> float:
    """Return the mean delay of a person [s]: that of each scheduled vehicle, weighed by the persons in it."""
    total = float(persons.sum())
    return float((delays(trips, end) * persons).sum()) / total if total > 0.0 else 0.0
