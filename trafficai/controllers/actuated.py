"""Vehicle-actuated control: green is extended while vehicles come and ends by gap-out or max-out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.controllers.phases import green_movements, require_signals
from trafficai.controllers.reach import Reach
from trafficai.controllers.transit import DETECTION_M, EXTENSION_S, CutGreens, TransitDetectors
from trafficai.datatypes import FOLLOW_PROGRAM, Snapshot
from trafficai.scenario.model import Scenario

MAX_GREEN_S = 50.0
"""Longest green while another phase is called [s]; our choice."""

HEADWAY_S = 3.0
"""Longest time between two vehicles of a queue that drives off [s]; the manual's maximum allowable headway."""


class Actuation(NamedTuple):
    """Which detectors extend and call which phase; padded to the most phases and lanes of any signal."""

    lanes: NDArray[np.intp]  # (num_signals, max_lanes) index into network.normal_lanes, 0 where there is none
    extends: NDArray[np.bool_]  # (num_signals, max_phases, max_lanes) a movement of the lane has green in the phase
    is_shared: NDArray[np.bool_]  # (num_signals, max_phases, max_lanes) of these, another of its movements has not
    # a movement of the lane is green in the second phase and not in the first
    calls: NDArray[np.bool_]  # (num_signals, max_phases, max_phases, max_lanes)
    reach: Reach  # sees past lanes that are too short


