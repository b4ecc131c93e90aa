"""Zipper merging: two streams take turns at the end of a lane (junction type ``zipper``).

Drivers brake early and softly for a gap behind the vehicle on the other lane that comes first, and follow it when near
(https://sumo.dlr.de/docs/Networks/PlainXML.html#node_types).
"""

from __future__ import annotations

import math
from typing import Any

from trafficai.core._compile import kernel
from trafficai.core.car_following import brake_gap, follow_speed, speed_after
from trafficai.core.parameters import NUMERICAL_EPS, ZIPPER_HORIZON
from trafficai.core.records import NONE, Network, World
from trafficai.core.right_of_way import blocked_by


@kernel
def zipper_speed(net: Network, world: World, link: int, ego: Any, speed: float) -> float:
    """Return ``speed`` lowered to merge behind the foes that come first [m/s]; ``ego`` is a drive item."""
    vehicle = world.vehicles[ego.vehicle]
    driver = net.types[vehicle.type]
    if ego.distance > max(net.links[link].visibility, brake_gap(vehicle.speed, driver.decel, 1.0)):
        return speed
    for k in range(net.links[link].first_foe, net.links[link].first_foe + net.links[link].num_foes):
        foe_link = net.foes[k]
        row = world.links[foe_link].first_item
        while row != NONE:
            foe = world.items[row]
            meets = foe.request == 1 and foe.vehicle != ego.vehicle
            if meets and blocked_by(net, world, link, ego, foe_link, foe) and comes_first(net, world, ego, foe):
                speed = min(speed, merging_speed(net, world, ego, foe, speed))
            row = foe.next
    return speed


@kernel
def could_brake(net: Network, world: World, behind: Any, ahead: Any) -> bool:
    """Return whether the one further from the merge can stay behind the other by a second of braking."""
    follower, leader = world.vehicles[behind.vehicle], world.vehicles[ahead.vehicle]
    apart = behind.distance - ahead.distance
    return apart > 0.0 and apart > follower.speed - net.types[follower.type].decel - leader.speed


@kernel
def comes_first(net: Network, world: World, ego: Any, foe: Any) -> bool:
    """Return whether ego merges behind the foe."""
    if foe.arrival_time > ego.arrival_time and not could_brake(net, world, ego, foe):
        return False
    if could_brake(net, world, foe, ego):
        return False
    own_lane, foe_lane = world.vehicles[ego.vehicle].lane, world.vehicles[foe.vehicle].lane
    is_tie = foe.arrival_time == ego.arrival_time and foe.distance == ego.distance
    return not (is_tie and net.lanes[own_lane].index < net.lanes[foe_lane].index)


@kernel
def seconds_to(distance: float, mean_speed: float) -> float:
    """Return the whole seconds to cover a distance, at least one [s]."""
    return max(1.0, math.ceil(distance / max(NUMERICAL_EPS, mean_speed)))


@kernel
def late_arrival_accel(distance: float, seconds: float, speed: float) -> float:
    """Return the even acceleration with which ``distance`` is not covered before ``seconds`` [m/s^2]."""
    if distance <= 0.0:
        return -math.inf
    if seconds * speed > 2.0 * distance:
        return -0.5 * speed * speed / distance
    return 2.0 * (distance / seconds - speed) / seconds


@kernel
def merging_speed(net: Network, world: World, ego: Any, foe: Any, speed: float) -> float:
    """Return the speed with which ego, at ``speed`` otherwise, merges a second after the foe at the earliest [m/s]."""
    vehicle, leader = world.vehicles[ego.vehicle], world.vehicles[foe.vehicle]
    driver, leader_driver = net.types[vehicle.type], net.types[leader.type]
    foe_end = speed_after(foe.distance, leader.speed, leader.desired_speed, leader_driver)
    foe_seconds = seconds_to(foe.distance, 0.5 * (leader.speed + foe_end))
    fastest = speed_after(ego.distance, vehicle.speed, vehicle.desired_speed, driver)
    # SUMO estimates the speed at the merge with the deceleration as a gain, too
    changed = min(driver.max_speed, math.sqrt(2.0 * ego.distance * driver.decel + vehicle.speed * vehicle.speed))
    own_mean = 0.5 * (vehicle.speed + min(fastest, max(foe_end, changed)))
    far = min(1.0, seconds_to(ego.distance, own_mean) / ZIPPER_HORIZON)
    decel = far * driver.decel + (1.0 - far) * driver.emergency_decel
    accel = max(-decel, late_arrival_accel(ego.distance, foe_seconds + 1.0, speed))
    safe = max(0.0, vehicle.speed + accel)
    gap = ego.distance - foe.distance - leader_driver.length - driver.min_gap
    if gap < 0.0:
        return safe
    follow = follow_speed(vehicle.speed, gap, leader.speed, leader_driver.decel, driver, vehicle.desired_speed)
    return max(safe, follow)
