"""Deciding this step's speed and carrying it out: link by link who may pass, then everybody moves.

All decisions are made from the registered plans before anybody moves, so that no vehicle's order matters.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from trafficai.core import random
from trafficai.core._compile import kernel
from trafficai.core.car_following import brake_gap, dawdle, max_next_speed, min_next_speed, stop_speed
from trafficai.core.emission_account import account_emissions
from trafficai.core.foresight import foresee_decision, foresee_lane, foresee_move
from trafficai.core.items import first_item, num_items
from trafficai.core.lane_speed import patched_speed, prepare_lane_change
from trafficai.core.lanes import enter_lane, leave_lane, mark_leaver
from trafficai.core.parameters import HALTING_SPEED, NUMERICAL_EPS, POSITION_EPS, SPEED_EPS
from trafficai.core.prospects import note_gross_lengths, note_taken
from trafficai.core.records import ARRIVED, NONE, Network, World
from trafficai.core.right_of_way import (
    STOP,
    UNDECIDED,
    ZIPPER,
    entered_with_priority,
    has_priority,
    is_cont,
    is_open,
    is_red,
    is_yellow,
)
from trafficai.core.standing import is_held
from trafficai.core.stops import heed_stop, is_stopped, relative_loss, stops_on
from trafficai.core.zipper import zipper_speed


@kernel
def register_approaches(net: Network, world: World) -> None:
    """Tell every link that somebody yields to which vehicles approach it, and how."""
    clock = world.clock[0]
    clear_approaches(net, world)
    clock.parity = 1 - clock.parity
    for k in range(clock.num_running):
        v = world.running[k]
        base = first_item(world, v)
        for row in range(base, base + num_items(world, v)):
            link = world.items[row].link
            if link != NONE and net.links[link].is_foe == 1:
                world.items[row].next = world.links[link].first_item
                world.links[link].first_item = row


@kernel
def clear_approaches(net: Network, world: World) -> None:
    """Forget the approaches of the step before."""
    for link in range(len(net.links)):
        world.links[link].first_item = NONE


@kernel
def decide_all(net: Network, world: World) -> None:
    """Decide the next speed of every running vehicle, and drop the lane-change advice that it heeded.

    Lane by lane in SUMO's order: who comes later knows the speed of those before.
    """
    lane = world.clock[0].first_active
    while lane != NONE:
        foresee_lane(world, lane)
        v = world.lanes[lane].first
        while v != NONE:
            foresee_decision(world, v)
            held = is_held(net, world, v, first_item(world, v))
            world.vehicles[v].next_speed = 0.0 if held else decide_speed(net, world, v)
            prepare_lane_change(net, world, v)
            v = world.vehicles[v].behind
        lane = world.lanes[lane].after


@kernel
def decide_speed(net: Network, world: World, v: int) -> float:
    """Return the vehicle's speed in this step [m/s]: safe, imperfect, and adapted for lane changes."""
    scan = world.scan[0]
    safe = pass_links(net, world, v)
    vehicle = world.vehicles[v]
    if safe + NUMERICAL_EPS < scan.min_pass_speed:
        if scan.can_brake_min == 1 and safe < vehicle.speed:
            driver = net.types[vehicle.type]
            stop = stop_speed(vehicle.speed, scan.min_pass_distance, driver.decel, driver, vehicle.desired_speed)
            safe = min(safe, max(min_next_speed(vehicle.speed, driver), stop))
            scan.min_pass_speed = 0.0
            vehicle.has_to_wait = 1
        else:
            scan.min_pass_speed = safe
    speed = finalize_speed(net, world, v, safe)
    if speed > 0.0:
        speed = max(speed, scan.min_pass_speed)
    return 0.0 if speed < SPEED_EPS else speed


