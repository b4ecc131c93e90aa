"""Right of way and conflict areas of every junction, from the net's request matrix and the lanes' shapes.

Which links yield to which, and which internal lanes cross, is what the network file says; where they cross, and how
wide the conflict area is, follows SUMO's rules for link leaders (https://sumo.dlr.de/docs/Simulation/Intersections.html).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.backends.conflicts import ConflictFinder
from trafficai.backends.geometry import angle_at, angle_between, length
from trafficai.backends.links import LinkIndex
from trafficai.core.records import CONFLICT, JUNCTION, LINK, NONE, RecordArray
from trafficai.scenario.foes import has_row
from trafficai.scenario.model import Junction, Scenario


class JunctionTables(NamedTuple):
    """Links, whom they yield to, and where their internal lanes conflict."""

    links: RecordArray  # (num_links,) LINK
    conflicts: RecordArray  # (num_conflicts,) CONFLICT
    junctions: RecordArray  # (num_junctions,) JUNCTION
    foes: NDArray[np.int64]  # (num_foes,)
    responses: NDArray[np.uint8]  # (sum of num_requests squared,)


class _Requests:
    """What junctions say about their links: request rows, whom to yield to, which internal lanes conflict."""

    def __init__(self, scenario: Scenario, index: LinkIndex) -> None:
        self.index = index
        self.lane_index = scenario.network.lane_index
        size = len(index.connections)
        self.row = [NONE] * size
        self.cont = [False] * size
        self.has_foes = [False] * size
        self.foes: list[list[int]] = [[] for _ in range(size)]
        self.foe_lanes: list[list[int]] = [[] for _ in range(size)]
        self.is_checked = [False] * size  # link was given request information: siblings conflict there
        self.response: dict[int, tuple[bool, ...]] = {}
        junctions = scenario.network.junctions
        for junction in junctions:
            if junction.type != "internal" and junction.requests:
                self._read(junction)
        for junction in junctions:
            if junction.type == "internal" and junction.incoming_lanes:
                self._read_internal(junction)

    def links_into(self, junction: Junction) -> list[int]:
        """Return the links of a junction in the order of its request matrix."""
        links = (link for lane in junction.incoming_lanes for link in self.index.links_of(self.lane_index[lane]))
        return [link for link in links if has_row(self.index.connections[link], self.index.scenario.network)]

    def _second_link(self, link: int) -> int:
        """Return the link at an internal junction behind an entry link, NONE where there is none."""
        via = self.index.via_lane[link]
        behind = self.index.exit_of(via) if via != NONE else NONE
        return behind if behind != NONE and self.index.via_lane[behind] != NONE else NONE

    def _read(self, junction: Junction) -> None:
        links = self.links_into(junction)
        has_foes = any(any(request.foes) for request in junction.requests)
        internal = [self.lane_index[lane] for lane in junction.internal_lanes]
        for request in junction.requests:
            if request.index >= len(links):
                continue
            link = links[request.index]
            self.row[link], self.cont[link], self.has_foes[link] = request.index, request.cont, has_foes
            self.is_checked[link] = True
            self.response[link] = request.response
            for position, foe in enumerate(links):
                if position < len(request.response) and request.response[position]:
                    self.foes[link] += [foe] + [k for k in (self._second_link(foe),) if k != NONE]
                if position < len(request.foes) and request.foes[position] and position < len(internal):
                    self._add_foe_lane(link, internal[position], request.response[position])
            self._read_exit(link, request.cont)

    def _add_foe_lane(self, link: int, lane: int, responds: bool) -> None:
        """Add an internal lane that conflicts, and the one before it where its drivers have priority."""
        self.foe_lanes[link].append(lane)
        if responds and self.index.num_incoming[lane]:
            before = int(self.index.from_lane[self.index.incoming[self.index.first_incoming[lane]]])
            if self.index.is_internal[before]:
                self.foe_lanes[link].append(before)

    def _read_exit(self, link: int, cont: bool) -> None:
        """Give the exit behind an entry link its conflicts; those of a cont link belong to the internal junction."""
        via = int(self.index.via_lane[link])
        behind = self.index.exit_of(via) if via != NONE else NONE
        if behind != NONE and not cont:
            self.row[behind] = self.row[link]
            self.is_checked[behind] = True
            self.foe_lanes[behind] = list(self.foe_lanes[link])

    def _read_internal(self, junction: Junction) -> None:
        """Read an internal junction, where vehicles wait inside the junction around it."""
        special = self.lane_index[junction.incoming_lanes[0]]
        own = self.index.exit_of(special)
        if own == NONE or self.index.via_lane[own] == NONE:
            return
        entry = int(self.index.entry_link[own])
        response = self.response.get(entry, ())
        internal = [self.lane_index[lane] for lane in junction.internal_lanes]
        lanes: list[int] = []
        for lane in internal:
            for link in self.index.links_of(lane):
                if self.index.via_lane[link] == NONE:
                    lanes.append(lane)
                    continue
                row = self.row[int(self.index.entry_link[link])]
                if 0 <= row < len(response) and response[row]:
                    lanes.append(lane)
                lanes.append(int(self.index.via_lane[link]))
        incoming = [self.lane_index[lane] for lane in junction.incoming_lanes[1:]]
        for link in (link for lane in incoming for link in self.index.links_of(lane)):
            row = self.row[int(self.index.entry_link[link])]
            if 0 <= row < len(response) and response[row]:
                self.foes[own] += [link] + [k for k in (self._second_link(link),) if k != NONE]
        behind = self.index.exit_of(int(self.index.via_lane[own]))
        self.has_foes[own] = True
        for link in (own, behind):
            if link != NONE:
                self.row[link], self.is_checked[link], self.foe_lanes[link] = self.row[entry], True, lanes


def junction_tables(scenario: Scenario, index: LinkIndex) -> JunctionTables:
    """Return the tables of links and junctions of a scenario's network."""
    requests = _Requests(scenario, index)
    links = _link_table(scenario, index, requests)
    conflicts = ConflictFinder(scenario, index).find(requests.foe_lanes, requests.is_checked)
    for link, runs in enumerate(conflicts.runs):
        links[link].first_conflict, links[link].num_conflicts = runs
    foes = _foe_runs(links, requests.foes)
    junctions, responses = _responses(scenario)
    table = np.array(conflicts.rows, dtype=CONFLICT).view(np.recarray)
    return JunctionTables(links, table, junctions, foes, responses)


