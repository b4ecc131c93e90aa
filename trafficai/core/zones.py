"""Entry-exit detectors (SUMO's E3), kept from the moves of every second.

Each figure is defined as SUMO defines it:
https://sumo.dlr.de/docs/Simulation/Output/Multi-Entry-Multi-Exit_Detectors_%28E3%29.html. Like SUMO it dates passages
one second early, which cancels out in the travel times but makes the durations of those still inside a second longer.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.core._compile import entry, kernel
from trafficai.core.records import RecordArray
from trafficai.core.signal_records import Record
from trafficai.core.trails import BY_ARRIVAL, BY_MAGIC, Moves

OUTSIDE, INSIDE = range(2)
"""Where a vehicle is."""

ZONE = np.dtype(
    [
        ("time_threshold", np.float64),  # [s]
        ("speed_threshold", np.float64),  # [m/s]
        ("begin", np.float64),  # [s], of the present interval
        ("travel_time", np.float64),  # [s], sums over those that left in the interval, front to front
        ("overlap_time", np.float64),  # [s], until the back is out
        ("speed", np.float64),  # [m/s]
        ("loss", np.float64),  # [s]
        ("halts", np.int64),
        ("vehicles", np.int64),  # that left
        ("inside", np.int64),  # now
        ("due", np.int64),  # [s], end of the present interval
        ("period", np.int64),  # [s]
        ("row", np.int64),  # of the next result
    ],
    align=True,
)
"""One row per zone."""

VISIT = np.dtype(
    [
        ("entry", np.float64),  # [s]
        ("front_out", np.float64),  # [s], when its front passed an exit
        ("distance", np.float64),  # [m]
        ("interval_distance", np.float64),  # [m], in the interval
        ("loss", np.float64),  # [s], since it came in
        ("interval_loss", np.float64),  # [s], in the interval
        ("speed", np.float64),  # [m/s], in the last second
        ("halt_begin", np.float64),  # [s], -1 while it drives
        ("halts", np.int64),
        ("interval_halts", np.int64),
        ("where", np.int64),  # OUTSIDE or INSIDE
    ],
    align=True,
)
"""A vehicle's stay in a zone."""

ZONE_RESULT = np.dtype(
    [
        ("begin", np.float64),  # [s]
        ("end", np.float64),  # [s]
        ("meanTravelTime", np.float64),  # [s]; -1 without vehicles, as below
        ("meanOverlapTravelTime", np.float64),  # [s]
        ("meanSpeed", np.float64),  # [m/s]
        ("meanHaltsPerVehicle", np.float64),
        ("meanTimeLoss", np.float64),  # [s]
        ("vehicleSum", np.int64),
        ("meanSpeedWithin", np.float64),  # [m/s]; this and what follows of those inside at the interval's end
        ("meanHaltsPerVehicleWithin", np.float64),
        ("meanDurationWithin", np.float64),  # [s]
        ("vehicleSumWithin", np.int64),
        ("meanIntervalSpeedWithin", np.float64),  # [m/s]
        ("meanIntervalHaltsPerVehicleWithin", np.float64),
        ("meanIntervalDurationWithin", np.float64),  # [s]
        ("meanTimeLossWithin", np.float64),  # [s], in the interval
    ],
    align=True,
)
"""One interval of one zone, named as in SUMO's output."""


class Zones(NamedTuple):
    """The books of one run."""

    zones: RecordArray  # (num_zones,) ZONE
    visits: RecordArray  # (num_vehicles, num_zones) VISIT
    results: RecordArray  # (num_rows,) ZONE_RESULT, zone after zone
    by_lane: NDArray[np.int64]  # (num_sections,) zones, lane after lane
    positions: NDArray[np.float64]  # (num_sections,) [m]
    is_exit: NDArray[np.int64]  # (num_sections,)
    first: NDArray[np.int64]  # (num_lanes + 1,) row in ``by_lane``


