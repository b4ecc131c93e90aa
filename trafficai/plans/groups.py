"""Signal groups: the positions of a signal's state string that a planner gives one row of the timing plan."""

from __future__ import annotations

from collections import Counter
from typing import Final, NamedTuple

from trafficai.plans.timetable import Green, greens_at
from trafficai.scenario.model import Connection, Edge, Network, Program

VEHICLES, TRANSIT, BICYCLES, PEDESTRIANS, UNUSED = KINDS = (
    "vehicles",
    "public transport",
    "bicycles",
    "pedestrians",
    "unused",
)
"""Whom a group is for; an unused one controls nothing."""

LETTERS: Final = dict(zip(KINDS, "KBRFX", strict=True))
"""What names of groups begin with, as in German plans: Kfz, Bus und Bahn, Rad, Fuss."""

TRANSIT_CLASSES: Final = frozenset({"bus", "coach", "tram", "taxi", "rail_urban"})


class SignalGroup(NamedTuple):
    """Positions that always show the same."""

    signal: str  # id
    name: str  # unique within the signal
    kind: str  # of KINDS
    positions: tuple[int, ...]  # of the state string


def links_of(network: Network, signal: str, size: int) -> tuple[tuple[Connection, ...], ...]:
    """Return the connections that each of ``size`` positions of a signal controls."""
    found: list[list[Connection]] = [[] for _ in range(size)]
    for connection in network.connections:
        if connection.signal == signal and 0 <= connection.link_index < size:
            found[connection.link_index].append(connection)
    return tuple(tuple(each) for each in found)


def kind_of(network: Network, links: tuple[Connection, ...]) -> str:
    """Return whom a position with these connections is for; general traffic wins where several share it."""
    kinds = [_kind(network, link) for link in links]
    return min(kinds, key=KINDS.index, default=UNUSED)


def _kind(network: Network, link: Connection) -> str:
    source, target = (_edge(network, name) for name in (link.from_edge, link.to_edge))
    if {source.function, target.function} & {"crossing", "walkingarea"}:
        return PEDESTRIANS
    allowed = [
        lane.allow for lane in (source.lanes[link.from_lane], target.lanes[link.to_lane]) if lane.allow is not None
    ]
    if any(allow <= {"bicycle"} for allow in allowed):
        return BICYCLES
    return TRANSIT if any(allow <= TRANSIT_CLASSES for allow in allowed) else VEHICLES


def _edge(network: Network, name: str) -> Edge:
    return network.edges[network.edge_index[name]]


def groups_of(program: Program, network: Network) -> tuple[SignalGroup, ...]:
    """Return the groups of a program: positions of one approach and one kind that always show the same.

    Raises:
        InputError: green times can't tell what the program shows.
    """
    size = len(program.phases[0].state)
    links = links_of(network, program.signal, size)
    found: dict[tuple[str, tuple[str, ...], tuple[Green, ...]], list[int]] = {}
    for position in range(size):
        approaches = tuple(sorted({link.from_edge for link in links[position]}))
        key = (kind_of(network, links[position]), approaches, greens_at(program, position))
        found.setdefault(key, []).append(position)
    counts: Counter[str] = Counter()
    groups = []
    for (kind, _, _), positions in found.items():
        counts[kind] += 1
        groups.append(SignalGroup(program.signal, f"{LETTERS[kind]}{counts[kind]}", kind, tuple(positions)))
    return tuple(groups)
