"""Which lane leads how far along a route: for every position of every route, before the simulation starts.

SUMO works the same out while it runs (``MSVehicle::updateBestLanes``): looking so many edges ahead, a lane's length is
what can be driven from it without a change, and its offset leads to the nearest lane that leads furthest. It looks
ahead anew on every edge on which a second ends, but not inside junctions: what lies behind is known there as far as it
was seen from the edge before, or from the one before that, if the edge was so short that it was passed in a second.

Kernels, because a city's hundred thousand routes have four million positions, each with a look-ahead of its own: 10,000
vehicles on a grid of 20 x 20 junctions took 100 s in Python.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.core._compile import entry, kernel
from trafficai.core.records import NONE, RecordArray

MOTORWAY: Final = (4, 3000.0)
TOWN: Final = (8, 200.0)
"""A look-ahead ends with more edges than these, as soon as it covers so many metres and the way to brake."""

STOP_END_GAP: Final = 0.2
"""A lane without the next stop counts as ending at least so far before the end of the stop's lane [m]."""

LEG = np.dtype(
    [
        ("first", np.int64),  # row of its first position among the route edges
        ("num_edges", np.int64),
        ("classes", np.uint64),  # the vehicle's class, one bit
        ("goal", np.int64),  # position of the edge of its next stop, NONE where it drives to its destination
        ("goal_lane", np.int64),  # where it stops
        ("goal_start", np.float64),  # [m], as far as the other lanes of that edge lead
        ("brakes_in", np.float64),  # [m], from the highest speed of the vehicle
    ],
    align=True,
)
"""A route with a class of vehicles and their next stop on it."""

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


class Lookahead(NamedTuple):
    """What the look-ahead reads, what it writes, and room to reckon."""

    edges: RecordArray  # (num_edges,) EDGE
    lanes: RecordArray  # (num_lanes,) LANE
    links: RecordArray  # (num_links,) LINK
    priorities: NDArray[np.int64]  # (num_links,) 1 for links with priority or under a signal, 0 for those that yield
    legs: RecordArray  # (num_legs,) LEG
    route_edges: RecordArray  # (num_route_edges,) ROUTE_EDGE
    options: RecordArray  # (num_options,) OPTION, written
    prospects: RecordArray  # (2, most lanes of an edge) PROSPECT: of the edge in hand, and of the one behind it


class Stretch(NamedTuple):
    """What is looked at from one position of a route."""

    start: int  # row among the route edges
    end: int  # behind the last one looked at
    beyond: int  # edge behind the end that the route goes on to, NONE where it ends there or a stop does


@entry
def fill_options(ahead: Lookahead) -> tuple[int, int]:
    """Write the options of every leg.

    Returns:
        the first leg with a gap in its way and the position before it; ``NONE`` twice where all lead through.
    """
    for row in range(len(ahead.legs)):
        leg = ahead.legs[row]
        for position in range(leg.num_edges):
            here = leg.first + position
            is_end = position + 1 == leg.num_edges or position == leg.goal
            if not look(ahead, row, here) and not is_end:
                return row, position
    return NONE, NONE


@kernel
def write(ahead: Lookahead, row: int, start: int, here: int, now: int) -> bool:
    """Write the options of the edge in hand as seen from ``start``; return whether a lane leads on to the next edge.

    From there, from the edge before or, where that is passed in a second, from the one before that; none from further.
    """
    edge, route_edge = ahead.route_edges[here].edge, ahead.route_edges[here]
    goes_on = here + 1 < ahead.legs[row].first + ahead.legs[row].num_edges
    leads_on = False
    if here > start + 2 or (here == start + 2 and route_edge.first_passed == route_edge.first_inside):
        return leads_on
    first = route_edge.first_option
    if here > start:
        first = route_edge.first_inside if here == start + 1 else route_edge.first_passed
    for k in range(ahead.edges[edge].num_lanes):
        prospect, option = ahead.prospects[now, k], ahead.options[first + k]
        option.length, option.link, option.offset = prospect.length, prospect.link, prospect.offset
        option.num_following = prospect.num_following
        option.leads_on = ahead.lanes[prospect.last_lane].num_links > 0
        option.next_lane = option.next_option = NONE
        if prospect.link != NONE and goes_on:
            lane, after = ahead.links[prospect.link].to_lane, ahead.route_edges[here + 1]
            option.next_lane, option.next_option = lane, after.first_option + lane - ahead.edges[after.edge].first_lane
            leads_on = True
    return leads_on


@kernel
def edge_length(ahead: Lookahead, place: int) -> float:
    """Return the length of a route edge [m], that of its first lane."""
    return float(ahead.lanes[ahead.edges[ahead.route_edges[place].edge].first_lane].length)


