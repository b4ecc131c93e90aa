"""Planned stops: where a vehicle must halt, when it has, and for how long it stays.

A stop is reached by a vehicle that stands inside its stretch of lane, and left after its duration, or later if it says
until when. Vehicles at one bus stop queue behind each other from its end. Attributes and rules are SUMO's
(https://sumo.dlr.de/docs/Definition_of_Vehicles%2C_Vehicle_Types%2C_and_Routes.html, section Stops). In a scenario
without stops ``Network.stops`` is empty, and whoever calls this file asks that first.
"""

from __future__ import annotations

import math

from trafficai.core._compile import kernel
from trafficai.core.car_following import max_next_speed, stop_speed
from trafficai.core.lanes import gross_length, keeps_from_overtaking_right
from trafficai.core.parameters import HALTING_SPEED, NUMERICAL_EPS, POSITION_EPS
from trafficai.core.records import NONE, RUNNING, Network, World

PLACE_TOLERANCE = 10.0
"""A vehicle that stands so close behind its place at a bus stop has reached the stop [m]."""

LONG_STOP = 10.0
"""A place ahead of a vehicle that stays longer than this is taken by overtaking it [s]."""

STOPPED_LEADER_RANGE = 100.0
"""A stopped leader is passed as soon as it is so near [m]."""


@kernel
def is_stopped(net: Network, world: World, v: int) -> bool:
    """Return whether the vehicle stands at a planned stop."""
    return len(net.stops) > 0 and world.halts[v].is_stopped == 1


@kernel
def reset_stops(net: Network, world: World) -> None:
    """Put every vehicle's first stop before it, and empty all stopping places."""
    for place in range(len(world.places)):
        world.places[place].first = NONE
    for v in range(len(world.halts)):
        halt = world.halts[v]
        halt.next_stop = net.demand[v].first_stop if net.demand[v].num_stops > 0 else NONE
        halt.distance, halt.left = math.inf, 0.0
        halt.free_speed = halt.last_free_speed = math.inf
        halt.is_stopped, halt.next_at_place = 0, NONE


@kernel
def stop_is_on(net: Network, world: World, v: int, route_index: int) -> bool:
    """Return whether the vehicle's next stop is still to be reached and on that edge of its route."""
    halt = world.halts[v]
    return halt.next_stop != NONE and halt.is_stopped == 0 and net.stops[halt.next_stop].position == route_index


@kernel
def stops_on(net: Network, world: World, v: int, route_index: int) -> bool:
    """Return whether the vehicle's next or present stop is on that edge of its route."""
    halt = world.halts[v]
    return halt.next_stop != NONE and net.stops[halt.next_stop].position == route_index


@kernel
def look_beyond_stop(net: Network, world: World, v: int) -> None:
    """Begin to plan a step, perhaps for a second time: a vehicle whose stop ends in it sees where it drives next."""
    halt = world.halts[v]
    halt.distance = math.inf
    halt.free_speed = halt.last_free_speed
    if halt.is_stopped == 0 or halt.left <= 1.0:
        halt.free_speed = max_next_speed(halt.last_free_speed, net.types[world.vehicles[v].type])
    if halt.is_stopped == 1 and halt.left <= 1.0:
        take_route(net, world, v, net.stops[halt.next_stop].next_route)


@kernel
def take_route(net: Network, world: World, v: int, route: int) -> None:
    """Let the vehicle, on a normal edge, follow a route with the same edges and the next stop in view."""
    vehicle = world.vehicles[v]
    vehicle.route = route
    vehicle.first_option = net.route_edges[net.routes[route].first_edge + vehicle.route_index].first_option


@kernel
def fits(net: Network, v: int, place: int, pos: float) -> bool:
    """Return whether a vehicle with its front at ``pos`` counts as at the place: at its end, or half of it inside."""
    area = net.places[place]
    length = net.types[net.demand[v].type].length
    return pos + POSITION_EPS >= area.end or pos - area.start >= 0.5 * length


@kernel
def front_reserved(net: Network, world: World, other: int) -> float:
    """Return the front end of the room of a vehicle stopped at a place [m]: its front plus its minimum gap."""
    return world.vehicles[other].pos + net.types[world.vehicles[other].type].min_gap


