"""Induction loops (SUMO's E1), kept from the moves of every second.

Each figure is defined as SUMO defines it: https://sumo.dlr.de/docs/Simulation/Output/Induction_Loops_Detectors_%28E1%29.html.
A vehicle occupies a loop from when its front comes onto it until its back is off it, both interpolated within the
second; one that goes off otherwise (a lane change, its arrival) is not among ``nVehContrib``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.backends.detector_table import OnLanes, Results, lane_table, new_results
from trafficai.backends.trail_book import BY_JUNCTION, STAYS
from trafficai.core._compile import entry, kernel
from trafficai.core.records import NONE, RecordArray
from trafficai.scenario.model import Scenario

SPARE = 8
"""Vehicles that may be over one loop at the same time; more than two are a pile-up."""

EPSILON = 1e-3
"""Least time over a loop [s] (SUMO's NUMERICAL_EPS)."""

LOOP = np.dtype(
    [
        ("start", np.float64),  # [m] on the lane
        ("end", np.float64),  # [m]
        ("begin", np.float64),  # [s], of the present interval
        ("occupied", np.float64),  # [s], in the interval, by vehicles that are off again
        ("speed_sum", np.float64),  # [m/s], in the interval, of those that drove off; so are the following
        ("inverse_sum", np.float64),  # [s/m]
        ("length_sum", np.float64),  # [m]
        ("contributed", np.int64),
        ("entered", np.int64),  # in the interval
        ("passed_now", np.int64),  # fronts in the last second
        ("occupied_now", np.float64),  # [s], of the last second
        ("speed_now", np.float64),  # [m/s], sum over the vehicles seen on it in the last second
        ("seen_now", np.int64),
        ("due", np.int64),  # [s], end of the present interval
        ("period", np.int64),  # [s]
        ("row", np.int64),  # of the next result
    ],
    align=True,
)
"""One row per loop."""

OVER = np.dtype([("entry", np.float64), ("vehicle", np.int64)], align=True)
"""A vehicle over a loop, since ``entry`` [s]; vehicle NONE where the row is free."""

EVENT = np.dtype([("time", np.float64), ("loop", np.int64), ("is_on", np.int64)], align=True)
"""A vehicle that came onto a loop or went off it [s]."""

LOOP_RESULT = np.dtype(
    [
        ("begin", np.float64),  # [s]
        ("end", np.float64),  # [s]
        ("nVehContrib", np.int64),
        ("flow", np.float64),  # [veh/h]
        ("occupancy", np.float64),  # [%]
        ("speed", np.float64),  # [m/s], mean; -1 without vehicles, as below
        ("harmonicMeanSpeed", np.float64),  # [m/s]
        ("length", np.float64),  # [m], mean
        ("nVehEntered", np.int64),
    ],
    align=True,
)
"""One interval of one loop, named as in SUMO's output."""


class Loops(NamedTuple):
    """The books of one run."""

    loops: RecordArray  # (num_loops,) LOOP
    over: RecordArray  # (num_loops, SPARE) OVER
    events: RecordArray  # (4 * SPARE * num_loops,) EVENT of the last second
    counts: NDArray[np.int64]  # (1,) events
    results: RecordArray  # (num_rows,) LOOP_RESULT, loop after loop
    by_lane: NDArray[np.int64]  # (num_on_lanes,) loops, lane after lane
    first: NDArray[np.int64]  # (num_lanes + 1,) row in ``by_lane``


class LoopBook:
    """Keeps the loops of one run."""

    def __init__(self, scenario: Scenario) -> None:
        loops = scenario.detectors.e1
        self._begin, self._end = scenario.begin, scenario.end
        self._results: Results = new_results(loops, LOOP_RESULT, scenario)
        on_lanes: OnLanes = lane_table(scenario, [(loop.lane, i) for i, loop in enumerate(loops)])
        table = np.zeros(len(loops), dtype=LOOP).view(np.recarray)
        table.start, table.end = [loop.position for loop in loops], [loop.end for loop in loops]
        table.period = [loop.period or scenario.duration for loop in loops]
        over = np.zeros((len(loops), SPARE), dtype=OVER).view(np.recarray)
        events = np.zeros(4 * SPARE * len(loops), dtype=EVENT).view(np.recarray)
        counts = np.zeros(1, dtype=np.int64)
        self.state = Loops(table, over, events, counts, self._results.table, on_lanes.elements, on_lanes.first)
        self.clear()

    def clear(self) -> None:
        """Begin anew."""
        loops = self.state.loops
        for name in LOOP.names or ():
            if name not in ("start", "end", "period"):
                loops[name] = 0
        loops.begin, loops.due = self._begin, self._begin + loops.period
        loops.row = self._results.first
        self.state.over.vehicle[:] = NONE
        self.state.counts[0] = 0

    def book(self, now: int, moves: RecordArray) -> None:
        """Book the moves of the second that ends at ``now`` [s]."""
        book_loops(self.state, moves, now, self._end)

    def results(self) -> tuple[RecordArray, ...]:
        """Return the complete intervals of each loop."""
        return self._results.of_each(self.state.loops.row)

    def now(self) -> NDArray[np.float64]:
        """Return, of the last second, the fronts that passed, the seconds occupied, and the mean speed, (num, 3)."""
        loops = self.state.loops
        speed = np.where(loops.seen_now > 0, loops.speed_now / np.maximum(loops.seen_now, 1), -1.0)
        return np.stack([loops.passed_now.astype(np.float64), np.minimum(loops.occupied_now, 1.0), speed], axis=1)

    def events(self) -> RecordArray:
        """Return who came and went in the last second, in order of time."""
        events = self.state.events[: self.state.counts[0]].view(np.recarray)
        return events[np.lexsort((events.is_on, events.loop, events.time))].view(np.recarray)


@kernel
def note(book: Loops, loop: int, time: float, is_on: int) -> None:
    """Keep an event."""
    row = book.counts[0]
    if row < len(book.events):
        event = book.events[row]
        event.time, event.loop, event.is_on = time, loop, is_on
        book.counts[0] = row + 1


@kernel
def find_over(book: Loops, loop: int, vehicle: int) -> int:
    """Return the row of a vehicle over a loop, of a free row for ``vehicle`` NONE; NONE where there is none."""
    for k in range(SPARE):
        if book.over[loop, k].vehicle == vehicle:
            return k
    return NONE


@kernel
def come_on(book: Loops, loop: int, vehicle: int, time: float, speed: float) -> None:
    """Let a front come onto a loop."""
    state, free = book.loops[loop], find_over(book, loop, NONE)
    state.entered += 1
    state.passed_now += 1
    state.speed_now += speed
    state.seen_now += 1
    if free != NONE:
        book.over[loop, free].vehicle, book.over[loop, free].entry = vehicle, time
        note(book, loop, time, 1)


@kernel
def go_off(book: Loops, loop: int, k: int, time: float, length: float, now: int) -> None:
    """Let a vehicle go off a loop; its ``length`` [m] is 0 where it did not drive off."""
    state, over = book.loops[loop], book.over[loop, k]
    state.occupied += time - max(state.begin, over.entry)
    state.occupied_now += time - max(now - 1.0, over.entry)
    if length > 0.0:
        speed = (length + state.end - state.start) / max(time - over.entry, EPSILON)
        state.contributed += 1
        state.speed_sum += speed
        state.inverse_sum += 1.0 / speed
        state.length_sum += length
    over.vehicle = NONE
    note(book, loop, time, 0)


@kernel
def pass_over(book: Loops, move: RecordArray, loop: int, now: int) -> None:
    """Book a vehicle's way along the lane of a loop."""
    state = book.loops[loop]
    was_over = find_over(book, loop, move.vehicle)
    if was_over != NONE:
        state.speed_now += move.speed
        state.seen_now += 1
    if move.old < state.start <= move.new:
        come_on(book, loop, move.vehicle, now - 1.0 + (state.start - move.old) / move.speed, move.speed)
    old_back, new_back = move.old - move.length, move.new - move.length
    if old_back <= state.end < new_back:
        k = find_over(book, loop, move.vehicle)
        if k != NONE:
            go_off(book, loop, k, now - 1.0 + (state.end - old_back) / move.speed, move.length, now)


@kernel
def book_loop(book: Loops, move: RecordArray, loop: int, now: int) -> None:
    """Book what a move does to a loop of its lane."""
    state = book.loops[loop]
    if move.moves == 1:
        pass_over(book, move, loop, now)
    elif move.enters not in (STAYS, BY_JUNCTION) and move.new >= state.start > move.new - move.length:
        come_on(book, loop, move.vehicle, now - 1.0, move.speed)
    if move.ends != STAYS:
        k = find_over(book, loop, move.vehicle)
        if k != NONE:
            go_off(book, loop, k, float(now), 0.0, now)


@kernel
def occupy(book: Loops, loop: int, now: int) -> float:
    """Count the last second of those still over a loop; return the seconds they occupied it in the interval [s]."""
    state, total = book.loops[loop], 0.0
    for k in range(SPARE):
        over = book.over[loop, k]
        if over.vehicle != NONE:
            state.occupied_now += now - max(now - 1.0, over.entry)
            total += now - max(state.begin, over.entry)
    return total


@kernel
def close_interval(book: Loops, loop: int, still: float, now: int) -> None:
    """Write the result of an interval, ``still`` [s] being what those over the loop occupied of it, and begin anew."""
    state, result = book.loops[loop], book.results[book.loops[loop].row]
    seconds, num = now - state.begin, state.contributed
    result.begin, result.end = state.begin, now
    result.nVehContrib, result.nVehEntered = num, state.entered
    result.flow = num / seconds * 3600.0
    result.occupancy = (state.occupied + still) * 100.0 / seconds
    result.speed = state.speed_sum / num if num > 0 else -1.0
    result.harmonicMeanSpeed = num / state.inverse_sum if num > 0 else -1.0
    result.length = state.length_sum / num if num > 0 else -1.0
    state.row += 1
    state.begin, state.due = now, now + state.period
    state.occupied = state.speed_sum = state.inverse_sum = state.length_sum = 0.0
    state.contributed = state.entered = 0


@entry
def book_loops(book: Loops, moves: RecordArray, now: int, end: int) -> None:
    """Book the second that ends at ``now`` [s], and the intervals that end with it; ``end`` [s] is the run's."""
    book.counts[0] = 0
    for loop in range(len(book.loops)):
        state = book.loops[loop]
        state.passed_now = state.seen_now = 0
        state.occupied_now = state.speed_now = 0.0
    for i in range(len(moves)):
        lane = moves[i].lane
        for k in range(book.first[lane], book.first[lane + 1]):
            book_loop(book, moves[i], book.by_lane[k], now)
    for loop in range(len(book.loops)):
        still = occupy(book, loop, now)
        if now in (book.loops[loop].due, end):
            close_interval(book, loop, still, now)
