"""Vehicles inside a junction that a driver must follow or let pass, whatever the signal shows.

Where two internal lanes cross, merge or part, a driver heads for the conflict area as if the other vehicle drove ahead
(SUMO's link leaders; https://sumo.dlr.de/docs/Simulation/Intersections.html).
"""

from __future__ import annotations

import math
from typing import Any

from trafficai.core._compile import kernel
from trafficai.core.car_following import brake_gap, follow_speed, stop_speed
from trafficai.core.items import first_item, num_items
from trafficai.core.lanes import back_on, leaver_back
from trafficai.core.parameters import BLOCKAGE_TIME, HALTING_SPEED, NO_INTERSECTION, POSITION_EPS
from trafficai.core.records import NONE, Network, World
from trafficai.core.right_of_way import has_priority, is_green, is_red, is_yellow


@kernel
def will_pass(world: World, v: int, link: int, otherwise: bool) -> bool:
    """Return whether ``v`` announced last step that it wants to pass ``link``; ``otherwise`` if it did not register."""
    base = first_item(world, v)
    for k in range(num_items(world, v)):
        if world.items[base + k].link == link:
            return world.items[base + k].request == 1
    return otherwise


@kernel
def foe_must_wait(net: Network, world: World, link: int, v: int, foe: int, gap: float) -> tuple[bool, bool]:
    """Return whether ego must yield to the foe and the foe to ego, both being inside the junction."""
    entry = net.links[link].entry_link
    foe_entry = net.lanes[world.vehicles[foe].lane].entry_link
    state, foe_state = world.links[entry].state, world.links[foe_entry].state
    ego, other = world.vehicles[v], world.vehicles[foe]
    if is_red(state) or is_red(foe_state):
        if not is_red(foe_state) and other.speed > HALTING_SPEED and gap < 0.0:
            driver = net.types[other.type]
            cannot_stop = -gap - driver.length < brake_gap(other.speed, driver.decel, driver.tau)
            return cannot_stop, not cannot_stop
        return is_red(foe_state), is_red(state)
    if has_priority(state) != has_priority(foe_state):
        return not has_priority(state), not has_priority(foe_state)
    if is_yellow(state) and is_yellow(foe_state):
        return other.speed >= ego.speed, ego.speed >= other.speed
    junction = net.junctions[net.links[link].junction]
    row, column = net.links[entry].request, net.links[foe_entry].request
    response = net.responses[junction.first_response + row * junction.num_requests + column] == 1
    counter = net.responses[junction.first_response + column * junction.num_requests + row] == 1
    return response, counter


@kernel
def is_leader(net: Network, world: World, link: int, v: int, foe: int, gap: float) -> bool:
    """Return whether ego must regard the foe as its leader: it entered first, or has the right of way."""
    ego, other = world.vehicles[v], world.vehicles[foe]
    junction = net.links[link].junction
    if net.lanes[ego.lane].is_internal == 0 or net.lanes[ego.lane].junction != junction:
        return True
    if net.lanes[other.lane].is_internal == 0 or net.lanes[other.lane].junction != junction:
        return True
    own_time, foe_time = ego.conflict_entry_time, other.entry_time
    if net.lanes[other.lane].normal_predecessor == net.lanes[net.links[link].from_lane].normal_predecessor:
        own_time, foe_time = ego.entry_time_never_yield, other.entry_time_never_yield
    else:
        response, counter = foe_must_wait(net, world, link, v, foe, gap)
        if not response:
            own_time, foe_time = ego.entry_time, other.conflict_entry_time
        elif counter:
            own_time, foe_time = ego.conflict_entry_time, other.conflict_entry_time
    if own_time == foe_time and math.isinf(own_time):
        # Both gave up their turn. Who is in the conflict area already goes first, or a circle of waits never opens.
        own_time, foe_time = ego.conflict_entry_never_yield, other.conflict_entry_never_yield
    if own_time != foe_time:
        return own_time > foe_time
    if ego.speed != other.speed:
        return ego.speed < other.speed
    return net.demand[v].rank < net.demand[foe].rank


