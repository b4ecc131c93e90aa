"""Departures: a queue of vehicles that are due, and whether there is room for each where it wants to start.

A vehicle that finds no safe gap waits outside; its wait is depart delay. Attributes are SUMO's
(https://sumo.dlr.de/docs/Definition_of_Vehicles%2C_Vehicle_Types%2C_and_Routes.html).
"""

from __future__ import annotations

import math

from trafficai.core import random
from trafficai.core._compile import kernel
from trafficai.core.car_following import (
    brake_gap,
    insertion_follow_speed,
    insertion_free_speed,
    insertion_stop_speed,
    secure_gap,
)
from trafficai.core.departure_lane import departure_lane, prepare_vehicle, start_edge
from trafficai.core.lane_speed import forget_wishes
from trafficai.core.lanes import back_on, enter_lane, last_on, leaver_back, max_speed_on, mean_speed
from trafficai.core.neighbours import follower_gap
from trafficai.core.parameters import POSITION_EPS
from trafficai.core.records import (
    NONE,
    POS_BASE,
    POS_FREE,
    POS_GIVEN,
    POS_LAST,
    POS_RANDOM_FREE,
    POS_STOP,
    RUNNING,
    SPEED_AVG,
    SPEED_DESIRED,
    SPEED_GIVEN,
    SPEED_LAST,
    SPEED_LIMIT,
    SPEED_RANDOM,
    Network,
    World,
)
from trafficai.core.right_of_way import UNDECIDED, has_priority, is_red
from trafficai.core.stops import departs_for_stop, speed_before_own_stop, stop_position


@kernel
def insert_due(net: Network, world: World) -> None:
    """Queue the vehicles that are due and insert those that find room, in order of departure."""
    queue_due(net, world)
    clock = world.clock[0]
    previous = NONE
    v = clock.first_waiting
    while v != NONE:
        following = world.waiting[v]
        if try_insertion(net, world, v):
            unqueue(net, world, previous, v)
        else:
            previous = v
        v = following


@kernel
def queue_due(net: Network, world: World) -> None:
    """Append the vehicles whose departure time has come to the queue."""
    clock = world.clock[0]
    while clock.next_departure < len(net.demand) and net.demand[clock.next_departure].depart <= clock.time:
        v = clock.next_departure
        world.waiting[v] = NONE
        if clock.last_waiting == NONE:
            clock.first_waiting = v
        else:
            world.waiting[clock.last_waiting] = v
        clock.last_waiting = v
        clock.num_waiting += 1
        world.edges[start_edge(net, v)].num_waiting += 1
        clock.next_departure += 1


@kernel
def unqueue(net: Network, world: World, previous: int, v: int) -> None:
    """Take an inserted vehicle out of the queue."""
    clock = world.clock[0]
    if previous == NONE:
        clock.first_waiting = world.waiting[v]
    else:
        world.waiting[previous] = world.waiting[v]
    if clock.last_waiting == v:
        clock.last_waiting = previous
    clock.num_waiting -= 1
    world.edges[start_edge(net, v)].num_waiting -= 1


@kernel
def try_insertion(net: Network, world: World, v: int) -> bool:
    """Insert the vehicle if its departure lane has room; one failure closes a lane for the rest of the step."""
    clock = world.clock[0]
    if clock.free_slots == 0:
        return False
    lane = departure_lane(net, world, v)
    if lane == NONE or world.lanes[lane].failed_insertion == clock.time:
        return False
    if insert_on(net, world, v, lane):
        return True
    world.lanes[lane].failed_insertion = clock.time
    return False


@kernel
def insert_on(net: Network, world: World, v: int, lane: int) -> bool:
    """Insert the vehicle on the lane by its departPos and departSpeed if that is safe."""
    prepare_vehicle(net, world, v, lane)
    speed, may_lower = departure_speed(net, world, v, lane)
    demand = net.demand[v]
    length = net.lanes[lane].length
    base = min(net.types[demand.type].length + POSITION_EPS, length)
    mode = demand.depart_pos_mode
    if departs_for_stop(net, world, v):
        halt = max(0.0, stop_position(net, world, v))
        if mode == POS_STOP and lane == net.stops[demand.first_stop].lane:
            return insert_at(net, world, v, lane, halt, speed, may_lower)
        base = min(base, halt)
    if mode == POS_GIVEN:
        pos = demand.depart_pos if demand.depart_pos >= 0.0 else demand.depart_pos + length
        return insert_at(net, world, v, lane, min(max(pos, 0.0), length), speed, may_lower)
    if mode == POS_LAST:
        pos = behind_last(net, world, v, lane, speed)
        return pos >= 0.0 and insert_at(net, world, v, lane, pos, speed, may_lower)
    if mode == POS_FREE:
        return insert_in_gap(net, world, v, lane, speed)
    if mode == POS_BASE or mode == POS_STOP:
        return insert_at(net, world, v, lane, base, speed, may_lower)
    return insert_at_random(net, world, v, lane, base, speed, may_lower)