@kernel
def pass_links(net: Network, world: World, v: int) -> float:
    """Return the highest safe speed [m/s], given which of the links ahead are open."""
    vehicle = world.vehicles[v]
    scan = world.scan[0]
    scan.min_pass_speed = -math.inf
    scan.min_pass_distance = 0.0
    scan.can_brake_min = 0
    vehicle.has_to_wait = 0
    safe = merging = math.inf
    base = first_item(world, v)
    for row in range(base, base + num_items(world, v)):
        item = world.items[row]
        if item.link == NONE or item.request == 0:
            return min(merging, wait_without_request(net, world, v, row))
        if world.links[item.link].state == ZIPPER:
            merging = min(merging, zipper_speed(net, world, item.link, item, item.pass_speed))
            continue
        safe, goes_on = pass_link(net, world, v, row)
        if not goes_on:
            break
        if math.isinf(vehicle.entry_time) and net.lanes[vehicle.lane].is_internal == 1:
            vehicle.entry_time = float(world.clock[0].time)
    return min(merging, safe)


@kernel
def wait_without_request(net: Network, world: World, v: int, row: int) -> float:
    """Return the speed of a vehicle that does not ask to pass the link; inside a junction it yields its turn."""
    vehicle, item = world.vehicles[v], world.items[row]
    if item.link != NONE and net.lanes[vehicle.lane].is_internal == 1:
        same_junction = net.links[item.link].junction == net.lanes[vehicle.lane].junction
        if same_junction and net.lanes[net.links[item.link].from_lane].is_internal == 1:
            vehicle.entry_time = math.inf
            vehicle.conflict_entry_time = math.inf
    if item.link != NONE and (item.wait_speed < vehicle.speed or item.wait_speed < HALTING_SPEED):
        vehicle.has_to_wait = 1
    return item.wait_speed


@kernel
def pass_link(net: Network, world: World, v: int, row: int) -> tuple[float, bool]:
    """Return the speed after looking at one requested link [m/s], and whether the next one matters too."""
    vehicle, item = world.vehicles[v], world.items[row]
    driver = net.types[vehicle.type]
    link = item.link
    state = world.links[link].state
    can_brake = item.distance > brake_gap(vehicle.speed, driver.decel, 0.0) or vehicle.speed < driver.decel
    if is_yellow(state) and can_brake:
        vehicle.has_to_wait = 1
        return item.wait_speed, False
    if not can_brake:
        item.waiting = math.inf
    opened = is_yellow(state) or is_open(net, world, link, item)
    if opened:
        if yields_at(net, world, link, state) and not hurry_across(net, world, v, row, can_brake):
            vehicle.has_to_wait = 1
            return item.wait_speed, False
        if state == STOP:
            vehicle.stopped_for = link
        slow = item.pass_speed < driver.decel and item.pass_speed <= item.wait_speed
        if slow and item.pass_speed < max_next_speed(vehicle.speed, driver):
            vehicle.has_to_wait = 1
        return item.pass_speed, True
    too_fast = item.distance < brake_gap(vehicle.speed, driver.emergency_decel, 0.0)
    if not can_brake and net.links[link].signal == NONE and too_fast:
        return item.pass_speed, True
    vehicle.has_to_wait = 1
    return item.wait_speed, False


@kernel
def yields_at(net: Network, world: World, link: int, state: int) -> bool:
    """Return whether the link was passed by a gap only, not by priority."""
    return not has_priority(state) and not entered_with_priority(net, world, link) and not is_cont(net, world, link)


@kernel
def hurry_across(net: Network, world: World, v: int, row: int, can_brake: bool) -> bool:
    """Make sure an opened minor link is crossed without dawdling; return False where foes can't all be seen yet."""
    vehicle, item = world.vehicles[v], world.items[row]
    driver = net.types[vehicle.type]
    scan = world.scan[0]
    unseen = item.distance > net.links[item.link].visibility
    if unseen and (can_brake or not is_yellow(world.links[item.link].state)):
        return False
    scan.min_pass_distance = item.distance
    fastest = max_next_speed(vehicle.speed, driver)
    scan.min_pass_speed = min(item.distance + POSITION_EPS, item.pass_speed, fastest)
    scan.can_brake_min = 1 if can_brake else 0
    return True


@kernel
def finalize_speed(net: Network, world: World, v: int, safe: float) -> float:
    """Return the speed within the bounds of braking and acceleration, dawdled and adapted for lane changes [m/s]."""
    vehicle = world.vehicles[v]
    driver = net.types[vehicle.type]
    clock = world.clock[0]
    lowest_emergency = max(0.0, vehicle.speed - driver.emergency_decel)
    lowest = min(min_next_speed(vehicle.speed, driver), max(safe, lowest_emergency))
    allowed = max(vehicle.desired_speed, safe)
    if len(net.stops) > 0:
        safe = heed_stop(net, world, v, safe)
    highest = max(lowest, min(allowed, max_next_speed(vehicle.speed, driver), safe))
    chance = random.uniform(clock.seed, v, clock.time, random.DAWDLE)
    wanted = max(lowest, dawdle(highest, driver.accel, driver.sigma, chance))
    return max(0.0, patched_speed(net, world, v, lowest, wanted, highest))


