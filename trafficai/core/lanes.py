"""The order of vehicles on a lane: linked lists from the stop line upstream, and who still overlaps from ahead."""

from __future__ import annotations

import math
from typing import Any

from trafficai.core._compile import kernel
from trafficai.core.parameters import CONGESTED_SPEED, HALTING_SPEED, UNCONGESTED_LIMIT
from trafficai.core.records import NONE, RUNNING, Network, World


@kernel
def max_speed_on(net: Network, vehicle: Any, lane: int) -> float:
    """Return the speed the driver chooses on a free lane [m/s]."""
    return min(net.lanes[lane].speed * vehicle.speed_factor, net.types[vehicle.type].max_speed)


@kernel
def keeps_from_overtaking_right(net: Network, vehicle: Any) -> bool:
    """Return whether the driver must not pass others on their right: on a fast road that is not congested."""
    return vehicle.speed >= CONGESTED_SPEED and net.lanes[vehicle.lane].speed >= UNCONGESTED_LIMIT


@kernel
def option_on(net: Network, vehicle: Any, lane: int) -> int:
    """Return the lane option of a lane of the vehicle's edge.

    Inside a junction it is that of the normal lane behind it, as seen from before the junction.
    """
    if net.lanes[lane].is_internal == 1:
        lane = net.links[net.lanes[lane].first_link].to_lane
    return int(vehicle.first_option + net.lanes[lane].index)


@kernel
def own_option(net: Network, vehicle: Any) -> int:
    """Return the lane option of the vehicle's normal lane, or of the one behind the junction it is in."""
    return option_on(net, vehicle, vehicle.lane)


@kernel
def offset_to_best(net: Network, vehicle: Any, lane: int) -> int:
    """Return how many lanes to the left the nearest best lane is; inside a junction, of those that cross it together.

    Negative to the right.
    """
    offset = int(net.options[option_on(net, vehicle, lane)].offset)
    if net.lanes[lane].is_internal == 1:
        last = net.edges[net.lanes[lane].edge].num_lanes - 1 - net.lanes[lane].index
        offset = min(max(offset, -net.lanes[lane].index), last)
    return offset


@kernel
def gross_length(net: Network, vehicle: Any) -> float:
    """Return length plus minimum gap [m]."""
    driver = net.types[vehicle.type]
    return driver.length + driver.min_gap


@kernel
def link_into(net: Network, world: World, lane: int, ahead: int, behind: int, v: int) -> None:
    """Put vehicle ``v`` between two neighbours of the lane, either of which may be NONE."""
    world.vehicles[v].ahead = ahead
    world.vehicles[v].behind = behind
    world.vehicles[v].lane = lane
    world.vehicles[v].desired_speed = max_speed_on(net, world.vehicles[v], lane)
    if ahead == NONE:
        world.lanes[lane].first = v
    else:
        world.vehicles[ahead].behind = v
    if behind == NONE:
        world.lanes[lane].last = v
    else:
        world.vehicles[behind].ahead = v
    world.lanes[lane].count += 1
    world.brutto_lengths[lane] += gross_length(net, world.vehicles[v])


@kernel
def enter_lane(net: Network, world: World, lane: int, v: int) -> None:
    """Put vehicle ``v`` onto the lane at its position, found from the upstream end."""
    behind = NONE
    ahead = world.lanes[lane].last
    while ahead != NONE and world.vehicles[ahead].pos < world.vehicles[v].pos:
        behind = ahead
        ahead = world.vehicles[ahead].ahead
    link_into(net, world, lane, ahead, behind, v)


@kernel
def leave_lane(net: Network, world: World, v: int) -> None:
    """Take vehicle ``v`` off its lane."""
    lane = world.vehicles[v].lane
    ahead = world.vehicles[v].ahead
    behind = world.vehicles[v].behind
    if ahead == NONE:
        world.lanes[lane].first = behind
    else:
        world.vehicles[ahead].behind = behind
    if behind == NONE:
        world.lanes[lane].last = ahead
    else:
        world.vehicles[behind].ahead = ahead
    world.lanes[lane].count -= 1
    world.brutto_lengths[lane] -= gross_length(net, world.vehicles[v])
    if world.lanes[lane].count == 0:
        world.brutto_lengths[lane] = 0.0


