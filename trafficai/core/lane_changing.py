"""SUMO's lane-change model LC2013 (Erdmann 2015, "SUMO's lane-changing model").

A driver changes, in this order of urgency, to stay on its route, to help others, for speed, and to keep right. A change
happens at once, if the gaps ahead and behind on the other lane are safe.
"""

from __future__ import annotations

import math

from trafficai.core._compile import kernel
from trafficai.core.active_lanes import put_in_changed
from trafficai.core.car_following import follow_speed, secure_gap_now
from trafficai.core.convenience import wish_for_convenience
from trafficai.core.cooperation import prepare_urgent_change, slow_down_for_blocked
from trafficai.core.foresight import foresee_change, foresee_lane
from trafficai.core.items import announce_new_way
from trafficai.core.lane_speed import (
    BLOCKED,
    BLOCKED_BY_FOLLOWER,
    BLOCKED_BY_LEADER,
    INFORMED,
    LEFT,
    OVERLAPPING,
    RIGHT,
    STAY,
    STRATEGIC,
    URGENT,
    WANTS_CHANGE,
    WHOLE_WISH,
    advise,
    forget_wishes,
    grown_wish,
)
from trafficai.core.lanes import (
    draw_back_over,
    gross_length,
    keeps_from_overtaking_right,
    leave_lane,
    link_into,
    max_speed_on,
    offset_to_best,
    option_on,
    own_option,
)
from trafficai.core.neighbours import follower_on, leader_on
from trafficai.core.parameters import (
    HELP_OVERTAKE,
    LOOK_AHEAD_LEFT,
    LOOK_AHEAD_MEMORY,
    LOOK_FORWARD,
    OVERTAKE_FORESIGHT,
    RELATIVE_GAIN_MIN_SPEED,
    SPEED_GAIN_LEFT,
    TURN_LANE_LENGTH,
)
from trafficai.core.prospects import note_taken
from trafficai.core.records import NONE, Network, World
from trafficai.core.second_look import meets_at_zipper, overlooks_leader
from trafficai.core.stops import (
    is_stopped,
    must_pass,
    regard_own_stop,
    regard_stopped_leader,
)


@kernel
def change_lanes(net: Network, world: World) -> None:
    """Let every vehicle on an edge with several lanes consider a change, edge by edge in SUMO's order."""
    clock = world.clock[0]
    lane = clock.first_active
    while lane != NONE:
        edge = net.lanes[lane].edge
        foresee_lane(world, lane)
        if net.edges[edge].allows_changing == 1 and world.edges[edge].changed != clock.time:
            world.edges[edge].changed = clock.time
            change_lanes_of(net, world, edge)
        lane = world.lanes[lane].after
    put_in_changed(net, world)


@kernel
def change_lanes_of(net: Network, world: World, edge: int) -> None:
    """Let the vehicles of one edge consider a change, the one furthest downstream first."""
    first = net.edges[edge].first_lane
    end = first + net.edges[edge].num_lanes
    for lane in range(first, end):
        state = world.lanes[lane]
        state.candidate = state.first
        state.density = 0.0
        state.first_blocked = NONE
        state.last_blocked = NONE
    while True:
        lane = furthest_candidate(world, first, end)
        if lane == NONE:
            return
        v = world.lanes[lane].candidate
        world.lanes[lane].candidate = world.vehicles[v].behind
        foresee_change(net, world, v)
        consider_changes(net, world, v)
        world.lanes[world.vehicles[v].lane].density += gross_length(net, world.vehicles[v])


@kernel
def furthest_candidate(world: World, first: int, end: int) -> int:
    """Return the lane whose next candidate is furthest downstream, NONE when all are done."""
    found = NONE
    for lane in range(first, end):
        v = world.lanes[lane].candidate
        if v != NONE and (found == NONE or world.vehicles[world.lanes[found].candidate].pos < world.vehicles[v].pos):
            found = lane
    return found


