"""Whose lane a wait belongs to: the wait of a vehicle shared out over the lanes on which decisions saw it.

As in sumo-rl's reward ``diff-waiting-time`` (Alegre 2019, https://github.com/LucasAlegre/sumo-rl): a lane before a
signal gets what a vehicle on it has waited in all, less what other such lanes got. A row of sights holds a vehicle's
lanes and what each got. There is room for those of one edge, and for all where a route comes back to an edge
(``trafficai.backends.layouts.num_shares``); so what is dropped is never asked for again.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trafficai.core._compile import kernel
from trafficai.core.records import NONE, Network, World

ROOM, WAITED, FIRST = range(3)
"""Columns of a row of sights: how many lanes it has room for, the wait in all when last seen [s], and from here on in
turn a lane, or NONE, and the wait that it got [s]."""


@kernel
def share_column(sights: NDArray[np.int32], v: int, lane: int, first_lane: int, num_lanes: int) -> int:
    """Return the column of a vehicle's lane; a new lane takes an empty place, or that of another edge's lane."""
    empty = foreign = NONE
    for column in range(FIRST, FIRST + 2 * sights[v, ROOM], 2):
        seen = sights[v, column]
        if seen == lane:
            return column
        if seen == NONE:
            empty = column
        elif not first_lane <= seen < first_lane + num_lanes:
            foreign = column
    place = foreign if empty == NONE else empty
    sights[v, place], sights[v, place + 1] = lane, 0
    return place


@kernel
def own_wait(sights: NDArray[np.int32], v: int, lane: int, first_lane: int, num_lanes: int, waited: float) -> float:
    """Return the wait [s] of a vehicle that belongs to the lane it is on, and keep it; twice is the same as once."""
    share = share_column(sights, v, lane, first_lane, num_lanes) + 1
    own = waited - sights[v, WAITED] + sights[v, share]
    sights[v, WAITED] = int(waited)
    sights[v, share] = int(own)
    return own


@kernel
def leads_to_signal(net: Network, lane: int) -> bool:
    """Return whether a movement from the lane is under a signal."""
    first = net.lanes[lane].first_link
    for link in range(first, first + net.lanes[lane].num_links):
        if net.links[link].signal != NONE:
            return True
    return False


@kernel
def lane_wait(net: Network, world: World, v: int) -> float:
    """Return the wait [s] of a vehicle that belongs to the lane it is on, 0 where that leads to no signal."""
    lane = world.vehicles[v].lane
    if not leads_to_signal(net, lane):
        return 0.0
    edge = net.edges[net.lanes[lane].edge]
    return own_wait(world.sights, v, lane, edge.first_lane, edge.num_lanes, world.trips[v].waiting_time)


@kernel
def reset_sights(world: World) -> None:
    """Forget who was seen."""
    for v in range(len(world.sights)):
        world.sights[v, WAITED] = 0
        for column in range(FIRST, FIRST + 2 * world.sights[v, ROOM], 2):
            world.sights[v, column] = NONE


def new_sights(num_vehicles: int, num_shares: int) -> NDArray[np.int32]:
    """Return sights of nobody yet, with room for so many lanes of each vehicle."""
    sights = np.full((num_vehicles, FIRST + 2 * num_shares), NONE, dtype=np.int32)
    sights[:, ROOM], sights[:, WAITED] = num_shares, 0
    return sights