@kernel
def insert_at_random(net: Network, world: World, v: int, lane: int, base: float, speed: float, may_lower: bool) -> bool:
    """Insert the vehicle at a position drawn at random; random_free draws ten times, then tries the lane's start."""
    clock = world.clock[0]
    is_free = net.demand[v].depart_pos_mode == POS_RANDOM_FREE
    for attempt in range(10 if is_free else 1):
        draw = random.uniform(clock.seed, v, clock.time * 16 + attempt, random.DEPART_POS)
        if insert_at(net, world, v, lane, base + draw * (net.lanes[lane].length - base), speed, may_lower):
            return True
    return is_free and insert_at(net, world, v, lane, base, speed, may_lower)


@kernel
def insert_in_gap(net: Network, world: World, v: int, lane: int, wanted: float) -> bool:
    """Insert the vehicle at the lane's start or in the first gap between two vehicles that is safe for both."""
    ego = world.vehicles[v]
    driver = net.types[ego.type]
    follower = world.lanes[lane].last
    if follower == NONE:
        return insert_at(net, world, v, lane, 0.0, wanted, True)
    first = world.lanes[lane].first
    ahead = world.vehicles[first]
    decel = net.types[ahead.type].decel
    gap = secure_gap(ahead.speed, ahead.speed, decel, driver) + driver.min_gap
    if back_on(net, world, first, lane) >= gap:
        speed = min(wanted, insertion_follow_speed(wanted, gap, ahead.speed, decel, driver, ego.desired_speed))
        if insert_at(net, world, v, lane, 0.0, speed, True):
            return True
    while follower != NONE:
        behind = world.vehicles[follower]
        leader = behind.ahead
        speed, front = wanted, net.lanes[lane].length
        if leader != NONE:
            ahead = world.vehicles[leader]
            speed = min(wanted, ahead.speed)
            needed = secure_gap(speed, ahead.speed, net.types[ahead.type].decel, driver)
            front = back_on(net, world, leader, lane) - needed - driver.min_gap
        behind_driver = net.types[behind.type]
        needed = secure_gap(behind.speed, 0.0, driver.decel, behind_driver)
        pos = behind.pos + behind_driver.min_gap + needed + driver.length + POSITION_EPS
        if pos < front and insert_at(net, world, v, lane, pos, speed, True):
            return True
        follower = leader
    return False


@kernel
def behind_last(net: Network, world: World, v: int, lane: int, speed: float) -> float:
    """Return the position as close behind the last vehicle on the lane as is safe [m]; negative if there is none."""
    last = last_on(net, world, lane)
    if last == NONE:
        return net.lanes[lane].length - POSITION_EPS
    driver, leader = net.types[net.demand[v].type], world.vehicles[last]
    needed = secure_gap(speed, leader.speed, net.types[leader.type].decel, driver) + driver.min_gap + POSITION_EPS
    return min(back_on(net, world, last, lane) - needed, net.lanes[lane].length - POSITION_EPS)


@kernel
def departure_speed(net: Network, world: World, v: int, lane: int) -> tuple[float, bool]:
    """Return the wanted speed [m/s], and whether it may be lowered to be safe."""
    demand = net.demand[v]
    vehicle = world.vehicles[v]
    clock = world.clock[0]
    fastest = max_speed_on(net, vehicle, lane)
    mode = demand.depart_speed_mode
    if mode == SPEED_GIVEN:
        return demand.depart_speed, False
    if mode == SPEED_RANDOM:
        return fastest * random.uniform(clock.seed, v, clock.time, random.DEPART_SPEED), True
    if mode == SPEED_DESIRED:
        return fastest, False
    if mode == SPEED_LIMIT:
        return net.lanes[lane].speed, False
    if mode == SPEED_LAST:
        last = last_on(net, world, lane)
        return fastest if last == NONE else min(fastest, world.vehicles[last].speed), last == NONE
    if mode == SPEED_AVG:
        return min(fastest, mean_speed(net, world, lane)), last_on(net, world, lane) == NONE
    return fastest, True


