"""Induction loops (SUMO's E1), kept from the moves of every second.

Each figure is defined as SUMO defines it: https://sumo.dlr.de/docs/Simulation/Output/Induction_Loops_Detectors_%28E1%29.html.
A vehicle occupies a loop from when its front comes onto it until its back is off it, both interpolated within the
second; one that goes off otherwise (a lane change, its arrival) is not among ``nVehContrib``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.core._compile import entry, kernel
from trafficai.core.records import NONE, RecordArray
from trafficai.core.signal_records import Record
from trafficai.core.trails import BY_JUNCTION, STAYS, Moves

SPARE = 8
"""Vehicles that may be over one loop at the same time; more than two are a pile-up."""

EPSILON = 1e-3
"""Least time over a loop [s] (SUMO's NUMERICAL_EPS)."""

LOOP = np.dtype(
    [
        ("start", np.float64),  # [m] on the lane
        ("end", np.float64),  # [m]
        ("num_over", np.int64),  # vehicles over it
        ("seen_now", np.int64),  # vehicles on it in the last second; so are the following
        ("passed_now", np.int64),  # fronts
        ("occupied_now", np.float64),  # [s]
        ("speed_now", np.float64),  # [m/s], sum over those seen
        ("due", np.int64),  # [s], end of the present interval
        ("begin", np.float64),  # [s], of the present interval; so are the following
        ("occupied", np.float64),  # [s], by vehicles that are off again
        ("speed_sum", np.float64),  # [m/s], of those that drove off; so are the following
        ("inverse_sum", np.float64),  # [s/m]
        ("length_sum", np.float64),  # [m]
        ("contributed", np.int64),
        ("entered", np.int64),  # fronts
        ("count_shown", np.int64),  # fronts since the last snapshot; so are the following
        ("occupied_shown", np.float64),  # [s]
        ("left_shown", np.int64),  # vehicles that drove off it
        ("speed_shown", np.float64),  # [m/s], sum of their mean speeds over it
        ("period", np.int64),  # [s]
        ("row", np.int64),  # of the next result
    ],
    align=True,
)
"""One row per loop; what is looked at every second comes first."""

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
    """The loops of one run."""

    loops: RecordArray  # (num_loops,) LOOP
    over: RecordArray  # (num_loops, SPARE) OVER
    events: RecordArray  # (room,) EVENT of the last second; as many are kept as there is room for
    counts: NDArray[np.int64]  # (1,) events
    results: RecordArray  # (num_rows,) LOOP_RESULT, loop after loop
    by_lane: NDArray[np.int64]  # (num_loops,) loops, lane after lane
    first: NDArray[np.int64]  # (num_lanes + 1,) row in ``by_lane``


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
        state.num_over += 1
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
        state.left_shown += 1
        state.speed_sum += speed
        state.speed_shown += speed
        state.inverse_sum += 1.0 / speed
        state.length_sum += length
    over.vehicle = NONE
    state.num_over -= 1
    note(book, loop, time, 0)


@kernel
def pass_over(book: Loops, move: Record, loop: int, now: int) -> None:
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
def book_loop(book: Loops, move: Record, loop: int, now: int) -> None:
    """Book what a move does to a loop of its lane."""
    state = book.loops[loop]
    if move.new < state.start or move.old - move.length > state.end:
        return  # it is not there yet, or was off already
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
    for k in range(SPARE if state.num_over > 0 else 0):
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


@kernel
def begin_loops(book: Loops) -> None:
    """Forget what is said of the last second."""
    book.counts[0] = 0
    for loop in range(len(book.loops)):
        state = book.loops[loop]
        if state.seen_now > 0 or state.occupied_now > 0.0:  # most loops have nobody on them
            state.passed_now = state.seen_now = 0
            state.occupied_now = state.speed_now = 0.0


@kernel
def book_at_loops(book: Loops, move: Record, now: int) -> None:
    """Book a move at the loops of its lane."""
    for k in range(book.first[move.lane], book.first[move.lane + 1]):
        book_loop(book, move, book.by_lane[k], now)


@kernel
def end_loops(book: Loops, now: int, end: int) -> None:
    """Count what the second that ends at ``now`` [s] leaves, and close the intervals that end with it."""
    for loop in range(len(book.loops)):
        state = book.loops[loop]
        still = occupy(book, loop, now)
        if state.seen_now > 0 or state.occupied_now > 0.0:
            state.count_shown += state.passed_now
            state.occupied_shown += min(state.occupied_now, 1.0)
        if now in (state.due, end):
            close_interval(book, loop, still, now)


@kernel
def forget_shown(book: Loops) -> None:
    """Forget the sums of the snapshot before."""
    for loop in range(len(book.loops)):
        state = book.loops[loop]
        state.count_shown = state.left_shown = 0
        state.occupied_shown = state.speed_shown = 0.0


@entry
def start_showing(book: Loops) -> None:
    """Do the same for those whose seconds Python books."""
    forget_shown(book)


@entry
def book_loops(book: Loops, moves: Moves, now: int, end: int) -> None:
    """Book the second that ends at ``now`` [s], and the intervals that end with it; ``end`` [s] is the run's."""
    begin_loops(book)
    for i in range(len(moves.rows)):
        book_at_loops(book, moves.rows[i], now)
    end_loops(book, now, end)
