"""What each driver sees ahead and plans: a safe speed per link, should it be passed or not.

The look-ahead runs from lane to lane along the route until the vehicle could stop and knows whether there is room
behind the next junction. Nothing moves here; plans are made from the state at the start of the step.
"""

from __future__ import annotations

import math

from trafficai.core._compile import kernel
from trafficai.core.car_following import (
    approach_speed,
    arrival_speed_braking,
    arrival_time,
    brake_gap,
    follow_speed,
    max_next_speed,
    min_next_speed,
    speed_after,
    speed_before_stop,
    stop_speed,
)
from trafficai.core.foresight import foresee_plan
from trafficai.core.junction_leaders import check_junction_leaders, limit_leave_speed
from trafficai.core.keep_clear import keep_junctions_clear
from trafficai.core.lanes import back_on, gross_length, last_on, leaver_back, max_speed_on, own_option
from trafficai.core.parameters import (
    NUMERICAL_EPS,
    POSITION_EPS,
    SPACE_LOOK_AHEAD,
    SPEED_EPS,
    STOP_LINE_GAP,
    YELLOW_MIN_DECEL,
)
from trafficai.core.records import IDM, MAX_ITEMS, NONE, Network, World
from trafficai.core.right_of_way import (
    ALLWAY_STOP,
    EQUAL,
    breaks_circular_wait,
    entered_with_priority,
    gives_way_in_tie,
    has_priority,
    is_red,
    is_yellow,
)
from trafficai.core.standing import plan_to_stay, stays_put
from trafficai.core.stops import leave_free, look_beyond_stop, stop_is_on, stop_position


@kernel
def plan_all(net: Network, world: World) -> bool:
    """Plan for every running vehicle, lane by lane from the stop line upstream; False where the items' room is full.

    The list of running vehicles is put in that order, in which SUMO moves them, and their items lie one behind the
    other in the same.
    """
    clock = world.clock[0]
    room = len(world.items) // 2
    first = (1 - clock.parity) * room
    clock.next_item = first
    overlaps = clock.overlaps
    k = 0
    lane = clock.first_active
    while lane != NONE:
        v = world.lanes[lane].first
        may_stay = net.lanes[lane].is_internal == 0 and len(net.stops) == 0
        lengths_in_front = 0.0
        while v != NONE:
            foresee_plan(net, world, k)
            if clock.next_item + MAX_ITEMS > first + room:
                clock.overlaps = overlaps
                return False
            if may_stay and stays_put(net, world, v):
                plan_to_stay(net, world, v, clock.next_item)
                register_items(world, v, clock.next_item, 1)
            else:
                plan_vehicle(net, world, v, lengths_in_front)
                register_items(world, v, world.scan[0].first_item, world.scan[0].num_items)
            world.running[k] = v
            k += 1
            lengths_in_front += gross_length(net, world.vehicles[v])
            v = world.vehicles[v].behind
        lane = world.lanes[lane].after
    return True


@kernel
def plan_vehicle(net: Network, world: World, v: int, lengths_in_front: float) -> None:
    """Fill the drive items of one vehicle."""
    start_scan(net, world, v)
    scan = world.scan[0]
    follow_own_lane(net, world, v)
    while look_at_link(net, world, v):
        enter_next_lane(net, world, v)
        if scan.num_items >= MAX_ITEMS:
            break
        follow_lane_ahead(net, world, v)
        last = world.items[scan.first_item + scan.num_items - 1]
        last.wait_speed = min(last.wait_speed, scan.speed)
    keep_junctions_clear(net, world, v, lengths_in_front)


@kernel
def register_items(world: World, v: int, first: int, number: int) -> None:
    """Note where the vehicle's drive items of the coming second lie; those of the last second are still needed."""
    clock = world.clock[0]
    clock.next_item += number
    if clock.parity == 0:
        world.vehicles[v].first_item_odd, world.vehicles[v].num_items_odd = first, number
    else:
        world.vehicles[v].first_item_even, world.vehicles[v].num_items_even = first, number


@kernel
def start_scan(net: Network, world: World, v: int) -> None:
    """Begin the look-ahead at the vehicle's own lane."""
    vehicle = world.vehicles[v]
    driver = net.types[vehicle.type]
    scan = world.scan[0]
    fastest = max_next_speed(vehicle.speed, driver)
    scan.min_speed = min_next_speed(vehicle.speed, driver)
    scan.lane_speed = max(vehicle.desired_speed, scan.min_speed)
    scan.speed = min(fastest, scan.lane_speed)
    scan.look_ahead = fastest + brake_gap(fastest, driver.decel, driver.tau)
    scan.seen = net.lanes[vehicle.lane].length - vehicle.pos
    scan.pass_speed = speed_after(max(0.0, scan.seen), scan.speed, scan.lane_speed, driver)
    scan.seen_normal = 0.0
    scan.seen_internal = scan.seen if net.lanes[vehicle.lane].is_internal == 1 else 0.0
    scan.lane = vehicle.lane
    scan.route_index = vehicle.route_index
    scan.slowed_for_minor = 0
    scan.had_normal = 0
    scan.num_items = 0
    if len(net.stops) > 0:
        look_beyond_stop(net, world, v)
    scan.first_item = world.clock[0].next_item
    scan.option = own_option(net, vehicle)


