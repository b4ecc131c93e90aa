"""What the loops over vehicles will need next is fetched into the cache while they are busy with the vehicle in hand.

Of a large network next to nothing of what a vehicle needs is in the cache, and each thing tells only where the next
one lies: the vehicle where its route's lane options are, an option the link ahead. To wait for them one after the other
takes longer than what is done with them. Measured on a grid of 10,000 vehicles: docs/performance.md.
"""

from __future__ import annotations

from trafficai.core._compile import kernel
from trafficai.core._struct import CACHE_LINE, prefetch
from trafficai.core.items import first_item
from trafficai.core.lanes import own_option
from trafficai.core.records import NONE, OPTION, Network, World

MANY = 1000
"""Vehicles below which nothing is fetched: the cache holds what so few need, and to ask costs two percent."""

VEHICLE_AHEAD, WAY_AHEAD, LINK_AHEAD = 8, 5, 3
"""How many vehicles before their turn their record, their lane options, and the link they come to are fetched."""

OPTIONS_PER_LINE = -(-CACHE_LINE // OPTION.itemsize)


@kernel
def fetch_way(net: Network, world: World, v: int, lines: int) -> None:
    """Fetch a vehicle's lane options: those of its edge, and of the next ones on its route, which lie behind them."""
    last = len(net.options) - 1
    option = own_option(net, world.vehicles[v])
    for _ in range(lines):
        prefetch(net.options[option])
        option = min(option + OPTIONS_PER_LINE, last)


@kernel
def foresee_plan(net: Network, world: World, k: int) -> None:
    """Fetch what planning needs for those who come after the ``k``-th in the list of running vehicles."""
    num_running = world.clock[0].num_running
    if num_running < MANY or k + VEHICLE_AHEAD >= num_running:
        return
    prefetch(world.vehicles[world.running[k + VEHICLE_AHEAD]])
    fetch_way(net, world, world.running[k + WAY_AHEAD], 2)
    link = net.options[own_option(net, world.vehicles[world.running[k + LINK_AHEAD]])].link
    if link != NONE:
        prefetch(net.links[link])
        prefetch(world.links[link])


@kernel
def foresee_move(world: World, k: int) -> None:
    """Fetch the vehicle and the trip of one who comes after the ``k``-th in the list of running vehicles."""
    num_running = world.clock[0].num_running
    if num_running < MANY or k + VEHICLE_AHEAD >= num_running:
        return
    v = world.running[k + VEHICLE_AHEAD]
    prefetch(world.vehicles[v])
    prefetch(world.trips[v])


@kernel
def foresee_lane(world: World, lane: int) -> None:
    """Fetch the first vehicle of the lane that follows in the list of active lanes."""
    after = world.lanes[lane].after
    if world.clock[0].num_running >= MANY and after != NONE and world.lanes[after].first != NONE:
        prefetch(world.vehicles[world.lanes[after].first])


@kernel
def foresee_behind(world: World, v: int) -> int:
    """Return who drives behind ``v``, if it is worth fetching for, and fetch the record of the one behind that."""
    follower = world.vehicles[v].behind
    if world.clock[0].num_running < MANY or follower == NONE:
        return NONE
    if world.vehicles[follower].behind != NONE:
        prefetch(world.vehicles[world.vehicles[follower].behind])
    return int(follower)


@kernel
def foresee_decision(world: World, v: int) -> None:
    """Fetch the drive items of the vehicle behind ``v``, and the record of the one behind that."""
    follower = foresee_behind(world, v)
    if follower != NONE:
        prefetch(world.items[first_item(world, follower)])


@kernel
def foresee_change(net: Network, world: World, v: int) -> None:
    """Fetch the lane options of the vehicle behind ``v``, and the record of the one behind that."""
    follower = foresee_behind(world, v)
    if follower != NONE:
        fetch_way(net, world, follower, 4)
