"""The lane on which a vehicle departs.

Attributes are SUMO's (https://sumo.dlr.de/docs/Definition_of_Vehicles%2C_Vehicle_Types%2C_and_Routes.html#departlane).
"""

from __future__ import annotations

import math

from trafficai.core import random
from trafficai.core._compile import kernel
from trafficai.core.lanes import leaver_back, max_speed_on
from trafficai.core.records import (
    LANE_ALLOWED,
    LANE_BEST,
    LANE_BEST_PROB,
    LANE_FIRST,
    LANE_GIVEN,
    LANE_RANDOM,
    NONE,
    POS_BASE,
    POS_GIVEN,
    POS_LAST,
    Network,
    World,
)

BEST_LANE_LOOK_AHEAD = 3000.0
"""Beyond this distance from where it may depart all lanes count as equally good for a departure [m]."""


@kernel
def departure_lane(net: Network, world: World, v: int) -> int:
    """Return the lane on which to depart by the vehicle's departLane, NONE if there is none."""
    demand = net.demand[v]
    edge = net.edges[start_edge(net, v)]
    mode = demand.depart_lane_mode
    if mode == LANE_GIVEN:
        lane = edge.first_lane + demand.depart_lane
        return lane if demand.depart_lane < edge.num_lanes and permits(net, lane, v) else NONE
    if mode == LANE_FIRST:
        for lane in range(edge.first_lane, edge.first_lane + edge.num_lanes):
            if permits(net, lane, v):
                return lane
        return NONE
    if mode == LANE_RANDOM:
        return drawn_lane(net, world, v)
    return emptiest_lane(net, world, v, mode)


@kernel
def is_candidate(net: Network, v: int, lane: int, mode: int) -> bool:
    """Return whether the departure mode admits the lane: any permitted one, one that leads on, or a best one."""
    if not permits(net, lane, v):
        return False
    if mode not in (LANE_ALLOWED, LANE_BEST, LANE_BEST_PROB):
        return True
    route = net.routes[net.demand[v].route]
    edge = net.edges[start_edge(net, v)]
    first = net.route_edges[route.first_edge].first_option
    option = first + net.lanes[lane].index
    if mode == LANE_ALLOWED:
        return net.options[option].link != NONE or route.num_edges == 1
    best = 0.0
    for k in range(first, first + edge.num_lanes):
        best = max(best, net.options[k].length)
    beyond = net.demand[v].depart_pos if net.demand[v].depart_pos_mode == POS_GIVEN else net.lanes[lane].length
    return net.options[option].length >= min(best, BEST_LANE_LOOK_AHEAD + beyond)


@kernel
def emptiest_lane(net: Network, world: World, v: int, mode: int) -> int:
    """Return the candidate lane with the most room before its last vehicle, the rightmost of equals.

    Where no lane has room, or the departure position is not at the start, it is the least occupied lane. For
    ``best_prob`` no lane counts that lies left of a vehicle that would drive faster than the new one if it could.
    """
    edge = net.edges[start_edge(net, v)]
    start = first_possible_position(net, v)
    roomiest, emptiest = NONE, NONE
    room, occupied, fastest = 0.0, math.inf, 0.0
    wanted = math.inf
    if mode == LANE_BEST_PROB:
        prepare_vehicle(net, world, v, edge.first_lane)
        wanted = max_speed_on(net, world.vehicles[v], edge.first_lane)
    for lane in range(edge.first_lane, edge.first_lane + edge.num_lanes):
        if not is_candidate(net, v, lane, mode):
            continue
        lengths = occupied_length(net, world, lane)
        if lengths < occupied:
            emptiest, occupied = lane, lengths
        last = world.lanes[lane].last
        gap = (net.lanes[lane].length if last == NONE else world.vehicles[last].pos) - start
        if gap > room and wanted >= fastest:
            roomiest, room = lane, gap
        if last != NONE:
            fastest = max(fastest, max_speed_on(net, world.vehicles[last], edge.first_lane))
    return roomiest if roomiest != NONE else emptiest


@kernel
def first_possible_position(net: Network, v: int) -> float:
    """Return the position from which the room on a lane counts for the vehicle's departPos [m]."""
    demand = net.demand[v]
    length = net.lanes[net.edges[start_edge(net, v)].first_lane].length
    if demand.depart_pos_mode == POS_GIVEN:
        return demand.depart_pos if demand.depart_pos >= 0.0 else demand.depart_pos + length
    return 0.0 if demand.depart_pos_mode in (POS_BASE, POS_LAST) else length


@kernel
def occupied_length(net: Network, world: World, lane: int) -> float:
    """Return how much of the lane its vehicles and their minimum gaps take, at most all of it [m]."""
    length = net.lanes[lane].length
    overlap = length - min(length, max(0.0, leaver_back(net, world, lane)))
    return min(length, world.brutto_lengths[lane] + overlap)


@kernel
def drawn_lane(net: Network, world: World, v: int) -> int:
    """Return a permitted lane drawn at random, NONE if there is none."""
    clock = world.clock[0]
    edge = net.edges[start_edge(net, v)]
    num = 0
    for lane in range(edge.first_lane, edge.first_lane + edge.num_lanes):
        num += permits(net, lane, v)
    drawn = int(num * random.uniform(clock.seed, v, clock.time, random.DEPART_LANE))
    for lane in range(edge.first_lane, edge.first_lane + edge.num_lanes):
        if permits(net, lane, v):
            if drawn == 0:
                return lane
            drawn -= 1
    return NONE


@kernel
def permits(net: Network, lane: int, v: int) -> bool:
    """Return whether the vehicle's class may use the lane."""
    return net.lanes[lane].allowed & net.types[net.demand[v].type].class_bit != 0


@kernel
def start_edge(net: Network, v: int) -> int:
    """Return the edge on which the vehicle departs."""
    return net.route_edges[net.routes[net.demand[v].route].first_edge].edge


@kernel
def prepare_vehicle(net: Network, world: World, v: int, lane: int) -> None:
    """Set what the safety checks of an insertion read."""
    vehicle = world.vehicles[v]
    vehicle.type = net.demand[v].type
    vehicle.route = net.demand[v].route
    vehicle.route_index = 0
    vehicle.first_option = net.route_edges[net.routes[vehicle.route].first_edge].first_option
    vehicle.lane = lane
    driver = net.types[vehicle.type]
    mean, deviation = driver.speed_factor_mean, driver.speed_factor_deviation
    low, high = driver.speed_factor_low, driver.speed_factor_high
    vehicle.speed_factor = random.truncated_normal(world.clock[0].seed, v, mean, deviation, low, high)
    vehicle.desired_speed = max_speed_on(net, vehicle, lane)
    clock = world.clock[0]
    clock.speed_factor = max(clock.speed_factor, vehicle.speed_factor)
    clock.decel = min(clock.decel, driver.decel)
