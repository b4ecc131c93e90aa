"""The lanes with vehicles, of edges on which lanes are changed, in the order in which their edges' vehicles do so.

The order is SUMO's (MSEdgeControl): lanes come first that got their first vehicle last; of several in one phase of a
step, the one that stands last in the network. It matters where a change on one edge meets one on the next.
"""

from __future__ import annotations

from trafficai.core._compile import kernel
from trafficai.core.records import NONE, Network, World


@kernel
def put_first(world: World, lane: int) -> None:
    """Put a lane at the front of the list."""
    clock, state = world.clock[0], world.lanes[lane]
    state.is_active, state.before, state.after = 1, NONE, clock.first_active
    if clock.first_active != NONE:
        world.lanes[clock.first_active].before = lane
    clock.first_active = lane


@kernel
def take_out(world: World, lane: int) -> None:
    """Take a lane out of the list."""
    state = world.lanes[lane]
    if state.before == NONE:
        world.clock[0].first_active = state.after
    else:
        world.lanes[state.before].after = state.after
    if state.after != NONE:
        world.lanes[state.after].before = state.before
    state.is_active = 0


@kernel
def update_active_lanes(net: Network, world: World) -> None:
    """Take out lanes that are empty and put in those that got vehicles, after departures or after moves."""
    lane = world.clock[0].first_active
    while lane != NONE:
        following = world.lanes[lane].after
        if world.lanes[lane].count == 0:
            take_out(world, lane)
        lane = following
    for lane in range(len(world.lanes)):
        if world.lanes[lane].count > 0 and world.lanes[lane].is_active == 0:
            if net.edges[net.lanes[lane].edge].allows_changing == 1:
                put_first(world, lane)


@kernel
def put_in_changed(net: Network, world: World) -> None:
    """Put in lanes that got vehicles by changes, edge by edge in the order of the list."""
    lane = world.clock[0].first_active
    while lane != NONE:
        edge = net.edges[net.lanes[lane].edge]
        for beside in range(edge.first_lane, edge.first_lane + edge.num_lanes):
            if world.lanes[beside].count > 0 and world.lanes[beside].is_active == 0:
                put_first(world, beside)
        lane = world.lanes[lane].after
