"""Whom a position of a signal is for: vehicles, public transport, bicycles or pedestrians."""

from __future__ import annotations

from typing import Final

from trafficai.scenario.model import Connection, Edge, Network

VEHICLES, TRANSIT, BICYCLES, PEDESTRIANS, UNUSED = KINDS = (
    "vehicles",
    "public transport",
    "bicycles",
    "pedestrians",
    "unused",
)
"""Whom a position or a group of positions is for; an unused one controls nothing."""

TRANSIT_CLASSES: Final = frozenset({"bus", "coach", "tram", "taxi", "rail_urban"})


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