@kernel
def follow_own_lane(net: Network, world: World, v: int) -> None:
    """Adapt to the leader on the own lane, or to a vehicle whose back is still on it."""
    vehicle = world.vehicles[v]
    leader = vehicle.ahead
    if leader == NONE:
        if math.isinf(leaver_back(net, world, vehicle.lane)):
            return
        leader = world.lanes[vehicle.lane].leaver
    gap = back_on(net, world, leader, vehicle.lane) - vehicle.pos - net.types[vehicle.type].min_gap
    follow_leader(net, world, v, leader, gap)


@kernel
def follow_lane_ahead(net: Network, world: World, v: int) -> None:
    """Adapt to the last vehicle on the lane the look-ahead has just entered."""
    scan = world.scan[0]
    leader = last_on(net, world, scan.lane)
    if leader == NONE or leader == v:
        return
    min_gap = net.types[world.vehicles[v].type].min_gap
    gap = back_on(net, world, leader, scan.lane) + scan.seen - net.lanes[scan.lane].length - min_gap
    follow_leader(net, world, v, leader, gap)


@kernel
def back_is_on_route(net: Network, world: World, v: int, leader: int) -> bool:
    """Return whether the leader's back is on a lane that ego drives along, and not on another that merges."""
    ahead = world.vehicles[leader]
    back_lane = ahead.lane
    if ahead.pos < net.types[ahead.type].length and ahead.previous_lane != NONE:
        back_lane = ahead.previous_lane
    return back_lane == world.scan[0].lane or back_lane == world.vehicles[v].lane


@kernel
def follow_leader(net: Network, world: World, v: int, leader: int, gap: float) -> None:
    """Lower the planned speeds to what is safe behind a leader ``gap`` metres ahead."""
    ego, ahead = world.vehicles[v], world.vehicles[leader]
    driver, leader_driver = net.types[ego.type], net.types[ahead.type]
    scan = world.scan[0]
    has_link = scan.num_items > 0
    if gap < 0.0 and not has_link:
        world.clock[0].overlaps += 1 if gap < -driver.min_gap else 0
    if gap < 0.0 and has_link and not back_is_on_route(net, world, v, leader):
        stop = scan.seen - net.lanes[scan.lane].length - POSITION_EPS
        before = net.links[world.items[scan.first_item + scan.num_items - 1].link].from_lane
        if net.lanes[before].is_internal == 1:
            stop -= net.lanes[before].length
        safe = stop_speed(ego.speed, stop, driver.decel, driver, ego.desired_speed)
    else:
        safe = follow_speed(ego.speed, gap, ahead.speed, leader_driver.decel, driver, ego.desired_speed)
    if has_link:
        last = world.items[scan.first_item + scan.num_items - 1]
        leaving = 0.0 if last.leave_speed < 0.0 else last.leave_speed
        limit_leave_speed(last, follow_speed(leaving, gap, ahead.speed, leader_driver.decel, driver, ego.desired_speed))
    scan.speed = min(scan.speed, safe)
    scan.pass_speed = min(scan.pass_speed, safe)


@kernel
def add_item(world: World, v: int, link: int, wait_speed: float, request: bool) -> int:
    """Append a drive item for the link at the end of the lane looked at, and return its row."""
    scan = world.scan[0]
    row = scan.first_item + scan.num_items
    item = world.items[row]
    item.link = link
    item.vehicle = v
    item.pass_speed = scan.speed
    item.wait_speed = wait_speed
    item.request = 1 if request else 0
    item.distance = scan.seen
    item.leave_speed = -1.0
    item.arrival_time = math.inf
    item.arrival_speed = wait_speed
    item.arrival_speed_braking = 0.0
    item.available_space = 0.0
    item.had_stopped = 0
    item.next = NONE
    item.waiting = world.vehicles[v].waiting
    scan.num_items += 1
    return row


@kernel
def limit_last_leave_speed(world: World, speed: float) -> None:
    """Lower the leave speed of the last item, where there is one."""
    scan = world.scan[0]
    if scan.num_items > 0:
        limit_leave_speed(world.items[scan.first_item + scan.num_items - 1], speed)