@kernel
def consider_changes(net: Network, world: World, v: int) -> None:
    """Let one vehicle consider a change to the right, then to the left."""
    if is_stopped(net, world, v):
        return
    state_right = consider_change(net, world, v, -1)
    if is_executable(state_right, RIGHT):
        execute_change(net, world, v)
        return
    note_blocked(net, world, v, state_right, RIGHT)
    state_left = consider_change(net, world, v, 1)
    if is_executable(state_left, LEFT):
        execute_change(net, world, v)
        return
    note_blocked(net, world, v, state_left, LEFT)
    if state_right & URGENT and state_left & URGENT:
        state_left = 0
    elif state_right & RIGHT and not state_left & LEFT:
        state_left |= blocked_towards(net, world, v, 1)
    elif state_left & LEFT and not state_right & RIGHT:
        state_right |= blocked_towards(net, world, v, -1)
    vehicle = world.vehicles[v]
    vehicle.lane_change_state = (vehicle.lane_change_state & INFORMED) | state_right | state_left


@kernel
def is_executable(state: int, wish: int) -> bool:
    """Return whether the change is wanted and nothing is in its way."""
    return state & wish != 0 and state & BLOCKED == 0


@kernel
def note_blocked(net: Network, world: World, v: int, state: int, wish: int) -> None:
    """Remember a vehicle that urgently needs a lane it can't get onto, for those who may let it in."""
    if state & wish and state & URGENT:
        lane = world.vehicles[v].lane
        target = world.lanes[net.lanes[lane].right if wish == RIGHT else net.lanes[lane].left]
        target.last_blocked = v
        if target.first_blocked == NONE:
            target.first_blocked = v


@kernel
def execute_change(net: Network, world: World, v: int) -> None:
    """Move the vehicle to the lane under consideration and forget what led to the change.

    The room it keeps for others is kept until it is on the lane it has to be on.
    """
    target = world.change[0].target
    behind = world.lanes[target].candidate
    ahead = world.vehicles[behind].ahead if behind != NONE else world.lanes[target].last
    vehicle = world.vehicles[v]
    left = vehicle.lane
    leave_lane(net, world, v)
    link_into(net, world, target, ahead, behind, v)
    draw_back_over(net, world, v)
    note_taken(net, world, v, world.brutto_lengths)
    announce_new_way(net, world, v, left)
    vehicle.lane_change_state = 0
    forget_wishes(vehicle)
    vehicle.num_advices = 0
    vehicle.dont_brake = 0
    if offset_to_best(net, vehicle, vehicle.lane) == 0:
        vehicle.blocker_length = 0.0
        vehicle.left_space = 0.0


@kernel
def consider_change(net: Network, world: World, v: int, direction: int) -> int:
    """Return the flags of what the vehicle wants of the lane to one side, and of what is in the way if it wants that.

    0 without a lane. Neighbours are looked for only where the wish depends on them, which it mostly does not on turn
    lanes.
    """
    target = lane_beside(net, world, v, direction)
    if target == NONE:
        return 0
    compare_lanes(net, world, v, target, direction)
    flags = wish(net, world, v)
    if flags & WANTS_CHANGE == 0:
        return flags
    change = world.change[0]
    if change.blocked == 0:
        overlooked = change.neighbour_leader != NONE and overlooks_leader(net, world, v, target)
        if overlooked or meets_at_zipper(net, world, v, target):
            return flags | BLOCKED_BY_LEADER
    return flags | change.blocked


@kernel
def lane_beside(net: Network, world: World, v: int, direction: int) -> int:
    """Return the lane to one side that the vehicle may use; NONE if there is none."""
    vehicle = world.vehicles[v]
    target = net.lanes[vehicle.lane].right if direction < 0 else net.lanes[vehicle.lane].left
    if target == NONE or net.lanes[target].allowed & net.types[vehicle.type].class_bit == 0:
        return NONE
    return int(target)


@kernel
def blocked_towards(net: Network, world: World, v: int, direction: int) -> int:
    """Return the flags of what is in the way on one side, wanted or not."""
    target = lane_beside(net, world, v, direction)
    if target == NONE:
        return 0
    look_around(net, world, v, target)
    return int(world.change[0].blocked)


@kernel
def compare_lanes(net: Network, world: World, v: int, target: int, direction: int) -> None:
    """Compare the own lane and the target by how far each leads along the route."""
    vehicle = world.vehicles[v]
    change = world.change[0]
    change.target, change.direction, change.blocked = target, direction, 0
    own, other = own_option(net, vehicle), option_on(net, vehicle, target)
    change.own_option = own
    change.current_distance = net.options[own].length
    change.neighbour_distance = net.options[other].length
    change.current_offset = offset_to_best(net, vehicle, vehicle.lane)
    change.best_offset = change.current_offset
    if change.best_offset == 0 and offset_to_best(net, vehicle, target) == 0:
        change.best_offset = direction
    change.num_following = net.options[own].num_following
    change.neighbour_leads_on = net.options[other].leads_on
    if len(net.stops) > 0:
        regard_own_stop(net, world, v)


