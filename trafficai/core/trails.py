"""Tells second by second which stretch of which lane every vehicle swept, in the same way for both engines.

Engines show where fronts are. Detectors and edge data also need where backs are, which lanes a vehicle crossed within
the second, and how it came onto a lane and off it. All of it follows from where it was in the second before, its speed
(both engines move a vehicle by its new speed at once) and the lanes that follow one another.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.core._compile import entry, kernel
from trafficai.core.records import NONE, RecordArray

MAX_TRAIL = 8
"""Lanes that one vehicle can stand on at once; the one furthest behind is forgotten first."""

MAX_PATH = 8
"""Lanes that a vehicle can cross within a second."""

MAX_MOVES = 2 * MAX_TRAIL + 1
"""Moves of one vehicle in one second: it leaves all lanes of its trail, and appears on another."""

PATH, TURNS = range(2)
"""Rows of ``scratch``."""

STAYS, BY_JUNCTION, BY_CHANGE, BY_DEPARTURE, BY_ARRIVAL, BY_MAGIC = range(6)
"""How a vehicle came onto a lane, or off it. By magic: a teleport, or parked off the road."""

TOLERANCE = 1e-9
"""Within this a back has left a lane [m]."""

MOVE = np.dtype(
    [
        ("old", np.float64),  # [m], of the front on this lane before the second; negative where it was before the lane
        ("new", np.float64),  # [m], after it; above the lane's length where it is beyond
        ("speed", np.float64),  # [m/s]
        ("limit", np.float64),  # [m/s], the most that this driver would drive where its front now is
        ("loss", np.float64),  # [s], of the vehicle in this second, by the limit where its front was
        ("length", np.float64),  # [m], of the vehicle
        ("vehicle", np.int64),
        ("lane", np.int64),
        ("enters", np.int64),  # how its front came onto the lane in this second, or STAYS
        ("leaves", np.int64),  # BY_JUNCTION where its front drove off the lane in this second
        ("ends", np.int64),  # how all of it went off the lane otherwise than by driving on, or STAYS
        ("is_front", np.int64),  # 1 where its front is on the lane when the second, or its way, ends
        ("moves", np.int64),  # 0 where it only appears, vanishes, or changes onto the lane at the end of the second
    ],
    align=True,
)
"""What one vehicle did on one lane in one second."""

TRACK = np.dtype(
    [
        ("length", np.float64),  # [m]
        ("max_speed", np.float64),  # [m/s], of its type
        ("factor", np.float64),  # [-], speed factor, when last seen
        ("arrival", np.float64),  # [m], on the last edge; inf for its end
        ("speed", np.float64),  # [m/s], when last seen
        ("odometer", np.float64),  # [m], since it appeared
        ("last_edge", np.int64),
        ("num_lanes", np.int64),  # on its trail
        ("seen", np.int64),  # [s], end of the second it was last seen in
    ],
    align=True,
)
"""One row per vehicle of the scenario."""

LANE = np.dtype(
    [
        ("length", np.float64),  # [m]
        ("limit", np.float64),  # [m/s]
        ("edge", np.int64),
        ("first_next", np.int64),  # row in ``nexts``
        ("num_next", np.int64),
        ("is_watched", np.int64),  # 1 where somebody wants to know of moves on it
    ],
    align=True,
)
"""One row per lane of the network."""


class Moves(NamedTuple):
    """Room for moves, of one vehicle or of all."""

    rows: RecordArray  # (room,) MOVE, the first ``Trails.counts[1]``


class Trails(NamedTuple):
    """Where everybody is, and was, in one run."""

    tracks: RecordArray  # (num_vehicles,) TRACK
    lanes: RecordArray  # (num_lanes,) LANE
    nexts: NDArray[np.int64]  # (num_followers,) lanes that follow, lane after lane
    trail: NDArray[np.int64]  # (num_vehicles, MAX_TRAIL) lanes under the vehicle, from its back to its front
    starts: NDArray[np.float64]  # (num_vehicles, MAX_TRAIL) [m], odometer at which the front came onto them
    seen: NDArray[np.int64]  # (num_vehicles,) who was on the road in the last second, the first ``counts[0]``
    counts: NDArray[np.int64]  # (2,) vehicles in ``seen``, moves told so far
    scratch: NDArray[np.int64]  # (2, MAX_PATH + 1) PATH while it is being looked for, TURNS taken at its lanes


@kernel
def find_path(trails: Trails, source: int, lane: int, edge: int, most: float) -> int:
    """Find the lanes behind ``source`` up to ``lane``, or to any of ``edge`` where that is NONE; return how many.

    0 where there is no way on which the lanes between are at most ``most`` [m] long.
    """
    scratch = trails.scratch
    depth, between = 0, 0.0
    scratch[TURNS, 0] = 0
    while True:
        here = trails.lanes[source if depth == 0 else scratch[PATH, depth - 1]]
        if scratch[TURNS, depth] == here.num_next:
            if depth == 0:
                return 0
            depth -= 1
            between -= trails.lanes[scratch[PATH, depth]].length
            continue
        scratch[PATH, depth] = trails.nexts[here.first_next + scratch[TURNS, depth]]
        scratch[TURNS, depth] += 1
        found = trails.lanes[scratch[PATH, depth]]
        if scratch[PATH, depth] == lane or (lane == NONE and found.edge == edge):
            return depth + 1
        if depth + 1 < MAX_PATH and between + found.length <= most:
            between += found.length
            depth += 1
            scratch[TURNS, depth] = 0


@kernel
def put_front(trails: Trails, v: int, lane: int, start: float) -> None:
    """Add a lane under a vehicle's front, whose odometer was ``start`` [m] at the lane's start."""
    track = trails.tracks[v]
    if track.num_lanes == MAX_TRAIL:
        drop_backs(trails, v, 1)
    trails.trail[v, track.num_lanes] = lane
    trails.starts[v, track.num_lanes] = start
    track.num_lanes += 1


@kernel
def drop_backs(trails: Trails, v: int, num: int) -> None:
    """Forget the ``num`` lanes furthest behind."""
    track = trails.tracks[v]
    track.num_lanes -= num
    for k in range(track.num_lanes):
        trails.trail[v, k] = trails.trail[v, k + num]
        trails.starts[v, k] = trails.starts[v, k + num]


@kernel
def cross_to(trails: Trails, v: int, lane: int, edge: int, most: float) -> int:
    """Let a vehicle cross lanes up to ``lane``, else to its edge; return how many lanes it came onto."""
    head = trails.trail[v, trails.tracks[v].num_lanes - 1]
    num = find_path(trails, head, lane, edge, most)
    if num == 0 and lane != NONE:
        num = find_path(trails, head, NONE, edge, most)
    for k in range(num):
        last = trails.tracks[v].num_lanes - 1
        start = trails.starts[v, last] + trails.lanes[trails.trail[v, last]].length
        put_front(trails, v, trails.scratch[PATH, k], start)
    return num


@kernel
def desired(trails: Trails, v: int, lane: int) -> float:
    """Return the speed that a driver would drive at most on a lane [m/s]."""
    track = trails.tracks[v]
    return float(min(track.max_speed, trails.lanes[lane].limit * track.factor))


@kernel
def new_move(trails: Trails, moves: Moves, v: int, k: int) -> int:
    """Add an empty move of a vehicle on the lane at place ``k`` of its trail; return its row."""
    row = trails.counts[1]
    trails.counts[1] += 1
    track, move = trails.tracks[v], moves.rows[row]
    move.vehicle, move.lane, move.length, move.speed = v, trails.trail[v, k], track.length, 0.0
    move.limit, move.loss = desired(trails, v, move.lane), 0.0
    move.old = move.new = track.odometer - trails.starts[v, k]
    move.enters = move.leaves = move.ends = STAYS
    move.is_front = 1 if k == track.num_lanes - 1 else 0
    move.moves = 0
    return int(row)


@kernel
def drive(trails: Trails, moves: Moves, v: int, odometer: float, num_new: int, limit: float, ends: int) -> None:
    """Move a vehicle up to a reading of its odometer [m], the last ``num_new`` lanes of its trail new to it.

    ``limit`` [m/s] is that of the lane its front was on; ``ends`` tells what becomes of it then.
    """
    track = trails.tracks[v]
    before, num = track.odometer, track.num_lanes
    track.odometer = odometer
    head, num_left = max(num - num_new - 1, 0), 0
    for k in range(num):
        lane = trails.lanes[trails.trail[v, k]]
        if odometer - trails.starts[v, k] - track.length > lane.length + TOLERANCE:
            num_left = k + 1
        if lane.is_watched == 0:
            continue
        move = moves.rows[new_move(trails, moves, v, k)]
        move.old, move.speed = before - trails.starts[v, k], odometer - before
        move.loss = (limit - move.speed) / limit
        move.limit = desired(trails, v, trails.trail[v, num - 1])
        move.enters = BY_JUNCTION if k > head else STAYS
        move.leaves = BY_JUNCTION if head <= k < num - 1 else STAYS
        move.ends, move.moves = ends, 1
    drop_backs(trails, v, num_left)


@kernel
def appear(trails: Trails, moves: Moves, v: int, lane: int, position: float, enters: int) -> None:
    """Put a vehicle onto a lane that it has not driven onto."""
    track = trails.tracks[v]
    track.num_lanes = 0
    put_front(trails, v, lane, track.odometer - position)
    if trails.lanes[lane].is_watched == 1:
        moves.rows[new_move(trails, moves, v, 0)].enters = enters


@kernel
def vanish(trails: Trails, moves: Moves, v: int) -> None:
    """Take a vehicle off the road."""
    for k in range(trails.tracks[v].num_lanes):
        if trails.lanes[trails.trail[v, k]].is_watched == 1:
            moves.rows[new_move(trails, moves, v, k)].ends = BY_MAGIC
    trails.tracks[v].num_lanes = 0


@kernel
def advance(trails: Trails, moves: Moves, v: int, lane: int, position: float, speed: float) -> None:
    """Let a vehicle that was on the road drive on to a position [m] on a lane."""
    track = trails.tracks[v]
    head, num_new = trails.trail[v, track.num_lanes - 1], 0
    limit = desired(trails, v, head)
    if trails.lanes[head].edge != trails.lanes[lane].edge:
        num_new = cross_to(trails, v, lane, trails.lanes[lane].edge, speed + 1.0)
        if num_new == 0:
            vanish(trails, moves, v)
            appear(trails, moves, v, lane, position, BY_MAGIC)
            return
    last = track.num_lanes - 1
    changes = trails.trail[v, last] != lane
    ends = BY_CHANGE if changes else STAYS
    drive(trails, moves, v, trails.starts[v, last] + position, num_new, limit, ends)
    if changes:
        appear(trails, moves, v, lane, position, BY_CHANGE)


@kernel
def arrive(trails: Trails, moves: Moves, v: int) -> None:
    """Let a vehicle drive to where it arrives: as fast as in the second before, or faster where it is further off.

    SUMO does not show the last second of a vehicle.
    """
    track = trails.tracks[v]
    head, num_new = trails.trail[v, track.num_lanes - 1], 0
    limit = desired(trails, v, head)
    if trails.lanes[head].edge != track.last_edge:
        num_new = cross_to(trails, v, NONE, track.last_edge, 2.0 * track.speed + 10.0)
    last = track.num_lanes - 1
    end = trails.starts[v, last] + min(track.arrival, trails.lanes[trails.trail[v, last]].length)
    drive(trails, moves, v, max(track.odometer + track.speed, end), num_new, limit, BY_ARRIVAL)
    track.num_lanes = 0


@kernel
def follow_one(trails: Trails, moves: Moves, v: int, lane: int, position: float, speed: float) -> None:
    """Tell how a vehicle on the road came to where it is now, from where it was in the second before."""
    track = trails.tracks[v]
    if track.num_lanes > 0:
        advance(trails, moves, v, lane, position, speed)
    else:
        enters = BY_DEPARTURE if track.seen == NONE else BY_MAGIC
        track.odometer = 0.0
        appear(trails, moves, v, lane, position, enters)
    track.speed = speed


@entry
def follow(
    trails: Trails,
    moves: Moves,
    vehicles: NDArray[np.int64],
    lanes: NDArray[np.int64],
    positions: NDArray[np.float64],
    speeds: NDArray[np.float64],
    factors: NDArray[np.float64],
    arrived: NDArray[np.int64],
    now: int,
) -> None:
    """Fill ``moves`` with the second that ends at ``now`` [s]: who arrived, who vanished, who drove or appeared."""
    trails.counts[1] = 0
    for i in range(len(arrived)):
        if trails.tracks[arrived[i]].num_lanes > 0:
            arrive(trails, moves, arrived[i])
    for i in range(len(vehicles)):
        trails.tracks[vehicles[i]].factor = factors[i]
        follow_one(trails, moves, vehicles[i], lanes[i], positions[i], speeds[i])
        trails.tracks[vehicles[i]].seen = now
    for i in range(trails.counts[0]):
        if trails.tracks[trails.seen[i]].seen != now:
            vanish(trails, moves, trails.seen[i])
    for i in range(len(vehicles)):
        trails.seen[i] = vehicles[i]
    trails.counts[0] = len(vehicles)