@kernel
def move_all(net: Network, world: World) -> None:
    """Move every running vehicle by its speed and collect what it costs on the way."""
    clock = world.clock[0]
    for k in range(clock.num_running):
        v = world.running[k]
        foresee_move(world, k)
        vehicle = world.vehicles[v]
        speed = vehicle.next_speed
        vehicle.next_speed = UNDECIDED
        vehicle.accel = speed - vehicle.speed
        vehicle.speed = speed
        vehicle.pos += speed
        vehicle.odometer += speed
        if is_stopped(net, world, v):
            vehicle.waiting = 0.0
            continue
        if speed <= HALTING_SPEED and vehicle.accel <= 0.5 * net.types[vehicle.type].accel:
            vehicle.waiting += 1.0
        else:
            vehicle.waiting = 0.0
        count_stop(net, world, v)
    clock.updates += clock.num_running


@kernel
def count_stop(net: Network, world: World, v: int) -> None:
    """Add to the trip's waiting time and number of stops, and to the stops of the interval."""
    trip = world.trips[v]
    if world.vehicles[v].speed > HALTING_SPEED:
        trip.is_waiting = 0
        return
    trip.waiting_time += 1.0
    if trip.is_waiting == 0:
        trip.stops += 1
        world.clock[0].interval_stops += 1
        lane = net.lanes[world.vehicles[v].lane].normal
        if lane != NONE:
            world.lane_sums[lane, 2] += 1.0
        trip.is_waiting = 1


@kernel
def transfer_all(net: Network, world: World, emissions: NDArray[np.float64]) -> None:
    """Hand vehicles past the end of their lane on, count their costs, and take off those that arrived."""
    clock = world.clock[0]
    note_gross_lengths(world)
    stayed = 0
    for k in range(clock.num_running):
        v = world.running[k]
        foresee_move(world, k)
        left = world.vehicles[v].lane
        if world.vehicles[v].pos > net.lanes[left].length:
            cross_links(net, world, v)
        collect_costs(net, world, v, emissions)
        if has_arrived(net, world, v):
            finish_trip(net, world, v)
            continue
        world.running[stayed] = v
        stayed += 1
        if world.vehicles[v].lane != left:
            world.newcomers[world.vehicles[v].lane] += 1
    clock.num_running = stayed


@kernel
def cross_links(net: Network, world: World, v: int) -> None:
    """Move a vehicle along the links it planned for until its position is on its lane."""
    vehicle = world.vehicles[v]
    row = first_item(world, v)
    end = row + num_items(world, v)
    first_left = vehicle.lane
    while vehicle.pos > net.lanes[vehicle.lane].length:
        if on_last_edge(net, world, v):
            return
        link = world.items[row].link if row < end else NONE
        if link == NONE or net.links[link].from_lane != vehicle.lane or is_red(world.links[link].state):
            stop_at_lane_end(net, world, v)
            return
        cross_link(net, world, v, link, first_left)
        row += 1


@kernel
def stop_at_lane_end(net: Network, world: World, v: int) -> None:
    """Hold a vehicle that could not brake before a red light or a dead end at the end of its lane."""
    vehicle = world.vehicles[v]
    length = net.lanes[vehicle.lane].length
    if vehicle.pos > length + NUMERICAL_EPS:
        world.clock[0].emergency_stops += 1
        vehicle.speed = 0.0
        vehicle.accel = 0.0
    vehicle.odometer -= vehicle.pos - length
    vehicle.pos = length