@kernel
def end_of_route(net: Network, world: World, v: int) -> None:
    """Plan to reach the arrival position."""
    vehicle = world.vehicles[v]
    driver = net.types[vehicle.type]
    scan = world.scan[0]
    to_arrival = scan.seen + net.demand[v].arrival_pos - net.lanes[scan.lane].length - scan.lane_speed
    safe = max(0.001, approach_speed(vehicle.speed, to_arrival, scan.lane_speed, driver, vehicle.desired_speed))
    scan.speed = min(scan.speed, safe)
    limit_last_leave_speed(world, safe)
    row = add_item(world, v, NONE, scan.speed, False)
    world.items[row].available_space = 1000.0


@kernel
def plan_halt(net: Network, world: World, v: int) -> None:
    """Plan to halt at the next stop, which is on the edge looked at."""
    vehicle = world.vehicles[v]
    driver = net.types[vehicle.type]
    scan = world.scan[0]
    end = stop_position(net, world, v) + NUMERICAL_EPS
    distance = scan.seen + end - net.lanes[scan.lane].length
    world.halts[v].distance = distance
    limit_last_leave_speed(world, stop_speed(scan.pass_speed, end, driver.decel, driver, vehicle.desired_speed))
    safe = max(stop_speed(vehicle.speed, distance, driver.decel, driver, vehicle.desired_speed), scan.min_speed)
    leave_free(world, v, max(speed_before_stop(distance, driver.decel, 1.0), scan.min_speed))
    scan.speed = min(scan.speed, safe)
    row = add_item(world, v, NONE, scan.speed, False)
    world.items[row].distance = distance


@kernel
def dead_end(net: Network, world: World, v: int) -> None:
    """Plan to stop where the lane does not lead on along the route."""
    vehicle = world.vehicles[v]
    driver = net.types[vehicle.type]
    scan = world.scan[0]
    safe = stop_speed(vehicle.speed, scan.seen, driver.decel, driver, vehicle.desired_speed)
    limit_last_leave_speed(world, safe)
    scan.speed = min(scan.speed, safe)
    add_item(world, v, NONE, scan.speed, False)


@kernel
def next_link(net: Network, world: World) -> int:
    """Return the link to take at the end of the lane looked at; NONE at a dead end."""
    scan = world.scan[0]
    if net.lanes[scan.lane].is_internal == 1:
        return net.lanes[scan.lane].first_link
    return net.options[scan.option].link


@kernel
def look_at_link(net: Network, world: World, v: int) -> bool:
    """Plan for the end of the lane looked at; return whether to look further."""
    vehicle = world.vehicles[v]
    scan = world.scan[0]
    is_normal = net.lanes[scan.lane].is_internal == 0
    if len(net.stops) > 0 and is_normal and stop_is_on(net, world, v, scan.route_index):
        plan_halt(net, world, v)
        return False
    if is_normal and scan.route_index == net.routes[vehicle.route].num_edges - 1:
        end_of_route(net, world, v)
        return False
    link = next_link(net, world)
    if link == NONE:
        dead_end(net, world, v)
        return False
    state = world.links[link].state
    stop_distance = plan_stop(net, world, v, link)
    driver = net.types[vehicle.type]
    stop = stop_speed(vehicle.speed, stop_distance, scan.stop_decel, driver, vehicle.desired_speed)
    scan.wait_speed = min(scan.speed, stop)
    leaves_junction = net.lanes[vehicle.lane].is_internal == 1 and scan.num_items == 0
    aborted = scan.slowed_for_minor == 1 and is_normal
    scan.request = 1 if (scan.speed > SPEED_EPS and not aborted) or leaves_junction else 0
    if (is_red(state) or is_yellow(state)) and scan.seen >= scan.brake_gap:
        stop_at_signal(net, world, v, link)
        return False
    check_junction_leaders(net, world, v, link)
    limit_last_leave_speed(world, scan.lane_speed)
    plan_arrival(net, world, v, link)
    if net.links[link].via_lane == NONE:
        scan.had_normal = 1
    return looks_further(net, world, v)


@kernel
def plan_stop(net: Network, world: World, v: int, link: int) -> float:
    """Return the distance to where the driver would stop before the link [m]."""
    vehicle = world.vehicles[v]
    driver = net.types[vehicle.type]
    scan = world.scan[0]
    state = world.links[link].state
    must_stop = is_red(state) or is_yellow(state)
    scan.stop_decel = driver.decel
    if must_stop:
        scan.stop_decel = max(min(YELLOW_MIN_DECEL, driver.emergency_decel), driver.decel)
    scan.brake_gap = brake_gap(vehicle.speed, scan.stop_decel, 0.0)
    offset = STOP_LINE_GAP
    if not must_stop:
        offset = min(net.links[link].visibility - POSITION_EPS, STOP_LINE_GAP if has_priority(state) else 0.0)
    if scan.seen >= scan.brake_gap:
        offset = min(offset, scan.seen - scan.brake_gap)
    return max(0.0, scan.seen - max(POSITION_EPS, offset))


