"""Vehicles that stand and are sure to stay: nothing of what they would see further ahead can let them move.

Between a third and two thirds of all vehicle-seconds in a town are spent standing. Whoever stands right behind a
standing leader, or at the stop line of a red light, gets his plan and his decision here, to the last bit the same as
the long way round (1.06 to 1.14 times as many updates per second on four maps of RESCO).
"""

from __future__ import annotations

import math

from trafficai.core._compile import kernel
from trafficai.core.lanes import leaver_back, own_option
from trafficai.core.parameters import NUMERICAL_EPS, POSITION_EPS, SPEED_EPS, STOP_LINE_GAP
from trafficai.core.records import KRAUSS, NONE, Network, World
from trafficai.core.right_of_way import is_red

STILL_SPEED = 0.99 * SPEED_EPS
"""Who could only drive slower than this does not move [m/s]; what is left of the least speed is for rounding."""


@kernel
def stays_behind_leader(net: Network, world: World, v: int) -> bool:
    """Return whether the standing vehicle's leader stands, too, and leaves it no gap."""
    vehicle = world.vehicles[v]
    leader = world.vehicles[vehicle.ahead]
    if leader.speed > 0.0:
        return False
    driver = net.types[vehicle.type]
    gap = leader.pos - net.types[leader.type].length - vehicle.pos - driver.min_gap
    return 0.0 <= gap < NUMERICAL_EPS + STILL_SPEED * driver.tau and driver.model == KRAUSS


@kernel
def stays_at_red(net: Network, world: World, v: int) -> bool:
    """Return whether the standing first vehicle of a lane has reached the stop line of a red light."""
    vehicle = world.vehicles[v]
    link = link_ahead(net, world, v)
    if link == NONE or not is_red(world.links[link].state) or not math.isinf(leaver_back(net, world, vehicle.lane)):
        return False
    seen = net.lanes[vehicle.lane].length - vehicle.pos
    way = seen - max(POSITION_EPS, min(STOP_LINE_GAP, seen))
    return way < NUMERICAL_EPS + STILL_SPEED and net.types[vehicle.type].model == KRAUSS


@kernel
def link_ahead(net: Network, world: World, v: int) -> int:
    """Return the link that a vehicle on a normal lane takes at its end; NONE where its route or the lane ends."""
    vehicle = world.vehicles[v]
    if vehicle.route_index == net.routes[vehicle.route].num_edges - 1:
        return NONE
    return int(net.options[own_option(net, vehicle)].link)


@kernel
def stays_put(net: Network, world: World, v: int) -> bool:
    """Return whether a vehicle on a normal lane, in a scenario without stops, is sure to stand for another second."""
    vehicle = world.vehicles[v]
    if vehicle.speed > 0.0:
        return False
    return stays_at_red(net, world, v) if vehicle.ahead == NONE else stays_behind_leader(net, world, v)


@kernel
def plan_to_stay(net: Network, world: World, v: int, row: int) -> None:
    """Fill the one drive item, in ``row``, of a vehicle that stands for another second."""
    vehicle, item = world.vehicles[v], world.items[row]
    item.link = link_ahead(net, world, v)
    item.vehicle, item.next, item.request = v, NONE, 0
    item.wait_speed = 0.0
    item.distance = net.lanes[vehicle.lane].length - vehicle.pos
    item.waiting = vehicle.waiting


@kernel
def is_held(net: Network, world: World, v: int, row: int) -> bool:
    """Return whether the drive item in ``row``, the vehicle's first, holds a standing vehicle; note that it waits."""
    vehicle, item = world.vehicles[v], world.items[row]
    if vehicle.speed > 0.0 or item.request == 1 or item.wait_speed >= SPEED_EPS:
        return False
    if len(net.stops) > 0 or net.lanes[vehicle.lane].is_internal == 1:
        return False
    vehicle.has_to_wait = 0 if item.link == NONE else 1
    return True
