"""Who drives ahead of and behind a vehicle on its own and on a neighbouring lane, across lane borders."""

from __future__ import annotations

import math

from trafficai.core._compile import kernel
from trafficai.core.car_following import brake_gap, secure_gap
from trafficai.core.junction_leaders import gap_for_changer, is_leader, nearest_foe, next_foe
from trafficai.core.lanes import back_on, gross_length, last_on, leaver_back, max_speed_on
from trafficai.core.parameters import LONGEST_BRAKING
from trafficai.core.records import NONE, RUNNING, Network, World
from trafficai.core.right_of_way import has_priority


@kernel
def leader_beyond(net: Network, world: World, v: int, lane: int, option: int) -> tuple[int, float]:
    """Return the first vehicle beyond ``lane`` along the route within braking distance, and the gap [m].

    Whoever is in the way inside a junction counts as well.
    """
    vehicle = world.vehicles[v]
    driver = net.types[vehicle.type]
    reach = brake_gap(vehicle.speed, driver.decel, driver.tau) + driver.min_gap
    seen = net.lanes[vehicle.lane].length - vehicle.pos
    own = lane == vehicle.lane
    back = leaver_back(net, world, lane)
    if not math.isinf(back) and world.lanes[lane].leaver != v:
        return world.lanes[lane].leaver, seen - (net.lanes[lane].length - back) - driver.min_gap
    while seen <= reach or net.lanes[lane].is_internal == 1:
        link = net.options[option].link if net.lanes[lane].is_internal == 0 else net.lanes[lane].first_link
        if link == NONE:
            return NONE, 0.0
        if net.lanes[lane].is_internal == 1:
            foe, gap = nearest_foe(net, world, v, link, seen, own)
            if foe != NONE:
                return foe, gap
        else:
            option = net.options[option].next_option
        lane = net.links[link].next_lane
        leader = last_on(net, world, lane)
        if leader != NONE and leader != v:
            return leader, seen + back_on(net, world, leader, lane) - driver.min_gap
        limit = max_speed_on(net, vehicle, lane)
        if limit < vehicle.speed:
            reach = brake_gap(limit, driver.decel, driver.tau)
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
def first_upstream(net: Network, world: World, v: int, edge: int, lane: int, distance: float) -> tuple[int, float]:
    """Return the vehicle on ``lane`` that is furthest downstream, and how far it is from the back of ``v`` [m].

    ``distance`` is from the back of ``v`` on ``edge`` to the lane's start. A vehicle whose front has left the lane
    counts with its place at the lane's end, but only if the back of ``v`` reaches there or both are on one edge.
    """
    length = net.lanes[lane].length
    leaver = world.lanes[lane].leaver
    if not math.isinf(leaver_back(net, world, lane)):
        gap = distance - length
        if net.lanes[world.vehicles[leaver].lane].edge == edge or gap <= net.types[world.vehicles[leaver].type].min_gap:
            return (NONE, 0.0) if leaver == v else (leaver, gap)
    first = world.lanes[lane].first
    return first, 0.0 if first == NONE else distance - world.vehicles[first].pos


@kernel
def missing_gap(net: Network, world: World, v: int, follower: int, distance: float, speed: float) -> float:
    """Return how much a follower lacks to be safe whose front is ``distance`` behind the back of ``v`` [m]."""
    driver = net.types[world.vehicles[follower].type]
    decel = net.types[world.vehicles[v].type].decel
    return secure_gap(world.vehicles[follower].speed, speed, decel, driver) + driver.min_gap - distance


@kernel
def has_come_over(net: Network, world: World, v: int, edge: int) -> bool:
    """Return whether the vehicle has come to its edge over another one."""
    lane = world.vehicles[v].previous_lane
    while lane != NONE:
        if net.lanes[lane].edge == edge:
            return True
        lane = net.lanes[lane].predecessor
    return False


@kernel
def leads_on_with_priority(net: Network, world: World, lane: int, next_lane: int) -> bool:
    """Return whether the link between two lanes shows priority now."""
    link = net.lanes[lane].first_link
    if net.lanes[lane].is_internal == 0:
        link = net.lanes[next_lane].entry_link if net.lanes[next_lane].is_internal == 1 else NONE
    return link == NONE or has_priority(world.links[link].state)


