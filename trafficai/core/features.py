"""What detectors and cameras would see of a world, written as one row of numbers: the fields of a Snapshot."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.core._compile import kernel
from trafficai.core.parameters import HALTING_SPEED
from trafficai.core.phase_wait import change_begin, phase_wait, urgent_link
from trafficai.core.records import NONE, Network, RecordArray, World
from trafficai.core.sights import lane_wait
from trafficai.core.signal_records import Record, SignalState, SignalTables
from trafficai.core.signals import green_since
from trafficai.datatypes.snapshot import CELL_M, DETECTION_RANGE_M, NEAR_RANGE_M, NO_TRANSIT_M, Snapshot

MG_PER_G = 1000.0
MS_PER_S = 1000

STARTS = np.dtype([(name, np.int64) for name in Snapshot._fields])
"""Position of the first feature of each field."""


class Sheet(NamedTuple):
    """A row for each world of a batch: its features now, those at the decision before, the values of its formulas."""

    values: NDArray[np.float64]  # (num_worlds, widest row)


class Places(NamedTuple):
    """Where the features of a scenario lie in a row."""

    starts: RecordArray  # (1,) STARTS
    size: NDArray[np.int64]  # (1,) number of features
    cells: NDArray[np.int64]  # (num_normal_lanes, 2) first cell and number of cells
    transit: NDArray[np.int64]  # (num_vehicle_types,) 1 for buses and trams that are to be told apart


@kernel
def remember_features(places: Places, sheet: Sheet, w: int) -> None:
    """Make the features of now those of the decision before."""
    size = places.size[0]
    for i in range(size):
        sheet.values[w, size + i] = sheet.values[w, i]


@kernel
def fill_features(
    net: Network, world: World, tables: SignalTables, signals: SignalState, places: Places, sheet: Sheet, w: int
) -> None:
    """Write the features of a world into row ``w``."""
    starts, clock = places.starts[0], world.clock[0]
    for i in range(starts.lane_count, starts.signal_phase):
        sheet.values[w, i] = 0.0
    for i in range(starts.transit_distance, starts.signal_phase):
        sheet.values[w, i] = NO_TRANSIT_M
    for k in range(clock.num_running):
        count_vehicle(net, world, world.running[k], places, sheet, w)
    fill_lanes(world, starts, sheet, w)
    fill_signals(tables, signals, clock.time * MS_PER_S, starts, sheet, w)
    for edge in range(len(world.edges)):
        sheet.values[w, starts.edge_backlog + edge] = world.edges[edge].num_waiting
    fill_totals(clock, starts, sheet, w)
    fill_fault(world, starts, sheet, w)


@kernel
def fill_lanes(world: World, starts: Record, sheet: Sheet, w: int) -> None:
    """Write what is summed over the interval on every lane."""
    for row in range(len(world.lane_sums)):
        sheet.values[w, starts.lane_time_loss_in_interval + row] = world.lane_sums[row, 0]
        sheet.values[w, starts.lane_co2_in_interval + row] = world.lane_sums[row, 1] / MG_PER_G
        sheet.values[w, starts.lane_stops_in_interval + row] = world.lane_sums[row, 2]
        sheet.values[w, starts.lane_left_in_interval + row] = world.lane_sums[row, 3]


@kernel
def fill_signals(tables: SignalTables, signals: SignalState, now: int, starts: Record, sheet: Sheet, w: int) -> None:
    """Write what the signals show at ``now`` [ms], and how long each of their green phases would have to wait."""
    for i in range(len(signals.signals)):
        sheet.values[w, starts.signal_phase + i] = signals.signals[i].target
        sheet.values[w, starts.signal_elapsed + i] = green_since(signals, i, now / MS_PER_S)
        begin = change_begin(tables, signals, i, now)
        urgent = urgent_link(tables, signals, i, begin)
        first = starts.phase_wait + tables.signals[i].first_green
        for green in range(tables.signals[i].num_green):
            sheet.values[w, first + green] = phase_wait(tables, signals, i, green, begin, urgent, now)


@kernel
def fill_totals(clock: Record, starts: Record, sheet: Sheet, w: int) -> None:
    """Write what is one number for the whole world."""
    sheet.values[w, starts.time] = clock.time
    sheet.values[w, starts.delay_in_interval] = clock.interval_delay
    sheet.values[w, starts.co2_in_interval] = clock.interval_co2 / MG_PER_G
    sheet.values[w, starts.stops_in_interval] = clock.interval_stops
    sheet.values[w, starts.seconds_in_interval] = clock.interval_seconds
    sheet.values[w, starts.total_inserted] = clock.num_inserted
    sheet.values[w, starts.total_arrived] = clock.num_arrived
    sheet.values[w, starts.total_running] = clock.num_running + clock.num_transfers
    sheet.values[w, starts.total_waiting_to_enter] = clock.num_waiting


@kernel
def fill_fault(world: World, starts: Record, sheet: Sheet, w: int) -> None:
    """Write the first fault that the signal monitor saw: rule, time [s], signal, two positions."""
    log, first = world.watch_log[0], starts.signal_fault
    sheet.values[w, first] = log.rule
    sheet.values[w, first + 1] = log.time // MS_PER_S
    sheet.values[w, first + 2] = log.signal
    sheet.values[w, first + 3] = log.place
    sheet.values[w, first + 4] = log.other


@kernel
def count_vehicle(net: Network, world: World, v: int, places: Places, sheet: Sheet, w: int) -> None:
    """Count a vehicle on the normal lane it is on."""
    vehicle, starts = world.vehicles[v], places.starts[0]
    row = net.lanes[vehicle.lane].normal
    if row == NONE:
        return
    distance, waiting = net.lanes[vehicle.lane].length - vehicle.pos, vehicle.waiting
    is_halted = 1.0 if vehicle.speed <= HALTING_SPEED else 0.0
    sheet.values[w, starts.lane_count + row] += 1.0
    sheet.values[w, starts.lane_queue + row] += is_halted
    sheet.values[w, starts.lane_speed_sum + row] += vehicle.speed
    sheet.values[w, starts.lane_waiting + row] += waiting
    if waiting > sheet.values[w, starts.lane_longest_wait + row]:
        sheet.values[w, starts.lane_longest_wait + row] = waiting
    if distance <= NEAR_RANGE_M:
        sheet.values[w, starts.lane_near + row] += 1.0
    if distance <= DETECTION_RANGE_M:
        sheet.values[w, starts.lane_seen + row] += 1.0
        sheet.values[w, starts.lane_seen_queue + row] += is_halted
        sheet.values[w, starts.lane_seen_speed_sum + row] += vehicle.speed
        sheet.values[w, starts.lane_seen_waiting + row] += waiting
    sheet.values[w, starts.lane_length_sum + row] += net.types[vehicle.type].length
    sheet.values[w, starts.lane_relative_speed_sum + row] += vehicle.speed / vehicle.desired_speed
    sheet.values[w, starts.lane_own_waiting + row] += lane_wait(net, world, v)
    cell = int(distance / CELL_M)
    if cell < places.cells[row, 1]:
        sheet.values[w, starts.cell_count + places.cells[row, 0] + cell] += 1.0
        sheet.values[w, starts.cell_speed_sum + places.cells[row, 0] + cell] += vehicle.speed
    if places.transit[vehicle.type]:
        nearest = starts.transit_distance + row
        sheet.values[w, nearest] = min(sheet.values[w, nearest], distance)