@kernel
def insert_at(net: Network, world: World, v: int, lane: int, pos: float, speed: float, may_lower: bool) -> bool:
    """Insert the vehicle at a position if no leader or follower comes too close; its speed may be lowered or not."""
    speed = safe_departure_speed(net, world, v, lane, pos, speed, may_lower)
    if speed < 0.0 or not clear_behind(net, world, v, lane, pos, speed):
        return False
    place(net, world, v, lane, pos, speed)
    return True


@kernel
def lowered(speed: float, safe: float, may_lower: bool) -> float:
    """Return the speed that is left of a wanted one where only ``safe`` is safe [m/s]; negative if that is too low."""
    if safe >= speed or speed <= 0.0:
        return speed
    return max(safe, -1.0) if may_lower else -1.0


@kernel
def safe_departure_speed(
    net: Network, world: World, v: int, lane: int, pos: float, speed: float, may_lower: bool
) -> float:
    """Return the speed [m/s], at most ``speed``, that is safe for what lies ahead; negative if there is no room."""
    if len(net.stops) > 0:
        may_stop = may_lower or net.demand[v].depart_speed_mode in (SPEED_DESIRED, SPEED_LIMIT)
        speed = lowered(speed, speed_before_own_stop(net, world, v, lane, pos, speed), may_stop)
        if speed < 0.0:
            return speed
    leader, back = NONE, leaver_back(net, world, lane)
    candidate = world.lanes[lane].last
    while candidate != NONE and world.vehicles[candidate].pos < pos:
        candidate = world.vehicles[candidate].ahead
    if candidate != NONE:
        leader, back = candidate, back_on(net, world, candidate, lane)
    elif not math.isinf(back):
        leader = world.lanes[lane].leaver
    if leader != NONE:
        speed = speed_behind(net, world, v, leader, back - pos, speed, may_lower)
    return speed if speed < 0.0 else safe_speed_beyond(net, world, v, lane, pos, speed, may_lower)


@kernel
def speed_behind(
    net: Network, world: World, v: int, leader: int, distance: float, speed: float, may_lower: bool
) -> float:
    """Return the speed that is safe ``distance`` metres behind a leader's back [m/s]; negative if there is none."""
    driver, desired = net.types[world.vehicles[v].type], world.vehicles[v].desired_speed
    gap = distance - driver.min_gap
    if gap < 0.0:
        return -1.0
    ahead = world.vehicles[leader]
    safe = insertion_follow_speed(speed, gap, ahead.speed, net.types[ahead.type].decel, driver, desired)
    return lowered(speed, safe, may_lower)


@kernel
def safe_speed_beyond(
    net: Network, world: World, v: int, lane: int, pos: float, speed: float, may_lower: bool
) -> float:
    """Return the speed [m/s], at most ``speed``, that is safe for what comes beyond the lane's end."""
    vehicle = world.vehicles[v]
    driver = net.types[vehicle.type]
    mode = net.demand[v].depart_speed_mode
    row = net.routes[vehicle.route].first_edge + vehicle.route_index
    option = net.route_edges[row].first_option + net.lanes[lane].index
    seen = net.lanes[lane].length - pos
    edges_left = net.routes[vehicle.route].num_edges - 1 - vehicle.route_index
    while speed >= 0.0 and seen < brake_gap(speed, driver.decel, driver.tau) + driver.min_gap:
        is_normal = net.lanes[lane].is_internal == 0
        if is_normal and edges_left == 0:
            return speed
        link = net.options[option].link if is_normal else net.lanes[lane].first_link
        if link == NONE:
            return lowered(speed, insertion_stop_speed(speed, seen, driver, vehicle.desired_speed), may_lower)
        state = world.links[link].state
        if is_red(state) or not has_priority(state):
            may_stop = may_lower or mode in (SPEED_DESIRED, SPEED_LIMIT)
            speed = lowered(speed, insertion_stop_speed(speed, seen, driver, vehicle.desired_speed), may_stop)
            if seen >= driver.min_gap:
                return speed
        if is_normal:
            option = net.options[option].next_option
        lane = net.links[link].next_lane
        if net.lanes[lane].is_internal == 0:
            edges_left -= 1
        speed = safe_speed_over(net, world, v, link, seen, speed, may_lower)
        seen += net.lanes[lane].length
    return speed


