"""From a scenario to the core's tables: once per scenario, shared by all of its worlds."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trafficai.backends.compile_demand import demand_table, in_order, stop_tables, type_table
from trafficai.backends.compile_junctions import JunctionTables, junction_tables
from trafficai.backends.compile_routes import route_tables
from trafficai.backends.layouts import num_shares
from trafficai.backends.links import LinkIndex
from trafficai.backends.monitor import monitor_tables, watched_links
from trafficai.backends.signals import build_signal_tables
from trafficai.backends.upstream import Upstream, upstream_table
from trafficai.core.records import EDGE, LANE, NONE, Network, RecordArray
from trafficai.core.signals import SignalTables
from trafficai.scenario.model import Connection, Edge, Program, Scenario

GIVING_WAY = "m=sw-"
"""Letters of links before which drivers give way when no signal is on."""


class Compiled(NamedTuple):
    """A scenario laid out for the core."""

    network: Network
    signals: SignalTables
    emissions: NDArray[np.float64]  # (num_classes, 44) coefficients
    link_states: NDArray[np.int64]  # (num_links,) ASCII letter of each link outside signals
    num_slots: int  # most vehicles that can be on the network at once
    num_shares: int  # lanes over which the wait of a vehicle may have to be shared out


def compile_scenario(scenario: Scenario) -> Compiled:
    """Lay a scenario out for the core; raises InputError where it can't be simulated."""
    index = LinkIndex(scenario)
    junctions = junction_tables(scenario, index)
    types, emissions = type_table(scenario)
    upstream = upstream_table(scenario)
    lanes = _lane_table(scenario, index, upstream)
    edges = _edge_table(scenario, lanes)
    routes = route_tables(scenario, index, edges, lanes, junctions.links)
    stops, places = stop_tables(scenario, routes.of_vehicles)
    monitor = monitor_tables(scenario)
    watched = watched_links(junctions.links, monitor)
    network = Network(
        lanes=lanes,
        edges=edges,
        links=junctions.links,
        conflicts=junctions.conflicts,
        junctions=junctions.junctions,
        routes=routes.routes,
        route_edges=routes.edges,
        options=routes.options,
        types=types,
        demand=demand_table(scenario, routes.of_vehicles),
        foes=junctions.foes,
        upstream=upstream.rows,
        lanes_by_id=np.array(in_order([lane.id for lane in scenario.network.lanes]), dtype=np.int32),
        responses=junctions.responses,
        signal_links=np.flatnonzero(junctions.links.signal != NONE).astype(np.int64),
        stops=stops,
        places=places,
        watch_links=watched.rows,
        watch_index=watched.links,
        **monitor._asdict(),
    )
    states = _link_states(scenario, index, junctions)
    num_slots = count_slots(scenario, len(scenario.vehicles))
    signals = build_signal_tables(scenario.signals)
    return Compiled(network, signals, emissions, states, num_slots, num_shares(scenario))


def count_slots(scenario: Scenario, num_vehicles: int) -> int:
    """Return how many of so many vehicles fit on the network at most, those that park beside it included."""
    shortest = min(kind.length + kind.min_gap for kind in scenario.vehicle_types)
    room = sum(int(lane.length / max(shortest, 0.1)) + 2 for lane in scenario.network.lanes)
    off_lane = sum(any(stop.is_parking for stop in vehicle.stops) for vehicle in scenario.vehicles)
    return max(1, min(num_vehicles, room + off_lane))


def _link_states(scenario: Scenario, index: LinkIndex, junctions: JunctionTables) -> NDArray[np.int64]:
    """Return the state letter of every link; red where a signal will set it, or never lets it go."""
    shown = {program.signal: _letters_shown(program) for program in scenario.other_programs}
    letters = [ord(_letter(connection, shown)) for connection in index.connections]
    return np.where(junctions.links.signal == NONE, np.array(letters, dtype=np.int64), ord("r")).astype(np.int64)


def _letters_shown(program: Program) -> list[set[str]]:
    """Return the letters that each position of a program's states ever shows."""
    return [set(column) for column in zip(*(phase.state for phase in program.phases), strict=False)]


def _letter(connection: Connection, shown: dict[str, list[set[str]]]) -> str:
    """Return the letter of a link outside the controllable signals: its own, unless its signal only shows it red."""
    columns = shown.get(connection.signal or "", [])
    if 0 <= connection.link_index < len(columns) and columns[connection.link_index] <= set("ryu"):
        return "r"
    return connection.state[:1] or "M"


def _edge_table(scenario: Scenario, lanes: RecordArray) -> RecordArray:
    """Return one EDGE row per edge."""
    rows, first = [], 0
    for edge in scenario.network.edges:
        allows = (lanes.right[first : first + len(edge.lanes)] != NONE).any()
        rows.append((first, len(edge.lanes), int(edge.function == "internal"), int(allows)))
        first += len(edge.lanes)
    return np.array(rows, dtype=EDGE).view(np.recarray)


def _may_change(index: LinkIndex, edge: Edge, first: int, k: int) -> bool:
    """Return whether drivers may change between lane ``k`` of an edge and the one to its right.

    ``first`` is the number of the edge's first lane. Inside junctions by experiment in SUMO 1.28: not where the two
    differ in length or start from the same lane, nor on an edge before which drivers give way on any lane.
    """
    if edge.function != "internal":
        return True
    lanes = range(first, first + len(edge.lanes))
    links = [index.incoming[int(index.first_incoming[lane]) :][: int(index.num_incoming[lane])] for lane in lanes]
    states = {index.connections[link].state for incoming in links for link in incoming}
    left, right = ({int(index.from_lane[link]) for link in links[n]} for n in (k, k - 1))
    return edge.lanes[k].length == edge.lanes[k - 1].length and left.isdisjoint(right) and states.isdisjoint(GIVING_WAY)


def _lane_table(scenario: Scenario, index: LinkIndex, upstream: Upstream) -> RecordArray:
    """Return one LANE row per lane."""
    network = scenario.network
    table = np.zeros(len(network.lanes), dtype=LANE).view(np.recarray)
    table.normal[:] = table.left[:] = table.right[:] = NONE
    for row, lane in enumerate(network.normal_lanes):
        table.normal[network.lane_index[lane.id]] = row
    position = 0
    for edge_row, edge in enumerate(network.edges):
        for k, lane in enumerate(edge.lanes):
            record = table[position]
            record.length, record.speed, record.allowed = lane.length, lane.speed, index.allowed[position]
            record.edge, record.index = edge_row, k
            if k > 0 and _may_change(index, edge, position - k, k):
                record.right, table[position - 1].left = position - 1, position
            record.is_internal = edge.function == "internal"
            position += 1
    _fill_links(table, index, upstream)
    return table


def _fill_links(table: RecordArray, index: LinkIndex, upstream: Upstream) -> None:
    """Fill in what a lane knows of the links before and behind it."""
    for lane in range(len(table)):
        record = table[lane]
        record.first_link, record.num_links = index.first_link[lane], index.num_links[lane]
        record.first_upstream, record.num_upstream = upstream.first[lane], upstream.num[lane]
        record.predecessor = record.entry_link = record.junction = NONE
        record.normal_predecessor = lane
        if record.is_internal and index.num_incoming[lane]:
            link = index.incoming[index.first_incoming[lane]]
            record.predecessor = index.from_lane[link]
            record.entry_link = index.entry_link[link]
            record.normal_predecessor = index.from_lane[index.entry_link[link]]
            record.junction = index.junction[link]
