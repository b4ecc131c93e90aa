"""Makes and keeps the trails of a run: which stretch of which lane every vehicle swept in each second."""

from __future__ import annotations

import numpy as np

from trafficai.backends.book import Book
from trafficai.backends.leaps import following_lanes
from trafficai.backends.sighting import Sighting
from trafficai.core._struct import reference
from trafficai.core.records import NONE, RecordArray
from trafficai.core.trails import LANE, MAX_MOVES, MAX_PATH, MAX_TRAIL, MOVE, TRACK, Moves, Trails, follow
from trafficai.scenario.model import Network, Scenario, Vehicle
from trafficai.scenario.xml import to_number


class TrailBook(Book[Trails]):
    """Keeps the trails of one run.

    Args:
        scenario: what is simulated.
        watched: ids of the lanes on which moves are told; all of them unless given.
    """

    def __init__(self, scenario: Scenario, watched: frozenset[str] | None = None) -> None:
        num, nexts = len(scenario.vehicles), following_lanes(scenario.network)
        state = Trails(
            tracks=_track_table(scenario),
            lanes=_lane_table(scenario.network, nexts, watched),
            nexts=np.array([lane for each in nexts for lane in each], dtype=np.int64),
            trail=np.zeros((num, MAX_TRAIL), dtype=np.int64),
            starts=np.zeros((num, MAX_TRAIL)),
            seen=np.zeros(num, dtype=np.int64),
            counts=np.zeros(2, dtype=np.int64),
            scratch=np.zeros((2, MAX_PATH + 1), dtype=np.int64),
        )
        self._moves = new_moves(0)
        super().__init__(state, shared=("lanes", "nexts"), fresh=())
        self.clear()

    def clear(self) -> None:
        """Begin anew."""
        self.state.tracks.seen[:] = NONE
        self.state.tracks.num_lanes[:] = 0
        self.state.counts[:] = 0

    def book(self, now: int, sighting: Sighting) -> RecordArray:
        """Return the moves of the second that ends at ``now`` [s]; they stay valid until the next call."""
        most = (len(sighting.vehicles) + len(sighting.arrived) + int(self.state.counts[0])) * MAX_MOVES
        if len(self._moves.rows) < most:
            self._moves = new_moves(2 * most)
        vehicles, lanes = sighting.vehicles.astype(np.int64), sighting.lanes.astype(np.int64)
        arrived = sighting.arrived.astype(np.int64)
        shown = (sighting.positions, sighting.speeds, sighting.factors)
        follow(self.handle, reference(self._moves), vehicles, lanes, *shown, arrived, now)
        return self._moves.rows[: self.state.counts[1]].view(np.recarray)


def new_moves(room: int) -> Moves:
    """Return room for moves."""
    return Moves(np.zeros(room, dtype=MOVE).view(np.recarray))


def _track_table(scenario: Scenario) -> RecordArray:
    """Return the TRACK table of a scenario."""
    network = scenario.network
    tracks = np.zeros(len(scenario.vehicles), dtype=TRACK).view(np.recarray)
    types = [scenario.vehicle_types[vehicle.type] for vehicle in scenario.vehicles]
    tracks.length = [kind.length for kind in types]
    tracks.max_speed = [kind.max_speed for kind in types]
    tracks.arrival = [_arrival(network, vehicle) for vehicle in scenario.vehicles]
    tracks.last_edge = [network.edge_index[vehicle.route[-1]] for vehicle in scenario.vehicles]
    return tracks


def _lane_table(network: Network, following: list[list[int]], watched: frozenset[str] | None) -> RecordArray:
    """Return the LANE table of a network."""
    lanes = np.zeros(len(network.lanes), dtype=LANE).view(np.recarray)
    lanes.length = [lane.length for lane in network.lanes]
    lanes.limit = [lane.speed for lane in network.lanes]
    lanes.edge = [network.edge_index[lane.edge] for lane in network.lanes]
    lanes.num_next = [len(each) for each in following]
    lanes.first_next = np.cumsum(lanes.num_next) - lanes.num_next
    lanes.is_watched = [watched is None or lane.id in watched for lane in network.lanes]
    return lanes


def _arrival(network: Network, vehicle: Vehicle) -> float:
    """Return where a vehicle arrives on its last edge [m], inf for the end of it or anywhere."""
    position = to_number(vehicle.arrival_pos)
    if position is None:
        return np.inf
    length = network.edges[network.edge_index[vehicle.route[-1]]].length
    return position + length if position < 0.0 else position
