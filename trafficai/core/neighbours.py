"""Who drives ahead of and behind a vehicle on its own and on a neighbouring lane, across lane borders."""

from __future__ import annotations

import math

from trafficai.core._compile import kernel
from trafficai.core.car_following import brake_gap
from trafficai.core.lanes import back_on, last_on, leaver_back, own_option
from trafficai.core.records import NONE, Network, World


@kernel
def leader_beyond(net: Network, world: World, v: int, lane: int, option: int) -> tuple[int, float]:
    """Return the first vehicle beyond ``lane`` along the route within braking distance, and the gap [m]."""
    vehicle = world.vehicles[v]
    driver = net.types[vehicle.type]
    reach = brake_gap(vehicle.speed, driver.decel, driver.tau) + driver.min_gap
    seen = net.lanes[vehicle.lane].length - vehicle.pos
    back = leaver_back(net, world, lane)
    if not math.isinf(back) and world.lanes[lane].leaver != v:
        return world.lanes[lane].leaver, seen - (net.lanes[lane].length - back) - driver.min_gap
    while seen <= reach or net.lanes[lane].is_internal == 1:
        link = net.options[option].link if net.lanes[lane].is_internal == 0 else net.lanes[lane].first_link
        if link == NONE:
            return NONE, 0.0
        if net.lanes[lane].is_internal == 0:
            option = net.options[option].next_option
        lane = net.links[link].next_lane
        leader = last_on(net, world, lane)
        if leader != NONE and leader != v:
            return leader, seen + back_on(net, world, leader, lane) - driver.min_gap
        seen += net.lanes[lane].length
        if option == NONE:
            return NONE, 0.0
    return NONE, 0.0


@kernel
def leader_on(net: Network, world: World, v: int, lane: int, option: int) -> tuple[int, float]:
    """Return the vehicle ahead of ``v`` on a lane of its edge that the lane changer has come to, and the gap [m]."""
    vehicle = world.vehicles[v]
    driver = net.types[vehicle.type]
    if lane == vehicle.lane:
        leader = vehicle.ahead
    elif world.lanes[lane].candidate != NONE:
        leader = world.vehicles[world.lanes[lane].candidate].ahead
    else:
        leader = world.lanes[lane].last
    if leader == NONE:
        return leader_beyond(net, world, v, lane, option)
    gap = world.vehicles[leader].pos - net.types[world.vehicles[leader].type].length - vehicle.pos - driver.min_gap
    return leader, gap


@kernel
def heads_for(net: Network, world: World, v: int, lane: int) -> bool:
    """Return whether the vehicle's route leads from its lane, perhaps through a junction, onto ``lane``."""
    vehicle = world.vehicles[v]
    if net.lanes[vehicle.lane].is_internal == 1:
        return net.links[net.lanes[vehicle.lane].first_link].to_lane == lane
    return net.options[own_option(net, vehicle)].next_lane == lane


@kernel
def follower_behind(
    net: Network, world: World, lane: int, target: int, distance: float, reach: float
) -> tuple[int, float]:
    """Return the closest vehicle upstream of ``lane`` that heads for ``target``, and its front's distance [m].

    ``distance`` is from ``lane``'s start to the point looked back from. The search follows incoming links until
    ``reach`` metres, through one junction (internal lanes and the lanes before them).
    """
    found, closest = NONE, math.inf
    for k in range(net.lanes[lane].first_incoming, net.lanes[lane].first_incoming + net.lanes[lane].num_incoming):
        before = net.links[net.incoming_links[k]].from_lane
        v = world.lanes[before].first
        if v != NONE:
            gap = distance + net.lanes[before].length - world.vehicles[v].pos
            if gap < closest and gap < reach and heads_for(net, world, v, target):
                found, closest = v, gap
        elif net.lanes[before].is_internal == 1 and distance + net.lanes[before].length < reach:
            further, gap = follower_behind_entry(net, world, before, target, distance + net.lanes[before].length)
            if further != NONE and gap < closest and gap < reach:
                found, closest = further, gap
    return found, closest


@kernel
def follower_behind_entry(net: Network, world: World, lane: int, target: int, distance: float) -> tuple[int, float]:
    """Return the first vehicle before an internal lane that heads for ``target``, and its front's distance [m]."""
    for _ in range(2):
        link = net.incoming_links[net.lanes[lane].first_incoming]
        before = net.links[link].from_lane
        v = world.lanes[before].first
        if v != NONE:
            if not heads_for(net, world, v, target):
                return NONE, math.inf
            return v, distance + net.lanes[before].length - world.vehicles[v].pos
        if net.lanes[before].is_internal == 0:
            return NONE, math.inf
        distance += net.lanes[before].length
        lane = before
    return NONE, math.inf


@kernel
def follower_gap(net: Network, world: World, lane: int, back: float) -> tuple[int, float]:
    """Return the closest vehicle upstream of the lane that heads for it, and how far its front is from ``back`` [m]."""
    return follower_behind(net, world, lane, lane, back, brake_gap(2.0 * net.lanes[lane].speed, 4.5, 0.0))


@kernel
def follower_on(net: Network, world: World, v: int, lane: int) -> tuple[int, float]:
    """Return the vehicle behind ``v`` on a lane of its edge, and the gap less the follower's minimum gap [m]."""
    vehicle = world.vehicles[v]
    back = vehicle.pos - net.types[vehicle.type].length
    follower = vehicle.behind if lane == vehicle.lane else world.lanes[lane].candidate
    if follower != NONE:
        ahead = world.vehicles[follower]
        return follower, back - ahead.pos - net.types[ahead.type].min_gap
    follower, distance = follower_gap(net, world, lane, back)
    if follower == NONE:
        return NONE, 0.0
    return follower, distance - net.types[world.vehicles[follower].type].min_gap