@kernel
def stretch(ahead: Lookahead, row: int, start: int) -> Stretch:
    """Return what is looked at from a route edge: enough edges and metres, or up to the next stop."""
    leg = ahead.legs[row]
    needed = edge_length(ahead, start) + leg.brakes_in
    last, length, end = leg.first + leg.num_edges, 0.0, start
    while end < last and not is_far_enough(end - start, length, needed):
        length += edge_length(ahead, end)
        end += 1
    stop = leg.first + leg.goal
    if leg.goal != NONE and start <= stop < end:
        return Stretch(start, stop + 1, NONE)
    return Stretch(start, end, ahead.route_edges[end].edge if end < last else NONE)


@kernel
def is_far_enough(num_edges: int, length: float, needed: float) -> bool:
    """Return whether a look-ahead over so many edges, ``length`` metres in all, may end; ``needed`` [m] for braking."""
    is_motorway = num_edges > MOTORWAY[0] and length >= max(MOTORWAY[1], needed)
    return bool(is_motorway or (num_edges > TOWN[0] and length >= max(TOWN[1], needed)))


@kernel
def look(ahead: Lookahead, row: int, start: int) -> bool:
    """Write what is seen from a route edge, from the last edge in view back to it; return whether a lane leads on."""
    leg, seen = ahead.legs[row], stretch(ahead, row, start)
    now, edge = 0, ahead.route_edges[seen.end - 1].edge
    begin(ahead, now, edge, seen.beyond, leg.classes)
    if leg.goal != NONE and leg.first + leg.goal == seen.end - 1:
        shorten(ahead, now, edge, leg.goal_lane, leg.goal_start)
    point_last(ahead, now, edge, leg.classes)
    leads_on = write(ahead, row, start, seen.end - 1, now)
    for place in range(seen.end - 2, start - 1, -1):
        following, now = edge, 1 - now
        edge = ahead.route_edges[place].edge
        begin(ahead, now, edge, following, leg.classes)
        extend(ahead, now, edge, following, leg.classes)
        point(ahead, now, edge, leg.classes)
        leads_on = write(ahead, row, start, place, now)
    return leads_on


@kernel
def is_open(ahead: Lookahead, link: int, edge: int, classes: int) -> bool:
    """Return whether a link leads to the edge, and the class may drive on the lanes it leads over."""
    row = ahead.links[link]
    to = ahead.lanes[row.to_lane]
    return bool(to.edge == edge and to.allowed & ahead.lanes[row.next_lane].allowed & classes != 0)


@kernel
def begin(ahead: Lookahead, now: int, edge: int, following: int, classes: int) -> None:
    """Set the prospects of an edge before anything behind it is looked at."""
    for k in range(ahead.edges[edge].num_lanes):
        lane = ahead.edges[edge].first_lane + k
        row, prospect = ahead.lanes[lane], ahead.prospects[now, k]
        is_permitted = row.allowed & classes != 0
        prospect.own_length = prospect.length = row.length if is_permitted else 0.0
        leads_on = following == NONE
        if is_permitted and following != NONE:
            for link in range(row.first_link, row.first_link + row.num_links):
                leads_on = leads_on or is_open(ahead, link, following, classes)
        prospect.leads_on = leads_on
        prospect.offset, prospect.num_following, prospect.is_worse = 0, 0, 0
        prospect.link, prospect.priority, prospect.last_lane = NONE, -1, lane


@kernel
def shorten(ahead: Lookahead, now: int, edge: int, goal_lane: int, goal_start: float) -> None:
    """Let every lane but that of the stop end where the stop begins."""
    for k in range(ahead.edges[edge].num_lanes):
        if ahead.edges[edge].first_lane + k != goal_lane:
            prospect = ahead.prospects[now, k]
            length = max(0.1, min(goal_start, ahead.lanes[goal_lane].length - STOP_END_GAP))
            prospect.length = prospect.own_length = length


@kernel
def point_last(ahead: Lookahead, now: int, edge: int, classes: int) -> None:
    """Set the offsets on the last edge looked at: towards the nearest of the longest lanes."""
    longest = 0.0
    for k in range(ahead.edges[edge].num_lanes):
        longest = max(longest, ahead.prospects[now, k].length)
    for k in range(ahead.edges[edge].num_lanes):
        ahead.prospects[now, k].is_worse = ahead.prospects[now, k].length < longest
    set_offsets(ahead, now, edge, classes)


