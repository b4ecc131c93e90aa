"""The second look of a lane changer: whether a more critical leader or a zipper ahead keeps it from changing."""

from __future__ import annotations

import math

from trafficai.core._compile import kernel
from trafficai.core.car_following import brake_gap, insertion_follow_speed, secure_gap
from trafficai.core.items import first_item, num_items
from trafficai.core.junction_leaders import gap_for_changer, junction_leader_speed, next_foe, way_to_crossing
from trafficai.core.lanes import back_on, last_on, max_speed_on, option_on
from trafficai.core.records import NONE, Network, World
from trafficai.core.right_of_way import ZIPPER, blocked_on, has_priority, is_cont, is_red


@kernel
def looks_open(net: Network, world: World, link: int) -> bool:
    """Return whether the lane changer takes the link to be open."""
    state = world.links[link].state
    return not is_red(state) and (has_priority(state) or is_cont(net, world, link) or net.links[link].num_foes == 0)


@kernel
def critical_foe(
    net: Network, world: World, v: int, link: int, seen: float, found: int, found_gap: float, lowest: float
) -> tuple[int, float, float]:
    """Return who in the junction asks for the lowest speed, the gap to it [m] and that speed [m/s], if it is lower."""
    ego = world.vehicles[v]
    reach = seen + net.types[ego.type].length
    edge = seen - net.lanes[net.links[link].from_lane].length
    k, foe = next_foe(net, world, link, reach, net.links[link].first_conflict - 1, NONE)
    while foe != NONE:
        conflict = net.conflicts[k]
        gap = gap_for_changer(net, world, v, link, conflict, foe, seen, False)
        if gap != math.inf and foe != found:
            way = way_to_crossing(world, conflict, foe, seen - conflict.behind_aside)
            speed = junction_leader_speed(net, world, v, foe, gap, way, edge)
            if speed < lowest:
                found, found_gap, lowest = foe, gap, speed
        k, foe = next_foe(net, world, link, reach, k, foe)
    return found, found_gap, lowest


@kernel
def critical_leader(net: Network, world: World, v: int, lane: int, option: int) -> tuple[int, float]:
    """Return who beyond ``lane`` would ask for the lowest speed, and the gap to it [m]; NONE if there is nobody."""
    vehicle = world.vehicles[v]
    driver = net.types[vehicle.type]
    found, found_gap, lowest = NONE, 0.0, math.inf
    seen = net.lanes[vehicle.lane].length - vehicle.pos
    reach = brake_gap(vehicle.speed, driver.decel, driver.tau) + driver.min_gap
    if seen >= reach and net.lanes[lane].is_internal == 0:
        return found, found_gap
    while True:
        is_internal = net.lanes[lane].is_internal == 1
        link = net.lanes[lane].first_link if is_internal else net.options[option].link
        if link == NONE or not looks_open(net, world, link):
            return found, found_gap
        if is_internal:
            found, found_gap, lowest = critical_foe(net, world, v, link, seen, found, found_gap, lowest)
        else:
            option = net.options[option].next_option
        lane = net.links[link].next_lane
        leader = last_on(net, world, lane)
        if leader not in (NONE, found, v):
            ahead = world.vehicles[leader]
            gap = seen + back_on(net, world, leader, lane) - driver.min_gap
            decel = net.types[ahead.type].decel
            speed = insertion_follow_speed(vehicle.speed, gap, ahead.speed, decel, driver, vehicle.desired_speed)
            if speed < lowest:
                found, found_gap, lowest = leader, gap, speed
        limit = max_speed_on(net, vehicle, lane)
        if limit < vehicle.speed:
            reach = brake_gap(limit, driver.decel, driver.tau)
        seen += net.lanes[lane].length
        if (seen > reach and net.lanes[lane].is_internal == 0) or option == NONE:
            return found, found_gap


@kernel
def overlooks_leader(net: Network, world: World, v: int, lane: int) -> bool:
    """Return whether somebody beyond ``lane`` other than the nearest leader there comes too close."""
    vehicle = world.vehicles[v]
    leader, gap = critical_leader(net, world, v, lane, option_on(net, vehicle, lane))
    if leader in (NONE, world.change[0].neighbour_leader):
        return False
    ahead = world.vehicles[leader]
    return gap < secure_gap(vehicle.speed, ahead.speed, net.types[ahead.type].decel, net.types[vehicle.type])


@kernel
def meets_at_zipper(net: Network, world: World, v: int, lane: int) -> bool:
    """Return whether others come to a zipper beyond ``lane`` at about the time at which ``v`` does.

    Seen are zippers within their distance of visibility, and the one ``v`` is in. As measured in SUMO 1.28: whoever is
    there between the arrival planned on the own lane and the gap of a zipper after leaving counts.
    """
    vehicle = world.vehicles[v]
    row, end = first_item(world, v), first_item(world, v) + num_items(world, v)
    while row < end and world.items[row].link != NONE and net.links[world.items[row].link].from_lane != vehicle.lane:
        row += 1
    option = option_on(net, vehicle, lane)
    seen = net.lanes[lane].length - vehicle.pos
    while row < end and world.items[row].link != NONE:
        is_internal = net.lanes[lane].is_internal == 1
        link = net.lanes[lane].first_link if is_internal else net.options[option].link
        if link == NONE:
            return False
        entry = net.links[net.links[link].entry_link]
        if world.links[net.links[link].entry_link].state == ZIPPER and seen <= entry.visibility:
            for k in range(entry.first_foe, entry.first_foe + entry.num_foes):
                if blocked_on(net, world, link, world.items[row], net.foes[k], False):
                    return True
        if not is_internal:
            option = net.options[option].next_option
            if option == NONE:
                return False
        lane = net.links[link].next_lane
        seen += net.lanes[lane].length
        row += 1
    return False
