"""Between a fixed-time plan and the numbers that a search varies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.controllers.cyclic import Ring
from trafficai.controllers.webster import lay_out
from trafficai.datatypes import InputError, Plan, SignalPlan
from trafficai.plans import SEARCHED
from trafficai.scenario.model import Scenario, Signal
from trafficai.scenario.plans import plan_of

CYCLE_STEP: Final = 0.15
"""One unit of the search makes a cycle longer by this share (its logarithm, that is)."""

SPLIT_STEP: Final = 0.3
"""One unit of the search makes a phase's green longer by this share, before greens are fitted into the cycle."""

OFFSET_STEP: Final = 0.15
"""One unit of the search moves an offset by this share of the cycle, the least that TRANSYT's hill-climbing begins
with (Robertson 1969, RRL report LR 253)."""


class Setting(NamedTuple):
    """How one signal is set, apart from its cycle."""

    signal: int  # index into scenario.signals
    phases: tuple[int, ...]  # its green phases in the order in which they are shown
    greens: tuple[float, ...]  # [s], of each; only their proportions matter
    offset: float  # [s], simulation time at which the first phase's green begins


class Group(NamedTuple):
    """Signals that share a cycle."""

    cycle: float  # [s]
    settings: tuple[Setting, ...]


class Bounds(NamedTuple):
    """What a cycle may be."""

    least: float  # [s]
    most: float  # [s]


class Vary(NamedTuple):
    """What of a plan is varied; what is not stays as it is."""

    cycle: bool = True
    splits: bool = True
    offsets: bool = True
    order: bool = True
    phases: bool = False  # leave out phases whose movements have green, if only with a duty to yield, in others


ALL: Final = Vary()


class Block(NamedTuple):
    """Numbers that shape how one signal is set."""

    signal: int  # index into scenario.signals
    numbers: slice  # of the frame's

    @property
    def size(self) -> int:
        """How many numbers they are."""
        return int(self.numbers.stop - self.numbers.start)


@dataclass(frozen=True)
class Frame:
    """A plan to start from, and which numbers lead away from it: all zeros are the plan itself.

    A signal's numbers are its cycle, where it shares it with nobody, a weight for each of its phases, and its offset,
    unless it is the first of its group.
    """

    scenario: Scenario
    groups: tuple[Group, ...]
    bounds: Bounds
    vary: Vary = ALL

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The numbers of every signal, those without any left out."""
        blocks, first = [], 0
        for group in self.groups:
            for k, setting in enumerate(group.settings):
                last = first + self._size(group, k)
                blocks.append(Block(setting.signal, slice(first, last)))
                first = last
        return tuple(block for block in blocks if block.size)

    @cached_property
    def size(self) -> int:
        """How many numbers there are."""
        return sum(self._size(group, k) for group in self.groups for k in range(len(group.settings)))

    @cached_property
    def plan(self) -> Plan:
        """The plan that the frame starts from."""
        return Plan(SEARCHED, tuple(plan for group in self.groups for plan in self._signal_plans(group)))

    def moved(self, values: NDArray[np.float64]) -> Frame:
        """Return the frame that starts where these numbers (size,) lead to."""
        given = iter(values.tolist())
        return replace(self, groups=tuple(self._moved(group, given) for group in self.groups))

    def stretched(self, factors: Sequence[float]) -> Frame:
        """Return the frame with the cycle of each group so many times as long, within the bounds."""
        pairs = zip(self.groups, factors, strict=True)
        return replace(self, groups=tuple(self._stretched(group, group.cycle * factor) for group, factor in pairs))

    def with_settings(self, settings: Mapping[int, Setting]) -> Frame:
        """Return the frame with other settings of some signals."""
        groups = (g._replace(settings=tuple(settings.get(s.signal, s) for s in g.settings)) for g in self.groups)
        return replace(self, groups=tuple(groups))

    def _size(self, group: Group, k: int) -> int:
        """Return how many numbers signal ``k`` of a group has."""
        splits = len(group.settings[k].phases)
        is_alone = len(group.settings) == 1
        return (self.vary.cycle and is_alone) + splits * self.vary.splits + (self.vary.offsets and k > 0)

    def _moved(self, group: Group, given: Iterator[float]) -> Group:
        """Return a group moved by the next numbers that are given."""
        if self.vary.cycle and len(group.settings) == 1:
            group = self._stretched(group, group.cycle * float(np.exp(CYCLE_STEP * next(given))))
        settings = []
        for k, setting in enumerate(group.settings):
            greens, offset = setting.greens, setting.offset
            if self.vary.splits:
                greens = tuple(green * float(np.exp(SPLIT_STEP * next(given))) for green in greens)
            if self.vary.offsets and k:
                offset += OFFSET_STEP * next(given) * group.cycle
            settings.append(setting._replace(greens=greens, offset=offset))
        return group._replace(settings=tuple(settings))

    def _stretched(self, group: Group, wanted: float) -> Group:
        cycle = float(np.clip(round(wanted), self.bounds.least, self.bounds.most))
        settings = (each._replace(offset=each.offset * cycle / group.cycle) for each in group.settings)
        return Group(cycle, tuple(settings))

    def _signal_plans(self, group: Group) -> list[SignalPlan]:
        """Return the plan of every signal of a group; a cycle too short for one of them is lengthened for all."""
        rings = [Ring(self.scenario.signals[s.signal], s.phases) for s in group.settings]
        cycle = max(float(round(group.cycle)), *(float(np.ceil(ring.least_cycle)) for ring in rings))
        return [_lay_out(ring, s, cycle) for ring, s in zip(rings, group.settings, strict=True)]


def _lay_out(ring: Ring, setting: Setting, cycle: float) -> SignalPlan:
    greens = ring.greens(np.array(setting.greens), cycle)
    plan = lay_out(ring, greens, 0.0)
    return plan._replace(offset=float(round(setting.offset)) % plan.cycle)


def settings_of(scenario: Scenario, planned: Scenario) -> dict[int, tuple[float, Setting]]:
    """Return cycle [s] and setting of every signal whose program in ``planned`` is one that can be varied.

    It is where the program shows green phases that the scenario's signal offers, at least two, one after the other.
    """
    own = {signal.id: i for i, signal in enumerate(scenario.signals)}
    found = {}
    for signal in planned.signals:
        pair = _setting(own[signal.id], scenario.signals[own[signal.id]], signal) if signal.id in own else None
        if pair is not None:
            found[own[signal.id]] = pair
    return found


def _setting(index: int, own: Signal, planned: Signal) -> tuple[float, Setting] | None:
    try:
        plan = plan_of(planned)
    except InputError:
        return None
    number = {own.green_state(phase): phase for phase in range(own.num_phases)}
    phases = tuple(number.get(planned.green_state(green.phase), -1) for green in plan.greens)
    if len(phases) < 2 or min(phases) < 0:
        return None
    lengths = tuple(green.length for green in plan.greens)
    return plan.cycle, Setting(index, phases, lengths, plan.offset + plan.greens[0].start)


def frame_of(
    scenario: Scenario, planned: Scenario, areas: Sequence[Sequence[int]], bounds: Bounds, vary: Vary
) -> Frame:
    """Return the frame that starts from the programs in force of ``planned``; each area gets its longest cycle."""
    found = settings_of(scenario, planned)
    groups = []
    for area in areas:
        rows = [found[signal] for signal in area if signal in found]
        if rows:
            cycle = max(cycle for cycle, _ in rows)
            groups.append(Group(cycle, tuple(setting for _, setting in rows)))
    return Frame(scenario, tuple(groups), bounds, vary)
