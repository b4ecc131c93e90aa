"""Warm-up: the first vehicles find an empty network; they are simulated, but may be left out of what is counted."""

from __future__ import annotations

from typing import Any, NamedTuple

from trafficai.datatypes import InputError, Trips
from trafficai.scenario.model import Scenario

TOTAL = "teleports"
"""The one field of Trips that is no row per vehicle."""


class WarmUp(NamedTuple):
    """How much of the beginning is not counted."""

    seconds: int = 0  # [s] from the scenario's begin
    vehicles: int = 0  # scheduled in these seconds

    def __str__(self) -> str:
        """Say what is not counted."""
        return f"warm-up: {self.vehicles} vehicles, scheduled in the first {self.seconds} s, are in no figure"


NO_WARM_UP = WarmUp()


def warm_up_of(scenario: Scenario, seconds: int) -> WarmUp:
    """Return the warm-up of so many seconds.

    Raises:
        InputError: nothing is left to count.
    """
    if not 0 <= seconds < scenario.duration:
        raise InputError(
            f"a warm-up of {seconds} s leaves nothing to count: {scenario.name} lasts {scenario.duration} s; give 0 or "
            "more, and less than that"
        )
    early = sum(vehicle.depart < scenario.begin + seconds for vehicle in scenario.vehicles)
    return WarmUp(seconds, early)


def counted(trips: Trips, scenario: Scenario, warm_up: WarmUp) -> Trips:
    """Return the trips of the vehicles scheduled after the warm-up; teleports are of the whole run."""
    if warm_up.seconds == 0:
        return trips
    is_counted = trips.scheduled >= scenario.begin + warm_up.seconds
    columns: dict[str, Any] = {name: column[is_counted] for name, column in trips._asdict().items() if name != TOTAL}
    return trips._replace(**columns)
