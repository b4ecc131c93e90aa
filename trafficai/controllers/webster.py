"""Webster's fixed-time plan (1958): cycle and splits from flows and saturation flows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from trafficai.controllers.base import Designed
from trafficai.controllers.capacity import Design, Need, least_shares, needs, saturation_flow
from trafficai.controllers.cyclic import Ring
from trafficai.controllers.delay import least_delay_cycle
from trafficai.controllers.fixed_time import FixedTime
from trafficai.controllers.phases import require_signals
from trafficai.controllers.turning import Stream, signal_streams, turning_counts
from trafficai.datatypes import Plan, PlannedGreen, SignalPlan
from trafficai.scenario.foes import find_foes
from trafficai.scenario.model import Scenario, Signal
from trafficai.scenario.plans import with_plan

MIN_CYCLE_S = 30.0
"""Shortest cycle [s]; usual bounds are 30 s and 120 s."""

MAX_CYCLE_S = 120.0
"""Longest cycle [s]."""

ROUNDS = 4
"""How often greens are designed anew: what a turn that yields gets done depends on them."""


class Method(Protocol):
    """How the plan of one signal is made from what its streams need."""

    @property
    def most(self) -> float:
        """Longest cycle [s]."""
        ...

    def fixed(self, cycle: float) -> Method:
        """Return the same method with a given cycle [s]."""
        ...

    def least_greens(self, signal: Signal) -> Sequence[float]:
        """Return the shortest green of each green phase [s]."""
        ...

    def saturation(self, stream: Stream) -> float:
        """Return the flow that would cross in an hour of green [veh/h]."""
        ...

    def cycle(self, ring: Ring, found: Sequence[Need], shares: NDArray[np.float64]) -> float:
        """Return the cycle [s] for what is needed, and the least shares of the phases, (num_phases,)."""
        ...


Planner = Callable[[Signal, Method], SignalPlan]
"""Makes the plan of one signal by a method."""


@dataclass(frozen=True)
class CycleChoice:
    """The American method: saturation flows of the HCM, the cycle within bounds."""

    least: float  # [s]
    most: float  # [s]
    by_delay: bool = False  # by the least control delay, else by Webster's formula

    def fixed(self, cycle: float) -> CycleChoice:
        """Return the same method with a given cycle [s]."""
        return CycleChoice(cycle, cycle)

    def least_greens(self, signal: Signal) -> Sequence[float]:
        """Return the shortest green of each green phase [s]: the signal's."""
        return [signal.min_green] * signal.num_phases

    def saturation(self, stream: Stream) -> float:
        """Return the flow that would cross in an hour of green [veh/h]."""
        return saturation_flow(stream)

    def cycle(self, ring: Ring, found: Sequence[Need], shares: NDArray[np.float64]) -> float:
        """Return the cycle [s] in whole seconds, within the bounds and long enough for the least greens."""
        if self.by_delay:
            return least_delay_cycle(ring, found, shares, (self.least, self.most))
        cycle = formula_cycle(ring, shares, webster_cycle, self.most)
        return float(np.ceil(max(cycle, self.least, ring.least_cycle)))


class Webster(FixedTime):
    """Runs the plan that Webster's formulas give for the scenario's demand, signal by signal.

    The cycle is (1.5 L + 5) / (1 - Y), L the seconds lost in changes and Y the sum of the critical flow ratios; green
    is shared out in proportion to these; a phase that needs less than its least green has that, which counts as lost.
    Webster (1958), "Traffic signal settings", Road Research Technical Paper 39.
    Flows are those of the demand in each signal's busiest quarter of an hour, as if counted; ``capacity`` tells how
    turns that yield are allowed for. Phases keep their order; one that no stream needs is left out where that takes no
    movement's green, nor its protected one. Offsets are 0, and every signal has its own cycle.

    With ``by_delay``, the cycle is that of least control delay by the formula of HCM 2000 instead (``delay``).

    Args:
        min_cycle: shortest cycle [s].
        max_cycle: longest cycle [s].
        by_delay: whether the cycle is that of least control delay.
    """

    name = "webster"

    def __init__(self, min_cycle: float = MIN_CYCLE_S, max_cycle: float = MAX_CYCLE_S, by_delay: bool = False) -> None:
        super().__init__()
        self._choice = CycleChoice(min_cycle, max_cycle, by_delay)
        self._designed = Designed()

    def reset(self, scenario: Scenario, seed: int) -> None:
        """Prepare for a run of the scenario that ``design`` returned.

        Raises:
            InputError: where the scenario has no signal, or is another.
        """
        require_signals(scenario, self.name)
        self._designed.require(scenario, self.name)
        super().reset(scenario, seed)

    def design(self, scenario: Scenario) -> Scenario:
        """Return the scenario with the plan in force; signals without a choice keep their program."""
        return self._designed.once(scenario, self._plan)

    def _plan(self, scenario: Scenario) -> Scenario:
        plan = planner(scenario)
        plans = tuple(plan(signal, self._choice) for signal in scenario.signals if signal.num_phases >= 2)
        return with_plan(scenario, Plan(self.name, plans))


