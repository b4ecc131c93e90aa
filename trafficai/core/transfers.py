"""Vehicles that are on their way but on no lane: parked at a stop, or teleporting out of a jam.

A vehicle that stands at the head of its lane for longer than time-to-teleport is taken off it and put back on the next
edge of its route that has room; until then it moves along the route at the speed of the edges it would be on. Rules are
SUMO's (https://sumo.dlr.de/docs/Simulation/Why_Vehicles_are_teleporting.html).
"""

from __future__ import annotations

import math

from trafficai.core._compile import kernel
from trafficai.core.car_following import follow_speed, secure_gap
from trafficai.core.insertion import clear_behind, safe_departure_speed
from trafficai.core.lane_speed import forget_wishes
from trafficai.core.lanes import back_on, enter_lane, leave_lane, mean_speed
from trafficai.core.movement import close_trip
from trafficai.core.neighbours import follower_gap, missing_gap
from trafficai.core.parameters import POSITION_EPS
from trafficai.core.records import NONE, PARKED, RUNNING, TELEPORTING, Network, World
from trafficai.core.stops import has_parked, is_stopped, skip_stops, take_route

SLOWEST_TELEPORT = 1.0
"""Least speed at which a teleporting vehicle moves along its route [m/s]."""


@kernel
def start_transfers(net: Network, world: World) -> None:
    """Take vehicles that have just parked, and those that stood for too long, off their lanes."""
    if len(net.stops) > 0:
        park_all(net, world)
    if world.clock[0].time_to_teleport > 0.0:
        for lane in range(len(world.lanes)):
            v = first_not_stopped(net, world, lane)
            if v != NONE and world.vehicles[v].waiting > world.clock[0].time_to_teleport:
                start_teleport(net, world, v)


@kernel
def park_all(net: Network, world: World) -> None:
    """Take every vehicle that has reached a stop off the lane from its lane."""
    k = 0
    while k < world.clock[0].num_running:
        v = world.running[k]
        if has_parked(net, world, v):
            leave_lane(net, world, v)
            begin_transfer(world, v, PARKED)
        else:
            k += 1


@kernel
def first_not_stopped(net: Network, world: World, lane: int) -> int:
    """Return the vehicle furthest downstream on the lane that does not stand at a planned stop."""
    v = world.lanes[lane].first
    while v != NONE and is_stopped(net, world, v):
        v = world.vehicles[v].behind
    return v


@kernel
def begin_transfer(world: World, v: int, status: int) -> None:
    """Put the vehicle from those running to those in transfer, which are kept in order of their number."""
    clock = world.clock[0]
    world.vehicles[v].status = status
    place = 0
    while world.running[place] != v:
        place += 1
    clock.num_running -= 1
    world.running[place] = world.running[clock.num_running]
    place = clock.num_transfers
    while place > 0 and world.transfers[place - 1].vehicle > v:
        copy_transfer(world, place - 1, place)
        place -= 1
    transfer = world.transfers[place]
    transfer.vehicle, transfer.proceeds, transfer.since = v, NONE, clock.time
    clock.num_transfers += 1


@kernel
def copy_transfer(world: World, source: int, target: int) -> None:
    """Copy one row of the vehicles in transfer over another."""
    before, after = world.transfers[source], world.transfers[target]
    after.vehicle, after.proceeds, after.since = before.vehicle, before.proceeds, before.since


@kernel
def drop_transfer(world: World, row: int) -> None:
    """Take a row out of the vehicles in transfer."""
    clock = world.clock[0]
    for k in range(row + 1, clock.num_transfers):
        copy_transfer(world, k, k - 1)
    clock.num_transfers -= 1


@kernel
def start_teleport(net: Network, world: World, v: int) -> None:
    """Take the vehicle off its lane and set it virtually on the next edge of its route, or let it arrive."""
    vehicle = world.vehicles[v]
    world.clock[0].num_teleports += 1
    vehicle.odometer += net.lanes[vehicle.lane].length - vehicle.pos
    leave_lane(net, world, v)
    begin_transfer(world, v, TELEPORTING)
    vehicle.waiting, vehicle.speed, vehicle.accel, vehicle.pos = 0.0, 0.0, 0.0, 0.0
    come_to_next_edge(net, world, v)