@kernel
def mark_leaver(world: World, lane: int, v: int, overshoot: float) -> None:
    """Remember that the front of ``v`` passed the lane's end ``overshoot`` metres ago; its back may still be there."""
    world.lanes[lane].leaver = v
    world.lanes[lane].leaver_odometer = world.vehicles[v].odometer - overshoot


@kernel
def lane_behind(net: Network, lane: int, edge: int) -> int:
    """Return the lane of ``edge`` that leads onto ``lane`` from inside a junction or into one; NONE if none does."""
    if net.lanes[lane].is_internal == 1:
        before = net.lanes[lane].predecessor
        return int(before) if net.lanes[before].edge == edge else NONE
    first = net.edges[edge].first_lane
    for before in range(first, first + net.edges[edge].num_lanes):
        if net.lanes[before].is_internal == 1 and net.links[net.lanes[before].first_link].next_lane == lane:
            return before
    return NONE


@kernel
def draw_back_over(net: Network, world: World, v: int) -> None:
    """Take the back of ``v``, which has changed lanes, to the lanes that lead to the new one (SUMO's further lanes)."""
    vehicle = world.vehicles[v]
    old, new, overshoot = vehicle.previous_lane, vehicle.lane, vehicle.pos
    is_nearest = True
    while old != NONE and overshoot < net.types[vehicle.type].length:
        new = lane_behind(net, new, net.lanes[old].edge)
        if new == NONE:
            return
        if new != old:
            if world.lanes[old].leaver == v:
                world.lanes[old].leaver = NONE
            mark_leaver(world, new, v, overshoot)
        if is_nearest:
            vehicle.previous_lane = new
        is_nearest = False
        overshoot += net.lanes[new].length
        old = net.lanes[old].predecessor


@kernel
def leaver_back(net: Network, world: World, lane: int) -> float:
    """Return the position of the leaver's back on the lane [m], inf once it is off.

    Summed up lane by lane as SUMO does, to the last bit: gaps of queues that start decide by bits who has to wait.
    """
    v = world.lanes[lane].leaver
    if v == NONE or world.vehicles[v].status != RUNNING or world.vehicles[v].lane == lane:
        return math.inf
    vehicle = world.vehicles[v]
    length = net.types[vehicle.type].length
    rest = length - vehicle.pos
    before = vehicle.previous_lane
    while before != NONE and rest > 0.0:
        rest -= net.lanes[before].length
        if before == lane:
            return -rest
        before = net.lanes[before].predecessor
    back = net.lanes[lane].length + vehicle.odometer - world.lanes[lane].leaver_odometer - length
    return back if back < net.lanes[lane].length else math.inf


@kernel
def last_on(net: Network, world: World, lane: int) -> int:
    """Return the vehicle furthest upstream that touches the lane, front on it or not; NONE on an empty lane."""
    last = world.lanes[lane].last
    if last != NONE:
        return last
    return NONE if math.isinf(leaver_back(net, world, lane)) else world.lanes[lane].leaver


@kernel
def back_on(net: Network, world: World, v: int, lane: int) -> float:
    """Return where the back of ``v`` is on the lane it is on or has just left [m]; negative if it reaches further."""
    if world.vehicles[v].lane == lane:
        return world.vehicles[v].pos - net.types[world.vehicles[v].type].length
    return leaver_back(net, world, lane)


@kernel
def space_till_last_standing(net: Network, world: World, lane: int, ego: int) -> tuple[float, bool]:
    """Return the room on the lane behind its last standing vehicle [m], and whether one stands."""
    lengths = 0.0
    v = world.lanes[lane].last
    while v != NONE:
        vehicle = world.vehicles[v]
        if v != ego and vehicle.speed < HALTING_SPEED:
            driver = net.types[vehicle.type]
            return vehicle.pos - driver.length + vehicle.speed * driver.tau - lengths, True
        lengths += gross_length(net, vehicle)
        v = vehicle.ahead
    return net.lanes[lane].length - lengths, False


@kernel
def mean_speed(net: Network, world: World, lane: int) -> float:
    """Return the mean speed of the vehicles on the lane, its limit if it is empty [m/s]."""
    if world.lanes[lane].count == 0:
        return net.lanes[lane].speed
    total = 0.0
    v = world.lanes[lane].last
    while v != NONE:
        total += world.vehicles[v].speed
        v = world.vehicles[v].ahead
    return total / world.lanes[lane].count
