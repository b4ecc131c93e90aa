"""Which lane leads how far along a route: for every position of every route, before the simulation starts.

SUMO works the same out while it runs (``MSVehicle::updateBestLanes``): looking at least four edges and 3000 m ahead, a
lane's length is what can be driven from it without a change, and its offset leads to the nearest lane that leads
furthest. Kernels, because a city's hundred thousand routes have four million positions, each with a look-ahead of its
own: 10,000 vehicles on a grid of 20 x 20 junctions took 100 s in Python.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.core._compile import entry, kernel
from trafficai.core.records import NONE, RecordArray

MIN_EDGES: Final = 4
MIN_LENGTH: Final = 3000.0
"""The look-ahead covers at least so many edges and, after them, so many metres."""

STOP_END_GAP: Final = 0.2
"""A lane without the next stop counts as ending at least so far before the end of the stop's lane [m]."""

ERRAND = np.dtype(
    [
        ("first", np.int64),  # row of its first position among the route edges
        ("num_edges", np.int64),
        ("classes", np.uint64),  # the vehicle's class, one bit
        ("goal", np.int64),  # position of the edge of its next stop, NONE where it drives to its destination
        ("goal_lane", np.int64),  # where it stops
        ("goal_start", np.float64),  # [m], as far as the other lanes of that edge lead
    ],
    align=True,
)
"""A route with a class of vehicles and what they are about to do on it."""

LANE_ROW = np.dtype(
    [
        ("length", np.float64),  # [m]
        ("allowed", np.uint64),  # vehicle classes, one bit each
        ("first_link", np.int64),
        ("num_links", np.int64),
    ],
    align=True,
)
LINK_ROW = np.dtype(
    [
        ("to_lane", np.int64),
        ("allowed", np.uint64),  # classes that may drive on the lanes it leads over, one bit each
        ("priority", np.int64),  # 1 for links with priority or under a signal, 0 for those that yield
    ],
    align=True,
)

PROSPECT = np.dtype(
    [
        ("own_length", np.float64),  # [m], of the lane for the class
        ("length", np.float64),  # [m], that can be driven from it without a change
        ("leads_on", np.int64),
        ("offset", np.int64),  # lanes to the nearest best lane, left positive
        ("link", np.int64),
        ("num_following", np.int64),  # lanes that can be driven on behind this one
        ("last_lane", np.int64),  # the last of them; the lane itself where there is none
        ("priority", np.int64),  # of the next link: 1 major or signalled, 0 minor, -1 none
        ("is_worse", np.int64),  # than the best of the edge
    ],
    align=True,
)
"""One lane of one edge on a route, as the look-ahead sees it."""


class Sheet(NamedTuple):
    """What the look-ahead reads, what it writes, and room to reckon."""

    first_lane: NDArray[np.int64]  # (num_edges + 1,)
    lanes: RecordArray  # (num_lanes,) LANE_ROW
    links: RecordArray  # (num_links,) LINK_ROW
    errands: RecordArray  # (num_errands,) ERRAND
    route_edges: RecordArray  # (num_route_edges,) ROUTE_EDGE
    options: RecordArray  # (num_options,) OPTION, written
    prospects: RecordArray  # (2, most lanes of an edge) PROSPECT: of the edge in hand, and of the one behind it


class View(NamedTuple):
    """What is looked at from one position of a route."""

    start: int  # row among the route edges
    end: int  # behind the last one looked at
    beyond: int  # edge behind the end that the route goes on to, NONE where it ends there or a stop does


@entry
def fill_options(sheet: Sheet) -> tuple[int, int]:
    """Write the options of every errand.

    Returns:
        the first errand with a gap in its way and the position before it; ``NONE`` twice where all lead through.
    """
    for row in range(len(sheet.errands)):
        errand = sheet.errands[row]
        for position in range(errand.num_edges):
            here = errand.first + position
            now = look(sheet, row, here)
            is_end = position + 1 == errand.num_edges or position == errand.goal
            if not write(sheet, here, now, position + 1 < errand.num_edges) and not is_end:
                return row, position
    return NONE, NONE


@kernel
def width(sheet: Sheet, edge: int) -> int:
    """Return how many lanes an edge has."""
    return int(sheet.first_lane[edge + 1] - sheet.first_lane[edge])