@kernel
def last_free_position(net: Network, world: World, v: int, place: int) -> float:
    """Return where at the place the vehicle's front should come to a halt [m]: behind all others if there is room."""
    area = net.places[place]
    other = world.places[place].first
    if other == NONE:
        return area.end
    driver = net.types[net.demand[v].type]
    pos = math.inf
    while other != NONE:
        ahead = world.vehicles[other]
        pos = min(pos, front_reserved(net, world, other) - gross_length(net, ahead))
        other = world.halts[other].next_at_place
    pos -= driver.min_gap + NUMERICAL_EPS
    if fits(net, v, place, pos):
        return pos
    between = free_position_ahead(net, world, v, place)
    return pos if between < 0.0 else between


@kernel
def free_position_ahead(net: Network, world: World, v: int, place: int) -> float:
    """Return a position at the place ahead of vehicles that stay for long [m], from its end upstream; -1 without."""
    driver = net.types[net.demand[v].type]
    free = net.places[place].end
    last = math.inf
    while True:
        found, front = NONE, -math.inf
        other = world.places[place].first
        while other != NONE:
            reserved = front_reserved(net, world, other)
            if front < reserved < last:
                found, front = other, reserved
            other = world.halts[other].next_at_place
        if found == NONE:
            return -1.0
        stays = world.vehicles[found].status != RUNNING or world.halts[found].left > LONG_STOP
        if stays and free - front + NUMERICAL_EPS >= driver.length:
            return free
        free = front - gross_length(net, world.vehicles[found]) - driver.min_gap
        last = front


@kernel
def stop_position(net: Network, world: World, v: int) -> float:
    """Return where the vehicle's front must come to a halt at its next stop [m]."""
    stop = net.stops[world.halts[v].next_stop]
    return stop.end if stop.place == NONE else last_free_position(net, world, v, stop.place)


@kernel
def heed_stop(net: Network, world: World, v: int, safe: float) -> float:
    """Begin, keep or end the stop; return the speed that it allows, at most ``safe`` [m/s]."""
    halt = world.halts[v]
    halt.last_free_speed = halt.free_speed
    if halt.next_stop == NONE:
        return safe
    if halt.is_stopped == 1:
        halt.left -= 1.0
        if halt.left > 0.0:
            return 0.0
        end_stop(net, world, v)
    elif safe <= HALTING_SPEED and has_reached_stop(net, world, v):
        begin_stop(net, world, v)
    return safe


@kernel
def has_reached_stop(net: Network, world: World, v: int) -> bool:
    """Return whether the vehicle is where it may halt for its next stop."""
    vehicle, halt = world.vehicles[v], world.halts[v]
    stop = net.stops[halt.next_stop]
    if vehicle.lane != stop.lane or vehicle.route_index != stop.position:
        return False
    if stop.place == NONE:
        return vehicle.pos >= stop.start - NUMERICAL_EPS
    return halt.distance <= PLACE_TOLERANCE + NUMERICAL_EPS and fits(net, v, stop.place, vehicle.pos)


@kernel
def begin_stop(net: Network, world: World, v: int) -> None:
    """Let the vehicle's stop begin."""
    halt = world.halts[v]
    stop = net.stops[halt.next_stop]
    halt.is_stopped = 1
    halt.free_speed = halt.last_free_speed = 0.0
    halt.left = stop.duration
    if stop.until >= 0.0:
        halt.left = max(halt.left, stop.until - world.clock[0].time)
    if stop.place != NONE:
        halt.next_at_place = world.places[stop.place].first
        world.places[stop.place].first = v


@kernel
def end_stop(net: Network, world: World, v: int) -> None:
    """Let the vehicle look for its next stop; the room that it took at its stopping place is free again."""
    halt = world.halts[v]
    stop = net.stops[halt.next_stop]
    if halt.is_stopped == 1 and stop.place != NONE:
        leave_place(world, v, stop.place)
    halt.is_stopped = 0
    halt.distance = math.inf
    take_route(net, world, v, stop.next_route)
    last = net.demand[v].first_stop + net.demand[v].num_stops - 1
    halt.next_stop = halt.next_stop + 1 if halt.next_stop < last else NONE


@kernel
def leave_place(world: World, v: int, place: int) -> None:
    """Take the vehicle off the list of those at the stopping place."""
    following = world.halts[v].next_at_place
    world.halts[v].next_at_place = NONE
    if world.places[place].first == v:
        world.places[place].first = following
        return
    other = world.places[place].first
    while world.halts[other].next_at_place != v:
        other = world.halts[other].next_at_place
    world.halts[other].next_at_place = following


