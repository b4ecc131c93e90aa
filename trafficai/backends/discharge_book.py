"""Measures saturation headways at the stop lines, second by second, in the same way for both engines.

As the Highway Capacity Manual has it counted in the field (HCM 2000, chapter 16, appendix H): of the vehicles that
stand in queue when a lane's light turns green, the headways over the stop line from the fifth vehicle on, until the
last of them has crossed or the green ends. Here a lane counts while all its movements have green, protected or not;
crossings are interpolated within the second; and the count ends early where the queue stands still again, held up from
downstream or by a turn that yields.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.backends.sighting import Sighting
from trafficai.core._compile import entry, kernel
from trafficai.core.records import NONE, RecordArray
from trafficai.core.signals import MAJOR_GREEN, MINOR_GREEN
from trafficai.datatypes import Discharge
from trafficai.datatypes.snapshot import HALTING_SPEED_M_S
from trafficai.scenario.model import Scenario

FIRST_COUNTED = 5
"""Position in queue from which headways are taken to be saturated (HCM 2000)."""

QUEUED_SPEED = 5.0 / 3.6
"""Up to this a vehicle counts as queued [m/s] (the default of SUMO's lane area detectors)."""

TRACK = np.dtype(
    [("position", np.float64), ("speed", np.float64), ("lane", np.int64), ("seen", np.int64)],
    align=True,
)
"""One row per vehicle when last seen: position [m], speed [m/s], lane, end of that second [s]."""

LANE = np.dtype(
    [
        ("length", np.float64),  # [m]
        ("crossing", np.float64),  # [s], last crossing of the stop line
        ("rear", np.float64),  # [m], position of the last vehicle in queue when the light turned green
        ("limit", np.float64),  # [m], position of the first vehicle that was not in queue then
        ("front", np.float64),  # [m], position of the first vehicle
        ("front_speed", np.float64),  # [m/s]
        ("headways", np.float64),  # [s], sum
        ("counted", np.int64),  # headways in the sum
        ("edge", np.int64),
        ("first_link", np.int64),  # row in Books.links
        ("num_links", np.int64),  # 0 where the lane is under no signal
        ("is_green", np.int64),
        ("turns_green", np.int64),  # in this second
        ("is_measured", np.int64),
        ("crossed", np.int64),  # since the light turned green
        ("queued", np.int64),  # vehicles in queue then
        ("last", np.int64),  # the last of them
    ],
    align=True,
)
"""One row per lane of the network."""


class Books(NamedTuple):
    """The books of one run."""

    tracks: RecordArray  # (num_vehicles,) TRACK
    lanes: RecordArray  # (num_lanes,) LANE
    links: NDArray[np.int64]  # (num_links, 2) signal and position in its state, lane after lane


class DischargeBook:
    """Measures the headways of one run."""

    def __init__(self, scenario: Scenario) -> None:
        network = scenario.network
        edge_index = network.edge_index
        links: dict[str, set[tuple[int, int]]] = {}
        for i, signal in enumerate(scenario.signals):
            for k, pairs in enumerate(signal.links):
                for source, _ in pairs:
                    links.setdefault(source, set()).add((i, k))
        of_lanes = [sorted(links.get(lane.id, ())) for lane in network.lanes]
        lanes = np.zeros(len(network.lanes), dtype=LANE).view(np.recarray)
        lanes.length = [lane.length for lane in network.lanes]
        lanes.edge = [edge_index[lane.edge] for lane in network.lanes]
        lanes.num_links = [len(each) for each in of_lanes]
        lanes.first_link = np.cumsum(lanes.num_links) - lanes.num_links
        positions = np.array([pair for each in of_lanes for pair in each], dtype=np.int64).reshape(-1, 2)
        tracks = np.zeros(len(scenario.vehicles), dtype=TRACK).view(np.recarray)
        self.state = Books(tracks, lanes, positions)
        self._normal = np.array([network.lane_index[lane.id] for lane in network.normal_lanes], dtype=np.intp)
        self.clear()

    def clear(self) -> None:
        """Begin anew."""
        self.state.tracks.seen[:] = NONE
        for name in ("headways", "counted", "is_measured"):
            self.state.lanes[name] = 0
        self.state.lanes.is_green[:] = 1  # the first green began before the run

    def book(self, now: int, sighting: Sighting) -> None:
        """Book the second that ends at ``now`` [s]."""
        vehicles, lanes = sighting.vehicles.astype(np.int64), sighting.lanes.astype(np.int64)
        watch_lights(self.state, sighting.colours, now - 1)
        watch_stop_lines(self.state, vehicles, lanes, sighting.positions, sighting.speeds, now)

    def discharge(self) -> Discharge:
        """Return what was measured so far."""
        lanes = self.state.lanes
        return Discharge(lanes.headways[self._normal], lanes.counted[self._normal])


@kernel
def has_green(books: Books, lane: int, colours: NDArray[np.uint8]) -> bool:
    """Return whether every movement of a lane under signals has green, protected or not."""
    state = books.lanes[lane]
    for row in range(state.first_link, state.first_link + state.num_links):
        colour = colours[books.links[row, 0], books.links[row, 1]]
        if colour not in (MAJOR_GREEN, MINOR_GREEN):
            return False
    return bool(state.num_links > 0)


@kernel
def begin_green(books: Books, lane: int, colours: NDArray[np.uint8]) -> None:
    """Note whether a lane's light turns green in this second; without green nothing is measured."""
    state = books.lanes[lane]
    is_green = 1 if has_green(books, lane, colours) else 0
    state.turns_green = 1 if is_green > state.is_green else 0
    state.is_green = is_green
    if is_green == 0:
        state.is_measured = 0
    if state.turns_green == 1:
        state.crossed = state.queued = 0
        state.last = NONE
        state.limit, state.rear = -np.inf, np.inf


@kernel
def join_queue(books: Books, v: int) -> None:
    """Count a vehicle that stands in queue before a light that turns green."""
    track = books.tracks[v]
    state = books.lanes[track.lane]
    if track.speed <= QUEUED_SPEED and track.position > state.limit:
        state.queued += 1
        if track.position < state.rear:
            state.rear, state.last = track.position, v


@entry
def watch_lights(books: Books, colours: NDArray[np.uint8], begin: int) -> None:
    """Find the queues before the lights that turn green, among the vehicles on the road at ``begin`` of this second."""
    num_turning = 0
    for lane in range(len(books.lanes)):
        begin_green(books, lane, colours)
        num_turning += books.lanes[lane].turns_green
    if num_turning == 0:
        return
    for v in range(len(books.tracks)):
        track = books.tracks[v]
        is_waiting = track.seen == begin and books.lanes[track.lane].turns_green == 1
        if is_waiting and track.speed > QUEUED_SPEED:
            books.lanes[track.lane].limit = max(books.lanes[track.lane].limit, track.position)
    for v in range(len(books.tracks)):
        if books.tracks[v].seen == begin and books.lanes[books.tracks[v].lane].turns_green == 1:
            join_queue(books, v)
    for lane in range(len(books.lanes)):
        state = books.lanes[lane]
        if state.turns_green == 1:
            state.is_measured = 1 if state.queued >= FIRST_COUNTED else 0


@kernel
def leave_lane(books: Books, v: int, target: int, speed: float, begin: int) -> None:
    """Count a vehicle that crossed the stop line in the second from ``begin`` [s], or only changed lanes."""
    track = books.tracks[v]
    state = books.lanes[track.lane]
    if state.is_measured == 0:
        return
    if state.edge != books.lanes[target].edge:
        crossing = begin + min(1.0, (state.length - track.position) / max(speed, state.length - track.position))
        state.crossed += 1
        if state.crossed >= FIRST_COUNTED:
            state.headways += crossing - state.crossing
            state.counted += 1
        state.crossing = crossing
    if v == state.last:
        state.is_measured = 0


@kernel
def stop_where_blocked(books: Books, lane: int, now: int) -> None:
    """End a measurement whose queue stands again although its first vehicles crossed, or whose last vehicle is gone."""
    state = books.lanes[lane]
    if state.is_measured == 0:
        return
    stands = state.crossed >= FIRST_COUNTED - 1 and state.front_speed <= HALTING_SPEED_M_S
    if stands or books.tracks[state.last].seen != now:
        state.is_measured = 0


@entry
def watch_stop_lines(
    books: Books,
    vehicles: NDArray[np.int64],
    lanes: NDArray[np.int64],
    positions: NDArray[np.float64],
    speeds: NDArray[np.float64],
    now: int,
) -> None:
    """Count the crossings of the second that ends at ``now`` [s]."""
    for lane in range(len(books.lanes)):
        books.lanes[lane].front, books.lanes[lane].front_speed = -np.inf, np.inf
    for i in range(len(vehicles)):
        v, lane = vehicles[i], lanes[i]
        track, state = books.tracks[v], books.lanes[lane]
        if track.seen == now - 1 and track.lane != lane:
            leave_lane(books, v, lane, speeds[i], now - 1)
        track.lane, track.position, track.speed, track.seen = lane, positions[i], speeds[i], now
        if positions[i] > state.front:
            state.front, state.front_speed = positions[i], speeds[i]
    for lane in range(len(books.lanes)):
        stop_where_blocked(books, lane, now)
