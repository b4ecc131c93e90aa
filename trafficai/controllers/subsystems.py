"""Signals that share a cycle, and their offsets by votes of the directions: what SCATS does between signals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.controllers.streets import Street
from trafficai.datatypes import Snapshot

PERIOD_S: Final = 300.0
"""How often signals are joined, and votes counted [s]; our choice."""

LEAST_FLOW: Final = 100.0
"""Both directions together, below which signals are not joined [veh/h]; our choice."""

ALIKE_S: Final = 15.0
"""Cycles that differ by no more are joined [s]; our choice."""

DEAD_BAND_S: Final = 6.0
"""A common cycle stays while another would differ by less [s]: one step of a cycle."""

MAJORITY: Final = 1.5
"""The other direction needs so many times the votes of the one that has the offset; our choice."""

OFFSET_STEP: Final = 0.1
"""Most of the cycle by which a cycle is longer or shorter so that an offset is reached; our choice."""

MEMORY: Final = 0.5
"""Weight of the periods before in a flow; our choice."""

Window = tuple[float, float]
"""Begin and length of a green [s], after the begin of the cycle."""

Windows = Callable[[int, Sequence[int]], Window]
"""Gives the green of some positions of a signal."""


class Place(NamedTuple):
    """Where a signal is in its subsystem."""

    head: int  # its signal with the longest cycle
    neighbour: int = -1  # signal that it has an offset to, -1 for the head
    street: Street | None = None  # whose direction the offset serves


class Subsystems:
    """Who shares a cycle with whom, and the offsets, from measured flows.

    Args:
        streets: between the signals.
    """

    def __init__(self, streets: Sequence[Street]) -> None:
        self._streets = {(street.start, street.end): street for street in streets}
        self._lanes = [np.array(street.lanes, dtype=np.intp) for street in streets]
        self._passed = np.zeros(len(streets))
        self._flows: dict[tuple[int, int], float] = {}  # [veh/h]
        self._since: float | None = None
        self._elected: dict[tuple[int, int], Street] = {}  # by both its signals, the lower first
        self._cycles: dict[int, float] = {}  # [s], of each subsystem by its head
        self.places: dict[int, Place] = {}  # of the signals that share a cycle with others

    def count(self, snapshot: Snapshot) -> None:
        """Count who left each street."""
        if self._since is None:
            self._since = float(snapshot.time)
        self._passed += [snapshot.lane_left_in_interval[lanes].sum() for lanes in self._lanes]

    def is_due(self, now: float) -> bool:
        """Return whether the votes are to be counted."""
        return self._since is not None and now >= self._since + PERIOD_S

    def vote(self, now: float, wanted: NDArray[np.float64], windows: Windows) -> None:
        """Join the signals, and choose which direction of each street has its offset.

        Args:
            now: time [s].
            wanted: the cycle that each signal would have by itself, (num_signals,) [s].
            windows: gives greens.
        """
        self._measure(now)
        old, self.places = self.places, {}
        neighbours = self._join(wanted)
        for head in sorted(neighbours, key=lambda signal: (-wanted[signal], signal)):  # the first of each subsystem
            if head in self.places:
                continue
            cycle = self._cycles.get(old[head].head, 0.0) if head in old else 0.0
            self._cycles[head] = cycle or float(round(wanted[head]))
            self.places[head], reached = Place(head), [head]
            for signal in reached:
                for other in sorted(neighbours[signal] - self.places.keys()):
                    street = self._elect(signal, other, self._cycles[head], windows)
                    self.places[other] = Place(head, signal, street)
                    reached.append(other)
        self._elected = {_pair(place.street): place.street for place in self.places.values() if place.street}

    def common_cycle(self, place: Place, wanted: NDArray[np.float64]) -> float:
        """Return the cycle of the subsystem of a place [s]: the longest that any of its signals wants, in steps."""
        longest = max(wanted[signal] for signal, other in self.places.items() if other.head == place.head)
        if abs(self._cycles[place.head] - longest) >= DEAD_BAND_S:
            self._cycles[place.head] = float(round(longest))
        return self._cycles[place.head]

    def _measure(self, now: float) -> None:
        """Turn what was counted into flows."""
        assert self._since is not None, "count() comes first"
        hours = (now - self._since) / 3600.0
        for pair, passed in zip(self._streets, self._passed.tolist(), strict=True):
            before = self._flows.get(pair, passed / hours)
            self._flows[pair] = MEMORY * before + (1.0 - MEMORY) * passed / hours
        self._passed[:], self._since = 0.0, now

    def _join(self, wanted: NDArray[np.float64]) -> dict[int, set[int]]:
        """Return the neighbours of each signal that is joined to some, in trees.

        Streets that join signals now come first, then the busiest.
        """
        totals: defaultdict[tuple[int, int], float] = defaultdict(float)
        for (start, end), flow in self._flows.items():
            totals[min(start, end), max(start, end)] += flow
        groups = {signal: {signal} for pair in totals for signal in pair}
        neighbours: defaultdict[int, set[int]] = defaultdict(set)
        for (one, other), flow in sorted(
            totals.items(), key=lambda item: (item[0] not in self._elected, -item[1], item[0])
        ):
            joined = groups[one] | groups[other]
            cycles = [wanted[signal] for signal in joined]
            if flow >= LEAST_FLOW and other not in groups[one] and max(cycles) - min(cycles) <= ALIKE_S:
                neighbours[one].add(other)
                neighbours[other].add(one)
                groups |= dict.fromkeys(joined, joined)
        return dict(neighbours)

    def _elect(self, one: int, other: int, cycle: float, windows: Windows) -> Street:
        """Return the street between two signals, one way or the other, whose offset lets most vehicles go on.

        Each direction votes for an offset with those of its vehicles that would come in green.
        """
        streets = [self._streets[pair] for pair in ((one, other), (other, one)) if pair in self._streets]
        votes = [sum(self._votes(street, plan, cycle, windows) for street in streets) for plan in streets]
        before = self._elected.get(_pair(streets[0]))
        if before is not None and max(votes) < MAJORITY * votes[streets.index(before)]:
            return before
        return streets[int(np.argmax(votes))]

    def _votes(self, street: Street, plan: Street, cycle: float, windows: Windows) -> float:
        """Return how many come in green along a street where the offset is that of ``plan`` [veh/h]."""
        late = 0.0 if street == plan else lag_of(street, windows) + lag_of(plan, windows)
        arriving, green = windows(street.start, street.entering)[1], windows(street.end, street.leaving)[1]
        share = overlap(late, arriving, green, cycle) / arriving if arriving > 0.0 else 0.0
        return self._flows[street.start, street.end] * share


def _pair(street: Street) -> tuple[int, int]:
    return min(street.start, street.end), max(street.start, street.end)


def lag_of(street: Street, windows: Windows) -> float:
    """Return how long after the first signal's cycle that of the second begins [s], if green runs along a street."""
    return windows(street.start, street.entering)[0] + street.time - windows(street.end, street.leaving)[0]


def overlap(late: float, arriving: float, green: float, cycle: float) -> float:
    """Return how much of a platoon comes in green [s], ``late`` after its begin [s], both of some length [s]."""
    late %= cycle
    return sum(max(0.0, min(late + arriving, turn + green) - max(late, turn)) for turn in (0.0, cycle))