@kernel
def skip_stops(net: Network, world: World, v: int) -> None:
    """Give up the stops on edges that lie behind the vehicle, which did not drive there."""
    halt = world.halts[v]
    while halt.next_stop != NONE and net.stops[halt.next_stop].position < world.vehicles[v].route_index:
        end_stop(net, world, v)


@kernel
def leave_free(world: World, v: int, speed: float) -> None:
    """Note the speed that the next stop leaves the vehicle [m/s]; waiting for room at the stop is a loss like any."""
    halt = world.halts[v]
    halt.free_speed = min(halt.free_speed, speed) if speed > 0.0 else math.inf


@kernel
def relative_loss(net: Network, world: World, v: int, fastest: float) -> float:
    """Return which part of its speed the vehicle lost in this step [-]; what stopping costs is no loss (as in SUMO)."""
    speed = min(fastest, world.halts[v].free_speed)
    if world.halts[v].is_stopped == 1 or speed <= 0.0:
        return 0.0
    return (speed - world.vehicles[v].speed) / speed


@kernel
def has_parked(net: Network, world: World, v: int) -> bool:
    """Return whether the vehicle stands at a stop off the lane."""
    halt = world.halts[v]
    return halt.is_stopped == 1 and net.stops[halt.next_stop].is_parking == 1


@kernel
def departs_for_stop(net: Network, world: World, v: int) -> bool:
    """Return whether the vehicle's first stop is on the edge where it departs."""
    return len(net.stops) > 0 and stop_is_on(net, world, v, 0)


@kernel
def speed_before_own_stop(net: Network, world: World, v: int, lane: int, pos: float, speed: float) -> float:
    """Return the speed [m/s], at most ``speed``, with which to enter a lane at ``pos`` and still stop where planned."""
    halt = world.halts[v]
    if halt.next_stop == NONE or halt.is_stopped == 1 or net.stops[halt.next_stop].lane != lane:
        return speed
    driver = net.types[world.vehicles[v].type]
    room, desired = stop_position(net, world, v) - pos, world.vehicles[v].desired_speed
    return min(speed, stop_speed(speed, room, driver.decel, driver, desired))


@kernel
def regard_own_stop(net: Network, world: World, v: int) -> None:
    """Let both lanes of a change under consideration lead at least as far as the vehicle's stop on this edge."""
    vehicle, change = world.vehicles[v], world.change[0]
    change.to_stop = -math.inf
    if stop_is_on(net, world, v, vehicle.route_index) and not math.isinf(world.halts[v].distance):
        change.to_stop = world.halts[v].distance
        position = vehicle.pos + change.to_stop - vehicle.speed
        change.current_distance = max(change.current_distance, position)
        change.neighbour_distance = max(change.neighbour_distance, position)


@kernel
def regard_stopped_leader(net: Network, world: World, v: int) -> None:
    """Shorten the look-ahead for strategic changes behind a stopped leader, so that it may be overtaken."""
    vehicle, change = world.vehicles[v], world.change[0]
    within = change.current_distance - vehicle.pos
    own = gross_length(net, vehicle)
    leader, other = change.leader, change.neighbour_leader
    if change.best_offset == 0 and leader != NONE and is_stopped(net, world, leader) and change.leader_gap < within:
        change.look_ahead = 0.5 * (own + gross_length(net, world.vehicles[leader]) + change.leader_gap)
        return
    is_behind = other != NONE and is_stopped(net, world, other) and change.neighbour_leader_gap < within
    if change.best_offset == change.direction and is_behind:
        change.look_ahead = own + gross_length(net, world.vehicles[other]) + change.neighbour_leader_gap


@kernel
def must_pass(net: Network, world: World, v: int) -> bool:
    """Return whether a stopped leader near by is to be passed on the target lane, and count the lane up to it only."""
    change = world.change[0]
    leader, other = change.leader, change.neighbour_leader
    if leader == NONE or not is_stopped(net, world, leader) or change.leader_gap >= STOPPED_LEADER_RANGE:
        return False
    vehicle = world.vehicles[v]
    if change.direction < 0 and keeps_from_overtaking_right(net, vehicle):
        return False
    way = change.leader_gap + net.types[vehicle.type].length + gross_length(net, world.vehicles[leader])
    if min(change.current_distance, change.neighbour_distance) - vehicle.pos <= way:
        return False
    if other != NONE and is_stopped(net, world, other) and change.neighbour_leader_gap <= way:
        return False
    change.current_distance = vehicle.pos + change.leader_gap
    return True
