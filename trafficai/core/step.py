"""One second of traffic, in the order of its physics, and the start of a run."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trafficai.core._compile import kernel
from trafficai.core.active_lanes import follow_moves, update_active_lanes
from trafficai.core.conflict_monitor import forget_links, reset_watch, watch_links
from trafficai.core.insertion import insert_due
from trafficai.core.lane_changing import change_lanes
from trafficai.core.movement import decide_all, move_all, register_approaches, transfer_all
from trafficai.core.parameters import DEFAULT_DECEL
from trafficai.core.planning import plan_all
from trafficai.core.records import LANE_SUMS, NONE, SCHEDULED, Network, World
from trafficai.core.sights import reset_sights
from trafficai.core.signals import SignalState, SignalTables, advance_signals, reset_signals
from trafficai.core.stops import reset_stops
from trafficai.core.transfers import end_transfers, start_transfers

LETTERS = np.array([114, 121, 103, 71, 117, 115, 111, 79], dtype=np.int32)
"""ASCII code of each colour code of ``signals``, in its order: r y g G u s o O."""


@kernel
def step(
    net: Network,
    world: World,
    tables: SignalTables,
    signals: SignalState,
    requested: NDArray[np.int32],
    emissions: NDArray[np.float64],
) -> bool:
    """Simulate the second that begins at the world's clock; False where it waits for more room for drive items."""
    clock = world.clock[0]
    if clock.items_full == 0:
        advance_signals(tables, signals, requested, float(clock.time))
        show_signals(net, world, signals)
        watch_links(net, world)
        update_active_lanes(net, world)
    clock.items_full = 0 if plan_all(net, world) else 1
    if clock.items_full == 1:
        return False
    register_approaches(net, world)
    decide_all(net, world)
    move_all(net, world)
    transfer_all(net, world, emissions)
    follow_moves(net, world)
    start_transfers(net, world)
    change_lanes(net, world)
    insert_due(net, world)
    end_transfers(net, world)
    clock.interval_delay += clock.num_waiting
    clock.time += 1
    clock.interval_seconds += 1
    return True


@kernel
def show_signals(net: Network, world: World, signals: SignalState) -> None:
    """Copy the colours of signals that changed to their links."""
    for k in range(len(net.signal_links)):
        link = net.signal_links[k]
        signal = net.links[link].signal
        if signals.signals[signal].changed == 1:
            world.links[link].state = LETTERS[signals.colours[signal, net.links[link].signal_index]]


@kernel
def reset(net: Network, world: World, tables: SignalTables, signals: SignalState, seed: np.uint64, begin: int) -> None:
    """Empty the world and put its clock to ``begin`` [s]; link states of unsignalled links must be set already."""
    clock = world.clock[0]
    clock.time, clock.seed, clock.updates = begin, seed, 0
    clock.next_departure = clock.num_running = clock.num_arrived = clock.num_waiting = clock.num_inserted = 0
    clock.first_waiting = clock.last_waiting = clock.first_active = clock.last_active = NONE
    clock.num_transfers = clock.num_teleports = 0
    clock.parity = clock.items_full = clock.emergency_stops = clock.overlaps = 0
    clock.interval_stops = clock.interval_seconds = 0
    clock.interval_delay = clock.interval_co2 = 0.0
    clock.speed_factor, clock.decel, clock.min_gap = 1.0, DEFAULT_DECEL, 0.0
    clock.free_slots = len(world.slots)
    for slot in range(len(world.slots)):
        world.slots[slot] = len(world.slots) - 1 - slot
    for v in range(len(world.vehicles)):
        reset_trip(world, v)
    reset_stops(net, world)
    reset_sights(world)
    for lane in range(len(world.lanes)):
        reset_lane(world, lane)
    for link in range(len(world.links)):
        world.links[link].first_item = NONE
    for edge in range(len(world.edges)):
        world.edges[edge].num_waiting, world.edges[edge].changed = 0, -1
    clear_lane_sums(world)
    reset_signals(tables, signals, float(begin))
    reset_watch(net, world, begin)
    forget_links(net, world)


@kernel
def reset_trip(world: World, v: int) -> None:
    """Put a vehicle back to before its departure."""
    vehicle, trip = world.vehicles[v], world.trips[v]
    vehicle.status = SCHEDULED
    vehicle.lane = vehicle.ahead = vehicle.behind = NONE
    trip.inserted = trip.arrived = np.nan
    trip.time_loss = trip.waiting_time = trip.route_length = 0.0
    trip.co2 = trip.fuel = trip.nox = trip.pmx = trip.electricity = 0.0
    if len(world.opinions) > 0:
        world.opinions[v, 0] = world.opinions[v, 1] = 0.0
    trip.stops = trip.is_waiting = 0


@kernel
def reset_lane(world: World, lane: int) -> None:
    """Empty a lane."""
    state = world.lanes[lane]
    world.brutto_lengths[lane] = 0.0
    state.leaver_odometer = state.density = 0.0
    state.first = state.last = state.leaver = state.candidate = NONE
    state.first_blocked = state.last_blocked = NONE
    state.count = state.is_active = 0
    state.before = state.after = NONE
    world.newcomers[lane] = 0
    state.failed_insertion = -1


@kernel
def start_interval(world: World) -> None:
    """Forget the sums of the interval before."""
    clock = world.clock[0]
    clock.interval_delay = clock.interval_co2 = 0.0
    clock.interval_stops = clock.interval_seconds = 0
    clear_lane_sums(world)


@kernel
def clear_lane_sums(world: World) -> None:
    """Set the interval's sums of every lane to zero."""
    for row in range(len(world.lane_sums)):
        for column in range(LANE_SUMS):
            world.lane_sums[row, column] = 0.0