@kernel
def extend(ahead: Lookahead, now: int, edge: int, following: int, classes: int) -> None:
    """Add what lies behind each lane."""
    first, after = ahead.edges[following].first_lane, 1 - now
    best_length, best_connected = 0.0, -1.0
    for k in range(ahead.edges[following].num_lanes):
        best_length = max(best_length, ahead.prospects[after, k].length)
    for k in range(ahead.edges[edge].num_lanes):
        row = ahead.lanes[ahead.edges[edge].first_lane + k]
        for link in range(row.first_link, row.first_link + row.num_links):
            if is_open(ahead, link, following, classes):
                target = ahead.prospects[after, ahead.links[link].to_lane - first]
                best_connected = max(best_connected, target.length)
    for k in range(ahead.edges[edge].num_lanes):
        prospect, lane = ahead.prospects[now, k], ahead.edges[edge].first_lane + k
        link = best_link(ahead, after, lane, following, classes) if prospect.leads_on else NONE
        if link == NONE:
            continue
        target = ahead.prospects[after, ahead.links[link].to_lane - first]
        is_direct = target.length == best_connected and abs(target.offset) < 2
        prospect.length += best_length if is_direct else target.length
        prospect.offset, prospect.link = target.offset, link
        prospect.priority = ahead.priorities[link]
        prospect.num_following, prospect.last_lane = target.num_following + 1, target.last_lane


@kernel
def best_link(ahead: Lookahead, after: int, lane: int, following: int, classes: int) -> int:
    """Return the link from a lane to the one that leads furthest, of equals the one with the least offset."""
    best, length, offset = NONE, 0.0, 0
    for link in range(ahead.lanes[lane].first_link, ahead.lanes[lane].first_link + ahead.lanes[lane].num_links):
        if is_open(ahead, link, following, classes):
            target = ahead.prospects[after, ahead.links[link].to_lane - ahead.edges[following].first_lane]
            is_nearer = target.length == length and abs(target.offset) < offset
            if best == NONE or target.length > length or is_nearer:
                best, length, offset = link, target.length, abs(target.offset)
    return best


@kernel
def point(ahead: Lookahead, now: int, edge: int, classes: int) -> None:
    """Point every lane to the nearest of the best ones: longest, then least offset, then priority."""
    best = 0
    for k in range(1, ahead.edges[edge].num_lanes):
        if compare(ahead, now, k, best) > 0:
            best = k
    priority = ahead.prospects[now, best].priority
    for k in range(ahead.edges[edge].num_lanes):
        ahead.prospects[now, k].is_worse = compare(ahead, now, k, best) != 0
    set_offsets(ahead, now, edge, classes)
    for k in range(ahead.edges[edge].num_lanes):
        prospect = ahead.prospects[now, k]
        if prospect.priority < priority:
            prospect.length = prospect.own_length


@kernel
def compare(ahead: Lookahead, now: int, one: int, other: int) -> int:
    """Return 1, 0 or -1: whether a lane is better than another, as good or worse."""
    a, b = ahead.prospects[now, one], ahead.prospects[now, other]
    if a.length != b.length:
        return 1 if a.length > b.length else -1
    if abs(a.offset) != abs(b.offset):
        return 1 if abs(a.offset) < abs(b.offset) else -1
    if a.priority != b.priority:
        return 1 if a.priority > b.priority else -1
    return 0


@kernel
def set_offsets(ahead: Lookahead, now: int, edge: int, classes: int) -> None:
    """Set the offset of worse lanes to the nearer end of the best ones, 0 on the others."""
    first, count = ahead.edges[edge].first_lane, ahead.edges[edge].num_lanes
    low, high = NONE, NONE
    for k in range(count):
        if not ahead.prospects[now, k].is_worse:
            low, high = k if low == NONE else low, k
    is_blocked_right, blocked_left = False, -1
    for k in range(count):
        prospect = ahead.prospects[now, k]
        if not prospect.is_worse:
            prospect.offset = 0
            continue
        prospect.offset = low - k if abs(low - k) < abs(high - k) else high - k
        side = k + (1 if prospect.offset > 0 else -1)
        is_side_open = 0 <= side < count and ahead.lanes[first + side].allowed & classes != 0
        if prospect.offset < 0 and (not is_side_open or is_blocked_right):
            is_blocked_right = True
            close(ahead, now, k)
        elif prospect.offset > 0 and not is_side_open:
            blocked_left = k
    for k in range(blocked_left + 1):
        close(ahead, now, k)


@kernel
def close(ahead: Lookahead, now: int, k: int) -> None:
    """Mark a lane from which the best ones can't be reached."""
    prospect = ahead.prospects[now, k]
    if prospect.length == prospect.own_length:
        prospect.length = 0.0
