"""How vehicles make an urgent lane change possible: by falling back, by hurrying, and by asking their neighbours.

The rules are those of SUMO's LC2013 (Erdmann 2015, "SUMO's lane-changing model"; MSLCM_LC2013 and MSLCHelper in its
source).
"""

from __future__ import annotations

from trafficai.core._compile import kernel
from trafficai.core.car_following import brake_gap, follow_speed, secure_gap_now, stop_speed
from trafficai.core.lane_speed import (
    ASKED_LEFT,
    ASKED_RIGHT,
    BLOCKED_BY_FOLLOWER,
    BLOCKED_BY_LEADER,
    BLOCKING_FOLLOWER,
    BLOCKING_LEADER,
    LEFT,
    RIGHT,
    URGENT,
    advise,
)
from trafficai.core.lanes import gross_length, keeps_from_overtaking_right
from trafficai.core.parameters import (
    ACTION_STEP,
    CUT_IN_LEFT_SPEED,
    HELP_OVERTAKE,
    MAX_ON_RAMP_LENGTH,
    MIN_FALL_BEHIND,
    POSITION_EPS,
    RESERVE_LEFT,
    RESERVE_RIGHT,
    URGENCY,
    WAIT_TO_PASS,
)
from trafficai.core.records import NONE, Network, World


@kernel
def slow_down_for_blocked(net: Network, world: World, v: int, blocked: int) -> None:
    """Let a slow vehicle stay behind one on the neighbouring lane that must come over."""
    if blocked == NONE:
        return
    ego, other = world.vehicles[v], world.vehicles[blocked]
    driver, other_driver = net.types[ego.type], net.types[other.type]
    gap = other.pos - other_driver.length - ego.pos - driver.min_gap
    if gap > POSITION_EPS and ego.speed < driver.decel:
        gap -= POSITION_EPS
        advise(world, v, follow_speed(ego.speed, gap, other.speed, other_driver.decel, driver, ego.desired_speed))


@kernel
def can_save(net: Network, world: World, v: int, length: float, space: float, delay: float) -> bool:
    """Return whether the vehicle can still stop ``length`` metres before its ``space`` ends, after a delay [s]."""
    vehicle = world.vehicles[v]
    return space - brake_gap(vehicle.speed, net.types[vehicle.type].decel, delay) >= length


@kernel
def wants_counter(world: World, other: int) -> bool:
    """Return whether another vehicle wants to change the other way than the one in hand."""
    counter = LEFT if world.change[0].direction < 0 else RIGHT
    return bool(world.vehicles[other].lane_change_state & counter != 0)


@kernel
def save_room(net: Network, world: World, v: int, other: int) -> bool:
    """Keep room at the lane's end for a vehicle that must change the other way; return whether somebody could.

    Where neither could, and the own lane leads nowhere, room is kept all the same: hard braking may still help.
    """
    if other == NONE or not wants_counter(world, other):
        return True
    ego, foe = world.vehicles[v], world.vehicles[other]
    length = gross_length(net, foe)
    if can_save(net, world, v, length, ego.left_space, 0.0):
        ego.blocker_length = max(length, ego.blocker_length)
        return True
    own_length = gross_length(net, ego)
    is_further = foe.left_space > ego.left_space
    if is_further or can_save(net, world, other, own_length, foe.left_space, ACTION_STEP):
        foe.blocker_length = max(own_length, foe.blocker_length)
        return True
    if world.change[0].num_following == 0:
        ego.blocker_length = max(length, ego.blocker_length)
    return False


@kernel
def prepare_urgent_change(net: Network, world: World, v: int) -> None:
    """Prepare a change that the route demands soon: keep room for others, and seek a gap."""
    vehicle = world.vehicles[v]
    change = world.change[0]
    vehicle.left_space = change.current_distance - vehicle.pos
    if change.best_offset * change.direction > 1:
        reserve = RESERVE_RIGHT if change.direction < 0 else RESERVE_LEFT
        vehicle.blocker_length = max(reserve, vehicle.blocker_length)
    first_blocked = world.lanes[vehicle.lane].first_blocked
    reserved = save_room(net, world, v, change.neighbour_leader)
    if first_blocked != change.neighbour_leader:
        reserved = save_room(net, world, v, first_blocked) and reserved
    if not reserved:
        vehicle.dont_brake = 1 if change.num_following > 0 else 0
    lanes = max(1, abs(change.best_offset))
    seconds = vehicle.left_space / max(vehicle.look_ahead_speed, 0.001) / lanes / URGENCY
    change.remaining_seconds = max(0.001, seconds)  # SUMO takes the length of a step for milliseconds here
    planned = deal_with_leader(net, world, v)
    if planned >= 0.0:
        change.planned_speed = planned
        deal_with_follower(net, world, v)


