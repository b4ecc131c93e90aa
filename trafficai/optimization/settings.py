"""How the best plan is searched for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from trafficai.controllers.webster import MAX_CYCLE_S, MIN_CYCLE_S
from trafficai.datatypes import InputError
from trafficai.optimization.frame import ALL, Bounds, Vary
from trafficai.optimization.objective import DELAY, Objective

DEMANDS: Final = (0.8, 1.0, 1.2)
"""Factors on the number of vehicles that every plan is tried with [-]."""

PARTS: Final = ("cycle", "splits", "offsets", "order", "phases")
"""What of a plan can be varied."""

USUAL_CYCLES: Final = Bounds(MIN_CYCLE_S, MAX_CYCLE_S)

LEAST_TRIALS: Final = 60
"""Fewer plans say nothing: the designs alone and one generation of the search are about as many."""


@dataclass(frozen=True)
class Settings:
    """The settings of a search.

    Raises:
        InputError: one is out of its range.
    """

    objective: Objective = DELAY
    trials: int = 600  # plans tried, each in a run of every demand
    demands: tuple[float, ...] = DEMANDS  # [-], each counts the same
    vary: Vary = ALL
    cycle: Bounds = USUAL_CYCLES  # [s]
    checks: int = 4  # runs of every demand in which the best plans are compared at the end
    seed: int = 7

    def __post_init__(self) -> None:
        _require(self.trials >= LEAST_TRIALS, f"trials must be at least {LEAST_TRIALS}, not {self.trials}")
        _require(self.checks >= 2, f"checks must be at least 2, so that there is a spread, not {self.checks}")
        _require(len(self.demands) > 0, "there must be a demand factor")
        _require(all(0.0 < demand < math.inf for demand in self.demands), "demand factors must be above 0")
        _require(len(set(self.demands)) == len(self.demands), "a demand factor is there twice; keep one")
        _require(0.0 < self.cycle.least <= self.cycle.most < math.inf, "the shortest cycle must not exceed the longest")
        _require(any(self.vary), f"nothing is varied; name some of {', '.join(PARTS)}")


def read_vary(text: str) -> Vary:
    """Return what is varied, from names with commas between.

    Raises:
        InputError: a name is unknown.
    """
    names = [name.strip() for name in text.split(",")]
    unknown = next((name for name in names if name not in PARTS), None)
    if unknown is not None:
        raise InputError(f"nothing of a plan is called {unknown!r}; name some of {', '.join(PARTS)}")
    return Vary(*(part in names for part in PARTS))


def _require(is_right: bool, problem: str) -> None:
    if not is_right:
        raise InputError(f"{problem}; correct it")
