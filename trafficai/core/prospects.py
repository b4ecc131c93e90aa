"""How full it is behind a junction, as drivers in it know: what they saw when they came onto their lane there.

SUMO sums it up once per lane inside a junction (MSVehicle::updateBestLanes), before anybody has moved in that second.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from trafficai.core._compile import kernel
from trafficai.core.lanes import option_on
from trafficai.core.records import NONE, Network, World


def widest_way(net: Network) -> int:
    """Return on how many lanes at most drivers cross a junction side by side, where they may change lanes there."""
    ways = net.edges[(net.edges.is_internal == 1) & (net.edges.allows_changing == 1)]
    return int(ways.num_lanes.max(initial=0))


@kernel
def note_gross_lengths(world: World) -> None:
    """Keep the sums of this second's begin."""
    for lane in range(len(world.brutto_lengths)):
        world.brutto_before[lane] = world.brutto_lengths[lane]


@kernel
def note_taken(net: Network, world: World, v: int, lengths: NDArray[np.float64]) -> None:
    """Note what is taken behind each lane of the way over the junction that the vehicle has come onto.

    ``lengths`` are sums of gross lengths by lane [m].
    """
    vehicle = world.vehicles[v]
    way = net.edges[net.lanes[vehicle.lane].edge]
    if way.is_internal == 0 or way.allows_changing == 0:
        return
    for k in range(way.num_lanes):
        world.taken_behind[vehicle.slot, k] = taken_from(net, vehicle, way.first_lane + k, lengths)


@kernel
def taken_from(net: Network, vehicle: Any, lane: int, lengths: NDArray[np.float64]) -> float:
    """Return the gross length of who is on the lane behind one inside a junction, and on those that follow it [m]."""
    option = option_on(net, vehicle, lane)
    total = lengths[net.links[net.lanes[lane].first_link].to_lane]
    for _ in range(net.options[option].num_following):
        following, option = net.options[option].next_lane, net.options[option].next_option
        if option == NONE:
            break
        total += lengths[following]
    return total