@kernel
def junction_leader_speed(
    net: Network, world: World, v: int, foe: int, gap: float, crossing: float, edge: float
) -> float:
    """Return the speed behind a leader inside the junction [m/s].

    ``gap`` is to the leader along the common path [m]: negative where it blocks the lane, -inf where it waits there.
    ``crossing`` is the distance to the conflict area up to which ego may advance [m], negative if it may not.
    ``edge`` is the distance to the start of the internal lane [m].
    """
    ego, leader = world.vehicles[v], world.vehicles[foe]
    driver, leader_driver = net.types[ego.type], net.types[leader.type]
    if gap >= 0.0:
        safe = follow_speed(ego.speed, gap, leader.speed, leader_driver.decel, driver, ego.desired_speed)
    else:
        safe = stop_speed(ego.speed, edge - POSITION_EPS, driver.decel, driver, ego.desired_speed)
    if crossing < 0.0:
        return safe
    stop = stop_speed(ego.speed, crossing - driver.min_gap, driver.decel, driver, ego.desired_speed)
    if math.isinf(gap):
        return max(safe, stop)
    passing_time = max((crossing - gap) / max(leader.speed, HALTING_SPEED), POSITION_EPS)
    final = max(ego.speed, 2.0 * (crossing - driver.min_gap) / passing_time - ego.speed)
    return max(safe, min(ego.speed + (final - ego.speed) / passing_time, stop))


@kernel
def follow_junction_leader(
    net: Network, world: World, v: int, link: int, foe: int, gap: float, crossing: float
) -> None:
    """Lower the planned speed for a leader inside the junction, and give up the request where it blocks the way."""
    scan = world.scan[0]
    lane = net.links[link].from_lane
    safe = junction_leader_speed(net, world, v, foe, gap, crossing, scan.seen - net.lanes[lane].length)
    last = scan.first_item + scan.num_items - 1
    scan.speed = min(scan.speed, safe)
    scan.pass_speed = min(scan.pass_speed, safe)
    if scan.num_items > 0:
        limit_leave_speed(world.items[last], safe)
        scan.speed = max(scan.speed, world.items[last].wait_speed)
    if scan.speed >= HALTING_SPEED:
        return
    ego_lane, foe_lane = world.vehicles[v].lane, world.vehicles[foe].lane
    before_foe = net.lanes[foe_lane].predecessor
    same_source = before_foe != NONE and (before_foe == net.lanes[ego_lane].predecessor or before_foe == ego_lane)
    if same_source or world.vehicles[foe].waiting > BLOCKAGE_TIME:
        scan.request = 0
        if scan.num_items > 0 and before_foe == ego_lane:
            world.items[last].request = 0


@kernel
def limit_leave_speed(item: Any, speed: float) -> None:
    """Lower the speed with which the driver plans to leave the link."""
    item.leave_speed = min(item.leave_speed, speed)


@kernel
def is_past(foe_distance: float, width: float, radius: float, length: float) -> bool:
    """Return whether the foe's back has cleared the conflict area, seen from a turning vehicle of ``length``."""
    if math.isinf(radius):
        return foe_distance + width < 0.0
    half = 0.25 * (length + 2.0) * (length + 2.0)
    if radius * radius < half:
        return False
    return foe_distance + width + radius - math.sqrt(radius * radius - half) < 0.0


@kernel
def is_in_the_way(
    net: Network, conflict: Any, crossing: float, foe_distance: float, foe_length: float, past: bool
) -> bool:
    """Return whether the foe is in the conflict area, or so close to where both merge that it is ahead."""
    merges_ahead = conflict.same_target == 1 and crossing > foe_distance - foe_length
    blocks = (not past and crossing > 0.0) or merges_ahead
    entered = foe_distance < foe_length
    return blocks and entered and net.links[conflict.foe_exit_link].is_internal_junction == 0


