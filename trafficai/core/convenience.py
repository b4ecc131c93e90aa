"""Changes of lane that the route allows but does not demand: to help, for speed, to keep right.

A part of SUMO's LC2013 (Erdmann 2015, "SUMO's lane-changing model").
"""

from __future__ import annotations

from trafficai.core._compile import kernel
from trafficai.core.car_following import brake_gap, follow_speed, safe_follow_speed, secure_gap_now, speed_before_stop
from trafficai.core.lane_speed import (
    ASKED_LEFT,
    ASKED_RIGHT,
    BLOCKING_FOLLOWER,
    COOPERATIVE,
    KEEP_RIGHT,
    SPEED_GAIN,
    STAY,
    STRATEGIC,
    URGENT,
    WHOLE_WISH,
    grown_wish,
    scaled_wish,
)
from trafficai.core.lanes import keeps_from_overtaking_right, max_speed_on
from trafficai.core.neighbours import leader_on
from trafficai.core.parameters import (
    HALTING_SPEED,
    KEEP_RIGHT_ACCEPTANCE,
    KEEP_RIGHT_TIME,
    NUMERICAL_EPS,
    ON_RAMP_SPEED,
    RELATIVE_GAIN_MIN_SPEED,
    SPEED_GAIN_LEFT,
    SPEED_GAIN_RIGHT,
)
from trafficai.core.records import NONE, Network, World


@kernel
def anticipated_speed(
    net: Network, world: World, v: int, leader: int, gap: float, distance: float, limit: float
) -> float:
    """Return the speed to expect soon on a lane [m/s], by its leader or, without one, by where it ends."""
    vehicle = world.vehicles[v]
    driver = net.types[vehicle.type]
    change = world.change[0]
    accelerating = change.neighbour_leader != NONE and world.vehicles[change.neighbour_leader].accel > 0.0
    accelerating = accelerating or (change.leader != NONE and world.vehicles[change.leader].accel > 0.0)
    leader_speed, leader_decel = 0.0, 0.0
    if leader != NONE:
        leader_speed = world.vehicles[leader].speed
        leader_decel = net.types[world.vehicles[leader].type].decel
    if accelerating:
        room = gap if leader != NONE else distance
        decel = max(leader_decel, 0.1)
        return min(limit, follow_speed(vehicle.speed, room, leader_speed, decel, driver, vehicle.desired_speed))
    if leader == NONE:
        return min(limit, speed_before_stop(distance, driver.decel, driver.tau))
    return min(limit, safe_follow_speed(gap, leader_speed, leader_decel, driver))


@kernel
def wish_for_convenience(net: Network, world: World, v: int, flag: int, to_best: bool, is_needed: bool) -> int:
    """Return the flags of a change that the route allows but does not demand: to help, for speed, to keep right."""
    vehicle = world.vehicles[v]
    change = world.change[0]
    right = change.direction < 0
    on_fast_road = net.lanes[vehicle.lane].speed > ON_RAMP_SPEED and vehicle.look_ahead_speed > HALTING_SPEED
    if right and change.best_offset == 0 and on_fast_road:
        return STAY | STRATEGIC
    change.leader, change.leader_gap = leader_on(net, world, v, vehicle.lane, change.own_option)
    limit = max_speed_on(net, vehicle, vehicle.lane)
    neighbour_limit = max_speed_on(net, vehicle, change.target)
    change.lane_speed = anticipated_speed(
        net, world, v, change.leader, change.leader_gap, change.current_distance, limit
    )
    change.lane_speed = min(change.lane_speed, change.speed_cap)
    change.neighbour_speed = anticipated_speed(
        net, world, v, change.neighbour_leader, change.neighbour_leader_gap, change.neighbour_distance, neighbour_limit
    )
    if helps_follower(world, v, to_best):
        return flag | COOPERATIVE | URGENT
    gain = (change.neighbour_speed - change.lane_speed) / max(change.neighbour_speed, RELATIVE_GAIN_MIN_SPEED)
    reason = wish_right(net, world, v, gain, limit) if right else wish_left(world, v, gain)
    if reason != 0:
        return flag | reason
    towards = vehicle.gain_right > 0.0 if right else vehicle.gain_left > 0.0
    if is_needed and gain >= 0.0 and towards:
        return flag | STRATEGIC
    return 0


