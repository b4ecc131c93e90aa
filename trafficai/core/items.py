"""The drive items that a vehicle registered last: what it announced to the links ahead."""

from __future__ import annotations

from trafficai.core._compile import kernel
from trafficai.core.lanes import own_option
from trafficai.core.records import NONE, Network, World


@kernel
def first_item(world: World, v: int) -> int:
    """Return the row of the vehicle's first registered drive item."""
    return world.vehicles[v].first_item_odd if world.clock[0].parity == 1 else world.vehicles[v].first_item_even


@kernel
def num_items(world: World, v: int) -> int:
    """Return how many drive items the vehicle registered."""
    return world.vehicles[v].num_items_odd if world.clock[0].parity == 1 else world.vehicles[v].num_items_even


@kernel
def leads_off(net: Network, link: int, lane: int) -> bool:
    """Return whether there is a link and it starts at the lane."""
    return link != NONE and net.links[link].from_lane == lane


@kernel
def announce_new_way(net: Network, world: World, v: int, left: int) -> None:
    """Announce the links beyond the new lane in place of those beyond the lane that was ``left``."""
    vehicle = world.vehicles[v]
    row = first_item(world, v)
    end = row + num_items(world, v)
    while row < end and not leads_off(net, world.items[row].link, left):
        row += 1
    lane, option = vehicle.lane, own_option(net, vehicle)
    while row < end:
        link = NONE
        if net.lanes[lane].is_internal == 1:
            link = net.lanes[lane].first_link
        elif option != NONE:
            link, option = net.options[option].link, net.options[option].next_option
        if link == NONE or link == world.items[row].link:
            return
        world.items[row].link = link
        lane = net.links[link].next_lane
        row += 1