@kernel
def stop_at_signal(net: Network, world: World, v: int, link: int) -> None:
    """Plan to stop at a yellow or red signal before which that is possible."""
    scan = world.scan[0]
    driver = net.types[world.vehicles[v].type]
    check_junction_leaders(net, world, v, link)
    row = add_item(world, v, link, scan.wait_speed, False)
    duration = arrival_time(scan.seen, scan.speed, scan.pass_speed, driver)
    world.items[row].arrival_time = world.clock[0].time - 1.0 + duration


@kernel
def plan_arrival(net: Network, world: World, v: int, link: int) -> None:
    """Add the drive item for a link that may be passed: when and how fast it would be reached and left."""
    vehicle = world.vehicles[v]
    driver = net.types[vehicle.type]
    scan = world.scan[0]
    arrival_speed = approach_minor(net, world, v, link)
    braking = 0.0
    if scan.seen < brake_gap(scan.speed, driver.decel, driver.tau):
        braking = min(arrival_speed_braking(scan.seen, scan.speed, driver.decel), arrival_speed)
    row = add_item(world, v, link, scan.wait_speed, scan.request == 1)
    item = world.items[row]
    item.arrival_time = world.clock[0].time - 1.0 + arrival_time(scan.seen, scan.speed, arrival_speed, driver)
    item.arrival_speed = arrival_speed
    item.arrival_speed_braking = braking
    next_speed = max_speed_on(net, vehicle, net.links[link].next_lane)
    item.leave_speed = speed_after(net.links[link].length, arrival_speed, next_speed, driver)


@kernel
def approach_minor(net: Network, world: World, v: int, link: int) -> float:
    """Return the arrival speed at the link [m/s], low enough to stop where foes can't be seen yet."""
    vehicle = world.vehicles[v]
    driver = net.types[vehicle.type]
    scan = world.scan[0]
    state = world.links[link].state
    visibility = net.links[link].visibility
    yields = not has_priority(state) and scan.brake_gap < scan.seen and not entered_with_priority(net, world, link)
    if yields and scan.seen > visibility:
        scan.slowed_for_minor = 1
        seen_speed = speed_before_stop(visibility, driver.decel, 0.0)
        return speed_after(visibility, seen_speed, scan.pass_speed, driver)
    if state == EQUAL and vehicle.waiting > 0.0 and breaks_circular_wait(net, world, link, v):
        scan.request = 0
    if state == ALLWAY_STOP and vehicle.waiting > 0.0 and gives_way_in_tie(net, world, link, v):
        scan.request = 0
    return scan.pass_speed


@kernel
def looks_further(net: Network, world: World, v: int) -> bool:
    """Return whether the driver must look beyond the link just planned for."""
    scan = world.scan[0]
    if scan.request == 0 and scan.speed <= SPEED_EPS and scan.num_items == 1:
        return False  # stands, and stays: nothing beyond its stop line matters to it, nor it to anybody there
    length = net.types[world.vehicles[v].type].length
    far_enough = scan.request == 0 or scan.speed <= 0.0 or scan.seen > scan.look_ahead
    room_known = scan.seen_normal > max(length * SPACE_LOOK_AHEAD, length + scan.seen_internal)
    return not (far_enough and scan.had_normal == 1 and room_known)


@kernel
def enter_next_lane(net: Network, world: World, v: int) -> None:
    """Move the look-ahead onto the next lane and keep its speed limit."""
    vehicle = world.vehicles[v]
    driver = net.types[vehicle.type]
    scan = world.scan[0]
    link = world.items[scan.first_item + scan.num_items - 1].link
    if net.lanes[scan.lane].is_internal == 0:
        scan.option = net.options[scan.option].next_option
    scan.lane = net.links[link].next_lane
    if net.lanes[scan.lane].is_internal == 0:
        scan.route_index += 1
    scan.lane_speed = max_speed_on(net, vehicle, scan.lane)
    if scan.speed > scan.lane_speed or driver.model == IDM:
        slow = approach_speed(vehicle.speed, scan.seen, scan.lane_speed, driver, vehicle.desired_speed)
        scan.speed = min(scan.speed, max(slow, scan.min_speed - NUMERICAL_EPS))
    length = net.lanes[scan.lane].length
    if net.lanes[scan.lane].is_internal == 1:
        scan.seen_internal += length
    else:
        scan.seen_normal += length
    scan.seen += length
    scan.pass_speed = speed_after(length, scan.speed, scan.lane_speed, driver)
