"""A fixed-time plan: when each green phase of a signal begins and how long it lasts, cycle after cycle."""

from __future__ import annotations

from typing import NamedTuple


class PlannedGreen(NamedTuple):
    """One green of a cycle; what is shown between two greens is the clearance function's business."""

    phase: int  # of the signal's green phases, 0 .. num_phases - 1
    start: float  # [s], after the begin of the cycle
    length: float  # [s]

    @property
    def end(self) -> float:
        """When the green ends, after the begin of the cycle [s]; may lie in the next cycle."""
        return self.start + self.length


class SignalPlan(NamedTuple):
    """The plan of one signal."""

    signal: str  # id
    cycle: float  # [s]
    offset: float  # [s], simulation time at which a cycle begins, as in SUMO's tlLogic
    greens: tuple[PlannedGreen, ...]  # in order of their starts, which lie in [0, cycle); none overlap


class Plan(NamedTuple):
    """The plans of the signals of a network that have one; the others keep their own program."""

    name: str  # id that the programs made from it have
    signals: tuple[SignalPlan, ...]
