"""Who may pass a link: signal state, priority, and the gap to every foe's arrival.

The rules are those of SUMO's junction model (https://sumo.dlr.de/docs/Simulation/Intersections.html; Krajzewicz and
Erdmann 2013, "Road intersection model in SUMO"). Link states are SUMO's letters as ASCII codes; capitals have priority.
"""

from __future__ import annotations

import math
from typing import Any

from trafficai.core import random
from trafficai.core._compile import kernel
from trafficai.core.parameters import (
    HALTING_SPEED,
    MINOR_TIME_GAP,
    NUMERICAL_EPS,
    TIME_TO_IMPATIENCE,
    ZIPPER_TIME_GAP,
)
from trafficai.core.records import NONE, Network, World

GREEN_MAJOR, GREEN_MINOR, YELLOW_MAJOR, YELLOW_MINOR = 71, 103, 89, 121  # G g Y y
RED, RED_YELLOW, OFF_BLINKING, OFF = 114, 117, 111, 79  # r u o O
EQUAL, STOP, ALLWAY_STOP, ZIPPER = 61, 115, 119, 90  # = s w Z
STRAIGHT = 115  # direction letter s
UNDECIDED = -1.0  # next speed of a vehicle that has not been looked at


@kernel
def has_priority(state: int) -> bool:
    """Return whether the state gives priority (an upper-case letter)."""
    return 65 <= state <= 90


@kernel
def is_red(state: int) -> bool:
    """Return whether the state forbids to pass; red-yellow still does."""
    return state in (RED, RED_YELLOW)


@kernel
def is_yellow(state: int) -> bool:
    """Return whether the state asks to stop where that is possible."""
    return state in (YELLOW_MINOR, YELLOW_MAJOR)


@kernel
def is_green(state: int) -> bool:
    """Return whether a signal shows green, with or without priority."""
    return state in (GREEN_MAJOR, GREEN_MINOR)


@kernel
def is_cont(net: Network, world: World, link: int) -> bool:
    """Return whether vehicles may drive on here and wait inside the junction."""
    state = world.links[link].state
    return net.links[link].is_cont == 1 and state != OFF_BLINKING and state != ALLWAY_STOP


@kernel
def entered_on(net: Network, world: World, link: int) -> int:
    """Return the state under which the junction was entered, for a link inside it; NONE elsewhere."""
    if net.links[link].is_internal_junction == 0:
        return NONE
    return world.links[net.links[link].entry_link].state


@kernel
def entered_with_priority(net: Network, world: World, link: int) -> bool:
    """Return whether a link inside the junction follows an entry with priority or on yellow."""
    state = entered_on(net, world, link)
    return state != NONE and (has_priority(state) or is_yellow(state))


@kernel
def impatience(waiting: float) -> float:
    """Return how far a waiting driver disregards that foes must brake, 0 to 1."""
    return min(1.0, waiting / TIME_TO_IMPATIENCE)


@kernel
def leave_time(
    net: Network, link: int, arrival: float, arrival_speed: float, leave_speed: float, length: float
) -> float:
    """Return when the back of a vehicle leaves the link [s]."""
    return arrival + (net.links[link].length + length) / max(0.5 * (arrival_speed + leave_speed), NUMERICAL_EPS)


@kernel
def item_leave_speed(item: Any) -> float:
    """Return the speed with which the driver plans to leave the link [m/s]."""
    return item.pass_speed if item.leave_speed < 0.0 else item.leave_speed


@kernel
def unsafe_merge(lead_speed: float, follow_speed_: float, lead_decel: float, follow_decel: float) -> bool:
    """Return whether a follower of this speed could not stop behind a leader of that speed."""
    return follow_speed_ * follow_speed_ / follow_decel > lead_speed * lead_speed / lead_decel


@kernel
def braked_arrival(now: float, arrival: float, foe: Any, decel: float) -> tuple[float, float]:
    """Return the foe's arrival time [s] and speed [m/s] if it brakes from the moment ego arrives."""
    if math.floor(arrival) == math.floor(foe.arrival_time):
        return foe.arrival_time, foe.arrival_speed_braking
    arrival = math.ceil(arrival - NUMERICAL_EPS)  # it is at the end of a step that ego is seen to arrive
    lead = foe.arrival_time - arrival
    lost = lead * decel
    speed = foe.distance / (foe.arrival_time - now + 1.0)
    rest = foe.distance - speed * (arrival - now)
    if 0.5 * speed * speed / decel <= rest:
        return foe.arrival_time + 30.0, 0.0
    kept = speed - lost
    root = math.sqrt(max(0.0, 4.0 * kept * kept - 4.0 * decel * lead * lost))
    extra = (-0.5 * root + kept) / decel
    return foe.arrival_time + extra, speed - (lead + extra) * decel