@kernel
def look_around(net: Network, world: World, v: int, target: int) -> None:
    """Find the neighbours on the target lane, and whether they are too close."""
    change = world.change[0]
    vehicle = world.vehicles[v]
    option = option_on(net, vehicle, target)
    change.neighbour_leader, change.neighbour_leader_gap = leader_on(net, world, v, target, option)
    change.neighbour_follower, change.neighbour_follower_gap = follower_on(net, world, v, target)
    if change.neighbour_leader != NONE and change.neighbour_leader == change.neighbour_follower:
        change.neighbour_follower = NONE
    change.blocked = blocked_by_neighbours(net, world, v)


@kernel
def has_room(net: Network, world: World, v: int, lane: int, distance: float, needed: float) -> bool:
    """Return whether at least ``needed`` of a ``distance`` ahead is free, both in metres.

    What is taken is the gross length of vehicles ahead on a lane of the vehicle's edge, and on those looked at that
    follow it. Inside a junction the latter is what was seen when the vehicle came.
    """
    total = world.lanes[lane].density
    if net.lanes[lane].is_internal == 1:
        row = lane - net.edges[net.lanes[lane].edge].first_lane
        total = world.lanes[lane].density + world.taken_behind[world.vehicles[v].slot, row]
        return distance - total >= needed
    option = option_on(net, world.vehicles[v], lane)
    following = net.options[option].num_following if distance - total >= needed else 0
    for _ in range(following):
        lane, option = net.options[option].next_lane, net.options[option].next_option
        if option == NONE:
            break
        total += world.brutto_lengths[lane]
        if distance - total < needed:
            return False
    return distance - total >= needed


@kernel
def blocked_by_neighbours(net: Network, world: World, v: int) -> int:
    """Return the flags of neighbours on the target lane that are too close."""
    change = world.change[0]
    vehicle = world.vehicles[v]
    driver = net.types[vehicle.type]
    blocked = 0
    if change.neighbour_follower != NONE:
        follower = world.vehicles[change.neighbour_follower]
        follower_driver = net.types[follower.type]
        rest = max(0.0, follower_driver.tau - 1.0)
        own_next = vehicle.speed + min(0.0, rest * vehicle.accel)
        next_speed = follower.speed + max(0.0, rest * follower.accel)
        if change.neighbour_follower_gap < 0.0:
            blocked |= BLOCKED_BY_FOLLOWER | OVERLAPPING
        else:
            needed = secure_gap_now(next_speed, follower.accel, own_next, driver.decel, follower_driver)
            if change.neighbour_follower_gap < needed:
                blocked |= BLOCKED_BY_FOLLOWER
    if change.neighbour_leader != NONE:
        leader = world.vehicles[change.neighbour_leader]
        rest = max(0.0, driver.tau - 1.0)
        own_next = vehicle.speed + max(0.0, rest * vehicle.accel)
        next_speed = leader.speed + min(0.0, rest * leader.accel)
        if change.neighbour_leader_gap < 0.0:
            blocked |= BLOCKED_BY_LEADER | OVERLAPPING
        else:
            needed = secure_gap_now(own_next, vehicle.accel, next_speed, net.types[leader.type].decel, driver)
            if change.neighbour_leader_gap < needed:
                blocked |= BLOCKED_BY_LEADER
    return blocked


@kernel
def remember_speed(net: Network, world: World, v: int) -> None:
    """Let the look-ahead speed follow the speed: up at once, down slowly; set the look-ahead distance."""
    vehicle = world.vehicles[v]
    change = world.change[0]
    if vehicle.speed > vehicle.look_ahead_speed:
        vehicle.look_ahead_speed = vehicle.speed
    else:
        memory = LOOK_AHEAD_MEMORY * vehicle.look_ahead_speed + (1.0 - LOOK_AHEAD_MEMORY) * vehicle.speed
        vehicle.look_ahead_speed = max(0.0, memory)
    factor = 1.0 if change.direction < 0 else LOOK_AHEAD_LEFT
    change.look_ahead = vehicle.look_ahead_speed * LOOK_FORWARD * factor + 2.0 * gross_length(net, vehicle)


