"""Speeds that let lane changes happen: a driver slows down or hurries for its own change or for a neighbour's.

Wishes are collected during the lane-change phase of a step and honoured by the speed of the next one (Erdmann 2015).
"""

from __future__ import annotations

import math
from typing import Any

from trafficai.core._compile import kernel
from trafficai.core.car_following import stop_speed
from trafficai.core.records import MAX_ADVICES, Network, World

STAY, LEFT, RIGHT, STRATEGIC, COOPERATIVE, SPEED_GAIN, KEEP_RIGHT, URGENT = 1, 2, 4, 8, 16, 32, 64, 256
BLOCKED_BY_LEADER, BLOCKED_BY_FOLLOWER, OVERLAPPING = 512, 1024, 8192
BLOCKING_LEADER, BLOCKING_FOLLOWER, ASKED_LEFT, ASKED_RIGHT = 1 << 16, 1 << 17, 1 << 18, 1 << 19
WANTS_CHANGE = LEFT | RIGHT
BLOCKED = BLOCKED_BY_LEADER | BLOCKED_BY_FOLLOWER | OVERLAPPING
INFORMED = BLOCKING_LEADER | BLOCKING_FOLLOWER | ASKED_LEFT | ASKED_RIGHT
"""Flags of ``lane_change_state``: what is wanted, why, what is in the way, and what neighbours asked for."""

WHOLE_WISH = 1e7
"""What a wish of one is kept as."""


@kernel
def advise(world: World, v: int, speed: float) -> None:
    """Advise the vehicle to drive at ``speed`` [m/s] in the next step."""
    vehicle = world.vehicles[v]
    if vehicle.num_advices < MAX_ADVICES:
        world.advices[vehicle.slot, vehicle.num_advices] = speed - vehicle.speed
        vehicle.num_advices += 1


@kernel
def forget_wishes(vehicle: Any) -> None:
    """Let the vehicle forget what it has gathered for changes of lane: its look-ahead and its wishes."""
    vehicle.look_ahead_speed = 0.0
    vehicle.gain_left = vehicle.gain_right = 0.0
    vehicle.keep_right = 0.0


@kernel
def prepare_lane_change(net: Network, world: World, v: int) -> None:
    """Forget last step's advice; only the wish for a strategic change stays. On edges of one lane forget all wishes."""
    vehicle = world.vehicles[v]
    state = vehicle.lane_change_state
    if net.edges[net.lanes[vehicle.lane].edge].num_lanes == 1 and state & INFORMED == 0:
        forget_wishes(vehicle)
    vehicle.lane_change_state = state & WANTS_CHANGE if state & STRATEGIC else 0
    vehicle.blocker_length = 0.0
    vehicle.left_space = 0.0
    vehicle.num_advices = 0
    vehicle.dont_brake = 0


@kernel
def grown_wish(wish: float, gain: float) -> float:
    """Return a wish that has grown by a gain, in whole numbers, as SUMO 1.28 keeps it (by its saved states)."""
    return wish + math.trunc(gain * WHOLE_WISH)


@kernel
def scaled_wish(wish: float, factor: float) -> float:
    """Return a wish multiplied by a factor, in whole numbers."""
    return math.trunc(wish * factor)


@kernel
def patched_speed(net: Network, world: World, v: int, lowest: float, wanted: float, highest: float) -> float:
    """Return the speed [m/s] adapted to lane-change wishes, between ``lowest`` and ``highest``."""
    vehicle = world.vehicles[v]
    driver = net.types[vehicle.type]
    speed = wanted
    advised = False
    if vehicle.blocker_length > 0.0:
        space = vehicle.left_space - vehicle.blocker_length - 1.0 - driver.min_gap
        if space > 0.0:
            emergency = max(0.0, vehicle.speed - driver.emergency_decel)
            safe = stop_speed(vehicle.speed, space, driver.decel, driver, vehicle.desired_speed)
            highest = min(highest, max(safe, emergency))
            if safe < wanted:
                if safe < lowest and safe >= emergency:
                    lowest = max(emergency, safe)
                speed = max(lowest, safe)
                advised = True
    for k in range(vehicle.num_advices):
        advice = vehicle.speed + world.advices[vehicle.slot, k]
        if lowest <= advice <= highest:
            speed = min(speed, advice)
            advised = True
    if advised and vehicle.dont_brake == 0:
        return speed
    return hurried_speed(vehicle.lane_change_state, lowest, wanted, highest)


@kernel
def hurried_speed(state: int, lowest: float, wanted: float, highest: float) -> float:
    """Return the speed [m/s] of a vehicle that is blocked or blocks others, and was given no speed to drive at."""
    if state & WANTS_CHANGE and state & BLOCKED:
        if state & STRATEGIC:
            return (highest + wanted) / 2.0
        if state & COOPERATIVE:
            if state & BLOCKED_BY_LEADER:
                return (lowest + wanted) / 2.0
            if state & BLOCKED_BY_FOLLOWER:
                return (highest + wanted) / 2.0
    if state & BLOCKING_LEADER:
        return (highest + wanted) / 2.0
    return wanted
