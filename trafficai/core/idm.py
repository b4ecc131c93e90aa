"""The Intelligent Driver Model as SUMO applies it (Treiber, Hennecke, Helbing 2000; carFollowModel="IDM").

Acceleration follows from the desired speed, the leader's speed and the gap; a step is divided into ``iterations`` parts
with the leader at constant speed. There is no imperfection. ``driver`` is a row of VEHICLE_TYPE, ``desired`` the speed
on the free lane [m/s]. Unlike elsewhere the model needs the gap with the minimum gap in it, and adds that itself.
"""

from __future__ import annotations

from typing import Any

from trafficai.core._compile import kernel
from trafficai.core.parameters import NUMERICAL_EPS

FREE_GAP = 1e6
"""A gap at which nobody interacts [m]."""

SETTLED = 1.0
"""Departure speeds that a second of following would lower by less than this are accepted [m/s]."""

LEAST_GAP = 0.01
"""Closer to a stop than this a driver stands [m]."""


IDM_STOP_DECEL = 1.5
"""Braking that is always allowed [m/s^2]: with a gentler one stops would be missed."""


@kernel
def idm_speed(speed: float, gap: float, leader_speed: float, driver: Any, desired: float, min_gap: float) -> float:
    """Return the speed after a step behind a leader [m/s]; ``min_gap`` is 0 where it need not be kept [m]."""
    gap += min_gap
    part = 1.0 / driver.iterations
    limit = max(NUMERICAL_EPS, desired)
    for _ in range(driver.iterations):
        wanted = max(0.0, speed * driver.tau + speed * (speed - leader_speed) / driver.brake_scale) + min_gap
        gap = max(NUMERICAL_EPS, gap)
        accel = driver.accel * (1.0 - (speed / limit) ** driver.delta - wanted * wanted / (gap * gap))
        speed = max(0.0, speed + accel * part)
        gap -= max(0.0, (speed - leader_speed) * part)
    return speed


@kernel
def idm_stop_speed(speed: float, gap: float, driver: Any, desired: float) -> float:
    """Return the speed with which to approach a standing obstacle, never beyond it in one second [m/s]."""
    if gap < LEAST_GAP:
        return 0.0
    return min(idm_speed(speed, gap, 0.0, driver, desired, 0.0), gap)


@kernel
def idm_secure_gap(speed: float, leader_speed: float, driver: Any) -> float:
    """Return the gap that the model keeps beside the minimum gap [m]."""
    return max(0.0, speed * driver.tau + speed * (speed - leader_speed) / driver.brake_scale)


@kernel
def idm_free_speed(speed: float, distance: float, target_speed: float, driver: Any, desired: float) -> float:
    """Return the speed with which to approach a change of the limit to ``target_speed`` [m/s]."""
    secure = idm_secure_gap(target_speed, 0.0, driver)
    if speed <= target_speed:
        safe = idm_speed(speed, FREE_GAP, target_speed, driver, desired, 0.0)
    else:
        safe = idm_speed(speed, max(distance, secure), 0.0, driver, desired, 0.0)
    return min(safe, target_speed) if distance < secure else safe


@kernel
def idm_insertion_follow_speed(speed: float, gap: float, leader_speed: float, driver: Any, desired: float) -> float:
    """Return the speed with which to depart behind a leader without braking hard at once [m/s]."""
    while gap < idm_secure_gap(speed, leader_speed, driver):
        lower = idm_speed(speed, gap, leader_speed, driver, desired, driver.min_gap)
        if lower - idm_speed(lower, gap, leader_speed, driver, desired, driver.min_gap) < SETTLED:
            return lower
        speed = lower
    return speed