@kernel
def wish(net: Network, world: World, v: int) -> int:
    """Return the flags of what the driver wants of the target lane."""
    vehicle = world.vehicles[v]
    change = world.change[0]
    flag = RIGHT if change.direction < 0 else LEFT
    own_lane = world.lanes[vehicle.lane]
    slow_down_for_blocked(net, world, v, own_lane.last_blocked)
    if own_lane.first_blocked != own_lane.last_blocked:
        slow_down_for_blocked(net, world, v, own_lane.first_blocked)
    remember_speed(net, world, v)
    if len(net.stops) > 0:
        change.leader, change.leader_gap = leader_on(net, world, v, vehicle.lane, change.own_option)
        look_around(net, world, v, change.target)
        regard_stopped_leader(net, world, v)
    to_best = change.best_offset * change.direction > 0
    is_needed = to_best and change.best_offset == change.current_offset
    if is_needed and is_urgent(net, world, v):
        look_around(net, world, v, change.target)
        prepare_urgent_change(net, world, v)
        return flag | STRATEGIC | URGENT
    change.speed_cap = math.inf
    change.overtakes_left = 0
    keeps_left = change.direction > 0 and keeps_from_overtaking_right(net, vehicle)
    stays = must_stay(net, world, v, to_best)
    if keeps_left or not stays:
        look_around(net, world, v, change.target)
    if keeps_left:
        stay_behind_left(net, world, v)
    if len(net.stops) > 0 and must_pass(net, world, v):
        prepare_urgent_change(net, world, v)
        return flag | STRATEGIC | URGENT
    if stays:
        return STAY | STRATEGIC
    return wish_for_convenience(net, world, v, flag, to_best, is_needed)


@kernel
def stay_behind_left(net: Network, world: World, v: int) -> None:
    """Stay behind a slower leader on the left where it must not be passed on the right, and wish to move left."""
    vehicle = world.vehicles[v]
    change = world.change[0]
    if change.neighbour_leader == NONE:
        return
    driver = net.types[vehicle.type]
    leader = world.vehicles[change.neighbour_leader]
    decel = net.types[leader.type].decel
    limit = max_speed_on(net, vehicle, vehicle.lane)
    faster = max(limit - max_speed_on(net, leader, change.target), vehicle.speed - leader.speed)
    if faster <= 0.0:
        return
    braked = vehicle.speed - driver.decel
    desired = vehicle.desired_speed
    follow = follow_speed(vehicle.speed, change.neighbour_leader_gap, leader.speed, decel, driver, desired)
    safe = follow if follow >= braked else max(braked, leader.speed - HELP_OVERTAKE)
    if vehicle.gain_left < SPEED_GAIN_LEFT * WHOLE_WISH:
        safe = max(safe, leader.speed)
    change.speed_cap = safe
    advise(world, v, safe)
    later = change.neighbour_leader_gap - faster * OVERTAKE_FORESIGHT
    if follow_speed(vehicle.speed, later, leader.speed, decel, driver, desired) < safe:
        vehicle.gain_left = grown_wish(vehicle.gain_left, faster / max(limit, RELATIVE_GAIN_MIN_SPEED))
        change.overtakes_left = 1


@kernel
def is_urgent(net: Network, world: World, v: int) -> bool:
    """Return whether the way left on the own lane is too short to put off the change to the best one."""
    vehicle, change = world.vehicles[v], world.change[0]
    needed = change.look_ahead * abs(change.best_offset)
    if len(net.stops) > 0 and change.to_stop >= needed:
        return False
    return not has_room(net, world, v, vehicle.lane + change.best_offset, change.current_distance - vehicle.pos, needed)


@kernel
def must_stay(net: Network, world: World, v: int, to_best: bool) -> bool:
    """Return whether the route forbids to leave the lane for the target lane: there must be the way to come back."""
    vehicle, change = world.vehicles[v], world.change[0]
    if to_best:
        return False
    if change.best_offset == 0 and change.neighbour_leads_on == 1 and change.neighbour_distance < TURN_LANE_LENGTH:
        has_reason = len(net.stops) > 0 and change.leader != NONE and is_stopped(net, world, change.leader)
        if not has_reason:
            return True
    needed = change.look_ahead * (abs(change.best_offset) + 2)
    distance = change.neighbour_distance - vehicle.pos
    is_free = has_room(net, world, v, change.target, distance, needed)
    return not is_free or not has_room(net, world, v, vehicle.lane, distance, needed)