@kernel
def gap_to_foe(
    net: Network, world: World, v: int, link: int, conflict: Any, foe: int, seen: float, ignore_green: bool, aside: bool
) -> tuple[float, bool]:
    """Return the gap to a vehicle on a conflicting internal lane along the common path [m], and if it is in the way.

    The gap is inf where the vehicle does not matter and -inf where it waits in the way. ``seen`` is the distance from
    ``v`` to the end of the lane before ``link`` [m]; ``aside`` says that a change of lanes is considered.
    """
    ego, other = world.vehicles[v], world.vehicles[foe]
    driver, foe_driver = net.types[ego.type], net.types[other.type]
    behind = conflict.behind_aside if aside else conflict.behind_crossing
    crossing = seen - behind
    same_target, same_source = conflict.same_target == 1, conflict.same_source == 1
    foe_back = back_on(net, world, foe, conflict.foe_lane)
    foe_distance = net.lanes[conflict.foe_lane].length - conflict.foe_behind_crossing - foe_back
    past = is_past(foe_distance, conflict.foe_width, net.links[link].radius, driver.length)
    in_the_way = is_in_the_way(net, conflict, crossing, foe_distance, foe_driver.length, past)
    if not in_the_way and (ignore_green or (crossing < -POSITION_EPS and not aside)):
        return math.inf, False
    on_own_edge = not aside and net.lanes[ego.lane].edge == net.lanes[net.links[link].from_lane].edge
    if same_source and on_own_edge and foe_back + foe_driver.length < ego.pos - driver.length:
        return math.inf, in_the_way
    continues = conflict.foe_continues == 1
    cannot_ignore = continues or same_target or same_source
    passes = will_pass(world, foe, conflict.foe_exit_link, same_target)
    if (not cannot_ignore or same_target) and not passes and other.lane == conflict.foe_lane and not in_the_way:
        return math.inf, in_the_way
    if continues and not same_source:
        return -math.inf, in_the_way
    if past and not same_target:
        return math.inf, in_the_way
    if same_target and foe_distance < 0.0:
        foe_distance += max(0.0, conflict.foe_behind_crossing - behind)
    return crossing - driver.min_gap - foe_distance - conflict.foe_width, in_the_way


@kernel
def consider_foe(net: Network, world: World, v: int, link: int, conflict: Any, foe: int, ignore_green: bool) -> None:
    """Adapt ego's plan to one vehicle that touches a conflicting internal lane."""
    if foe == v:
        return
    scan = world.scan[0]
    gap, in_the_way = gap_to_foe(net, world, v, link, conflict, foe, scan.seen, ignore_green, False)
    if gap == math.inf:
        return
    if in_the_way or is_leader(net, world, link, v, foe, gap):
        way = way_to_crossing(world, conflict, foe, scan.seen - conflict.behind_crossing)
        follow_junction_leader(net, world, v, link, foe, gap, way)


@kernel
def way_to_crossing(world: World, conflict: Any, foe: int, crossing: float) -> float:
    """Return how far one may advance towards a vehicle in the junction, ``crossing`` or -1 for not at all [m]."""
    together = conflict.same_target == 1 or conflict.same_source == 1
    waits = conflict.foe_continues == 1 and world.vehicles[foe].lane == conflict.foe_lane
    return -1.0 if together or waits else crossing


@kernel
def concerns(net: Network, world: World, conflict: Any, seen: float) -> bool:
    """Return whether somebody is on a conflicting internal lane whose conflict area is not behind ego."""
    foe_lane = conflict.foe_lane
    if world.lanes[foe_lane].last == NONE and world.lanes[foe_lane].leaver == NONE:
        return False
    if seen - conflict.behind_crossing + conflict.width < 0.0 and conflict.same_target == 0:
        return False
    return conflict.behind_crossing > -NO_INTERSECTION or conflict.foe_continues == 1


@kernel
def waits_at_green(net: Network, world: World, link: int, conflict: Any) -> bool:
    """Return whether the foe lane's drivers wait inside the junction while both movements have green."""
    if conflict.foe_continues == 0:
        return False
    entry, foe_entry = net.links[link].entry_link, net.lanes[conflict.foe_lane].entry_link
    both_green = is_green(world.links[entry].state) and is_green(world.links[foe_entry].state)
    return both_green and net.links[entry].from_lane != net.links[foe_entry].from_lane