@kernel
def safe_speed_over(net: Network, world: World, v: int, link: int, seen: float, speed: float, may_lower: bool) -> float:
    """Return the speed [m/s], at most ``speed``, that is safe for the lane behind a link ``seen`` metres ahead."""
    vehicle = world.vehicles[v]
    driver, lane = net.types[vehicle.type], net.links[link].next_lane
    leader = last_on(net, world, lane)
    if leader != NONE and speed >= 0.0:
        speed = speed_behind(net, world, v, leader, seen + back_on(net, world, leader, lane), speed, may_lower)
    if net.demand[v].depart_speed_mode != SPEED_GIVEN:
        limit = max_speed_on(net, vehicle, lane)
        speed = min(speed, insertion_free_speed(speed, seen, limit, driver, vehicle.desired_speed))
    if someone_conflicts(net, world, link):
        speed = lowered(speed, insertion_stop_speed(speed, seen, driver, vehicle.desired_speed), may_lower)
    return speed


@kernel
def someone_conflicts(net: Network, world: World, link: int) -> bool:
    """Return whether anybody is on an internal lane that conflicts with the one behind ``link``.

    Inside a junction with the one before it, and on lanes that start together with that one too.
    """
    is_entry = net.links[link].via_lane != NONE and net.links[link].is_internal_junction == 0
    exit_link = net.lanes[net.links[link].via_lane].first_link if is_entry else link
    first = net.links[exit_link].first_conflict
    for k in range(first, first + net.links[exit_link].num_conflicts):
        if is_entry and net.conflicts[k].same_source == 1:
            continue
        if last_on(net, world, net.conflicts[k].foe_lane) != NONE:
            return True
    return False


@kernel
def clear_behind(net: Network, world: World, v: int, lane: int, pos: float, speed: float) -> bool:
    """Return whether the vehicle behind could stop behind one that departs at ``pos`` with ``speed``."""
    driver = net.types[world.vehicles[v].type]
    back = pos - driver.length
    follower = world.lanes[lane].first
    while follower != NONE and world.vehicles[follower].pos >= pos:
        follower = world.vehicles[follower].behind
    if follower != NONE:
        gap = back - world.vehicles[follower].pos
    else:
        follower, gap = follower_gap(net, world, v, lane, back, 0.0)
    if follower == NONE:
        return True
    behind = world.vehicles[follower]
    behind_driver = net.types[behind.type]
    return gap - behind_driver.min_gap >= secure_gap(behind.speed, speed, driver.decel, behind_driver)


@kernel
def place(net: Network, world: World, v: int, lane: int, pos: float, speed: float) -> None:
    """Put the vehicle on the road."""
    clock = world.clock[0]
    vehicle = world.vehicles[v]
    clock.free_slots -= 1
    vehicle.slot = world.slots[clock.free_slots]
    vehicle.pos, vehicle.speed, vehicle.next_speed = pos, speed, UNDECIDED
    vehicle.accel, vehicle.odometer, vehicle.waiting = 0.0, 0.0, 0.0
    vehicle.entry_time = vehicle.entry_time_never_yield = math.inf
    vehicle.conflict_entry_time = vehicle.conflict_entry_never_yield = math.inf
    forget_wishes(vehicle)
    vehicle.left_space, vehicle.blocker_length = 0.0, 0.0
    vehicle.previous_lane = vehicle.stopped_for = NONE
    vehicle.num_items_even = vehicle.num_items_odd = 0
    vehicle.has_to_wait = vehicle.lane_change_state = vehicle.num_advices = vehicle.dont_brake = 0
    vehicle.status = RUNNING
    enter_lane(net, world, lane, v)
    world.running[clock.num_running] = v
    clock.num_running += 1
    clock.num_inserted += 1
    clock.min_gap = max(clock.min_gap, net.types[vehicle.type].min_gap)
    world.trips[v].inserted = clock.time
