"""No blocking of junctions: a driver enters only where there is room behind (SUMO's keepClear).

Works on the drive items that ``planning`` has filled in: notes the room behind each link, lets it count for the links
before, and withdraws the request to enter a junction that could not be left again.
"""

from __future__ import annotations

from trafficai.core._compile import kernel
from trafficai.core.car_following import brake_gap
from trafficai.core.lanes import gross_length, last_on, space_till_last_standing
from trafficai.core.parameters import POSITION_EPS
from trafficai.core.records import NONE, Network, World
from trafficai.core.right_of_way import has_priority, is_cont, is_open


@kernel
def measure_space(net: Network, world: World, v: int, lengths_in_front: float) -> bool:
    """Note behind each link the room until the next stopped vehicle; return whether one was found."""
    scan = world.scan[0]
    space = -lengths_in_front
    found = False
    for k in range(scan.num_items):
        item = world.items[scan.first_item + k]
        if item.link == NONE or found:
            item.available_space = space if found else item.available_space + space
            continue
        link = net.links[item.link]
        if link.via_lane != NONE:
            if link.keep_clear == 1:
                space -= world.brutto_lengths[link.via_lane]
                if link.via_lane == world.vehicles[v].lane:
                    space += gross_length(net, world.vehicles[v])
            else:
                free, found = space_till_last_standing(net, world, link.via_lane, v)
                space += free
            item.available_space = space
            continue
        last = last_on(net, world, link.to_lane)
        if last == NONE or last == v:
            fits = net.lanes[link.to_lane].length > net.types[world.vehicles[v].type].length
            space += net.lanes[link.to_lane].length if fits or link.keep_clear == 1 else 0.0
        else:
            free, stands = space_till_last_standing(net, world, link.to_lane, v)
            space += free
            if stands or world.vehicles[last].has_to_wait == 1:
                found = True
                item.had_stopped = 1
        item.available_space = space
    return found


@kernel
def pass_space_back(net: Network, world: World) -> bool:
    """Let room behind a link that can be left count for the link before; return whether a link ahead is closed."""
    scan = world.scan[0]
    closed = False
    for k in range(scan.num_items - 1, 0, -1):
        item, following = world.items[scan.first_item + k - 1], world.items[scan.first_item + k]
        can_leave = net.links[item.link].via_lane == NONE or following.link == NONE or following.request == 1
        opened = can_leave
        if can_leave and k > 1 and not has_priority(world.links[item.link].state):
            opened = is_open(net, world, item.link, item)
        continues = (is_cont(net, world, item.link) or opened) and item.had_stopped == 0
        if not opened:
            closed = True
            if k > 1:
                before = world.items[scan.first_item + k - 2].link
                continues = continues or (before != NONE and is_cont(net, world, before))
        if continues:
            item.available_space = following.available_space
    return closed


@kernel
def keep_junctions_clear(net: Network, world: World, v: int, lengths_in_front: float) -> None:
    """Give up the request to enter a junction behind which there is no room (SUMO's keepClear)."""
    scan = world.scan[0]
    found = measure_space(net, world, v, lengths_in_front)
    closed = pass_space_back(net, world)
    if not (found or closed):
        return
    needed = gross_length(net, world.vehicles[v])
    for k in range(scan.num_items):
        item = world.items[scan.first_item + k]
        if item.link != NONE and item.available_space < needed and net.links[item.link].keep_clear == 1:
            if k > 0 or net.lanes[world.vehicles[v].lane].is_internal == 0:
                withdraw_requests(net, world, v, k)
            return


@kernel
def withdraw_requests(net: Network, world: World, v: int, first: int) -> None:
    """Plan to wait at item ``first`` and all that follow, unless the vehicle can't stop there any more."""
    vehicle = world.vehicles[v]
    scan = world.scan[0]
    needed = brake_gap(vehicle.speed, net.types[vehicle.type].decel, 0.0) + POSITION_EPS
    for k in range(first, scan.num_items):
        item = world.items[scan.first_item + k]
        if item.link == NONE:
            return
        item.pass_speed = item.wait_speed
        if item.distance >= needed:
            enters = k > 0 and world.items[scan.first_item + k - 1].request == 1
            if not (enters and net.links[item.link].is_exit == 1):
                item.request = 0