@kernel
def planned_speed(net: Network, world: World, v: int) -> float:
    """Return the speed the vehicle will have if it heeds the end of its lane and the advice it has got [m/s]."""
    vehicle = world.vehicles[v]
    driver, desired = net.types[vehicle.type], vehicle.desired_speed
    space = vehicle.left_space - vehicle.blocker_length
    speed = min(vehicle.speed, stop_speed(vehicle.speed, space, driver.decel, driver, desired))
    for k in range(vehicle.num_advices):
        accel = world.advices[vehicle.slot, k]
        if accel >= -driver.decel:
            speed = min(speed, vehicle.speed + accel)
    return speed


@kernel
def overtake_distance(
    net: Network, world: World, follower: int, leader: int, gap: float, speed: float, slow: float
) -> float:
    """Return the way the follower at ``speed`` needs to pass the leader at ``slow`` and cut in before it [m]."""
    behind, ahead = world.vehicles[follower], world.vehicles[leader]
    behind_driver, ahead_driver = net.types[behind.type], net.types[ahead.type]
    safe = secure_gap_now(slow, ahead.accel, speed, behind_driver.decel, ahead_driver)
    return max(0.0, gap + gross_length(net, ahead) + behind_driver.length + safe)


@kernel
def inform(world: World, v: int, speed: float, flags: int) -> None:
    """Tell a neighbour what it blocks and at which speed it would help; a negative speed is no advice."""
    vehicle = world.vehicles[v]
    vehicle.lane_change_state |= flags
    if speed >= 0.0:
        advise(world, v, speed)


@kernel
def asked_direction(world: World) -> int:
    """Return the flag that tells a neighbour to which side the asking vehicle wants to change."""
    return ASKED_RIGHT if world.change[0].direction < 0 else ASKED_LEFT


@kernel
def deal_with_leader(net: Network, world: World, v: int) -> float:
    """Fall behind the leader on the target lane or overtake it; return the planned speed [m/s], -1 when overtaking."""
    vehicle = world.vehicles[v]
    driver = net.types[vehicle.type]
    change = world.change[0]
    planned = planned_speed(net, world, v)
    other = change.neighbour_leader
    if other == NONE:
        return planned
    leader = world.vehicles[other]
    leader_driver = net.types[leader.type]
    next_speed = leader.speed - max(1.0, -leader.accel)
    next_gap = change.neighbour_leader_gap + next_speed - planned
    desired, decel = vehicle.desired_speed, leader_driver.decel
    follow = follow_speed(vehicle.speed, next_gap, max(0.0, next_speed), decel, driver, desired)
    target = max(max(0.0, vehicle.speed - driver.decel), follow)
    if change.blocked & BLOCKED_BY_LEADER == 0:
        advise(world, v, target)
        return min(target, planned)
    stands = leader.waiting > WAIT_TO_PASS
    both_stand = stands and planned == leader.speed
    if may_pass_standing(net, world, v) if both_stand else may_overtake(net, world, v, planned):
        inform(world, other, -1.0 if stands else leader.speed, asked_direction(world) | BLOCKING_LEADER)
        return -1.0
    inform(world, other, -1.0, asked_direction(world) | BLOCKING_LEADER)
    if target >= vehicle.speed:
        advise(world, v, target)
        return planned
    fall = max(MIN_FALL_BEHIND, (vehicle.speed - target) / change.remaining_seconds)
    next_own = min(planned, max(0.0, vehicle.speed - min(driver.decel, fall)))
    advise(world, v, next_own)
    return next_own


@kernel
def may_pass_standing(net: Network, world: World, v: int) -> bool:
    """Return whether there is room for a vehicle that stands to drive on past the one that has long stood beside it.

    Before the end of its lane it needs room for both, and so does the other before the end of a lane that it must leave
    the other way. Older sources of SUMO don't know this; room and wait are those of SUMO 1.28, measured to 0.15 m and
    1 s with the lengths and least gaps of both varied.
    """
    other = world.change[0].neighbour_leader
    ego, leader = world.vehicles[v], world.vehicles[other]
    driver, leader_driver = net.types[ego.type], net.types[leader.type]
    distance = driver.length + gross_length(net, leader)
    must_leave = wants_counter(world, other) and leader.lane_change_state & URGENT
    if must_leave and leader.left_space < distance + leader_driver.min_gap:
        return False
    return bool(ego.left_space >= distance + driver.min_gap)


@kernel
def may_overtake(net: Network, world: World, v: int, planned: float) -> bool:
    """Return whether there is time and room to pass the blocking leader on the target lane."""
    vehicle = world.vehicles[v]
    driver = net.types[vehicle.type]
    change = world.change[0]
    other = change.neighbour_leader
    leader = world.vehicles[other]
    if change.direction > 0 and keeps_from_overtaking_right(net, vehicle):
        return False
    faster = planned - leader.speed
    distance = overtake_distance(net, world, v, other, change.neighbour_leader_gap, vehicle.speed, leader.speed)
    space = vehicle.left_space - vehicle.blocker_length - brake_gap(vehicle.speed, driver.decel, driver.tau)
    return bool(faster > 0.0 and space >= distance and change.remaining_seconds >= distance / faster)