@kernel
def write(sheet: Sheet, here: int, now: int, goes_on: bool) -> bool:
    """Write the options of the route edge in hand; return whether a lane leads on to the next."""
    edge, first = sheet.route_edges[here].edge, sheet.route_edges[here].first_option
    leads_on = False
    for k in range(width(sheet, edge)):
        prospect, option = sheet.prospects[now, k], sheet.options[first + k]
        option.length, option.link, option.offset = prospect.length, prospect.link, prospect.offset
        option.num_following = prospect.num_following
        option.leads_on = sheet.lanes[prospect.last_lane].num_links > 0
        option.next_lane = option.next_option = NONE
        if prospect.link != NONE and goes_on:
            lane, after = sheet.links[prospect.link].to_lane, sheet.route_edges[here + 1]
            option.next_lane, option.next_option = lane, after.first_option + lane - sheet.first_lane[after.edge]
            leads_on = True
    return leads_on


@kernel
def view(sheet: Sheet, row: int, start: int) -> View:
    """Return what is looked at from a route edge: enough edges and metres, or up to the next stop."""
    errand = sheet.errands[row]
    last, length, end = errand.first + errand.num_edges, 0.0, start
    while end < last:
        length += sheet.lanes[sheet.first_lane[sheet.route_edges[end].edge]].length
        end += 1
        if end - start > MIN_EDGES and length >= MIN_LENGTH:
            break
    stop = errand.first + errand.goal
    if errand.goal != NONE and start <= stop < end:
        return View(start, stop + 1, NONE)
    return View(start, end, sheet.route_edges[end].edge if end < last else NONE)


@kernel
def look(sheet: Sheet, row: int, start: int) -> int:
    """Work out the options of a route edge, from the last edge in view back to it; return their half of the room."""
    errand, ahead = sheet.errands[row], view(sheet, row, start)
    now, edge = 0, sheet.route_edges[ahead.end - 1].edge
    begin(sheet, now, edge, ahead.beyond, errand.classes)
    if errand.goal != NONE and errand.first + errand.goal == ahead.end - 1:
        shorten(sheet, now, edge, errand.goal_lane, errand.goal_start)
    point_last(sheet, now, edge, errand.classes)
    for place in range(ahead.end - 2, start - 1, -1):
        following, now = edge, 1 - now
        edge = sheet.route_edges[place].edge
        begin(sheet, now, edge, following, errand.classes)
        extend(sheet, now, edge, following, errand.classes)
        point(sheet, now, edge, errand.classes)
    return now


@kernel
def is_open(sheet: Sheet, link: int, edge: int, classes: int) -> bool:
    """Return whether the class may drive over a link, and it leads to the edge."""
    row = sheet.links[link]
    return bool(row.allowed & classes != 0 and sheet.first_lane[edge] <= row.to_lane < sheet.first_lane[edge + 1])


@kernel
def begin(sheet: Sheet, now: int, edge: int, following: int, classes: int) -> None:
    """Set the prospects of an edge before anything behind it is looked at."""
    for k in range(width(sheet, edge)):
        lane = sheet.first_lane[edge] + k
        row, prospect = sheet.lanes[lane], sheet.prospects[now, k]
        is_permitted = row.allowed & classes != 0
        prospect.own_length = prospect.length = row.length if is_permitted else 0.0
        leads_on = following == NONE
        if is_permitted and following != NONE:
            for link in range(row.first_link, row.first_link + row.num_links):
                leads_on = leads_on or is_open(sheet, link, following, classes)
        prospect.leads_on = leads_on
        prospect.offset, prospect.num_following, prospect.is_worse = 0, 0, 0
        prospect.link, prospect.priority, prospect.last_lane = NONE, -1, lane


@kernel
def shorten(sheet: Sheet, now: int, edge: int, goal_lane: int, goal_start: float) -> None:
    """Let every lane but that of the stop end where the stop begins."""
    for k in range(width(sheet, edge)):
        if sheet.first_lane[edge] + k != goal_lane:
            prospect = sheet.prospects[now, k]
            length = max(0.1, min(goal_start, sheet.lanes[goal_lane].length - STOP_END_GAP))
            prospect.length = prospect.own_length = length


@kernel
def point_last(sheet: Sheet, now: int, edge: int, classes: int) -> None:
    """Set the offsets on the last edge looked at: towards the nearest of the longest lanes."""
    longest = 0.0
    for k in range(width(sheet, edge)):
        longest = max(longest, sheet.prospects[now, k].length)
    for k in range(width(sheet, edge)):
        sheet.prospects[now, k].is_worse = sheet.prospects[now, k].length < longest
    set_offsets(sheet, now, edge, classes)