@kernel
def come_to_next_edge(net: Network, world: World, v: int) -> bool:
    """Move a teleporting vehicle on to the next edge of its route; return whether there is one."""
    vehicle = world.vehicles[v]
    vehicle.route_index += 1
    if vehicle.route_index == net.routes[vehicle.route].num_edges:
        return False
    take_route(net, world, v, vehicle.route)
    if len(net.stops) > 0:
        skip_stops(net, world, v)
    return True


@kernel
def end_transfers(net: Network, world: World) -> None:
    """Put vehicles back on the road where there is room, or move those that teleport on along their routes."""
    row = 0
    while row < world.clock[0].num_transfers:
        v = world.transfers[row].vehicle
        if world.vehicles[v].status == PARKED:
            is_back = end_parking(net, world, row)
        else:
            is_back = continue_teleport(net, world, row)
        if is_back:
            drop_transfer(world, row)
        else:
            row += 1


@kernel
def end_parking(net: Network, world: World, row: int) -> bool:
    """Let time pass at the stop; after it, put the vehicle back on its lane if there is room."""
    transfer = world.transfers[row]
    v = transfer.vehicle
    vehicle, halt = world.vehicles[v], world.halts[v]
    if transfer.since != world.clock[0].time:
        halt.left -= 1.0
    if halt.left > 1.0:
        return False
    if is_back_at(net, world, v, vehicle.lane, vehicle.pos, 0.0):
        return True
    wait_to_get_back(world, v)
    return False


@kernel
def wait_to_get_back(world: World, v: int) -> None:
    """Count the second in which a vehicle that wants to leave its parking place could not."""
    trip = world.trips[v]
    trip.waiting_time += 1.0
    if trip.is_waiting == 0:
        trip.stops += 1
        trip.is_waiting = 1


@kernel
def continue_teleport(net: Network, world: World, row: int) -> bool:
    """Put the vehicle back on the edge it has come to if there is room, else move on; return whether it is done."""
    transfer = world.transfers[row]
    v = transfer.vehicle
    vehicle = world.vehicles[v]
    if vehicle.route_index == net.routes[vehicle.route].num_edges:
        arrive(world, v)
        return True
    edge = net.route_edges[net.routes[vehicle.route].first_edge + vehicle.route_index].edge
    lane = free_lane(net, world, v, edge)
    if lane != NONE and is_back_on(net, world, v, lane):
        return True
    now = world.clock[0].time
    if transfer.proceeds == NONE:
        transfer.proceeds = now + travel_time(net, world, edge)
    elif transfer.proceeds < now:
        vehicle.odometer += net.lanes[net.edges[edge].first_lane].length
        if not come_to_next_edge(net, world, v):
            arrive(world, v)
            return True
        transfer.proceeds = now + travel_time(net, world, edge)
    return False


@kernel
def arrive(world: World, v: int) -> None:
    """Let a vehicle that teleported beyond its last edge arrive."""
    world.trips[v].route_length = world.vehicles[v].odometer
    close_trip(world, v)


@kernel
def travel_time(net: Network, world: World, edge: int) -> int:
    """Return how long the edge takes at the present mean speed of its vehicles, in whole seconds [s]."""
    first = net.edges[edge].first_lane
    total, num = 0.0, 0
    for lane in range(first, first + net.edges[edge].num_lanes):
        total += mean_speed(net, world, lane) * world.lanes[lane].count
        num += world.lanes[lane].count
    speed = total / num if num > 0 else net.lanes[first].speed
    return math.ceil(net.lanes[first].length / max(speed, SLOWEST_TELEPORT))


@kernel
def free_lane(net: Network, world: World, v: int, edge: int) -> int:
    """Return the lane of the edge that leads on along the route with the largest gap at its start; NONE if all full."""
    vehicle = world.vehicles[v]
    bit = net.types[vehicle.type].class_bit
    is_last = vehicle.route_index == net.routes[vehicle.route].num_edges - 1
    row = net.routes[vehicle.route].first_edge + vehicle.route_index
    target = NONE if is_last else net.route_edges[row + 1].edge
    found, largest = NONE, 0.0
    first = net.edges[edge].first_lane
    for lane in range(first, first + net.edges[edge].num_lanes):
        if net.lanes[lane].allowed & bit == 0 or not (is_last or leads_to(net, lane, target)):
            continue
        last = world.lanes[lane].last
        gap = net.lanes[lane].length if last == NONE else world.vehicles[last].pos
        if gap > largest:
            found, largest = lane, gap
    return found


