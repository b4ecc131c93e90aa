"""Keeps the detectors of a world within the compiled call, second by second, and writes down what they show.

The same kernels that book a second from the moves of all vehicles at once do it here vehicle by vehicle, so that a
world needs room for the moves of one.
"""

from __future__ import annotations

from typing import NamedTuple

from trafficai.core._compile import kernel
from trafficai.core.area_records import Areas
from trafficai.core.areas import book_at_areas, end_areas
from trafficai.core.features import Places, Sheet
from trafficai.core.loops import Loops, begin_loops, book_at_loops, end_loops
from trafficai.core.records import ARRIVED, World
from trafficai.core.trails import Moves, Trails, arrive, follow_one, vanish
from trafficai.core.zones import Zones, book_at_zones, end_zones


class Watch(NamedTuple):
    """All that is kept of the detectors of one world; empty where they were not asked for."""

    trails: Trails
    moves: Moves
    loops: Loops
    areas: Areas
    zones: Zones


@kernel
def book_vehicle(watch: Watch, now: int) -> bool:
    """Book the moves of one vehicle; False where an area has no room for it."""
    moves, num, has_room = watch.moves, watch.trails.counts[1], True
    for i in range(num):
        book_at_loops(watch.loops, moves.rows[i], now)
        has_room = book_at_areas(watch.areas, moves, i, num) and has_room
    if len(watch.zones.zones) > 0:
        book_at_zones(watch.zones, moves, num, now)
    watch.trails.counts[1] = 0
    return has_room


@kernel
def book_departed(world: World, watch: Watch, now: int) -> bool:
    """Book those that arrived in the second; False where an area has no room."""
    trails, has_room = watch.trails, True
    for k in range(trails.counts[0]):
        v = trails.seen[k]
        if world.vehicles[v].status == ARRIVED and trails.tracks[v].num_lanes > 0:
            arrive(trails, watch.moves, v)
            has_room = book_vehicle(watch, now) and has_room
    return has_room


@kernel
def book_running(world: World, watch: Watch, now: int) -> bool:
    """Book those on the road; False where an area has no room."""
    trails, has_room = watch.trails, True
    for k in range(world.clock[0].num_running):
        v = world.running[k]
        vehicle, track = world.vehicles[v], trails.tracks[v]
        track.factor = vehicle.speed_factor
        follow_one(trails, watch.moves, v, vehicle.lane, vehicle.pos, vehicle.speed)
        track.seen = now
        has_room = book_vehicle(watch, now) and has_room
    return has_room


@kernel
def book_vanished(world: World, watch: Watch, now: int) -> bool:
    """Book those that went off the road without arriving, and note who is on it; False where an area has no room."""
    trails, has_room = watch.trails, True
    for k in range(trails.counts[0]):
        if trails.tracks[trails.seen[k]].seen != now:
            vanish(trails, watch.moves, trails.seen[k])
            has_room = book_vehicle(watch, now) and has_room
    trails.counts[0] = world.clock[0].num_running
    for k in range(trails.counts[0]):
        trails.seen[k] = world.running[k]
    return has_room


@kernel
def watch_second(world: World, watch: Watch, end: int) -> bool:
    """Book the second that ends at the world's clock, ``end`` [s] being the run's; False where an area has no room."""
    now = world.clock[0].time
    begin_loops(watch.loops)
    has_room = book_departed(world, watch, now)
    has_room = book_running(world, watch, now) and has_room
    has_room = book_vanished(world, watch, now) and has_room
    end_loops(watch.loops, now, end)
    end_areas(watch.areas, now, end)
    end_zones(watch.zones, now, end)
    return has_room


@kernel
def fill_detectors(loops: Loops, areas: Areas, places: Places, sheet: Sheet, w: int) -> None:
    """Write what detectors show of a world into row ``w``."""
    starts = places.starts[0]
    for i in range(len(loops.loops)):
        loop = loops.loops[i]
        sheet.values[w, starts.loop_count_in_interval + i] = loop.count_shown
        sheet.values[w, starts.loop_occupied_in_interval + i] = loop.occupied_shown
        sheet.values[w, starts.loop_left_in_interval + i] = loop.left_shown
        sheet.values[w, starts.loop_speed_sum_in_interval + i] = loop.speed_shown
    for i in range(len(areas.areas)):
        area = areas.areas[i]
        sheet.values[w, starts.area_count + i] = area.count_now
        sheet.values[w, starts.area_halted + i] = area.halted_now
        sheet.values[w, starts.area_jam_length + i] = area.jam_now