@kernel
def extend(sheet: Sheet, now: int, edge: int, following: int, classes: int) -> None:
    """Add what lies behind each lane."""
    first, after = sheet.first_lane[following], 1 - now
    best_length, best_connected = 0.0, -1.0
    for k in range(width(sheet, following)):
        best_length = max(best_length, sheet.prospects[after, k].length)
    for k in range(width(sheet, edge)):
        row = sheet.lanes[sheet.first_lane[edge] + k]
        for link in range(row.first_link, row.first_link + row.num_links):
            if is_open(sheet, link, following, classes):
                target = sheet.prospects[after, sheet.links[link].to_lane - first]
                best_connected = max(best_connected, target.length)
    for k in range(width(sheet, edge)):
        prospect = sheet.prospects[now, k]
        link = best_link(sheet, after, sheet.first_lane[edge] + k, following, classes) if prospect.leads_on else NONE
        if link == NONE:
            continue
        target = sheet.prospects[after, sheet.links[link].to_lane - first]
        is_direct = target.length == best_connected and abs(target.offset) < 2
        prospect.length += best_length if is_direct else target.length
        prospect.offset, prospect.link = target.offset, link
        prospect.priority = sheet.links[link].priority
        prospect.num_following, prospect.last_lane = target.num_following + 1, target.last_lane


@kernel
def best_link(sheet: Sheet, after: int, lane: int, following: int, classes: int) -> int:
    """Return the link from a lane to the one that leads furthest, of equals the one with the least offset."""
    best, length, offset = NONE, 0.0, 0
    for link in range(sheet.lanes[lane].first_link, sheet.lanes[lane].first_link + sheet.lanes[lane].num_links):
        if is_open(sheet, link, following, classes):
            target = sheet.prospects[after, sheet.links[link].to_lane - sheet.first_lane[following]]
            is_nearer = target.length == length and abs(target.offset) < offset
            if best == NONE or target.length > length or is_nearer:
                best, length, offset = link, target.length, abs(target.offset)
    return best


@kernel
def point(sheet: Sheet, now: int, edge: int, classes: int) -> None:
    """Point every lane to the nearest of the best ones: longest, then least offset, then priority."""
    best = 0
    for k in range(1, width(sheet, edge)):
        if compare(sheet, now, k, best) > 0:
            best = k
    priority = sheet.prospects[now, best].priority
    for k in range(width(sheet, edge)):
        sheet.prospects[now, k].is_worse = compare(sheet, now, k, best) != 0
    set_offsets(sheet, now, edge, classes)
    for k in range(width(sheet, edge)):
        prospect = sheet.prospects[now, k]
        if prospect.priority < priority:
            prospect.length = prospect.own_length


@kernel
def compare(sheet: Sheet, now: int, one: int, other: int) -> int:
    """Return 1, 0 or -1: whether a lane is better than another, as good or worse."""
    a, b = sheet.prospects[now, one], sheet.prospects[now, other]
    if a.length != b.length:
        return 1 if a.length > b.length else -1
    if abs(a.offset) != abs(b.offset):
        return 1 if abs(a.offset) < abs(b.offset) else -1
    if a.priority != b.priority:
        return 1 if a.priority > b.priority else -1
    return 0


@kernel
def set_offsets(sheet: Sheet, now: int, edge: int, classes: int) -> None:
    """Set the offset of worse lanes to the nearer end of the best ones, 0 on the others."""
    first, count = sheet.first_lane[edge], width(sheet, edge)
    low, high = NONE, NONE
    for k in range(count):
        if not sheet.prospects[now, k].is_worse:
            low, high = k if low == NONE else low, k
    is_blocked_right, blocked_left = False, -1
    for k in range(count):
        prospect = sheet.prospects[now, k]
        if not prospect.is_worse:
            prospect.offset = 0
            continue
        prospect.offset = low - k if abs(low - k) < abs(high - k) else high - k
        side = k + (1 if prospect.offset > 0 else -1)
        is_side_open = 0 <= side < count and sheet.lanes[first + side].allowed & classes != 0
        if prospect.offset < 0 and (not is_side_open or is_blocked_right):
            is_blocked_right = True
            close(sheet, now, k)
        elif prospect.offset > 0 and not is_side_open:
            blocked_left = k
    for k in range(blocked_left + 1):
        close(sheet, now, k)


@kernel
def close(sheet: Sheet, now: int, k: int) -> None:
    """Mark a lane from which the best ones can't be reached."""
    prospect = sheet.prospects[now, k]
    if prospect.length == prospect.own_length:
        prospect.length = 0.0