@kernel
def come_in(book: Zones, zone: int, move: Record, time: float, share: float) -> None:
    """Let a vehicle into a zone at a time [s], with a share of the second inside."""
    state, visit = book.zones[zone], book.visits[move.vehicle, zone]
    visit.where = INSIDE
    visit.entry, visit.front_out = time, 0.0
    visit.distance = visit.interval_distance = move.speed * share
    visit.loss = visit.interval_loss = -move.loss  # of the second in which it came in nothing is counted
    visit.halt_begin = time if move.speed < state.speed_threshold else -1.0
    visit.halts = visit.interval_halts = 0
    state.inside += 1


@kernel
def go_out(book: Zones, zone: int, move: Record, time: float, share: float) -> None:
    """Let a vehicle's back out of a zone at a time [s], with a share of the second still inside."""
    state, visit = book.zones[zone], book.visits[move.vehicle, zone]
    visit.where = OUTSIDE
    stay = time - visit.entry
    state.vehicles += 1
    state.inside -= 1
    state.travel_time += visit.front_out - visit.entry
    state.overlap_time += stay
    state.speed += (visit.distance - move.speed * (1.0 - share)) / stay
    state.loss += visit.loss + move.loss
    state.halts += visit.halts


@kernel
def pass_entry(book: Zones, zone: int, position: float, move: Record, now: int) -> None:
    """Book a move along the lane of an entry."""
    if book.visits[move.vehicle, zone].where == OUTSIDE and move.old <= position < move.new:
        share = (position - move.old) / move.speed
        come_in(book, zone, move, now - 2.0 + share, 1.0 - share)


@kernel
def pass_exit(book: Zones, zone: int, position: float, move: Record, now: int) -> None:
    """Book a move along the lane of an exit."""
    visit = book.visits[move.vehicle, zone]
    if visit.where != INSIDE:
        return
    if move.old < position <= move.new:
        visit.front_out = now - 2.0 + (position - move.old) / move.speed
    old_back, new_back = move.old - move.length, move.new - move.length
    if old_back < position <= new_back:
        share = (position - old_back) / move.speed
        go_out(book, zone, move, now - 2.0 + share, share)


@kernel
def forget(book: Zones, zone: int, vehicle: int) -> None:
    """Forget a vehicle that arrived or vanished inside a zone, as SUMO does."""
    if book.visits[vehicle, zone].where == INSIDE:
        book.visits[vehicle, zone].where = OUTSIDE
        book.zones[zone].inside -= 1


@kernel
def book_visit(book: Zones, zone: int, move: Record, now: int) -> None:
    """Add the last second of a vehicle inside a zone."""
    state, visit, step = book.zones[zone], book.visits[move.vehicle, zone], now - 1.0
    visit.distance += move.speed
    visit.interval_distance += move.speed
    visit.loss += move.loss
    visit.interval_loss += move.loss
    if move.speed >= state.speed_threshold:
        visit.halt_begin = -1.0
        return
    if visit.halt_begin == -1.0:
        visit.halt_begin = step
    if state.time_threshold <= step - visit.halt_begin < state.time_threshold + 1.0:
        visit.halts += 1
        visit.interval_halts += 1


@kernel
def mean_of(total: float, num: int) -> float:
    """Return the mean per vehicle, -1 without any, as SUMO writes it."""
    return total / num if num > 0 else -1.0


@kernel
def write_left(state: Record, result: Record) -> None:
    """Write what a result says of vehicles that left."""
    num = state.vehicles
    result.vehicleSum = num
    result.meanTravelTime = mean_of(state.travel_time, num)
    result.meanOverlapTravelTime = mean_of(state.overlap_time, num)
    result.meanSpeed = mean_of(state.speed, num)
    result.meanHaltsPerVehicle = mean_of(state.halts, num)
    result.meanTimeLoss = mean_of(state.loss, num)


@kernel
def add_within(visit: Record, result: Record, begin: float, now: int) -> None:
    """Add to a result a vehicle that is inside, and forget what it did in the interval."""
    stay = now - visit.entry
    within = min(stay, now - begin)
    result.meanSpeedWithin += visit.distance / stay
    result.meanHaltsPerVehicleWithin += visit.halts
    result.meanDurationWithin += stay
    result.meanIntervalSpeedWithin += visit.interval_distance / within
    result.meanIntervalHaltsPerVehicleWithin += visit.interval_halts
    result.meanIntervalDurationWithin += within
    result.meanTimeLossWithin += visit.interval_loss
    visit.interval_distance = visit.interval_loss = 0.0
    visit.interval_halts = 0


