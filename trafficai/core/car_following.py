"""SUMO's Krauss model: how fast a driver may go (Krauss 1998; https://sumo.dlr.de/docs/Car-Following-Models.html).

All formulas are for SUMO's default semi-implicit Euler update with 1 s steps: a vehicle moves by its new speed.
``driver`` is a row of VEHICLE_TYPE, whose ``model`` may name another model, ``idm``; ``desired`` is the speed that the
driver would drive at on the free lane it is on [m/s]. Gaps are from bumper to bumper less the driver's minimum gap.
"""

from __future__ import annotations

import math
from typing import Any

from trafficai.core._compile import kernel
from trafficai.core.idm import (
    IDM_STOP_DECEL,
    idm_free_speed,
    idm_insertion_follow_speed,
    idm_secure_gap,
    idm_speed,
    idm_stop_speed,
)
from trafficai.core.parameters import EMERGENCY_AMPLIFIER, HALTING_SPEED, NUMERICAL_EPS, POSITION_EPS
from trafficai.core.records import IDM


@kernel
def brake_gap(speed: float, decel: float, headway: float) -> float:
    """Return the distance to a standstill [m], braking step by step after ``headway`` seconds."""
    steps = math.floor(speed / decel)
    return speed * (steps + headway) - decel * steps * (steps + 1.0) / 2.0


@kernel
def speed_before_stop(gap: float, decel: float, headway: float) -> float:
    """Return the highest speed from which a driver stops within ``gap`` [m/s]."""
    distance = gap - NUMERICAL_EPS
    if distance < 0.0:
        return 0.0
    root = math.sqrt(1.0 + 4.0 * (2.0 * distance / decel - headway + headway * headway))
    steps = math.floor(0.5 - headway + 0.5 * root)
    covered = 0.5 * steps * (steps - 1.0) * decel + steps * decel * headway
    return steps * decel + (distance - covered) / (steps + headway)


@kernel
def max_next_speed(speed: float, driver: Any) -> float:
    """Return the speed after a second of full acceleration [m/s]."""
    return min(speed + driver.accel, driver.max_speed)


@kernel
def is_far(gap: float, speed: float, decel: float, headway: float) -> bool:
    """Return whether ``gap`` [m] is surely more than it takes to stop from ``speed`` after ``headway`` seconds.

    Braking step by step takes no longer way than braking evenly. True saves the root and the divisions of
    ``speed_before_stop``, whose result would be ``speed`` or more; false says nothing.
    """
    return 2.0 * decel * (gap - POSITION_EPS) > speed * (speed + 2.0 * headway * decel)


@kernel
def min_next_speed(speed: float, driver: Any) -> float:
    """Return the speed after a second of the hardest comfortable braking [m/s]; IDM may need more to stop in time."""
    decel = driver.decel
    if driver.model == IDM:
        decel = max(decel, min(driver.emergency_decel, IDM_STOP_DECEL))
    return max(0.0, speed - decel)


@kernel
def stop_speed(speed: float, gap: float, decel: float, driver: Any, desired: float) -> float:
    """Return the speed with which to approach a standing obstacle [m/s]."""
    if driver.model == IDM:
        result = idm_stop_speed(speed, gap, driver, desired)
        if gap > 0.0 and speed < NUMERICAL_EPS and result < NUMERICAL_EPS:
            return speed_before_stop(gap, decel, 1.0)  # so that stops can be reached
        return result
    fastest = max_next_speed(speed, driver)
    if is_far(gap, fastest, decel, 1.0):
        return fastest
    return min(speed_before_stop(gap, decel, 1.0), fastest)


@kernel
def emergency_deceleration(gap: float, speed: float, leader_speed: float, leader_decel: float) -> float:
    """Return the least braking that avoids a leader who brakes likewise [m/s^2]; inf without a gap."""
    if gap <= 0.0:
        return math.inf
    leader_distance = 0.5 * leader_speed * leader_speed / leader_decel
    needed = 0.5 * speed * speed / (gap + leader_distance)
    if needed <= leader_decel:
        return needed
    return 0.5 * (speed * speed - leader_speed * leader_speed) / gap


@kernel
def safe_follow_speed(gap: float, leader_speed: float, leader_decel: float, driver: Any) -> float:
    """Return the highest speed that is safe behind a leader at comfortable braking [m/s]."""
    leader_distance = brake_gap(leader_speed, max(driver.decel, leader_decel), 0.0)
    return speed_before_stop(gap + leader_distance, driver.decel, driver.tau)


@kernel
def follow_speed(
    speed: float, gap: float, leader_speed: float, leader_decel: float, driver: Any, desired: float
) -> float:
    """Return the speed behind a leader [m/s], braking harder than comfortable only as far as an emergency asks."""
    if driver.model == IDM:
        return idm_speed(speed, gap, leader_speed, driver, desired, driver.min_gap)
    fastest = max_next_speed(speed, driver)
    if is_far(gap, max(fastest, speed), driver.decel, driver.tau):
        return fastest
    safe = safe_follow_speed(gap, leader_speed, leader_decel, driver)
    braking = speed - safe
    if braking > driver.decel + NUMERICAL_EPS and driver.decel != driver.emergency_decel:
        needed = emergency_deceleration(gap, speed, leader_speed, leader_decel)
        if math.isinf(needed):
            needed = driver.emergency_decel
        needed = min(max(EMERGENCY_AMPLIFIER * needed, driver.decel), braking)
        safe = max(speed - needed, 0.0)
    return min(safe, fastest)