@kernel
def follower_in_junction(
    net: Network, world: World, v: int, lane: int, back: float, speed: float, found: tuple[int, float, float]
) -> tuple[int, float, float]:
    """Return who conflicts with the back of ``v`` on an internal lane, if it is more critical than who was ``found``.

    ``back`` is from the back of ``v`` to the end of the internal lane [m]. With the follower go its distance from that
    back and the gap it lacks [m].
    """
    link = net.lanes[lane].first_link
    length = net.types[world.vehicles[v].type].length
    k, foe = next_foe(net, world, link, back + length, net.links[link].first_conflict - 1, NONE)
    while foe != NONE:
        gap = gap_for_changer(net, world, v, link, net.conflicts[k], foe, back, False)
        if gap != math.inf:
            driver = net.types[world.vehicles[foe].type]
            if is_leader(net, world, link, foe, v, gap):
                gap = -gap - gross_length(net, world.vehicles[foe]) - net.types[world.vehicles[v].type].min_gap
            else:
                gap += length
            distance = gap + driver.min_gap
            missing = missing_gap(net, world, v, foe, distance, speed)
            if missing > found[2]:
                found = foe, distance, missing
        k, foe = next_foe(net, world, link, back + length, k, foe)
    return found


@kernel
def follower_gap(net: Network, world: World, v: int, lane: int, back: float, speed: float) -> tuple[int, float]:
    """Return who upstream of the lane would be the most critical follower of ``v``, and how far its front is [m].

    ``back`` is where the back of ``v`` would be on the lane [m], ``speed`` its speed [m/s]. Found by experiment in SUMO
    1.28: the first on each lane that leads there counts, wherever it heads for, as far back as the fastest driver would
    need to brake from the lowest of the limits of the lanes looked at so far, and the largest minimum gap on the road.
    While the back is still in a junction, those in its way there count as well; who comes from a side road does not
    come closer than its minimum gap.
    """
    clock = world.clock[0]
    seconds = 0.5 * clock.speed_factor * clock.speed_factor / clock.decel
    is_on_road = world.vehicles[v].status == RUNNING
    found = NONE, math.inf, -math.inf
    limit, edge = net.lanes[lane].speed, net.lanes[lane].edge
    leads_on = 0
    start = net.lanes[lane].first_upstream
    for k in range(net.lanes[lane].num_upstream):
        row = net.upstream[start + k]
        if row.behind != NONE and leads_on >> row.behind & 1 == 0:
            continue
        limit = min(limit, net.lanes[row.lane].speed)
        distance = row.distance + back
        if distance < min(limit * limit * seconds, LONGEST_BRAKING) + clock.min_gap:
            leads_on |= 1 << k
        to_end = distance - net.lanes[row.lane].length
        is_over = to_end < 0.0 and is_on_road and has_come_over(net, world, v, net.lanes[row.lane].edge)
        if is_over and net.lanes[row.lane].is_internal == 1:
            found = follower_in_junction(net, world, v, row.lane, -to_end, speed, found)
        follower, gap = first_upstream(net, world, v, edge, row.lane, distance)
        if follower == NONE or follower == v:
            continue
        if is_on_road and not is_over and world.vehicles[follower].lane == row.lane:
            next_lane = lane if row.behind == NONE else net.upstream[start + row.behind].lane
            if not leads_on_with_priority(net, world, row.lane, next_lane):
                gap = max(gap, net.types[world.vehicles[follower].type].min_gap)
        missing = missing_gap(net, world, v, follower, gap, speed)
        if missing > found[2]:
            found = follower, gap, missing
    return found[0], found[1]


@kernel
def follower_on(net: Network, world: World, v: int, lane: int) -> tuple[int, float]:
    """Return the vehicle behind ``v`` on a lane of its edge, and the gap less the follower's minimum gap [m]."""
    vehicle = world.vehicles[v]
    back = vehicle.pos - net.types[vehicle.type].length
    follower = vehicle.behind if lane == vehicle.lane else world.lanes[lane].candidate
    if follower != NONE:
        ahead = world.vehicles[follower]
        return follower, back - ahead.pos - net.types[ahead.type].min_gap
    follower, distance = follower_gap(net, world, v, lane, back, vehicle.speed)
    if follower == NONE:
        return NONE, 0.0
    return follower, distance - net.types[world.vehicles[follower].type].min_gap
