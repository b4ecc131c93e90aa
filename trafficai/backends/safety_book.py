"""Counts collisions and emergency braking from trajectories, second by second, by SUMO's definitions.

SUMO reports a collision when a follower's front is closer to the back of its leader on the lane than its minimum gap
(``collision.mingap-factor``, 1 for its default car-following model), and counts each encounter once. It reports
emergency braking when a vehicle brakes with its full emergency deceleration (``emergency-decel.warning-threshold`` 1)
and harder than in the step before. Both rules: https://sumo.dlr.de/docs/Simulation/Safety.html; how often an event that
lasts is counted was measured with SUMO 1.28.0.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.backends.sighting import Sighting
from trafficai.core._compile import entry, kernel
from trafficai.core.records import NONE, RecordArray
from trafficai.scenario.model import Scenario, VehicleType

TOLERANCE = 0.001
"""Within this a gap is kept [m] and a deceleration reached [m/s^2] (SUMO's NUMERICAL_EPS)."""

TRACK = np.dtype(
    [
        ("length", np.float64),  # [m]
        ("min_gap", np.float64),  # [m], below which it collides
        ("emergency_decel", np.float64),  # [m/s^2]
        ("position", np.float64),  # [m], when last seen; so are the following
        ("speed", np.float64),  # [m/s]
        ("accel", np.float64),  # [m/s^2]
        ("odometer", np.float64),  # [m]
        ("changed", np.float64),  # [m], odometer at its last lane change
        ("lane", np.int64),
        ("hit", np.int64),  # vehicle ahead that it collides with, or NONE
        ("seen", np.int64),  # [s], end of the second it was last seen in
    ],
    align=True,
)
"""One row per vehicle of the scenario."""

LANE = np.dtype(
    [
        ("length", np.float64),  # [m]
        ("odometer", np.float64),  # [m], of the leaver when its front passed the lane's end
        ("edge", np.int64),
        ("leaver", np.int64),  # vehicle whose front left last; its back may still be there; NONE
    ],
    align=True,
)
"""One row per lane of the network."""

COLLISIONS, BRAKING = range(2)
"""Positions of the counts."""


MIN_GAP_FACTORS = {"IDM": 0.5, "IDMM": 0.5, "EIDM": 0.5, "ACC": 0.1, "CACC": 0.1, "PWagner2009": 0.1, "W99": 0.1}
"""Share of the minimum gap that must be kept, where a car-following model's default is not 1 (SUMO)."""


class Books(NamedTuple):
    """The books of one run."""

    tracks: RecordArray  # (num_vehicles,) TRACK
    lanes: RecordArray  # (num_lanes,) LANE
    counts: NDArray[np.int64]  # (2,)


def min_gap_factor(kind: VehicleType) -> float:
    """Return the share of its minimum gap that a vehicle of this type must keep so as not to collide [-]."""
    given = dict(kind.extra).get("collisionMinGapFactor")
    return float(given) if given is not None else MIN_GAP_FACTORS.get(kind.car_follow_model, 1.0)


def hard_braking(kind: VehicleType) -> float:
    """Return the deceleration that counts as emergency braking [m/s^2]: none where it is the comfortable one."""
    return kind.emergency_decel if kind.emergency_decel > kind.decel + TOLERANCE else np.inf


class SafetyBook:
    """Counts the events of one run."""

    def __init__(self, scenario: Scenario) -> None:
        edge_index = scenario.network.edge_index
        tracks = np.zeros(len(scenario.vehicles), dtype=TRACK).view(np.recarray)
        types = [scenario.vehicle_types[vehicle.type] for vehicle in scenario.vehicles]
        tracks.length = [kind.length for kind in types]
        tracks.min_gap = [kind.min_gap * min_gap_factor(kind) for kind in types]
        tracks.emergency_decel = [hard_braking(kind) for kind in types]
        lanes = np.zeros(len(scenario.network.lanes), dtype=LANE).view(np.recarray)
        lanes.length = [lane.length for lane in scenario.network.lanes]
        lanes.edge = [edge_index[lane.edge] for lane in scenario.network.lanes]
        self.state = Books(tracks, lanes, np.zeros(2, dtype=np.int64))
        self.clear()

    def clear(self) -> None:
        """Begin anew."""
        self.state.tracks.seen[:] = NONE
        self.state.tracks.hit[:] = NONE
        self.state.lanes.leaver[:] = NONE
        self.state.counts[:] = 0

    def book(self, now: int, sighting: Sighting) -> None:
        """Book the second that ends at ``now`` [s]."""
        order = np.lexsort((sighting.positions, sighting.lanes))
        vehicles, lanes = sighting.vehicles[order].astype(np.int64), sighting.lanes[order].astype(np.int64)
        book_safety(self.state, vehicles, lanes, sighting.positions[order], sighting.speeds[order], now)

    @property
    def collisions(self) -> int:
        """Encounters in which a follower undercut its minimum gap."""
        return int(self.state.counts[COLLISIONS])

    @property
    def emergency_braking(self) -> int:
        """Manoeuvres with full emergency deceleration."""
        return int(self.state.counts[BRAKING])


@kernel
def note_leaving(books: Books, v: int, lane: int) -> None:
    """Remember that a vehicle's front has passed the end of its lane, or that it changed lanes."""
    track = books.tracks[v]
    left = books.lanes[track.lane]
    if left.edge != books.lanes[lane].edge:
        left.leaver = v
        left.odometer = track.odometer + left.length - track.position
    else:
        track.changed = track.odometer


@kernel
def note_braking(books: Books, v: int, speed: float) -> None:
    """Count braking with all that the vehicle can, where it was less in the second before."""
    track = books.tracks[v]
    accel = speed - track.speed
    if accel <= TOLERANCE - track.emergency_decel and accel < track.accel - TOLERANCE:
        books.counts[BRAKING] += 1
    track.accel = accel


@kernel
def follow_track(books: Books, v: int, lane: int, position: float, speed: float, now: int) -> None:
    """Bring a vehicle's track up to date; one that was not on the road before has neither braked nor left a lane."""
    track = books.tracks[v]
    if track.seen == now - 1:
        note_braking(books, v, speed)
        if track.lane != lane:
            note_leaving(books, v, lane)
    else:
        track.accel = track.odometer = track.changed = 0.0
    track.odometer += speed
    track.lane, track.position, track.speed, track.seen = lane, position, speed, now


@kernel
def leaver_gap(books: Books, v: int, now: int) -> float:
    """Return the gap [m] from a lane's first vehicle to the back of the one that left it last; inf once it is off.

    One that changed lanes since has taken its back along, as in SUMO.
    """
    follower = books.tracks[v]
    lane = books.lanes[follower.lane]
    if lane.leaver == NONE:
        return np.inf
    leaver = books.tracks[lane.leaver]
    back = lane.length + leaver.odometer - lane.odometer - leaver.length
    if leaver.seen != now or leaver.changed >= lane.odometer or back >= lane.length:
        return np.inf
    return float(back - follower.position)


@kernel
def note_gap(books: Books, v: int, leader: int, gap: float) -> None:
    """Count a gap below the follower's minimum, once as long as it lasts with the same leader."""
    track = books.tracks[v]
    if gap - track.min_gap >= -TOLERANCE:
        track.hit = NONE
    elif track.hit != leader:
        track.hit = leader
        books.counts[COLLISIONS] += 1


@entry
def book_safety(
    books: Books,
    vehicles: NDArray[np.int64],
    lanes: NDArray[np.int64],
    positions: NDArray[np.float64],
    speeds: NDArray[np.float64],
    now: int,
) -> None:
    """Book one second of vehicles sorted by lane and position."""
    for i in range(len(vehicles)):
        follow_track(books, vehicles[i], lanes[i], positions[i], speeds[i], now)
    for i in range(len(vehicles)):
        v = vehicles[i]
        if i + 1 < len(vehicles) and lanes[i + 1] == lanes[i]:
            leader = vehicles[i + 1]
            note_gap(books, v, leader, positions[i + 1] - books.tracks[leader].length - positions[i])
        else:
            note_gap(books, v, books.lanes[lanes[i]].leaver, leaver_gap(books, v, now))