@kernel
def cross_link(net: Network, world: World, v: int, link: int, first_left: int) -> None:
    """Put the vehicle onto the lane behind one link and keep its times of entering the junction.

    ``first_left`` is the lane it was on when the second began.
    """
    vehicle = world.vehicles[v]
    left = vehicle.lane
    if net.lanes[left].normal != NONE:
        world.lane_sums[net.lanes[left].normal, 3] += 1.0
    leave_lane(net, world, v)
    vehicle.pos -= net.lanes[left].length
    mark_leaver(world, left, v, vehicle.pos)
    vehicle.previous_lane, vehicle.stopped_for = left, NONE
    target = net.links[link].next_lane
    next_edge = net.routes[vehicle.route].first_edge + vehicle.route_index + 1
    if net.lanes[target].is_internal == 0:
        vehicle.route_index += 1
        vehicle.first_option = net.route_edges[next_edge].first_option
    elif net.lanes[left].is_internal == 0:
        ahead = net.route_edges[next_edge]
        vehicle.first_option = ahead.first_inside if left == first_left else ahead.first_passed
    enter_lane(net, world, target, v)
    note_taken(net, world, v, world.brutto_before)
    note_entry(net, world, v, link)


@kernel
def note_entry(net: Network, world: World, v: int, link: int) -> None:
    """Keep when the vehicle entered the junction and its conflict area; forget both when it leaves."""
    vehicle = world.vehicles[v]
    now = float(world.clock[0].time)
    is_entry = net.links[link].via_lane != NONE and net.links[link].is_internal_junction == 0
    if is_entry:
        vehicle.entry_time = now
        vehicle.entry_time_never_yield = now
    if net.links[link].is_cont == 0 and (is_entry or net.links[link].is_internal_junction == 1):
        vehicle.conflict_entry_time = now
        vehicle.conflict_entry_never_yield = now
        vehicle.entry_time = vehicle.entry_time_never_yield
    if net.links[link].is_exit == 1:
        vehicle.entry_time = math.inf
        vehicle.entry_time_never_yield = math.inf
        vehicle.conflict_entry_time = math.inf
        vehicle.conflict_entry_never_yield = math.inf


@kernel
def on_last_edge(net: Network, world: World, v: int) -> bool:
    """Return whether the vehicle drives on the last edge of its route."""
    vehicle = world.vehicles[v]
    is_last = vehicle.route_index == net.routes[vehicle.route].num_edges - 1
    return is_last and net.lanes[vehicle.lane].is_internal == 0


@kernel
def has_arrived(net: Network, world: World, v: int) -> bool:
    """Return whether the vehicle reached its arrival position."""
    if not on_last_edge(net, world, v):
        return False
    vehicle = world.vehicles[v]
    if len(net.stops) > 0 and stops_on(net, world, v, vehicle.route_index):
        return False
    return vehicle.pos > min(net.lanes[vehicle.lane].length, net.demand[v].arrival_pos) - POSITION_EPS


@kernel
def finish_trip(net: Network, world: World, v: int) -> None:
    """Take an arrived vehicle off the road and close its trip."""
    vehicle = world.vehicles[v]
    trip = world.trips[v]
    trip.route_length = vehicle.odometer - (vehicle.pos - net.demand[v].arrival_pos)
    leave_lane(net, world, v)
    close_trip(world, v)


@kernel
def close_trip(world: World, v: int) -> None:
    """Note that the vehicle has arrived and free its slot."""
    vehicle = world.vehicles[v]
    clock = world.clock[0]
    world.trips[v].arrived = clock.time
    vehicle.status = ARRIVED
    world.slots[clock.free_slots] = vehicle.slot
    clock.free_slots += 1
    clock.num_arrived += 1


@kernel
def collect_costs(net: Network, world: World, v: int, emissions: NDArray[np.float64]) -> None:
    """Add this second's time loss [s] and what was emitted and used to the trip, the lane and the interval."""
    vehicle = world.vehicles[v]
    clock = world.clock[0]
    trip = world.trips[v]
    co2 = account_emissions(net, world, v, emissions)
    fastest = vehicle.desired_speed
    loss = (fastest - vehicle.speed) / fastest
    if len(net.stops) > 0:
        loss = relative_loss(net, world, v, fastest)
    trip.time_loss += loss
    clock.interval_delay += loss
    clock.interval_co2 += co2
    lane = net.lanes[vehicle.lane].normal
    if lane != NONE:
        world.lane_sums[lane, 0] += loss
        world.lane_sums[lane, 1] += co2