@kernel
def write_within(book: Zones, zone: int, result: Record, now: int) -> None:
    """Write what a result says of vehicles that are inside."""
    result.meanSpeedWithin = result.meanHaltsPerVehicleWithin = result.meanDurationWithin = 0.0
    result.meanIntervalSpeedWithin = result.meanIntervalHaltsPerVehicleWithin = 0.0
    result.meanIntervalDurationWithin = result.meanTimeLossWithin = 0.0
    for v in range(len(book.visits)):
        if book.visits[v, zone].where == INSIDE:
            add_within(book.visits[v, zone], result, book.zones[zone].begin, now)
    num = book.zones[zone].inside
    result.vehicleSumWithin = num
    result.meanSpeedWithin = mean_of(result.meanSpeedWithin, num)
    result.meanHaltsPerVehicleWithin = mean_of(result.meanHaltsPerVehicleWithin, num)
    result.meanDurationWithin = mean_of(result.meanDurationWithin, num)
    result.meanIntervalSpeedWithin = mean_of(result.meanIntervalSpeedWithin, num)
    result.meanIntervalHaltsPerVehicleWithin = mean_of(result.meanIntervalHaltsPerVehicleWithin, num)
    result.meanIntervalDurationWithin = mean_of(result.meanIntervalDurationWithin, num)
    result.meanTimeLossWithin = mean_of(result.meanTimeLossWithin, num)


@kernel
def close_interval(book: Zones, zone: int, now: int) -> None:
    """Write the result of an interval and begin anew."""
    state, result = book.zones[zone], book.results[book.zones[zone].row]
    result.begin, result.end = state.begin, now
    write_left(state, result)
    write_within(book, zone, result, now)
    state.row += 1
    state.begin, state.due = now, now + state.period
    state.travel_time = state.overlap_time = state.speed = state.loss = 0.0
    state.halts = state.vehicles = 0


@kernel
def book_sections(book: Zones, move: Record, now: int) -> None:
    """Book a move at the entries and exits of its lane: entries first, as in SUMO."""
    for is_exit in range(2):
        for k in range(book.first[move.lane], book.first[move.lane + 1]):
            if book.is_exit[k] == is_exit and move.moves == 1:
                if is_exit == 1:
                    pass_exit(book, book.by_lane[k], book.positions[k], move, now)
                else:
                    pass_entry(book, book.by_lane[k], book.positions[k], move, now)


@kernel
def book_stay(book: Zones, move: Record, now: int) -> None:
    """Book what the vehicle of a move does in the zones that it is in; all its sections must be booked."""
    for zone in range(len(book.zones)):
        if move.ends in (BY_ARRIVAL, BY_MAGIC):
            forget(book, zone, move.vehicle)
        elif book.visits[move.vehicle, zone].where == INSIDE and move.is_front == 1 and move.moves == 1:
            book_visit(book, zone, move, now)


@kernel
def book_at_zones(book: Zones, moves: Moves, num: int, now: int) -> None:
    """Book the first ``num`` moves: all that their vehicles made in the second."""
    for i in range(num):
        book_sections(book, moves.rows[i], now)
    for i in range(num):
        book_stay(book, moves.rows[i], now)


@kernel
def end_zones(book: Zones, now: int, end: int) -> None:
    """Close the intervals that end with the second that ends at ``now`` [s]."""
    for zone in range(len(book.zones)):
        if now in (book.zones[zone].due, end):
            close_interval(book, zone, now)


@entry
def book_zones(book: Zones, moves: Moves, now: int, end: int) -> None:
    """Book the second that ends at ``now`` [s], and the intervals that end with it; ``end`` [s] is the run's."""
    book_at_zones(book, moves, len(moves.rows), now)
    end_zones(book, now, end)