@kernel
def helps_follower(world: World, v: int, to_best: bool) -> bool:
    """Return whether the vehicle makes room for one that asked it to, because it does not cost much."""
    vehicle = world.vehicles[v]
    change = world.change[0]
    asked = ASKED_RIGHT if change.direction < 0 else ASKED_LEFT
    if vehicle.lane_change_state & BLOCKING_FOLLOWER == 0 or vehicle.lane_change_state & asked == 0:
        return False
    lanes = abs(change.best_offset) + 1
    return to_best or change.neighbour_distance > change.look_ahead * lanes


@kernel
def wish_left(world: World, v: int, gain: float) -> int:
    """Return SPEED_GAIN once the left lane was faster for long enough."""
    vehicle = world.vehicles[v]
    change = world.change[0]
    if change.lane_speed > change.neighbour_speed:
        if vehicle.gain_left > 0.0:
            vehicle.gain_left = scaled_wish(vehicle.gain_left, 0.5)
    elif change.lane_speed == change.neighbour_speed:
        if vehicle.gain_left > 0.0:
            vehicle.gain_left = scaled_wish(vehicle.gain_left, 0.8)
    else:
        vehicle.gain_left = grown_wish(vehicle.gain_left, gain)
    leads_on = change.neighbour_distance / max(0.1, vehicle.speed) > 20.0
    pays = gain > NUMERICAL_EPS or change.overtakes_left == 1
    return SPEED_GAIN if vehicle.gain_left > SPEED_GAIN_LEFT * WHOLE_WISH and pays and leads_on else 0


@kernel
def wish_right(net: Network, world: World, v: int, gain: float, limit: float) -> int:
    """Return KEEP_RIGHT or SPEED_GAIN once the right lane served as well, or better, for long enough."""
    vehicle = world.vehicles[v]
    change = world.change[0]
    if change.lane_speed - 5.0 / 3.6 > change.neighbour_speed:
        vehicle.gain_right = scaled_wish(vehicle.gain_right, 0.5)
    else:
        vehicle.gain_right = grown_wish(vehicle.gain_right, gain)
        vehicle.keep_right = grown_wish(vehicle.keep_right, -keep_right_growth(net, world, v, limit))
        if vehicle.keep_right < -SPEED_GAIN_RIGHT * WHOLE_WISH:
            return KEEP_RIGHT
    leads_on = change.neighbour_distance / max(0.1, vehicle.speed) > 20.0
    return SPEED_GAIN if vehicle.gain_right > SPEED_GAIN_RIGHT * WHOLE_WISH and leads_on else 0


@kernel
def keep_right_growth(net: Network, world: World, v: int, limit: float) -> float:
    """Return how much the wish to keep right grows in a second, by how long the right lane allows full speed."""
    vehicle = world.vehicles[v]
    driver = net.types[vehicle.type]
    change = world.change[0]
    acceptance = KEEP_RIGHT_ACCEPTANCE * limit / net.lanes[vehicle.lane].speed * max(1.0, vehicle.speed)
    free = max(0.0, change.neighbour_distance - brake_gap(limit, driver.decel, driver.tau))
    seconds = min(acceptance, free / limit)
    if change.neighbour_leader != NONE and world.vehicles[change.neighbour_leader].speed < limit:
        leader = world.vehicles[change.neighbour_leader]
        needed = secure_gap_now(limit, vehicle.accel, leader.speed, net.types[leader.type].decel, driver)
        free = max(0.0, min(free, change.neighbour_leader_gap - needed))
        seconds = min(seconds, free / (limit - leader.speed))
    if change.leader != NONE and keeps_from_overtaking_right(net, vehicle):
        ahead = world.vehicles[change.leader]
        slower = limit - max_speed_on(net, ahead, ahead.lane)
        if slower > 0.0:
            free = max(0.0, min(free, change.leader_gap))
            seconds = min(seconds, free / (limit - ahead.speed))
            vehicle.gain_left = grown_wish(vehicle.gain_left, slower / max(limit, RELATIVE_GAIN_MIN_SPEED))
    return SPEED_GAIN_RIGHT * (seconds / acceptance) / KEEP_RIGHT_TIME