@kernel
def leads_to(net: Network, lane: int, edge: int) -> bool:
    """Return whether a link leads from the lane to the edge."""
    for link in range(net.lanes[lane].first_link, net.lanes[lane].first_link + net.lanes[lane].num_links):
        if net.lanes[net.links[link].to_lane].edge == edge:
            return True
    return False


@kernel
def is_back_on(net: Network, world: World, v: int, lane: int) -> bool:
    """Put the vehicle back at the start of the lane or in a gap between two vehicles; return whether there was one."""
    vehicle = world.vehicles[v]
    driver = net.types[vehicle.type]
    fastest = min(net.lanes[lane].speed, driver.max_speed)
    start = min(net.lanes[lane].length, driver.length)
    first = world.lanes[lane].first
    if first == NONE:
        pos = start + missing_gap_behind(net, world, v, lane, start, fastest)
        return pos <= net.lanes[lane].length and is_back_at(net, world, v, lane, pos, fastest)
    ahead = world.vehicles[first]
    decel = net.types[ahead.type].decel
    gap = secure_gap(ahead.speed, ahead.speed, decel, driver) + driver.min_gap
    if back_on(net, world, first, lane) >= gap:
        speed = min(fastest, follow_speed(fastest, gap, ahead.speed, decel, driver, fastest))
        if is_back_at(net, world, v, lane, start, speed):
            return True
    follower = world.lanes[lane].last
    while follower != NONE:
        leader = world.vehicles[follower].ahead
        pos, speed = gap_ahead_of(net, world, v, lane, follower)
        if pos >= 0.0 and is_back_at(net, world, v, lane, pos, speed):
            return True
        follower = leader
    return False


@kernel
def gap_ahead_of(net: Network, world: World, v: int, lane: int, follower: int) -> tuple[float, float]:
    """Return position [m] and speed [m/s] for the vehicle between the follower and its leader; -1 without room."""
    driver, behind = net.types[world.vehicles[v].type], world.vehicles[follower]
    speed = min(net.lanes[lane].speed, driver.max_speed)
    front = net.lanes[lane].length
    if behind.ahead != NONE:
        ahead = world.vehicles[behind.ahead]
        speed = min(speed, ahead.speed)
        needed = secure_gap(speed, ahead.speed, net.types[ahead.type].decel, driver)
        front = back_on(net, world, behind.ahead, lane) - needed - driver.min_gap
    behind_driver = net.types[behind.type]
    needed = secure_gap(behind.speed, 0.0, driver.decel, behind_driver)
    pos = behind.pos + behind_driver.min_gap + needed + driver.length + POSITION_EPS
    has_room = front > min(net.lanes[lane].length, driver.length) and pos < front
    return pos if has_room else -1.0, speed


@kernel
def missing_gap_behind(net: Network, world: World, v: int, lane: int, pos: float, speed: float) -> float:
    """Return how much further downstream the vehicle would have to stand for those behind to brake in time [m]."""
    driver = net.types[world.vehicles[v].type]
    follower, gap = follower_gap(net, world, v, lane, pos - driver.length, 0.0)
    if follower == NONE:
        return 0.0
    return max(0.0, missing_gap(net, world, v, follower, gap, speed))


@kernel
def is_back_at(net: Network, world: World, v: int, lane: int, pos: float, speed: float) -> bool:
    """Put the vehicle back on the lane at a position if that is safe for all, at most at ``speed`` [m/s]."""
    safe = safe_departure_speed(net, world, v, lane, pos, speed, True)
    if safe < 0.0 or not clear_behind(net, world, v, lane, pos, min(speed, safe)):
        return False
    vehicle, clock = world.vehicles[v], world.clock[0]
    if vehicle.status == TELEPORTING:
        vehicle.odometer += pos
        vehicle.previous_lane = vehicle.stopped_for = NONE
    vehicle.status = RUNNING
    vehicle.pos, vehicle.speed, vehicle.accel = pos, min(speed, safe), 0.0
    vehicle.entry_time = vehicle.entry_time_never_yield = math.inf
    vehicle.conflict_entry_time = vehicle.conflict_entry_never_yield = math.inf
    forget_wishes(vehicle)
    vehicle.left_space, vehicle.blocker_length = 0.0, 0.0
    vehicle.num_items_even = vehicle.num_items_odd = 0
    vehicle.has_to_wait = vehicle.lane_change_state = vehicle.num_advices = vehicle.dont_brake = 0
    enter_lane(net, world, lane, v)
    world.running[clock.num_running] = v
    clock.num_running += 1
    return True