@kernel
def deal_with_follower(net: Network, world: World, v: int) -> None:
    """Ask the follower on the target lane to open the gap, or let it pass; one that keeps enough is to keep it."""
    change = world.change[0]
    other = change.neighbour_follower
    if other == NONE:
        return
    if change.blocked & BLOCKED_BY_FOLLOWER:
        deal_with_blocking_follower(net, world, v, other)
    elif change.blocked & BLOCKED_BY_LEADER:
        inform(world, other, speed_that_keeps_gap(net, world, v, other), asked_direction(world))


@kernel
def speed_that_keeps_gap(net: Network, world: World, v: int, other: int) -> float:
    """Return the speed at which a follower that is far enough away stays so [m/s]; it may still hurry."""
    follower = world.vehicles[other]
    driver, decel = net.types[follower.type], net.types[world.vehicles[v].type].decel
    planned, gap = world.change[0].planned_speed, world.change[0].neighbour_follower_gap
    speed, desired = follower.speed, follower.desired_speed
    next_gap = gap + planned - speed
    if next_gap >= secure_gap_now(speed, follower.accel, planned, decel, driver):
        least_gap = gap + planned - min(speed + driver.accel, driver.max_speed)
        return max(speed, follow_speed(speed, least_gap, planned, decel, driver, desired))
    return max(0.0, speed - driver.decel, follow_speed(speed, next_gap, planned, decel, driver, desired))


@kernel
def helpful_speed(net: Network, world: World, v: int, other: int, least: float) -> float:
    """Return the speed at which the follower keeps a safe gap to a vehicle that is to cut in [m/s]."""
    follower = world.vehicles[other]
    driver, decel = net.types[follower.type], net.types[world.vehicles[v].type].decel
    planned, gap = world.change[0].planned_speed, world.change[0].neighbour_follower_gap
    desired = follower.desired_speed
    upper = max(least, follow_speed(follower.speed, gap + planned, planned, decel, driver, desired))
    return max(least, follow_speed(follower.speed, gap + planned - upper, planned, decel, driver, desired))


@kernel
def deal_with_blocking_follower(net: Network, world: World, v: int, other: int) -> None:
    """Cut in before the follower if it can open the gap by braking moderately, else let it pass."""
    change = world.change[0]
    ego, follower = world.vehicles[v], world.vehicles[other]
    decel, follower_driver = net.types[ego.type].decel, net.types[follower.type]
    planned, gap = change.planned_speed, change.neighbour_follower_gap
    flags = asked_direction(world) | BLOCKING_FOLLOWER
    faster = planned - follower.speed
    if faster >= HELP_OVERTAKE:
        needed = secure_gap_now(follower.speed, follower.accel, planned, decel, follower_driver)
        if (needed - gap) / change.remaining_seconds < faster:
            inform(world, other, planned - HELP_OVERTAKE, flags)
            return
    braked = max(0.0, follower.speed - follower_driver.decel)
    opening = planned - braked
    opened = gap + opening
    needed = secure_gap_now(braked, follower.accel, planned, decel, follower_driver)
    if opened > 0.0 and opened >= needed:
        inform(world, other, helpful_speed(net, world, v, other, braked), flags)
    elif opening > 0.0 and opening * change.remaining_seconds > needed - opened + POSITION_EPS:
        inform(world, other, braked, flags)
    elif change.direction < 0 and keeps_from_overtaking_right(net, follower):
        inform(world, other, max(braked, HELP_OVERTAKE), flags)
    else:
        let_follower_pass(net, world, v, other, braked)


@kernel
def let_follower_pass(net: Network, world: World, v: int, other: int, braked: float) -> None:
    """Let the follower overtake, and slow down so that it does in time."""
    change = world.change[0]
    ego, follower = world.vehicles[v], world.vehicles[other]
    driver, follower_driver = net.types[ego.type], net.types[follower.type]
    flags = asked_direction(world) | BLOCKING_FOLLOWER
    help_speed = max(follower.speed, ego.speed + HELP_OVERTAKE)
    long_lane = net.lanes[ego.lane].length > MAX_ON_RAMP_LENGTH
    slows = change.direction < 0 or change.planned_speed > CUT_IN_LEFT_SPEED or long_lane
    if follower.speed > ego.speed and slows:
        help_speed = max(braked, ego.speed + HELP_OVERTAKE)
        if (follower.speed - ego.speed) / follower_driver.decel < change.remaining_seconds:
            inform(world, other, help_speed, flags)
            return
    inform(world, other, help_speed, flags)
    gap = change.neighbour_follower_gap
    distance = overtake_distance(net, world, other, v, gap, help_speed, change.planned_speed)
    advise(world, v, max(help_speed - distance / change.remaining_seconds, ego.speed - driver.decel))