class Actuated:
    """Fully actuated control of one ring of phases, as the Signal Timing Manual describes it.

    Every lane before a stop line has a presence detector of 50 m, the zone in which a snapshot counts vehicles as near.
    The green on show is kept while its lanes are occupied. It ends as soon as they are not (gap-out; a vehicle at
    50 km/h takes some 3.5 s through the zone), or after MAX_GREEN_S (max-out), but only if another phase is called: a
    vehicle is near on a lane with a movement that the phase on show holds back. The next phase is the first that is
    called in the order of the net's own program; others are skipped. Least green, yellow and all-red are those of the
    clearance function. Koonce et al. (2008), "Traffic Signal Timing Manual", FHWA-HOP-08-024, chapter 5.

    A lane that has green for only some of its movements may be headed by a vehicle that has none, and occupied for as
    long as it stands there: it keeps the green only while one vehicle after the other leaves it, at most ``headway``
    apart.

    With ``priority``, buses and trams are told apart from ``detection`` on. One on a lane that has green holds it
    while it can still reach the stop line within ``extension`` after the longest green, at the speed limit (green
    extension). One on a lane that has none calls its phase, and ends the green on show, and those that are called
    before its own, at their least (early green), unless these hold buses themselves or were cut the last time they
    were shown. No phase is skipped for it. Smith, Hemily and Ivanovic (2005), "Transit Signal Priority (TSP): A
    Planning and Implementation Handbook", ITS America; Koonce et al., chapter 9.

    Args:
        max_green: longest green while another phase is called [s].
        passage: how long its lanes may be empty before a green gaps out [s].
        priority: whether buses and trams have priority.
        detection: distance from the stop line at which they are seen [m].
        extension: by how much they may lengthen the longest green [s].
        headway: how long nobody may leave a lane that has green for some movements only before it holds none [s].
    """

    name = "actuated"

    def __init__(
        self,
        max_green: float = MAX_GREEN_S,
        passage: float = 0.0,
        priority: bool = False,
        detection: float = DETECTION_M,
        extension: float = EXTENSION_S,
        headway: float = HEADWAY_S,
    ) -> None:
        self.decision_interval = 1
        self._max_green, self._passage, self._headway = max_green, passage, headway
        self._priority, self._detection, self._extension = priority, detection, extension
        self._transit: TransitDetectors | None = None
        self._cut_greens = CutGreens((0, 0))
        self._empty_for = np.zeros(0, dtype=np.int64)
        self._unused_for = np.zeros(0, dtype=np.int64)
        self._table: Actuation | None = None
        self._has_choice = np.zeros(0, dtype=np.bool_)

    @property
    def engine_options(self) -> Mapping[str, bool]:
        """What engines have to show: buses and trams, if they have priority."""
        return {"transit": self._priority}

    def reset(self, scenario: Scenario, seed: int) -> None:
        """Prepare for a run of the scenario.

        Raises:
            InputError: where the scenario has no signal.
        """
        require_signals(scenario, self.name)
        del seed
        self._table = actuation(scenario)
        self._has_choice = np.array([signal.num_phases >= 2 for signal in scenario.signals])
        self._empty_for = np.zeros(len(scenario.signals), dtype=np.int64)
        self._unused_for = np.zeros(len(scenario.network.normal_lanes), dtype=np.int64)
        self._transit = TransitDetectors(scenario, self._detection) if self._priority else None
        self._cut_greens = CutGreens(self._table.extends.shape[:2])

    @property
    def table(self) -> Actuation:
        """Which lanes matter to which phase; ``reset`` comes first."""
        assert self._table is not None, "reset() comes first"
        return self._table

    def is_occupied(self, snapshot: Snapshot) -> NDArray[np.bool_]:
        """Return which lanes have a vehicle near their stop line, (num_lanes,)."""
        return self.table.reach(snapshot.lane_near) > 0

    def detect(self, snapshot: Snapshot) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return which lanes extend a green they have, and which call for one, both (num_lanes,)."""
        is_occupied = self.is_occupied(snapshot)
        return is_occupied, is_occupied

    def decide(self, snapshot: Snapshot) -> NDArray[np.int32]:
        """Return the requested green phase of each signal, (num_signals,)."""
        rows, shown = np.arange(len(self._has_choice)), np.maximum(snapshot.signal_phase, 0)
        extending, calling = (lanes[self.table.lanes] for lanes in self.detect(snapshot))
        if self._transit is not None:
            times = self._transit.times(snapshot)[self.table.lanes]
            calling = calling | np.isfinite(times)
        extending = extending & ~self._is_blocked(snapshot, shown)
        is_extended = (self.table.extends[rows, shown] & extending).any(axis=-1)
        is_called = (self.table.calls[rows, shown] & calling[:, None, :]).any(axis=-1)
        num_phases = is_called.shape[1]
        in_turn = (shown[:, None] + np.arange(num_phases)) % num_phases
        following = in_turn[rows, np.take_along_axis(is_called, in_turn, axis=1).argmax(axis=1)]
        self._empty_for = np.where(is_extended, 0, self._empty_for + 1)
        is_over = (self._empty_for > self._passage) | (snapshot.signal_elapsed >= self._max_green)
        if self._transit is not None:
            holds, cuts = self._judge(times, shown, snapshot.signal_elapsed)
            self._cut_greens.remember(cuts & is_extended)
            is_over = (is_over & ~holds) | cuts
        requested = np.where(is_over & is_called.any(axis=-1), following, shown)
        return np.where(self._has_choice, requested, FOLLOW_PROGRAM).astype(np.int32)

    def _is_blocked(self, snapshot: Snapshot, shown: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Return which lanes have green for some of their movements and don't use it, (num_signals, max_lanes)."""
        self._unused_for = np.where(snapshot.lane_left_in_interval > 0, 0, self._unused_for + 1)
        unused_for = np.minimum(self._unused_for[self.table.lanes], snapshot.signal_elapsed[:, None])
        blocked: NDArray[np.bool_] = self.table.is_shared[np.arange(len(shown)), shown] & (unused_for > self._headway)
        return blocked

    def _judge(
        self, times: NDArray[np.float64], shown: NDArray[np.int32], elapsed: NDArray[np.float64]
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return where buses and trams hold the green on show, and where they end it, both (num_signals,).

        Args:
            times: to the stop line, (num_signals, max_lanes) [s].
            shown: phase on show, (num_signals,).
            elapsed: how long it has been green, (num_signals,) [s].
        """
        has_green = self.table.extends[np.arange(len(shown)), shown]
        left = self._max_green + self._extension - elapsed
        holds: NDArray[np.bool_] = np.logical_or.reduce(has_green & (times <= left[:, None]), axis=-1)
        is_served = self.table.extends.any(axis=1)
        waits = (~has_green & is_served & np.isfinite(times)).any(axis=-1)
        return holds, waits & ~holds & self._cut_greens.may_cut(shown)


def actuation(scenario: Scenario) -> Actuation:
    """Return which detectors extend and call which phase of every signal of the scenario."""
    index = scenario.network.normal_lane_index
    of_signals = [sorted({s for link in signal.links for s, _ in link if s in index}) for signal in scenario.signals]
    num_phases = max(signal.num_phases for signal in scenario.signals)
    shape = (len(of_signals), num_phases, max(map(len, of_signals)))
    lanes, (extends, is_shared) = np.zeros((shape[0], shape[2]), dtype=np.intp), np.zeros((2, *shape), dtype=np.bool_)
    calls = np.zeros((shape[0], num_phases, *shape[1:]), dtype=np.bool_)
    for row, (signal, sources) in enumerate(zip(scenario.signals, of_signals, strict=True)):
        lanes[row, : len(sources)] = [index[source] for source in sources]
        moves = {pair for link in signal.links for pair in link}
        greens = [set(green_movements(signal, phase)) for phase in range(signal.num_phases)]
        for phase, green in enumerate(greens):
            extends[row, phase, : len(sources)] = _are_of(sources, green)
            is_shared[row, phase, : len(sources)] = _are_of(sources, green) & _are_of(sources, moves - green)
            for other, opened in enumerate(greens):
                calls[row, phase, other, : len(sources)] = _are_of(sources, opened - green)
    return Actuation(lanes, extends, is_shared, calls, Reach(scenario))


def _are_of(sources: Sequence[str], moves: Collection[tuple[str, str]]) -> NDArray[np.bool_]:
    """Return which lanes have one of the movements."""
    return np.isin(sources, [source for source, _ in moves])