@kernel
def blocked_by(net: Network, world: World, link: int, ego: Any, foe_link: int, foe: Any) -> bool:
    """Return whether the foe that approaches ``foe_link`` keeps ego from passing ``link``.

    ``ego`` and ``foe`` are drive items. Ego must be through a second before the foe comes, or come after it has left;
    where both enter the same lane their speeds must fit too.
    """
    driver = net.types[world.vehicles[ego.vehicle].type]
    foe_driver = net.types[world.vehicles[foe.vehicle].type]
    same_target = net.links[link].to_lane == net.links[foe_link].to_lane
    time_gap = ZIPPER_TIME_GAP if world.links[foe_link].state == ZIPPER else MINOR_TIME_GAP
    patience = impatience(ego.waiting)
    leave = leave_time(net, link, ego.arrival_time, ego.arrival_speed, item_leave_speed(ego), driver.length)
    foe_leave_speed = item_leave_speed(foe)
    foe_leave = leave_time(net, foe_link, foe.arrival_time, foe.arrival_speed, foe_leave_speed, foe_driver.length)
    foe_arrival = foe.arrival_time
    foe_braking_speed = foe.arrival_speed_braking
    if patience > 0.0 and ego.arrival_time < foe.arrival_time:
        now = float(world.clock[0].time)
        braked, foe_braking_speed = braked_arrival(now, ego.arrival_time, foe, foe_driver.decel * patience)
        foe_arrival = (1.0 - patience) * foe.arrival_time + patience * braked
    if foe_leave < ego.arrival_time:
        return same_target and (
            ego.arrival_time - foe_leave < time_gap
            or unsafe_merge(foe_leave_speed, ego.arrival_speed, foe_driver.decel, driver.decel)
        )
    if foe_arrival > leave + time_gap:
        return same_target and unsafe_merge(item_leave_speed(ego), foe_braking_speed, driver.decel, foe_driver.decel)
    return True


@kernel
def allway_stop_passes(world: World, link: int, ego: Any, foe: Any) -> bool:
    """Return whether ego goes before the foe at an all-way stop: who waited longer, then who comes first."""
    if world.links[link].state != ALLWAY_STOP:
        return False
    return ego.waiting > foe.waiting or (ego.waiting == foe.waiting and ego.arrival_time < foe.arrival_time)


@kernel
def latest_speed(world: World, v: int) -> float:
    """Return the speed of a vehicle [m/s], the next one if that is decided."""
    vehicle = world.vehicles[v]
    return float(vehicle.speed if vehicle.next_speed == UNDECIDED else vehicle.next_speed)


@kernel
def blocked_on(net: Network, world: World, link: int, ego: Any, foe_link: int, only_moving: bool) -> bool:
    """Return whether any vehicle that approaches ``foe_link`` keeps ego from passing ``link``."""
    row = world.links[foe_link].first_item
    while row != NONE:
        foe = world.items[row]
        if foe.request == 1 and foe.vehicle != ego.vehicle:
            counts = not only_moving or latest_speed(world, foe.vehicle) > HALTING_SPEED
            counts = counts and not allway_stop_passes(world, foe_link, ego, foe)
            if counts and blocked_by(net, world, link, ego, foe_link, foe):
                return True
        row = foe.next
    return False


@kernel
def has_stood(world: World, link: int, ego: Any) -> bool:
    """Return whether the driver of drive item ``ego`` stands before a stop sign or did when it was about to go."""
    return bool(ego.waiting > 0.0 or world.vehicles[ego.vehicle].stopped_for == link)


@kernel
def is_open(net: Network, world: World, link: int, ego: Any) -> bool:
    """Return whether the driver of drive item ``ego`` may pass ``link`` now."""
    state = world.links[link].state
    if is_red(state):
        return False
    if is_cont(net, world, link):
        return True
    entered = entered_on(net, world, link)
    if has_priority(state) or entered == GREEN_MAJOR:
        return True
    if state == ALLWAY_STOP and ego.waiting == 0.0:
        return False
    if state == STOP and not has_stood(world, link, ego):
        return False
    for k in range(net.links[link].first_foe, net.links[link].first_foe + net.links[link].num_foes):
        if blocked_on(net, world, link, ego, net.foes[k], is_red(entered)):
            return False
    return True


@kernel
def first_approaching(net: Network, world: World, link: int, wrap: int) -> int:
    """Return the foe link whose closest vehicle wants to pass, ``wrap`` if one starts at that link's lane, or NONE."""
    closest = math.inf
    found = NONE
    for k in range(net.links[link].first_foe, net.links[link].first_foe + net.links[link].num_foes):
        foe_link = net.foes[k]
        row = world.links[foe_link].first_item
        while row != NONE:
            foe = world.items[row]
            if net.links[foe_link].from_lane == net.links[wrap].from_lane:
                return wrap
            if foe.distance < closest:
                closest = foe.distance
                if foe.request == 1:
                    found = foe_link
            row = foe.next
    return found


@kernel
def breaks_circular_wait(net: Network, world: World, link: int, vehicle: int) -> bool:
    """Return whether a driver in a circle of waits gives way by chance, so that the circle opens."""
    blocker = first_approaching(net, world, link, link)
    for _ in range(100):
        if blocker == NONE or blocker == link:
            break
        blocker = first_approaching(net, world, blocker, link)
    if blocker != link:
        return False
    threshold = 0.25 if net.links[link].direction == STRAIGHT else 0.75
    clock = world.clock[0]
    return random.uniform(clock.seed, vehicle, clock.time, random.YIELD) < threshold


@kernel
def gives_way_in_tie(net: Network, world: World, link: int, vehicle: int) -> bool:
    """Return whether a driver at an all-way stop gives way to one who has stood there as long, by the toss of a coin.

    That each tosses anew every second is what SUMO 1.28 was seen to do: of 250 pairs half are resolved in each second.
    """
    clock = world.clock[0]
    waiting = world.vehicles[vehicle].waiting
    for k in range(net.links[link].first_foe, net.links[link].first_foe + net.links[link].num_foes):
        row = world.links[net.foes[k]].first_item
        while row != NONE:
            foe = world.items[row].vehicle
            if foe != vehicle and world.vehicles[foe].waiting == waiting and world.vehicles[foe].ahead == NONE:
                return random.uniform(clock.seed, vehicle, clock.time, random.YIELD) < 0.5
            row = world.items[row].next
    return False