@kernel
def check_junction_leaders(net: Network, world: World, v: int, link: int) -> None:
    """Adapt ego's plan to every vehicle on an internal lane that conflicts with the one before ``link``."""
    first = net.links[link].first_conflict
    scan = world.scan[0]
    for k in range(first, first + net.links[link].num_conflicts):
        conflict = net.conflicts[k]
        foe_lane = conflict.foe_lane
        if not concerns(net, world, conflict, scan.seen):
            continue
        ignore_green = waits_at_green(net, world, link, conflict)
        foe = next_on(net, world, foe_lane, NONE)
        while foe != NONE:
            consider_foe(net, world, v, link, conflict, foe, ignore_green)
            foe = next_on(net, world, foe_lane, foe)
    scan.wait_speed = min(scan.wait_speed, scan.speed)


@kernel
def gap_for_changer(
    net: Network, world: World, v: int, link: int, conflict: Any, foe: int, seen: float, own: bool
) -> float:
    """Return the gap that a lane changer sees to a vehicle on a conflicting internal lane [m]; inf if none matters.

    On its ``own`` lane a driver minds only who goes first; on others everybody.
    """
    if foe == v:
        return math.inf
    ignore_green = waits_at_green(net, world, link, conflict)
    gap, _ = gap_to_foe(net, world, v, link, conflict, foe, seen, ignore_green, True)
    if own and gap != math.inf and not is_leader(net, world, link, v, foe, gap):
        return math.inf
    return gap


@kernel
def next_on(net: Network, world: World, lane: int, v: int) -> int:
    """Return who is ahead of ``v`` on a lane, first whose back alone is still on it; the last one for NONE."""
    leaver = world.lanes[lane].leaver
    if v == NONE:
        found = world.lanes[lane].last
    elif v == leaver and world.vehicles[v].lane != lane:
        return NONE
    else:
        found = world.vehicles[v].ahead
    if found == NONE and not math.isinf(leaver_back(net, world, lane)):
        return int(leaver)
    return int(found)


@kernel
def next_foe(net: Network, world: World, link: int, reach: float, k: int, foe: int) -> tuple[int, int]:
    """Return the row of a conflict of the lane before ``link``, and who comes after ``foe`` of row ``k`` on such lanes.

    First, for ``foe`` NONE and the row before the link's first one, who comes first; NONE after the last one. ``reach``
    is to the end of that lane [m]: conflicts behind it are passed over.
    """
    end = net.links[link].first_conflict + net.links[link].num_conflicts
    if foe != NONE:
        foe = next_on(net, world, net.conflicts[k].foe_lane, foe)
    while foe == NONE:
        k += 1
        if k >= end:
            return k, NONE
        if concerns(net, world, net.conflicts[k], reach):
            foe = next_on(net, world, net.conflicts[k].foe_lane, NONE)
    return k, foe


@kernel
def nearest_foe(net: Network, world: World, v: int, link: int, seen: float, own: bool) -> tuple[int, float]:
    """Return the vehicle in the junction that a lane changer has to mind most, and the gap to it [m].

    NONE if there is none, or before a red light. Nearest is who would stand nearest after braking.
    """
    found, found_gap, nearest = NONE, math.inf, math.inf
    ego = world.vehicles[v]
    if net.lanes[ego.lane].is_internal == 0 and is_red(world.links[net.links[link].entry_link].state):
        return found, found_gap
    reach = seen + net.types[ego.type].length
    k, foe = next_foe(net, world, link, reach, net.links[link].first_conflict - 1, NONE)
    while foe != NONE:
        gap = gap_for_changer(net, world, v, link, net.conflicts[k], foe, seen, own)
        other = world.vehicles[foe]
        place = gap + brake_gap(other.speed, net.types[other.type].decel, 0.0)
        if gap != math.inf and (found == NONE or place < nearest):
            found, found_gap, nearest = foe, gap, place
        k, foe = next_foe(net, world, link, reach, k, foe)
    return found, found_gap
