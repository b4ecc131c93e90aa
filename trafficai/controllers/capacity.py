"""What a green is worth: saturation flows, turns that have to yield, and the shares of the cycle that streams need."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.controllers.turning import Stream
from trafficai.scenario.model import Signal

SATURATION_FLOW: Final = 1900.0
"""Of a lane that goes straight on [veh/h] (HCM 2000, chapter 16). The core measures 1,909 ± 9 on cologne1, 1,815 ± 35
on grid4x4, 1,745 ± 16 on cologne8 (``trafficai validate MAP --seeds 5``)."""

TURN_FACTORS: Final = {"l": 0.95, "L": 0.95, "r": 0.85, "R": 0.85, "t": 0.85}
"""Share of the saturation flow that a turning lane has (HCM 2000, chapter 16: f_LT, f_RT); turning round as right."""

CRITICAL_GAP_S: Final = 4.5
"""Gap in the opposing stream that a turn accepts [s] (HCM 2010, chapter 31, permitted left turns)."""

FOLLOW_UP_S: Final = 2.5
"""Headway of turns in one gap [s] (HCM 2010, chapter 31)."""

SNEAKERS: Final = 2.0
"""Turns that go at the end of a green for which they had to yield [veh/cycle] (HCM 2010, chapter 31)."""

LEAST_EFFECT: Final = 0.05
"""A green under which one has to yield is worth at least this share of a protected one, so that designs exist."""


def saturation_flow(stream: Stream) -> float:
    """Return the flow that would cross in an hour of green [veh/h], by the HCM."""
    return SATURATION_FLOW * TURN_FACTORS.get(stream.direction, 1.0)


class Need(NamedTuple):
    """What some streams of one lane need: sum over phases of worth x share of the cycle >= ratio."""

    ratio: float  # flow over saturation flow
    worth: tuple[float, ...]  # of each phase, 0 where it does not serve them, 1 where it does without yielding


class Design(NamedTuple):
    """What is being designed, and with which greens: those of the last round."""

    signal: Signal
    streams: Sequence[Stream]
    foes: frozenset[tuple[int, int]]  # positions that conflict, both ways round
    phases: tuple[int, ...]  # green phases in use, in order
    shares: NDArray[np.float64]  # (num_phases,) of the cycle, of the phases in use
    cycle: float  # [s]
    saturation: Callable[[Stream], float] = saturation_flow  # [veh/h], what would cross in an hour of green


def gap_flow(opposing: float) -> float:
    """Return how many can turn through the gaps of an opposing stream [veh/h], both in veh/h (HCM 2010, chapter 31)."""
    rate = opposing / 3600.0
    if rate < 1e-9:
        return 3600.0 / FOLLOW_UP_S
    return opposing * math.exp(-rate * CRITICAL_GAP_S) / (1.0 - math.exp(-rate * FOLLOW_UP_S))


def blocked_share(ratio: float, share: float) -> float:
    """Return the part of a green in which a queue discharges: of a stream of flow ratio ``ratio``, green for ``share``.

    Arrivals are uniform: y (1 - g/C) / (g/C (1 - y)), at most 1.
    """
    if ratio >= 1.0 or share <= 0.0:
        return 1.0
    return min(1.0, ratio * (1.0 - share) / (share * (1.0 - ratio)))


def worth(design: Design, stream: Stream, number: int) -> float:
    """Return what a second of the ``number``-th phase in use is worth to a stream, in protected seconds."""
    state = design.signal.green_state(design.phases[number])
    if state[stream.position] == "G":
        return 1.0
    if state[stream.position] != "g":
        return 0.0
    opposing = [
        other
        for other in design.streams
        if state[other.position] == "G" and (stream.position, other.position) in design.foes
    ]
    if not opposing:
        return 1.0
    flow = sum(other.flow for other in opposing)
    free = 1.0 - blocked_share(_greatest_ratio(design, opposing), float(design.shares[number]))
    return max(LEAST_EFFECT, min(1.0, free * gap_flow(flow) / saturation_flow(stream)))


def _greatest_ratio(design: Design, streams: Sequence[Stream]) -> float:
    """Return the greatest flow ratio of the lanes that the streams come from."""
    by_lane: defaultdict[str, float] = defaultdict(float)
    for stream in streams:
        by_lane[stream.lane] += stream.flow / design.saturation(stream)
    return max(by_lane.values())


def needs(design: Design) -> list[Need]:
    """Return what the streams of every lane need; streams that go in the same phases share their lane's green."""
    found = []
    worths = {id(s): tuple(worth(design, s, k) for k in range(len(design.phases))) for s in design.streams}

    def key(stream: Stream) -> tuple[str, tuple[bool, ...]]:
        return stream.lane, tuple(value > 0.0 for value in worths[id(stream)])

    for (_, served), group in groupby(sorted(design.streams, key=key), key=key):
        ratios = [(_ratio(design, s, worths[id(s)]), worths[id(s)]) for s in group]
        total = sum(ratio for ratio, _ in ratios)
        if total > 0.0 and any(served):
            found.append(Need(total, tuple(_joint_worth(ratios, k) for k in range(len(served)))))
    return found


def _ratio(design: Design, stream: Stream, worths: Sequence[float]) -> float:
    """Return the flow ratio of a stream, without those who turn when a green ends for which they had to yield."""
    yields = sum(0.0 < value < 1.0 for value in worths)
    at_ends = yields * SNEAKERS * 3600.0 / design.cycle
    return max(0.0, stream.flow - at_ends) / design.saturation(stream)


def _joint_worth(ratios: Sequence[tuple[float, Sequence[float]]], number: int) -> float:
    """Return what a second of a phase is worth to streams that share a lane: their headways add up."""
    taken = sum(ratio / worths[number] for ratio, worths in ratios if worths[number] > 0.0)
    total = sum(ratio for ratio, worths in ratios if worths[number] > 0.0)
    return total / taken if taken > 0.0 else 0.0


def least_shares(all_needs: Sequence[Need], num_phases: int) -> NDArray[np.float64]:
    """Return the smallest shares of the cycle that meet the needs, (num_phases,); their sum is Webster's Y.

    Where every stream goes in one phase only, a phase's share is its greatest flow ratio; where some go in several, a
    linear program finds the least sum.
    """
    from scipy.optimize import linprog

    if not all_needs:
        return np.zeros(num_phases)
    matrix = -np.array([need.worth for need in all_needs])
    found = linprog(np.ones(num_phases), matrix, [-need.ratio for need in all_needs], method="highs")
    return np.array([round(share, 9) for share in found.x.tolist()])