def planner(scenario: Scenario, weights: Mapping[str, float] | None = None) -> Planner:
    """Return what makes the plan of one signal of a scenario by a method.

    Args:
        scenario: whose demand is planned for.
        weights: cars that a vehicle counts for, by its class; 1 where none is given.
    """
    counts, foes = turning_counts(scenario, weights), find_foes(scenario.network)

    def plan(signal: Signal, method: Method) -> SignalPlan:
        streams = signal_streams(scenario, signal, counts)
        return design_signal(signal, streams, frozenset(foes.get(signal.id, ())), method)

    return plan


def webster_cycle(lost: float, ratio: float) -> float:
    """Return Webster's cycle [s] for lost time ``lost`` [s] and sum of critical flow ratios Y; infinite from Y = 1."""
    return (1.5 * lost + 5.0) / (1.0 - ratio) if ratio < 1.0 else float("inf")


def formula_cycle(
    ring: Ring, shares: NDArray[np.float64], formula: Callable[[float, float], float], most: float
) -> float:
    """Return the cycle [s], at most ``most``, by a formula of lost time [s] and the sum of critical flow ratios.

    A phase that needs less than its least green has that, which is lost time to the others.
    """
    is_least = np.zeros(len(shares), dtype=np.bool_)
    while True:
        lost = ring.lost + float(ring.least[is_least].sum())
        cycle = min(most, formula(lost, float(shares[~is_least].sum())))
        more = ~is_least & (shares * cycle < ring.least)
        if not more.any():
            return cycle
        is_least |= more


def design_signal(
    signal: Signal, streams: Sequence[Stream], foes: frozenset[tuple[int, int]], method: Method
) -> SignalPlan:
    """Return the plan of one signal for its streams; ``foes`` are the positions that conflict, both ways round."""
    phases = tuple(range(signal.num_phases))
    shares = np.full(len(phases), 1.0 / len(phases))
    start = Design(signal, streams, foes, phases, shares, method.most, method.saturation)
    every, shares = _settle(start, method)
    kept = needed_phases(signal, phases, shares)
    settled, _ = _settle(every._replace(phases=kept, shares=every.shares[list(kept)]), method)
    return lay_out(_ring(settled, method), np.round(settled.shares * settled.cycle), 0.0)


def _settle(design: Design, method: Method) -> tuple[Design, NDArray[np.float64]]:
    """Return the design whose greens fit what they are worth, and the least shares of its phases, (num_phases,)."""
    ring, shares = _ring(design, method), design.shares
    for _ in range(ROUNDS):
        found = needs(design)
        shares = least_shares(found, len(design.phases))
        cycle = method.cycle(ring, found, shares)
        design = design._replace(shares=ring.greens(shares, cycle) / cycle, cycle=cycle)
    return design, shares


def _ring(design: Design, method: Method) -> Ring:
    return Ring(design.signal, design.phases, method.least_greens(design.signal))


def needed_phases(signal: Signal, phases: tuple[int, ...], shares: NDArray[np.float64]) -> tuple[int, ...]:
    """Return the phases that some stream needs, or without which a position would lose its green or protected green."""
    kept = list(phases)
    for phase, share in sorted(zip(phases, shares.tolist(), strict=True), key=lambda pair: -pair[0]):
        others = [signal.green_state(other) for other in kept if other != phase]
        letters = signal.green_state(phase)
        is_replaced = all(
            letter not in "Gg" or any(state[i] in ("G" if letter == "G" else "Gg") for state in others)
            for i, letter in enumerate(letters)
        )
        if share <= 0.0 and is_replaced:
            kept.remove(phase)
    return tuple(kept)


def lay_out(ring: Ring, greens: NDArray[np.float64], offset: float) -> SignalPlan:
    """Return the plan that shows the greens [s] one after the other, the first at the cycle's begin."""
    starts = np.concatenate(([0.0], np.cumsum(greens + ring.changes)))
    planned = zip(ring.phases, starts[:-1].tolist(), greens.tolist(), strict=True)
    return SignalPlan(ring.signal, float(starts[-1]), offset, tuple(PlannedGreen(*each) for each in planned))