@kernel
def secure_gap_now(speed: float, accel: float, leader_speed: float, leader_decel: float, driver: Any) -> float:
    """Return the gap [m] a driver needs behind a leader while lanes are changed: who brakes is taken to go on braking.

    As seen in SUMO 1.28 (``--lanechange-output``), whose needed gaps agree to the centimetre: 311 to followers, 880 to
    leaders.
    """
    if driver.model == IDM:
        return idm_secure_gap(speed, leader_speed, driver)
    distance = brake_gap(speed, driver.decel, driver.tau)
    if accel < 0.0:
        distance = min(distance, brake_gap(speed, -accel, 0.0))
    return max(0.0, distance - brake_gap(leader_speed, max(driver.decel, leader_decel), 0.0))


@kernel
def secure_gap(speed: float, leader_speed: float, leader_decel: float, driver: Any) -> float:
    """Return the gap [m] a driver needs behind a leader, whatever it does now."""
    return secure_gap_now(speed, 0.0, leader_speed, leader_decel, driver)


@kernel
def free_speed(distance: float, target_speed: float, decel: float, on_insertion: bool) -> float:
    """Return the speed that reaches a lower limit ahead by comfortable braking [m/s]."""
    if distance < target_speed:
        return target_speed
    double = decel + 2.0 * target_speed
    steps = max(0.0, ((math.sqrt(double * double + 8.0 * decel * distance) - decel) * 0.5 - target_speed) / decel)
    full = math.floor(steps)
    exact = (full * full + full) * 0.5 * decel + full * target_speed
    if steps > full:
        exact += target_speed
    gain = (full + 1.0 if on_insertion else full) * decel
    return max(0.0, distance - exact) / (full + 1.0) + gain + target_speed


@kernel
def approach_speed(speed: float, distance: float, target_speed: float, driver: Any, desired: float) -> float:
    """Return the speed with which to approach a change of the limit [m/s]."""
    if driver.model == IDM:
        return idm_free_speed(speed, distance, target_speed, driver, desired)
    return free_speed(distance, target_speed, driver.decel, False)


@kernel
def insertion_follow_speed(
    speed: float, gap: float, leader_speed: float, leader_decel: float, driver: Any, desired: float
) -> float:
    """Return the speed with which to depart behind a leader [m/s]; ``speed`` is the wanted one."""
    if driver.model == IDM:
        return idm_insertion_follow_speed(speed, gap, leader_speed, driver, desired)
    return follow_speed(speed, gap, leader_speed, leader_decel, driver, desired)


@kernel
def insertion_stop_speed(speed: float, gap: float, driver: Any, desired: float) -> float:
    """Return the speed with which to depart before a stop [m/s]; ``speed`` is the wanted one."""
    if driver.model == IDM:
        return stop_speed(speed, gap, driver.decel, driver, desired)
    return speed_before_stop(gap, driver.decel, driver.tau)


@kernel
def insertion_free_speed(speed: float, distance: float, target_speed: float, driver: Any, desired: float) -> float:
    """Return the speed with which to depart before a change of the limit [m/s]; ``speed`` is the wanted one."""
    if driver.model == IDM:
        return idm_free_speed(speed, distance, target_speed, driver, desired)
    return free_speed(distance, target_speed, driver.decel, True)


@kernel
def speed_after(distance: float, speed: float, limit: float, driver: Any) -> float:
    """Return the speed after accelerating over a distance [m/s], at most ``limit``."""
    highest = min(limit, driver.max_speed)
    squared = 2.0 * distance * driver.accel + speed * speed
    return highest if squared >= highest * highest else math.sqrt(squared)


@kernel
def arrival_time(distance: float, speed: float, arrival_speed: float, driver: Any) -> float:
    """Return the least time to cover ``distance`` and arrive with ``arrival_speed`` [s]."""
    if distance <= 0.0:
        return 0.0
    accel = driver.accel if arrival_speed >= speed else -driver.decel
    duration = (arrival_speed - speed) / accel
    way = duration * (arrival_speed + speed) * 0.5
    if distance >= way:
        cruise = max(speed, arrival_speed, HALTING_SPEED)
        return duration + (distance - way) / cruise
    return -(speed - math.sqrt(max(0.0, speed * speed + 2.0 * accel * distance))) / accel


@kernel
def arrival_speed_braking(distance: float, speed: float, decel: float) -> float:
    """Return the least speed at which a link at ``distance`` is reached when braking starts now [m/s]."""
    if distance < speed:
        return math.inf
    return math.sqrt(max(0.0, speed * speed - 2.0 * decel * distance))


@kernel
def dawdle(speed: float, accel: float, sigma: float, chance: float) -> float:
    """Return the speed lowered by the driver's imperfection [m/s]; slow vehicles are not kept from starting."""
    return max(0.0, speed - sigma * min(speed, accel) * chance)