def _foe_runs(links: RecordArray, foes: list[list[int]]) -> NDArray[np.int64]:
    """Set each link's run of foes and return all of them."""
    flat: list[int] = []
    for link, own in enumerate(foes):
        links[link].first_foe, links[link].num_foes = len(flat), len(own)
        flat += own
    links.is_foe[sorted(set(flat))] = 1
    return np.array(flat, dtype=np.int64)


def _link_table(scenario: Scenario, index: LinkIndex, requests: _Requests) -> RecordArray:
    """Return one LINK row per link; foes and conflicts are filled in later."""
    lanes = scenario.network.lanes
    signals = {signal.id: row for row, signal in enumerate(scenario.signals)}
    table = np.zeros(len(index.connections), dtype=LINK).view(np.recarray)
    for link, connection in enumerate(index.connections):
        record = table[link]
        via = int(index.via_lane[link])
        inside = bool(index.is_internal[index.from_lane[link]])
        record.from_lane, record.to_lane, record.via_lane = index.from_lane[link], index.to_lane[link], via
        record.next_lane, record.entry_link = index.next_lane[link], index.entry_link[link]
        record.previous_link, record.junction = index.previous_link[link], index.junction[link]
        record.length = lanes[via].length if via != NONE else 0.0
        record.visibility = connection.visibility
        record.signal = signals.get(connection.signal or "", NONE) if connection.link_index >= 0 else NONE
        record.signal_index = connection.link_index
        record.request = requests.row[link]
        record.is_cont = requests.cont[link]
        record.keep_clear = connection.keep_clear and requests.has_foes[link]
        record.direction = ord(connection.direction[:1] or "s")
        record.is_internal_junction = inside and via != NONE
        record.is_exit = inside and via == NONE
        record.radius = _radius(scenario, index, link)
    return table


def _radius(scenario: Scenario, index: LinkIndex, link: int) -> float:
    """Return the turning radius of the movement a link inside a junction belongs to [m], inf where it matters not."""
    before = int(index.from_lane[link])
    if not index.is_internal[before] or index.connections[link].direction in ("s", "r"):
        return math.inf
    lanes = scenario.network.lanes
    source = lanes[index.from_lane[index.entry_link[link]]].shape
    angle = angle_between(angle_at(source, length(source)), angle_at(lanes[index.to_lane[link]].shape, 0.0))
    if angle < 1e-6:
        return math.inf
    way = length(lanes[before].shape)
    previous = int(index.previous_link[link])
    if previous != NONE and index.is_internal[index.from_lane[previous]]:
        way += length(lanes[index.from_lane[previous]].shape)
    elif index.via_lane[link] != NONE:
        way += length(lanes[index.via_lane[link]].shape)
    return way / angle


def _responses(scenario: Scenario) -> tuple[RecordArray, NDArray[np.uint8]]:
    """Return the JUNCTION table and the right-of-way matrices it points into."""
    rows: list[tuple[int, int]] = []
    flat: list[NDArray[np.uint8]] = []
    first = 0
    for junction in scenario.network.junctions:
        size = len(junction.requests)
        matrix = np.zeros((size, size), dtype=np.uint8)
        for request in junction.requests:
            response = np.array(request.response[:size], dtype=np.uint8)
            if request.index < size:
                matrix[request.index, : len(response)] = response
        rows.append((first, size))
        flat.append(matrix.ravel())
        first += size * size
    responses = np.concatenate(flat) if flat else np.zeros(0, dtype=np.uint8)
    return np.array(rows, dtype=JUNCTION).view(np.recarray), responses
