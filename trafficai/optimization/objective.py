"""What a plan is judged by: delay, CO2, or what both cost."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from trafficai.datatypes import InputError

Goal = Literal["delay", "co2", "priced"]
GOALS: Final[tuple[str, ...]] = get_args(Goal)


@dataclass(frozen=True)
class Objective:
    """A goal, and the prices that it needs where it is ``priced``.

    Raises:
        InputError: the goal is unknown, or prices are missing or given in vain.
    """

    goal: Goal = "delay"
    time_eur_per_h: float | None = None  # of one vehicle's delay [EUR/h]
    co2_eur_per_t: float | None = None  # [EUR/t]

    def __post_init__(self) -> None:
        if self.goal not in GOALS:
            raise InputError(f"objective {self.goal!r} is unknown; name one of {', '.join(GOALS)}")
        prices = (self.time_eur_per_h, self.co2_eur_per_t)
        if self.goal == "priced" and not all(price is not None and 0.0 < price < math.inf for price in prices):
            raise InputError("objective 'priced' needs two prices above 0: one for time, one for CO2")
        if self.goal != "priced" and prices != (None, None):
            raise InputError(f"objective {self.goal!r} has no prices; leave them out, or name 'priced'")

    def costs(self, totals: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return what runs cost, (...,), in vehicle-seconds, kg or EUR, for (..., 2) delay [s] and CO2 [kg] of all."""
        delay, co2 = totals[..., 0], totals[..., 1]
        if self.time_eur_per_h is None or self.co2_eur_per_t is None:
            return delay if self.goal == "delay" else co2
        return np.asarray(delay * self.time_eur_per_h / 3600.0 + co2 * self.co2_eur_per_t / 1000.0)


DELAY: Final = Objective()
