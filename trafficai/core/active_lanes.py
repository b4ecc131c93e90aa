"""The lanes with vehicles, in the order in which SUMO moves them and lets them change lanes (its MSEdgeControl).

Of edges with several lanes those come first that got their first vehicle last, of others those that got it first. Of
several in one second it is the order of their ids, or of the network where vehicles departed. It matters where what one
driver does depends on what another has just done.
"""

from __future__ import annotations

from trafficai.core._compile import kernel
from trafficai.core.records import NONE, Network, World


@kernel
def put_in(net: Network, world: World, lane: int) -> None:
    """Put a lane into the list: at its front if there are lanes beside it, else at its end."""
    clock, state = world.clock[0], world.lanes[lane]
    state.is_active = 1
    if net.edges[net.lanes[lane].edge].num_lanes > 1:
        state.before, state.after = NONE, clock.first_active
    else:
        state.before, state.after = clock.last_active, NONE
    link_neighbours(world, lane, lane, lane)


@kernel
def take_out(world: World, lane: int) -> None:
    """Take a lane out of the list."""
    state = world.lanes[lane]
    state.is_active = 0
    link_neighbours(world, lane, state.after, state.before)


@kernel
def link_neighbours(world: World, lane: int, after: int, before: int) -> None:
    """Let what comes before ``lane`` be followed by ``after``, and what comes after it be preceded by ``before``."""
    clock, state = world.clock[0], world.lanes[lane]
    if state.before == NONE:
        clock.first_active = after
    else:
        world.lanes[state.before].after = after
    if state.after == NONE:
        clock.last_active = before
    else:
        world.lanes[state.after].before = before


@kernel
def update_active_lanes(net: Network, world: World) -> None:
    """Take out lanes that are empty and put in those that got vehicles, after departures."""
    for lane in range(len(world.lanes)):
        state = world.lanes[lane]
        if state.count == 0:
            if state.is_active == 1:
                take_out(world, lane)
        elif state.is_active == 0:
            put_in(net, world, lane)


@kernel
def follow_moves(net: Network, world: World) -> None:
    """Take out lanes that nobody stayed on, then put in those that somebody came onto, in the order of their ids.

    A lane that all have left and another has come onto goes to a new place.
    """
    lane = world.clock[0].first_active
    while lane != NONE:
        state = world.lanes[lane]
        if state.count == world.newcomers[lane]:
            take_out(world, lane)
        lane = state.after
    for k in range(len(net.lanes_by_id)):
        lane = net.lanes_by_id[k]
        if world.newcomers[lane] > 0:
            world.newcomers[lane] = 0
            if world.lanes[lane].is_active == 0:
                put_in(net, world, lane)


@kernel
def put_in_changed(net: Network, world: World) -> None:
    """Put in lanes that got vehicles by changes, edge by edge in the order of the list."""
    lane = world.clock[0].first_active
    while lane != NONE:
        edge = net.edges[net.lanes[lane].edge]
        if edge.allows_changing == 1:
            for beside in range(edge.first_lane, edge.first_lane + edge.num_lanes):
                if world.lanes[beside].count > 0 and world.lanes[beside].is_active == 0:
                    put_in(net, world, beside)
        lane = world.lanes[lane].after
